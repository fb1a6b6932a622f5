"""What commands print: one JSON object for scripts, short tables for people, messages on stderr."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from neurochannel.engine.observations import Observations

Result = dict[str, Any]
COMPILING = "compiling kernels for this machine, once; it takes some seconds"
SCORES = ("test_accuracy", "train_accuracy", "test_loss", "train_loss")


def announce_compilation(*, quiet: bool = False) -> None:
    """Tell the user to wait if kernels have to be compiled."""
    from neurochannel.kernels.cache import when_compiling

    if not quiet:
        when_compiling(lambda: click.echo(COMPILING, err=True))


@contextmanager
def muted(quiet: bool) -> Iterator[None]:
    """Silence the log of the package if no messages are wanted."""
    log = logging.getLogger("neurochannel")

    def drop(record: logging.LogRecord) -> bool:
        return not quiet

    log.addFilter(drop)
    try:
        yield
    finally:
        log.removeFilter(drop)


def print_json(value: Any) -> None:
    """Print one JSON value on one line; what was not measured is null."""
    click.echo(json.dumps(_without_nan(value)))


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    return [_without_nan(part) for part in value] if isinstance(value, list) else value


def epochs_of(result: Result) -> str:
    """Return the length of training: "1 epoch", "2 epochs"."""
    return f"{result['epochs']} epoch{'s' * (result['epochs'] != 1)}"


def print_scores(result: Result) -> None:
    """Print the losses and accuracies of a result as a table."""
    rows = []
    for split in ("train", "test"):
        loss, accuracy = result[f"{split}_loss"], result[f"{split}_accuracy"]
        rows.append((split, _shown(f"{loss:.4f}"), _shown(f"{accuracy:.2%}")))
    print_table(("", "loss", "accuracy"), rows, numbers=(1, 2))


def print_observations(observations: Observations) -> None:
    """Print the first and the newest value of all that was observed and is one number."""
    rows = []
    for name, (epochs, values, _) in observations.items():
        if values.ndim == 1:
            ends = (f"{values[0]:.4g}", f"{epochs[-1]}", f"{values[-1]:.4g}")
            rows.append((name, f"{epochs[0]}", *map(_shown, ends)))
    if rows:
        click.echo()
        titles = ("observed", "epoch", "value", "epoch", "value")
        print_table(titles, rows, numbers=(1, 2, 3, 4))


def _shown(number: str) -> str:
    return "-" if number.startswith("nan") else number


def print_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()
) -> None:
    """Print a table as wide as its content; the columns `numbers` are aligned to the right."""
    from neurochannel.reports.blocks import TableBlock
    from neurochannel.reports.text import ANY_WIDTH, table_text

    # A pipe has no width, and a terminal wraps what it must.
    click.echo(table_text(TableBlock(titles, rows, numbers), ANY_WIDTH))
