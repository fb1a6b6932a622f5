"""Bad graphs get a sentence that names the node or the edge, and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.graphs import graphml
from neurochannel.graphs.convert import from_networkx, to_networkx
from neurochannel.graphs.edge_arrays import from_arrays
from neurochannel.graphs.formats import read, write


def good() -> nx.MultiDiGraph:
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for path in ("a h o", "b h p", "b g o"):
        nx.add_path(graph, path.split(), kind="forward")
    graph.add_edge("o", "h", kind="channel")
    graph.add_edge("p", "r", kind="channel")
    graph.add_edge("r", "g", kind="channel", bits=3)
    return graph


def edge(source: Any, target: Any, **attributes: Any) -> Callable[[nx.MultiDiGraph], object]:
    return lambda graph: graph.add_edge(source, target, **attributes)


def node(name: Any, **attributes: Any) -> Callable[[nx.MultiDiGraph], object]:
    return lambda graph: graph.add_node(name, **attributes)


def both(*changes: Callable[[nx.MultiDiGraph], object]) -> Callable[[nx.MultiDiGraph], object]:
    return lambda graph: [change(graph) for change in changes]


BAD: dict[str, tuple[Callable[[nx.MultiDiGraph], object], tuple[str, ...]]] = {
    "self-loop": (edge("h", "h", kind="forward"), ("no cycle, got 'h' -> 'h'|loop", "'h' -> 'h'")),
    "forward cycle": (edge("o", "a", kind="forward"), ("no cycle", "'a' -> 'h' -> 'o' -> 'a'")),
    "channel cycle": (edge("g", "r", kind="channel"), ("no cycle", "'r' -> 'g' -> 'r'|'g' -> 'r'")),
    "no kind": (edge("a", "o"), ("edge 'a' -> 'o'", "must have a kind", "got none")),
    "wrong kind": (edge("a", "o", kind="foward"), ("'a' -> 'o'", "did you mean 'forward'?")),
    "unknown edge attribute": (
        edge("a", "o", kind="forward", wieght=1.0),
        ("forward edge 'a' -> 'o'", "'wieght'", "did you mean 'weight'?"),
    ),
    "attribute of the other kind": (
        edge("a", "o", kind="forward", derivative=False),
        ("forward edge 'a' -> 'o'", "'derivative', which only channel edges have"),
    ),
    "unknown node attribute": (node("h", activaton="tanh"), ("neuron 'h'", "'activation'?")),
    "attribute of populations": (
        node("h", size=3),
        ("neuron 'h'", "'size'", "graph.graph['level']"),
    ),
    "list": (node("h", activation=["tanh"]), ("neuron 'h'", "got ['tanh']")),
    "activation": (node("h", activation="tahn"), ("neuron 'h': activation", "'tanh'?")),
    "bits": (edge("o", "g", kind="channel", bits=0), ("channel edge 'o' -> 'g': bits", "got 0")),
    "update bits": (
        edge("a", "o", kind="forward", update_bits=0, update_scale=0.1),
        ("forward edge 'a' -> 'o': update_bits", "got 0"),
    ),
    "bias": (node("h", bias="yes"), ("neuron 'h': bias", "got 'yes'")),
    "NaN": (edge("a", "o", kind="forward", weight=float("nan")), ("'a' -> 'o'", "got nan")),
    "infinite": (edge("a", "o", kind="forward", weight=np.inf), ("'a' -> 'o'", "got inf")),
    "huge": (edge("a", "o", kind="forward", weight=10**400), ("'a' -> 'o'", "finite number")),
    "weight is text": (edge("a", "o", kind="forward", weight="1"), ("'a' -> 'o'", "got '1'")),
    "weight and init": (
        edge("a", "o", kind="forward", weight=1.0, init="normal"),
        ("'a' -> 'o'", "a weight or an init, got both"),
    ),
    "mixed ids": (edge(1, "o", kind="forward"), ("ids of one type", "'a' and 1")),
    "two edges": (edge("a", "h", kind="forward"), ("forward edge 'a' -> 'h'", "twice")),
    "role": (node("a", role="inptu"), ("neuron 'a'", "did you mean 'input'?")),
    "role against edges": (node("h", role="input"), ("neuron 'h'", "'a' -> 'h'", "to be an input")),
    "two roles": (
        both(node("a", role="input", population="x"), node("o", role="output", population="x")),
        ("population 'x' must have one role", "'input' at neuron 'a'", "'output' at neuron 'o'"),
    ),
    "two activations of outputs": (node("p", activation="tanh"), ("'o'", "'p'", "one activation")),
    "population with two activations": (
        both(node("h", population="x", activation="tanh"), node("g", population="x")),
        ("population 'x'", "one activation", "'h'", "'g'"),
    ),
    "population across depths": (
        both(edge("g", "h", kind="forward"), node("g", population="x"), node("h", population="x")),
        ("population 'x'", "'g' -> 'h'"),
    ),
    "untied": (
        edge("o", "b", kind="channel", weights="tied"),
        ("'o' -> 'b'", "'b' -> 'o'", "tied"),
    ),
    "other tied weight": (
        both(
            edge("a", "o", kind="forward", weight=0.5),
            edge("o", "a", kind="channel", weights="tied", weight=0.25),
        ),
        ("channel edge 'o' -> 'a'", "weight 0.5", "got 0.25"),
    ),
    "not from the error": (edge("a", "g", kind="channel"), ("channel edge 'a' -> 'g'", "arrives")),
    "a start elsewhere": (
        edge("r", "g", kind="channel", start="target"),
        ("channel edge 'r' -> 'g'", "must leave an output neuron to start from 'target'"),
    ),
    "an unknown start": (
        edge("o", "h", kind="channel", start="targets"),
        ("start must be", "did you mean 'target'?"),
    ),
    "a loop": (edge("r", "r", kind="channel"), ("'r' -> 'r'", "remove this loop")),
    "tied across outputs": (
        both(
            edge("h", "o2", kind="forward"),
            edge("o", "o2", kind="channel", weights="tied"),
        ),
        ("one to one", "identity"),
    ),
    "lonely": (node("z"), ("neuron 'z'", "at least one edge")),
    "disagreement": (
        edge("p", "h", kind="channel", bits=2),
        ("'o' -> 'h'", "'p' -> 'h'", "agree in all attributes"),
    ),
    "input activation": (node("a", activation="tanh"), ("'a'", "linear")),
    "empty": (lambda graph: graph.clear(), ("at least one neuron",)),
    "no forward edges": (
        lambda graph: graph.remove_edges_from([e for e in graph.edges if "h" in e or "g" in e]),
        ("forward edges, got none",),
    ),
    "tuples": (
        lambda graph: nx.relabel_nodes(graph, {n: (n, 0) for n in graph}, copy=False),
        ("text or whole numbers", "('a', 0)"),
    ),
    "level": (
        lambda graph: graph.graph.update(level="neurons"),
        ("level", "did you mean 'neuron'?"),
    ),
    "table": (edge("a", "o", kind="forward", table="x"), ("'a' -> 'o'", "table", "'x'")),
    "name of a population": (node("h", population="no way"), ("'no way'", "of letters")),
    "error as a population": (node("h", population="error"), ("error", "another name")),
}


def test_the_graph_that_the_others_spoil_is_good() -> None:
    assert from_networkx(good()).relays == ("relay1",)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_graph_gets_a_sentence_that_names_the_culprit(name: str) -> None:
    spoil, words = BAD[name]
    graph = good()
    spoil(graph)
    with pytest.raises(NetworkError) as caught:
        from_networkx(graph)
    for word in words:
        assert any(choice in str(caught.value) for choice in word.split("|")), str(caught.value)


@pytest.mark.parametrize("graph", [None, 3, {"a": "b"}, nx.MultiGraph(), nx.Graph([(1, 2)])])
def test_what_is_no_directed_graph_is_refused(graph: Any) -> None:
    with pytest.raises(NetworkError, match="networkx.MultiDiGraph"):
        from_networkx(graph)


def test_many_mistakes_are_not_all_listed() -> None:
    graph = nx.gnp_random_graph(40, 0.5, 1, directed=True)
    for number, (_, _, attributes) in enumerate(graph.edges(data=True)):
        attributes["kind"] = f"kind {number}"
    with pytest.raises(NetworkError, match="more mistakes") as caught:
        from_networkx(graph)
    assert len(caught.value.problems) == 10


CAUSES: dict[str, tuple[Callable[[nx.MultiDiGraph], object], str]] = {
    "kinds": (
        lambda graph: [attributes.pop("kind") for _, _, attributes in graph.edges(data=True)],
        r"edge 'a' -> 'h' \(and 8 more\) must have a kind, .* kind='forward'",
    ),
    "loops": (
        both(*(edge(name, name, kind="forward") for name in "ahg")),
        r"edge 'a' -> 'a' \(and 2 more\) must lead .* loops='drop'",
    ),
    "parallel edges": (
        both(edge("a", "h", kind="forward"), edge("h", "p", kind="forward")),
        r"'a' -> 'h' \(and 1 more\) must not be there twice.* parallel='sum'",
    ),
    "lonely": (both(*map(node, "xyz")), r"neuron 'x' \(and 2 more\) .* isolated='drop'"),
    "colors": (
        both(*(node(name, color="red") for name in "abh")),
        r"neuron 'a' \(and 2 more\) has an unknown attribute 'color'.* unknown='ignore'",
    ),
    "cycle": (edge("o", "a", kind="forward"), r"no cycle, got .* cycles='drop-backward'"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_is_one_sentence_with_a_count_and_the_option_that_helps(name: str) -> None:
    spoil, words = CAUSES[name]
    graph = good()
    spoil(graph)
    with pytest.raises(NetworkError, match=words) as caught:
        from_networkx(graph)
    assert len(caught.value.problems) == 1


def test_a_long_cycle_is_shortened() -> None:
    graph = nx.MultiDiGraph(nx.cycle_graph(1000, nx.DiGraph()))
    nx.set_edge_attributes(graph, "forward", "kind")
    with pytest.raises(NetworkError, match=r"0 -> 1 -> 2 -> .*\(1000 edges\)") as caught:
        from_networkx(graph)
    assert len(str(caught.value)) < 200


FORWARD = [[0, 2], [1, 2], [2, 3]]
BAD_ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({"forward": []}, "at least one neuron"),
    "gap": ({"forward": [[0, 2], [2, 2**31 - 1]]}, "neuron 1 must have .* is 2147483647"),
    "one id": ({"ids": np.array("a")}, r"ids must be one name for each neuron, got shape \(\)"),
    "shape": ({"forward": [[0, 1, 2]]}, r"forward must be .* got shape \(1, 3\)"),
    "ragged": ({"forward": [[0, 1], [2]]}, "equally long"),
    "floats": ({"forward": [[0.0, 1.0]]}, "convert them to whole numbers"),
    "negative": ({"channel": [[3, -1]]}, "channel must be .* got -1"),
    "too few ids": ({"ids": ["a", "b"]}, "got number 3 of 2 neurons"),
    "ids twice": ({"ids": ["a", "b", "a", "c"]}, "'a' twice"),
    "mixed ids": ({"ids": ["a", 1, "b", "c"]}, "ids of one type, got 'a' and 1"),
    "NaN": ({"forward_edges": {"weight": [1.0, np.nan, 2.0]}}, "edge 1 -> 2 must .* got nan"),
    "short": ({"forward_edges": {"weight": [1.0]}}, "array of 3 numbers"),
    "unknown": ({"neurons": {"activaton": "tanh"}}, "did you mean 'activation'"),
    "column": ({"neurons": {"activation": ["tanh"]}}, "array of 4"),
    "value": ({"channel_edges": {"bits": [3, 0]}, "channel": [[3, 2], [3, 1]]}, "3 -> 1: bits"),
    "role": ({"neurons": {"role": ["input", "", "x", ""]}}, "neuron 2 must have the role"),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_bad_arrays_get_a_sentence(name: str) -> None:
    change, words = BAD_ARRAYS[name]
    with pytest.raises(NetworkError, match=words):
        from_arrays(**{"forward": FORWARD, **change})


HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
GRAPH = '<graph edgedefault="directed">'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
BAD_FILES = {
    "empty.graphml": ("", "must be XML, got a mistake at line 1"),
    "cut.graphml": (f'{HEAD}{GRAPH}<node id="a">', "must be XML, got a mistake at line 1"),
    "other.graphml": ("<svg/>", "must be GraphML, got <svg>"),
    "none.graphml": (f"{HEAD}</graphml>", "must hold a graph"),
    "unknown.graphml": (f"<?xml version='1.0' encoding='martian'?>{HEAD}", "save it as UTF-8"),
    "wide.graphml": (f"<?xml version='1.0' encoding='shift-jis'?>{HEAD}", "save it as UTF-8"),
    "base64.graphml": (f"<?xml version='1.0' encoding='base64'?>{HEAD}", "save it as UTF-8"),
    "no key.graphml": (f"{HEAD}<default>1</default></graphml>", "<default> must stand in a <key>"),
    "nested list.json": (
        '{"directed": true, "graph": {"a": ' + "[" * 40 + "]" * 40 + '}, "nodes": []}',
        "nested too deeply",
    ),
    "bomb.graphml": (f"{BOMB}{HEAD}&b;</graphml>", "remove <!DOCTYPE"),
    "external.graphml": (f'<!DOCTYPE x SYSTEM "file:///etc/passwd">{HEAD}', "remove <!DOCTYPE"),
    "undirected.graphml": (
        f'{HEAD}<graph><node id="a"/><edge source="a" target="a"/></graph></graphml>',
        "got 1 edge without a direction such as 'a' -> 'a'; give undirected='as-written'",
    ),
    "twice.graphml": (f'{HEAD}{GRAPH}<node id="a"/><node id="a"/>', "node 'a' is there twice"),
    "edge.graphml": (
        f'{HEAD}{GRAPH}<edge source="a" target="b"/></graph></graphml>',
        "'a' -> 'b' must join nodes of the file, got 'a' at line 1",
    ),
    "no id.graphml": (f"{HEAD}{GRAPH}<node/>", "<node> must have a id"),
    "key.graphml": (f'{HEAD}{GRAPH}<data key="d"/>', "got 'd' at line 1"),
    "hyper.graphml": (f"{HEAD}{GRAPH}<hyperedge/>", "<hyperedge> at line 1"),
    "nested.graphml": (f"{HEAD}{GRAPH}{GRAPH}", "one graph"),
    "type.graphml": (
        f'{HEAD}<key id="k" for="node" attr.name="bias_learn" attr.type="boolean"/>'
        f'{GRAPH}<node id="a"><data key="k">perhaps</data></node>',
        "bias_learn must be of the type boolean, got 'perhaps'",
    ),
    "cut.json": ('{"nodes": [', "must be JSON, got a mistake at line 1"),
    "list.json": ("[]", "must be a table of nodes and edges"),
    "deep.json": ("[" * 100_000, "nested too deeply"),
    "long.json": ('{"nodes": ' + "1" * 5000 + "}", "number that is too long"),
    "undirected.json": (
        '{"directed": false, "nodes": [{"id": 1}], "edges": [{"source": 1, "target": 1}]}',
        "undirected='as-written'",
    ),
    "nodes.json": ('{"directed": true, "edges": []}', 'a list "nodes"'),
    "row.json": ('{"directed": true, "nodes": [3], "edges": []}', r"nodes\[0\] must be a table"),
    "id.json": ('{"directed": true, "nodes": [{"id": true}], "edges": []}', r"nodes\[0\] .* id"),
    "same.json": (
        '{"directed": true, "nodes": [{"id": 1}, {"id": 1}], "edges": []}',
        r"nodes\[1\] repeats the id 1",
    ),
    "ends.json": (
        '{"directed": true, "nodes": [{"id": 1}], "edges": [{"source": 1, "target": 2}]}',
        r"edges\[0\] must join nodes that are listed, got 2",
    ),
    "text.npz": ("no archive", "must be an .npz file"),
    "picture.dot": ("digraph {}", "for export only"),
    "net.xyz": ("<gexf/>", "none of these"),
    "net": ("", "must end with"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_a_sentence_with_its_name(tmp_path: Path, name: str) -> None:
    text, words = BAD_FILES[name]
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(NetworkError, match=words) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".npz", ".toml"])
def test_a_missing_file_and_a_folder_get_a_sentence(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(NetworkError, match="there is no such file"):
        read(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(NetworkError, match="got a folder"):
        read(tmp_path / f"folder{suffix}")


def test_a_graphml_of_too_many_nodes_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphml, "MOST_NODES", 1000)
    path = tmp_path / "large.graphml"
    with open(path, "w") as file:
        file.write(HEAD + GRAPH)
        file.writelines(f'<node id="{number}"/>\n' for number in range(2000))
    with pytest.raises(NetworkError, match=r"at most 1,000 nodes .* line 1001; .*from_arrays"):
        read(path)


def test_a_value_of_a_graphml_that_never_ends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphml, "MOST_TEXT", 1000)
    path = tmp_path / "large.graphml"
    key = '<key id="k" for="node" attr.name="population" attr.type="string"/>'
    path.write_text(f'{HEAD}{key}{GRAPH}<node id="a"><data key="k">{"x" * 100_000}')
    with pytest.raises(NetworkError, match="at most 1,000 characters"):
        read(path)


def test_an_npz_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.npz"
    np.savez(path, forward=np.array([print], object), allow_pickle=True)
    with pytest.raises(NetworkError, match="numbers and texts"):
        read(path)


def test_an_npz_with_an_unknown_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, forward=np.array(FORWARD), forward_weight=np.ones(3))
    with pytest.raises(NetworkError, match=r"'forward_weight'; did you mean 'forward.weight'\?"):
        read(path)


def test_single_neurons_need_sizes_and_edges() -> None:
    with pytest.raises(NetworkError, match=r"call \.sized"):
        to_networkx(nc.mlp(None, 3, 2), "neuron")
    drawn = nc.mlp(4, 3, 2).with_channel(nc.srbp(fan_in=1))
    with pytest.raises(NetworkError, match=r"channel\[0\].* drawn at random .* give that run"):
        to_networkx(drawn, "neuron")
    with pytest.raises(NetworkError, match="run of 'mlp'"):
        to_networkx(drawn, "neuron", nc.Simulation(nc.mlp(4, 5, 2)))
    with pytest.raises(NetworkError, match="did you mean 'neuron'"):
        to_networkx(drawn, "neurons")


def test_a_file_that_cannot_hold_what_is_asked_is_not_written(tmp_path: Path) -> None:
    run = nc.Simulation(nc.mlp(2, 3, 2))
    for suffix, level, weights, words in (
        (".graphml", "population", run, "cannot hold lists"),
        (".toml", None, run, "without the weights"),
        (".npz", "population", None, "single neurons"),
        (".xyz", None, None, "must end with"),
    ):
        path = tmp_path / f"net{suffix}"
        with pytest.raises(NetworkError, match=words):
            write(run.network, path, weights, level)
        assert not path.exists()


@pytest.mark.parametrize("suffix", [".toml", ".json", ".graphml", ".npz", ".dot"])
def test_what_is_written_must_be_a_network_with_its_run_at_a_known_level(
    suffix: str, tmp_path: Path
) -> None:
    run, path = nc.Simulation(nc.mlp(2, 3, 2)), tmp_path / f"net{suffix}"
    mistakes: list[tuple[tuple[Any, ...], str]] = [
        ((run, path), "network must be a Network, got an object of the type Simulation; "),
        ((path, run.network), "network must be a Network, got an object of the type "),
        ((run.network, path, None, "neurons"), "level must be 'neuron' or 'population', got "),
    ]
    if suffix != ".toml":
        mistakes += [
            ((run.network, path, "neuron"), "run must be a Simulation, got 'neuron'; give a run"),
            ((nc.mlp(2, 4, 2), path, run), "run must be a run of 'mlp', got one of another "),
        ]
    for given, words in mistakes:
        with pytest.raises(NetworkError, match=words):
            write(*given)
        assert not path.exists()
