"""Operands and kernels of bundles of single edges: which lists say what edges there are."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.engine.compiler.paths import block_of_receivers
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.memory import Span, Wires
from neurochannel.kernels import sparse
from neurochannel.kernels.declare import Kernel

PLAINLY = {
    "deliver": sparse.deliver_edges,
    "back": sparse.deliver_edges_tied,
    "update": sparse.update_edges,
}
BY_LANES = {
    "deliver": sparse.deliver_edges_by_lanes,
    "back": sparse.deliver_edges_tied_by_lanes,
    "update": sparse.update_edges_by_lanes,
}
BY_BLOCKS = {
    "deliver": sparse.deliver_edges_by_blocks,
    "back": sparse.deliver_edges_tied_by_blocks,
    "update": sparse.update_edges_by_blocks,
}
"""Kernels by what they do with the edges."""


def edge_spans(wires: Wires, key: str, edges: EdgeList) -> dict[str, Span]:
    """Return the operands `start` and `receivers` of a bundle."""
    place = wires.add(key, key, edges.start, edges.receivers)
    n = edges.n_source + 1
    start = Span(place.name, key, place.start, (n,), n)
    receivers = Span(place.name, key, place.start + n, (edges.n_edges,), edges.n_edges)
    return {"start": start, "receivers": receivers}


def block_span(wires: Wires, key: str, edges: EdgeList) -> Span | None:
    """Return the operand `ends` of a bundle that is taken by blocks of receivers, or None."""
    size, name = block_of_receivers(edges), f"blocks:{key}"
    if size == 0:
        return None
    shape = -(-edges.n_target // size) + 1, edges.n_source
    if name not in wires:
        ends = np.empty(shape, np.uint32)
        sparse.split_by_receivers(edges.start, edges.receivers, size, ends)
        wires.add(name, key, ends.ravel())
    place = wires.spans[name]
    return Span(name, key, place.start, shape, edges.n_source)


def kernel_of_edges(
    what: str, wires: Wires, key: str, edges: EdgeList, by_lanes: bool
) -> tuple[Kernel, dict[str, Any]]:
    """Return the quickest kernel for the edges of a bundle, and its lists.

    Parameters
    ----------
    what
        "deliver", "back" or "update".
    by_lanes
        Whether there are enough examples to take many at a time.
    """
    listed: dict[str, Any] = edge_spans(wires, key, edges)
    if not by_lanes:
        return PLAINLY[what], listed
    ends = block_span(wires, key, edges)
    if ends is None:
        return BY_LANES[what], listed
    if what != "update":
        del listed["start"]
    return BY_BLOCKS[what], {**listed, "ends": ends, "blocks": ends.shape[0] - 1}
