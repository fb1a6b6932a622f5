"""Kernels of the channel that are drawn at each step, or have the signs of the forward ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.engine.streams import channel_key
from neurochannel.errors import NetworkError
from neurochannel.storage import load, save
from tests.windows import Twin

KINDS = ("redrawn", "concordant", "concordant_redrawn", "congruent")
RULES = ("conv", "local")
SCALE = {"distribution": "uniform", "scale": 0.4}
RNG = np.random.default_rng(3)
X, T = RNG.normal(size=(7, 40)), np.eye(4)[RNG.integers(0, 4, 7)]
WITH = {"shared": "kernel"}


def network(rule: str, weights: str, **own: Any) -> nc.Network:
    """Two populations of windows, whose channel comes back by a kernel of its own."""
    first, second = {"maps": 2, "kernel": 3}, {"maps": 3, "kernel": 2, "stride": 2, "padding": 1}
    return nc.Network(
        populations={
            "input": {"shape": [5, 4, 2]},
            "a": {"activation": "tanh"},
            "b": {"activation": "tanh"},
            "output": {"size": 4, "activation": "softmax"},
        },
        forward=[
            {"path": "input -> a", rule: first},
            {"path": "a -> b", rule: second},
            {"path": "b -> output"},
        ],
        channel=[
            {"path": "error -> b", "weights": "adaptive"},
            {"path": "b -> a", "weights": weights, **WITH, **own},
        ],
    )


def start(described: nc.Network, **options: Any) -> nc.Simulation:
    options = {"dtype": "float64", "rate": 2.0, "seed": 5, "batch_size": 7} | options
    return nc.Simulation(described, nc.Data(X, T), **options)


@pytest.mark.parametrize("weights", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_steps_are_those_of_dense_matrices(rule: str, weights: str) -> None:
    run = start(network(rule, weights, init=SCALE))
    born = np.sign(run.weights["a -> b"])
    for _ in range(5):
        wanted, made = Twin(run).signals(X, T)[1], Twin(run).updates(X, T, 2.0)
        before = {**run.weights, **run.biases}
        for name, signal in run.learning_signals(X, T).items():
            np.testing.assert_allclose(signal, wanted[name], 1e-12, 1e-14, err_msg=name)
        run.step(X, T)
        for name, change in ((name, made[name]) for name in before if name in made):
            moved = (run.weights if "->" in name else run.biases)[name] - before[name]
            np.testing.assert_allclose(moved, change, 1e-9, 1e-13, err_msg=name)
    # Signs that follow are no longer those at birth, and the twin follows them.
    assert (np.sign(run.weights["a -> b"]) != born).any()
    if weights == "congruent":
        np.testing.assert_array_equal(np.sign(run.channel_weights["b -> a"]), born)


@pytest.mark.parametrize("rule", RULES)
def test_magnitudes_are_spread_as_those_of_fixed_kernels(rule: str) -> None:
    """Glorot's limit counts the eight taps of a window, and the three neurons that hear a pixel."""
    fixed = start(network(rule, "random")).channel_weights["b -> a"]
    limit = np.sqrt(6 / (8 + 3))
    run, key = start(network(rule, "redrawn")), channel_key("b -> a")
    drawn = np.array([run.machine.channel_matrix(key, update) for update in range(40)])
    assert 0.9 * limit < np.abs(fixed).max() <= limit
    assert 0.97 * limit < np.abs(drawn).max() <= limit


@pytest.mark.parametrize("weights", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_a_run_resumes_bit_for_bit(tmp_path: Path, rule: str, weights: str) -> None:
    whole, first = (start(network(rule, weights), batch_size=2) for _ in range(2))
    whole.train(2, progress=False)
    first.train(1, progress=False)
    save(first, tmp_path / "run.h5")
    resumed = load(tmp_path / "run.h5", data=nc.Data(X, T))
    resumed.train(1, progress=False)
    for name, weight in whole.weights.items():
        np.testing.assert_array_equal(resumed.weights[name], weight)


@pytest.mark.parametrize("weights", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_it_is_inspected_and_comes_back_from_files(rule: str, weights: str, tmp_path: Path) -> None:
    described = network(rule, weights)
    found = nc.inspect(described)
    assert not found.errors
    assert all(check.passed for check in found.checks)
    cost = next(row for row in found.ledger.bundles if row.bundle == "b -> a")
    n_weights = start(described).weights["a -> b"].size
    assert cost.parameters == (0 if weights.endswith("redrawn") else n_weights)
    place = next(row for row in found.locality if row.bundle == "b -> a")
    assert "one weight on up to" in place.note or rule == "local"
    assert place.local == (not weights.startswith("concordant"))
    for form in ("toml", "json", "npz", "graphml"):
        nc.write(described, tmp_path / f"net.{form}")
        assert nc.read(tmp_path / f"net.{form}") == described, form


@pytest.mark.parametrize("weights", ["tied", "tied_product"])
def test_what_follows_the_forward_weights_has_no_kernel_of_its_own(weights: str) -> None:
    says = rf"channel\[1\].shared must be left out for {weights} weights"
    with pytest.raises(NetworkError, match=says):
        network("conv", weights)


def test_signs_of_all_wires_past_a_kernel_are_refused_with_a_remedy() -> None:
    says = r'write shared = "kernel", or weights = "random" or "tied"'
    with pytest.raises(NetworkError, match=says):
        network("conv", "concordant", shared=None)
