"""Frames of pandas: made here, and read by those who count on their columns.

pandas is imported when a frame is made or asked for, so that training never waits for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.errors import OptionError
from neurochannel.model.problems import did_you_mean, listed, short

if TYPE_CHECKING:
    from pandas import DataFrame

WORDS = {True: "true", False: "false"}
EXACT = 2**53
"""Up to here float64 holds each whole number."""


def make_frame(columns: Mapping[str, Iterable[Any]]) -> DataFrame:
    """Return a frame whose columns hold one kind each: numbers, truth values or text.

    None is a gap: NaN among numbers, empty text among text. What fits no kind together becomes
    text, such as 8 and "all", so that every kind of file can hold it.
    """
    from pandas import DataFrame

    return DataFrame({as_text(name): _column(list(values)) for name, values in columns.items()})


def as_text(value: Any) -> str:
    """Write a value as it stands in a column of text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return WORDS[bool(value)]
    return str(value).encode(errors="backslashreplace").decode()


def checked(frame: object) -> DataFrame:
    """Return a frame that was given, its rows numbered from 0 and its gaps NaN.

    Raises
    ------
    OptionError
        If it is something else, or has two columns of one name.
    """
    from pandas import DataFrame

    if not isinstance(frame, DataFrame):
        raise OptionError(
            f"frame must be a pandas DataFrame, got {short(frame)}; "
            "nc.outcomes(folder) makes that of a study"
        )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise OptionError(
            f"frame must name each column once, got {short(twice[0])} twice; rename one"
        )
    plain = frame.reset_index(drop=True)
    for number in np.flatnonzero(plain.isna().any()).tolist():
        name = plain.columns[number]
        kind = np.float64 if is_numeric(plain, name) else object
        plain.isetitem(number, plain[name].to_numpy(kind, na_value=np.nan))
    return plain


def check_column(frame: DataFrame, name: str) -> None:
    """Refuse the name of a column that is not there.

    Raises
    ------
    OptionError
        With the name that may have been meant.
    """
    if name not in frame.columns:
        known = [str(column) for column in frame.columns]
        hint = did_you_mean(name, known) or f"the columns are {listed(known) or 'none'}"
        raise OptionError(f"column must be one of the frame, got {short(name)}; {hint}")


def is_numeric(frame: DataFrame, name: str) -> bool:
    """Tell whether a column holds numbers; truth values are none.

    Raises
    ------
    OptionError
        If there is no such column.
    """
    check_column(frame, name)
    return getattr(frame[name].dtype, "kind", "O") in "iuf"


def numbers_of(frame: DataFrame, name: str) -> np.ndarray:
    """Return a column of numbers as float64.

    Raises
    ------
    OptionError
        If it is missing or holds something else.
    """
    if not is_numeric(frame, name):
        numeric = [str(other) for other in frame.columns if is_numeric(frame, other)]
        raise OptionError(
            f"column '{name}' must hold numbers to be summed up, got {frame[name].dtype}; "
            f"the columns of numbers are {listed(numeric) or 'none'}"
        )
    return frame[name].to_numpy(np.float64, na_value=np.nan)


def status_of(frame: DataFrame) -> np.ndarray:
    """Return what became of each row's point; without such a column all are done."""
    if "status" in frame.columns:
        return frame["status"].to_numpy(object)
    return np.array(["done"] * len(frame), object)


def group_rows(frame: DataFrame, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each row, (rows,), and the first row of each group.

    Rows of a group agree in all columns, gaps included; groups are in the order of their first row.

    Raises
    ------
    OptionError
        If there is no such column.
    """
    for name in names:
        check_column(frame, name)
    group: np.ndarray = np.zeros(len(frame), np.int64)
    if names:
        by = frame.groupby(list(names), sort=False, dropna=False, observed=True)
        group = by.ngroup().to_numpy(np.int64)
    first = np.unique(group, return_index=True)[1]
    return group, first


def values_of(frame: DataFrame, name: str) -> list[Any]:
    """Return the distinct values of a column in the order of their first row.

    Raises
    ------
    OptionError
        If there is no such column.
    """
    check_column(frame, name)
    values: list[Any] = frame[name].drop_duplicates().tolist()
    return values


def matches(frame: DataFrame, name: str, value: Any) -> np.ndarray:
    """Tell for each row whether a column equals a value; in a column of text 3 is "3".

    Raises
    ------
    OptionError
        If there is no such column.
    """
    numeric = is_numeric(frame, name)
    cells: list[Any] = frame[name].tolist()
    if numeric or frame[name].dtype == bool:
        return np.array([cell == value for cell in cells], np.bool_)
    return np.array([as_text(cell) == as_text(value) for cell in cells], np.bool_)


def _column(values: list[Any]) -> Any:
    kinds = {type(value) for value in values if value is not None}
    gaps = any(value is None for value in values)
    if kinds == {bool} and not gaps:
        return np.array(values, np.bool_)
    if kinds == {int} and not gaps and (kind := _whole(values)):
        return np.array(values, kind)
    whole = (value for value in values if isinstance(value, int))
    if kinds <= {int, float} and all(abs(value) <= EXACT for value in whole):
        return np.array([math.nan if value is None else value for value in values], np.float64)
    return [as_text(value) for value in values]


def _whole(values: list[int]) -> type[np.integer[Any]] | None:
    """Return the kind that holds whole numbers without loss; seeds may need the unsigned one."""
    for kind in (np.int64, np.uint64):
        limits = np.iinfo(kind)
        if all(limits.min <= value <= limits.max for value in values):
            return kind
    return None
