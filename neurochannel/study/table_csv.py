"""Tables as CSV files, from which the kinds of their columns come back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from os import PathLike
from types import SimpleNamespace
from typing import Any

import numpy as np

from neurochannel.atomic import why_not_new, write_whole
from neurochannel.errors import CheckpointError, DataError, OptionError
from neurochannel.inputs.opening import read_regular, why
from neurochannel.model.problems import short
from neurochannel.study.columns import DTYPES, TEXT, WORDS, Column, Kind, as_text, kind_of
from neurochannel.study.table import Table

TAG = re.compile(r"(.+):(float|int|bool|text)", re.DOTALL)
INT = re.compile(r"-?(0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[nN]a[nN]|[-+]?inf|")
BOOL = re.compile("true|false|True|False")
MARK = "\ufeff"
"""What some programs put before UTF-8."""


def write_csv(table: Table, path: str | PathLike[str], overwrite: bool = False) -> None:
    """Write a table as CSV; `Table.to_csv` says how."""
    if reason := why_not_new(path, overwrite):
        raise OptionError(f"{path} {reason}")
    if not table.columns:
        raise OptionError(f"a table must have a column to be written to {path}, got none")
    cells = [[_cell(value) for value in table[name].tolist()] for name in table.columns]
    titles = [_title(name, table[name], cells[i]) for i, name in enumerate(table.columns)]
    longest = max((len(cell) for column in cells for cell in column), default=0)
    if longest > csv.field_size_limit():
        raise OptionError(
            f"a text in a CSV file must be at most {csv.field_size_limit()} letters long, got "
            f"{longest}; write the table as HDF5"
        )
    lines: list[str] = []
    # Python 3.11 quotes those letters of line ends only that end its own lines.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    writer.writerows([titles, *zip(*cells, strict=True)])
    text = "".join(line.removesuffix("\r\n") + "\n" for line in lines)
    # Readers take one mark away, so that a name that begins with it needs a second.
    text = MARK + text if text.startswith(MARK) else text
    try:
        write_whole(path, text.encode())
    except CheckpointError as error:
        raise OptionError(str(error)) from None


def read_csv(path: str | PathLike[str]) -> Table:
    """Read a CSV file; `Table.from_csv` says what is raised."""
    try:
        text = read_regular(path).decode().removeprefix(MARK)
    except UnicodeDecodeError:
        raise DataError(f"{path} must be UTF-8 text to be read as CSV; check the path") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({why(error)}); check the path") from None
    titles, rows = _parsed(text, path)
    tags = [TAG.fullmatch(title) for title in titles]
    names = [tag[1] if tag else title for tag, title in zip(tags, titles, strict=True)]
    _check_names(names, path)
    columns: dict[str, Any] = {}
    for number, (name, tag) in enumerate(zip(names, tags, strict=True)):
        cells = [row[number] for row in rows]
        kind: Kind = tag[2] if tag else infer(cells)  # type: ignore[assignment]
        columns[name] = _column(cells, kind, f"{path}, column '{name}'")
    return Table(columns)


def infer(cells: Sequence[str]) -> Kind:
    """Return the narrowest kind that all cells can be read as; no cells at all are text."""
    if not cells or all(cell == "" for cell in cells):
        return "text"
    if all(map(BOOL.fullmatch, cells)):
        return "bool"
    if all(map(INT.fullmatch, cells)) and _fit_int64(cells):
        return "int"
    if not all(map(FLOAT.fullmatch, cells)):
        return "text"
    # Whole numbers that no float holds would lose digits.
    whole = [cell for cell in cells if INT.fullmatch(cell)]
    return "float" if all(len(cell) < 16 for cell in whole) else "text"


def _fit_int64(cells: Iterable[str]) -> bool:
    limits = np.iinfo(np.int64)
    return all(len(cell) < 21 and limits.min <= int(cell) <= limits.max for cell in cells)


def _cell(value: Any) -> str:
    return repr(value) if isinstance(value, float) else as_text(value)


def _title(name: str, column: Column, cells: list[str]) -> str:
    """Add the kind where the cells do not tell it."""
    kind = kind_of(column)
    return f"{name}:{kind}" if infer(cells) != kind or TAG.fullmatch(name) else name


def _parsed(text: str, path: str | PathLike[str]) -> tuple[list[str], list[list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise DataError(
            f"{path}, line {reader.line_num} must be CSV, got a mistake ({error}); mend it there"
        ) from None
    if not rows:
        raise DataError(f"{path} must begin with a line of names, got none; check the path")
    titles, *rest = rows
    for number, row in enumerate(rest, 1):
        if len(row) != len(titles):
            raise DataError(
                f"{path}, row {number} must have {len(titles)} cells, one for each column, got "
                f"{len(row)}; check its commas and quotes"
            )
    return titles, rest


def _check_names(names: list[str], path: str | PathLike[str]) -> None:
    known: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name:
            raise DataError(f"{path}, column {number} must have a name in the first line, got none")
        if name in known:
            raise DataError(
                f"{path} must name each column once, got {short(name)} twice; rename it"
            )
        known.add(name)


def _column(cells: list[str], kind: Kind, where: str) -> Column:
    if kind == "text":
        return np.array(cells, TEXT)
    try:
        if kind == "bool":
            truth = {"true": True, "false": False}
            return np.array([truth[cell.lower()] for cell in cells], np.bool_)
        if kind == "int":
            return np.array([int(cell) for cell in cells], np.int64)
        return np.array([float(cell or "nan") for cell in cells], DTYPES[kind])
    except (KeyError, ValueError, OverflowError) as error:
        rule = f"{WORDS[True]} or {WORDS[False]}" if kind == "bool" else f"{kind} numbers"
        raise DataError(f"{where} must hold {rule} as its name says, got {error}") from None
