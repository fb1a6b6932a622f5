"""Columns of a table: arrays of numbers, truth values or text, made from whatever holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from neurochannel.errors import OptionError
from neurochannel.model.problems import short

Kind = Literal["float", "int", "bool", "text"]
Column = np.ndarray[Any, np.dtype[Any]]

TEXT = np.dtypes.StringDType()
DTYPES: dict[Kind, Any] = {"float": np.float64, "int": np.int64, "bool": np.bool_, "text": TEXT}
KINDS: dict[str, Kind] = {"f": "float", "i": "int", "b": "bool", "T": "text"}
WORDS = {True: "true", False: "false"}
EXACT = 2**53
"""Up to here float64 holds each whole number."""


def kind_of(column: Column) -> Kind:
    """Return what a column holds."""
    return KINDS[column.dtype.kind]


def make_column(values: Iterable[Any], name: str) -> Column:
    """Return a read-only column of the narrowest kind that holds all values without loss.

    None and NaN are gaps: NaN among numbers, empty text among text. Whole numbers with gaps become
    float64 where that is exact. What fits no kind together becomes text: numbers and text, truth
    values and numbers or gaps, whole numbers beyond int64.

    Raises
    ------
    OptionError
        If a value is neither number nor truth value nor text.
    """
    if isinstance(values, np.ndarray) and values.dtype != object:
        column = _from_array(values, name)
    else:
        items = [_plain(value, name) for value in values]
        kind = _kind_for(items)
        column = _filled(items, kind, name)
    column.flags.writeable = False
    return column


def as_text(value: Any) -> str:
    """Write a value as it stands in a column of text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return WORDS[value] if isinstance(value, bool) else str(value)


def codes_of(column: Column) -> tuple[np.ndarray, int]:
    """Return the number of each row's value, and how many distinct values there are.

    Values are numbered in the order of their first row; gaps are one value.
    """
    if kind_of(column) == "text":
        known: dict[str, int] = {}
        codes = [known.setdefault(value, len(known)) for value in column.tolist()]
        return np.array(codes, np.int64), len(known)
    _, first, inverse = np.unique(column, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse.reshape(-1)], len(first)


def group_rows(columns: Iterable[Column], n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each row, (n_rows,), and the first row of each group.

    Rows of a group agree in all columns; groups are numbered in the order of their first row.
    """
    group = np.zeros(n_rows, np.int64)
    for column in columns:
        codes, n_codes = codes_of(column)
        # Numbered anew after each column, so that the product cannot overflow.
        group, _ = codes_of(group * n_codes + codes)
    first = np.unique(group, return_index=True)[1]
    return group, first


def _from_array(values: np.ndarray, name: str) -> Column:
    if values.ndim != 1:
        raise OptionError(f"column '{name}' must be one-dimensional, got shape {values.shape}")
    match values.dtype.kind:
        case "b":
            return values.astype(np.bool_)
        case "f" if values.dtype.itemsize <= 8:
            return values.astype(np.float64)
        case "i" | "u" if values.dtype != np.uint64 or np.all(values <= np.iinfo(np.int64).max):
            return values.astype(np.int64)
        case "U" | "T" | "u":
            return _text([str(value) for value in values.tolist()], name)
    raise OptionError(
        f"column '{name}' must hold numbers, truth values or text, got {values.dtype}; convert it"
    )


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise OptionError(
        f"column '{name}' must hold numbers, truth values or text, got {short(value)}; "
        "give each value a column of its own, or write it as text"
    )


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _kind_for(items: list[Any]) -> Kind:
    types = {type(value) for value in items if not _is_gap(value)}
    gaps = any(map(_is_gap, items))
    if types == {bool}:
        return "text" if gaps else "bool"
    if types == {int} and not gaps:
        limits = np.iinfo(np.int64)
        return "int" if all(limits.min <= value <= limits.max for value in items) else "text"
    if types <= {int, float}:
        whole = (value for value in items if isinstance(value, int))
        return "float" if all(abs(value) <= EXACT for value in whole) else "text"
    return "text"


def _filled(items: list[Any], kind: Kind, name: str) -> Column:
    if kind == "text":
        return _text([as_text(value) for value in items], name)
    if kind == "float":
        items = [math.nan if value is None else value for value in items]
    return np.array(items, DTYPES[kind])


def _text(items: list[str], name: str) -> Column:
    try:
        return np.array(items, TEXT)
    except UnicodeEncodeError:
        raise OptionError(
            f"column '{name}' must hold Unicode text, got half of a surrogate pair; remove it"
        ) from None
