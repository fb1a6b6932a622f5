"""Matrices in MATLAB files of version 7.3, which are HDF5."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign.foreign_graph import ForeignGraph
from neurochannel.graphs.foreign.hdf5_files import MOST_MEMBERS, names_in, reading
from neurochannel.graphs.foreign.import_options import ImportSettings
from neurochannel.graphs.foreign.matrix_files import (
    chosen,
    graph_of_matrix,
    graph_of_sparse,
    wanted,
)
from neurochannel.inputs.hdf5 import ArrayReader, attribute, member
from neurochannel.inputs.opening import ContentError, most_unpacked

SPARSE = "MATLAB_sparse"
OWN = "#"
"""What groups of MATLAB's own, such as #refs#, begin with."""


def read_mat73(root: h5py.File, n_bytes: int, options: ImportSettings) -> ForeignGraph:
    """Read a matrix, full or sparse; both are stored column by column.

    Raises
    ------
    NetworkError
        If there is none.
    """
    with reading("a MATLAB file"):
        if len(root) > MOST_MEMBERS:
            raise ContentError(f"{len(root):,} variables, more than {MOST_MEMBERS:,}")
        names = tuple(name for name in names_in(root) if not name.startswith(OWN))
        matrices = {name: member(root, name) for name in wanted(names, options)}
        square = {name: one for name, one in matrices.items() if _is_square(one)}
        if options.variable is None and len(square) != 1:
            chosen({name: np.zeros((2, 2)) for name in square}, options, names)
        name = options.variable or next(iter(square))
        found, most = matrices[name], most_unpacked(n_bytes)
        if isinstance(found, h5py.Group):
            return graph_of_sparse(_compressed(found, name, n_bytes, most), options)
        matrix = ArrayReader(root, n_bytes, most).array(name)
    return graph_of_matrix(matrix.T if matrix.ndim == 2 else matrix, options.rows)


def _is_square(found: Any) -> bool:
    """Tell whether this is a square matrix of numbers; MATLAB's 1 x 1 is a number."""
    if isinstance(found, h5py.Group):
        return SPARSE in found.attrs and "jc" in found
    if not isinstance(found, h5py.Dataset) or found.dtype.kind not in "iuf":
        return False
    shape: tuple[int, ...] = found.shape or ()
    return len(shape) == 2 and bool(shape[0] == shape[1] > 1)


def _compressed(group: h5py.Group, name: str, n_bytes: int, most: int) -> dict[str, NDArray[Any]]:
    """Return a sparse matrix as the arrays of SciPy's files; one without numbers has no rows."""
    if SPARSE not in group.attrs:
        raise NetworkError(f"{name} must be a matrix, got a table; name another variable")
    n_rows = attribute(group, SPARSE, int)
    reader = ArrayReader(group, n_bytes, most)
    starts = _whole(reader, "jc")
    n = n_rows, max(len(starts) - 1, 0)
    rows, data = np.zeros(0, np.int64), np.zeros(0)
    if "ir" in group:
        rows, data = _whole(reader, "ir"), reader.array("data").reshape(-1)
    return {
        "format": np.array("csc"),
        "shape": np.array(n),
        "data": data,
        "indices": rows,
        "indptr": starts,
    }


def _whole(reader: ArrayReader, name: str) -> NDArray[np.int64]:
    found = reader.array(name).reshape(-1)
    if found.dtype.kind not in "iu":
        raise ContentError(f"{name} must hold whole numbers, got {found.dtype}")
    return found.astype(np.int64)
