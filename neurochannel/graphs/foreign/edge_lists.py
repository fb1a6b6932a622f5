"""Tables as text, .csv and the like: lists of edges, or matrices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign.foreign_graph import Columns, ForeignGraph, graph_of_ends
from neurochannel.graphs.foreign.import_options import ImportSettings
from neurochannel.graphs.foreign.matrix_files import graph_of_matrix
from neurochannel.inputs.opening import size_of
from neurochannel.model.problems import did_you_mean, listed, short

MOST_BYTES = 2**32
SAMPLE = 2**16
TITLES = (
    ("source", "target"),
    ("from", "to"),
    ("pre", "post"),
    ("presynaptic", "postsynaptic"),
    ("pre_id", "post_id"),
    ("pre_root_id", "post_root_id"),
    ("pre_pt_root_id", "post_pt_root_id"),
    ("bodyid_pre", "bodyid_post"),
    ("source_id", "target_id"),
    ("source_node_id", "target_node_id"),
    ("src", "dst"),
    ("sender", "receiver"),
)
"""Titles of the columns of sources and targets, in small letters."""
SOURCES, TARGETS = zip(*TITLES, strict=True)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|NaN|NA|inf|")
SMALLEST = 4
"""Rows of a table of numbers without titles that is as wide as it is long, to be a matrix."""


@dataclass(frozen=True)
class TableShape:
    """What a table looks like from its first lines.

    Parameters
    ----------
    separator
        A regular expression for pandas.
    titles
        Those of its columns, None if it has none.
    n_columns
        How many there are.
    """

    separator: str
    titles: tuple[str, ...] | None
    n_columns: int


def read_table(file: BufferedReader, options: ImportSettings, spaced: bool) -> ForeignGraph:
    """Read a list of edges, or a matrix with or without names.

    Parameters
    ----------
    spaced
        Whether columns are separated by any blanks rather than by tabs, commas or semicolons.

    Raises
    ------
    NetworkError
        If it is no such table, or an option is for the other kind of table.
    """
    if size_of(file) > MOST_BYTES:
        raise NetworkError(f"must have at most {MOST_BYTES:,} bytes, got more; save it as .npz")
    lines = _first_lines(file)
    shape = _shape(lines, spaced)
    if any("{" in line for line in lines[:5]):
        return _with_dictionaries(file)
    kind = options.layout or _layout(file, lines, shape)
    file.seek(0)
    if kind == "matrix":
        if options.columns is not None:
            raise NetworkError(
                "columns must be left out for a matrix, which has none of sources and targets; "
                "remove it, or give layout='edges' if this is a list of edges"
            )
        return _matrix(file, shape, options)
    if options.rows != "sources":
        raise NetworkError(
            "rows must be left out for a list of edges; give columns='TARGET,SOURCE' to turn edges "
            "round, or layout='matrix' if this is a matrix"
        )
    return _edges(file, shape, options)


def _first_lines(file: BufferedReader) -> list[str]:
    try:
        text = file.read(SAMPLE).decode(
            "utf-8-sig", "strict" if size_of(file) < SAMPLE else "ignore"
        )
    except UnicodeDecodeError:
        raise NetworkError("must be UTF-8 text, got other bytes; save it as UTF-8") from None
    if "\0" in text:
        raise NetworkError("must be text, got zero bytes; save it as UTF-8")
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#%"]
    whole = lines[:-1] if size_of(file) > SAMPLE else lines
    if not whole:
        raise NetworkError("must have rows of edges, got none; name a file with edges")
    return whole


def _shape(lines: list[str], spaced: bool) -> TableShape:
    separator, rows = next(
        (
            (each, rows)
            for each in ((r"\s+",) if spaced else ()) + ("\t", ",", ";", r"\s+")
            if (rows := _cut(lines[:50], each)) and 2 <= len(rows[-1]) == len(rows[len(rows) // 2])
        ),
        (",", []),
    )
    if not rows:
        raise NetworkError(
            f"must have rows of at least two columns, got {short(lines[0])}; separate them by "
            "commas, semicolons or tabs"
        )
    first, second = rows[0], rows[min(1, len(rows) - 1)]
    words = [word.lower().replace(" ", "_") for word in first]
    is_named = bool({*words} & {*SOURCES}) and bool({*words} & {*TARGETS})
    is_text = len(rows) > 1 and any(
        not NUMBER.fullmatch(a) and NUMBER.fullmatch(b) for a, b in zip(first, second, strict=False)
    )
    shifted = len(second) == len(first) + 1
    titles = tuple(first) if is_named or is_text or shifted or not first[0] else None
    return TableShape(separator, titles, len(second))


def _cut(lines: list[str], separator: str) -> list[list[str]]:
    if separator == r"\s+":
        return [line.split() for line in lines]
    return [[part.strip().strip('"') for part in line.split(separator)] for line in lines]


def _layout(file: BufferedReader, lines: list[str], shape: TableShape) -> str:
    """Tell a matrix from a list of edges."""
    file.seek(0)
    n_rows = 0
    while block := file.read(2**24):
        n_rows += block.count(b"\n") + (0 if block.endswith(b"\n") else 1)
        if n_rows > 4 * shape.n_columns + len(lines) + SMALLEST:
            return "edges"
    rows = _cut(lines, shape.separator)
    if shape.titles is not None:
        names = [row[0] for row in rows[1:]]
        titles = list(shape.titles)[-len(names) :]
        return "matrix" if len(names) == shape.n_columns - 1 and names == titles else "edges"
    square = len(rows) == shape.n_columns >= SMALLEST
    plain = all(NUMBER.fullmatch(part) for row in rows[:50] for part in row)
    return "matrix" if square and plain else "edges"


def _frame(file: BufferedReader, shape: TableShape, **more: Any) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(
            file,
            sep=shape.separator,
            comment="#",
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=True,
            skipinitialspace=True,
            encoding="utf-8-sig",
            low_memory=False,
            **more,
        )
    except MemoryError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:120]
        raise NetworkError(
            f"must be a table with the same columns in each row, got another ({reason}); fix it"
        ) from None


def _matrix(file: BufferedReader, shape: TableShape, options: ImportSettings) -> ForeignGraph:
    titled = shape.titles is not None
    frame = _frame(file, shape, header=0 if titled else None, index_col=0 if titled else None)
    names = [str(name) for name in frame.index] if titled else None
    try:
        values = frame.to_numpy(np.float64)
    except (TypeError, ValueError):
        raise NetworkError("must be a matrix of numbers, got texts in it; fix it") from None
    return graph_of_matrix(values, options.rows, names)


def _edges(file: BufferedReader, shape: TableShape, options: ImportSettings) -> ForeignGraph:
    titled = shape.titles is not None
    frame = _frame(file, shape, header=0 if titled else None, index_col=False)
    titles = [str(title) for title in frame.columns] if titled else _own_titles(frame)
    at = _ends(titles, options.columns)
    heads, tails = (_names(frame.iloc[:, place], titles[place]) for place in at)
    if heads.dtype != tails.dtype:
        heads, tails = heads.astype(str).astype(object), tails.astype(str).astype(object)
    columns: Columns = {
        titles[place]: frame.iloc[:, place].to_numpy()
        if frame.dtypes.iloc[place].kind in "biuf"
        else frame.iloc[:, place].to_numpy(object)
        for place in range(len(titles))
        if place not in at
    }
    return graph_of_ends(heads, tails, columns)


def _own_titles(frame: Any) -> list[str]:
    """Return titles for a table without: the first number after the ends is the weight."""
    found = ["source", "target"]
    for place in range(2, frame.shape[1]):
        is_number = frame.dtypes.iloc[place].kind in "iuf"
        found.append("weight" if is_number and "weight" not in found else f"column {place + 1}")
    return found[: frame.shape[1]]


def _ends(titles: list[str], given: str | tuple[str, str] | None) -> tuple[int, int]:
    if given is not None:
        names = [part.strip() for part in given.split(",")] if isinstance(given, str) else given
        if len(names) != 2:
            raise NetworkError(
                f"columns must name those of sources and targets, got {short(given)}; write two"
            )
        for name in names:
            if name not in titles:
                hint = did_you_mean(name, titles) or f"there are {listed(titles)}"
                raise NetworkError(
                    f"columns must be titles of the table, got {short(name)}; {hint}"
                )
        return titles.index(names[0]), titles.index(names[1])
    words = [title.lower().strip().replace(" ", "_") for title in titles]
    found = [
        next((at for at, word in enumerate(words) if word in known), -1)
        for known in (SOURCES, TARGETS)
    ]
    return (found[0], found[1]) if -1 not in found else (0, 1)


def _names(column: Any, title: str) -> Any:
    missing = np.flatnonzero(column.isna().to_numpy())
    if len(missing):
        raise NetworkError(
            f"column {short(title)} must name a neuron in each row, got none in {len(missing):,} "
            f"of {len(column):,} rows, the first of them row {missing[0] + 1}; fix these rows, or "
            "name two other columns, columns='SOURCE,TARGET'"
        )
    if column.dtype.kind in "iu":
        return column.to_numpy(np.int64) if column.dtype != np.uint64 else column.to_numpy()
    if column.dtype.kind == "f" and bool((column % 1 == 0).all()):
        return column.to_numpy(np.int64)
    return column.astype(str).to_numpy(object)


def _with_dictionaries(file: BufferedReader) -> ForeignGraph:
    """Read edges with attributes in braces, as `networkx.write_edgelist` writes them."""
    import networkx as nx

    from neurochannel.graphs.foreign.foreign_graph import graph_of_networkx
    from neurochannel.graphs.foreign.networkx_files import MOST_BYTES as MOST
    from neurochannel.graphs.foreign.networkx_files import _parsed

    file.seek(0)
    text = file.read(MOST + 1).decode("utf-8", "replace")
    if len(text) > MOST:
        raise NetworkError(f"must have at most {MOST:,} bytes with braces; save it as .csv")
    found = _parsed(
        "an edge list of networkx",
        lambda: nx.parse_edgelist(text.splitlines(), create_using=nx.MultiDiGraph),
    )
    return graph_of_networkx(found)
