"""Networks as graphs whose nodes are single neurons."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.engine.window_edges import n_wires, shared_shape, wires_of
from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import (
    CHANNEL,
    FORWARD,
    PLACES,
    SHARES,
    flat_edges,
    flat_neuron,
    started,
)
from neurochannel.graphs.build import neuron_names
from neurochannel.graphs.kept_columns import (
    EDGES,
    NEURONS,
    kept_by_edges,
    kept_by_neurons,
    names_by_edges,
    names_text,
    rows_of,
)
from neurochannel.graphs.run_weights import (
    Weighted,
    at_neurons,
    beside,
    biases_of,
    current_weights,
)
from neurochannel.graphs.shared_paths import table_of
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.edges import SIGNED, ChannelEdges
from neurochannel.model.network import Network

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from neurochannel.engine.simulation import Simulation

Names = dict[str, list[Any]]
MOST_WIRES = 2_000_000


def neuron_graph(network: Network, run: Simulation | None) -> MultiDiGraph[Any]:
    """Return the network as a graph of its neurons.

    Raises
    ------
    NetworkError
        If a size is left to the data, edges are drawn at random and there is no run to say which,
        or two neurons have one name.
    """
    import networkx as nx

    _check_count(network)
    names = names_of_neurons(network)
    columns = kept_by_neurons(network)
    kept = rows_of(columns, sum(map(len, names.values())))
    named = names_text(NEURONS, [*columns]) | names_text(EDGES, names_by_edges(network))
    graph: MultiDiGraph[Any] = nx.MultiDiGraph(**named)
    for name, population in network.populations.items():
        flat = {"population": name, **flat_neuron(population)}
        own = [dict(flat) for _ in names[name]]
        for attributes, place in zip(own, _places(network, name), strict=False):
            attributes |= place
        values = at_neurons(network, name, biases_of(network, name, run))
        if values is not None:
            for attributes, bias in zip(own, values.tolist(), strict=True):
                attributes["bias_value"] = bias
        for attributes in own:
            attributes |= next(kept)
        graph.add_nodes_from(zip(names[name], own, strict=True))
    for kind, bundles in ((FORWARD, network.forward_bundles), (CHANNEL, network.channel_bundles)):
        for bundle in bundles:
            start = started(bundle)
            flat = flat_edges(kind, bundle.edges) | start | {"table": table_of(bundle)}
            sources, targets, weights = single_edges(network, kind, bundle, run)
            heads = names[bundle.sender(network.output)]
            tails = names[bundle.target]
            shares = _shares(network, bundle, len(sources))
            others = kept_by_edges(bundle, len(sources), run is not None)
            if run is not None:
                flat = {key: value for key, value in flat.items() if not key.startswith("init")}
            graph.add_edges_from(
                (
                    heads[source],
                    tails[target],
                    " ".join([kind, *start.values()]),
                    flat | ({} if weight != weight else {"weight": weight}) | shared | more,
                )
                for source, target, weight, shared, more in zip(
                    sources.tolist(),
                    targets.tolist(),
                    weights.tolist(),
                    shares,
                    rows_of(others, len(sources)),
                    strict=True,
                )
            )
    return graph


def _check_count(network: Network) -> None:
    """Refuse more wires of windows than a graph of Python's objects can hold."""
    bundles: list[AnyBundle] = [*network.forward_bundles, *network.channel_bundles]
    n = sum(n_wires(network, bundle) for bundle in bundles)
    if n > MOST_WIRES:
        raise NetworkError(
            f"a graph of single neurons must have at most {MOST_WIRES:,} wires of windows and "
            f"maps, got {n:,}; take level='population'"
        )


def _places(network: Network, name: str) -> Iterator[dict[str, int]]:
    """Yield where each neuron is if its population is an image, row by row."""
    image = network.image(name)
    if image is not None:
        for place in np.ndindex(*image):
            yield dict(zip(PLACES, place, strict=True))


def _shares(network: Network, bundle: AnyBundle, n: int) -> Iterator[dict[str, str]]:
    """Yield for each wire which weight of its bundle it has, as text, where wires share some."""
    wires, shape = wires_of(network, bundle), shared_shape(network, bundle)
    if wires is None or shape is None:
        return repeat({}, n)
    places = np.stack(np.unravel_index(wires.numbers, shape), axis=1).tolist()
    return ({SHARES: ",".join(map(str, place))} for place in places)


def names_of_neurons(network: Network) -> Names:
    """Return the names of the neurons of each population.

    Raises
    ------
    NetworkError
        If a size is left to the data, or two neurons have one name.
    """
    names: Names = {}
    for name, population in network.populations.items():
        size = network.size(name)
        given = population.neurons
        names[name] = list(neuron_names(name, size) if given is None else given)
        if isinstance(given, np.ndarray):
            names[name] = given.tolist()
    everyone = [neuron for part in names.values() for neuron in part]
    if len({type(neuron) for neuron in everyone}) > 1:
        raise NetworkError(
            f"neurons of '{network.name}' must all have text or all have whole numbers as names; "
            "give every population its neurons in the same way"
        )
    if len(set(everyone)) < len(everyone):
        owner: dict[Any, str] = {}
        for name, part in names.items():
            for neuron in part:
                if neuron in owner:
                    raise NetworkError(
                        f"populations.{name}.neurons must not repeat {neuron!r}, which is in "
                        f"populations.{owner[neuron]} already; rename one of them"
                    )
                owner[neuron] = name
    return names


def single_edges(
    network: Network, kind: str, bundle: AnyBundle, run: Simulation | None
) -> Weighted:
    """Return sources, targets and weights of a bundle's edges, NaN for a weight to be drawn.

    Raises
    ------
    NetworkError
        If they are drawn at random and there is no run to say which.
    """
    if run is not None:
        return current_weights(run, kind, bundle)
    sources, targets = _edges_without_run(network, kind, bundle)
    init = bundle.edges.init
    if init.values is None:
        return sources, targets, np.full(len(sources), np.nan)
    wires = wires_of(network, bundle)
    if wires:
        values = init.values.ravel()[wires.numbers]
    else:
        values = init.values if init.values.ndim == 1 else init.values[sources, targets]
    return sources, targets, init.mean + init.scale * values


def _edges_without_run(
    network: Network, kind: str, bundle: AnyBundle
) -> tuple[np.ndarray, np.ndarray]:
    edges, wires = bundle.edges, wires_of(network, bundle)
    if wires:
        return wires.sources, wires.receivers
    if edges.fan_in is not None or edges.density is not None:
        raise NetworkError(
            f"{bundle.where}: the edges of '{bundle.name}' are drawn at random when a run begins; "
            "give that run, take level='population', or write a .toml file"
        )
    if edges.edges is not None:
        return edges.edges[:, 0].astype(np.int64), edges.edges[:, 1].astype(np.int64)
    shape = network.size(bundle.source), network.size(bundle.target)
    follows = isinstance(edges, ChannelEdges) and edges.weights in ("tied", *SIGNED)
    forward = beside(network, bundle) if follows else None
    if forward is not None:
        targets, sources = _edges_without_run(network, FORWARD, forward)
        kept = sources == targets if edges.one_to_one else np.ones(len(sources), bool)
        return sources[kept], targets[kept]
    if edges.one_to_one:
        return np.arange(shape[0]), np.arange(shape[0])
    sources, targets = np.indices(shape).reshape(2, -1)
    return sources, targets
