"""Many small bundles as one list of edges: what a step costs is then edges, and not bundles.

Bundles of a population that do the same are joined: the compiler makes one call for all that comes
to it. Populations that send lie in one vector, `Joined.position` says where; their neurons are the
senders and receivers of the joined lists. Weights stay where they are, bundle by bundle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from neurochannel.engine.edgelists import EdgeList, from_zero, mirror, one_after_another
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.memory import MemoryMap
from neurochannel.engine.sorting import order_of
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.model.edges import ERROR, STARTS
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network

FEWEST = 2
"""Bundles of single edges that lead to one population from which on they are joined."""
MANY = 64
"""Bundles of a network from which on all small ones are joined."""
MOST_EDGES = 16
"""Edges of a joined bundle for each of the neurons that it joins; with more, its own list is as
quick and takes less memory."""
MOST_COMPLETE = 64
"""Weights of a joined all-to-all bundle."""
MOST_LISTS = 8
"""Lists of each kind."""
ACTIVITY, SIGNAL = "activity of all", "signal of all"
"""What the joint vectors are called."""


class Trait(NamedTuple):
    """What joined bundles have in common.

    Parameters
    ----------
    kind
        "weights" of forward bundles or "channel".
    factor
        The `rate_factor` of those that learn together; None if they do not.
    derivative
        Whether what they bring is multiplied by f'.
    """

    kind: str
    factor: float | None
    derivative: bool = True


class Member(NamedTuple):
    """A bundle that is joined: what the ledger must know of it."""

    key: str
    source: str
    n_edges: int
    n_senders: int


@dataclass(frozen=True)
class JoinedList:
    """Edges of all joined bundles of a trait, sorted by receiver.

    Parameters
    ----------
    name
        Of its place among the wires.
    start
        (n_neurons + 1,) uint32: edges start[r] .. start[r + 1] lead to receiver r.
    senders, places
        (n_edges,) uint32: who sends, and where among the values the weight is.
    members
        By the population that they lead to.
    """

    name: str
    start: np.ndarray
    senders: np.ndarray
    places: np.ndarray
    members: dict[str, tuple[Member, ...]]


@dataclass(frozen=True)
class Joined:
    """All joined bundles of a network.

    Parameters
    ----------
    position
        Number of the first neuron of each population, and of `error`, in the joint vectors.
    width
        Neurons of a joint vector.
    lists
        By what their bundles have in common.
    keys
        Of the joined bundles.
    changing
        Of those among them that learn together.
    told
        By the name of a joint vector, whose neurons are read there.
    """

    position: dict[str, int] = field(default_factory=dict)
    width: int = 0
    lists: dict[Trait, JoinedList] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    changing: frozenset[str] = frozenset()
    told: dict[str, frozenset[str]] = field(default_factory=dict)

    def into(self, kind: str, population: str, derivative: bool = True) -> Iterator[JoinedList]:
        """Yield the lists in which bundles to a population are."""
        for trait, made in self.lists.items():
            fits = trait.kind == kind and trait.derivative == derivative
            if fits and population in made.members:
                yield made


class _Candidate(NamedTuple):
    """A bundle that can be joined, and the one that has its weights."""

    key: str
    trait: Trait
    bundle: Bundle[Any]
    owner: str
    backwards: bool


def joined_bundles(network: Network, edges: dict[str, EdgeList], memory: MemoryMap) -> Joined:
    """Choose which bundles to join, and join them; all programs of a network share the result."""
    if memory.wires.joined is None:
        memory.wires.joined = _join(network, edges, memory)
    made: Joined = memory.wires.joined
    return made


def _join(network: Network, edges: dict[str, EdgeList], memory: MemoryMap) -> Joined:
    if memory.n_values > np.iinfo(np.uint32).max:
        return Joined()
    chosen = list(_chosen([*_forward(network, edges), *_channel(network, edges)], edges))
    if not chosen:
        return Joined()
    position, width = dict[str, int](), 0
    for name in (*network.forward_order, *network.relays, ERROR):
        position[name] = width
        width += network.size(name)
    by_trait: dict[Trait, list[_Candidate]] = {}
    for one in chosen:
        by_trait.setdefault(one.trait, []).append(one)
    lists = {
        trait: _list(f"{trait.kind}:joined {number}", members, edges, memory, position, width)
        for number, (trait, members) in enumerate(by_trait.items())
    }
    changing = [one for one in chosen if one.trait.factor is not None]
    told = {
        ACTIVITY: {one.bundle.source for one in chosen if one.trait.kind == "weights"}
        | {one.bundle.target for one in changing if one.trait.kind == "channel"},
        SIGNAL: {one.bundle.source for one in chosen if one.trait.kind == "channel"}
        | {one.bundle.target for one in changing if one.trait.kind == "weights"},
    }
    return Joined(
        position,
        width,
        lists,
        frozenset(one.key for one in chosen),
        frozenset(one.key for one in changing),
        {name: frozenset(names) for name, names in told.items()},
    )


# --- which ones ------------------------------------------------------------------------------


def _forward(network: Network, edges: dict[str, EdgeList]) -> Iterator[_Candidate]:
    for bundle in network.forward_bundles:
        own, key = bundle.edges, weights_key(bundle.name)
        owner = kept_weights(network, bundle.name)
        if _is_plain(own) and _is_small(network, bundle, edges.get(owner)):
            taught = bundle.target == network.output or network.channel_at.into(bundle.target)
            alone = not taught or not own.learn or own.share or _is_clocked(network, bundle.target)
            factor = None if alone or not _learns_plainly(own) else own.rate_factor
            yield _Candidate(key, Trait("weights", factor), bundle, owner, False)


def _channel(network: Network, edges: dict[str, EdgeList]) -> Iterator[_Candidate]:
    for bundle in network.channel_bundles:
        own, key, factor = bundle.edges, channel_key(bundle.name), None
        if bundle.source in STARTS and bundle.source != ERROR:
            continue
        owner = kept_weights(network, mirror(network, bundle)) if own.weights == "tied" else key
        backwards = owner != key
        if own.weights not in ("tied", "random", "adaptive") or not _is_plain(own):
            continue
        if backwards and (key in edges or _reads_device(network, bundle)):
            continue
        if own.weights == "adaptive":
            heard = bundle.target not in network.relays and not _is_clocked(network, bundle.target)
            factor = own.rate_factor if heard and _learns_plainly(own) else None
        if _is_small(network, bundle, edges.get(owner)):
            gated = bundle.target not in (network.output, *network.relays)
            trait = Trait("channel", factor, own.derivative or not gated)
            yield _Candidate(key, trait, bundle, owner, backwards)


def _is_plain(own: ForwardEdges | ChannelEdges) -> bool:
    """Tell whether what is sent arrives as it is, over weights that are read as they are."""
    message, shared = own.message, own.rule if isinstance(own, ForwardEdges) else own.shared
    return own.synapse is None and shared is None and (message is None or not message.stages)


def _reads_device(network: Network, bundle: Bundle[ChannelEdges]) -> bool:
    """Tell whether a tied bundle is the identity, or reads devices or weights of windows."""
    across = network.forward_at.named(mirror(network, bundle))
    return across is None or across.edges.synapse is not None or across.edges.rule is not None


def _learns_plainly(own: ForwardEdges | ChannelEdges) -> bool:
    return not ((own.update and own.update.stages) or own.momentum or own.decay)


def _is_clocked(network: Network, population: str) -> bool:
    neuron = network.populations[population].neuron
    return neuron is not None and neuron.clock != 1


def _is_small(network: Network, bundle: Bundle[Any], listed: EdgeList | None) -> bool:
    if listed is None:
        return network.size(bundle.source) * network.size(bundle.target) <= MOST_COMPLETE
    return listed.n_edges <= MOST_EDGES * (listed.n_source + listed.n_target)


def _chosen(found: list[_Candidate], edges: dict[str, EdgeList]) -> Iterator[_Candidate]:
    """Yield those of which enough lead to one population, of the most frequent traits."""
    common = Counter(one.trait for one in found)
    kept = set[Trait]()
    for kind in ("weights", "channel"):
        own = [trait for trait, _ in common.most_common() if trait.kind == kind]
        kept |= set(own[:MOST_LISTS])
    found = [one for one in found if one.trait in kept]
    single = Counter((one.trait, one.bundle.target) for one in found if one.owner in edges)
    for one in found:
        if len(found) >= MANY or single[one.trait, one.bundle.target] >= FEWEST:
            yield one


# --- one list of them ------------------------------------------------------------------------


def _list(
    name: str,
    members: list[_Candidate],
    edges: dict[str, EdgeList],
    memory: MemoryMap,
    position: dict[str, int],
    width: int,
) -> JoinedList:
    lists = [edges.get(one.owner) or _complete(*memory.values[one.owner].shape) for one in members]
    spans = [memory.values[one.owner] for one in members]
    sources, receivers, n_edges = one_after_another(lists)
    padding = [s.stride - s.shape[1] if len(s.shape) > 1 else 0 for s in spans]
    places = np.repeat([span.start for span in spans], n_edges) + from_zero(n_edges)
    places += sources * np.repeat(padding, n_edges)
    back = np.repeat([one.backwards for one in members], n_edges)
    tails, heads = np.where(back, receivers, sources), np.where(back, sources, receivers)
    tails += np.repeat([position[one.bundle.source] for one in members], n_edges)
    heads += np.repeat([position[one.bundle.target] for one in members], n_edges)
    by_target: dict[str, list[Member]] = {}
    n_senders = _senders(np.repeat(np.arange(len(members)), n_edges), tails, width, len(members))
    for one, n, sending in zip(members, n_edges.tolist(), n_senders.tolist(), strict=True):
        member = Member(one.key, one.bundle.source, n, sending)
        by_target.setdefault(one.bundle.target, []).append(member)
    order = order_of(heads, width)
    start = np.zeros(width + 1, np.uint32)
    np.cumsum(np.bincount(heads, minlength=width), out=start[1:])
    return JoinedList(
        name,
        start,
        tails[order].astype(np.uint32),
        places[order].astype(np.uint32),
        {target: tuple(found) for target, found in by_target.items()},
    )


def _senders(members: np.ndarray, tails: np.ndarray, width: int, n: int) -> np.ndarray:
    """Count for each of n members the neurons that have an edge."""
    pairs = np.sort(members * width + tails)
    new = np.ones(len(pairs), bool)
    new[1:] = pairs[1:] != pairs[:-1]
    found: np.ndarray = np.bincount(pairs[new] // width, minlength=n)
    return found


@cache
def _complete(n_source: int, n_target: int) -> EdgeList:
    """Return the edges of an all-to-all bundle."""
    start = np.arange(0, n_source * n_target + 1, n_target, dtype=np.uint32)
    return EdgeList(start, np.tile(np.arange(n_target, dtype=np.uint32), n_source), n_target)
