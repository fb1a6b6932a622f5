"""Attributes of another tool that mean nothing here, as columns that neurons can keep."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from neurochannel.graphs.foreign.foreign_graph import Column, Columns
from neurochannel.graphs.foreign.journal import Journal, counted
from neurochannel.graphs.kept_columns import RESERVED
from neurochannel.model.kept_attributes import MOST_LETTERS, Value, kept_value
from neurochannel.model.problems import listed, short

SHOWN = 8
MOST_KEPT = 2_000_000
"""Neurons or edges with attributes, which are values of Python's own."""
ORIGINAL = "original_"
"""What names begin with that mean something else here."""


def kept_columns(columns: Columns, what: str, journal: Journal) -> dict[str, list[Value]]:
    """Return columns of one kind of values each, and say which are kept and what cannot be.

    Whole numbers among others become such, and values of several kinds become texts.

    Parameters
    ----------
    what
        Whether they are those of neurons or of edges. ``original_`` is put before names that mean
        something else here.
    """
    n = len(next(iter(columns.values()))) if columns else 0
    if n > MOST_KEPT:
        journal.say(
            f"left out {some(list(columns))} of {n:,} {what}, since at most {MOST_KEPT:,} can keep "
            "attributes"
        )
        return {}
    found: dict[str, list[Value]] = {}
    for key, column in columns.items():
        values, n_lost = _values(column)
        if n_lost:
            journal.say(
                f"left out {counted(n_lost, 'value')} of {short(key).strip(chr(39))} of {what}, "
                f"which {'is no' if n_lost == 1 else 'are no'} finite "
                f"{'number or text' if n_lost == 1 else 'numbers or texts'} of up to "
                f"{MOST_LETTERS:,} characters"
            )
        if any(value is not None for value in values):
            found[_name(key, RESERVED[what], columns)] = values
    if found:
        journal.say(f"kept {some(list(found))} of {what}")
    return found


def _name(key: str, reserved: Collection[str], others: Collection[str]) -> str:
    name = key[:MOST_LETTERS]
    while name in reserved or (name != key and name in others):
        name = ORIGINAL + name
    return name


def _values(column: Column) -> tuple[list[Value], int]:
    """Return values of one kind, None for those that cannot be kept, and how many these are."""
    values: list[Value] = []
    n_lost = 0
    for item in column.tolist():
        try:
            values.append(kept_value(item))
        except ValueError:
            values.append(None)
            n_lost += 1
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        values = [None if value is None else float(value) for value in values]
    elif len(kinds) > 1:
        values = [None if value is None else _text(value) for value in values]
    return values, n_lost


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def some(names: Sequence[str]) -> str:
    """List names, the first of many."""
    shown = [short(name).strip("'\"") for name in names[:SHOWN]]
    if len(names) > SHOWN:
        shown.append(f"{len(names) - SHOWN} more")
    return listed(shown)
