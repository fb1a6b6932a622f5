"""Edge lists in .npz files with the names that they have here, as a graph to be cleaned."""

from __future__ import annotations

from io import BufferedReader
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import KINDS
from neurochannel.graphs.edge_arrays import ends_of
from neurochannel.graphs.edge_npz import loaded, text_of
from neurochannel.graphs.foreign.foreign_graph import Columns, ForeignGraph
from neurochannel.graphs.kept_columns import (
    GROUPS,
    NEURONS,
    checked_columns,
    checked_groups,
    columns_in,
)
from neurochannel.graphs.neuron_tables import Ints, KeptColumns
from neurochannel.model.problems import short

MARK = "weighted"
"""The array that says which edges have a weight."""


def read_edge_lists(file: BufferedReader) -> ForeignGraph:
    """Return the edges of both kinds in one graph, each with its kind.

    Raises
    ------
    NetworkError
        If the arrays are not those of edge lists.
    """
    arrays = loaded(file)
    ends = [ends_of(kind, arrays.get(kind, ())) for kind in KINDS]
    n = max((int(part.max()) + 1 for part in ends if part.size), default=0)
    if n > 4 * sum(map(len, ends)) + 2**20:
        raise NetworkError(f"neurons must be numbered without gaps, got {n - 1}; renumber them")
    ids = arrays.get("ids", np.arange(n))
    if ids.ndim != 1 or len(ids) < n:
        raise NetworkError(
            f"ids must be a name for each of {n} neurons, got {short(ids)}; add them"
        )
    both = np.concatenate(ends)
    of_neurons, of_edges = _kept(arrays, len(ids), [*map(len, ends)])
    return ForeignGraph(
        ids if ids.dtype.kind in "iu" else ids.tolist(),
        both[:, 0],
        both[:, 1],
        _nodes(arrays, len(ids)) | of_neurons,
        _edges(arrays, ends) | of_edges,
        named=(*of_neurons,),
        named_edges=(*of_edges,),
        name=text_of(arrays, "name") or "network",
        loss=text_of(arrays, "loss"),
    )


def _kept(
    arrays: dict[str, NDArray[Any]], n_neurons: int, n_edges: list[int]
) -> tuple[Columns, Columns]:
    """Return the columns that neurons and edges of both kinds keep."""
    groups = checked_groups(columns_in(arrays))
    sizes = dict(zip(GROUPS, (n_neurons, *n_edges), strict=True))
    own = {group: checked_columns(group, groups[group], n) for group, n in sizes.items()}
    keys = dict.fromkeys(key for kind in KINDS for key in own[kind])
    of_edges = {
        key: [item for kind in KINDS for item in own[kind].get(key, (None,) * sizes[kind])]
        for key in keys
    }
    return _objects(own[NEURONS]), _objects(of_edges)


def _objects(columns: KeptColumns) -> Columns:
    made: Columns = {}
    for key, items in columns.items():
        made[key] = np.empty(len(items), object)
        made[key][:] = items
    return made


def _nodes(arrays: dict[str, NDArray[Any]], n: int) -> Columns:
    return {
        key.partition(".")[2]: np.broadcast_to(array, (n,))
        for key, array in arrays.items()
        if key.startswith("neurons.") and array.shape in ((), (n,))
    }


def _edges(arrays: dict[str, NDArray[Any]], ends: list[Ints]) -> Columns:
    names = [key.partition(".") for key in arrays]
    columns: Columns = {"kind": np.repeat(np.array(KINDS, object), [len(part) for part in ends])}
    for key in dict.fromkeys(key for kind, dot, key in names if dot and kind in KINDS):
        parts = []
        for kind, own in zip(KINDS, ends, strict=True):
            column = arrays.get(f"{kind}.{key}", np.array(None, object))
            marks = arrays.get(f"{kind}.{MARK}") if key == "weight" else None
            if column.shape not in ((), (len(own),)):
                raise NetworkError(
                    f"{kind}.{key} must be one value or {len(own)}, got {short(column)}; fix it"
                )
            spread = np.broadcast_to(column, (len(own),)).astype(object)
            if marks is not None and marks.shape == spread.shape:
                spread[~marks.astype(bool)] = None
            parts.append(spread)
        if key != MARK:
            columns[key] = np.concatenate(parts)
    return columns
