"""From single neurons to populations: as few as the rules of bundles allow, found by splitting.

All edges from one population to another are one bundle with one description, and both graphs of
populations must be acyclic. So neurons begin in groups of one depth, activation and kind of bias,
and a group is split as long as two edges between the same two groups differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurochannel.engine.sorting import are_alike, different, order_of
from neurochannel.errors import NetworkError
from neurochannel.graphs.checks import (
    check_acyclic,
    check_channel,
    check_channel_loops,
    check_edges,
    check_populations,
    lonely_concordant,
)
from neurochannel.graphs.depths import LATE, cycle_in, depths
from neurochannel.graphs.ends import Ends, find_ends, units
from neurochannel.graphs.neuron_tables import Flags, Ints, NeuronGraph
from neurochannel.model.edges import STARTS
from neurochannel.model.populations import Bias

Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Groups:
    """A partition of neurons into populations.

    Parameters
    ----------
    of
        For each neuron the number of its group.
    depth
        For each neuron the number of edges on the longest forward path to it.
    ends
        Which neurons are inputs, outputs and relays.
    """

    of: Ints
    depth: Ints
    ends: Ends

    @property
    def n_groups(self) -> int:
        """How many there are."""
        return int(self.of.max()) + 1


@dataclass(frozen=True)
class Pairing:
    """Edges that must agree between any two groups: of one namespace, with a class each."""

    sources: Ints
    targets: Ints
    classes: Ints


def group(graph: NeuronGraph) -> Groups:
    """Put all neurons into populations; named populations, input and output stay whole.

    Raises
    ------
    NetworkError
        If the graph is wrong, or what must stay whole cannot.
    """
    check_edges(graph)
    n, forward, channel = len(graph.neurons), graph.forward, graph.channel
    depth = depths(n, forward.sources, forward.targets)
    check_acyclic(graph.neurons, forward, depth)
    ends = find_ends(graph)
    check_channel_loops(graph, ends)
    downward = replace(channel, sources=heads_of(graph, ends))
    found = depths(n + len(STARTS), downward.sources, channel.targets)
    check_acyclic(graph.neurons, downward, found)
    channel_depth = found[:n]
    check_channel(graph, ends, units(graph))
    whole = _whole(graph, ends)
    check_populations(graph, ends, whole)
    columns = [whole, graph.neurons.described, ends.relays, _learning(graph), depth]
    coarse = _classes(*columns, np.where(ends.relays, channel_depth, 0), whole=whole)
    if _is_cyclic(_with_starts(coarse), downward.sources, channel.targets):
        coarse = _classes(*columns, channel_depth, whole=whole)
    for edges in (forward, downward):
        parts = _with_starts(coarse)
        _check_quotient(graph, parts, edges.sources, edges.targets, edges.kind)
    return Groups(_refined(graph, coarse, whole >= 0), depth, ends)


def heads_of(graph: NeuronGraph, ends: Ends) -> Ints:
    """Return the sources of channel edges, one number above all neurons for each start."""
    channel, n = graph.channel, len(graph.neurons)
    leave: Ints = np.where(ends.outputs[channel.sources], n + channel.starts, channel.sources)
    return leave


def _with_starts(of: Ints) -> Ints:
    """Add a group for each thing that the channel starts from."""
    return np.append(of, int(of.max()) + 1 + np.arange(len(STARTS)))


def _whole(graph: NeuronGraph, ends: Ends) -> Ints:
    """For each neuron a number of what must stay whole, -1 for neurons that may be parted."""
    named = graph.neurons.population
    n_names = len(graph.neurons.names)
    free = named < 0
    whole = np.where(free & ends.inputs, n_names, named)
    found: Ints = np.where(free & ends.outputs, n_names + 1, whole)
    return found


def _learning(graph: NeuronGraph) -> Flags:
    """For each neuron whether its bias learns, which takes an incoming weight that learns."""
    rules = [part.bias_rule for part in graph.neurons.descriptions]
    biased = np.array([isinstance(rule, Bias) and rule.learn for rule in rules], bool)
    fed = np.zeros(len(graph.neurons), bool)
    fed[graph.forward.targets[graph.forward.with_field("learn", True)]] = True
    found: Flags = fed & biased[graph.neurons.described]
    return found


def _classes(*columns: NDArray[np.generic], whole: Ints) -> Ints:
    """Give equal rows one number, what must stay whole by its number alone."""
    free = whole < 0
    rows = np.stack([np.where(free, column.astype(np.int64), 0) for column in columns])
    rows[0] = whole
    return _numbers(*rows)


def _numbers(*rows: Ints) -> Ints:
    """Return for each column the number of its combination of values."""
    codes = np.zeros(len(rows[0]), np.int64)
    for row in rows:
        _, own = np.unique(row, return_inverse=True)
        _, codes = np.unique(codes * (int(own.max()) + 1) + own, return_inverse=True)
    return codes


def _quotient(of: Ints, sources: Ints, targets: Ints) -> tuple[int, Ints, Ints]:
    n = int(of.max()) + 1
    pairs = different(of[sources] * n + of[targets], n * n)
    return n, pairs // n, pairs % n


def _is_cyclic(of: Ints, sources: Ints, targets: Ints) -> bool:
    n, heads, tails = _quotient(of, sources, targets)
    return LATE in depths(n, heads, tails)


def _check_quotient(graph: NeuronGraph, of: Ints, sources: Ints, targets: Ints, kind: str) -> None:
    """Refuse populations that must stay whole although edges lead from one back into itself."""
    n, heads, tails = _quotient(of, sources, targets)
    found = depths(n, heads, tails)
    if LATE not in found:
        return
    nodes = cycle_in(found, heads, tails)
    texts = []
    for head, tail in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
        number = int(np.flatnonzero((of[sources] == head) & (of[targets] == tail))[0])
        labels = graph.neurons.label(sources[number]), graph.neurons.label(targets[number])
        texts.append(f"{labels[0]} -> {labels[1]}")
    shown = ", ".join(texts[:6]) + (" ..." if len(texts) > 6 else "")
    first = int(np.flatnonzero(of == nodes[0])[0])
    code = graph.neurons.population[first]
    what = f"population '{graph.neurons.names[code]}'" if code >= 0 else "the input population"
    raise NetworkError(
        f"{kind} edges must not lead from {what} back into it, got {shown}; "
        "give these neurons other populations, or leave the attribute out to have them grouped"
    )


def _refined(graph: NeuronGraph, of: Ints, whole: Flags) -> Ints:
    """Split groups until all edges between two groups are of one class."""
    pairings = list(_pairings(graph))
    while True:
        mixed = [found for pairing in pairings if len((found := _mixed(of, pairing)).classes)]
        if not mixed:
            return of
        split = _split(of, whole, mixed)
        if split is None:
            raise NetworkError(_disagreement(graph, of, mixed[0]))
        of = split


def _pairings(graph: NeuronGraph) -> list[Pairing]:
    made = []
    for edges in graph.both:
        classes, starts = edges.classes, edges.starts
        for start in range(len(STARTS)) if not are_alike(classes) else ():
            own = starts == start
            made.append(Pairing(edges.sources[own], edges.targets[own], classes[own]))
    alone = lonely_concordant(graph)
    if alone.any():
        # A bundle takes all its signs from the opposite forward bundle or, without one, from
        # paths, so forward edges must not meet channel edges that take theirs from paths.
        forward, channel = graph.forward, graph.channel
        made.append(
            Pairing(
                np.concatenate([channel.sources[alone], forward.targets]),
                np.concatenate([channel.targets[alone], forward.sources]),
                np.repeat([1, 0], [int(np.count_nonzero(alone)), len(forward)]),
            )
        )
    return [pairing for pairing in made if not are_alike(pairing.classes)]


def _mixed(of: Ints, pairing: Pairing) -> Pairing:
    """Return the edges between pairs of groups that do not agree."""
    n = int(of.max()) + 1
    pairs = of[pairing.sources] * n + of[pairing.targets]
    order = order_of(pairs, n * n)
    ordered = pairs[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    classes = pairing.classes[order]
    differ = np.minimum.reduceat(classes, starts) != np.maximum.reduceat(classes, starts)
    sizes = np.diff(np.append(starts, len(pairs)))
    chosen = np.sort(order[np.repeat(differ, sizes)])
    return Pairing(pairing.sources[chosen], pairing.targets[chosen], pairing.classes[chosen])


def _split(of: Ints, whole: Flags, mixed: list[Pairing]) -> Ints | None:
    """Split groups by what their neurons send or receive, None if nothing can be split.

    The side where fewer neurons have edges of several classes with one group goes first. Classes
    alone part fewest neurons; where they do not help, classes from each group do.
    """
    sides = (("targets", "sources"), ("sources", "targets"))
    for near, far in sorted(sides, key=lambda side: _unclear(of, mixed, *side)):
        for by_group in (False, True):
            signs = np.zeros(len(of), np.uint64)
            for number, part in enumerate(mixed):
                others = of[getattr(part, far)] * by_group
                rows = np.unique(np.stack([getattr(part, near), others, part.classes]), axis=1)
                np.add.at(signs, rows[0], _words(rows[1], rows[2], number))
            signs[whole] = 0
            split = _numbers(of, np.unique(signs, return_inverse=True)[1])
            if split.max() > of.max():
                return split
    return _singled_out(of, whole, mixed)


def _unclear(of: Ints, mixed: list[Pairing], near: str, far: str) -> int:
    """Count the neurons on a side that have edges of several classes with one group."""
    count = 0
    for part in mixed:
        rows = np.stack([getattr(part, near), of[getattr(part, far)], part.classes])
        rows = np.unique(rows, axis=1)
        same = (rows[0][1:] == rows[0][:-1]) & (rows[1][1:] == rows[1][:-1])
        count += len(np.unique(rows[0][1:][same]))
    return count


def _words(groups: Ints, classes: Ints, number: int) -> Words:
    """Mix numbers to words whose sums hardly ever agree (SplitMix64)."""
    mixed = np.full(len(groups), number, np.uint64)
    for column in (groups, classes):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64) + np.uint64(1)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    return mixed


def _singled_out(of: Ints, whole: Flags, mixed: list[Pairing]) -> Ints | None:
    """Give each neuron at an edge that disagrees a group of its own, on one side of the edges."""
    for side in ("targets", "sources"):
        alone = np.zeros(len(of), bool)
        for part in mixed:
            alone[getattr(part, side)] = True
        alone &= ~whole
        split = _numbers(of, np.where(alone, np.arange(len(of)) + 1, 0))
        if split.max() > of.max():
            return split
    return None


def _disagreement(graph: NeuronGraph, of: Ints, mixed: Pairing) -> str:
    """Name two edges that would have to be one bundle but differ."""
    pairs = of[mixed.sources] * (int(of.max()) + 1) + of[mixed.targets]
    first = np.flatnonzero(pairs == pairs[0])
    other = first[np.flatnonzero(mixed.classes[first] != mixed.classes[first[0]])[0]]
    label = graph.neurons.label
    names = [
        f"{label(mixed.sources[number])} -> {label(mixed.targets[number])}"
        for number in (first[0], other)
    ]
    return (
        f"edges {names[0]} and {names[1]} of one kind must agree in all attributes and in having "
        "a weight, because their ends are in the same two populations, which must stay whole; "
        "give both the same attributes"
    )
