"""Momentum against the heavy ball by hand, and a state that only steps change."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurochannel.data import Data
from neurochannel.engine.program import unset_reads
from neurochannel.engine.simulation import Simulation
from neurochannel.model.network import Network
from neurochannel.model.recipes import arbp, bp, mlp
from neurochannel.observe.observers import Observe
from tests.storage.runs import assert_same, train_to_the_middle

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


def test_looking_reads_the_state_and_never_writes_it():
    run = moving()
    run.train(2, progress=False)
    kept = run.snapshot().state
    assert len(kept) == 5 and all(np.any(array) for array in kept.values())
    x, t = DATA.train.x[:4], DATA.train.t[:4]
    first = run.updates(x, t)
    run.learning_signals(x, t), run.forward(x), run.evaluate(), run.plan()
    Observe("alignment", "messages", at=(2,)).before(run)
    for key, array in run.snapshot().state.items():
        assert_array_equal(array, kept[key])
    before = {name: np.array(run.weights[name]) for name in run.weights}
    run.step(x, t)
    for name, weights in before.items():
        assert_allclose(run.weights[name] - weights, first[name], rtol=2e-4, atol=1e-6)
    assert any(np.any(run.snapshot().state[key] != kept[key]) for key in kept)


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
