"""The single edges of convolution, local windows and pooling, as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from neurochannel.engine.edgelists import mirror
from neurochannel.engine.window_taps import Joins, joins
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network


def unread(made: Geometry) -> np.ndarray:
    """Return which pixels no window holds, (height, width) bool."""
    left: np.ndarray = np.ones(made.source[:2], bool)
    left.ravel()[joins(made).pixels] = False
    return left


@dataclass(frozen=True)
class WindowEdges:
    """What `EdgeList` is to sparse bundles: which neurons windows join, forward or against them."""

    made: Geometry
    against: bool = False

    def transposed(self) -> WindowEdges:
        """Return the same edges run backwards."""
        return replace(self, against=not self.against)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return self.made.n_wires

    @cached_property
    def _joins(self) -> Joins:
        return joins(self.made)

    def onward(self, sources: np.ndarray) -> np.ndarray:
        """Return which receivers have an edge from a chosen source, (n_target,) bool."""
        return self._met(sources, self.against)

    def backward(self, receivers: np.ndarray) -> np.ndarray:
        """Return which sources have an edge to a chosen receiver, (n_source,) bool."""
        return self._met(receivers, not self.against)

    def _met(self, chosen: np.ndarray, against: bool) -> np.ndarray:
        ends = (self._joins.pixels, self._joins.positions)
        images = (self.made.source, self.made.target)
        (start, end), (first, last) = (ends[::-1], images[::-1]) if against else (ends, images)
        grid: np.ndarray = chosen.reshape(-1, first[2])
        if not self.made.pools:
            grid = np.any(grid, axis=1, keepdims=True)
        met = np.zeros((last[0] * last[1], grid.shape[1]), bool)
        place, column = np.nonzero(grid[start])
        met[end[place], column] = True
        whole: np.ndarray = np.broadcast_to(met, (len(met), last[2])).ravel()
        return whole


def windows_against(network: Network, bundle: Bundle[ChannelEdges]) -> WindowEdges | None:
    """Return the edges of a channel bundle that runs against windows or pooling, None if none."""
    edges = bundle.edges
    made = network.geometries.get(mirror(network, bundle))
    follows = edges.weights == "tied" or edges.shared == "kernel"
    return WindowEdges(made, against=True) if made and follows and not edges.is_sparse else None


def listed_edges(made: Geometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (sources, receivers, numbers) of all edges, sorted by source and receiver.

    The number of an edge is that of its weight among `Geometry.weight_shape`, counted row by row,
    and that of its tap for pooling.
    """
    met, (maps, n) = joins(made), (made.source[2], made.target[2])
    if made.pools:
        c, m = np.arange(maps), np.arange(n)
    else:
        c, m = np.repeat(np.arange(maps), n), np.tile(np.arange(n), maps)
    taps = met.taps[:, None]
    if made.kind == "local":
        taps = taps + met.positions[:, None] * np.prod(made.kernel)
    sources = (met.pixels[:, None] * maps + c).ravel()
    receivers = (met.positions[:, None] * n + m).ravel()
    own = np.broadcast_to(taps, (len(taps), len(m))) if made.pools else (taps * maps + c) * n + m
    order = np.lexsort((receivers, sources))
    return sources[order], receivers[order], own.ravel()[order]


class SharedWires(NamedTuple):
    """Single edges of a bundle whose weights are shared or of windows.

    Parameters
    ----------
    sources, receivers
        Sorted by both.
    numbers
        Which of the bundle's weights each has, counted row by row; that of its tap for pooling.
    """

    sources: np.ndarray
    receivers: np.ndarray
    numbers: np.ndarray


def wires_of(
    network: Network, bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges]
) -> SharedWires | None:
    """Return the single edges of windows, of what runs against them, and of weights of maps.

    None for bundles with an edge list of their own, or all to all.
    """
    if isinstance(bundle.edges, ForwardEdges):
        made = network.geometries.get(bundle.name)
        return SharedWires(*listed_edges(made)) if made else None
    windows = windows_against(network, bundle)
    if windows:
        receivers, sources, numbers = listed_edges(windows.made)
        order = np.lexsort((receivers, sources))
        return SharedWires(sources[order], receivers[order], numbers[order])
    image = network.image(bundle.target)
    if bundle.edges.shared != "maps" or image is None:
        return None
    n_source, n = network.size(bundle.source), network.size(bundle.target)
    sources, receivers = np.indices((n_source, n)).reshape(2, -1)
    return SharedWires(sources, receivers, sources * image[2] + receivers % image[2])


def shared_shape(
    network: Network, bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges]
) -> tuple[int, ...] | None:
    """Return the shape of weights that several wires share, None where each has its own or none."""
    if isinstance(bundle.edges, ForwardEdges):
        made = network.geometries.get(bundle.name)
    else:
        windows = windows_against(network, bundle)
        made = windows.made if windows else None
        image = network.image(bundle.target)
        if bundle.edges.shared == "maps" and image:
            return network.size(bundle.source), image[2]
    return made.weight_shape if made and made.kind == "conv" else None


def n_wires(network: Network, bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges]) -> int:
    """Return how many edges `wires_of` would return, 0 for None."""
    if isinstance(bundle.edges, ForwardEdges):
        made = network.geometries.get(bundle.name)
        return made.n_wires if made else 0
    windows = windows_against(network, bundle)
    shared = bundle.edges.shared == "maps"
    whole = network.size(bundle.source) * network.size(bundle.target) * shared
    return windows.n_edges if windows else whole


def taken_back(made: Geometry, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return rows W', where W is the matrix of a bundle of windows, (n, sources).

    Parameters
    ----------
    weights
        Those of the bundle, of any shape; nothing is read of them for pooling, whose windows are
        taken as means.
    rows
        (n, targets).
    """
    met, maps = joins(made), made.source[2]
    images = rows.reshape(len(rows), -1, made.target[2])
    out = np.zeros((len(rows), made.source[0] * made.source[1], maps), rows.dtype)
    shape = (-1, math.prod(made.kernel), maps, made.target[2])
    windows = weights.reshape(shape) if weights.size else weights
    for tap in range(math.prod(made.kernel)):
        pixels, positions = (part[met.taps == tap] for part in met[:2])
        here = images[:, positions]
        if made.pools:
            out[:, pixels] += here / made.taps
        elif made.kind == "local":
            out[:, pixels] += np.einsum("npm,pcm->npc", here, windows[positions, tap])
        else:
            out[:, pixels] += here @ windows[0, tap].T
    return out.reshape(len(rows), -1)


def winners(made: Geometry, activity: np.ndarray) -> np.ndarray:
    """Return which source neuron each neuron of a max pool takes, (examples, pool neurons)."""
    met, maps = joins(made), made.source[2]
    order = np.lexsort((met.taps, met.positions))
    pixels = met.pixels[order].reshape(made.n_windows, -1)
    windows = activity.reshape(len(activity), -1, maps)[:, pixels]
    first = np.argmax(windows, axis=2)
    taken = pixels[np.arange(made.n_windows)[:, None], first]
    neurons: np.ndarray = taken * maps + np.arange(maps)
    return neurons.reshape(len(activity), -1)
