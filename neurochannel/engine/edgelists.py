"""Which single edges a sparse bundle has: drawn from the seed, or as listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurochannel.engine.holders import kept_weights
from neurochannel.engine.streams import channel_key, stream
from neurochannel.errors import NetworkError, OptionError
from neurochannel.kernels import random, sparse
from neurochannel.model.edges import SIGNED
from neurochannel.model.network import Bundle, ChannelEdges, Network

MIRRORED = ("tied", *SIGNED)
"""Kinds of channel weights that are made from those of the opposite forward bundle."""


@dataclass(frozen=True)
class EdgeList:
    """Single edges sorted by source: edges start[s] .. start[s + 1] leave source s.

    Parameters
    ----------
    start, receivers
        (n_source + 1,) and (n_edges,), uint32.
    n_target
        Number of receiving neurons.
    order
        For listed edges: the position in the list that each sorted edge had, if not its own.
    """

    start: np.ndarray
    receivers: np.ndarray
    n_target: int
    order: np.ndarray | None = None

    @property
    def n_source(self) -> int:
        """Number of sending neurons."""
        return len(self.start) - 1

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.receivers)

    @property
    def sources(self) -> np.ndarray:
        """The source of each edge, (n_edges,) uint32."""
        return np.repeat(np.arange(self.n_source, dtype=np.uint32), np.diff(self.start))

    @staticmethod
    def of(sources: np.ndarray, receivers: np.ndarray, n_source: int, n_target: int) -> EdgeList:
        """Sort edges by source and, within a source, by receiver."""
        first, second = (np.ascontiguousarray(part, np.uint32) for part in (sources, receivers))
        start = np.zeros(n_source + 1, np.uint32)
        if sparse.is_sorted(first, second):
            sparse.count_by_source(first, start)
            return EdgeList(start, second, n_target)
        n, ends = len(second), np.zeros(n_target + 1, np.uint32)
        by_receiver, order, middle, out = (np.empty(n, np.uint32) for _ in range(4))
        sparse.sort_by_source(second, first, ends, middle, by_receiver)
        ranked = np.repeat(np.arange(n_target, dtype=np.uint32), np.diff(ends))
        sparse.sort_by_source(middle, ranked, start, out, order)
        del middle, ranked
        return EdgeList(start, out, n_target, by_receiver[order])

    def transposed(self) -> EdgeList:
        """Return the same edges run backwards."""
        return EdgeList.of(self.receivers, self.sources, self.n_target, self.n_source)

    def positions(self, sources: np.ndarray, receivers: np.ndarray, what: str) -> np.ndarray:
        """Return the numbers of the edges source -> receiver, all of which must exist."""
        own = self.sources.astype(np.uint64) * np.uint64(self.n_target) + self.receivers
        wanted = sources.astype(np.uint64) * np.uint64(self.n_target) + receivers
        if len(wanted) == 0:
            return np.zeros(0, np.uint32)
        found = np.searchsorted(own, wanted).clip(max=max(self.n_edges - 1, 0))
        if self.n_edges == 0 or np.any(own[found] != wanted):
            raise NetworkError(
                f"{what} is tied to a forward edge that does not exist; leave it out"
            )
        return np.asarray(found, np.uint32)


def one_after_another(lists: Sequence[EdgeList]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sources and receivers of the edges of several lists, and how many edges each has."""
    n_edges, n_sources = (
        np.array([getattr(part, n) for part in lists], np.int64) for n in ("n_edges", "n_source")
    )
    if not len(lists):
        return n_edges, n_edges, n_edges
    ends = np.concatenate([part.start for part in lists]).astype(np.int64)
    counts = np.delete(np.diff(ends), np.cumsum(n_sources + 1)[:-1] - 1)
    sources = np.repeat(from_zero(n_sources), counts)
    return sources, np.concatenate([part.receivers for part in lists]).astype(np.int64), n_edges


def from_zero(sizes: np.ndarray) -> np.ndarray:
    """Return 0 .. size - 1 for each size, one after the other."""
    numbers: np.ndarray = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return numbers


Kept = Callable[[str, Bundle[Any], EdgeList | None], EdgeList | None]
"""Given the key of a bundle, the bundle and the edges that it chooses among, if it does: the edges
that it has already, or None to draw them."""


def _none_kept(key: str, bundle: Bundle[Any], candidates: EdgeList | None) -> EdgeList | None:
    return None


def draw_edges(network: Network, seed: int, kept: Kept = _none_kept) -> dict[str, EdgeList]:
    """Return the edges of every sparse bundle by key; all-to-all bundles are not listed.

    Notes
    -----
    `fan_in` gives each receiver that many different sources, `density` keeps each edge with that
    probability. Bundles that share weights share their edges. Sparse tied bundles, and concordant
    ones with an opposite one, choose among the edges of that forward bundle; a receiver that has
    fewer than `fan_in` keeps all, and one to one are those that exist.
    """
    drawn: dict[str, EdgeList] = {}
    for forward in network.forward_bundles:
        key = kept_weights(network, forward.name)
        if key in drawn:
            continue
        edges = kept(key, forward, None) or _draw(network, forward, np.uint64(seed), key, None)
        if edges:
            drawn[key] = edges
    for bundle in network.channel_bundles:
        candidates = candidates_for(network, bundle, drawn)
        key = channel_key(bundle.name)
        edges = kept(key, bundle, candidates) or _draw(
            network, bundle, np.uint64(seed), key, candidates
        )
        if edges is None and bundle.edges.weights in SIGNED:
            edges = candidates
        if edges:
            drawn[key] = edges
    return drawn


def candidates_for(
    network: Network, bundle: Bundle[ChannelEdges], lists: Mapping[str, EdgeList]
) -> EdgeList | None:
    """Return the edges that a channel bundle chooses among, None if it is free to have any."""
    pool = lists.get(kept_weights(network, mirror(network, bundle)))
    return pool.transposed() if pool and chooses(bundle.edges) else None


def chooses(edges: ChannelEdges) -> bool:
    """Tell whether a bundle picks its edges among those of the opposite forward bundle."""
    return edges.weights in SIGNED or (edges.weights in MIRRORED and edges.is_sparse)


def stored_edges(
    network: Network, stored: dict[str, tuple[np.ndarray, np.ndarray]]
) -> dict[str, EdgeList]:
    """Return edge lists that were kept as (start, receivers), checked against the network.

    Raises
    ------
    OptionError
        If they do not fit.
    """
    forward = network.forward_bundles
    sizes = {kept_weights(network, b.name): (b.source, b.target) for b in forward}
    sizes |= {channel_key(b.name): (b.source, b.target) for b in network.channel_bundles}
    lists = {}
    for key, (start, receivers) in stored.items():
        if key not in sizes:
            raise OptionError(f"edges '{key}' belong to no bundle of the network")
        n_source, n_target = (network.size(name) for name in sizes[key])
        fits = (
            len(start) == n_source + 1
            and start[0] == 0
            and start[-1] == len(receivers)
            and np.all(np.diff(start.astype(np.int64)) >= 0)
            and (len(receivers) == 0 or int(receivers.max()) < n_target)
        )
        if not fits:
            raise OptionError(
                f"edges '{key}' do not fit {n_source} sources and {n_target} receivers"
            )
        lists[key] = EdgeList(start.astype(np.uint32), receivers.astype(np.uint32), n_target)
    return lists


def same_edges(one: EdgeList | None, other: EdgeList | None) -> bool:
    """Tell whether two lists hold the same edges; None stands for all-to-all."""
    if one is None or other is None:
        return one is other
    return np.array_equal(one.start, other.start) and np.array_equal(one.receivers, other.receivers)


def mirror(network: Network, bundle: Bundle[ChannelEdges]) -> str:
    """Name the forward bundle that runs against a channel bundle, whether or not it exists."""
    return f"{bundle.target} -> {bundle.sender(network.output)}"


def _draw(
    network: Network, bundle: Bundle[Any], seed: np.uint64, key: str, candidates: EdgeList | None
) -> EdgeList | None:
    spec = bundle.edges
    n_source, n_target = network.size(bundle.source), network.size(bundle.target)
    lane = stream(f"structure:{key}")
    if spec.edges is not None:
        return EdgeList.of(spec.edges[:, 0], spec.edges[:, 1], n_source, n_target)
    if spec.one_to_one and candidates:
        return _keep(candidates, np.flatnonzero(candidates.sources == candidates.receivers))
    if spec.one_to_one:
        line = np.arange(n_source, dtype=np.uint32)
        return EdgeList.of(line, line, n_source, n_target)
    if spec.fan_in is not None:
        if candidates:
            return _choose_among(candidates, spec.fan_in, seed, lane)
        sources = np.empty((n_target, spec.fan_in), np.uint32)
        random.choose_fan_in(sources, n_source, spec.fan_in, seed, lane)
        receivers = np.repeat(np.arange(n_target, dtype=np.uint32), spec.fan_in)
        return _by_source(sources.ravel(), receivers, n_source, n_target)
    if spec.density is not None:
        return _thin(candidates, n_source, n_target, spec.density, seed, lane)
    return None


def _by_source(
    sources: np.ndarray, receivers: np.ndarray, n_source: int, n_target: int
) -> EdgeList:
    """Sort edges, listed receiver by receiver, by source."""
    start = np.zeros(n_source + 1, np.uint32)
    out = np.empty(len(receivers), np.uint32)
    sparse.sort_by_source(sources, receivers, start, out, out[:0])
    return EdgeList(start, out, n_target)


def _choose_among(candidates: EdgeList, fan_in: int, seed: np.uint64, lane: np.uint64) -> EdgeList:
    """Keep for each receiver the `fan_in` candidates with the smallest random numbers."""
    luck = np.empty(candidates.n_edges)
    random.fill(luck, random.UNIFORM, 1.0, 0.0, seed, lane, np.uint64(0))
    by_luck = np.lexsort((luck, candidates.receivers))
    receivers = candidates.receivers[by_luck]
    rank = np.arange(len(receivers)) - np.searchsorted(receivers, receivers)
    return _keep(candidates, by_luck[rank < fan_in])


def _keep(candidates: EdgeList, kept: np.ndarray) -> EdgeList:
    return EdgeList.of(
        candidates.sources[kept],
        candidates.receivers[kept],
        candidates.n_source,
        candidates.n_target,
    )


def _thin(
    candidates: EdgeList | None,
    n_source: int,
    n_target: int,
    density: float,
    seed: np.uint64,
    lane: np.uint64,
) -> EdgeList:
    """Keep each candidate edge, or each pair, with probability `density`."""
    limit = candidates.n_edges if candidates else n_source * n_target
    mean = limit * density
    kept = np.empty(min(limit, int(mean + 6 * mean**0.5) + 1), np.int64)
    count = random.count_density(limit, density, seed, lane, kept)
    if count > len(kept):
        kept = np.empty(count, np.int64)
        random.count_density(limit, density, seed, lane, kept)
    kept = kept[:count]
    if candidates:
        sources, receivers = candidates.sources[kept], candidates.receivers[kept]
    else:
        start, receivers = np.zeros(n_source + 1, np.uint32), np.empty(count, np.uint32)
        sparse.split_pairs(kept, n_target, start, receivers)
        return EdgeList(start, receivers, n_target)
    start = np.zeros(n_source + 1, np.uint32)
    sparse.count_by_source(sources, start)
    return EdgeList(start, receivers, n_target)
