"""Recurrent graphs over steps of time: the same as a recurrent network in plain NumPy."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.errors import NetworkError, OptionError
from tests.cli.commands import succeed

RNG = np.random.default_rng(5)
NAMES = {"input": ["s0", "s1", "s2"], "hidden": [f"n{i}" for i in range(6)], "output": ["m0", "m1"]}


def recurrent(feeding: bool = False, direct: bool = False) -> nx.DiGraph:
    """Inputs, hidden neurons with loops and cycles, and outputs, each edge with a weight."""
    graph: nx.DiGraph = nx.DiGraph(name="recurrent")
    for kind, names in NAMES.items():
        graph.add_nodes_from(names, kind=kind)
    rng = np.random.default_rng(int(feeding) + 2 * int(direct))
    pairs = [("input", "hidden", 0.6), ("hidden", "hidden", 0.5), ("hidden", "output", 0.7)]
    pairs += [("output", "hidden", 0.6), ("output", "output", 0.9)] if feeding else []
    pairs += [("input", "output", 0.8)] if direct else []
    for first, second, p in pairs:
        for source in NAMES[first]:
            for target in NAMES[second]:
                if rng.random() < p:
                    graph.add_edge(source, target, weight=float(rng.normal(0, 0.7)))
    graph.add_edge("n0", "n0", weight=0.4)
    return graph


def imported(graph: nx.DiGraph, steps: int = 3, **options: Any) -> tuple[nc.Network, list[str]]:
    said: list[str] = []
    ends = {"inputs": "kind=input", "outputs": "kind=output"}
    options = {**ends, "cycles": f"unroll={steps}", **options}
    return nc.from_networkx(graph, **options, report=said.append), said


def in_numpy(
    graph: nx.DiGraph, x: np.ndarray, steps: int, first: bool, activation: str = "linear"
) -> np.ndarray:
    """Total inputs of the outputs at the last step, one neuron and one edge at a time."""
    hidden, outputs = NAMES["hidden"], NAMES["output"]
    driven = {name: x[:, at] for at, name in enumerate(NAMES["input"])}
    nothing = np.zeros(len(x))
    before = dict.fromkeys(hidden + outputs, nothing)
    for step in range(1, steps + 1):
        heard = driven if step == 1 or not first else dict.fromkeys(driven, nothing)
        now: dict[str, Any] = {}
        for name in hidden:
            arriving = graph.in_edges(name, data="weight")
            now[name] = np.tanh(sum((w * (heard | before)[s] for s, _, w in arriving), nothing))
        totals = {}
        for name in outputs:
            arriving = graph.in_edges(name, data="weight")
            sources = heard | {n: now[n] for n in hidden} | {n: before[n] for n in outputs}
            totals[name] = sum((w * sources[s] for s, _, w in arriving), nothing)
        now |= {n: np.tanh(s) if activation == "tanh" else s for n, s in totals.items()}
        before = now
    return np.stack([totals[name] for name in outputs], axis=1)


CASES = [
    (feeding, direct, stimulus)
    for feeding in (False, True)
    for direct in (False, True)
    for stimulus in ("each", "first")
]


@pytest.mark.parametrize(("feeding", "direct", "stimulus"), CASES)
def test_an_unrolled_graph_computes_what_its_recurrence_does(feeding, direct, stimulus):
    graph, x = recurrent(feeding, direct), RNG.normal(size=(7, 3))
    network, _ = imported(graph, 4, stimulus=stimulus, output_activation="linear")
    run = nc.Simulation(network, dtype="float64")
    expected = in_numpy(graph, x, 4, stimulus == "first")
    if stimulus == "first" and direct and not feeding:
        for source, target in list(graph.edges):
            if source in NAMES["input"] and target in NAMES["output"]:
                graph.remove_edge(source, target)
        expected = in_numpy(graph, x, 4, True)
    assert_allclose(run.predict(x), expected, rtol=1e-12, atol=1e-14)


def test_weights_and_biases_stay_shared_through_training_and_files(tmp_path):
    network, _ = imported(recurrent(feeding=True), channel="mirror")
    nc.write(network, tmp_path / "net.json")
    for ending in ("toml", "json"):
        nc.write(network, tmp_path / f"again.{ending}")
        assert nc.read(tmp_path / f"again.{ending}").shares.keys() == network.shares.keys()
    x, t = RNG.normal(size=(40, 3)), RNG.integers(0, 2, 40)
    run = nc.Simulation(network, (x, t), rate=0.5, batch_size=8, seed=0)
    before = run.evaluate(nc.Data(x, t).train).loss
    run.train(5, progress=False)
    assert run.evaluate(nc.Data(x, t).train).loss < before
    for several in network.shares.values():
        for bundle in several[1:]:
            assert_array_equal(run.weights[bundle.name], run.weights[several[0].name])
    assert_array_equal(run.biases["hidden-1"], run.biases["hidden-3"])
    assert np.abs(run.biases["hidden-1"]).max() > 0
    assert_array_equal(run.biases["output"], run.biases["output-1"])


def test_neurons_keep_their_names_and_say_their_step():
    network, said = imported(recurrent(feeding=True))
    assert list(network.populations["input"].neurons) == NAMES["input"]
    assert list(network.populations["output"].neurons) == NAMES["output"]
    assert list(network.populations["hidden-2"].neurons) == [f"{n}@2" for n in NAMES["hidden"]]
    assert list(network.populations["output-1"].neurons) == ["m0@1", "m1@1"]
    assert network.populations["output-1"].activation == "tanh"
    assert network.populations["output"].activation == "softmax"
    (line,) = [line for line in said if line.startswith("unrolled")]
    assert line == (
        "unrolled 6 hidden neurons over 3 steps with shared weights, and outputs at all of them, "
        "since they send edges: inputs are heard at each step, outputs are read at the last"
    )


def test_the_channel_reaches_all_steps_or_the_last():
    reached = {}
    for reach in ("all", "last"):
        network, said = imported(recurrent(), channel="srbp", reach=reach)
        reached[reach] = sorted(b.target for b in network.channel_bundles)
        assert f"made the learning channel: srbp, to {REACHED[reach]}" in said
    assert reached == {"all": ["hidden-1", "hidden-2", "hidden-3"], "last": ["hidden-3"]}


def test_first_stimulus_and_drawn_weights():
    network, said = imported(recurrent(), stimulus="first", weight="none")
    into = [b.target for b in network.forward_bundles if b.source == "input"]
    assert into == ["hidden-1"]
    assert any("inputs are heard at the first step" in line for line in said)
    run = nc.Simulation(network, seed=1)
    assert_array_equal(run.weights["hidden-1 -> hidden-2"], run.weights["hidden-2 -> hidden-3"])
    assert np.abs(run.weights["hidden-1 -> hidden-2"]).max() > 0


def test_copies_that_nothing_is_heard_of_are_left_out():
    """Neurons of a kind that only send to outputs have no copies at the earlier steps."""
    graph = recurrent()
    graph.add_node("last", activation="relu", kind="hidden")
    graph.add_edge("n1", "last", weight=1.0)
    graph.add_edge("last", "m0", weight=1.0)
    network, _ = imported(graph)
    assert [name for name in network.populations if name.startswith("hidden2")] == ["hidden2-3"]


REACHED = {"all": "all steps", "last": "the last step"}
REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "one step": ({"cycles": "unroll=1"}, OptionError, "unrolled over 2 to 1,000 steps of time"),
    "a word": ({"cycles": "unroll"}, OptionError, "'unroll=K' with K steps of time, got 'unroll'"),
    "an order": ({"order": "kind"}, OptionError, "order must be left out with cycles='unroll=3'"),
    "steps missing": (
        {"cycles": "drop-backward", "stimulus": "first"},
        OptionError,
        "stimulus must be left out without steps of time",
    ),
    "no outputs": ({"outputs": None, "inputs": "kind=input"}, NetworkError, "must have outputs"),
}


@pytest.mark.parametrize(("options", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_unrolled_is_one_sentence(options, error, words):
    with pytest.raises(error, match=words):
        imported(recurrent(feeding=True), **options)


def test_graphs_without_recurrence_and_with_a_channel_are_refused():
    graph: nx.DiGraph = nx.DiGraph([("s0", "n0"), ("n0", "m0"), ("n0", "m1")])
    with pytest.raises(NetworkError, match="from hidden neurons or outputs back to them"):
        nc.from_networkx(graph, cycles="unroll=2")
    graph.add_edge("n0", "n0")
    graph.add_edge("m0", "n0", kind="channel")
    with pytest.raises(NetworkError, match="forward edges only to be unrolled, got 1 channel edge"):
        nc.from_networkx(graph, cycles="unroll=2", kind="forward")
    graph.remove_edge("m0", "n0")
    graph.add_edges_from([("n0", "n1"), ("n1", "m0")], learn=False)
    with pytest.raises(NetworkError, match="must be alike in learn to share"):
        nc.from_networkx(graph, cycles="unroll=2")


def test_a_weight_that_some_edges_lack_is_refused():
    graph = recurrent()
    graph.remove_edge("n0", "n0")
    graph.add_edge("n0", "n0")
    with pytest.raises(NetworkError, match="must all have a weight, or none, .* got 1 without one"):
        imported(graph)


def test_the_command_line_unrolls(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["pre,post,synapses"] + [
        f"{s},{t},{abs(w):.3f}" for s, t, w in recurrent().edges(data="weight")
    ]
    (tmp_path / "worm.csv").write_text("\n".join(lines) + "\n")
    options = [
        "--weight",
        "synapses",
        "--cycles",
        "unroll=3",
        "--stimulus",
        "first",
        "--reach",
        "last",
        "--channel",
        "mirror",
    ]
    done = succeed("import", "worm.csv", *options, "-o", "worm.toml")
    assert "unrolled 6 hidden neurons over 3 steps" in done.stdout
    assert "made the learning channel: mirror, to the last step" in done.stdout
    assert nc.read(tmp_path / "worm.toml").shares.keys() == {"hidden.hidden"}
