"""The gradient for a run: against finite differences, for any topology and any channel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurochannel.model.network import Network
from neurochannel.model.recipes import mlp, srbp, top_only
from neurochannel.observe.backprop import Backprop, gradient_network, with_exact_activity
from tests import reference
from tests.backprop import gradient, is_smooth, mirrored
from tests.engine.twins import by_name, simulation, twin_of
from tests.networks import SEEDS, batches, is_tame, networks, targets

FEW = settings.default.max_examples // 3


@settings(max_examples=FEW)
@given(networks(), SEEDS, st.data())
def test_changes_are_the_descent_of_the_loss_whatever_the_channel(network, seed, data):
    ideal = {h: p.model_copy(update={"neuron": None}) for h, p in network.populations.items()}
    network = with_exact_activity(network.model_copy(update={"populations": ideal}))
    x, t = data.draw(batches(network))
    run = simulation(network, seed)
    net, state = twin_of(run)
    assume(is_tame(net, state, x, largest=5.0) and is_smooth(net, state, x))
    rows = targets(t, network.size(network.output))
    slopes = by_name(gradient(net, state, x, rows))
    got = Backprop(run).updates(x, t)
    learning = by_name(reference.updates(mirrored(net), state, x, rows, 1.0))
    for name, change in got.items():
        expected = -slopes[name] if name in learning else np.zeros(change.shape)
        assert_allclose(change, expected, rtol=1e-5, atol=1e-7, err_msg=name)
    assert got.keys() >= learning.keys()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_follows_the_weights_of_the_run(dtype):
    network = mlp(5, 6, 4, 3).with_channel(srbp(bits=3, fan_in=2))
    run = simulation(network, dtype=dtype)
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(8, 5)), rng.integers(0, 3, 8)
    gradient = Backprop(run)
    first = gradient.updates(x, t)
    run.step(x, t)
    second = gradient.updates(x, t)
    assert any((first[name] != second[name]).any() for name in first)
    fresh = Backprop(run).updates(x, t)
    for name in fresh:
        assert_array_equal(second[name], fresh[name])


def test_it_leaves_the_run_as_it_was():
    run = simulation(mlp(5, 6, 3).with_channel(top_only()))
    x, t = np.ones((2, 5)), np.array([0, 2])
    before = {name: run.weights[name] for name in run.weights}
    gradient = Backprop(run)
    assert np.any(gradient.updates(x, t)["input -> hidden1"])
    assert np.any(gradient.learning_signals(x, t)["hidden1"])
    assert not np.any(run.updates(x, t)["input -> hidden1"])
    for name, weights in before.items():
        assert_array_equal(run.weights[name], weights)
    assert run.updates_done == 0


def test_single_precision_runs_can_have_a_gradient_in_double_precision():
    run = simulation(mlp(5, 6, 3).with_channel(srbp()), dtype="float32")
    x, t = np.ones((2, 5)), np.array([0, 2])
    wide, narrow = Backprop(run, "float64").updates(x, t), Backprop(run).updates(x, t)
    assert wide["input -> hidden1"].dtype == np.float64
    assert narrow["input -> hidden1"].dtype == np.float32
    for name in wide:
        assert_allclose(wide[name], narrow[name], rtol=1e-3, atol=1e-6)


def test_limits_of_updates_and_relays_are_left_out_and_frozen_weights_stay_frozen():
    network = Network(
        populations={
            "input": {"size": 4},
            "hidden": {"size": 3, "bias": {"update": {"bits": 2, "scale": 0.01}}},
            "relay": {"size": 2},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[
            {"path": "input -> hidden", "update": {"bits": 2, "scale": 0.01}},
            {"path": "hidden -> output", "learn": False},
        ],
        channel=[{"path": "error -> relay -> hidden", "message": {"bits": 2}}],
    )
    twin = gradient_network(network)
    assert list(twin.populations) == ["input", "hidden", "output"]
    assert [edges.update for edges in twin.forward] == [None, None]
    assert twin.populations["hidden"].bias is True
    assert [edges.learn for edges in twin.forward] == [True, False]
    assert [(b.name, b.edges.weights) for b in twin.channel_bundles] == [
        ("error -> hidden", "tied")
    ]
