"""An order of neurons that few edges run against, which decides what edges close cycles."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np

from neurochannel.graphs.neuron_tables import Flags, Ints


def backward_edges(n: int, sources: Ints, targets: Ints) -> Flags:
    """For each edge whether it runs against a greedy order of the neurons that it connects.

    Without these edges there is no cycle. Edges outside of strongly connected parts are never among
    them, and inside of one they are at most half.

    Notes
    -----
    The heuristic of Eades, Lin and Smyth, Information Processing Letters 47 (1993) 319-323.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(sources):
        return np.zeros(0, bool)
    matrix = coo_array((np.ones(len(sources), np.int8), (sources, targets)), shape=(n, n))
    _, part = connected_components(matrix.tocsr(), directed=True, connection="strong")
    inside = np.flatnonzero(part[sources] == part[targets])
    backward = np.zeros(len(sources), bool)
    if len(inside):
        used, ends = np.unique(
            np.concatenate([sources[inside], targets[inside]]), return_inverse=True
        )
        heads, tails = ends[: len(inside)], ends[len(inside) :]
        place = greedy_order(len(used), heads, tails)
        backward[inside] = place[heads] >= place[tails]
    return backward


def greedy_order(n: int, sources: Ints, targets: Ints) -> Ints:
    """Return the place of each node in an order that few edges run against."""
    following, leading = _neighbors(n, sources, targets), _neighbors(n, targets, sources)
    n_out = np.bincount(sources, minlength=n).tolist()
    n_in = np.bincount(targets, minlength=n).tolist()
    waiting = [True] * n
    heap = [(n_in[node] - n_out[node], node) for node in range(n)]
    heapify(heap)
    ends = [node for node in range(n) if not n_out[node]]
    starts = [node for node in range(n) if not n_in[node]]
    first: list[int] = []
    last: list[int] = []

    def take(node: int, where: list[int]) -> None:
        waiting[node] = False
        where.append(node)
        for near, count, free in ((following[node], n_in, starts), (leading[node], n_out, ends)):
            for other in near:
                count[other] -= 1
                if waiting[other]:
                    if not count[other]:
                        free.append(other)
                    heappush(heap, (n_in[other] - n_out[other], other))

    while len(first) + len(last) < n:
        if ends:
            node, where = ends.pop(), last
        elif starts:
            node, where = starts.pop(), first
        else:
            value, node = heappop(heap)
            where = first
            if not waiting[node] or value != n_in[node] - n_out[node]:
                continue
        if waiting[node]:
            take(node, where)
    place = np.empty(n, np.int64)
    place[np.array(first + last[::-1], np.int64)] = np.arange(n)
    return place


def _neighbors(n: int, sources: Ints, targets: Ints) -> list[list[int]]:
    order = np.argsort(sources, kind="stable")
    ends = np.cumsum(np.bincount(sources, minlength=n))[:-1]
    return [part.tolist() for part in np.split(targets[order], ends)]
