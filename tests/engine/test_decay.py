"""Decay and rate factors: W <- (1 - r decay) W + v with r = rate * rate_factor, on every path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.data import Data
from neurochannel.engine.parameters import learning_rules
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import DivergenceError, NetworkError, OptionError
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias
from tests.networks import SEEDS, batches, networks

RATE, DECAY, FACTOR, MU = 0.05, 0.4, 1.5, 0.9
LIMIT = {"bits": 2, "scale": 0.01, "quantizer": "uniform"}
RNG = np.random.default_rng(0)
IMAGES = Data(
    (RNG.integers(1, 255, (64, 30)) * (RNG.random((64, 30)) < 0.1)).astype(np.uint8),
    np.arange(64) % 3,
)


def linear(**fields: Any) -> Network:
    """One weight between two linear neurons: O = w x."""
    return Network(
        populations={"input": {"size": 1}, "output": {"size": 1, "bias": False}},
        forward=[{"path": "input -> output", "init": [[0.2]], **fields}],
    )


# --- the formula -----------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.0, MU])
def test_one_weight_by_hand(momentum: float) -> None:
    network = linear(momentum=momentum, decay=DECAY, rate_factor=FACTOR)
    run = Simulation(network, rate=RATE, dtype="float64")
    x, t, w, v, r = 1.5, -0.7, 0.2, 0.0, RATE * FACTOR
    for _ in range(8):
        v = momentum * v + r * x * (t - w * x)
        assert_allclose(run.updates([[x]], [[t]])["input -> output"], [[v - r * DECAY * w]])
        w = (1 - r * DECAY) * w + v
        run.step([[x]], [[t]])
        assert_allclose(run.weights["input -> output"], [[w]], rtol=1e-12)


@pytest.mark.parametrize("per", ["batch", "example"])
@pytest.mark.parametrize("momentum", [0.0, MU])
def test_what_decays_is_not_limited(per: str, momentum: float) -> None:
    update = {**LIMIT, "per": per}
    network = linear(momentum=momentum, decay=DECAY, rate_factor=FACTOR, update=update)
    run = Simulation(network, rate=RATE, dtype="float64")
    run.step([[0.0]], [[5.0]])
    assert_allclose(run.weights["input -> output"], 0.2 * (1 - RATE * FACTOR * DECAY), rtol=1e-12)


def test_biases_decay() -> None:
    bias: Any = {"value": 0.5, "decay": DECAY, "rate_factor": FACTOR}
    populations: Any = {"input": {"size": 2}, "output": {"size": 1, "bias": bias}}
    network = Network(populations=populations, forward=[{"path": "input -> output"}])
    run = Simulation(network, rate=RATE, dtype="float64")
    x, b = np.zeros((4, 2)), 0.5
    for _ in range(5):
        b = (1 - RATE * FACTOR * DECAY) * b + RATE * FACTOR * (0.3 - b)
        run.step(x, np.full((4, 1), 0.3))
        assert_allclose(run.biases["output"], [b], rtol=1e-12)


# --- every path ------------------------------------------------------------------------------

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "fan_in": {"fan_in": 2},
    "momentum": {"momentum": MU},
    "limited": {"update": LIMIT},
    "rounded at random": {"update": {**LIMIT, "quantizer": "stochastic"}},
    "limited by example": {"update": {**LIMIT, "per": "example"}},
    "limited with momentum": {"update": LIMIT, "momentum": MU},
    "sparse with momentum": {"fan_in": 2, "momentum": MU},
}
CHANNELS = {"tied": nc.bp, "random": nc.srbp, "adaptive": nc.arbp}


def made(kind: dict[str, Any], channel: str, batch_size: int, dtype: str, **more: Any) -> Any:
    fields = {**kind, **more}
    adaptive = fields if channel == "adaptive" else {}
    steps = {key: value for key, value in fields.items() if key != "fan_in"}
    network = (
        nc.mlp(30, 9, 7, 3)
        .with_defaults(forward=_without_wires(fields), population={"bias": steps})
        .with_channel(CHANNELS[channel](**adaptive))
    )
    if "fan_in" in fields:
        forward = [edges.model_copy(update={"fan_in": 2}) for edges in network.forward]
        network = network.model_copy(update={"forward": forward})
    return Simulation(network, IMAGES, rate=RATE, batch_size=batch_size, seed=1, dtype=dtype)


def _without_wires(fields: dict[str, Any]) -> Any:
    return {key: value for key, value in fields.items() if key != "fan_in"}


def parameters(run: Simulation) -> dict[str, Any]:
    return run.snapshot().parameters


each_path = pytest.mark.parametrize(
    ("kind", "channel", "batch_size"),
    [
        pytest.param(KINDS[name], channel, batch_size, id=f"{name}-{channel}-{batch_size}")
        for name in KINDS
        for channel, batch_size in (("tied", 1), ("random", 64), ("adaptive", 1), ("adaptive", 64))
    ],
)


@each_path
def test_one_step_loses_its_part_on_every_path(kind, channel, batch_size):
    """What a step changes is what it changes without decay, less r decay W."""
    options = kind, channel, batch_size, "float64"
    run, plain = made(*options, decay=DECAY, rate_factor=FACTOR), made(*options, rate_factor=FACTOR)
    for key in run.machine.spans:
        run.machine.parameter(key)[...] += 0.1
        plain.machine.parameter(key)[...] = run.machine.parameter(key)
    before = parameters(run)
    for each in (run, plain):
        if batch_size == len(IMAGES.train.x):
            each.train(1, progress=False)
        else:
            each.step(IMAGES.train.x[:batch_size], IMAGES.train.t[:batch_size])
    learning = dict(learning_rules(run.network))
    output = "bias:output"
    assert len(learning) == (8 if channel == "adaptive" else 6)
    for key, value in parameters(run).items():
        lost = RATE * FACTOR * DECAY * before[key] if key in learning and key != output else 0.0
        assert_allclose(value, parameters(plain)[key] - lost, rtol=1e-9, atol=1e-12, err_msg=key)


@each_path
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neutral_values_leave_program_and_bits_alone(kind, channel, batch_size, dtype):
    options = kind, channel, batch_size, dtype
    run, plain = made(*options, decay=0.0, rate_factor=1.0), made(*options)
    assert run.listing() == plain.listing()
    for each in (run, plain):
        each.train(1, progress=False)
    for key, value in parameters(run).items():
        assert value.tobytes() == parameters(plain)[key].tobytes()


@each_path
def test_a_rate_factor_is_a_rate(kind, channel, batch_size):
    """Twice the rate on all that learns is the rate twice, to the last bit."""
    options = kind, channel, batch_size, "float32"
    slow, fast = made(*options, rate_factor=2.0, decay=DECAY), made(*options, decay=DECAY)
    fast = Simulation(fast.network, IMAGES, rate=2 * RATE, batch_size=batch_size, seed=1)
    x, t = IMAGES.train.x[:batch_size], IMAGES.train.t[:batch_size]
    slow.step(x, t), fast.step(x, t)
    for key, value in parameters(slow).items():
        if key != "bias:output":
            assert_array_equal(value, parameters(fast)[key], err_msg=key)


@given(st.data(), SEEDS, st.sampled_from(("float32", "float64")))
@settings(max_examples=40)
def test_updates_are_what_a_step_does(draw: st.DataObject, seed: int, dtype: str) -> None:
    network = draw.draw(networks())
    x, t = draw.draw(batches(network))
    run = Simulation(network, seed=seed, dtype=dtype, rate=0.1)
    rules = dict(learning_rules(run.network))
    assume(any(rule.decay for rule in rules.values()))
    try:
        before, announced = parameters(run), run.updates(x, t)
        run.step(x, t)
    except DivergenceError:
        assume(False)
    assume(all(np.all(np.abs(change) < 1e3) for change in announced.values()))
    for key in rules:
        change = announced[_announced_as(key, announced)]
        if key in run.machine.edges:
            edges = run.machine.edges[key]
            change = change[edges.sources, edges.receivers]
        tolerance = 50 * float(np.finfo(dtype).eps)
        size = float(np.abs(before[key]).max(initial=1.0) + np.abs(change).max(initial=0.0))
        now = parameters(run)[key]
        assert_allclose(now, before[key] + change, rtol=0, atol=tolerance * size, err_msg=key)


def _announced_as(key: str, announced: dict[str, Any]) -> str:
    kind, _, name = key.partition(":")
    return f"channel: {name}" if kind == "channel" and f"channel: {name}" in announced else name


# --- where nothing learns --------------------------------------------------------------------


def test_what_no_signal_reaches_does_not_decay() -> None:
    network = nc.mlp(4, 5, 2).with_defaults(forward={"decay": DECAY})
    run = Simulation(network.with_channel(nc.top_only()), rate=RATE)
    before = np.array(run.weights["input -> hidden1"])
    run.step(np.ones((3, 4)), [0, 1, 0])
    assert_array_equal(run.weights["input -> hidden1"], before)
    assert [line.changes for line in run.listing() if line.kernel == "decay"] == [
        "weights:hidden1 -> output"
    ]


FROZEN = "must be left out if learn = false, because these"
WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (kind, {**path, name: value}, f"{name} must be {rule}, got {value}; leave it out for")
    for kind, path in (
        (ForwardEdges, {"path": "a -> b"}),
        (ChannelEdges, {"path": "error -> b", "weights": "adaptive"}),
        (Bias, {}),
    )
    for name, value, rule in (
        ("momentum", 1.0, "less than 1"),
        ("momentum", -0.5, "at least 0"),
        ("decay", -1e-3, "at least 0"),
        ("decay", float("inf"), "a finite number"),
        ("decay", "'much'", "a number"),
        ("decay", True, "a number"),
        ("rate_factor", 0.0, "greater than 0"),
        ("rate_factor", -2.0, "greater than 0"),
        ("rate_factor", float("nan"), "a finite number"),
        ("rate_factor", "'fast'", "a number"),
    )
] + [
    (kind, {**path, name: 0.5}, f"{name} {sentence} do")
    for name in ("momentum", "decay", "rate_factor")
    for kind, path, sentence in (
        (ForwardEdges, {"path": "a -> b", "learn": False}, f"{FROZEN} weights"),
        (Bias, {"learn": False}, f"{FROZEN} biases"),
        (ChannelEdges, {"path": "error -> b"}, "must be left out for random weights, which"),
    )
]


@pytest.mark.parametrize(("kind", "fields", "sentence"), WRONG)
def test_wrong_values_get_a_sentence(kind, fields, sentence):
    given_fields = {
        k: v.strip("'") if k in ("decay", "rate_factor") and isinstance(v, str) else v
        for k, v in fields.items()
    }
    with pytest.raises(NetworkError) as caught:
        kind(**given_fields)
    assert str(caught.value).startswith(sentence)


def falling(update: int) -> float:
    return 0.1 if update < 2 else 10.0


TOO_FAST = "rate * rate_factor * decay must be less than 1, got 1.2 for 'input -> output' at a rate"


@pytest.mark.parametrize("rate", [2.0, nc.Decay(2.0)], ids=["number", "Decay"])
def test_a_rate_at_which_all_would_decay_is_refused(rate: Any) -> None:
    with pytest.raises(OptionError) as caught:
        Simulation(linear(decay=DECAY, rate_factor=FACTOR), rate=rate)
    assert str(caught.value) == f"{TOO_FAST} of 2; lower the decay or the rate"
    Simulation(linear(decay=DECAY, rate_factor=FACTOR), rate=1.6)


def test_a_function_is_refused_when_it_goes_too_far() -> None:
    x, t = np.ones((6, 1)), np.zeros((6, 1))
    run = Simulation(linear(decay=DECAY), (x, t), rate=falling, batch_size=1)
    run.step(x, t), run.step(x, t)
    kept = np.array(run.weights["input -> output"])
    for act in (lambda: run.step(x, t), lambda: run.train(1, progress=False)):
        with pytest.raises(OptionError, match="got 4 for 'input -> output' at a rate of 10; lower"):
            act()
    assert_array_equal(run.weights["input -> output"], kept)


# --- runs ------------------------------------------------------------------------------------


def test_a_run_that_is_saved_continues_with_the_same_bits(tmp_path):
    run = made(KINDS["momentum"], "adaptive", 16, "float32", decay=DECAY, rate_factor=FACTOR)
    run.train(1, progress=False)
    nc.save(run, tmp_path / "run.h5")
    again = nc.load(tmp_path / "run.h5", IMAGES)
    for each in (run, again):
        each.train(2, progress=False)
    for key, value in parameters(run).items():
        assert value.tobytes() == parameters(again)[key].tobytes()
