"""What can end a command early, as an exit code and one sentence."""

from __future__ import annotations

import click

from neurochannel.errors import DivergenceError, NeurochannelError

NOBODY_READS, BAD_INPUT, DIVERGED, SIGNALLED = 1, 2, 3, 128


class Stopped(click.ClickException):
    """Ctrl-C was pressed or another signal came; the text says what was saved."""

    def __init__(self, text: str, cause: BaseException | None = None) -> None:
        super().__init__(text)
        self.code = code_for(cause)


def code_for(cause: BaseException | None) -> int:
    """Return 130 for Ctrl-C, 143 for SIGTERM and 129 for SIGHUP, as shells do."""
    from neurochannel.interrupts import signal_of

    return SIGNALLED + signal_of(cause)


def explain(error: Exception) -> tuple[int, str] | None:
    """Return exit code and sentence for an error that the user can fix, None for any other."""
    match error:
        case DivergenceError():
            return DIVERGED, str(error)
        case NeurochannelError():
            return BAD_INPUT, str(error)
        case click.UsageError():
            return BAD_INPUT, _usage(error)
        case Stopped():
            return error.code, error.format_message()
        case click.ClickException():
            return error.exit_code, error.format_message()
        case click.Abort():
            return code_for(error.__cause__), "interrupted"
        case MemoryError():
            reason = f" ({error})" if str(error) else ""
            return BAD_INPUT, f"there is not enough memory{reason}; take fewer neurons or edges"
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return BAD_INPUT, f"{where}{error.strerror or error}"
    return None


def _usage(error: click.UsageError) -> str:
    """Return what is wrong with the command line, without click's lines about usage."""
    if isinstance(error, click.BadParameter) and error.param and error.message:
        return f"{_name(error.param)} {error.message}"
    if isinstance(error, click.MissingParameter) and error.param:
        text = f"{_name(error.param)} is missing"
    elif isinstance(error, click.NoSuchOption):
        near = f", did you mean {error.possibilities[0]}?" if error.possibilities else ""
        text = f"option {error.option_name} is unknown{near}"
    else:
        text = error.format_message().rstrip(".")
        text = text[:1].lower() + text[1:]
    command = error.ctx.command_path if error.ctx else "neurochannel"
    return f"{text}; see '{command} --help'"


def _name(parameter: click.Parameter) -> str:
    is_option = isinstance(parameter, click.Option)
    return max(parameter.opts, key=len) if is_option else parameter.human_readable_name
