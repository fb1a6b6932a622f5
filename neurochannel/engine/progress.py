"""A progress bar on a terminal; silence on a pipe."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

from neurochannel import hooks

if TYPE_CHECKING:
    from neurochannel.engine.history import Record


class Report(Protocol):
    """What a progress bar is told."""

    def __call__(self, done: float, record: Record | None, notes: str = "") -> None:
        """Show how many epochs, or whatever, are done, the newest record, and notes."""


def _silence(done: float, record: Record | None, notes: str = "") -> None:
    pass


class Tolerant:
    """A stream to write to, also when nobody reads it any more or there is none.

    Training continues, and what it learned is saved, when the terminal is closed.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream or io.StringIO()

    def write(self, text: str) -> int:
        """Write if that is possible."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush if that is possible."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return _is_terminal(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _is_terminal(stream: IO[str] | None) -> bool:
    with suppress(OSError, ValueError):  # one that is closed
        return stream is not None and stream.isatty()
    return False


@contextmanager
def progress_bar(total: int, wanted: bool | None, what: str = "epoch") -> Iterator[Report]:
    """Show how many epochs, or whatever, are done.

    `wanted` None means: in a notebook, or if stderr is a terminal.

    Yields a function to call with how many are done, fractions included, the newest record, and
    notes of observers.
    """
    terminal = _is_terminal(sys.stderr)
    if hooks.notebook_bar and wanted is not False and total > 0 and not terminal:
        with hooks.notebook_bar(total, what) as show:
            yield lambda done, record, notes="": show(done, _score(record, notes))
        return
    shown = terminal if wanted is None else wanted
    if not shown or total <= 0:
        yield _silence
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn(what + " {task.fields[count]}"),
        BarColumn(),
        TextColumn("{task.fields[score]}"),
        TimeRemainingColumn(),
        console=Console(file=cast(IO[str], Tolerant(sys.stderr))),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total, count=f"0/{total}", score="")

        def report(done: float, record: Record | None, notes: str = "") -> None:
            count, score = f"{int(done)}/{total}", _score(record, notes)
            bar.update(task, completed=done, count=count, score=score)

        yield report


def _score(record: Record | None, notes: str) -> str:
    known = record is not None and not math.isnan(record.test_accuracy)
    accuracy = f"test accuracy {record.test_accuracy:.2%}" if record and known else ""
    return " · ".join(part for part in (accuracy, notes) if part)
