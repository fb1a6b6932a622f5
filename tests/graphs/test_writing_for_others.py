"""Networks in files that other tools open, and what these cannot hold."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
READ_AS: dict[str, Any] = {
    "string": str,
    "long": int,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def trained(network: nc.Network) -> nc.Simulation:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 4)).astype(np.float32)
    t = rng.integers(0, 3, 40)
    run = nc.Simulation(network, nc.Data(x, t, x, t), rate=0.1, batch_size=10)
    run.train(2)
    return run


def skipping(activation: str = "linear") -> nc.Network:
    return nc.Network(
        populations={
            "input": {"size": 4},
            "h": {"size": 5, "activation": activation},
            "output": {"size": 3, "activation": "softmax"},
        },
        forward=[{"path": "input -> h -> output"}, {"path": "input -> output"}],
        channel=[{"path": "error -> h"}],
    )


def test_a_trained_network_comes_back_from_nir(tmp_path: Path) -> None:
    run = trained(nc.mlp(4, 6, 5, 3).with_channel(nc.srbp()))
    path = tmp_path / "net.nir"
    nc.write(run.network, path, run=run)
    back = nc.read(path, activation="tanh", output_activation="softmax")
    x = np.random.default_rng(1).normal(size=(7, 4))
    assert np.allclose(nc.Simulation(back).predict(x), run.predict(x), atol=1e-5)
    assert [part.size for part in back.populations.values()] == [4, 6, 5, 3]


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_bundles_into_one_population_are_added_in_nir(activation: str, tmp_path: Path) -> None:
    run = trained(skipping(activation))
    path = tmp_path / "net.nir"
    nc.write(run.network, path, run=run)
    back = nc.read(path, activation=activation, output_activation="softmax")
    x = np.random.default_rng(1).normal(size=(7, 4))
    assert np.allclose(nc.Simulation(back).predict(x), run.predict(x), atol=1e-5)
    assert [part.size for part in back.populations.values()] == [4, 5, 3]


def test_populations_that_hear_nothing_are_constants_in_nir(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    constant = {"size": 2, "activation": "tanh", "bias": {"value": np.array([0.5, -1.0])}}
    network = nc.Network(
        populations={
            "input": {"size": 4, "role": "input"},
            "h": {"size": 5, "activation": "tanh"},
            "constant": constant,
            "output": {"size": 3, "activation": "softmax"},
        },
        forward=[{"path": "input -> h -> output"}, {"path": "constant -> output"}],
    )
    run = trained(network)
    path = tmp_path / "net.nir"
    with caplog.at_level(logging.WARNING, "neurochannel"):
        nc.write(run.network, path, run=run)
    assert "lost that constant hears nothing: weights from the input are 0" in caplog.text
    back = nc.read(path, activation="tanh", output_activation="softmax")
    x = np.random.default_rng(1).normal(size=(7, 4))
    assert np.allclose(nc.Simulation(back).predict(x), run.predict(x), atol=1e-5)


def test_what_nir_loses_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = nc.Simulation(nc.mlp(4, 6, 3).with_channel(nc.srbp(fan_in=2)))
    with caplog.at_level(logging.WARNING, "neurochannel"):
        nc.write(run.network, tmp_path / "net.nir", run=run)
    where = f"{tmp_path / 'net.nir'}: "
    said = [record.getMessage().removeprefix(where) for record in caplog.records]
    assert said == [
        "lost the activations, for which NIR has no word: tanh of hidden1 and softmax of output",
        "lost the learning channel of 1 bundle: NIR has forward edges only",
    ]
    with pytest.raises(NetworkError, match="nc.write\\(network, path, run=run\\)"):
        nc.write(run.network, tmp_path / "other.nir")


def test_many_populations_are_counted_and_kept_attributes_named_in_what_nir_loses(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = nc.mlp(4, *[3] * 6, 3).with_channel(nc.bp())
    populations = dict(network.populations)
    populations["hidden2"] = populations["hidden2"].model_copy(update={"attributes": {"x": 1}})
    network = network.model_copy(update={"populations": populations})
    with caplog.at_level(logging.WARNING, "neurochannel"):
        nc.write(network, tmp_path / "net.nir", run=nc.Simulation(network))
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "NIR has no word: tanh of 6 populations and softmax of output\n" in said
    assert "lost the attributes x, which NIR has no place for" in said


@pytest.mark.parametrize("level", ["neuron", "population"])
def test_networkx_and_gephi_open_what_is_written_for_them(level: str, tmp_path: Path) -> None:
    run = trained(skipping("tanh"))
    graph = nc.to_networkx(run.network, level)
    for suffix, read in ((".gexf", nx.read_gexf), (".graphml", nx.read_graphml)):
        path = tmp_path / f"net{suffix}"
        nc.write(run.network, path, level=level)
        found = read(path)
        assert found.is_directed()
        assert set(found) == {str(node) for node in graph}
        kinds = sorted(kind for _, _, kind in found.edges(data="kind"))
        assert kinds == sorted(kind for _, _, kind in graph.edges(data="kind"))


def test_a_network_of_neurons_comes_back_from_gexf(tmp_path: Path) -> None:
    run = trained(skipping("tanh").with_channel(nc.bp(bits=3)))
    path = tmp_path / "net.gexf"
    nc.write(run.network, path, run=run, level="neuron")
    back = nc.read(path)
    x = np.random.default_rng(1).normal(size=(7, 4))
    assert np.allclose(nc.Simulation(back).predict(x), run.predict(x), atol=1e-5)
    assert {part.edges.message.bits for part in back.channel_bundles} == {3}


def test_graphml_names_no_key_as_yed_names_its_labels(tmp_path: Path) -> None:
    """Gephi takes the keys d3 of nodes and d7 of edges for labels, whatever they are called."""
    path = tmp_path / "net.graphml"
    nc.write(skipping(), path, level="neuron")
    keys = {element.get("id") for element in ElementTree.parse(path).iter(f"{GRAPHML}key")}
    assert len(keys) == 7
    assert not {f"d{number}" for number in range(20)} & keys


@pytest.mark.parametrize("ranges", [("batch", 2.0), (2.0, "batch")])
def test_each_attribute_of_gexf_has_values_of_the_type_that_it_declares(
    ranges: tuple[Any, Any], tmp_path: Path
) -> None:
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for hidden, limit in zip("hi", ranges, strict=True):
        nx.add_path(graph, ("x", hidden, "y"), kind="forward")
        graph.add_edge("y", hidden, kind="channel", bits=3, range=limit)
    path = tmp_path / "net.gexf"
    network = nc.from_networkx(graph)
    nc.write(network, path)
    (space,) = {element.tag.partition("}")[0] for element in [ElementTree.parse(path).getroot()]}
    found = list(ElementTree.parse(path).iter(space + "}attribute"))
    types = {each.get("id"): READ_AS[each.get("type", "")] for each in found}
    for value in ElementTree.parse(path).iter(space + "}attvalue"):
        types[value.get("for")](value.get("value"))
    back = nc.read(path, report=str)
    assert back.channel == network.channel


def test_lists_and_control_characters_are_not_for_gexf(tmp_path: Path) -> None:
    run = trained(skipping())
    with pytest.raises(NetworkError, match="GEXF cannot hold lists"):
        nc.write(run.network, tmp_path / "net.gexf", run=run, level="population")
    named = nc.Network(
        populations={"input": {"neurons": ["a\x01"]}, "output": {"neurons": ["b"]}},
        forward=[{"path": "input -> output"}],
    )
    with pytest.raises(NetworkError, match="GEXF cannot hold control characters"):
        nc.write(named, tmp_path / "net.gexf")
