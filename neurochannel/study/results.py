"""From the rows of a study to tables: outcomes of its points, and their curves over epochs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from neurochannel.errors import DataError
from neurochannel.study.table import Table

Row = Mapping[str, Any]
FIXED = ("seed", "status", "reason", "point", "epoch")
"""Columns that have these names whatever the study varies."""


def outcomes(rows: Iterable[Row]) -> Table:
    """Return the table of outcomes, one row for each point.

    Columns, from left to right: the axes; seed, status ("done", "diverged" or "failed") and reason;
    all outcomes, NaN where a point has none; point, the name of its file. An axis that is called
    like one of the fixed columns becomes ``axis.NAME``, an outcome that is called like an axis
    ``outcome.NAME``.

    Parameters
    ----------
    rows
        As `neurochannel.study.folder.read_rows` reads them.

    Raises
    ------
    DataError
        If a row is not that of a point.
    """
    rows = _checked(rows)
    axes, numbers = _names(rows, "axes"), _names(rows, "outcome")
    columns: dict[str, list[Any]] = {
        _axis(name): [_scalar(row["axes"].get(name)) for row in rows] for name in axes
    }
    columns |= {name: [row.get(name) for row in rows] for name in ("seed", "status")}
    columns["reason"] = [row.get("reason") or "" for row in rows]
    for name in numbers:
        values = [row.get("outcome", {}).get(name) for row in rows]
        columns[_outcome(name, columns)] = values
    columns["point"] = [row.get("point") or "" for row in rows]
    return Table(columns)


def curves(rows: Iterable[Row]) -> Table:
    """Return the table of curves, one row for each point and epoch.

    Columns, from left to right: the axes; seed, status, point and epoch; all that was measured,
    NaN where a point has none. Names that clash are changed as in `outcomes`.

    Raises
    ------
    DataError
        If a row is not that of a point, or a curve is not as long as its epochs.
    """
    rows = _checked(rows)
    lengths = [_n_epochs(row) for row in rows]
    axes, quantities = _names(rows, "axes"), _names(rows, "curves")

    def spread(values: Sequence[Any]) -> list[Any]:
        return [value for value, n in zip(values, lengths, strict=True) for _ in range(n)]

    columns = {
        _axis(name): spread([_scalar(row["axes"].get(name)) for row in rows]) for name in axes
    }
    columns |= {name: spread([row.get(name) for row in rows]) for name in ("seed", "status")}
    columns["point"] = spread([row.get("point") or "" for row in rows])
    taken = dict(columns)
    for name in ["epoch", *(name for name in quantities if name != "epoch")]:
        column: list[Any] = []
        for row, n in zip(rows, lengths, strict=True):
            column += row.get("curves", {}).get(name) or [None] * n
        columns["epoch" if name == "epoch" else _outcome(name, taken)] = column
    return Table(columns)


def axes_of(table: Table) -> list[str]:
    """Return the axes of a table of points: the columns to the left of "seed"; none without it."""
    names = list(table.columns)
    return names[: names.index("seed")] if "seed" in names else []


def _axis(name: str) -> str:
    return f"axis.{name}" if name in FIXED else name


def _outcome(name: str, taken: Mapping[str, Any]) -> str:
    return f"outcome.{name}" if name in taken or name in FIXED else name


def _scalar(value: Any) -> Any:
    return value if not isinstance(value, list | tuple | dict) else json.dumps(value)


def _names(rows: Sequence[Row], part: str) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.get(part, {})))


def _checked(rows: Iterable[Row]) -> list[Row]:
    found = list(rows)
    for number, row in enumerate(found, 1):
        for part in ("axes", "outcome", "curves"):
            wanted = row.get(part, None if part == "axes" else {})
            if not isinstance(wanted, Mapping):
                raise DataError(
                    f"row {number} must be that of a point, with a table '{part}'; "
                    "read rows with neurochannel.study.folder.read_rows"
                )
    return found


def _n_epochs(row: Row) -> int:
    measured = row.get("curves", {})
    n = len(measured.get("epoch") or ())
    for name, values in measured.items():
        if values and len(values) != n:
            raise DataError(
                f"point {row.get('point')}: curve '{name}' must be as long as its {n} epochs, "
                f"got {len(values)} values; delete the file of that point and run the study again"
            )
    return n
