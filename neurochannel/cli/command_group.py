"""The program `neurochannel`: its commands and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from neurochannel.cli.data import data
from neurochannel.cli.design import design
from neurochannel.cli.draw import draw
from neurochannel.cli.evaluate import evaluate
from neurochannel.cli.export import export
from neurochannel.cli.failures import NOBODY_READS, code_for, explain
from neurochannel.cli.import_graph import import_graph
from neurochannel.cli.inspect import inspect
from neurochannel.cli.new import new
from neurochannel.cli.plot import plot
from neurochannel.cli.presets import presets
from neurochannel.cli.report_page import report
from neurochannel.cli.results import results
from neurochannel.cli.standard_streams import standard_streams
from neurochannel.cli.study import study
from neurochannel.cli.theory import theory
from neurochannel.cli.train import train
from neurochannel.interrupts import ending_by_signals


class CommandGroup(click.Group):
    """A group of commands that ends with a code and one sentence, never with a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit."""
        with standard_streams(), ending_by_signals(is_last=args is None):
            try:
                status = self._run(args, prog_name, complete_var, **extra)
            except KeyboardInterrupt as error:  # while the last word was said
                status = code_for(error)
        sys.exit(status)

    def _run(
        self,
        args: Sequence[str] | None,
        prog_name: str | None,
        complete_var: str | None,
        **extra: Any,
    ) -> int:
        """Run a command; return the exit code after saying what went wrong."""
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            return NOBODY_READS
        except Exception as error:
            explained = explain(error)
            if explained is None:
                raise
            status, sentence = explained
            click.echo(f"neurochannel: {sentence}", err=True)
        return status if isinstance(status, int) else 0


def _print_version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"neurochannel {version('neurochannel')}")
        ctx.exit()


@click.group(
    cls=CommandGroup,
    name="neurochannel",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Train networks by any learning channel: backpropagation, random backpropagation or your own.

    Exits with code 0 on success, 2 for bad input, 3 when training diverged and 130 after
    Ctrl-C (143 after SIGTERM, 129 after SIGHUP); what went wrong is one sentence on stderr.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (
    new,
    import_graph,
    export,
    train,
    evaluate,
    inspect,
    draw,
    plot,
    report,
    design,
    study,
    results,
    theory,
    data,
    presets,
):
    main.add_command(command)
