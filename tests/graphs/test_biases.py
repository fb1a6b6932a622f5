"""The biases of single neurons in graphs: a trained run comes back as the network that it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.graphs.convert import from_networkx, to_networkx
from neurochannel.graphs.formats import read, write
from tests.networks import networks

FAN = [[0, 2], [1, 2], [0, 3], [1, 3]]
WAYS: dict[str, tuple[str | None, str | None]] = {
    "a graph of neurons": (None, "neuron"),
    "a graph of populations": (None, "population"),
    "JSON of neurons": (".json", "neuron"),
    "JSON of populations": (".json", "population"),
    "GraphML of neurons": (".graphml", "neuron"),
    "npz": (".npz", None),
}


def there_and_back(network: nc.Network, run: Any, way: str, folder: Path) -> nc.Network:
    suffix, level = WAYS[way]
    if suffix is None:
        return from_networkx(to_networkx(network, str(level), run))
    path = folder / f"net{suffix}"
    write(network, path, run, level)
    return read(path)


@pytest.fixture(scope="module")
def trained() -> nc.Simulation:
    network = nc.mlp(64, 7, 5, 10, bias=nc.Bias(value=0.125)).with_channel(nc.arbp(fan_in=3))
    run = nc.Simulation(network, nc.data.load("digits"), rate=0.1, batch_size=10, seed=3)
    run.train(epochs=1)
    return run


@pytest.mark.parametrize("way", WAYS)
def test_a_trained_run_comes_back_as_a_network_that_computes_the_same(
    trained: nc.Simulation, way: str, tmp_path: Path
) -> None:
    made = there_and_back(trained.network, trained, way, tmp_path)
    again = nc.Simulation(made, nc.data.load("digits"), rate=0.1, batch_size=10, seed=99)
    assert set(again.biases) == set(trained.biases)
    for name in trained.biases:
        assert np.ptp(trained.biases[name]) > 0
        assert_array_equal(again.biases[name], trained.biases[name])
    for name in trained.weights:
        assert_array_equal(again.weights[name], trained.weights[name])
    for name in trained.channel_weights:
        assert_array_equal(again.channel_weights[name], trained.channel_weights[name])
    assert again.evaluate() == trained.evaluate()


@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])
@given(networks(hidden=("tanh", "logistic", "relu", "linear")), st.data())
def test_biases_of_any_run_come_back(
    tmp_path_factory: pytest.TempPathFactory, network: nc.Network, data: st.DataObject
) -> None:
    run = nc.Simulation(network, seed=3, dtype="float64")
    # A bundle that no edge was drawn for leaves no trace in a graph of neurons.
    assume(all(len(run.edges(bundle.name)[0]) for bundle in network.forward_bundles))
    assume(all(len(run.channel_edges(bundle.name)[0]) for bundle in network.channel_bundles))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    for name in run.biases:
        run.biases[name] = rng.normal(0, 0.5, network.size(name))
    way = data.draw(st.sampled_from(list(WAYS)))
    made = there_and_back(network, run, way, tmp_path_factory.mktemp("any"))
    # Another seed is another chip, so are other names, and other draws.
    limits = [bundle.edges.message for bundle in network.forward_bundles]
    limits += [population.neuron for population in network.populations.values()]
    assume(not run.chip and not any(one.draws for one in limits if one))
    again = nc.Simulation(made, seed=4, dtype="float64")
    assert set(again.biases) == set(run.biases)
    for name in run.biases:
        assert_array_equal(again.biases[name], run.biases[name])
    x = rng.normal(0, 0.5, (4, network.size(network.input)))
    mine, theirs = run.forward(x), again.forward(x)
    for name in mine:
        assert_allclose(theirs[name], mine[name], rtol=1e-9, atol=1e-9, err_msg=name)


def without_drawn_edges(network: nc.Network) -> nc.Network:
    every = {"fan_in": None, "density": None}
    kinds = {"forward": network.forward, "channel": network.channel}
    return network.model_copy(
        update={
            key: [part.model_copy(update=every) for part in kind] for key, kind in kinds.items()
        }
    )


@settings(max_examples=15)
@given(networks(), st.sampled_from([way for way in WAYS if "neurons" in way or way == "npz"]))
def test_initial_biases_need_no_run(
    tmp_path_factory: pytest.TempPathFactory, network: nc.Network, way: str
) -> None:
    network = without_drawn_edges(network)
    made = there_and_back(network, None, way, tmp_path_factory.mktemp("initial"))
    run, again = (nc.Simulation(net, seed=1, dtype="float64") for net in (network, made))
    assert set(again.biases) == set(run.biases)
    for name in run.biases:
        assert_array_equal(again.biases[name], run.biases[name])


def fan(**biases: Any) -> nc.Network:
    return nc.from_arrays(FAN, neurons=biases)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"bias": np.array([0, 0, 0.5, 0.25])}, nc.Bias(value=[0.5, 0.25])),
        ({"bias": [0.0, 0.0, 0.5, float("nan")]}, nc.Bias(value=[0.5, 0.0])),
        ({"bias": [None, None, 0.5, True]}, nc.Bias(value=[0.5, 0.0])),
        ({"bias": [True, True, 0.5, 0.5]}, nc.Bias(value=0.5)),
        ({"bias_value": np.array([0, 0, 1, -1])}, nc.Bias(value=[1.0, -1.0])),
        ({"bias": [0.0, 0.0, 0.0, 0.0]}, True),
        (
            {"bias_value": [None, None, 1, 2], "bias_learn": [None, None, False, False]},
            nc.Bias(value=[1.0, 2.0], learn=False),
        ),
        ({"bias": [True, True, False, False]}, False),
    ],
)
def test_arrays_tell_biases_one_by_one(columns: dict[str, Any], expected: Any) -> None:
    network = fan(**columns)
    assert list(network.populations) == ["input", "output"]
    assert network.populations["output"].bias == expected
    assert network.populations["input"].bias is True


@pytest.mark.parametrize(
    ("columns", "essential"),
    [
        ({"bias": [0.0, 0.0, 0.1]}, r"neurons\['bias'\] must be .* an array of 4, got shape \(3,"),
        ({"bias": [[0], [0], [1], [2]]}, r"neurons\['bias'\] .*, got shape \(4, 1\)"),
        ({"bias": [0, 0, [1], 2]}, r"neurons\['bias'\] must be one value or an array of 4; give"),
        ({"bias": np.array([0, 0, [1], 2], object)}, r"neurons\['bias'\] .* of numbers, texts"),
        ({"bias": np.array([0, 0, 1, np.inf])}, "neuron 3: bias_value must be a finite number"),
        ({"bias": [0, 0, 10**400, 1]}, "neuron 2: bias_value must be a finite number"),
        ({"bias": [0, 0, "x", 1]}, "neuron 2: bias must be true, false or a number, got 'x'"),
        ({"bias": [1.0, 0, 0, 0]}, "populations.input.bias must be left out"),
        (
            {"bias": [True, True, True, False], "bias_value": [None, None, 1.0, 1.0]},
            "neuron 3: bias must be true where other attributes describe it",
        ),
        (
            {"bias": [0.0, 0.0, 1.0, 1.0], "bias_value": [None, None, 1.0, None]},
            "neuron 2: bias must be true or false if bias_value is given",
        ),
        ({"bias": [True, True, 0.5, False]}, "one kind of bias, got True at neuron 2 and False"),
    ],
)
def test_wrong_arrays_of_biases_get_a_sentence(columns: dict[str, Any], essential: str) -> None:
    with pytest.raises(NetworkError, match=essential):
        fan(**columns)


@pytest.mark.parametrize(
    ("attributes", "essential"),
    [
        ({"bias": [0.5]}, r"neuron 'b' must have a number, .* as bias, got \[0.5\]"),
        ({"bias": float("nan")}, "neuron 'b': bias_value must be a finite number, got nan"),
        ({"bias_value": 10**400}, "neuron 'b': bias_value must be a finite number, got 1000"),
        ({"bias_value": "x"}, "neuron 'b': bias_value must be a number"),
        ({"bias_value": True}, "neuron 'b': bias_value must be a number"),
        ({"bias": 0.5, "bias_value": 0.5}, "neuron 'b': bias must be true or false if"),
        ({"bias": False, "bias_value": 0.5}, "neuron 'b': bias must be true where other"),
        ({"bias_now": 0.5}, "neuron 'b' has an unknown attribute 'bias_now'"),
    ],
)
def test_a_wrong_bias_of_a_node_gets_a_sentence(attributes: dict[str, Any], essential: str) -> None:
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for path in ("a b d", "a c d"):
        nx.add_path(graph, path.split(), kind="forward")
    graph.nodes["b"].update(attributes)
    with pytest.raises(NetworkError, match=essential):
        from_networkx(graph)


def populations(bias: Any) -> nx.MultiDiGraph:
    graph = to_networkx(nc.mlp(2, 3, 1))
    graph.nodes["hidden1"].update(bias)
    return graph


@pytest.mark.parametrize("make", [list, tuple, np.array])
@pytest.mark.parametrize("key", ["bias", "bias_value"])
def test_a_node_of_a_population_has_a_list_of_biases(key: str, make: Callable[..., Any]) -> None:
    made = from_networkx(populations({key: make([1.0, 2.0, 3.0])}))
    assert made.populations["hidden1"].bias == nc.Bias(value=[1.0, 2.0, 3.0])
    assert to_networkx(made).nodes["hidden1"]["bias_value"] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("bias", "essential"),
    [
        ([1.0, 2.0], "populations.hidden1.bias.value must have a number for each of the 3"),
        ([1.0, [2.0], 3.0], "population 'hidden1': bias_value must be a number, or a list"),
        ([1.0, float("nan"), 3.0], "population 'hidden1': bias_value must hold finite numbers"),
    ],
)
def test_a_wrong_list_of_a_population_gets_a_sentence(bias: Any, essential: str) -> None:
    with pytest.raises(NetworkError, match=essential):
        from_networkx(populations({"bias_value": bias}))


def test_graphml_refuses_lists_of_biases_and_dot_leaves_them_out(tmp_path: Path) -> None:
    network = from_networkx(populations({"bias_value": [1.0, 2.0, 3.0]}))
    with pytest.raises(NetworkError, match="cannot hold lists, and node 'hidden1' has bias_value"):
        write(network, tmp_path / "net.graphml")
    write(network, tmp_path / "net.dot")
    assert "bias" not in (tmp_path / "net.dot").read_text()
    write(network, tmp_path / "net.graphml", level="neuron")
    assert read(tmp_path / "net.graphml") == network


def test_biases_that_differ_do_not_part_neurons() -> None:
    rng = np.random.default_rng(0)
    graph = to_networkx(nc.mlp(3, 50, 4), "neuron")
    for number, (node, attributes) in enumerate(graph.nodes(data=True)):
        del attributes["population"]
        if not str(node).startswith("input"):
            attributes["bias"] = float(rng.normal()) if number % 2 else True
    made = from_networkx(graph)
    assert [p.size for p in made.populations.values()] == [3, 50, 4]
