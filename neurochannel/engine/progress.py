"""A progress bar on a terminal; silence on a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from neurochannel.engine.history import Record

Report = Callable[[float, Record | None], None]


@contextmanager
def progress_bar(epochs: int, wanted: bool | None) -> Iterator[Report]:
    """Show how many of `epochs` are done; `wanted` None means: if stderr is a terminal.

    Yields a function to call with the epochs done, fractions included, and the newest record.
    """
    shown = sys.stderr.isatty() if wanted is None else wanted
    if not shown or epochs <= 0:
        yield lambda done, record: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("{task.fields[score]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=epochs, epoch=f"0/{epochs}", score="")

        def report(done: float, record: Record | None) -> None:
            score = f"test accuracy {record.test_accuracy:.2%}" if record else ""
            bar.update(task, completed=done, epoch=f"{int(done)}/{epochs}", score=score)

        yield report
