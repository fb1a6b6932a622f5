"""What is wrong with a graph of neurons, each in a sentence that names the neuron or the edge."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from neurochannel.engine.sorting import are_alike
from neurochannel.graphs.attributes import FORWARD
from neurochannel.graphs.depths import LATE, cycle_in
from neurochannel.graphs.ends import Ends
from neurochannel.graphs.neuron_tables import (
    EdgeTable,
    Flags,
    Ints,
    Mistakes,
    NeuronGraph,
    NeuronTable,
)
from neurochannel.model.base import NAME
from neurochannel.model.edges import SIGNED, STARTS
from neurochannel.model.problems import listed, short

SHOWN = 6


def check_populations(graph: NeuronGraph, ends: Ends, whole: Ints) -> None:
    """Refuse bad names, inputs with an activation, and one population of different neurons.

    Raises
    ------
    NetworkError
        With a sentence for each of the first few mistakes.
    """
    neurons = graph.neurons
    mistakes = Mistakes(
        f"population {short(name)} must have another name, of letters, digits, '_', '.' and '-', "
        f"that begins with a letter or '_' and is not {listed(STARTS, 'or')}; rename it"
        for name in neurons.names
        if name in STARTS or not re.fullmatch(NAME, name)
    )
    curved = np.array([part.activation != "linear" for part in neurons.descriptions], bool)
    for number in np.flatnonzero(curved[neurons.described] & ends.inputs):
        found = neurons.descriptions[neurons.described[number]].activation
        mistakes.add(
            f"neuron {neurons.label(number)}",
            f"must be linear as an input, got '{found}'; leave its activation out",
        )
    _, first, group = np.unique(whole, return_index=True, return_inverse=True)
    model = neurons.described[first][group]
    odd = np.flatnonzero((whole >= 0) & (neurons.described != model))
    for number in odd[np.unique(whole[odd], return_index=True)[1]]:
        other = first[group[number]]
        mistakes.append(_different(neurons, int(other), int(number), ends))
    mistakes.check()


def _different(neurons: NeuronTable, one: int, other: int, ends: Ends) -> str:
    """Return the sentence about two neurons that must be alike but differ."""
    parts = [neurons.descriptions[neurons.described[number]] for number in (one, other)]
    kinds = ("activation", "receive")
    key = next((k for k in kinds if getattr(parts[0], k) != getattr(parts[1], k)), "bias")
    code = neurons.population[other]
    role = "output" if ends.outputs[other] else "input"
    what = f"population '{neurons.names[code]}'" if code >= 0 else f"the {role} population"
    values = [short(getattr(part, key)) for part in parts]
    alike = "kind of bias" if key == "bias" else key
    return (
        f"{what} must have one {alike}, got {values[0]} at neuron {neurons.label(one)} and "
        f"{values[1]} at neuron {neurons.label(other)}; make them alike"
    )


def check_edges(graph: NeuronGraph) -> None:
    """Refuse forward loops, edges that are there twice and weights that are infinite.

    Raises
    ------
    NetworkError
        With a sentence for each of the first few mistakes.
    """
    mistakes = Mistakes()
    remedy = "remove this loop, or read the graph with loops='drop'"
    _loops(mistakes, graph, graph.forward, graph.forward.sources == graph.forward.targets, remedy)
    for edges in graph.both:
        _repeated(mistakes, graph, edges)
        if edges.weights is not None:
            for number in np.flatnonzero(np.isinf(edges.weights)):
                mistakes.add(
                    edges.label(graph.neurons, number),
                    f"must have a finite weight, got {edges.weights[number]}; write a number there",
                )
    mistakes.check()


def _loops(
    mistakes: Mistakes, graph: NeuronGraph, edges: EdgeTable[Any], found: Flags, remedy: str
) -> None:
    numbers = np.flatnonzero(found)
    if len(numbers):
        label = edges.label(graph.neurons, numbers[0])
        mistakes.add(label, f"must lead from one neuron to another; {remedy}", len(numbers))


def check_channel_loops(graph: NeuronGraph, ends: Ends) -> None:
    """Refuse channel edges from a neuron to itself, except for those of output neurons.

    Raises
    ------
    NetworkError
        With a sentence for each of the first few.
    """
    channel = graph.channel
    found = (channel.sources == channel.targets) & ~ends.outputs[channel.targets]
    mistakes = Mistakes()
    _loops(mistakes, graph, channel, found, "remove this loop")
    mistakes.check()


def _repeated(mistakes: Mistakes, graph: NeuronGraph, edges: EdgeTable[Any]) -> None:
    n, starts = len(graph.neurons), edges.starts
    keys = (starts * n + edges.sources) * n + edges.targets
    order = edges.by_source if are_alike(starts) else np.argsort(keys, kind="stable")
    keys = keys[order]
    twice = order[1:][keys[1:] == keys[:-1]]
    if len(twice):
        mistakes.add(
            edges.label(graph.neurons, twice[0]),
            "must not be there twice; join both in one edge, remove one, or read the graph with "
            "parallel='sum'",
            len(twice),
        )


def check_acyclic(neurons: NeuronTable, edges: EdgeTable[Any], found: Ints) -> None:
    """Refuse a cycle, given the depths of all neurons.

    Raises
    ------
    NetworkError
        If there is one; the sentence names it.
    """
    if LATE in found:
        nodes = cycle_in(found, edges.sources, edges.targets)
        names = [neurons.label(node) for node in [*nodes, nodes[0]]]
        if len(nodes) > SHOWN:
            names[SHOWN - 1 : -1] = [f"... ({len(nodes)} edges) ..."]
        text = " -> ".join(names)
        more = ", or read the graph with cycles='drop-backward'" if edges.kind == FORWARD else ""
        Mistakes(
            [f"{edges.kind} edges must have no cycle, got {text}; remove one of these edges{more}"]
        ).check()


def check_channel(graph: NeuronGraph, ends: Ends, unit: Ints) -> None:
    """Refuse channel edges that do not come from the error, that enter the output or lack partners.

    Raises
    ------
    NetworkError
        With a sentence for each of the first few mistakes.
    """
    channel, neurons = graph.channel, graph.neurons
    mistakes = Mistakes()
    for number in np.flatnonzero((channel.starts > 0) & ~ends.outputs[channel.sources]):
        mistakes.add(
            channel.label(neurons, number),
            "must leave an output neuron to start from "
            f"'{STARTS[channel.starts[number]]}'; leave its attribute start out",
        )
    reached = np.zeros(int(unit.max()) + 1, bool)
    reached[unit[channel.targets]] = True
    for number in np.flatnonzero(~reached[unit[channel.sources]] & ~ends.outputs[channel.sources]):
        mistakes.append(
            f"{channel.label(neurons, number)} must begin where the channel arrives, but no "
            f"channel edge leads to {neurons.label(channel.sources[number])}, and only an output "
            "neuron has an error, a target and a prediction; add one or remove this"
        )
    tied = channel.with_field("weights", "tied")
    alone = tied & ~ends.outputs[channel.targets]
    if alone.any():
        alone &= ~has_partner(graph)
    for number in np.flatnonzero(alone):
        ends_of = neurons.label(channel.targets[number]), neurons.label(channel.sources[number])
        mistakes.append(
            f"{channel.label(neurons, number)} must have a forward edge {ends_of[0]} -> "
            f"{ends_of[1]} to be tied to, got none; add that edge, or choose other weights"
        )
    mistakes.check()


def has_partner(graph: NeuronGraph) -> Flags:
    """For each channel edge whether a forward edge runs against it."""
    n, forward = len(graph.neurons), graph.forward
    if not len(forward):
        return np.zeros(len(graph.channel), bool)
    keys = (forward.sources * n + forward.targets)[forward.by_source]
    against = graph.channel.targets * n + graph.channel.sources
    there: Flags = keys[np.searchsorted(keys, against).clip(max=len(keys) - 1)] == against
    return there


def lonely_concordant(graph: NeuronGraph) -> Flags:
    """For each channel edge whether its sign comes from paths because it has no partner."""
    concordant = graph.channel.with_field("weights", *SIGNED)
    return concordant & ~has_partner(graph) if concordant.any() else concordant
