"""Kolen-Pollack: with the same decay in both channels C becomes W transposed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import neurochannel as nc

RATE, DECAY = 0.2, 0.3
RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(9, 6)), RNG.integers(0, 3, 9)


def pairs(run: nc.Simulation) -> dict[str, tuple[Any, Any]]:
    """C and W' by the name of the channel bundle."""
    found = {}
    for name, weights in run.channel_weights.items():
        source, target = name.split(" -> ")
        mirrored = f"{target} -> {'output' if source == 'error' else source}"
        found[name] = np.array(weights), np.array(run.weights[mirrored]).T
    return found


def degrees(a: Any, b: Any) -> float:
    cosine = np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)
    return float(np.degrees(np.arccos(min(1.0, float(cosine)))))


def start(recipe: Any, **options: Any) -> nc.Simulation:
    network = nc.mlp(6, 5, 4, 3).with_channel(recipe)
    return nc.Simulation(network, rate=RATE, dtype="float64", seed=2, **options)


STEPS: dict[str, dict[str, Any]] = {
    "decay alone": {},
    "momentum": {"momentum": 0.7},
    "a rate factor": {"rate_factor": 0.5},
    "limited changes": {"update": {"bits": 3, "scale": 0.05}},
    "limited changes of examples": {"update": {"bits": 3, "scale": 0.05, "per": "example"}},
    "no derivative": {"derivative": False},
}


@pytest.mark.parametrize("options", STEPS.values(), ids=STEPS)
def test_each_step_leaves_the_same_part_of_the_difference(options):
    """dC = r R' O / B is the transpose of dW = r O' R / B, also where R is the error."""
    run = start(nc.kp(decay=DECAY, **options))
    kept, before = 1 - RATE * options.get("rate_factor", 1.0) * DECAY, pairs(run)
    for step in range(1, 31):
        changes = run.updates(X, T)
        run.step(X, T)
        for name, (weights, mirror) in pairs(run).items():
            born = before[name][0] - before[name][1]
            assert_allclose(weights - mirror, kept**step * born, rtol=1e-9, atol=1e-13)
            assert np.abs(born).min() > 0 and np.abs(changes[name]).max() > 0


def test_a_step_without_decay_leaves_all_of_it():
    run = start(nc.arbp())
    before = pairs(run)
    for _ in range(10):
        run.step(X, T)
    for name, (weights, mirror) in pairs(run).items():
        assert_allclose(weights - mirror, before[name][0] - before[name][1], rtol=1e-9)


def test_decay_in_the_channel_alone_does_not_align_it():
    run = start(nc.arbp(decay=DECAY))
    born = {name: np.linalg.norm(a - b) for name, (a, b) in pairs(run).items()}
    for _ in range(100):
        run.step(X, T)
    for name, (weights, mirror) in pairs(run).items():
        assert np.linalg.norm(weights - mirror) > 0.1 * born[name]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_channel_of_the_digits_becomes_the_mirror_image(dtype):
    network = nc.read("kolen_pollack")
    run = nc.Simulation(network, nc.data.load("digits"), rate=0.3, batch_size=10, dtype=dtype)
    apart = [degrees(*pair) for pair in pairs(run).values()]
    assert min(apart) > 80
    run.train(100, progress=False, evaluate_every=None)
    assert max(degrees(*pair) for pair in pairs(run).values()) < 2
    assert run.evaluate().accuracy >= 0.95


def test_then_its_changes_are_the_gradient():
    run = start(nc.kp(decay=DECAY))
    for _ in range(600):
        run.step(X, T)
    exact = nc.Simulation(run.network.with_channel(nc.bp()), rate=RATE, dtype="float64")
    for name in run.weights:
        exact.weights[name] = np.array(run.weights[name])
    for name in run.biases:
        exact.biases[name] = np.array(run.biases[name])
    found, gradient = run.updates(X, T), exact.updates(X, T)
    for name in (*run.weights, *run.biases):
        assert_allclose(found[name], gradient[name], rtol=1e-6, atol=1e-10)
