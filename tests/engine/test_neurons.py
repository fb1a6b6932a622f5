"""Neurons that are not ideal: levels, maps of the chip, noise, dead ones, clocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.engine.program import TABLES
from neurochannel.errors import NetworkError
from neurochannel.storage import load, save
from tests.storage.runs import assert_same, train_to_the_middle

SIGNED, POSITIVE = ("tanh", "linear", "power(2)", "power(3)"), ("relu", "logistic")


def network(neuron: dict[str, Any], activation: str = "tanh", **more: Any) -> nc.Network:
    base = nc.mlp(6, 40, 3, activation=activation).with_channel(nc.rbp(**more))
    return base.with_defaults(population={"neuron": neuron})


def inputs(n: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1.0, (n, 6)), rng.integers(0, 3, n)


def hidden(run: nc.Simulation, x: np.ndarray) -> np.ndarray:
    return run.forward(x)["hidden1"]


def totals(run: nc.Simulation, x: np.ndarray) -> np.ndarray:
    return x @ run.weights["input -> hidden1"] + run.biases["hidden1"]


# --- nothing at all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "neutral",
    [{}, {"noise": 0.0, "gain_spread": 0.0, "dead": 0.0, "clock": 1.0}, {"derivative": "ideal"}],
)
def test_neutral_neurons_are_the_same_program(neutral: dict[str, Any]) -> None:
    plain = nc.mlp(6, 40, 3).with_channel(nc.rbp())
    run, other = (nc.Simulation(n, seed=1) for n in (network(neutral), plain))
    for table in TABLES:
        calls, others = (list(r.machine.program(8, labels=True).calls(table)) for r in (run, other))
        assert calls == others
    assert run.chip == {}
    x, t = inputs()
    run.step(x, t), other.step(x, t)
    assert_array_equal(run.machine.values, other.machine.values)


# --- what neurons send -----------------------------------------------------------------------


@pytest.mark.parametrize("bits", [2, 3, 5])
@pytest.mark.parametrize("activation", [*SIGNED, *POSITIVE])
def test_converters_send_levels_of_which_one_is_zero(activation: str, bits: int) -> None:
    x, size = inputs(500)[0], 0.9
    run = nc.Simulation(network({"bits": bits, "range": size}, activation), dtype="float64")
    ideal = nc.Simulation(network({}, activation), dtype="float64")
    count = 2**bits - 1 if activation in SIGNED else 2**bits
    least = -size if activation in SIGNED else 0.0
    levels, sent = np.linspace(least, size, count), hidden(run, x)
    assert np.abs(sent[..., None] - levels).min(axis=-1).max() < 1e-12
    assert np.abs(levels).min() < 1e-15
    step = levels[1] - levels[0]
    assert np.abs(sent - np.clip(hidden(ideal, x), least, size)).max() <= step / 2 + 1e-12


def test_an_activation_that_ends_at_one_needs_no_range() -> None:
    run = nc.Simulation(network({"bits": 3}), dtype="float64")
    assert_allclose(np.unique(np.round(3 * hidden(run, inputs(2000)[0]), 9)), np.arange(-3, 4))


def test_the_input_converter_comes_before_gain_threshold_and_f() -> None:
    fields = {"input_bits": 3, "input_range": 1.5, "gain_spread": 0.3, "threshold_spread": 0.2}
    run, x = nc.Simulation(network(fields), chip_seed=5, dtype="float64"), inputs()[0]
    read = 0.5 * np.rint(np.clip(totals(run, x), -1.5, 1.5) / 0.5)
    chip = run.chip
    expected = np.tanh(read * chip["gain:hidden1"] - chip["threshold:hidden1"])
    assert_allclose(hidden(run, x), expected, rtol=1e-9, atol=1e-12)


def test_spreads_are_those_that_were_asked_for() -> None:
    wide = nc.mlp(2, 20_000, 2).with_channel(nc.rbp())
    wide = wide.with_defaults(population={"neuron": {"gain_spread": 0.2, "threshold_spread": 0.5}})
    first, other = (nc.Simulation(wide, chip_seed=chip).chip for chip in (1, 2))
    for name, mean, spread in (("gain:hidden1", 1.0, 0.2), ("threshold:hidden1", 0.0, 0.5)):
        error = spread / np.sqrt(20_000)
        assert abs(first[name].mean() - mean) < 5 * error
        assert abs(first[name].std() - spread) < 5 * error
        assert abs(np.corrcoef(first[name], other[name])[0, 1]) < 5 / np.sqrt(20_000)
    both = np.corrcoef(first["gain:hidden1"], first["threshold:hidden1"])
    assert abs(both[0, 1]) < 5 / np.sqrt(20_000)


def test_noise_has_its_deviation_and_no_mean() -> None:
    x = inputs(2000)[0]
    ideal = hidden(nc.Simulation(network({}), dtype="float64"), x)
    run = nc.Simulation(network({"noise": 0.1, "relative_noise": 0.3}), dtype="float64")
    off, size = hidden(run, x) - ideal, np.sqrt(0.01 + 0.09 * ideal**2)
    z = off / size
    assert abs(z.mean()) < 5 / np.sqrt(z.size) and abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)


def test_dead_neurons_are_as_many_as_asked_and_learn_nothing() -> None:
    run, (x, t) = nc.Simulation(network({"dead": 0.3}), chip_seed=4, dtype="float64"), inputs()
    dead = run.chip["dead:hidden1"] == 1
    assert dead.sum() == 12
    sent = hidden(run, x)
    assert not sent[:, dead].any() and sent[:, ~dead].all()
    assert not run.learning_signals(x, t)["hidden1"][:, dead].any()
    change = run.updates(x, t)
    assert not change["input -> hidden1"][:, dead].any() and not change["hidden1"][dead].any()
    assert not change["hidden1 -> output"][dead].any()
    assert change["input -> hidden1"][:, ~dead].all()


def test_dead_outputs_do_not_learn_but_their_error_is_known() -> None:
    base = nc.mlp(6, 5, 4, output="logistic").with_channel(nc.rbp())
    output = base.populations["output"].model_copy(update={"neuron": {"dead": 0.5}})
    made = base.model_copy(update={"populations": {**base.populations, "output": output}})
    run, x = nc.Simulation(made, dtype="float64"), inputs()[0]
    t = np.full((64, 4), 0.75)
    dead, signals = run.chip["dead:output"] == 1, run.learning_signals(x, t)
    assert_array_equal(signals["error"][:, dead], 0.75)
    assert not signals["output"][:, dead].any() and signals["output"][:, ~dead].all()
    assert_array_equal(signals["error"][:, ~dead], signals["output"][:, ~dead])
    assert not run.updates(x, t)["hidden1 -> output"][:, dead].any()


@pytest.mark.parametrize("activation", ["tanh", "power(2)"])
def test_the_derivative_is_measured_in_the_neuron_or_ideal(activation: str) -> None:
    fields = {"gain_spread": 0.5, "noise": 0.3, "bits": 2, "range": 1.0}
    (x, t), slopes = inputs(), {}
    for kind in ("measured", "ideal"):
        made = network(fields | {"derivative": kind}, activation)
        run = nc.Simulation(made, dtype="float64")
        signals = run.learning_signals(x, t)
        arriving = signals["error"] @ run.channel_weights["error -> hidden1"]
        slopes[kind] = signals["hidden1"] / arriving
        ideal = totals(run, x)
    slope = {"tanh": lambda s: 1 - np.tanh(s) ** 2, "power(2)": lambda s: 2 * s}[activation]
    assert_allclose(slopes["ideal"], slope(ideal), rtol=1e-7)
    assert_allclose(slopes["measured"], slope(run.chip["gain:hidden1"] * ideal), rtol=1e-7)


def test_the_loss_of_noisy_outputs_is_that_of_their_total_input() -> None:
    base = nc.mlp(6, 5, 3).with_channel(nc.rbp())
    output = base.populations["output"].model_copy(update={"neuron": {"noise": 0.4}})
    made = base.model_copy(update={"populations": {**base.populations, "output": output}})
    (x, t), dtype = inputs(), "float64"
    noisy, ideal = (nc.Simulation(n, dtype=dtype).evaluate((x, t)) for n in (made, base))
    assert noisy.loss == ideal.loss and noisy.accuracy != ideal.accuracy


# --- clocks ----------------------------------------------------------------------------------


def test_a_population_learns_from_as_many_examples_as_its_clock_ticks() -> None:
    run = nc.Simulation(network({"clock": 0.3}), dtype="float64")
    signals = run.learning_signals(*inputs(4000))
    learned = signals["hidden1"].any(axis=1)
    assert abs(learned.mean() - 0.3) < 5 * np.sqrt(0.21 / 4000)
    assert (signals["hidden1"][learned] != 0).all() and signals["output"].any(axis=1).all()


def test_without_a_tick_nothing_moves_not_even_what_is_in_motion() -> None:
    fields = {"momentum": 0.9, "decay": 0.01}
    base = nc.mlp(6, 5, 4, 3).with_channel(nc.asrbp(**fields))
    population = {"neuron": {"clock": 0.4}, "bias": fields}
    made = base.with_defaults(population=population, forward=fields)
    run, ticks = nc.Simulation(made, batch_size=1, seed=3, dtype="float64"), set()
    for number in range(40):
        x, t = inputs(1, number)
        signals, before = run.learning_signals(x, t), run.snapshot()
        learned = {h: bool(signals[h].any()) for h in ("hidden1", "hidden2")}
        run.step(x, t)
        after = run.snapshot()
        for key, array in (after.parameters | dict(after.state)).items():
            target = key.split(":")[-1].split(" -> ")[-1]
            old = (before.parameters | dict(before.state))[key]
            assert np.array_equal(array, old) == (not learned.get(target, True)), key
        ticks.add(tuple(learned.values()))
    assert len(ticks) == 4  # each population has a clock of its own


# --- draws -----------------------------------------------------------------------------------

NOISY = {
    "input_bits": 6,
    "input_range": 4.0,
    "gain_spread": 0.1,
    "threshold_spread": 0.1,
    "noise": 0.1,
    "relative_noise": 0.1,
    "bits": 5,
    "dead": 0.2,
    "clock": 0.7,
}


def test_looking_repeats_and_is_not_the_noise_of_training() -> None:
    run, (x, t) = nc.Simulation(network({"noise": 0.2}), dtype="float64"), inputs(600)
    first = hidden(run, x)
    assert_array_equal(first, hidden(run, x))
    noise = first - np.tanh(totals(run, x))
    assert not np.isclose(noise[:256], noise[256:512]).any()
    values = run.machine.values.copy()
    run.updates(x, t), run.learning_signals(x, t), run.evaluate((x, t))
    assert_array_equal(values, run.machine.values)
    trained = run._inspector.buffers(x[:256], t[:256], 0)["activity:hidden1"]
    assert not np.isclose(trained - np.tanh(totals(run, x[:256])), noise[:256]).any()
    run.biases["hidden1"] = run.biases["hidden1"]
    change, before = run.updates(x, t), run.weights["input -> hidden1"]
    run.step(x, t)
    moved = run.weights["input -> hidden1"] - before
    assert_allclose(moved, change["input -> hidden1"], rtol=1e-9, atol=1e-15)
    assert not np.isclose(hidden(run, x) - np.tanh(totals(run, x)), noise).any()


def test_scores_do_not_depend_on_threads() -> None:
    data = nc.data.load("digits")
    made = nc.mlp(None, 30, None).with_channel(nc.rbp())
    made = made.with_defaults(population={"neuron": NOISY})
    one, two = (nc.Simulation(made, data, threads=threads) for threads in (1, 2))
    assert one.evaluate() == two.evaluate()
    assert one.evaluate() == one.evaluate() != nc.Simulation(made, data, seed=1).evaluate()


def test_a_run_resumes_bit_for_bit_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    data = nc.data.load("digits")
    made = nc.mlp(None, 20, 10, None).with_channel(nc.arbp(momentum=0.5))
    made = made.with_defaults(population={"neuron": NOISY}, forward={"momentum": 0.5})
    whole, run = (nc.Simulation(made, data, batch_size=50, chip_seed=3) for _ in range(2))
    whole.train(3, progress=False)
    run.train(1, progress=False)
    train_to_the_middle(run, 500)
    save(run, tmp_path / "run.h5")
    again = load(tmp_path / "run.h5", data)
    again.train(2, progress=False)
    assert_same(whole, again)
    assert again.history["test_accuracy"].tolist() == whole.history["test_accuracy"].tolist()


def test_another_chip_changes_nothing_but_the_maps() -> None:
    one, other = (nc.Simulation(network(NOISY), seed=2, chip_seed=chip) for chip in (1, 2))
    for key in one.machine.spans:
        assert_array_equal(one.machine.parameter(key), other.machine.parameter(key))
    assert all((one.chip[name] != other.chip[name]).any() for name in one.chip)
    assert set(one.chip) == {f"{what}:hidden1" for what in ("gain", "threshold", "dead")}


# --- contradictions --------------------------------------------------------------------------

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"input_bits": 4}, "tanh", "neuron.input_range is missing"),
    (
        {"bits": 4},
        "relu",
        "neuron.range is missing; give the largest activity that the bits of 're",
    ),
    ({"bits": 1}, "tanh", "neuron.bits must be at least 2, got 1"),
    ({"input_bits": 1, "input_range": 1.0}, "tanh", "neuron.input_bits must be at least 2, got 1"),
    ({"range": 0.0}, "tanh", "neuron.range must be greater than 0, got 0.0"),
    ({"noise": -0.1}, "tanh", "neuron.noise must be at least 0, got -0.1"),
    ({"gain_spread": float("inf")}, "tanh", "neuron.gain_spread must be a finite number, got inf"),
    ({"dead": 1.0}, "tanh", "neuron.dead must be less than 1, got 1.0"),
    ({"clock": 0.0}, "tanh", "neuron.clock must be greater than 0, got 0.0"),
    ({"clock": 1.5}, "tanh", "neuron.clock must be at most 1, got 1.5"),
    ({"hold": 0.5}, "tanh", "neuron must not have 'hold', which is not there yet"),
    ({"derivative": "none"}, "tanh", "neuron.derivative must be one of measured or ideal"),
    ({"gain": 0.5}, "tanh", "neuron.gain is not a known key"),
]


@pytest.mark.parametrize(("neuron", "activation", "sentence"), WRONG)
def test_contradictions_are_sentences(neuron: Any, activation: str, sentence: str) -> None:
    population = {"size": 3, "activation": activation, "neuron": neuron}
    populations = {"input": {"size": 2}, "a": population, "output": {"size": 2}}
    with pytest.raises(NetworkError, match=r"^populations\.a\.") as caught:
        nc.Network(populations=populations, forward=[{"path": "input -> a -> output"}])
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("name", "neuron", "sentence"),
    [
        ("input", {"noise": 0.1}, "neuron must be left out in the input population, whose act"),
        ("relay", {"noise": 0.1}, "neuron must be left out in relays"),
        ("output", {"dead": 0.1}, "neuron.dead must be left out of softmax, whose outputs add"),
    ],
)
def test_neurons_are_refused_where_they_make_no_sense(
    name: str, neuron: Any, sentence: str
) -> None:
    populations: dict[str, Any] = {
        "input": {"size": 2},
        "a": {"size": 3, "activation": "tanh"},
        "relay": {"size": 3},
        "output": {"size": 2, "activation": "softmax"},
    }
    populations[name]["neuron"] = neuron
    edges = {
        "forward": [{"path": "input -> a -> output"}],
        "channel": [{"path": "error -> relay -> a"}],
    }
    with pytest.raises(NetworkError) as caught:
        nc.Network(populations=populations, **edges)
    assert f"populations.{name}.{sentence}" in str(caught.value)
