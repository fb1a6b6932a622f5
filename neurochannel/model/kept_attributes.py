"""Attributes without a meaning here that neurons and edges keep: numbers or short texts."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from neurochannel.model.base import FrozenDict
from neurochannel.model.problems import short

Value = str | float | bool | None
MOST_LETTERS = 1000
"""Of one text."""
LARGEST = 2**63
SHORT = reprlib.Repr()
SHORT.maxdict = 20


def kept_value(value: Any) -> Value:
    """Return a number, truth value or text as Python's own, None for NaN, an empty text and None.

    Raises
    ------
    ValueError
        If it is anything else: infinite, longer than 64 bits or 1,000 characters, a list.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value == "" or value != value:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and -LARGEST <= value < LARGEST:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, str) and len(value) <= MOST_LETTERS and _is_unicode(value):
        return str(value)
    raise ValueError


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def column_of(values: Sequence[Value]) -> Value | tuple[Value, ...]:
    """Return the shortest form of values that are right: one if all are alike, None for none."""
    first = values[0] if len(values) else None
    alike = all(type(value) is type(first) and value == first for value in values)
    return first if alike else tuple(values)


def spread(column: Value | tuple[Value, ...], n: int) -> Sequence[Value]:
    """Return a column with one value for each of n."""
    return column if isinstance(column, tuple) else (column,) * n


def in_order(attributes: Mapping[str, Any], order: Iterable[int]) -> dict[str, Any]:
    """Return a table with the values of each column in another order."""
    places = list(order) if attributes else []
    return {
        key: tuple(column[at] for at in places) if isinstance(column, tuple) else column
        for key, column in attributes.items()
    }


def columns_of(columns: Mapping[str, Sequence[Value]], chosen: Iterable[int]) -> dict[str, Any]:
    """Return the columns of those that are chosen, without columns that have no value there."""
    places = list(chosen) if columns else []
    made = {key: column_of([own[at] for at in places]) for key, own in columns.items()}
    return {key: column for key, column in made.items() if column is not None}


class Kept(FrozenDict):
    """A table of columns that was checked."""

    def __repr__(self) -> str:
        return SHORT.repr(dict(self))


def kept_attributes(value: Any) -> Kept:
    """Check a table of columns, each one value for all or a list of one for each.

    Columns are sorted by name: files and graphs put them in orders of their own.
    """
    if isinstance(value, Kept):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(
            f"must be a table of names and values, got {short(value)}; write for example "
            '{ type = "sensory" }'
        )
    made = {}
    for key, column in value.items():
        if not isinstance(key, str) or not 0 < len(key) <= MOST_LETTERS or not _is_unicode(key):
            raise ValueError(f"must have texts as names, got {short(key)}; rename it")
        if (own := _column(key, column)) is not None:
            made[key] = own
    return Kept(sorted(made.items()))


def _column(key: str, column: Any) -> Value | tuple[Value, ...]:
    items = column.tolist() if isinstance(column, np.ndarray) else column
    many = isinstance(items, list | tuple)
    values = []
    for item in items if many else [items]:
        try:
            values.append(kept_value(item))
        except ValueError:
            raise ValueError(
                f"must have finite numbers, truth values or texts of up to {MOST_LETTERS:,} "
                f"characters, got {short(item)} as {short(key)}; leave it out"
            ) from None
    return tuple(values) if many else values[0]


def attributes_text(column: Value | tuple[Value, ...]) -> str:
    """Return a column as TOML, which has no word for none: an empty text stands for it."""
    written: Any = column
    if isinstance(column, tuple):
        written = ["" if item is None else item for item in column]
    # Numbers and texts of JSON are those of TOML, but for the control character that it leaves.
    return json.dumps(written, ensure_ascii=False).replace("\x7f", "\\u007f")


def wrong_lengths(attributes: Mapping[str, Any], n: int) -> list[tuple[str, int]]:
    """Return the columns that have not one value for each of n, and how many they have."""
    return [
        (key, len(column))
        for key, column in attributes.items()
        if isinstance(column, tuple) and len(column) != n
    ]


_VALUE = {"type": ["string", "number", "boolean"]}
KeptAttributes = Annotated[
    Kept,
    PlainValidator(kept_attributes),
    PlainSerializer(dict, when_used="json"),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "items": _VALUE}]},
        }
    ),
]
