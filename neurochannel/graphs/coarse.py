"""Graphs whose nodes are populations, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import (
    CHANNEL,
    FORWARD,
    KINDS,
    MODELS,
    POPULATION,
    POPULATION_EDGE,
    edge_fields,
    flat_edges,
    flat_population,
    population_fields,
    renamed,
    unknown_attribute,
)
from neurochannel.graphs.describe import kind_problem
from neurochannel.graphs.kept_columns import sorted_by_place
from neurochannel.graphs.neuron_tables import Mistakes
from neurochannel.graphs.run_weights import biases_of, current_weights
from neurochannel.graphs.shared_paths import Row, table_of, tabled
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.edges import OWN, STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.network import Network
from neurochannel.model.populations import Population
from neurochannel.model.problems import short

if TYPE_CHECKING:
    from networkx import DiGraph, MultiDiGraph

    from neurochannel.engine.simulation import Simulation


def network_of_populations(graph: DiGraph[Any]) -> Network:
    """Make a network from a graph whose nodes are populations and what the channel starts from.

    Raises
    ------
    NetworkError
        With a sentence for each mistake.
    """
    mistakes = Mistakes()
    populations = {}
    for name, attributes in graph.nodes(data=True):
        if name in STARTS:
            continue
        where = f"population {short(name)}"
        if not isinstance(name, str):
            mistakes.append(f"{where} must be named by text; relabel it")
            continue
        fields = _known(where, attributes, POPULATION, mistakes)
        made = _attempt(where, lambda given=fields: _population(given), mistakes)
        populations[name] = made
    rows: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    for source, target, attributes in graph.edges(data=True):
        kind = attributes.get("kind")
        where = f"edge {short(source)} -> {short(target)}"
        if not isinstance(kind, str) or kind not in rows:
            mistakes.append(f"{where} {kind_problem(kind)}")
            continue
        row = _row(source, target, attributes, mistakes)
        if row is not None:
            rows[kind].append(row)
    mistakes.check()
    return Network(
        name=graph.graph.get("name") or "network",
        loss=graph.graph.get("loss"),
        chip_seed=graph.graph.get("chip_seed"),
        populations=populations,
        forward=tabled(ForwardEdges, rows[FORWARD]),
        channel=tabled(ChannelEdges, rows[CHANNEL]),
    )


def _population(given: Mapping[str, Any]) -> Population:
    kept = {key: given[key] for key in ("size", "neurons", "attributes", "role") if key in given}
    if "shape" in given:
        kept.pop("size", None)
    return Population(**population_fields(given), **kept)


def _row(source: Any, target: Any, attributes: Mapping[str, Any], mistakes: Mistakes) -> Row | None:
    kind = attributes["kind"]
    where = f"{kind} edge {short(source)} -> {short(target)}"
    if not (isinstance(source, str) and isinstance(target, str)):
        return None
    given = _known(where, attributes, POPULATION_EDGE[kind], mistakes)
    table = given.get("table", -1)
    if isinstance(table, bool) or not isinstance(table, int):
        mistakes.append(f"{where} must have a whole number as table, got {short(table)}; fix it")
        return None
    fields = edge_fields(given)
    if "values" in fields.get("init", {}):
        fields["init"].setdefault("distribution", "explicit")
    path = f"{source} -> {target}"
    made = _attempt(where, lambda: MODELS[kind](path=path, **fields), mistakes)
    return None if made is None else (table, source, target, fields)


def _attempt(where: str, make: Any, mistakes: Mistakes) -> Any:
    try:
        return make()
    except NetworkError as error:
        mistakes += [f"{where}: {renamed(problem)}" for problem in error.problems]
        return None


def _known(
    where: str, attributes: Mapping[Any, Any], known: tuple[str, ...], mistakes: Mistakes
) -> dict[str, Any]:
    mistakes += [
        f"{where} {unknown_attribute(key, known)}" for key in attributes if key not in known
    ]
    return {key: value for key, value in attributes.items() if key in known and value is not None}


def population_graph(network: Network, run: Simulation | None) -> MultiDiGraph[Any]:
    """Return the network as a graph of its populations and what the channel starts from."""
    import networkx as nx

    graph: MultiDiGraph[Any] = nx.MultiDiGraph()
    for name, population in network.populations.items():
        flat = flat_population(population)
        if population.neurons is not None:
            flat["neurons"] = np.asarray(population.neurons).tolist()
        if population.attributes:
            flat["attributes"] = _lists(population.attributes)
        values = biases_of(network, name, run) if run is not None else None
        if values is not None:
            alike = bool(np.all(values == values[0]))
            flat["bias_value"] = float(values[0]) if alike else values.tolist()
        graph.add_node(name, **({"size": population.size} if population.size else {}), **flat)
    graph.add_nodes_from(network.starts)
    for kind, bundles in ((FORWARD, network.forward_bundles), (CHANNEL, network.channel_bundles)):
        for bundle in bundles:
            attributes = _bundle_attributes(network, kind, bundle, run)
            graph.add_edge(bundle.source, bundle.target, key=kind, **attributes)
    return graph


def _bundle_attributes(
    network: Network, kind: str, bundle: AnyBundle, run: Simulation | None
) -> dict[str, Any]:
    edges = bundle.edges
    flat = flat_edges(kind, edges)
    changed = edges.changed()
    flat |= {key: changed[key] for key in ("fan_in", "density", "one_to_one") if key in changed}
    if edges.edges is not None:
        flat["edges"] = edges.edges.tolist()
    if edges.init.values is not None:
        own = edges.init.changed()
        flat |= {f"init_{key}": own[key] for key in ("scale", "mean") if key in own}
        flat["init_values"] = edges.init.values.tolist()
    if edges.attributes:
        # The edges of a run are sorted.
        kept = edges.attributes if run is None else sorted_by_place(bundle)
        flat["attributes"] = _lists(kept)
    if run is not None and getattr(edges, "weights", "random") in OWN:
        flat = _as_now(flat, network, kind, bundle, run)
    flat["table"] = table_of(bundle)
    return flat


def _lists(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in attributes.items()}


def _as_now(
    flat: dict[str, Any], network: Network, kind: str, bundle: AnyBundle, run: Simulation
) -> dict[str, Any]:
    """Return the attributes with the edges and weights that a run has now as explicit ones."""
    shown = run.weights if kind == FORWARD else run.channel_weights
    if bundle.name not in shown:
        return flat
    if shown.shares(bundle.name):
        flat = {key: value for key, value in flat.items() if not key.startswith("init")}
        return flat | {"init_values": shown[bundle.name].tolist()}
    sources, targets, weights = current_weights(run, kind, bundle)
    gone = ("init", "init_scale", "init_mean", "fan_in", "density", "one_to_one", "edges")
    flat = {key: value for key, value in flat.items() if key not in gone}
    shape = network.size(bundle.source), network.size(bundle.target)
    if len(weights) == shape[0] * shape[1]:
        matrix = np.empty(shape)
        matrix[sources, targets] = weights
        return flat | {"init_values": matrix.tolist()}
    pairs = np.stack([sources, targets], axis=1)
    return flat | {"edges": pairs.tolist(), "init_values": weights.tolist()}
