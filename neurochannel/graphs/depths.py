"""Depths and cycles of large graphs as arrays."""

from __future__ import annotations

import numpy as np

from neurochannel.engine.sorting import order_of
from neurochannel.graphs.neuron_tables import Ints

LATE = -1


def depths(n: int, sources: Ints, targets: Ints) -> Ints:
    """Return the number of edges on the longest path to each node, -1 on and behind a cycle."""
    ordered = targets[order_of(sources, n)]
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=n), out=start[1:])
    waiting = np.bincount(targets, minlength=n)
    found = np.full(n, LATE, np.int64)
    front = np.flatnonzero(waiting == 0)
    depth = 0
    while len(front):
        found[front] = depth
        counts = start[front + 1] - start[front]
        ends = np.cumsum(counts)
        if not len(ends) or ends[-1] == 0:
            break
        steps = np.arange(ends[-1]) + np.repeat(start[front] - (ends - counts), counts)
        reached = ordered[steps]
        np.subtract.at(waiting, reached, 1)
        front = np.unique(reached[waiting[reached] == 0])
        depth += 1
    return found


def cycle_in(found: Ints, sources: Ints, targets: Ints) -> list[int]:
    """Return the nodes of a cycle in order, given depths of which some are -1."""
    inside = (found[sources] == LATE) & (found[targets] == LATE)
    before = np.full(len(found), LATE, np.int64)
    before[targets[inside][::-1]] = sources[inside][::-1]
    at = int(np.flatnonzero(found == LATE)[0])
    seen: dict[int, int] = {}
    while at not in seen:
        seen[at] = len(seen)
        at = int(before[at])
    nodes = list(seen)[seen[at] :][::-1]
    first = nodes.index(min(nodes))
    return nodes[first:] + nodes[:first]
