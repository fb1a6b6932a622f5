"""SONATA edge files: edges between populations of numbered neurons, in HDF5."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign.foreign_graph import Columns, ForeignGraph
from neurochannel.graphs.foreign.hdf5_files import (
    group,
    groups_in,
    names_in,
    reading,
    text_attribute,
)
from neurochannel.inputs.hdf5 import ArrayReader, member
from neurochannel.model.problems import listed, short

ENDS = ("source_node_id", "target_node_id")
POPULATION = "node_population"
Part = tuple[tuple[str, str], tuple[NDArray[np.int64], NDArray[np.int64]], Columns]


def read_sonata(root: h5py.File, n_bytes: int) -> ForeignGraph:
    """Read all edges of a SONATA file; neurons of several populations get names: ``lgn[3]``.

    Raises
    ------
    NetworkError
        If it holds no edges.
    """
    with reading("a SONATA file of edges"):
        if "edges" not in root:
            what = listed(map(short, list(root)[:6])) or "nothing"
            if "nodes" in root:
                what = f"populations of neurons ({listed(groups_in(root, 'nodes'))})"
            raise NetworkError(
                f"must hold edges, got {what} without edges; name the file of edges that belongs "
                "to it, or read a checkpoint with nc.load"
            )
        reader = ArrayReader(root, n_bytes, 100 * n_bytes + 2**28)
        parts = [_population(reader, root, name) for name in groups_in(root, "edges")]
    parts = [part for part in parts if len(part[1][0])]
    if not parts:
        raise NetworkError("must hold at least one edge, got none; name another file")
    return _joined(parts)


def _population(reader: ArrayReader, root: h5py.File, name: str) -> Part:
    place = f"edges/{name}"
    own = group(group(root, "edges"), name)
    ends, populations = [], []
    for key in ENDS:
        ends.append(reader.array(f"{place}/{key}").reshape(-1))
        if ends[-1].dtype.kind not in "iu" or (len(ends[-1]) and ends[-1].max() >= 2**62):
            raise NetworkError(f"{place}/{key} must hold numbers of neurons, got {ends[-1].dtype}")
        populations.append(text_attribute(member(own, key), POPULATION) or name)
    if len(ends[0]) != len(ends[1]):
        raise NetworkError(
            f"{place} must have as many sources as targets, got {len(ends[0])} and {len(ends[1])}"
        )
    sources, targets = (part.astype(np.int64) for part in ends)
    return (populations[0], populations[1]), (sources, targets), _attributes(reader, own, place)


def _attributes(reader: ArrayReader, own: h5py.Group, place: str) -> Columns:
    """Return the numbers that the edges have where all of them lie in one group."""
    n = len(own[ENDS[0]])
    if "0" not in own or not isinstance(member(own, "0"), h5py.Group) or "1" in own:
        return {}
    order = np.arange(n)
    if "edge_group_index" in own:
        order = reader.array(f"{place}/edge_group_index").reshape(-1)
    columns = {}
    for key in names_in(own["0"]):
        found = member(own["0"], key)
        if isinstance(found, h5py.Dataset) and found.shape == (n,) and found.dtype.kind in "iuf":
            values = reader.array(f"{place}/0/{key}")
            if order.shape == (n,) and n and order.min() >= 0 and order.max() < n:
                columns[key] = values[order].astype(np.float64)
    return columns


def _joined(parts: list[Part]) -> ForeignGraph:
    names = tuple(dict.fromkeys(name for pair, _, _ in parts for name in pair))
    codes, numbers = [], []
    for side in (0, 1):
        codes.append(
            _joined_arrays([np.full(len(e[0]), names.index(p[side])) for p, e, _ in parts])
        )
        numbers.append(_joined_arrays([e[side] for _, e, _ in parts]))
    both = np.stack([np.concatenate(codes), np.concatenate(numbers)])
    neurons, place = np.unique(both, axis=1, return_inverse=True)
    n = len(numbers[0])
    ids: Any = neurons[1]
    nodes: Columns = {}
    if len(names) > 1:
        ids = [f"{names[code]}[{own}]" for code, own in neurons.T.tolist()]
        nodes[POPULATION] = np.array(names, object)[neurons[0]]
    keys = dict.fromkeys(key for _, _, columns in parts for key in columns)
    edges = {
        key: _joined_arrays([c.get(key, np.full(len(e[0]), np.nan)) for _, e, c in parts])
        for key in keys
    }
    place = place.reshape(-1)
    note = f"took neurons of {listed(names)}" if len(names) > 1 else f"took neurons of {names[0]}"
    return ForeignGraph(ids, place[:n], place[n:], nodes, edges, notes=(note,))


def _joined_arrays(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts)
