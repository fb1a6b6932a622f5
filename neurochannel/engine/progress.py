"""A progress bar on a terminal; silence on a pipe."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from neurochannel.engine.history import Record


class Report(Protocol):
    """What a progress bar is told."""

    def __call__(self, done: float, record: Record | None, notes: str = "") -> None:
        """Show how many epochs, or whatever, are done, the newest record, and notes beside it."""


def _silence(done: float, record: Record | None, notes: str = "") -> None:
    pass


@contextmanager
def progress_bar(total: int, wanted: bool | None, what: str = "epoch") -> Iterator[Report]:
    """Show how many epochs, or whatever, are done; `wanted` None means: if stderr is a terminal.

    Yields a function to call with how many are done, fractions included, the newest record, and
    what observers want to be read beside it.
    """
    shown = sys.stderr.isatty() if wanted is None else wanted
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
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total, count=f"0/{total}", score="")

        def report(done: float, record: Record | None, notes: str = "") -> None:
            known = record is not None and not math.isnan(record.test_accuracy)
            accuracy = f"test accuracy {record.test_accuracy:.2%}" if record and known else ""
            score = " · ".join(part for part in (accuracy, notes) if part)
            bar.update(task, completed=done, count=f"{int(done)}/{total}", score=score)

        yield report
