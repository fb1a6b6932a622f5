"""Bundles that are joined: one list of edges between many populations, sorted by receiver.

What the populations send lies in one vector for all of them, so that an edge is the number of its
sender there and the place of its weight among all values. With lanes, the memory of that vector
holds blocks of examples one after the other, each laid out neuron by neuron as in `lanes`.
"""

# b = example, r = receiver, e = edge, start[r] - start[0] <= e < start[r + 1] - start[0]

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.kernels import lanes
from neurochannel.kernels.declare import (
    BUFFER,
    CHANGES,
    FACTOR,
    JOINT,
    LANES,
    VALUES,
    WHOLE,
    WIRES,
    Change,
    Delivery,
    adds,
    changes,
    kernel,
    reads,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.lanes import MOST_BYTES
from neurochannel.kernels.simd import VECTOR_BYTES
from neurochannel.kernels.views import matrix, rows_from

EDGES: dict[str, Any] = {
    "start": reads(WIRES, "n+1"),
    "senders": reads(WIRES, "edges"),
    "places": reads(WIRES, "edges"),
}
"""Edges start[r] - start[0] .. start[r + 1] - start[0] lead to receiver r."""
TOLD: dict[str, Any] = {"source": reads(BUFFER, "n"), "joint": changes(JOINT, "width")}
HEARD: dict[str, Any] = {
    "joint": reads(JOINT, "width"),
    "weight": reads(VALUES, "pool"),
    "total": adds(BUFFER, "n"),
}
CHANGED: dict[str, Any] = {
    "joint": reads(JOINT, "width"),
    "signal": reads(JOINT, "width"),
    "weight": adds(CHANGES, "pool"),
    "factor": FACTOR,
}


@kernel(**TOLD, first=WHOLE, whole=True)
def join(source, joint, first):
    """joint[b, first + r] = source[b, r]."""
    for b in range(source.shape[0]):
        for r in range(source.shape[1]):
            joint[b, first + r] = source[b, r]


@inner
def _sum(joint, b, weight, senders, places, first, stop):
    """Return the sum over edges first .. stop: joint[b, senders[e]] * weight[places[e]].

    Four sums at a time, since each addition waits for the last one on its sum.
    """
    zero = weight.dtype.type(0.0)
    s0, s1, s2, s3 = zero, zero, zero, zero
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    e, end = np.uint64(first), np.uint64(stop)
    while e + three < end:
        s0 += joint[b, senders[e]] * weight[places[e]]
        s1 += joint[b, senders[e + one]] * weight[places[e + one]]
        s2 += joint[b, senders[e + two]] * weight[places[e + two]]
        s3 += joint[b, senders[e + three]] * weight[places[e + three]]
        e += np.uint64(4)
    while e < end:
        s0 += joint[b, senders[e]] * weight[places[e]]
        e += one
    return (s0 + s1) + (s2 + s3)


@kernel(work=Delivery(("edges",)), **HEARD, **EDGES, whole=True)
def deliver_joined(joint, weight, total, start, senders, places):
    """total[b, r] += sum over edges e to r: joint[b, senders[e]] * weight[places[e]]."""
    before = start[0]
    for b in range(total.shape[0]):
        for r in range(total.shape[1]):
            total[b, r] += _sum(
                joint, b, weight, senders, places, start[r] - before, start[r + 1] - before
            )


@kernel(work=Change(("edges",)), **CHANGED, **EDGES, first=WHOLE)
def update_joined(joint, signal, weight, factor, start, senders, places, first):
    """weight[places[e]] += factor * sum_b joint[b, senders[e]] * signal[b, first + r]."""
    before = start[0]
    for b in range(joint.shape[0]):
        for r in range(start.shape[0] - 1):
            a = factor * signal[b, first + r]
            if a != 0.0:
                for e in range(start[r] - before, start[r + 1] - before):
                    weight[places[e]] += a * joint[b, senders[e]]


# --- many examples side by side --------------------------------------------------------------


@inner
def _width(joint, begin):
    """Return how many lanes the block of examples from `begin` on has."""
    tile = VECTOR_BYTES // joint.itemsize
    return min(MOST_BYTES // joint.itemsize, (joint.shape[0] - begin + tile - 1) // tile * tile)


@inner
def _block(joint, begin):
    """View the lanes of all neurons for the block of examples from `begin` on."""
    n, zero = joint.shape[1], joint.dtype.type(0.0)
    place = joint.ctypes.data + begin * n * joint.itemsize
    return matrix(zero, place, n, _width(joint, begin))


@kernel(**TOLD, first=WHOLE, whole=True)
def join_by_lanes(source, joint, first):
    """Do the same as `join`, for kernels that take many examples at a time."""
    begin = 0
    while begin < source.shape[0]:
        block = _block(joint, begin)
        lanes.spread(source, begin, rows_from(block, first, source.shape[1]))
        begin += block.shape[1]


@kernel(work=Delivery(("edges",)), **HEARD, **EDGES, room=LANES, whole=True)
def deliver_joined_by_lanes(joint, weight, total, start, senders, places, room):
    """Do the same as `deliver_joined`, many examples at a time."""
    begin = 0
    while begin < total.shape[0]:
        block = _block(joint, begin)
        own = matrix(weight.dtype.type(0.0), room, total.shape[1], block.shape[1])
        lanes.spread(total, begin, own)
        lanes.collect_at((start, senders, places), weight, own, block)
        lanes.gather(own, begin, total)
        begin += block.shape[1]


@kernel(work=Change(("edges",)), **CHANGED, **EDGES, first=WHOLE)
def update_joined_by_lanes(joint, signal, weight, factor, start, senders, places, first):
    """Do the same as `update_joined`, many examples at a time."""
    begin = 0
    while begin < joint.shape[0]:
        block = _block(joint, begin)
        own = rows_from(_block(signal, begin), first, start.shape[0] - 1)
        lanes.change_at(factor, (start, senders, places), weight, own, block)
        begin += block.shape[1]
