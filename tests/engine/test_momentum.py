"""Momentum against the heavy ball by hand, and a state that only steps change."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import neurochannel as nc
from neurochannel.data import Data
from neurochannel.engine import diagnosis
from neurochannel.engine.parameters import learning_rules
from neurochannel.engine.program import unset_reads
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import CheckpointError, DivergenceError
from neurochannel.model.network import Network
from neurochannel.model.recipes import arbp, asrbp, bp, mlp, srbp
from neurochannel.observe.backprop import Backprop
from neurochannel.observe.ledger.byte_counts import stretch_bytes
from neurochannel.observe.observers import Observe
from neurochannel.observe.selftest import self_test
from tests.networks import SEEDS, batches, networks
from tests.storage.runs import (
    assert_same,
    tiny_data,
    tiny_network,
    tiny_run,
    train_to_the_middle,
)

MU, RATE = 0.9, 0.05


def linear(**fields) -> Network:
    """One weight between two linear neurons: O = w x."""
    return Network(
        populations={"input": {"size": 1}, "output": {"size": 1, "bias": False}},
        forward=[{"path": "input -> output", "init": [[0.2]], **fields}],
    )


def test_one_weight_moves_like_a_heavy_ball():
    run = Simulation(linear(momentum=MU), rate=RATE, dtype="float64")
    x, t, w, v = 1.5, -0.7, 0.2, 0.0
    for _ in range(8):
        v = MU * v + RATE * x * (t - w * x)
        assert_allclose(run.updates([[x]], [[t]])["input -> output"], [[v]], rtol=1e-12)
        w += v
        run.step([[x]], [[t]])
        assert_allclose(run.weights["input -> output"], [[w]], rtol=1e-12)


def test_changes_are_limited_before_they_are_carried_on():
    update = {"bits": 2, "scale": 0.01, "quantizer": "uniform"}
    run = Simulation(linear(momentum=0.5, update=update), rate=RATE, dtype="float64")
    moved = []
    for _ in range(3):
        before = run.weights["input -> output"][0, 0]
        run.step([[1.0]], [[5.0]])
        moved.append(run.weights["input -> output"][0, 0] - before)
    assert_allclose(moved, [0.01, 0.015, 0.0175])


NETWORK = mlp(3, 5, 4, 2).with_defaults(forward={"momentum": MU}, channel={"momentum": 0.5})
DATA = Data(np.random.default_rng(0).normal(size=(11, 3)), np.arange(11) % 2)


def moving(**options) -> Simulation:
    network = NETWORK.with_channel(arbp(fan_in=2))
    return Simulation(network, DATA, batch_size=4, seed=3, **options)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_that_is_resumed_in_an_epoch_equals_one_that_is_not(dtype):
    whole, run = moving(dtype=dtype), moving(dtype=dtype)
    whole.train(4, progress=False)
    run.train(1, progress=False)
    train_to_the_middle(run, 8)
    again = Simulation.from_snapshot(run.network, DATA, run.options, run.snapshot())
    again.train(3, progress=False)
    assert_same(again, whole)


def test_a_branch_starts_at_rest():
    run = moving()
    run.train(2, progress=False)
    assert not any(np.any(array) for array in run.branch().snapshot().state.values())
    assert_same(run.copy(), run)


def test_every_program_sets_what_it_reads():
    network = NETWORK.with_channel(bp(bits=3, quantizer="stochastic"))
    machine = Simulation(network).machine
    for batch_size in (1, 4, 50):
        for pixels in (False, True):
            program = machine.program(batch_size, labels=True, pixels=pixels)
            for table in ("train", "signals", "forward", "score"):
                assert unset_reads(program, table) == []


# --- the formula -----------------------------------------------------------------------------


def test_one_weight_swings_as_the_powers_of_a_matrix_say() -> None:
    """The closed form: (w, its last value), both less their limit, times a matrix for each step."""
    rate, x, t = 0.3, 0.8, 0.5
    run = Simulation(linear(momentum=MU), dtype="float64", rate=rate)
    once = np.array([[1 + MU - rate * x * x, -MU], [1.0, 0.0]])
    off, signs = 0.2 - t / x, set()
    for k in range(1, 40):
        run.step([[x]], [[t]])
        (got,) = run.weights["input -> output"].ravel() - t / x
        expected = (np.linalg.matrix_power(once, k) @ [off, off])[0]
        assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
        signs.add(float(np.sign(got)))
    assert signs == {-1.0, 1.0}


def test_softmax_regression_by_hand() -> None:
    ends: dict[str, Any] = {"input": {"size": 3}, "output": {"size": 2, "activation": "softmax"}}
    ends["output"]["bias"] = {"momentum": 0.5}
    network = Network(populations=ends, forward=[{"path": "input -> output", "momentum": MU}])
    run = Simulation(network, seed=3, rate=0.1, dtype="float64")
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(20, 3)), np.eye(2)[rng.integers(0, 2, 20)]
    W, b = np.array(run.weights["input -> output"]), np.array(run.biases["output"])
    V, v = np.zeros_like(W), np.zeros_like(b)
    for _ in range(12):
        S = x @ W + b
        E = t - np.exp(S) / np.exp(S).sum(1, keepdims=True)
        V, v = MU * V + 0.1 * x.T @ E / 20, 0.5 * v + 0.1 * E.mean(0)
        W, b = W + V, b + v
        run.step(x, t)
        assert_allclose(run.weights["input -> output"], W, rtol=1e-12, atol=1e-14)
        assert_allclose(run.biases["output"], b, rtol=1e-12, atol=1e-14)
    state = run.snapshot().state
    assert_allclose(state["velocity:weights:input -> output"], V, rtol=1e-10)
    assert_allclose(state["velocity:bias:output"], v, rtol=1e-10, atol=1e-14)


def test_a_default_momentum_is_that_of_each_edge() -> None:
    base = mlp(3, 4, 5, 2).with_channel(asrbp())
    by_default = base.with_defaults(forward={"momentum": MU}, channel={"momentum": 0.5})
    text = "[defaults.forward]\nmomentum = 0.9\n[defaults.channel]\nmomentum = 0.5\n"
    networks = by_default, Network.from_text(f"{base.to_toml()}\n{text}"), by_default.explicit
    kept = []
    for network in networks:
        run = Simulation(network, DATA)
        run.train(2, progress=False)
        kept.append(run.snapshot())
    assert len(kept[0].state) == 5
    for other in kept[1:]:
        for key, array in {**kept[0].parameters, **kept[0].state}.items():
            assert {**other.parameters, **other.state}[key].tobytes() == array.tobytes()


@pytest.mark.parametrize("sparse", [{}, {"fan_in": 2}], ids=["all to all", "sparse"])
def test_what_is_carried_on_lies_between_the_levels_of_a_limit(sparse: dict[str, int]) -> None:
    """v <- mu v + Q(change), with Q(change) from a network without momentum."""
    scale, x, t = 0.06, *DATA.train
    update = {"bits": 3, "scale": scale, "quantizer": "uniform"}

    def made(**fields: float) -> Simulation:
        sizes: dict[str, Any] = {"input": {"size": 3}, "h": {"size": 4, "activation": "tanh"}}
        sizes["output"] = {"size": 2, "activation": "softmax"}
        forward = {"path": "input -> h -> output", "update": update, **sparse, **fields}
        network = Network(populations=sizes, forward=[forward]).with_channel(srbp())
        return Simulation(network, seed=1, rate=1.0, dtype="float64")

    run, plain, name = made(momentum=MU), made(), "input -> h"
    velocity, largest = np.zeros((3, 4)), 0.0
    for _ in range(6):
        for own, theirs in ((run.weights, plain.weights), (run.biases, plain.biases)):
            for each in own:
                theirs[each] = own[each]
        limited, before = plain.updates(x, t)[name], np.array(run.weights[name])
        assert np.any(limited) and np.abs(limited).max() <= scale * (1 + 1e-12)
        velocity = MU * velocity + limited
        run.step(x, t)
        assert_allclose(run.weights[name], before + velocity, rtol=1e-12, atol=1e-14)
        largest = max(largest, float(np.abs(velocity).max()))
    assert largest > 1.1 * scale


# --- what a step does, and what only looks ---------------------------------------------------


@given(st.data(), SEEDS, st.sampled_from(("float32", "float64")))
@settings(max_examples=40)
def test_updates_are_what_a_step_does(draw: st.DataObject, seed: int, dtype: str) -> None:
    network = draw.draw(networks())
    x, t = draw.draw(batches(network))
    run = Simulation(network, seed=seed, dtype=dtype, rate=0.01)
    assume(run.snapshot().state)
    rules = dict(learning_rules(run.network))
    try:
        run.step(x, t)
        before, announced = run.snapshot(), run.updates(x, t)
        run.step(x, t)
    except DivergenceError:
        assume(False)
    after = run.snapshot()
    for key in before.state:
        kind, _, owner = key.partition(":")
        if kind != "velocity":
            continue
        change = announced[owner.partition(":")[2]]
        if owner in run.machine.edges:
            edges = run.machine.edges[owner]
            change = change[edges.sources, edges.receivers]
        if not rules[owner].decay:  # which rounds in another order, see test_decay
            now = before.parameters[owner] + change
            assert now.tobytes() == after.parameters[owner].tobytes()


def observe_all(run: Simulation) -> None:
    observe = Observe(every=1)
    observe.before(run)
    observe(run)


LOOKS: dict[str, Callable[[Simulation, Any, Any], Any]] = {
    "updates": lambda run, x, t: run.updates(x, t),
    "signals": lambda run, x, t: run.learning_signals(x, t),
    "forward": lambda run, x, t: run.forward(x),
    "evaluate": lambda run, x, t: run.evaluate((x, t)),
    "listing": lambda run, x, t: run.listing(),
    "gradient": lambda run, x, t: Backprop(run).updates(x, t),
    "observers": lambda run, x, t: observe_all(run),
    "branch": lambda run, x, t: run.branch().step(x, t),
    "copy": lambda run, x, t: run.copy().step(x, t),
    "pickle": lambda run, x, t: pickle.loads(pickle.dumps(run)).step(x, t),
    "channel weights": lambda run, x, t: dict(run.channel_weights),
    "setting weights": lambda run, x, t: run.weights.__setitem__(
        "input -> hidden1", np.array(run.weights["input -> hidden1"])
    ),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_looking_reads_the_state_and_never_writes_it(look: Callable[..., Any]) -> None:
    run, whole = tiny_run(1), tiny_run(3)
    train_to_the_middle(run, 4)
    kept = run.machine.state.copy()
    assert np.any(kept)
    look(run, *tiny_data().train)
    assert run.machine.state.tobytes() == kept.tobytes()
    run.train(2, progress=False)
    assert run.machine.state.tobytes() == whole.machine.state.tobytes()
    theirs = whole.snapshot().parameters
    assert all(a.tobytes() == theirs[key].tobytes() for key, a in run.snapshot().parameters.items())


def test_a_report_on_a_network_with_momentum_is_that_without() -> None:
    still = mlp(3, 4, 5, 2).with_channel(asrbp())
    moving = still.with_defaults(forward={"momentum": MU}, channel={"momentum": 0.5})
    assert self_test(moving) == self_test(still)
    assert all(check.passed for check in self_test(tiny_network()))
    found, plain = (nc.inspect(each, self_test=False).findings for each in (moving, still))
    assert found == plain


# --- numbers that are not finite -------------------------------------------------------------

VELOCITIES = {
    "velocity:weights:input -> hidden1": "weights of 'input -> hidden1' (population 'hidden1')",
    "velocity:bias:hidden1": "biases of 'hidden1' (population 'hidden1')",
    "velocity:channel:error -> hidden2": "channel weights of 'error -> hidden2' "
    "(population 'hidden2')",
}


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("key", VELOCITIES)
def test_velocities_that_are_not_finite_are_found_and_not_saved(
    key: str, value: float, tmp_path: Path
) -> None:
    run, path = tiny_run(1), tmp_path / "run.h5"
    assert diagnosis.first_bad_in(run.machine) is None
    array = run.machine.states()[key]
    array[(-1,) * array.ndim] = value
    assert diagnosis.first_bad_in(run.machine) == key
    sentence = str(diagnosis.describe_weights(key, 1))
    start = f"training diverged in epoch 1: velocities of {VELOCITIES[key]} hold NaN or Inf; "
    assert sentence.startswith(start)
    with pytest.raises(CheckpointError, match=f"was not written: '{key}' holds NaN or Inf"):
        nc.save(run, path)
    assert not path.exists()


def test_an_epoch_ends_with_a_sentence_if_only_a_velocity_is_not_finite() -> None:
    """No signal reaches `apart`, so its weights stay as they are, and what was set in motion."""
    network = Network(
        populations={
            "input": {"size": 3},
            "apart": {"size": 2, "activation": "tanh"},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[{"path": "input -> apart -> output"}],
    ).with_defaults(forward={"momentum": MU})
    run = Simulation(network, DATA, batch_size=4)
    run.machine.states()["velocity:weights:input -> apart"][0, 1] = np.inf
    with pytest.raises(DivergenceError, match="epoch 1: velocities of weights of 'input -> apart'"):
        run.train(1, progress=False)


# --- what is told of it ----------------------------------------------------------------------


def test_the_listing_shows_it() -> None:
    run = tiny_run(0)
    lines = [line.changes.split(", ") for line in run.listing() if line.kernel == "add momentum"]
    state = run.snapshot().state
    assert len(lines) == len(state) == 6
    for key in state:
        assert any({key, key.partition(":")[2]} <= set(changed) for changed in lines)


@pytest.mark.parametrize("item", [4, 8])
def test_the_ledger_counts_velocities_for_their_bundles(item: int) -> None:
    """One velocity and one change that waits for each weight; 16 columns need no padding."""
    still = mlp(16, 32, 16).with_channel(asrbp())
    moving = still.with_defaults(forward={"momentum": MU}, channel={"momentum": MU})
    programs = (Simulation(each).machine.program(1, labels=True) for each in (still, moving))
    before, after = (stretch_bytes(program, item) for program in programs)
    for key in ("weights:input -> hidden1", "channel:error -> hidden1"):
        assert after[key] - before[key] == 2 * 16 * 32 * item
    uses = [nc.ledger(each, dtype=f"float{8 * item}").memory for each in (still, moving)]
    assert uses[1].forward - uses[0].forward == 2 * 2 * 16 * 32 * item
    assert uses[1].channel - uses[0].channel == 2 * 16 * 32 * item
