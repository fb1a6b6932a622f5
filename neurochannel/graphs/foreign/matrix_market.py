"""Matrices in Matrix Market files (.mtx), entry by entry or all numbers column by column.

SciPy reads them as well, but a damaged file can crash the process in its code.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign.foreign_graph import ForeignGraph
from neurochannel.graphs.foreign.import_options import ImportSettings
from neurochannel.graphs.foreign.matrix_files import graph_of_entries, graph_of_matrix

FORMS = {"coordinate": 3, "array": 2}
"""Numbers in the line of sizes."""
FIELDS = ("real", "double", "integer", "pattern")
SIGNS = {"general": 0, "symmetric": 1, "skew-symmetric": -1}
"""What the other half of a matrix is multiplied by, 0 where it is given."""


class _Header(NamedTuple):
    form: str
    field: str
    symmetry: str
    sizes: tuple[int, ...]


def read_mtx(content: bytes, options: ImportSettings) -> ForeignGraph:
    """Read a square matrix of real numbers.

    Raises
    ------
    NetworkError
        If there is none.
    """
    try:
        header, body = _parted(content)
        numbers = _numbers(body, header)
    except (ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:160]
        raise NetworkError(
            f"must be a Matrix Market file of real numbers, got something else ({reason}); save it "
            "with scipy.io.mmwrite"
        ) from None
    n = header.sizes[0]
    if n != header.sizes[1]:
        raise NetworkError(
            f"must be a square matrix, got {n:,} x {header.sizes[1]:,}; a number in row i and "
            "column j is an edge from i to j"
        )
    sign = SIGNS[header.symmetry]
    if header.form == "array":
        return graph_of_matrix(_full(numbers[:, 0], n, sign), options.rows)
    return graph_of_entries(_entries(numbers, n, sign), options)


def _parted(content: bytes) -> tuple[_Header, bytes]:
    """Return what the first lines say, and the rest."""
    first, _, rest = content.partition(b"\n")
    words = first.decode("ascii", "replace").lower().split()
    if len(words) != 5 or words[:2] != ["%%matrixmarket", "matrix"]:
        raise ValueError("no line '%%MatrixMarket matrix ...'")
    form, field, symmetry = words[2:]
    for word, known in ((form, FORMS), (field, FIELDS), (symmetry, SIGNS)):
        if word not in known or (field == "pattern" and form == "array"):
            raise ValueError(f"the kind '{word}'")
    line = b"%"
    while rest and (line.startswith(b"%") or not line.strip()):
        line, _, rest = rest.partition(b"\n")
    sizes = tuple(int(word) for word in line.split())
    n_numbers = FORMS[form]
    if len(sizes) != n_numbers or not all(0 < n < 2**31 for n in sizes[:2]) or sizes[-1] < 0:
        raise ValueError(f"a line of sizes that is not {n_numbers} numbers")
    return _Header(form, field, symmetry, sizes), rest


def _numbers(body: bytes, header: _Header) -> NDArray[np.float64]:
    """Return the lines of numbers, once it is known that the file has room for them."""
    import pandas as pd

    n, width = header.sizes[0], 1
    if header.form == "coordinate":
        expected, width = header.sizes[2], 2 if header.field == "pattern" else 3
    elif SIGNS[header.symmetry] == 0:
        expected = n * header.sizes[1]
    else:
        expected = n * (n + SIGNS[header.symmetry]) // 2
    if expected * width > len(body):
        raise ValueError(f"{expected:,} entries that are not in the file")
    if not expected:
        return np.zeros((0, width))
    frame = pd.read_csv(
        BytesIO(body), sep=r"\s+", header=None, comment="%", dtype=np.float64, engine="c"
    )
    numbers = frame.to_numpy()
    if numbers.shape != (expected, width) or not np.isfinite(numbers).all():
        raise ValueError(f"{numbers.shape[0]:,} lines of {numbers.shape[1]} numbers")
    return np.asarray(numbers, np.float64)


def _full(numbers: NDArray[np.float64], n: int, sign: int) -> NDArray[np.float64]:
    if sign == 0:
        return numbers.reshape(n, n).T
    matrix = np.zeros((n, n))
    columns, rows = np.triu_indices(n, 0 if sign == 1 else 1)
    matrix[rows, columns] = numbers
    matrix[columns, rows] = sign * numbers
    return matrix


def _entries(numbers: NDArray[np.float64], n: int, sign: int) -> Any:
    from scipy.sparse import coo_array

    places = numbers[:, :2]
    if len(places) and not (places.min() >= 1 and places.max() <= n and np.all(places % 1 == 0)):
        raise NetworkError(f"must have rows and columns from 1 to {n:,}, got others; save it again")
    rows, columns = (places.astype(np.int64) - 1).T
    values = numbers[:, 2] if numbers.shape[1] > 2 else np.ones(len(rows))
    if sign:
        other = rows != columns
        ends = (rows, columns), (columns[other], rows[other])
        rows, columns = (np.concatenate(pair) for pair in zip(*ends, strict=True))
        values = np.concatenate([values, sign * values[other]])
    return coo_array((values, (rows, columns)), shape=(n, n))
