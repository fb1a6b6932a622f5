"""From a graph of another tool to a network: all steps in their order."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import CHANNEL, FORWARD, NUMBERED
from neurochannel.graphs.edge_arrays import from_arrays
from neurochannel.graphs.foreign.cycles import drop_backward
from neurochannel.graphs.foreign.foreign_graph import Columns, ForeignGraph, has_value
from neurochannel.graphs.foreign.import_options import LAST, MIRROR, NONE, ImportSettings
from neurochannel.graphs.foreign.journal import Journal, counted
from neurochannel.graphs.foreign.steps import (
    direct,
    drop_isolated,
    drop_loops,
    ends_of,
    join_parallel,
    kinds_of,
    know_attributes,
    mark_ends,
    name_nodes,
)
from neurochannel.graphs.foreign.taken_weights import WEIGHT, scale_weights, take_weights
from neurochannel.graphs.foreign.unroll import unrolled
from neurochannel.graphs.kept_columns import NEURONS
from neurochannel.graphs.neuron_tables import Flags, KeptColumns, neuron_ids
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.model.recipe_names import channel_from_text

LOG = logging.getLogger("neurochannel")
HIDDEN = "tanh"


def network_from(graph: ForeignGraph, options: ImportSettings) -> Network:
    """Make a network from a graph of another tool, and say what each step did.

    Raises
    ------
    NetworkError
        With a sentence for each cause that only the user can decide, its count and the option.
    """
    journal = Journal()
    journal.lines += graph.notes
    cleaned, channel = _cleaned(graph, options, journal)
    journal.check()
    cleaned = _with_activations(cleaned, channel, options, journal)
    cleaned = scale_weights(cleaned, channel, options, journal)
    earlier: frozenset[str] = frozenset()
    if options.steps is None:
        network = _network(cleaned, channel)
    else:
        network, earlier = unrolled(cleaned, ends_of(cleaned, channel), options, journal)
    network = _with_channel(network, channel, earlier, options, journal)
    told = options.report or LOG.warning
    for line in [*journal.lines, _sum(network, cleaned, channel)]:
        told(line)
    return network


def _cleaned(
    graph: ForeignGraph, options: ImportSettings, journal: Journal
) -> tuple[ForeignGraph, Flags]:
    if not len(graph.sources):
        raise NetworkError("the graph must have at least one edge, got none; name another file")
    graph = name_nodes(graph, options, journal)
    graph = direct(_with_uniform_ids(graph), options, journal)
    graph, channel = kinds_of(graph, options, journal)
    graph = take_weights(graph, options, journal)
    graph = mark_ends(graph, options, journal)
    ordering = {} if not isinstance(options.order, str) else _column(graph, options.order)
    graph = know_attributes(graph, channel, options, journal)
    graph, channel = drop_loops(graph, channel, options, journal)
    graph, channel = join_parallel(graph, channel, options, journal)
    known = set(graph.nodes)
    graph = replace(graph, nodes={**graph.nodes, **ordering})
    graph, channel = drop_backward(graph, channel, options, journal)
    _check_left(channel, journal)
    if options.steps is not None and channel.any():
        journal.refuse(
            f"a graph must have forward edges only to be unrolled, got "
            f"{counted(int(channel.sum()), 'channel edge')}; give kind='forward', and channel for "
            "a recipe"
        )
    graph = replace(graph, nodes={k: c for k, c in graph.nodes.items() if k in known})
    return drop_isolated(graph, options, journal), channel


def _check_left(channel: Flags, journal: Journal) -> None:
    """Refuse a graph without forward edges, with what became of them."""
    if channel.all():
        journal.check()
        steps = [line for line in journal.lines if line.startswith(("took", "dropped", "left out"))]
        raise NetworkError(
            f"at least one forward edge must be left, got none ({'; '.join(steps)}); choose other "
            "inputs, outputs or kinds, or another order"
        )


def _column(graph: ForeignGraph, key: str) -> Columns:
    return {key: graph.nodes[key]} if key in graph.nodes else {}


def _with_uniform_ids(graph: ForeignGraph) -> ForeignGraph:
    """Return the graph with names that are all text, unless all are whole numbers."""
    ids = graph.ids
    if isinstance(ids, np.ndarray) or {*map(type, ids)} in ({str}, {int}):
        return graph
    return replace(graph, ids=[str(name) for name in ids])


def _with_activations(
    graph: ForeignGraph, channel: Flags, options: ImportSettings, journal: Journal
) -> ForeignGraph:
    """Give hidden neurons and outputs an activation where no neuron has one of its own."""
    n = len(graph.ids)
    given = graph.nodes.get("activation", np.full(n, None, object))
    own = has_value(given)
    if own.any() and options.activation is None and options.output_activation is None:
        return graph
    _inputs, outputs, hidden = ends_of(graph, channel)
    many = int(outputs.sum()) > 1
    column = given.astype(object)
    last = options.output_activation or ("softmax" if many else "logistic")
    words = ((hidden & ~own, options.activation or HIDDEN, "hidden neuron"),)
    for flags, word, what in (*words, (outputs & ~own, last, "output")):
        column[flags] = word
        if flags.any():
            journal.say(f"gave {counted(int(flags.sum()), what)} the activation {word}")
    return replace(graph, nodes={**graph.nodes, "activation": column})


def _network(graph: ForeignGraph, channel: Flags) -> Network:
    ends = np.stack([graph.sources, graph.targets], 1)
    forward = ~channel
    return from_arrays(
        ends[forward],
        ends[channel],
        neurons=_values(graph.nodes, np.ones(len(graph.ids), bool)),
        forward_edges=_values(graph.edges, forward),
        channel_edges=_values(graph.edges, channel),
        ids=_ids(graph),
        attributes={
            NEURONS: graph.kept,
            FORWARD: _kept(graph, forward),
            CHANNEL: _kept(graph, channel),
        },
        name=graph.name,
        loss=graph.loss,
    )


def _kept(graph: ForeignGraph, chosen: Flags) -> KeptColumns:
    return graph.with_edges(chosen).kept_edges if graph.kept_edges else {}


def _ids(graph: ForeignGraph) -> Any:
    ids = neuron_ids(graph.ids)
    return list(ids) if isinstance(ids, tuple) else ids


def _values(columns: Columns, chosen: Flags) -> dict[str, Any]:
    """Return columns without those that have no value there, weights with their marks."""
    found: dict[str, Any] = {}
    for key, column in columns.items():
        own = column[chosen]
        given = has_value(own)
        if not given.any():
            continue
        if key == WEIGHT:
            found[key] = np.where(given, own, 0.0).astype(np.float64)
            found["weighted"] = given
        elif key in NUMBERED and own.dtype == object:
            found[key] = [None if not has else item for has, item in zip(given, own, strict=True)]
        else:
            found[key] = own if own.dtype != object else own.tolist()
    return found


def _with_channel(
    network: Network,
    channel: Flags,
    earlier: frozenset[str],
    options: ImportSettings,
    journal: Journal,
) -> Network:
    given = options.channel
    if given is None or given == NONE:
        if not channel.any() and len(network.populations) > 2:
            journal.say(
                "made no learning channel, so that hidden neurons do not learn; channel='mirror' "
                "is backpropagation, 'srbp' and others are recipes"
            )
        return network
    if given == MIRROR:
        given = "bp"
    if isinstance(given, str):
        given = channel_from_text(given)
    made = network.with_channel(given)
    shown = options.channel if isinstance(options.channel, str) else "the given recipe"
    reached = "" if options.steps is None else ", to all steps"
    if options.reach == LAST:
        made, reached = _without(made, earlier), ", to the last step"
    word = "replaced" if channel.any() else "made"
    journal.say(f"{word} the learning channel: {shown}{reached}")
    return made


def _without(network: Network, populations: frozenset[str]) -> Network:
    """Return the network without channel edges from and to populations."""
    arrows = [(edges, *arrow) for edges in network.channel for arrow in edges.arrows]
    kept = [
        edges.model_copy(update={"path": f"{source} -> {target}"})
        for edges, source, target in arrows
        if populations.isdisjoint((source, target))
    ]
    return network.model_copy(update={"channel": tuple(kept)})


def _sum(network: Network, graph: ForeignGraph, channel: Flags) -> str:
    n = len(network.populations)
    parts = [
        counted(len(graph.ids), "neuron"),
        counted(int((~channel).sum()), "forward edge"),
        *([counted(int(channel.sum()), "channel edge")] if channel.any() else []),
    ]
    return f"made {listed(parts)} into {counted(n, 'population')}"
