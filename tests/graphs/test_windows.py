"""Convolution, local windows and pooling in graphs and files, read back as what they are."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import neurochannel as nc
from neurochannel import arbp, bp, conv, convnet, pool
from neurochannel.errors import NetworkError
from neurochannel.graphs import fine
from tests.engine.test_windows import NETS, RECIPES, batch_for, run_of

CHOSEN = ["conv", "two", "padded", "local", "mixed", "no bias"]
SMALL = convnet((4, 5), conv(2, 3), pool(2), 3).with_channel(arbp())


def trained(network: nc.Network) -> nc.Simulation:
    run = run_of(network, seed=4)
    for _ in range(2):
        run.step(*batch_for(network))
    return run


def assert_same_numbers(back: nc.Network, run: nc.Simulation) -> None:
    """Activity and changes are those of the run, whatever weights there are on no wire."""
    again = run_of(back, seed=9)
    x, t = batch_for(run.network)
    for ask in (lambda one: one.forward(x), lambda one: one.learning_signals(x, t)):
        for name, array in ask(run).items():
            np.testing.assert_allclose(ask(again)[name], array, 1e-12, 1e-14, err_msg=name)
    wanted = run.updates(x, t)
    for name, array in again.updates(x, t).items():
        np.testing.assert_allclose(array, wanted[name], 1e-12, 1e-14, err_msg=name)


@pytest.mark.parametrize("level", ["population", "neuron"])
@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("net", CHOSEN)
def test_a_graph_is_read_back_as_the_network(net: str, recipe: str, level: str) -> None:
    network = NETS[net].with_channel(RECIPES[recipe])
    assert nc.from_networkx(nc.to_networkx(network, level)) == network


@pytest.mark.parametrize("level", ["population", "neuron"])
@pytest.mark.parametrize("recipe", ["bp", "arbp", "asrbp of maps", "srbp through pools"])
@pytest.mark.parametrize("net", CHOSEN)
def test_the_weights_of_a_run_come_back(net: str, recipe: str, level: str) -> None:
    run = trained(NETS[net].with_channel(RECIPES[recipe]))
    back = nc.from_networkx(nc.to_networkx(run.network, level, run))
    rules = [bundle.edges.rule for bundle in run.network.forward_bundles]
    assert [bundle.edges.rule for bundle in back.forward_bundles] == rules
    assert_same_numbers(back, run)


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".npz"])
@pytest.mark.parametrize("recipe", ["bp", "arbp", "asrbp of maps"])
@pytest.mark.parametrize("net", ["two", "padded", "local"])
def test_files_hold_windows(net: str, recipe: str, suffix: str, tmp_path: Path) -> None:
    network = NETS[net].with_channel(RECIPES[recipe])
    run = trained(network)
    for number, level in enumerate(("population", "neuron")):
        if suffix == ".npz" and level == "population":
            continue
        plain, weighted = (tmp_path / f"{what}{number}{suffix}" for what in ("plain", "weighted"))
        nc.write(network, plain, level=level)
        assert nc.read(plain) == network
        if suffix == ".graphml" and level == "population":
            continue  # which holds no lists
        nc.write(network, weighted, run, level)
        assert_same_numbers(nc.read(weighted), run)


def test_toml_holds_explicit_kernels() -> None:
    kernel, local_ones = np.arange(18.0).reshape(3, 3, 1, 2), np.ones((2, 2, 2, 2, 2, 1))
    network = nc.Network(
        populations={
            "input": {"shape": [4, 4]},
            "a": {},
            "b": {},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[
            {"path": "input -> a", "conv": {"maps": 2, "kernel": 3}, "init": kernel},
            {
                "path": "a -> b",
                "local": {"maps": 1, "kernel": 2, "stride": 2, "padding": 0},
                "init": local_ones,
            },
            {"path": "b -> output"},
        ],
        channel=[
            {"path": "b -> a", "shared": "kernel", "init": 2 * local_ones},
            {"path": "error -> b", "shared": "maps", "init": [[1.0], [2.0]]},
        ],
    )
    assert nc.Network.from_text(network.to_toml()) == network
    run = nc.Simulation(network)
    np.testing.assert_array_equal(run.weights["input -> a"], kernel)
    np.testing.assert_array_equal(run.weights["a -> b"], local_ones)
    np.testing.assert_array_equal(run.channel_weights["b -> a"], 2 * local_ones)
    np.testing.assert_array_equal(run.channel_weights["error -> b"], [[1.0], [2.0]])
    for level in ("population", "neuron"):
        assert nc.from_networkx(nc.to_networkx(network, level)) == network


@pytest.mark.parametrize("net", ["two", "padded"])
def test_edge_lists_say_the_same_of_places_and_shared_weights_as_graphs(
    net: str, tmp_path: Path
) -> None:
    """In an .npz file a weight is named by its number, in a graph by its place."""
    network = NETS[net].with_channel(arbp())
    nc.write(network, tmp_path / "net.npz")
    arrays = np.load(tmp_path / "net.npz")
    graph = nc.to_networkx(network, "neuron")
    for key in ("row", "column", "map"):
        wanted = [graph.nodes[node].get(key, -1) for node in arrays["ids"].tolist()]
        np.testing.assert_array_equal(arrays[f"neurons.{key}"], wanted)
    run = nc.Simulation(network)
    shapes = {
        (bundle.source, bundle.target): run.weights[bundle.name].shape
        for bundle in network.forward_bundles
        if bundle.edges.rule is not None and bundle.edges.pool is None
    }
    names, n_shared = arrays["ids"], 0
    for (source, target), number in zip(arrays["forward"], arrays["forward.shares"], strict=True):
        ends = names[source], names[target]
        given = graph.edges[(*ends, "forward")].get("shares")
        populations = tuple(graph.nodes[node]["population"] for node in ends)
        if given is None:
            assert number == -1
            continue
        place = ",".join(map(str, np.unravel_index(number, shapes[populations])))
        assert place == given
        n_shared += 1
    assert n_shared > 0


@pytest.mark.parametrize("suffix", [".npz", ".json", ".graphml"])
def test_names_of_shared_weights_are_in_files(suffix: str, tmp_path: Path) -> None:
    network = nc.Network(
        populations={
            "input": {"size": 2},
            "a": {"size": 2, "activation": "tanh", "bias": {"share": "b"}},
            "c": {"size": 2, "activation": "tanh", "bias": {"share": "b"}},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[{"path": "input -> a -> c", "share": "w"}, {"path": "c -> output"}],
    ).with_channel(bp())
    path = tmp_path / f"net{suffix}"
    nc.write(network, path, level="neuron")
    assert nc.read(path) == network
    nc.write(network, path, nc.Simulation(network), "neuron", overwrite=True)
    back = nc.read(path)
    assert [bundle.edges.share for bundle in back.forward_bundles] == ["w", "w", None]
    assert back.populations["c"].bias.share == "b"


def test_neurons_say_where_they_are_and_wires_which_weight_they_share() -> None:
    graph = nc.to_networkx(SMALL, "neuron", nc.Simulation(SMALL))
    assert [graph.nodes["conv1[13]"][key] for key in ("row", "column", "map")] == [1, 1, 1]
    assert graph.nodes["input[7]"]["column"] == 2
    run = nc.Simulation(SMALL)
    kernel = run.weights["input -> conv1"]
    n = 0
    for source, target, given in nx.to_networkx_graph(graph).edges(data=True):
        if given["kind"] != "forward" or "conv_maps" not in given:
            continue
        i, j, c, m = map(int, given["shares"].split(","))
        assert given["weight"] == kernel[i, j, c, m]
        ends = [graph.nodes[name] for name in (source, target)]
        assert ends[0]["row"] == ends[1]["row"] + i - 1
        assert ends[0]["column"] == ends[1]["column"] + j - 1
        assert (ends[0]["map"], ends[1]["map"]) == (c, m)
        n += 1
    assert n == SMALL.geometries["input -> conv1"].n_wires
    (pooled,) = {
        given["pool_kind"] for *_, given in graph.edges(data=True) if "pool_kernel" in given
    }
    assert pooled == "max"


def changed(make: object) -> nx.MultiDiGraph:
    graph = nc.to_networkx(SMALL, "neuron", nc.Simulation(SMALL))
    make(graph)
    return graph


def without_an_edge(graph: nx.MultiDiGraph) -> None:
    graph.remove_edge("input[0]", "conv1[0]")


def with_another_weight(graph: nx.MultiDiGraph) -> None:
    graph.edges["input[0]", "conv1[0]", "forward"]["weight"] = 7.0


def with_another_bias(graph: nx.MultiDiGraph) -> None:
    graph.nodes["conv1[2]"]["bias_value"] = 1.0


def with_another_shape(graph: nx.MultiDiGraph) -> None:
    for neuron in range(20):
        graph.nodes[f"input[{neuron}]"]["shape"] = "[5, 4]"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            without_an_edge,
            r"input -> conv1 must be the 260 that windows or maps have there, got 259",
        ),
        (with_another_weight, "edges input -> conv1 that share a weight must have the same, got"),
        (with_another_bias, "neurons of one map of 'conv1' must have the same bias"),
        (with_another_shape, "edges input -> conv1 must be the 260 .* got 260 others"),
    ],
)
def test_graphs_whose_edges_are_no_windows_are_refused(make: object, says: str) -> None:
    with pytest.raises(NetworkError, match=says):
        nc.from_networkx(changed(make))


def test_single_edges_without_the_rule_are_plain_edges() -> None:
    graph = nc.to_networkx(convnet((4, 5), conv(2, 3), 3), "neuron")
    for *_, given in graph.edges(data=True):
        for key in [key for key in given if key.startswith("conv_") or key == "shares"]:
            del given[key]
    edges = nc.from_networkx(graph).forward[0]
    assert edges.conv is None and len(edges.edges) == 260


def test_too_many_wires_make_no_graph_of_neurons(monkeypatch: pytest.MonkeyPatch) -> None:
    big = convnet((32, 32, 3), conv(32, 5), 10).with_channel(bp())
    with pytest.raises(NetworkError, match="at most 2,000,000 wires of windows and maps, got 2,2"):
        nc.to_networkx(big, "neuron")
    assert len(nc.to_networkx(big)) == 4
    monkeypatch.setattr(fine, "MOST_WIRES", 10)
    with pytest.raises(NetworkError, match="take level='population'"):
        nc.to_networkx(SMALL, "neuron")


def test_nir_holds_no_windows(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="NIR must be of a network without convolution"):
        nc.write(SMALL, tmp_path / "net.nir", nc.Simulation(SMALL))
    for suffix in (".dot", ".gexf"):
        nc.write(SMALL, tmp_path / f"net{suffix}", level="neuron")


@pytest.mark.parametrize("level", ["population", "neuron"])
def test_a_shape_alone_comes_back(level: str) -> None:
    shaped = nc.Network(
        populations={"input": {"shape": [2, 3]}, "output": {"size": 2, "activation": "softmax"}},
        forward=[{"path": "input -> output"}],
    )
    assert nc.from_networkx(nc.to_networkx(shaped, level)) == shaped


def test_explicit_weights_of_another_shape_are_refused() -> None:
    for rule, values, wanted in (
        ({"conv": {"maps": 2, "kernel": 3}}, np.ones((3, 3, 2, 2)), r"\(3, 3, 1, 2\)"),
        ({"local": {"maps": 2, "kernel": 3}}, np.ones((3, 3, 1, 2)), r"\(4, 4, 3, 3, 1, 2\)"),
    ):
        with pytest.raises(NetworkError, match=rf"must have the shape {wanted} of the weights"):
            nc.Network(
                populations={"input": {"shape": [4, 4]}, "a": {}, "output": {"size": 2}},
                forward=[{"path": "input -> a", **rule, "init": values}, {"path": "a -> output"}],
            )
