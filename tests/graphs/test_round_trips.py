"""Graphs and files give back the network that they were made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from numpy.testing import assert_array_equal

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.graphs.convert import from_networkx, to_networkx
from neurochannel.graphs.edge_arrays import from_arrays
from neurochannel.graphs.fine import single_edges
from neurochannel.graphs.formats import read, write
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias
from tests.graphs.drawing import graph_of, graphs
from tests.networks import networks

LEVELS = ("population", "neuron")
HAND = {
    "mlp": nc.mlp(3, 4, 5, 2).with_channel(nc.bp()),
    "unsized": nc.mlp(None, 4, None).with_channel(nc.rbp(bits=3, quantizer="stochastic")),
    "described": Network(
        name='a "name" & more',
        loss="squared_error",
        chip_seed=2**64 - 1,
        populations={
            "x": {"size": 2, "role": "input"},
            "b": {"size": 1, "activation": "power(2)"},
            "h": {
                "size": 2,
                "activation": "tanh",
                "bias": Bias(learn=False, value=0.5, update={"bits": 3, "scale": 0.1}),
                "neurons": ["left 'one'", 'right <&>\r\n"two"'],
            },
            "r": {"size": 2, "activation": "tanh"},
            "y": {"size": 1, "activation": "logistic", "role": "output", "bias": False},
        },
        forward=[
            {"path": "x -> h", "init": {"distribution": "normal", "scale": 0.3, "mean": 0.1}},
            {"path": "b -> h -> y", "learn": False},
            {"path": "x -> y", "init": [[0.1], [-0.2]], "update": {"bits": 4, "scale": 0.01}},
        ],
        channel=[
            {"path": "error -> r", "weights": "adaptive", "update": {"bits": 2, "scale": 0.1}},
            {"path": "r -> h", "one_to_one": True, "message": {"keep": "sign"}},
            {"path": "error -> h", "weights": "concordant", "message": {}, "derivative": False},
        ],
    ),
    "numbered": Network(
        populations={
            "x": {"neurons": [5, -7]},
            "h": {"neurons": [2**40, 1, 0]},
            "y": {"neurons": [9]},
        },
        forward=[{"path": "x -> h", "edges": [[0, 0], [0, 2], [1, 1]]}, {"path": "h -> y"}],
        channel=[{"path": "error -> h", "edges": [[0, 1]], "init": [0.25]}],
    ),
}


def is_sized(network: Network) -> bool:
    return all(p.size is not None for p in network.populations.values())


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", HAND)
def test_a_graph_gives_the_network_back(name: str, level: str) -> None:
    network = HAND[name]
    if level == "population" or is_sized(network):
        assert from_networkx(to_networkx(network, level)) == network


@settings(max_examples=20)
@given(networks())
def test_a_graph_of_populations_gives_any_network_back(network: Network) -> None:
    assert from_networkx(to_networkx(network)) == network


@settings(max_examples=20)
@given(graphs())
def test_a_graph_of_neurons_comes_back_with_its_attributes(graph: nx.MultiDiGraph) -> None:
    network = from_networkx(graph)
    back = to_networkx(network, "neuron")
    assert set(back) == set(graph)
    for kind in ("forward", "channel"):
        pairs = {(s, t): a for s, t, a in graph.edges(data=True) if a["kind"] == kind}
        again = {(s, t): a for s, t, a in back.edges(data=True) if a["kind"] == kind}
        assert pairs.keys() == again.keys()
        for ends, attributes in pairs.items():
            found = {"learn": True, "derivative": True, **again[ends]}
            assert attributes.items() <= found.items()
    assert from_networkx(back) == network
    assert network == from_networkx(to_networkx(network))


def with_short_bias(population: nc.Population) -> nc.Population:
    """Biases of neurons that are all alike come back as one number."""
    bias = population.bias
    if not isinstance(bias, nc.Bias) or np.ptp(bias.value) > 0:
        return population
    value = float(np.ravel(bias.value)[0])
    return population.model_copy(update={"bias": bias.model_copy(update={"value": value})})


@settings(max_examples=20)
@given(networks())
def test_a_run_gives_its_edges_and_weights_to_a_graph_of_neurons(network: Network) -> None:
    run = nc.Simulation(network, seed=3, dtype="float64")
    # A bundle that no edge was drawn for leaves no trace in a graph of neurons.
    assume(all(len(run.edges(bundle.name)[0]) for bundle in network.forward_bundles))
    assume(all(len(run.channel_edges(bundle.name)[0]) for bundle in network.channel_bundles))
    graph = to_networkx(network, "neuron", run)
    made = from_networkx(graph)
    again = nc.Simulation(made, seed=4, dtype="float64")
    shortened = {name: with_short_bias(part) for name, part in network.populations.items()}
    assert made.populations == shortened
    for name in run.weights:
        if np.any(run.weights[name]):
            assert_array_equal(run.weights[name], again.weights[name])
    for bundle in network.channel_bundles:
        drawn = bundle.edges.weights in ("redrawn", "concordant_redrawn")
        if not drawn and np.any(run.channel_weights[bundle.name]):
            shown = run.channel_weights[bundle.name]
            assert_array_equal(shown, again.channel_weights[bundle.name], err_msg=bundle.name)


def test_a_run_gives_its_weights_to_a_graph_of_populations() -> None:
    network = nc.mlp(None, 4, 3, None).with_channel(nc.srbp(fan_in=2))
    data = nc.data.load("digits")
    run = nc.Simulation(network, data, seed=3)
    made = from_networkx(to_networkx(network, "population", run))
    again = nc.Simulation(made, data, seed=8)
    for name in run.weights:
        assert_array_equal(run.weights[name], again.weights[name])
    for name in run.channel_weights:
        assert_array_equal(run.channel_weights[name], again.channel_weights[name])


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".npz"])
def test_a_file_of_neurons_gives_weights_back_bit_for_bit(tmp_path: Path, suffix: str) -> None:
    network = nc.mlp(3, 4, 5, 2).with_channel(nc.arbp(fan_in=2))
    run = nc.Simulation(network, seed=3)
    path = tmp_path / f"net{suffix}"
    write(network, path, run, "neuron")
    again = nc.Simulation(read(path), seed=9)
    for name in run.weights:
        assert_array_equal(run.weights[name], again.weights[name])
    for name in run.channel_weights:
        assert_array_equal(run.channel_weights[name], again.channel_weights[name])


HELD = [
    (name, suffix, level)
    for name in HAND
    for suffix in (".toml", ".json", ".graphml", ".npz")
    for level in (LEVELS if suffix in (".json", ".graphml") else (None,))
]


@pytest.mark.parametrize(("name", "suffix", "level"), HELD)
def test_a_file_gives_the_network_back_or_says_what_it_cannot_hold(
    tmp_path: Path, name: str, suffix: str, level: str | None
) -> None:
    network, path = HAND[name], tmp_path / f"net{suffix}"
    try:
        write(network, path, level=level)
    except NetworkError as error:
        lists = suffix == ".graphml" and level == "population" and name in ("described", "numbered")
        unsized = name == "unsized" and (level == "neuron" or suffix == ".npz")
        assert lists or unsized
        assert ("cannot hold lists" if lists else "left to the data") in str(error)
        assert not path.exists()
    else:
        assert read(path) == network


@settings(max_examples=20)
@given(graphs())
def test_arrays_give_the_same_network_as_networkx(graph: nx.MultiDiGraph) -> None:
    nodes, number = list(graph), {node: at for at, node in enumerate(graph)}
    both = [
        [(s, t, a) for s, t, a in graph.edges(data=True) if a["kind"] == kind]
        for kind in ("forward", "channel")
    ]
    ends = [np.array([(number[s], number[t]) for s, t, _ in part]).reshape(-1, 2) for part in both]
    made = from_arrays(
        ends[0],
        ends[1],
        neurons=columns([graph.nodes[node] for node in nodes]),
        forward_edges=columns([a for *_, a in both[0]]),
        channel_edges=columns([a for *_, a in both[1]]),
        ids=nodes,
    )
    assert made == from_networkx(graph)


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    keys = dict.fromkeys(key for row in rows for key in row if key != "kind")
    found = {key: [row.get(key) for row in rows] for key in keys}
    if "weight" in found:
        found["weighted"] = np.array([weight is not None for weight in found["weight"]])
        found["weight"] = np.array([weight or 0.0 for weight in found["weight"]])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_edges_does_not_matter_and_that_of_nodes_decides(seed: int) -> None:
    graph = graph_of("dag", seed, 12)
    shuffled: nx.MultiDiGraph = nx.MultiDiGraph()
    shuffled.add_nodes_from(graph.nodes(data=True))
    rng = np.random.default_rng(seed)
    edges = list(graph.edges(data=True))
    shuffled.add_edges_from(edges[at] for at in rng.permutation(len(edges)))
    assert from_networkx(shuffled).to_toml() == from_networkx(graph).to_toml()
    rank = {node: at for at, node in enumerate(graph)}
    for population in from_networkx(graph).populations.values():
        places = [rank[node] for node in population.neurons.tolist()]
        assert places == sorted(places)


def test_networkx_and_ours_read_each_others_graphml(tmp_path: Path) -> None:
    network, path = HAND["described"], tmp_path / "net.graphml"
    nx.write_graphml(to_networkx(network, "neuron"), path)
    assert read(path) == network
    write(network, path, level="neuron", overwrite=True)
    ours = nx.read_graphml(path, force_multigraph=True)
    assert from_networkx(ours) == network


def test_networkx_and_ours_read_each_others_json(tmp_path: Path) -> None:
    import json

    network, path = HAND["numbered"], tmp_path / "net.json"
    graph = to_networkx(network, "neuron")
    for edges in ("edges", "links"):
        path.write_text(json.dumps(nx.node_link_data(graph, edges=edges)))
        assert read(path) == network
    write(network, path, level="neuron", overwrite=True)
    ours = nx.node_link_graph(json.loads(path.read_text()), edges="edges")
    assert from_networkx(ours) == network


def test_dot_quotes_names_and_shows_both_kinds_of_edges(tmp_path: Path) -> None:
    path = tmp_path / "net.dot"
    write(HAND["described"], path, level="neuron")
    text = path.read_bytes().decode()
    assert '"right <&>\r\\n\\"two\\""' in text
    assert text.count(" -> ") == to_networkx(HAND["described"], "neuron").number_of_edges()
    assert text.count("#D55E00") == 2 + 2 + 2
    write(HAND["mlp"], path, overwrite=True)
    assert '"error" -> "hidden2" [kind="channel", weights="tied"' in path.read_text()


def test_networks_with_complete_bundles_become_matrices() -> None:
    graph = to_networkx(nc.mlp(2, 3, 1), "neuron", nc.Simulation(nc.mlp(2, 3, 1), seed=1))
    first = from_networkx(graph).forward_bundles[0].edges
    assert first.edges is None and first.init.values.shape == (2, 3)


def test_single_edges_of_a_tied_bundle_are_those_of_its_forward_bundle() -> None:
    network = nc.Network(
        populations={"x": {"size": 3}, "h": {"size": 4}, "y": {"size": 2}},
        forward=[{"path": "x -> h"}, {"path": "h -> y", "density": 0.5}],
        channel=[{"path": "error -> h", "weights": "tied"}],
    )
    run = nc.Simulation(network, seed=1)
    sources, targets, weights = single_edges(network, "channel", network.channel_bundles[0], run)
    assert len(sources) == np.count_nonzero(run.weights["h -> y"])
    assert_array_equal(weights, run.weights["h -> y"][targets, sources])
