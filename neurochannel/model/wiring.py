"""Both graphs of a network by name only: ends, relays, orders and paths, as networkx sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from neurochannel.model.bundles import Bundle
from neurochannel.model.bundles_at import BundlesAt
from neurochannel.model.edges import STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.maps import Geometry, Image, geometry, image_of
from neurochannel.model.populations import Bias, Population

if TYPE_CHECKING:
    from networkx import DiGraph


@dataclass(frozen=True)
class Wiring:
    """Populations and bundles, which may still be wrong.

    Parameters
    ----------
    populations
        By name; None where the description of one has mistakes.
    forward, channel
        Bundles in the order of declaration.
    forward_complete, channel_complete
        Whether every path could be read, so that what is absent is truly absent.
    wrongly_ruled
        Populations to which a convolution, local windows or pooling lead that have mistakes.
    """

    populations: Mapping[str, Population | None]
    forward: tuple[Bundle[ForwardEdges], ...]
    channel: tuple[Bundle[ChannelEdges], ...]
    forward_complete: bool = True
    channel_complete: bool = True
    wrongly_ruled: frozenset[str] = frozenset()

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Populations with outgoing but without incoming forward edges."""
        return self._only({edge.source for edge in self.forward}, self._receivers)

    @cached_property
    def sinks(self) -> tuple[str, ...]:
        """Populations with incoming but without outgoing forward edges."""
        return self._only(self._receivers, {edge.source for edge in self.forward})

    @cached_property
    def _receivers(self) -> set[str]:
        return {edge.target for edge in self.forward}

    def _only(self, some: set[str], others: set[str]) -> tuple[str, ...]:
        return tuple(name for name in self.populations if name in some and name not in others)

    def with_role(self, role: str) -> tuple[str, ...]:
        """Return the populations that are marked as the input or the output."""
        marked = (n for n, part in self.populations.items() if part and part.role == role)
        return tuple(marked)

    @cached_property
    def output(self) -> str | None:
        """The output population, if there is exactly one and nothing hides another."""
        return self._end("output", self.sinks)

    @cached_property
    def input(self) -> str | None:
        """The input population, if there is exactly one and nothing hides another."""
        return self._end("input", self.sources)

    def _end(self, role: str, ends: tuple[str, ...]) -> str | None:
        """Return the one population that is marked or, if none is, at the end of all paths."""
        candidates = self.with_role(role) or (ends if self.forward_complete else ())
        return candidates[0] if len(candidates) == 1 else None

    @cached_property
    def on_forward(self) -> frozenset[str]:
        """Names with forward edges."""
        return ends(self.forward)

    @cached_property
    def on_channel(self) -> frozenset[str]:
        """Names with channel edges, what the channel starts from included."""
        return ends(self.channel)

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """What the channel starts from."""
        return tuple(name for name in STARTS if name in self.on_channel)

    @cached_property
    def receiving(self) -> frozenset[str]:
        """Populations to which channel edges lead."""
        return frozenset(bundle.target for bundle in self.channel)

    @property
    def on_any(self) -> frozenset[str]:
        """Names with edges of either kind."""
        return self.on_forward | self.on_channel

    @cached_property
    def relays(self) -> tuple[str, ...]:
        """Populations with channel edges and no forward edges."""
        if not self.forward_complete:
            return ()
        return self._only(set(self.on_channel), set(self.on_forward))

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Populations with forward edges other than the input and the output, if both are known."""
        ends = {self.input, self.output}
        return frozenset() if None in ends else self.on_forward - ends

    @cached_property
    def is_acyclic(self) -> bool:
        """Whether the forward graph has an order."""
        import networkx as nx

        return bool(nx.is_directed_acyclic_graph(self.forward_graph))

    def leads(self, start: str, end: str) -> bool:
        """Tell whether a forward path leads from one population to another."""
        import networkx as nx

        graph = self.forward_graph
        return start in graph and end in graph and bool(nx.has_path(graph, start, end))

    def between(self, start: str, end: str) -> frozenset[str]:
        """Return the populations on all forward paths from one to another, both included."""
        import networkx as nx

        below = nx.descendants(self.forward_graph, start) | {start}
        return frozenset(below & (nx.ancestors(self.forward_graph, end) | {end}))

    def leading_to(self, end: str) -> frozenset[str]:
        """Return the populations from which a forward path leads to another one."""
        import networkx as nx

        return frozenset(nx.ancestors(self.forward_graph, end))

    def readable(self) -> Wiring:
        """Return the part whose bundles join populations that exist, starts only as sources."""
        names = set(self.populations) - set(STARTS)
        forward = tuple(edge for edge in self.forward if names.issuperset(edge.ends))
        channel = tuple(
            edge
            for edge in self.channel
            if edge.source in names.union(STARTS) and edge.target in names
        )
        return Wiring(
            {name: self.populations[name] for name in self.populations if name in names},
            forward,
            channel,
            self.forward_complete and len(forward) == len(self.forward),
            self.channel_complete and len(channel) == len(self.channel),
            self.wrongly_ruled,
        )

    @cached_property
    def forward_graph(self) -> DiGraph[str]:
        """Populations with forward edges, in the order of declaration, and these edges."""
        names = [name for name in self.populations if name in self.on_forward]
        return _graph(names, self.forward)

    @cached_property
    def channel_graph(self) -> DiGraph[str]:
        """Starts, populations with channel edges in the order of declaration, and these edges."""
        names = [*STARTS, *(name for name in self.populations if name in self.on_channel)]
        return _graph(names, self.channel)

    def forward_order(self) -> tuple[str, ...]:
        """Topological order of the forward graph, the input first; declaration breaks ties."""
        return self._order(self.forward_graph)

    def channel_order(self) -> tuple[str, ...]:
        """Topological order of the channel graph without starts, ties as in `forward_order`."""
        return tuple(name for name in self._order(self.channel_graph) if name not in STARTS)

    def _order(self, graph: DiGraph[str]) -> tuple[str, ...]:
        import networkx as nx

        rank = {name: number for number, name in enumerate((*STARTS, *self.populations), 1)}
        rank |= {self.input: 0} if self.input else {}
        return tuple(nx.lexicographical_topological_sort(graph, key=rank.__getitem__))

    def size(self, name: str) -> int | None:
        """Return how many neurons a population has, None if that is not known."""
        own = self.output or "" if name in STARTS else name
        population = self.populations.get(own)
        if population is None or population.size is not None:
            return population.size if population else None
        shape = self.shapes.get(own)
        return math.prod(shape) if shape else None

    def shares_biases(self, name: str) -> bool:
        """Tell whether a population has one bias for each map: only convolutions lead there."""
        arriving = self.forward_at.into(name)
        return bool(arriving) and all(bundle.edges.conv for bundle in arriving)

    def n_biases(self, name: str) -> int | None:
        """Return how many biases a population has if it has any, None if that is not known."""
        if not self.shares_biases(name):
            return self.size(name)
        image = self.shapes.get(name)
        return image[2] if image else None

    @cached_property
    def shares(self) -> dict[str, tuple[Bundle[ForwardEdges], ...]]:
        """Forward bundles that hold one array of weights, by the name that they share."""
        found: dict[str, list[Bundle[ForwardEdges]]] = {}
        for bundle in self.forward:
            if bundle.edges.share:
                found.setdefault(bundle.edges.share, []).append(bundle)
        return {name: tuple(several) for name, several in found.items()}

    @cached_property
    def bias_shares(self) -> dict[str, tuple[str, ...]]:
        """Populations that hold one array of biases, by the name that they share."""
        found: dict[str, list[str]] = {}
        for name, part in self.populations.items():
            biased = name in self.on_forward and name != self.input
            bias = part.bias if part and biased else None
            if isinstance(bias, Bias) and bias.share:
                found.setdefault(bias.share, []).append(name)
        return {name: tuple(several) for name, several in found.items()}

    @cached_property
    def holders(self) -> dict[str, str]:
        """The forward bundle that holds the weights of each: the first of those that share."""
        return {b.name: several[0].name for several in self.shares.values() for b in several}

    @cached_property
    def bias_holders(self) -> dict[str, str]:
        """The population that holds the biases of each: the first of those that share."""
        return {name: several[0] for several in self.bias_shares.values() for name in several}

    @cached_property
    def forward_at(self) -> BundlesAt[ForwardEdges]:
        """The forward bundles by the populations at their ends."""
        return BundlesAt(self.forward)

    @cached_property
    def ruled(self) -> dict[str, Bundle[ForwardEdges]]:
        """The bundles that are convolutions, local windows or pooling, by name."""
        return {bundle.name: bundle for bundle in self.forward if bundle.edges.rule}

    @cached_property
    def mapped(self) -> frozenset[str]:
        """Populations to which a convolution, local windows or pooling lead."""
        ruled = frozenset(bundle.target for bundle in self.forward if bundle.edges.rule)
        return ruled | self.wrongly_ruled

    @cached_property
    def pools(self) -> frozenset[str]:
        """Populations to which pooling leads."""
        return frozenset(bundle.target for bundle in self.forward if bundle.edges.pool)

    @cached_property
    def shapes(self) -> dict[str, Image]:
        """The images that populations are, as far as they are described and fit."""
        known = {
            name: image
            for name, part in self.populations.items()
            if part and (image := image_of(part.shape))
        }
        waiting, before = [b for b in self.forward if b.edges.rule], -1
        while len(known) != before:
            before = len(known)
            for bundle in waiting:
                made = self._joined(bundle, known)
                if made:
                    known.setdefault(bundle.target, made.target)
        return known

    @cached_property
    def geometries(self) -> dict[str, Geometry]:
        """What convolutions, windows and pooling join, by the names of forward bundles."""
        found = {b.name: self._joined(b, self.shapes) for b in self.forward if b.edges.rule}
        return {name: made for name, made in found.items() if made}

    def _joined(self, bundle: Bundle[ForwardEdges], shapes: Mapping[str, Image]) -> Geometry | None:
        rule, source = bundle.edges.rule, shapes.get(bundle.source)
        return geometry(rule, source) if rule and source else None


def ends(
    bundles: Iterable[Bundle[ForwardEdges]] | Iterable[Bundle[ChannelEdges]],
) -> frozenset[str]:
    """Return all names at which bundles begin or end."""
    return frozenset(name for bundle in bundles for name in bundle.ends)


def _graph(
    names: Iterable[str],
    bundles: tuple[Bundle[ForwardEdges], ...] | tuple[Bundle[ChannelEdges], ...],
) -> DiGraph[str]:
    import networkx as nx

    graph: DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((bundle.source, bundle.target) for bundle in bundles)
    return graph
