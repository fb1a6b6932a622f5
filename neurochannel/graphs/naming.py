"""Names and order of the populations that groups of neurons become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from neurochannel.graphs.grouping import Groups
from neurochannel.graphs.neuron_tables import Ints, NeuronGraph
from neurochannel.model.edges import STARTS

INPUT, HIDDEN, OUTPUT, RELAY = range(4)


def ordered(graph: NeuronGraph, groups: Groups) -> Ints:
    """Return for each neuron the number of its group in the order of declaration.

    Input, hidden ones by depth, output, relays; where all are named, in the order of their first
    neurons, which also decides between groups of one depth.
    """
    first, kind, depth = _places(groups)
    all_named = bool((graph.neurons.population >= 0).all())
    keys = (first,) if all_named else (first, depth, kind)
    rank = np.empty(groups.n_groups, np.int64)
    rank[np.lexsort(keys)] = np.arange(groups.n_groups)
    found: Ints = rank[groups.of]
    return found


def _places(groups: Groups) -> tuple[Ints, Ints, Ints]:
    """For each group its first neuron, its kind and its depth."""
    _, first = np.unique(groups.of, return_index=True)
    ends = groups.ends
    kinds = ends.inputs * INPUT + ends.outputs * OUTPUT + ends.relays * RELAY
    kinds += HIDDEN * ~(ends.inputs | ends.outputs | ends.relays)
    depth = np.full(groups.n_groups, len(groups.of), np.int64)
    np.minimum.at(depth, groups.of, groups.depth)
    return first, kinds[first], depth


def population_names(graph: NeuronGraph, groups: Groups) -> list[str]:
    """Return the given names and, for the other groups, input, hidden1, output and relay1."""
    neurons = graph.neurons
    taken = {*neurons.names, *STARTS}
    names: list[str] = []
    places = list(zip(*(part.tolist() for part in _places(groups)), strict=True))
    free = [(k, depth) for first, k, depth in places if neurons.population[first] < 0]
    many = Counter(depth for kind, depth in free if kind == HIDDEN)
    count: Counter[tuple[int, int]] = Counter()
    for first, kind, depth in places:
        if neurons.population[first] >= 0:
            names.append(neurons.names[neurons.population[first]])
            continue
        place = (kind, depth if kind == HIDDEN else 0)
        count[place] += 1
        word = {INPUT: "input", OUTPUT: "output", RELAY: f"relay{count[place]}"}.get(kind)
        if word is None:
            word = f"hidden{depth}" if depth else "constant"
            word += f"_{count[place]}" if many[depth] > 1 else ""
        names.append(_free(word, taken))
        taken.add(names[-1])
    return names


def _free(word: str, taken: Iterable[str]) -> str:
    while word in taken:
        word += "_"
    return word
