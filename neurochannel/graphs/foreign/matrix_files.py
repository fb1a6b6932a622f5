"""Adjacency matrices, full or sparse: from .npz, .npy and .mat files."""

from __future__ import annotations

import math
from io import BufferedReader, BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign.foreign_graph import ForeignGraph
from neurochannel.graphs.foreign.import_options import ImportSettings
from neurochannel.inputs.npz import NpzReader
from neurochannel.inputs.opening import ContentError, most_unpacked, size_of
from neurochannel.model.problems import did_you_mean, listed, short

NUMBERS = "biuf"
COMPRESSED = ("csr", "csc")


def graph_of_matrix(
    matrix: NDArray[Any], rows: str, names: list[str] | None = None
) -> ForeignGraph:
    """Return the graph whose weights are the numbers of a square matrix that are not 0.

    Raises
    ------
    NetworkError
        If it is not square, or of other numbers.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.dtype.kind not in NUMBERS:
        raise NetworkError(
            f"must be a square matrix of real numbers, got {short(matrix)} of {matrix.dtype}; "
            "a number in row i and column j is an edge from i to j"
        )
    if matrix.dtype.kind == "f" and np.isnan(matrix).any():
        matrix = np.nan_to_num(matrix, nan=0.0, posinf=np.inf, neginf=-np.inf)
    first, second = np.nonzero(matrix)
    return _graph(len(matrix), first, second, matrix[first, second], rows, names)


def _graph(
    n: int,
    first: NDArray[Any],
    second: NDArray[Any],
    values: NDArray[Any],
    rows: str,
    names: list[str] | None = None,
) -> ForeignGraph:
    ends = first.astype(np.int64), second.astype(np.int64)
    sources, targets = ends if rows == "sources" else ends[::-1]
    order = np.lexsort((targets, sources))
    one_value = values.dtype.kind == "b" or (len(values) and bool(np.all(values == values[0])))
    edges = {} if one_value else {"weight": values[order].astype(np.float64)}
    other = "targets" if rows == "sources" else "sources"
    return ForeignGraph(
        np.arange(n) if names is None else names,
        sources[order],
        targets[order],
        {},
        edges,
        notes=(f"took rows of the matrix as {rows} and columns as {other}",),
    )


def read_npy(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    """Read a matrix from an .npy file.

    Raises
    ------
    NetworkError
        If it is no such file.
    """
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"format {version[0]}.{version[1]}")
        read = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")
        shape, _, dtype = read(file, max_header_size=10_000)
        if dtype.kind not in NUMBERS or math.prod(shape) * dtype.itemsize > size_of(file):
            raise ValueError(f"shape {shape} of {dtype}")
        file.seek(0)
        matrix = np.load(file, allow_pickle=False)
    except MemoryError:
        raise
    except Exception as error:
        raise NetworkError(
            f"must be an .npy file of real numbers, got something else ({error}); save it with "
            "numpy.save"
        ) from None
    return graph_of_matrix(matrix, options.rows)


def read_npz_matrix(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    """Read a sparse matrix that SciPy saved, or a square array by its name.

    Raises
    ------
    NetworkError
        If there is none.
    """
    try:
        reader = NpzReader(file)
        if {"format", "shape", "data"} <= {*reader.names}:
            return graph_of_sparse({name: reader.array(name) for name in reader.names}, options)
        arrays = {name: reader.array(name) for name in wanted(reader.names, options)}
    except ContentError as error:
        raise NetworkError(
            f"must be an .npz file of numbers, got something else ({error}); save it with "
            "numpy.savez or scipy.sparse.save_npz"
        ) from None
    return graph_of_matrix(chosen(arrays, options), options.rows)


def wanted(names: tuple[str, ...], options: ImportSettings) -> tuple[str, ...]:
    """Return the names of the variables that may be meant.

    Raises
    ------
    NetworkError
        If the one that is named is not there.
    """
    if options.variable is None:
        return names
    if options.variable not in names:
        _refuse_variable(options.variable, names)
    return (options.variable,)


def _refuse_variable(given: str, names: Any) -> None:
    hint = did_you_mean(given, names) or f"there are {listed(map(short, names)) or 'none'}"
    raise NetworkError(f"variable must name an array of the file, got {short(given)}; {hint}")


def chosen(
    arrays: dict[str, NDArray[Any]], options: ImportSettings, names: tuple[str, ...] | None = None
) -> NDArray[Any]:
    """Return the matrix that is meant: the named one, or the only square one.

    Parameters
    ----------
    names
        Of all variables, if `arrays` are only some.

    Raises
    ------
    NetworkError
        If there is not one of them.
    """
    if options.variable is not None:
        return arrays[options.variable]
    square = {
        name: array
        for name, array in arrays.items()
        if array.ndim == 2 and array.shape[0] == array.shape[1] > 1 and array.dtype.kind in NUMBERS
    }
    if len(square) == 1:
        return next(iter(square.values()))
    found = f"{len(square)} ({listed(map(short, square))})" if square else "none"
    raise NetworkError(
        f"must have one square matrix, got {found} among "
        f"{listed(map(short, names or arrays)) or 'nothing'}; "
        "name it, variable='NAME', or save edges as an array 'forward' of [source, target]"
    )


def graph_of_sparse(arrays: dict[str, NDArray[Any]], options: ImportSettings) -> ForeignGraph:
    """Return the graph of the arrays that `scipy.sparse.save_npz` writes.

    Raises
    ------
    NetworkError
        If they are not those of a square matrix of real numbers.
    """
    form = arrays["format"].item() if arrays["format"].shape == () else ""
    form = form.decode("ascii", "replace") if isinstance(form, bytes) else str(form)
    shape, values = arrays["shape"].reshape(-1).tolist(), arrays["data"]
    needed = {"coo": ("row", "col")}.get(form, ("indices", "indptr"))
    if form not in ("coo", *COMPRESSED) or not {*needed} <= arrays.keys():
        raise NetworkError(
            f"must be a sparse matrix in the form csr, csc or coo, got {short(form)}; convert it "
            "with matrix.tocsr()"
        )
    first, second = (arrays[name] for name in needed)
    if form in COMPRESSED:
        first, second = _expanded(second, len(values), shape[form == "csc"]), first
        first, second = (first, second) if form == "csr" else (second, first)
    plain = all(
        part.dtype.kind in "iu" and part.shape == (len(values),) for part in (first, second)
    )
    if len(shape) != 2 or shape[0] != shape[1] or not plain or values.dtype.kind not in NUMBERS:
        raise NetworkError(
            f"must be a square sparse matrix of real numbers, got the shape {tuple(shape)}; "
            "a number in row i and column j is an edge from i to j"
        )
    n = int(shape[0])
    for part in (first, second):
        if len(part) and not (int(part.min()) >= 0 and int(part.max()) < n):
            raise NetworkError(f"must have rows and columns below {n}, got others; save it again")
    if n > 4 * len(values) + 2**20:
        raise NetworkError(f"must have edges at most of its rows, got {len(values)} of {n}")
    if values.shape != first.shape:
        raise NetworkError("must have one number for each row and column; save it again")
    kept = values != 0
    return _graph(n, first[kept], second[kept], values[kept], options.rows)


def _expanded(indptr: NDArray[Any], n_values: int, n: int) -> NDArray[np.int64]:
    """Return the row of each number from where rows begin."""
    steps = np.diff(indptr) if indptr.ndim == 1 and indptr.dtype.kind in "iu" else np.array([-1])
    if len(indptr) != n + 1 or (steps < 0).any() or steps.sum() != n_values:
        raise NetworkError("must be a sparse matrix whose rows fit its numbers, got others")
    return np.repeat(np.arange(n), steps)


def read_mat(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    """Read a matrix, full or sparse, from a MATLAB file.

    Raises
    ------
    NetworkError
        If there is none.
    """
    from scipy.io import loadmat, whosmat
    from scipy.sparse import issparse

    content = file.read()
    # Both read files that are open as well, which their types do not say.
    source: Any = BytesIO(content)
    try:
        shapes = {name: (shape, kind) for name, shape, kind in whosmat(source)}
    except MemoryError:
        raise
    except Exception as error:
        raise _no_mat(error) from None
    names = wanted(tuple(shapes), options)
    square = [
        name
        for name in names
        if len(shapes[name][0]) == 2 and shapes[name][0][0] == shapes[name][0][1] > 1
    ]
    if options.variable is None and len(square) != 1:
        found = f"{len(square)} ({listed(map(short, square))})" if square else "none"
        raise NetworkError(
            f"must have one square matrix, got {found} among "
            f"{listed(map(short, shapes)) or 'nothing'}; name it, variable='NAME'"
        )
    name = options.variable or square[0]
    shape, kind = shapes[name]
    if kind != "sparse" and math.prod(shape) * 8 > most_unpacked(len(content)):
        raise NetworkError(f"{name} must fit into memory, got the shape {shape}; save it as .npz")
    try:
        source.seek(0)
        matrix: Any = loadmat(source, variable_names=[name], spmatrix=False)[name]
    except MemoryError:
        raise
    except Exception as error:
        raise _no_mat(error) from None
    if not issparse(matrix):
        return graph_of_matrix(matrix, options.rows)
    return graph_of_entries(_coordinates(matrix), options)


def _coordinates(matrix: Any) -> Any:
    return matrix.tocoo()


def graph_of_entries(entries: Any, options: ImportSettings) -> ForeignGraph:
    """Return the graph of a sparse matrix of SciPy in the form coo.

    Raises
    ------
    NetworkError
        If it is not square.
    """
    n_rows, n_columns = entries.shape
    if n_rows != n_columns:
        raise NetworkError(
            f"must be a square matrix of real numbers, got {n_rows:,} x {n_columns:,}; a number in "
            "row i and column j is an edge from i to j"
        )
    kept = entries.data != 0
    rows, columns = (part[kept] for part in entries.coords)
    return _graph(n_rows, rows, columns, entries.data[kept], options.rows)


def _no_mat(error: Exception) -> NetworkError:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return NetworkError(f"must be a MATLAB file, got something else ({reason}); save it again")
