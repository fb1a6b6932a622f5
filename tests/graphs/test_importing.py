"""The steps from a graph of another tool to a network: what each does, says and refuses."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.errors import NetworkError, OptionError
from neurochannel.graphs.foreign.order import backward_edges
from tests.graphs.test_foreign_files import edges_of


def brain() -> nx.MultiDiGraph:
    """Two sensory, two inner and two motor neurons, with all that can be wrong."""
    graph: nx.MultiDiGraph = nx.MultiDiGraph(name="worm")
    for layer, (kind, names) in enumerate(
        (("sensory", "ab"), ("inner", "cd"), ("motor", "ef")), start=1
    ):
        graph.add_nodes_from(names, type=kind, layer=layer)
    for ends, weight in {"ac": 1, "bc": 2, "bd": 3, "ce": 4, "cd": 5, "df": 6, "dc": 7}.items():
        graph.add_edge(*ends, synapses=weight, transmitter="ACh" if weight < 5 else "GABA")
    return graph


def imported(graph: Any, **options: Any) -> tuple[nc.Network, list[str]]:
    said: list[str] = []
    return nc.from_networkx(graph, **options, report=said.append), said


def test_loops_of_channel_edges_are_dropped_but_those_of_outputs() -> None:
    graph = brain()
    graph.remove_edge("d", "c")
    graph.add_edges_from(["cc", "dd", "ee", "ec", "fd"], transmitter="back")
    options = {"kind": "transmitter=back"}
    with pytest.raises(
        NetworkError, match="channel edges must .* got 2 loops such as 'c' -> 'c'; "
    ):
        imported(graph, **options)
    network, said = imported(graph, **options, loops="drop")
    assert "dropped 2 loops of channel edges" in said
    assert "made 6 neurons, 6 forward edges and 3 channel edges into 4 populations" in said
    edges = nc.to_networkx(network, "neuron").edges(data="kind")
    assert {s + t for s, t, kind in edges if kind == "channel"} == {"ec", "fd", "ee"}


def test_inputs_and_outputs_without_an_edge_are_counted() -> None:
    options = {"inputs": "a,b,c", "outputs": "e,f", "cycles": "drop-backward"}
    with pytest.raises(NetworkError, match="such as 'a', among them 1 input; give isolated='drop'"):
        imported(changed(alone="xy"), **options)
    network, said = imported(changed(alone="xy"), **options, isolated="drop")
    assert "dropped 3 isolated neurons, among them 1 input" in said
    assert network.populations["input"].neurons == ("b", "c")


def test_a_scale_without_weights_is_said() -> None:
    for options in ({"weight": "none"}, {}):
        _, said = imported(changed(), **options, scale="mean")
        assert [line for line in said if "scale" in line] == [
            "scaled nothing, because forward edges have no initial weights; weight names the "
            "attribute that they are taken from"
        ]


def test_attributes_to_ignore_that_are_not_there_are_said() -> None:
    _, said = imported(changed(), weight="synapses", ignore=["synapses", "type", "transmiter"])
    assert [line for line in said if "to ignore" in line] == [
        "found no attribute transmiter to ignore; did you mean 'transmitter'?"
    ]


def changed(*edges: str, alone: str = "") -> nx.MultiDiGraph:
    graph = brain()
    graph.remove_edge("d", "c")
    graph.add_edges_from([tuple(ends) for ends in edges], synapses=10)
    graph.add_nodes_from(alone)
    return graph


STEPS: dict[str, tuple[nx.MultiDiGraph, dict[str, Any], str, str, set[str], set[str]]] = {
    "loops": (
        changed("aa", "cc"),
        {"loops": "drop"},
        "got 2 loops such as 'a' -> 'a'; give loops='drop'",
        "dropped 2 loops",
        set(),
        {"aa", "cc"},
    ),
    "parallel edges": (
        changed("ac", "ac"),
        {"parallel": "first"},
        "got 2 edges again such as 'a' -> 'c'; give parallel='sum'",
        "left out 2 parallel edges, 6 are left",
        {"ac"},
        set(),
    ),
    "cycles": (
        changed("dc"),
        {"cycles": "drop-backward"},
        "got 1 backward edge of 7 forward edges such as ",
        "dropped 1 backward edge of 7 forward edges",
        {"ac", "bd", "df"},
        set(),
    ),
    "an order": (
        changed("dc"),
        {"order": list("abdcef")},
        "give cycles='drop-backward', or an order",
        "dropped 1 edge against the order of 7 forward edges",
        {"dc"},
        {"cd"},
    ),
    "isolated neurons": (
        changed(alone="xyz"),
        {"isolated": "drop"},
        "got 3 neurons without any such as 'x'; give isolated='drop'",
        "dropped 3 isolated neurons",
        {"ac"},
        set(),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_what_loses_something_is_refused_with_its_option_and_done_with_it(name: str) -> None:
    graph, options, refusal, line, kept, gone = STEPS[name]
    with pytest.raises(NetworkError) as caught:
        imported(graph, kind="forward")
    assert len(caught.value.problems) == 1
    assert refusal in str(caught.value)
    network, said = imported(graph, **options)
    assert line in said
    found = {"".join(ends) for ends in edges_of(network)}
    assert kept <= found
    assert not gone & found


def test_all_causes_are_told_at_once_each_with_its_count() -> None:
    graph = changed("aa", "ac", "dc", alone="xy")
    with pytest.raises(NetworkError) as caught:
        imported(graph, kind="forward")
    options = ("loops=", "parallel=", "cycles=", "isolated=")
    assert [next(o for o in options if o in p) for p in caught.value.problems] == [*options]


def test_parallel_weights_are_added() -> None:
    network, said = imported(changed("ac", "ac"), parallel="sum", weight="synapses")
    assert edges_of(network)["a", "c"] == 1 + 10 + 10
    assert "added 2 parallel edges, 6 are left" in said


@pytest.mark.parametrize(
    ("options", "inputs", "outputs"),
    [
        ({}, "ab", "ef"),
        ({"inputs": "type=sensory", "outputs": {"type": "motor"}}, "ab", "ef"),
        ({"inputs": ["b"], "outputs": "e, f"}, "b", "ef"),
        ({"inputs": lambda neuron: neuron["layer"] < 2}, "ab", "ef"),
        ({"outputs": "layer>2"}, "ab", "ef"),
        ({"outputs": "type=inner", "isolated": "drop"}, "ab", "cd"),
        ({"inputs": {"layer": 1}, "outputs": ["f"]}, "ab", "f"),
    ],
)
def test_inputs_and_outputs_are_lists_conditions_or_what_the_edges_say(
    options: dict[str, Any], inputs: str, outputs: str
) -> None:
    network, _ = imported(changed(), **options, cycles="drop-backward")
    found = [network.populations[name].neurons for name in (network.input, network.output)]
    assert ["".join(map(str, names if names is not None else ())) for names in found] == [
        inputs,
        outputs,
    ]


def test_edges_into_inputs_and_out_of_outputs_are_backward() -> None:
    graph = changed("ca", "eb")
    options = {"inputs": "type=sensory", "outputs": "type=motor"}
    with pytest.raises(NetworkError, match="got 2 forward edges that lead into inputs"):
        imported(graph, **options)
    network, said = imported(graph, **options, cycles="drop-backward")
    assert "dropped 2 forward edges that lead into inputs" in said
    assert set(edges_of(network)) == {tuple(ends) for ends in ("ac", "bc", "bd", "cd", "ce", "df")}


def test_weights_are_taken_scaled_or_drawn() -> None:
    graph = changed()
    plain = edges_of(imported(graph, weight="synapses")[0])
    assert plain["b", "d"] == 3
    assert edges_of(imported(graph, weight="synapses", scale=0.5)[0])["b", "d"] == 1.5
    assert max(edges_of(imported(graph, weight="synapses", scale="max")[0]).values()) == 1
    unit = edges_of(imported(graph, weight="synapses", scale="unit")[0])
    into_c = [unit["a", "c"], unit["b", "c"]]
    assert np.allclose(into_c, np.array([1, 2]) / np.sqrt(5))
    mean = edges_of(imported(graph, weight="synapses", scale="mean")[0])
    assert np.allclose([mean["a", "c"], mean["b", "c"]], [1 / 3, 2 / 3])
    assert set(edges_of(imported(graph, kind="forward")[0]).values()) == {None}


def test_an_attribute_of_edges_says_which_belong_to_the_channel() -> None:
    graph = brain()
    graph.remove_edge("d", "c")
    graph.add_edge("e", "c", transmitter="DA")
    network, said = imported(graph, kind="transmitter=DA")
    assert "took 1 edge with transmitter=DA as channel edges and 6 others as forward edges" in said
    assert [bundle.name for bundle in network.channel_bundles] == ["error -> hidden1"]


def test_activations_are_given_where_no_neuron_has_one() -> None:
    network, said = imported(changed(), kind="forward")
    assert "gave 2 hidden neurons the activation tanh" in said
    assert network.populations[network.output].activation == "softmax"
    graph = changed()
    graph.nodes["c"]["activation"] = "relu"
    network, _ = imported(graph, kind="forward")
    assert [part.activation for part in network.populations.values()].count("tanh") == 0
    network, _ = imported(graph, activation="logistic", output_activation="linear")
    assert {part.activation for part in network.populations.values()} == {
        "linear",
        "relu",
        "logistic",
    }


def test_attributes_without_a_meaning_are_ignored_or_refused() -> None:
    _, said = imported(changed(), kind="forward")
    assert "ignored type and layer of neurons and synapses and transmitter of edges" in said
    with pytest.raises(NetworkError, match="got type and layer of neurons .* unknown='ignore'"):
        imported(changed(), unknown="refuse")
    graph = changed()
    nx.set_node_attributes(graph, "sensory neuron", "role")
    nx.set_node_attributes(graph, "x", "population")
    network, _ = imported(graph, ignore="population")
    assert len(network.populations) == 4


@pytest.mark.parametrize("recipe", ["mirror", "srbp:bits=3", nc.rbp()])
def test_the_channel_is_made_by_a_recipe(recipe: Any) -> None:
    network, said = imported(changed(), channel=recipe)
    assert any(line.startswith("made the learning channel: ") for line in said)
    assert {bundle.target for bundle in network.channel_bundles} == {"hidden1", "hidden2"}
    run = nc.Simulation(network, dtype="float64")
    signals = run.learning_signals(np.ones((3, 2)), np.eye(2)[[0, 1, 0]])
    assert all(np.any(signals[name]) for name in ("hidden1", "hidden2"))


def test_without_a_channel_the_last_line_but_one_says_what_does_not_learn() -> None:
    _, said = imported(changed(), kind="forward")
    assert said[-2].startswith("made no learning channel")


def test_undirected_graphs_are_taken_as_written_or_both_ways() -> None:
    graph = nx.Graph(["ab", "bc"])
    with pytest.raises(NetworkError, match="undirected='as-written'"):
        nc.from_networkx(graph)
    assert set(edges_of(imported(graph, undirected="as-written")[0])) == {("a", "b"), ("b", "c")}
    both, said = imported(graph, undirected="both", order=list("cba"))
    assert set(edges_of(both)) == {("c", "b"), ("b", "a")}
    assert said[0] == "took 2 undirected edges as edges in both directions"


def test_names_of_any_kind_become_text() -> None:
    grid = nx.DiGraph(nx.grid_2d_graph(2, 2))
    network, _ = imported(grid, cycles="drop-backward")
    names = {name for part in network.populations.values() for name in part.neurons or ()}
    assert names == {str(node) for node in grid}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown option": ({"loop": "drop"}, "loop is not an option .* did you mean 'loops'"),
    "a choice": (
        {"cycles": "drop"},
        "'drop-backward' or 'unroll=K' .* of time, got 'drop'",
    ),
    "a scale": ({"scale": "big"}, "scale must be a number other than 0"),
    "a scale of 0": ({"scale": 0}, "scale must be a number other than 0"),
    "an activation": ({"activation": "tahn"}, "activation: .* 'tanh'"),
    "a neuron": ({"inputs": ["a", "q"]}, "inputs must name neurons of the graph, got 'q'; the"),
    "an attribute": (
        {"inputs": "typ=x"},
        "attribute of the neurons, got 'typ'; did you mean 'type'",
    ),
    "nothing chosen": ({"inputs": "type=x"}, "inputs must mean at least one neuron, got none"),
    "a selection": ({"inputs": 3}, "inputs must be names of neurons or a condition"),
    "both ends": ({"inputs": "a", "outputs": "a"}, "got 1 neuron that is both such as 'a'"),
    "names": ({"names": "label"}, "names must be an attribute of the neurons, got 'label'; did"),
    "names twice": ({"names": "type"}, "type must name each neuron once, got 'sensory' twice"),
    "a weight": ({"weight": "sinapses"}, "an attribute of the edges, .*did you mean 'synapses'"),
    "a weight of text": ({"weight": "transmitter"}, "finite number .* got 'ACh' at 'a' -> 'c'"),
    "an order": ({"order": ["a"]}, "order must name every neuron, but 'b' and 4 more"),
    "an order by": ({"order": "size"}, "order must be an attribute of the neurons, got 'size'"),
    "a kind": ({"kind": "backward"}, "kind must be 'forward', 'channel' or a condition"),
    "a recipe": ({"channel": "brp"}, "must be one of bp"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_option_gets_a_sentence(name: str) -> None:
    options, words = BAD[name]
    with pytest.raises((NetworkError, OptionError), match=words):
        imported(changed(), **options)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=60))
def test_without_backward_edges_there_is_no_cycle_and_few_are_backward(
    n: int, pairs: list[tuple[int, int]]
) -> None:
    edges = np.array([(a % n, b % n) for a, b in pairs if a % n != b % n], np.int64).reshape(-1, 2)
    flags = backward_edges(n, edges[:, 0], edges[:, 1])
    whole, rest = (nx.MultiDiGraph(part.tolist()) for part in (edges, edges[~flags]))
    assert nx.is_directed_acyclic_graph(rest)
    inside = sum(
        whole.subgraph(part).number_of_edges() for part in nx.strongly_connected_components(whole)
    )
    assert flags.sum() <= inside / 2


def test_attributes_without_any_value_are_not_mentioned() -> None:
    graph = brain()
    nx.set_node_attributes(graph, None, "empty")
    graph.remove_edge("d", "c")
    for unknown in ("ignore", "keep"):
        _, said = imported(graph, unknown=unknown)
        assert not any("empty" in line for line in said)


def test_a_graph_of_populations_is_read_without_options() -> None:
    graph = nc.to_networkx(nc.mlp(2, 3, 2).with_channel(nc.bp()))
    with pytest.raises(NetworkError, match="got one of populations, .* read it without options"):
        nc.from_networkx(graph, unknown="keep")


CONDITIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a value that is near": ({"inputs": "type=sensry"}, "got none; did you mean 'sensory'?"),
    "another value": (
        {"outputs": "type=tail"},
        "outputs must mean at least one neuron, got none; its values are sensory, inner, motor",
    ),
    "a number": ({"inputs": "layer<1"}, "got none; widen 'layer<1'"),
    "of edges": (
        {"kind": "transmitter=gaba"},
        "kind must mean at least one edge, got none; did you mean 'GABA'?",
    ),
    "an order of one place": (
        {"order": "same"},
        "one forward edge must be left, got none (took 7 edges as forward edges; dropped 7 "
        "edges against the order of 7 forward edges); choose other inputs",
    ),
    "all are channel edges": (
        {"kind": "channel"},
        "at least one forward edge must be left, got none (took 7 edges as channel edges)",
    ),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_choice_that_means_nothing_is_one_sentence(case: str) -> None:
    options, told = CONDITIONS[case]
    graph = brain()
    nx.set_node_attributes(graph, 1, "same")
    with pytest.raises(NetworkError) as caught:
        nc.from_networkx(graph, weight="none", **options)
    assert len(caught.value.problems) == 1
    assert told in str(caught.value)


def test_neurons_without_edges_need_no_place_in_an_order() -> None:
    graph = brain()
    graph.add_node("lonely")
    _, said = imported(graph, order="layer", isolated="drop", weight="none")
    assert "dropped 2 edges against the order of 7 forward edges" in said
    graph.add_edge("lonely", "f")
    with pytest.raises(NetworkError, match="but 1 neuron such as 'lonely' lacks layer"):
        imported(graph, order="layer", isolated="drop")


def test_a_recipe_is_checked_before_the_graph() -> None:
    with pytest.raises(NetworkError) as caught:
        imported(changed("aa", "cc"), channel="srpb")
    assert len(caught.value.problems) == 1
    assert "did you mean 'srbp'" in str(caught.value)
