"""A progress bar on a terminal; silence on a pipe."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from neurochannel.engine.history import Record

Report = Callable[[float, Record | None], None]


@contextmanager
def progress_bar(total: int, wanted: bool | None, what: str = "epoch") -> Iterator[Report]:
    """Show how many epochs, or whatever, are done; `wanted` None means: if stderr is a terminal.

    Yields a function to call with how many are done, fractions included, and the newest record.
    """
    shown = sys.stderr.isatty() if wanted is None else wanted
    if not shown or total <= 0:
        yield lambda done, record: None
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

        def report(done: float, record: Record | None) -> None:
            known = record is not None and not math.isnan(record.test_accuracy)
            score = f"test accuracy {record.test_accuracy:.2%}" if record and known else ""
            bar.update(task, completed=done, count=f"{int(done)}/{total}", score=score)

        yield report
