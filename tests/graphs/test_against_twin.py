"""Grouped networks compute what single neurons compute."""

from __future__ import annotations

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import neurochannel as nc
from neurochannel.graphs.convert import from_networkx
from neurochannel.graphs.fine import single_edges
from tests.graphs.drawing import SHAPES, graph_of, graphs
from tests.graphs.twin import compute, part, roles

RATE = 0.1


def names_of(network: nc.Network) -> dict[str, list[Any]]:
    return {name: list(p.neurons) for name, p in network.populations.items()}


def assert_same(network: nc.Network, graph: nx.MultiDiGraph, seed: int) -> None:
    """Activity, signals and all changes agree, neuron by neuron and edge by edge."""
    rng = np.random.default_rng(seed)
    inputs, outputs = roles(graph)
    x = rng.normal(0, 1, (5, len(inputs)))
    t = np.eye(len(outputs))[rng.integers(0, len(outputs), 5)]
    expected = compute(graph, x, t, RATE)
    run = nc.Simulation(network, rate=RATE, dtype="float64")
    names = names_of(network)
    assert names[network.input] == inputs and names[network.output] == outputs

    def by_neuron(arrays: dict[str, Any]) -> dict[Any, Any]:
        return {
            n: arrays[p][..., i]
            for p, own in names.items()
            if p in arrays
            for i, n in enumerate(own)
        }

    compare(by_neuron(run.forward(x)), expected.O)
    compare(by_neuron(run.learning_signals(x, t)), expected.R)
    changes = run.updates(x, t)
    compare(by_neuron(changes), expected.b)
    forward = {b.name for b in network.forward_bundles}
    for kind, bundles, wanted in (
        ("forward", network.forward_bundles, expected.W),
        ("channel", network.channel_bundles, expected.C),
    ):
        found = {}
        for bundle in bundles:
            name = bundle.name
            if kind == "channel":
                name = f"channel: {name}" if name in forward else name
            ends = single_edges(network, kind, bundle, run)[:2]
            source = bundle.sender(network.output)
            for s, d in zip(*map(np.ndarray.tolist, ends), strict=True):
                edge = names[source][s], names[bundle.target][d]
                assert edge not in found
                found[edge] = changes[name][s, d] if name in changes else 0.0
        assert set(found) == set(part(graph, kind).edges)
        compare(found, wanted)


def compare(found: dict[Any, Any], expected: dict[Any, Any]) -> None:
    """Compare by key, to the precision of the largest; what one leaves out is 0 in the other."""
    values = itertools.chain(found.values(), expected.values())
    largest = max((float(np.max(np.abs(value))) for value in values), default=0.0)
    for key in found.keys() | expected.keys():
        got, wanted = found.get(key, 0.0), expected.get(key, 0.0)
        assert_allclose(got, wanted, rtol=1e-9, atol=1e-11 * max(largest, 1.0), err_msg=str(key))


@settings(max_examples=40)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_grouping_changes_nothing_that_a_neuron_or_edge_does(
    graph: nx.MultiDiGraph, seed: int
) -> None:
    assert_same(from_networkx(graph), graph, seed)


@pytest.mark.parametrize("shape", SHAPES)
def test_larger_graphs_of_every_shape_compile(shape: str) -> None:
    graph = graph_of(shape, 5, 40)
    assert_same(from_networkx(graph), graph, 1)
