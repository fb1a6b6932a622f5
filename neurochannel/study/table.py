"""Tables of outcomes: named columns of equal length, one observation in each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.errors import OptionError
from neurochannel.model.problems import did_you_mean, listed, short
from neurochannel.study.columns import Column, as_text, group_rows, kind_of, make_column

if TYPE_CHECKING:
    from neurochannel.study.pairs import Paired
    from neurochannel.study.statistics import IntervalName

SHOWN = 20
"""Rows that `str` writes at the head and the tail of a long table."""
WIDEST = 40


class Table:
    """A tidy table in memory, backed by NumPy arrays that do not change.

    A column holds float64, int64, bool or text (`numpy.dtypes.StringDType`); it takes the narrowest
    of them that holds its values without loss. A gap (None, or a key that a row lacks) is NaN among
    numbers, which makes whole numbers float64, and empty text among text. Values that fit no kind
    together become text: 8 and "all", true and a gap, whole numbers beyond int64.

    Parameters
    ----------
    columns
        Values by the name of the column.

    Raises
    ------
    OptionError
        If columns differ in length, a name is not text or empty, or a value fits no column.

    Examples
    --------
    >>> table = Table({"channel": ["bp", "srbp"], "test_accuracy": [0.97, 0.96]})
    >>> table.where(channel="bp")["test_accuracy"]
    array([0.97])
    """

    def __init__(self, columns: Mapping[str, Iterable[Any]] = MappingProxyType({})) -> None:
        for name in columns:
            _check_name(name)
        self._columns = {name: make_column(column, name) for name, column in columns.items()}
        lengths = {name: len(column) for name, column in self._columns.items()}
        self._n_rows = next(iter(lengths.values()), 0)
        for name, length in lengths.items():
            if length != self._n_rows:
                raise OptionError(
                    f"column '{name}' must be as long as the first one, {self._n_rows} values, "
                    f"got {length}"
                )

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Table:
        """Return the table of rows that map names to values; what a row lacks is a gap.

        Raises
        ------
        OptionError
            If a name or a value fits no column.
        """
        rows = list(rows)
        names = dict.fromkeys(name for row in rows for name in row)
        return cls({name: [row.get(name) for row in rows] for name in names})

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, from left to right."""
        return tuple(self._columns)

    def __len__(self) -> int:
        return self._n_rows

    def __bool__(self) -> bool:
        return self._n_rows > 0

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> Column:
        if name not in self._columns:
            near = did_you_mean(name, self._columns)
            there = listed(self._columns) if self._columns else "none"
            hint = near or f"the columns are {there}"
            raise OptionError(f"column must be one of the table, got {short(name)}; {hint}")
        return self._columns[name]

    def __eq__(self, other: object) -> bool:
        """Compare names, their order, kinds and values; gaps are equal."""
        if not isinstance(other, Table):
            return NotImplemented
        return self.columns == other.columns and all(
            _same(self[name], other[name]) for name in self.columns
        )

    __hash__ = None  # type: ignore[assignment]

    def select(self, *names: str) -> Table:
        """Return these columns, in this order.

        Raises
        ------
        OptionError
            If there is no such column.
        """
        return Table({name: self[name] for name in names})

    def with_columns(self, columns: Mapping[str, Iterable[Any]]) -> Table:
        """Return the table with these columns added, or in the place of those of the same name.

        Raises
        ------
        OptionError
            If one has another length, or a value fits no column.
        """
        return Table({**self._columns, **columns})

    def where(self, mask: Any = None, /, **equals: Any) -> Table:
        """Return the rows that meet all conditions, in their order.

        Parameters
        ----------
        mask
            Truth values, (rows,), the numbers of rows to take, or a mapping of conditions for
            names that are no Python words: ``where({"channel.bits": 3})``.
        equals
            A value that the column of that name must equal, or a list of which it must equal one.

        Raises
        ------
        OptionError
            If there is no such column or the mask does not fit.
        """
        chosen = np.ones(len(self), np.bool_)
        if isinstance(mask, Mapping):
            equals = {**mask, **equals}
        elif mask is not None:
            chosen = _as_mask(mask, len(self))
        for name, wanted in equals.items():
            column = self[name]
            options = wanted if isinstance(wanted, list | tuple | np.ndarray) else [wanted]
            chosen = chosen & np.any(
                [np.zeros(len(self), np.bool_), *(_matches(column, option) for option in options)],
                axis=0,
            )
        return self._taken(chosen)

    def sort(self, *names: str) -> Table:
        """Return the rows sorted by these columns, the first one foremost; gaps come last.

        Rows that agree stay in their order. Text is sorted by code points, gaps in text are empty
        text and come first.

        Raises
        ------
        OptionError
            If there is no such column.
        """
        order = np.arange(len(self))
        for name in reversed(names):
            order = order[np.argsort(self[name][order], kind="stable")]
        return self._taken(order)

    def unique(self, name: str) -> list[Any]:
        """Return the distinct values of a column in the order of their first row."""
        column = self[name]
        _, first = group_rows([column], len(self))
        values: list[Any] = column[first].tolist()
        return values

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as mappings of names to plain Python values; gaps stay NaN or ''."""
        lists = [column.tolist() for column in self._columns.values()]
        return [dict(zip(self._columns, row, strict=True)) for row in zip(*lists, strict=True)]

    def summary(
        self,
        outcome: str = "test_accuracy",
        by: str | Sequence[str] = (),
        *,
        interval: IntervalName = "bootstrap",
        level: float = 0.95,
        seed: int = 0,
    ) -> Table:
        """Return n, mean, spread and interval of an outcome for each group of rows.

        The same as `neurochannel.study.statistics.summary`.
        """
        from neurochannel.study.statistics import summary

        return summary(self, outcome, by, interval=interval, level=level, seed=seed)

    def paired(self, outcome: str, axis: str, a: Any, b: Any, **options: Any) -> Paired:
        """Compare the settings a and b of an axis over what they have in common.

        The same as `neurochannel.study.pairs.paired`.
        """
        from neurochannel.study.pairs import paired

        return paired(self, outcome, axis, a, b, **options)

    def to_csv(self, path: str | PathLike[str], *, overwrite: bool = False) -> None:
        """Write a new CSV file that `from_csv` reads without loss, and any other program reads too.

        The first line names the columns. Only where reading a column's cells would suggest another
        kind is the kind added to its name, as in ``label:text`` for labels 1, 2, 3. Numbers have
        all digits that bring back the same bits, gaps among numbers are ``nan``.

        Raises
        ------
        OptionError
            If it exists and `overwrite` is not set, or it cannot be written, or a text is longer
            than CSV readers take.
        """
        from neurochannel.study.table_csv import write_csv

        write_csv(self, path, overwrite)

    @classmethod
    def from_csv(cls, path: str | PathLike[str]) -> Table:
        """Read a CSV file that `to_csv` or another program wrote.

        Raises
        ------
        DataError
            If the file is missing or is not a table.
        """
        from neurochannel.study.table_csv import read_csv

        return read_csv(path)

    def to_hdf5(self, path: str | PathLike[str], *, overwrite: bool = False) -> None:
        """Write a new HDF5 file that `from_hdf5` reads without loss.

        Raises
        ------
        OptionError
            If it exists and `overwrite` is not set, or it cannot be written.
        """
        from neurochannel.study.table_hdf5 import write_hdf5

        write_hdf5(self, path, overwrite)

    @classmethod
    def from_hdf5(cls, path: str | PathLike[str]) -> Table:
        """Read an HDF5 file that `to_hdf5` wrote.

        Raises
        ------
        DataError
            If the file is missing, foreign, newer or damaged.
        """
        from neurochannel.study.table_hdf5 import read_hdf5

        return read_hdf5(path)

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`.

        Raises
        ------
        OptionError
            If pandas is not installed.
        """
        try:
            pandas: Any = import_module("pandas")
        except ImportError:
            raise OptionError(
                "to_pandas needs pandas, which is not installed; pip install pandas, or use the "
                "columns as they are: table['name'] is a NumPy array"
            ) from None
        texts = {name for name, column in self._columns.items() if kind_of(column) == "text"}
        return pandas.DataFrame(
            {name: c.tolist() if name in texts else c for name, c in self._columns.items()}
        )

    def __str__(self) -> str:
        return _written(self)

    def __repr__(self) -> str:
        return f"<Table of {len(self)} rows: {', '.join(map(_one_line, self.columns))}>"

    def _taken(self, rows: np.ndarray) -> Table:
        return Table({name: column[rows] for name, column in self._columns.items()})


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name:
        raise OptionError(f"the name of a column must be text that is not empty, got {short(name)}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise OptionError(f"the name of a column must be Unicode text, got {short(name)}") from None


def _same(one: Column, other: Column) -> bool:
    if kind_of(one) != kind_of(other):
        return False
    return bool(np.array_equal(one, other, equal_nan=kind_of(one) == "float"))


def _as_mask(given: Any, n_rows: int) -> np.ndarray:
    mask: np.ndarray = np.asarray(given)
    if mask.dtype != np.bool_ or mask.shape != (n_rows,):
        raise OptionError(
            f"mask must be {n_rows} truth values, one for each row, got {mask.dtype} of shape "
            f"{mask.shape}; write for example table['n'] > 3"
        )
    return mask


def _matches(column: Column, wanted: Any) -> Any:
    wanted = wanted.item() if isinstance(wanted, np.generic) else wanted
    if kind_of(column) == "text":
        return column == as_text(wanted)
    if as_text(wanted) == "":
        return np.isnan(column) if kind_of(column) == "float" else np.zeros(len(column), np.bool_)
    if isinstance(wanted, str):
        return np.zeros(len(column), np.bool_)
    return column == wanted


def _written(table: Table) -> str:
    """Write a table for people: aligned, long ones without their middle."""
    n_rows, n_columns = len(table), len(table.columns)
    size = f"{n_rows} {'row' if n_rows == 1 else 'rows'}"
    if n_columns == 0:
        return "empty table"
    long = n_rows > 2 * SHOWN
    rows = np.r_[0:SHOWN, n_rows - SHOWN : n_rows] if long else np.arange(n_rows)
    cells = [_cells(name, table[name][rows]) for name in table.columns]
    lines = ["  ".join(line).rstrip() for line in zip(*cells, strict=True)]
    if long:
        lines.insert(1 + SHOWN, f"... {n_rows - 2 * SHOWN} more rows")
    return "\n".join(lines) + (f"\n{size}" if long or not n_rows else "")


def _cells(name: str, column: Column) -> list[str]:
    kind = kind_of(column)
    if kind == "float":
        words = [f"{value:.6g}" for value in column.tolist()]
    else:
        words = [_one_line(as_text(value)) for value in column.tolist()]
    title = _one_line(name)
    width = max(map(len, [title, *words]))
    left = kind in ("text", "bool")
    return [word.ljust(width) if left else word.rjust(width) for word in [title, *words]]


def _one_line(text: str) -> str:
    line = " ".join(text.split()) if not text.isprintable() else text
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= WIDEST else line[: WIDEST - 3] + "..."
