"""Recipes on networks that were made from graphs of neurons."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import neurochannel as nc
from neurochannel.graphs.convert import from_networkx
from tests.graphs.drawing import graphs
from tests.graphs.twin import part, roles


def without_channel(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """The forward part alone, all of it learning and without limits."""
    made = nx.MultiDiGraph(part(graph, "forward"))
    made.remove_nodes_from([n for n in list(made) if not made.degree(n)])
    for *_, attributes in made.edges(data=True):
        attributes.clear()
        attributes.update(kind="forward", weight=0.0)
    return made


def weigh(graph: nx.MultiDiGraph, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for *_, attributes in graph.edges(data=True):
        attributes["weight"] = float(rng.normal(0, 0.7))


def per_neuron_backprop(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Every forward edge below an output, run backwards with tied weights."""
    made = graph.copy()
    inputs, outputs = roles(graph)
    useful = set(outputs).union(*(nx.ancestors(graph, n) for n in outputs))
    for s, t in graph.edges():
        if s not in inputs and s in useful and t in useful:
            made.add_edge(t, s, kind="channel", weights="tied")
    return made


@settings(max_examples=20)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_backprop_of_the_grouped_network_is_that_of_single_neurons(
    graph: nx.MultiDiGraph, seed: int
) -> None:
    graph = without_channel(graph)
    weigh(graph, seed)
    by_hand = from_networkx(per_neuron_backprop(graph))
    network = from_networkx(graph).with_channel(nc.bp())
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(4, network.size(network.input)))
    t = targets_for(network, rng)
    changes = [changes_by_neuron(net, x, t) for net in (by_hand, network)]
    assert changes[0].keys() == changes[1].keys()
    for key, change in changes[0].items():
        assert_allclose(change, changes[1][key], rtol=1e-9, atol=1e-12)


def targets_for(network: nc.Network, rng: np.random.Generator) -> np.ndarray:
    """Targets of four examples that suit the loss."""
    n = network.size(network.output)
    if network.loss_name == "cross_entropy":
        return rng.dirichlet(np.ones(n), 4)
    return rng.random((4, n))


def changes_by_neuron(network: nc.Network, x: np.ndarray, t: np.ndarray) -> dict[tuple, float]:
    run = nc.Simulation(network, dtype="float64")
    changes = run.updates(x, t)
    names = {n: list(p.neurons) for n, p in network.populations.items()}
    found = {}
    for bundle in network.forward_bundles:
        for s, d in zip(*run.edges(bundle.name), strict=True):
            ends = names[bundle.source][s], names[bundle.target][d]
            found[ends] = changes[bundle.name][s, d] if bundle.name in changes else 0.0
    return found


@settings(max_examples=20)
@given(graphs())
def test_every_recipe_runs_on_any_graph(graph: nx.MultiDiGraph) -> None:
    network = from_networkx(without_channel(graph))
    x = np.ones((2, network.size(network.input)))
    t = np.full((2, network.size(network.output)), 1 / network.size(network.output))
    for recipe in (nc.sbp(), nc.rbp(bits=3), nc.srbp(), nc.arbp(), nc.asrbp(), nc.top_only()):
        run = nc.Simulation(network.with_channel(recipe), dtype="float64")
        run.step(x, t)
        assert all(np.isfinite(run.weights[name]).all() for name in run.weights)
