"""Attributes of other tools are kept with neurons and edges, and are in whatever is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign import keeping
from neurochannel.model.populations import Population
from tests.graphs.foreign import FILES, placed
from tests.graphs.test_importing import imported

KINDS: dict[str, tuple[list[Any], list[Any]]] = {
    "texts": (["red", "", 'a "b"\n', None], ["red", None, 'a "b"\n', None]),
    "whole numbers": ([1, 2**62, None, -3], [1, 2**62, None, -3]),
    "numbers": ([0.1, float("nan"), 1e300, -2.5], [0.1, None, 1e300, -2.5]),
    "numbers of both kinds": ([1, 0.5, None, 2], [1.0, 0.5, None, 2.0]),
    "truth values": ([True, None, False, True], [True, None, False, True]),
    "all of them": ([True, 1, 0.5, "x"], ["true", "1", "0.5", "x"]),
    "one for all": ([7, 7, 7, 7], [7, 7, 7, 7]),
    "values of NumPy": ([np.int8(1), np.int8(2), None, np.int8(3)], [1, 2, None, 3]),
}
FORMATS = (".toml", ".npz", ".json", ".graphml")


def chain() -> nx.MultiDiGraph:
    """a -> b -> d and a -> c -> d, in the order of networkx."""
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    graph.add_nodes_from("abcd")
    graph.add_edges_from(["ab", "ac", "bd", "cd"])
    return graph


def described(values: list[Any], name: str = "known") -> nx.MultiDiGraph:
    graph = chain()
    for node, value in zip(graph, values, strict=True):
        graph.nodes[node][name] = value
    for (*_, attributes), value in zip(graph.edges(data=True), values, strict=True):
        attributes[name] = value
    return graph


def known(graph: Any, name: str = "known") -> tuple[list[Any], list[Any]]:
    """What neurons and forward edges of a graph have, in the order of `chain`."""
    edges = {
        (source, target): attributes.get(name)
        for source, target, attributes in graph.edges(data=True)
        if attributes["kind"] == "forward"
    }
    return [graph.nodes[n].get(name) for n in "abcd"], [edges[ends] for ends in chain().edges()]


def typed(values: list[Any]) -> list[tuple[type, Any]]:
    return [(type(value), value) for value in values]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_kept_in_files(kind: str, suffix: str, tmp_path: Path) -> None:
    given, wanted = KINDS[kind]
    network, _ = imported(described(given), unknown="keep", channel="mirror")
    path = tmp_path / f"net{suffix}"
    nc.write(network, path)
    back = nc.read(path)
    assert back == network
    for part in known(nc.to_networkx(back, "neuron")):
        assert typed(part) == typed(wanted)


@pytest.mark.parametrize("level", ["neuron", "population"])
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_kept_in_graphs(kind: str, level: str) -> None:
    network, said = imported(described(KINDS[kind][0]), unknown="keep", channel="srbp")
    assert "kept known of neurons" in said
    assert "kept known of edges" in said
    assert nc.from_networkx(nc.to_networkx(network, level)) == network


def test_values_stay_with_their_edges_when_those_of_a_run_are_sorted(tmp_path: Path) -> None:
    network = nc.Network(
        populations={
            "input": {"size": 3},
            "h": {"size": 2, "activation": "tanh", "attributes": {"side": ["left", "right"]}},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[
            {
                "path": "input -> h",
                "edges": [[2, 0], [0, 1], [0, 0], [1, 1]],
                "attributes": {"name": ["20", "01", "00", "11"], "all": 1},
            },
            {"path": "h -> output", "attributes": {"name": ["00", "01", "10", "11"]}},
        ],
        channel=[{"path": "error -> h", "weights": "tied"}],
    )
    run = nc.Simulation(network)
    nc.save(run, tmp_path / "run.h5")
    assert nc.load(tmp_path / "run.h5").network == network
    pages = [nc.to_networkx(network, "neuron", one) for one in (None, run)]
    nc.write(network, tmp_path / "net.npz", run)
    pages += [
        nc.to_networkx(nc.from_networkx(nc.to_networkx(network, "population", run)), "neuron")
    ]
    pages += [nc.to_networkx(nc.read(tmp_path / "net.npz"), "neuron")]
    for graph in pages:
        found = [
            (f"{source[-2]}{target[-2]}", attributes["name"], attributes.get("all"))
            for source, target, attributes in graph.edges(data=True)
            if attributes["kind"] == "forward"
        ]
        assert len(found) == 8
        assert all(place == name for place, name, _ in found)
        assert [one for *_, one in found] == [1] * 4 + [None] * 4


def test_gexf_and_graphml_of_others_have_them(tmp_path: Path) -> None:
    graph = described(["n", "m", "o", "p"], "type")
    graph.nodes["b"].update(start=3, label="Bee", viz="round")
    graph.edges["a", "b", 0].update(start="early", label="thick")
    network, _ = imported(graph, unknown="keep", channel="mirror")
    nc.write(network, tmp_path / "net.gexf")
    nc.write(network, tmp_path / "net.graphml")
    found = nx.read_graphml(tmp_path / "net.graphml")
    assert found.nodes["b"]["type"] == "m"
    assert found.nodes["b"]["start"] == 3
    assert 'mode="dynamic"' not in (tmp_path / "net.gexf").read_text()
    found = nx.read_gexf(tmp_path / "net.gexf")
    assert found.nodes["b"]["label"] == "Bee"
    assert found.nodes["b"]["type"] == "m"
    back = nc.read(tmp_path / "net.gexf", unknown="keep")
    again = nc.to_networkx(back, "neuron")
    assert known(again, "type") == known(nc.to_networkx(network, "neuron"), "type")
    assert again.nodes["b"]["start"] == 3
    nc.write(network, tmp_path / "net.dot")
    assert 'nc_label="Bee"' in (tmp_path / "net.dot").read_text()


def test_gexf_holds_what_a_channel_starts_from(tmp_path: Path) -> None:
    """Gephi takes an attribute start of an edge for a time."""
    network = nc.Network(
        populations={
            "input": {"size": 1},
            "h": {"size": 1, "activation": "tanh"},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[{"path": "input -> h -> output"}],
        channel=[{"path": "target -> h"}],
    )
    nc.write(network, tmp_path / "net.gexf", level="neuron")
    assert "timeformat" not in (tmp_path / "net.gexf").read_text()
    back = nc.read(tmp_path / "net.gexf")
    assert [bundle.source for bundle in back.channel_bundles] == ["target"]


RENAMED = {
    "a word of neurons": ({"role": "motor"}, "original_role"),
    "one that looks like a word": ({"activation": "fast", "original_activation": 1}, None),
    "an id": ({"id": 5}, "original_id"),
}


@pytest.mark.parametrize("case", RENAMED)
def test_names_that_mean_something_here_are_changed(case: str) -> None:
    given, name = RENAMED[case]
    graph = chain()
    graph.nodes["d"].update(given)
    network, said = imported(graph, unknown="keep", channel="mirror")
    key, value = next(iter(given.items()))
    name = name or f"original_original_{key}"
    assert network.populations["output"].attributes[name] == value
    assert any(name in line for line in said if line.startswith("kept "))


UNKEPT: dict[str, tuple[Any, str]] = {
    "a list": ([1, 2], "left out 1 value of known of neurons, which is no finite number or text"),
    "a table": ({"x": 1}, "left out 1 value of known of neurons"),
    "an infinite number": (float("inf"), "left out 1 value of known of neurons"),
    "a long text": ("a" * 1001, "text of up to 1,000 characters"),
    "a long number": (2**63, "left out 1 value of known of neurons"),
}


@pytest.mark.parametrize("case", UNKEPT)
def test_what_cannot_be_kept_is_said(case: str) -> None:
    value, told = UNKEPT[case]
    graph = chain()
    graph.nodes["a"]["known"] = value
    graph.nodes["b"]["known"] = "kept"
    network, said = imported(graph, unknown="keep", channel="mirror")
    assert any(told in line for line in said)
    assert not network.populations["input"].attributes
    assert nc.to_networkx(network, "neuron").nodes["b"]["known"] == "kept"


def test_very_many_edges_do_not_keep_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 3)
    network, said = imported(described([1, 2, 3, 4]), unknown="keep", channel="mirror")
    assert "left out known of 4 edges, since at most 3 can keep attributes" in said
    assert not any(edges.attributes for edges in network.forward)


def test_dropped_neurons_and_steps_of_time_take_theirs_along() -> None:
    graph = described(["w", "x", "y", "z"])
    graph.add_nodes_from("q", known="gone")
    graph.add_edge("c", "b", known="back")
    graph.add_edge("b", "c", known="forth")
    options: dict[str, Any] = {"unknown": "keep", "isolated": "drop", "channel": "mirror"}
    network, _ = imported(graph, cycles="unroll=2", **options)
    copies = nc.to_networkx(network, "neuron")
    assert [copies.nodes[n]["known"] for n in ("a", "b@1", "b@2", "c@2", "d")] == [*"wxxyz"]
    assert copies.edges["c@1", "b@2", "forward"]["known"] == "back"
    assert copies.edges["b@1", "c@2", "forward"]["known"] == "forth"
    network, _ = imported(graph, cycles="drop-backward", **options)
    assert "gone" not in str(network.to_toml())


@pytest.mark.parametrize("name", FILES)
def test_files_of_all_formats_are_kept_whole(name: str, tmp_path: Path) -> None:
    options = FILES[name][1]
    network = nc.read(placed(tmp_path, name), unknown="keep", **options)
    assert nc.Network.from_text(network.to_toml()) == network
    graph = nc.to_networkx(network, "neuron")
    if name.startswith("networkx") and "edgelist" not in name:
        assert {graph.nodes[node]["color"] for node in graph} == {"red"}
    nc.write(network, tmp_path / "net.npz")
    assert nc.read(tmp_path / "net.npz") == network


@pytest.mark.parametrize("suffix", [".npz", ".json", ".graphml"])
def test_importing_a_file_with_kept_attributes_keeps_them(suffix: str, tmp_path: Path) -> None:
    network, _ = imported(described([1, None, 3, 4]), unknown="keep", channel="mirror")
    nc.write(network, tmp_path / f"net{suffix}")
    said: list[str] = []
    back = nc.read(tmp_path / f"net{suffix}", loops="drop", report=said.append)
    assert known(nc.to_networkx(back, "neuron")) == ([1, None, 3, 4], [1, None, 3, 4])
    assert "kept known of neurons" in said
    ignoring = nc.read(tmp_path / f"net{suffix}", ignore="known", report=said.append)
    assert known(nc.to_networkx(ignoring, "neuron")) == ([None] * 4, [None] * 4)


def test_ignored_attributes_are_never_refused() -> None:
    _, said = imported(described([1, 2, 3, 4]), unknown="refuse", ignore="known")
    assert "ignored known of neurons and known of edges" in said


TABLES: dict[str, tuple[Any, str]] = {
    "no table": (["x"], "must be a table of names and values, got ['x']"),
    "a list of lists": ({"x": [[1], [2]]}, "got [1] as 'x'"),
    "no name": ({"": 1}, "must have texts as names, got ''"),
    "an infinite number": ({"x": float("inf")}, "got inf as 'x'"),
    "too many": ({"x": [1, 2, 3]}, "a value of 'x' for each of the 2 neurons of 'a', got 3"),
}


@pytest.mark.parametrize("case", TABLES)
def test_bad_tables_are_one_sentence(case: str) -> None:
    attributes, told = TABLES[case]
    with pytest.raises(NetworkError) as caught:
        nc.Network(
            populations={"a": {"size": 2, "attributes": attributes}, "b": {"size": 1}},
            forward=[{"path": "a -> b"}],
        )
    assert len(caught.value.problems) == 1
    assert told in str(caught.value)


EDGES: dict[str, tuple[dict[str, Any], str]] = {
    "listed": ({"edges": [[0, 0]]}, "for each of the 1 edges, got 3"),
    "all pairs": ({}, "for each of the 2 edges of 'a -> b', got 3"),
    "drawn": ({"fan_in": 1}, "must have one value of 'x' for all edges"),
}


@pytest.mark.parametrize("case", EDGES)
def test_edges_with_another_number_of_values_are_one_sentence(case: str) -> None:
    fields, told = EDGES[case]
    with pytest.raises(NetworkError) as caught:
        nc.Network(
            populations={"a": {"size": 2}, "b": {"size": 1}},
            forward=[{"path": "a -> b", "attributes": {"x": [1, 2, 3]}, **fields}],
        )
    assert len(caught.value.problems) == 1
    assert told in str(caught.value)


def test_a_name_with_a_meaning_is_refused_in_graphs_and_arrays() -> None:
    network = nc.Network(
        populations={"a": {"size": 2, "attributes": {"bias": 1}}, "b": {"size": 1}},
        forward=[{"path": "a -> b"}],
    )
    with pytest.raises(NetworkError, match="names of their own in graphs, got 'bias'"):
        nc.to_networkx(network, "neuron")
    for groups, told in (
        ({"neurons": {"bias": 1}}, "must have a name without another meaning"),
        ({"neuron": {}}, "did you mean 'neurons'"),
        ({"neurons": {"x": [1, 2]}}, r"\['x'\] must be one value or 3, got 2"),
        ({"forward": {"x": [[1], [2]]}}, "must hold finite numbers, truth values or short texts"),
    ):
        with pytest.raises(NetworkError, match=told):
            nc.from_arrays([[0, 2], [1, 2]], attributes=groups)
    kept = nc.from_arrays([[0, 2], [1, 2]], attributes={"neurons": {"x": np.arange(3)}})
    assert kept.populations["input"].attributes == {"x": (0, 1)}


def test_a_long_table_is_printed_short() -> None:
    assert len(repr(Population(size=1000, attributes={"x": [*range(1000)], "y": 1}))) < 200


@pytest.mark.parametrize("said", ["none", 3, ["x", 1], "{}", "[" * 100_000])
def test_a_graph_that_names_what_is_kept_otherwise(said: Any) -> None:
    graph = chain()
    graph.graph["attributes"] = said
    imported(graph, channel="mirror")  # another tool's word
    nx.set_edge_attributes(graph, "forward", "kind")
    with pytest.raises(NetworkError, match="the graph's attributes must be a list of texts"):
        nc.from_networkx(graph)


def test_an_equal_network_comes_back_whatever_the_order_of_what_is_kept(tmp_path: Path) -> None:
    graph = nx.DiGraph()
    graph.add_node("a", y=float("nan"), size=2.0)
    graph.add_node("b", y=1.0, size=3.0, kind_of="z")
    graph.add_edge("a", "b", tracts=3, length=1.5)
    graph.add_edge("b", "c", length=2.5, tracts=1)
    network = nc.from_networkx(graph, unknown="keep", report=str)
    for suffix in (".json", ".graphml", ".npz", ".toml"):
        path = tmp_path / f"net{suffix}"
        nc.write(network, path)
        assert nc.read(path) == network, suffix
