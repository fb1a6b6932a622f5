"""Weights and biases that several bundles or populations hold: one array, one change in a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.observe.locality import locality
from neurochannel.observe.selftest import self_test
from neurochannel.plot.layout.plain import plain_drawing
from tests import reference
from tests.engine.continuing import assert_continues_alike

RNG = np.random.default_rng(3)
X, T = RNG.normal(size=(9, 4)), RNG.integers(0, 3, 9)
STEPS, INPUTS, HIDDEN, OUTPUTS = 3, 4, 5, 3
NAMES = [f"h{step}" for step in range(STEPS)]


def recurrent(
    share: bool = True, weights: str = "tied", each: bool = False, **fields: Any
) -> nc.Network:
    """A recurrent population over three steps of time; the input comes first or at each step."""
    bias = {"share": "b"} if share else {}
    hidden = {name: {"size": HIDDEN, "activation": "tanh", "bias": bias} for name in NAMES}
    ends = {"input": {"size": INPUTS}, "output": {"size": OUTPUTS, "activation": "softmax"}}
    over_time = {"path": " -> ".join(NAMES), **({"share": "w"} if share else {}), **fields}
    into = NAMES if each else NAMES[:1]
    given = {"share": "u"} if share else {}
    entering = [{"path": f"input -> {name}", **given} for name in into]
    above = {"path": f"{NAMES[-1]} -> output"}
    back = {"path": " -> ".join(["error", *reversed(NAMES)]), "weights": weights}
    return nc.Network(
        populations=ends | hidden, forward=[*entering, over_time, above], channel=[back]
    )


def start(network: nc.Network, **options: Any) -> nc.Simulation:
    options = {"rate": 0.3, "batch_size": 4, "seed": 1, "dtype": "float64", **options}
    return nc.Simulation(network, nc.Data(X, T), **options)


def through_time(
    run: nc.Simulation, each: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Minus the gradient of U, W, V and both biases, by backpropagation through time."""
    U, W = run.weights["input -> h0"], run.weights["h0 -> h1"]
    V, b, c = run.weights["h2 -> output"], run.biases["h0"], run.biases["output"]
    H = [np.zeros((len(X), HIDDEN))]
    for step in range(STEPS):
        driven = X @ U if each or step == 0 else 0.0
        H.append(np.tanh(driven + (H[-1] @ W if step else 0.0) + b))
    S = H[-1] @ V + c
    P = np.exp(S - S.max(axis=1, keepdims=True))
    E = np.eye(OUTPUTS)[T] - P / P.sum(axis=1, keepdims=True)
    dU, dW, db = np.zeros_like(U), np.zeros_like(W), np.zeros_like(b)
    R = (E @ V.T) * (1 - H[-1] ** 2)
    for step in reversed(range(STEPS)):
        db += R.sum(axis=0)
        if each or step == 0:
            dU += X.T @ R
        if step:
            dW += H[step].T @ R
            R = (R @ W.T) * (1 - H[step] ** 2)
    n = len(X)
    return dU / n, dW / n, H[-1].T @ E / n, db / n, E.sum(axis=0) / n


@pytest.mark.parametrize("each", [False, True], ids=["input at first", "input at each step"])
def test_a_tied_channel_over_shared_weights_is_backpropagation_through_time(each):
    run = start(recurrent(each=each))
    expected = through_time(run, each)
    changes = run.updates(X, T)
    names = ("input -> h0", "h0 -> h1", "h2 -> output", "h0", "output")
    for name, slope in zip(names, expected, strict=True):
        assert_allclose(changes[name], 0.3 * slope, rtol=1e-12, atol=1e-12, err_msg=name)
    run.step(X, T)
    for name in ("h0 -> h1", "h1 -> h2"):
        assert_array_equal(run.weights[name], run.weights["h0 -> h1"])
    assert np.abs(changes["h0 -> h1"]).max() > 1e-3


@pytest.mark.parametrize("weights", ["tied", "random", "adaptive"])
@pytest.mark.parametrize("pattern", [{}, {"fan_in": 2}, {"one_to_one": True}], ids=str)
def test_a_shared_change_is_the_sum_of_the_changes_alone(weights, pattern):
    fields = {} if weights != "tied" else {"weights": "tied"}
    run = start(recurrent(**pattern, **({"weights": weights} | fields)))
    first = run.edges("h0 -> h1")
    pairs = np.stack(first, axis=1)
    listed = {"edges": pairs} if pattern else {}
    network = recurrent(share=False, weights=weights)
    split = [
        {"path": path, **(listed if path in ("h0 -> h1", "h1 -> h2") else {})}
        for path in ("input -> h0", "h0 -> h1", "h1 -> h2", "h2 -> output")
    ]
    alone = start(network.model_copy(update={"forward": [nc.ForwardEdges(**e) for e in split]}))
    for name in alone.weights:
        alone.weights[name] = run.weights[name]
    for name in alone.channel_weights if weights != "tied" else ():
        alone.channel_weights[name] = run.channel_weights[name]
    ours, theirs = run.updates(X, T), alone.updates(X, T)
    both = theirs["h0 -> h1"] + theirs["h1 -> h2"]
    assert_allclose(ours["h0 -> h1"], both, rtol=1e-12, atol=1e-14)
    assert_allclose(ours["h1"], sum(theirs[name] for name in NAMES), rtol=1e-12, atol=1e-14)
    assert_allclose(ours["h2 -> output"], theirs["h2 -> output"], rtol=1e-12, atol=1e-14)


LIMITED: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum": {"momentum": 0.9, "decay": 0.1},
    "limited": {"update": {"bits": 3, "scale": 0.05, "quantizer": "stochastic"}},
    "devices": {"synapse": {"step": 0.01, "bounds": [-1.0, 1.0], "pulses": "batch"}},
    "sparse": {"fan_in": 3},
    "of examples": {
        "update": {"bits": 3, "scale": 0.05, "quantizer": "stochastic", "per": "example"},
        "momentum": 0.5,
    },
}


@pytest.mark.parametrize("fields", LIMITED.values(), ids=LIMITED)
def test_a_run_with_shared_weights_resumes_bit_for_bit(tmp_path, fields):
    assert_continues_alike(start(recurrent(**fields)), (X, T), tmp_path)


def test_a_limited_change_is_limited_after_the_sum():
    update = {"bits": 3, "scale": 0.05}
    run, free = start(recurrent(update=update)), start(recurrent())
    whole, limited = free.updates(X, T)["h0 -> h1"], run.updates(X, T)["h0 -> h1"]
    assert len(np.unique(np.abs(limited))) <= 4
    assert np.abs(limited).max() <= 0.05
    assert np.sign(limited[np.abs(whole) > 0.04]).tolist() == (
        np.sign(whole[np.abs(whole) > 0.04]).tolist()
    )


EACH = {"update": {"bits": 3, "scale": 0.05, "per": "example"}}


@pytest.mark.parametrize("pattern", [{}, {"fan_in": 2}, {"one_to_one": True}], ids=str)
def test_the_change_of_an_example_is_limited_after_the_sum_over_bundles(pattern):
    run, free = start(recurrent(**pattern, **EACH)), start(recurrent(**pattern))
    limit = reference.Limit(3, 0.05)
    alone = [free.updates(X[b : b + 1], T[b : b + 1])["h0 -> h1"] for b in range(len(X))]
    wanted = np.mean([reference.quantize(change, limit) for change in alone], axis=0)
    wanted = np.where(alone[0] == 0, 0.0, wanted)
    found = run.updates(X, T)["h1 -> h2"]
    assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)
    assert np.abs(found).max() > 1e-3


def test_every_population_teaches_the_biases_that_it_shares_whatever_its_weights_do():
    """Also one into which all weights are frozen."""
    network = recurrent()
    frozen = [e.model_copy(update={"learn": e.path != "input -> h0"}) for e in network.forward]
    run = start(network.model_copy(update={"forward": tuple(frozen)}))
    signals, change = run.learning_signals(X, T), run.updates(X, T)["h0"]
    wanted = 0.3 * sum(signals[name].mean(axis=0) for name in NAMES)
    assert_allclose(change, wanted, rtol=1e-12, atol=1e-14)
    assert np.abs(0.3 * signals["h0"].mean(axis=0)).max() > 1e-3


def test_setting_a_shared_weight_sets_it_for_all_and_a_checkpoint_has_it_once(tmp_path):
    import h5py

    run = start(recurrent())
    wanted = np.arange(25.0).reshape(5, 5) / 50
    run.weights["h1 -> h2"], run.biases["h2"] = wanted, np.ones(5)
    assert_array_equal(run.weights["h0 -> h1"], wanted)
    assert_array_equal(run.biases["h0"], np.ones(5))
    nc.save(run, tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5") as file:
        assert "weights" in file["forward/h0 -> h1"]
        assert "weights" not in file["forward/h1 -> h2"]
        assert sorted(file["biases"]) == ["h0", "output"]
    again = nc.load(tmp_path / "run.h5", (X, T))
    assert_array_equal(again.weights["h1 -> h2"], wanted)


def test_a_branch_shares_what_was_apart_and_parts_what_was_shared():
    shared = start(recurrent())
    shared.train(1, progress=False)
    apart = shared.branch(recurrent(share=False))
    for name in ("h0 -> h1", "h1 -> h2"):
        assert_array_equal(apart.weights[name], shared.weights["h0 -> h1"])
    apart.train(1, progress=False)
    assert (apart.weights["h0 -> h1"] != apart.weights["h1 -> h2"]).any()
    again = apart.branch(recurrent())
    assert_array_equal(again.weights["h1 -> h2"], apart.weights["h0 -> h1"])
    assert_array_equal(again.biases["h2"], apart.biases["h0"])


def test_threads_change_no_bit_of_shared_weights():
    many = RNG.normal(size=(64, INPUTS)), RNG.integers(0, 3, 64)
    runs = [start(recurrent(), threads=threads, batch_size=32) for threads in (1, 2)]
    for run in runs:
        run.step(*many)
    assert_array_equal(runs[0].weights["h0 -> h1"], runs[1].weights["h0 -> h1"])


def test_locality_and_ledger_name_what_is_shared():
    network = recurrent()
    rows = {row.bundle: row for row in locality(network)}
    assert not rows["h0 -> h1"].local
    assert "one weight on 2 wires" in rows["h1 -> h2"].note
    read = {variable.name for variable in rows["h0 -> h1"].reads}
    assert {"O(h0)", "O(h1)", "R(h1)", "R(h2)"} <= read
    assert rows["h2 -> output"].local
    assert "one bias in 3 neurons" in rows["h1"].note
    costs = {row.bundle: row for row in nc.ledger(network).bundles if row.kind == "forward"}
    plain = {row.bundle: row for row in nc.ledger(recurrent(False)).bundles}
    for name, wires, parameters in (("h0 -> h1", 25, 25), ("h1 -> h2", 25, 0)):
        row = costs[name]
        assert (row.wires, row.parameters, row.shared) == (wires, parameters, wires - parameters)
        for count in ("multiply_adds", "update_multiply_adds"):
            assert getattr(row, count) == getattr(plain[name], count) == 25
    assert nc.ledger(network).shared == 25


def test_the_self_test_passes_for_shared_weights():
    for network in (recurrent(), recurrent(each=True), recurrent(weights="random")):
        failed = [check for check in self_test(network) if not check.passed]
        assert not failed


CONTRADICTIONS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "sizes": (
        [{"path": "input -> h0", "share": "w"}, {"path": "h0 -> h1", "share": "w"}],
        "forward[1].share must join as many neurons as 'input -> h0', which shares 'w', 4 x 5, got "
        "5 x 5 on 'h0 -> h1'; give it another name",
    ),
    "patterns": (
        [
            {"path": "input -> h0"},
            {"path": "h0 -> h1", "share": "w"},
            {"path": "h1 -> h2", "share": "w", "fan_in": 2},
        ],
        "forward[2].fan_in must be the same for all that share 'w', got another on 'h1 -> h2' than "
        "on 'h0 -> h1'; write it alike, or give one of them another share",
    ),
    "steps": (
        [
            {"path": "input -> h0"},
            {"path": "h0 -> h1", "share": "w", "momentum": 0.5},
            {"path": "h1 -> h2", "share": "w"},
        ],
        "forward[2].momentum must be the same for all that share 'w', got another on 'h1 -> h2' "
        "than on 'h0 -> h1'; write it alike, or give one of them another share",
    ),
    "pulses of examples": (
        [
            {"path": "input -> h0"},
            {
                "path": "h0 -> h1 -> h2",
                "share": "w",
                "synapse": {"step": 0.01, "bounds": [-1, 1], "pulses": "example"},
            },
        ],
        'forward[1].synapse.pulses must be "batch" or "exact" for what is shared, whose changes '
        'are added up first, got "example"; write pulses = "batch"',
    ),
    "names": (
        [{"path": "input -> h0", "share": "a b"}],
        "forward[0].share must be a name of letters, digits, '_', '.' and '-' that begins with a "
        "letter or '_', got 'a b'; write for example share = 'recurrent'",
    ),
}


@pytest.mark.parametrize(("forward", "sentence"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_contradiction_is_one_sentence(forward, sentence):
    known = {edge["path"].split(" -> ")[-1] for edge in forward} | {"input"}
    last = sorted(known - {"input"})[-1]
    names = [name for edge in forward for name in edge["path"].split(" -> ")]
    populations: dict[str, Any] = {n: {"size": 5} for n in dict.fromkeys(names)}
    populations |= {"input": {"size": 4}, "output": {"size": 3}}
    with pytest.raises(nc.NetworkError) as caught:
        nc.Network(populations=populations, forward=[*forward, {"path": f"{last} -> output"}])
    assert list(caught.value.problems) == [sentence]


def test_biases_and_clocks_that_cannot_be_shared_are_refused():
    network = recurrent()
    for update, words in (
        ({"size": 6}, "must be of as many biases as 'h0'"),
        ({"bias": {"share": "b", "value": 0.5}}, "populations.h1.bias.value must be the same"),
        ({"neuron": {"clock": 0.5}}, "must not be shared in 'h1', whose neurons learn when"),
    ):
        own = {**network.populations["h1"].changed(), **update}
        with pytest.raises(nc.NetworkError, match=words):
            network.model_copy(update={"populations": {**network.populations, "h1": own}})


@pytest.mark.parametrize("level", ["population", "neuron"])
def test_shares_come_back_from_a_graph(level):
    network = recurrent(each=True)
    run = start(network)
    graph = nc.to_networkx(network, level=level, run=run)
    again = nc.from_networkx(graph)
    assert again.shares.keys() == {"u", "w"}
    assert again.bias_shares == {"b": tuple(NAMES)}
    assert_allclose(start(again).predict(X), run.predict(X), rtol=1e-12)


def test_a_drawing_says_what_is_shared():
    texts = str(plain_drawing(recurrent()).to_dict())
    assert "= w" in texts
    assert "b: = b" in texts


def test_convolutions_share_a_kernel():
    def made(share: bool) -> nc.Simulation:
        own = {"share": "k"} if share else {}
        image = {"activation": "tanh", "bias": {"share": "b"} if share else True}
        conv = {"conv": {"maps": 2, "kernel": 3}, **own}
        network = nc.Network(
            populations={
                "input": {"shape": [6, 6, 2]},
                **dict.fromkeys("ab", image),
                "output": {"size": 3, "activation": "softmax"},
            },
            forward=[
                {"path": "input -> a", **conv},
                {"path": "a -> b", **conv},
                {"path": "b -> output"},
            ],
            channel=[{"path": "error -> b -> a", "weights": "tied"}],
        )
        return nc.Simulation(network, dtype="float64", seed=1)

    run, alone, x = made(True), made(False), RNG.normal(size=(9, 72))
    for name in alone.weights:
        alone.weights[name] = run.weights[name]
    ours, theirs = run.updates(x, T), alone.updates(x, T)
    both = theirs["input -> a"] + theirs["a -> b"]
    assert_allclose(ours["input -> a"], both, rtol=1e-11, atol=1e-14)
    assert_allclose(ours["a"], theirs["a"] + theirs["b"], rtol=1e-11, atol=1e-14)


def test_weights_of_the_input_are_shared_with_its_sparse_copy_as_without():
    images = RNG.integers(0, 256, (40, 9), dtype=np.uint8) * (RNG.random((40, 9)) < 0.2)
    labels = RNG.integers(0, 3, 40)
    given = {"share": "k", "momentum": 0.5}
    network = nc.Network(
        populations={
            "input": {"size": 9},
            **{name: {"size": 16, "activation": "tanh"} for name in "ab"},
            "output": {"size": 3, "activation": "softmax"},
        },
        forward=[
            {"path": "input -> a", **given},
            {"path": "input -> b", **given},
            {"path": "a -> b -> output"},
        ],
        channel=[{"path": "error -> a"}, {"path": "error -> b"}],
    )
    options = {"dtype": "float64", "seed": 1, "batch_size": 1, "rate": 0.1}
    sparse, dense = (
        nc.Simulation(network, nc.Data(x, labels), **options)
        for x in (images.astype(np.uint8), images / 255)
    )
    for run in (sparse, dense):
        run.train(2, progress=False)
    assert_allclose(sparse.weights["input -> a"], dense.weights["input -> b"], rtol=1e-9)
