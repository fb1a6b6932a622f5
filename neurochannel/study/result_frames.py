"""From the folder of a study to frames: outcomes of its points, and their curves over epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from neurochannel.study.folder import Row, read_rows
from neurochannel.study.frames import make_frame

if TYPE_CHECKING:
    from pandas import DataFrame

FIXED = ("seed", "status", "reason", "point", "epoch")
"""Columns that have these names whatever the study varies."""


def outcomes(folder: str | PathLike[str]) -> DataFrame:
    """Return the outcomes of a study that was run: a frame with one row for each finished point.

    Columns, from left to right: the axes, with the labels of their values; seed, status ("done",
    "diverged" or "failed") and reason; all outcomes, NaN where a point has none; point, the name of
    its file. An axis that is called like one of the fixed columns becomes ``axis.NAME``, an outcome
    that is called like an axis ``outcome.NAME``. Labels that are not all numbers, such as 8 and
    "all", are text.

    Parameters
    ----------
    folder
        Where `neurochannel.run_study` keeps the study.

    Raises
    ------
    DataError
        If there is no study in the folder, or its plan is damaged.
    """
    return outcomes_of(read_rows(folder))


def curves(folder: str | PathLike[str]) -> DataFrame:
    """Return the curves of a study that was run: a frame with one row for each point and epoch.

    Columns, from left to right: the axes; seed, status, point and epoch; all that was measured,
    NaN where a point has none. Names that clash are changed as in `outcomes`.

    Raises
    ------
    DataError
        If there is no study in the folder, or its plan is damaged.
    """
    return curves_of(read_rows(folder))


def outcomes_of(rows: Sequence[Row]) -> DataFrame:
    """Return the frame of outcomes of rows that `read_rows` has read."""
    axes, numbers = _names(rows, "axes"), _names(rows, "outcome")
    columns: dict[str, list[Any]] = {
        _axis(name): [row["axes"][name] for row in rows] for name in axes
    }
    columns |= {name: [row[name] for row in rows] for name in ("seed", "status")}
    columns["reason"] = [row["reason"] or "" for row in rows]
    for name in numbers:
        columns[_outcome(name, columns)] = [row["outcome"].get(name) for row in rows]
    columns["point"] = [row["point"] for row in rows]
    return make_frame(columns)


def curves_of(rows: Sequence[Row]) -> DataFrame:
    """Return the frame of curves of rows that `read_rows` has read."""
    lengths = [len(row["curves"].get("epoch", ())) for row in rows]

    def spread(values: Iterable[Any]) -> list[Any]:
        return [value for value, n in zip(values, lengths, strict=True) for _ in range(n)]

    columns = {
        _axis(name): spread(row["axes"][name] for row in rows) for name in _names(rows, "axes")
    }
    columns |= {name: spread(row[name] for row in rows) for name in ("seed", "status", "point")}
    taken = dict(columns)
    quantities = [name for name in _names(rows, "curves") if name != "epoch"]
    for name in ["epoch", *quantities]:
        column: list[Any] = []
        for row, n in zip(rows, lengths, strict=True):
            column += row["curves"].get(name) or [None] * n
        columns["epoch" if name == "epoch" else _outcome(name, taken)] = column
    return make_frame(columns)


def axes_of(frame: DataFrame) -> list[str]:
    """Return the axes of a frame of points: the columns to the left of "seed"; none without it."""
    names = [str(name) for name in frame.columns]
    return names[: names.index("seed")] if "seed" in names else []


def _axis(name: str) -> str:
    return f"axis.{name}" if name in FIXED else name


def _outcome(name: str, taken: Mapping[str, Any]) -> str:
    return f"outcome.{name}" if name in taken or name in FIXED else name


def _names(rows: Iterable[Row], part: str) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row[part]))
