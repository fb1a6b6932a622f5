"""Which neurons the data enters and which are compared with it; which exist in the channel only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import ROLES
from neurochannel.graphs.neuron_tables import Flags, Ints, Mistakes, NeuronGraph
from neurochannel.model.problems import listed


@dataclass(frozen=True)
class Ends:
    """The role of each neuron.

    Parameters
    ----------
    inputs, outputs
        Neurons that the data enters, and that are compared with the targets.
    relays
        Neurons that belong to the channel only.
    given
        Roles that the graph states, "input" and "output"; the others follow from its edges.
    """

    inputs: Flags
    outputs: Flags
    relays: Flags
    given: tuple[str, ...]


def find_ends(graph: NeuronGraph) -> Ends:
    """Find the input, the output and the relays of a graph of neurons.

    Without any neuron of a role, inputs are what no forward edge leads to, and outputs are what no
    forward edge leaves; populations that are named count as one there.

    Raises
    ------
    NetworkError
        If there are none, their edges contradict them, or a neuron is without any edge.
    """
    unit = units(graph)
    heard, sends = (_any_in(unit, ends) for ends in (graph.forward.targets, graph.forward.sources))
    channel_ends = np.concatenate([graph.channel.sources, graph.channel.targets])
    on_channel = _any_in(unit, channel_ends)
    roles = graph.neurons.roles
    _check_roles(graph)
    found = []
    for number, (has, has_not) in enumerate(((sends, heard), (heard, sends)), 1):
        stated = roles == number
        found.append(stated if stated.any() else has & ~has_not & (roles == 0))
    ends = Ends(
        found[0],
        found[1],
        on_channel & ~heard & ~sends & ~found[0] & ~found[1],
        tuple(name for number, name in enumerate(ROLES, 1) if (roles == number).any()),
    )
    _check_ends(graph, ends)
    lonely = ~(heard | sends | on_channel | ends.inputs | ends.outputs)
    numbers = np.flatnonzero(lonely)
    mistakes = Mistakes()
    if len(numbers):
        mistakes.add(
            f"neuron {graph.neurons.label(numbers[0])}",
            "must have at least one edge, got none; connect it, remove it, or read the graph with "
            "isolated='drop'",
            len(numbers),
        )
    mistakes.check()
    return ends


def units(graph: NeuronGraph) -> Ints:
    """Return a number for each named population and for each neuron without one."""
    population, n = graph.neurons.population, len(graph.neurons)
    own: Ints = np.where(population < 0, np.arange(n) + len(graph.neurons.names), population)
    return own


def _any_in(unit: Ints, members: Ints) -> Flags:
    """For each neuron whether its unit has a member in the list."""
    has = np.zeros(int(unit.max()) + 1, bool)
    has[unit[members]] = True
    found: Flags = has[unit]
    return found


def _check_roles(graph: NeuronGraph) -> None:
    """Refuse a named population whose neurons have two roles, and a role in two populations."""
    neurons = graph.neurons
    mistakes = Mistakes()
    words = ("none", *(f"'{role}'" for role in ROLES))
    order = np.argsort(neurons.population, kind="stable")
    codes = neurons.population[order]
    starts = np.searchsorted(codes, np.arange(len(neurons.names)))
    for name, first in zip(neurons.names, order[starts], strict=True):
        role = neurons.roles[first]
        mine = neurons.population == neurons.population[first]
        odd = np.flatnonzero(mine & (neurons.roles != role))
        if len(odd):
            mistakes.append(
                f"population '{name}' must have one role, got {words[role]} at neuron "
                f"{neurons.label(first)} and {words[neurons.roles[odd[0]]]} at neuron "
                f"{neurons.label(odd[0])}; give all its neurons the same role"
            )
    mistakes.check()


def _check_ends(graph: NeuronGraph, ends: Ends) -> None:
    neurons, forward = graph.neurons, graph.forward
    if not len(forward):
        raise NetworkError(
            'the graph must have forward edges, got none; give edges kind = "forward"'
        )
    mistakes = Mistakes()
    for role, flags, at, what in (
        ("input", ends.inputs, forward.targets, "incoming"),
        ("output", ends.outputs, forward.sources, "outgoing"),
    ):
        wrong = np.flatnonzero(flags[at])
        for number in wrong[:1]:
            mistakes.append(
                f"neuron {neurons.label(at[number])} must have no {what} forward edges to be an "
                f"{role}, got {forward.label(neurons, number)}; remove that edge or the role"
            )
        if not flags.any():
            mistakes.append(
                f"the graph must have {role} neurons, got none; give some of them the role '{role}'"
            )
        mistakes += _parted(graph, role, flags)
    mistakes.check()


def _parted(graph: NeuronGraph, role: str, flags: Flags) -> list[str]:
    neurons = graph.neurons
    codes = np.unique(neurons.population[flags])
    if len(codes) < 2:
        return []
    names = ["none" if code < 0 else f"'{neurons.names[code]}'" for code in codes]
    return [
        f"{role} neurons must be in one population, got {listed(names)}; "
        "give all of them the same one, or roles to those that are meant"
    ]
