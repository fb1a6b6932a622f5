"""Bundles of single edges, sorted by source: edges start[s] .. start[s + 1] leave source s."""

# b = example, s = source, e = edge, receivers[e] = its receiver

from __future__ import annotations

import numpy as np

from neurochannel.kernels.jit import jit


@jit
def deliver_edges(activity, start, receivers, weight, total):
    """total[b, receivers[e]] += activity[b, s] * weight[e]; silent sources are skipped."""
    for b in range(activity.shape[0]):
        for s in range(activity.shape[1]):
            a = activity[b, s]
            if a != 0.0:
                for e in range(start[s], start[s + 1]):
                    total[b, receivers[e]] += a * weight[e]


@jit
def deliver_edges_tied(message, start, receivers, weight, total):
    """total[b, s] += sum over edges e of s: message[b, receivers[e]] * weight[e]."""
    for b in range(message.shape[0]):
        for s in range(total.shape[1]):
            dot = weight.dtype.type(0.0)
            for e in range(start[s], start[s + 1]):
                dot += message[b, receivers[e]] * weight[e]
            total[b, s] += dot


@jit
def update_edges(activity, signal, factor, start, receivers, weight):
    """weight[e] += factor * sum_b activity[b, s] * signal[b, receivers[e]]."""
    for b in range(activity.shape[0]):
        for s in range(activity.shape[1]):
            a = factor * activity[b, s]
            if a != 0.0:
                for e in range(start[s], start[s + 1]):
                    weight[e] += a * signal[b, receivers[e]]


@jit
def transpose_edges_into(start, receivers, weight, out):
    """out[receivers[e], s] += weight[e], out dense (n_receiver, n_source)."""
    for s in range(out.shape[1]):
        for e in range(start[s], start[s + 1]):
            out[receivers[e], s] += weight[e]


@jit
def take(pool, positions, out):
    """out[e] = pool[positions[e]]."""
    for e in range(positions.shape[0]):
        out[e] = pool[positions[e]]


@jit
def sort_by_source(sources, receivers, start, sorted_receivers, order):
    """Sort edges by source, keeping their order within a source (a counting sort).

    Parameters
    ----------
    sources, receivers
        (n_edges,) uint32.
    start
        (n_source + 1,) uint32, zeros; overwritten with the first edge of each source.
    sorted_receivers, order
        (n_edges,) uint32; overwritten, `order` with the old number of each edge.
    """
    for e in range(sources.shape[0]):
        start[sources[e] + np.uint32(1)] += np.uint32(1)
    for s in range(start.shape[0] - 1):
        start[s + 1] += start[s]
    following = start.copy()
    for e in range(sources.shape[0]):
        place = following[sources[e]]
        sorted_receivers[place] = receivers[e]
        order[place] = e
        following[sources[e]] = place + np.uint32(1)
