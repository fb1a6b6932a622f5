"""The engine against the slow twin: random networks, float64, one step and several."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurochannel.data import Data
from neurochannel.engine.rates import Decay
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import NeurochannelError
from neurochannel.model.edges import SIGNED
from neurochannel.model.network import Network
from neurochannel.model.recipes import arbp, asrbp, bp, cascade, mlp, rbp, sbp, srbp, top_only
from tests import reference
from tests.backprop import gradient, is_smooth, mirrored
from tests.engine.twins import (
    agree,
    assert_agree,
    assert_agree_where_steady,
    assert_rest_is_still,
    by_name,
    masks_of,
    simulation,
    twin_of,
)
from tests.networks import (
    SEEDS,
    SMOOTH_WEIGHTS,
    batches,
    device_networks,
    forward_dags,
    is_tame,
    linear_networks,
    networks,
    sparsity_of,
    targets,
)
from tests.rounding import is_steady, predictions_are_steady

DIRECT = ("tied", *SIGNED)
RATES = st.sampled_from((0.01, 0.1, 0.3))


@st.composite
def cases(draw, strategy, dtype="float64"):
    """A run, its twin and a batch."""
    network = draw(strategy)
    run = simulation(network, seed=draw(SEEDS), rate=draw(RATES), dtype=dtype)
    x, t = draw(batches(network))
    net, state = twin_of(run)
    assume(is_tame(net, state, x))
    return run, net, state, x, t, targets(t, network.size(network.output))


# --- one step --------------------------------------------------------------------------------


@given(cases(networks()))
def test_forward_equals_the_twin(case):
    run, net, state, x, _, _ = case
    _, O = reference.predicted(net, state, x)  # noqa: E741
    got = run.forward(x)
    assert got.keys() == O.keys()
    if not agree(got, O):
        assume(predictions_are_steady(net, state, x))
    assert_agree(got, O)
    assert_agree({"output": run.predict(x)}, {"output": O[net.output]})


@given(cases(networks()))
def test_learning_signals_equal_the_twin(case):
    run, net, state, x, t, rows = case
    R = reference.learning_signals(net, state, x, rows)
    got = run.learning_signals(x, t)
    assert_agree_where_steady(got, R, net, state, (x, rows), run.rate)
    assert_rest_is_still(got, R)


@given(cases(networks()))
def test_updates_equal_the_twin(case):
    run, net, state, x, t, rows = case
    change = by_name(reference.updates(net, state, x, rows, run.rate))
    got = run.updates(x, t)
    assert_agree_where_steady(got, change, net, state, (x, rows), run.rate)
    assert_rest_is_still(got, change)


@given(cases(networks()))
def test_looking_changes_nothing(case):
    run, _, state, x, t, _ = case
    run.forward(x), run.predict(x), run.learning_signals(x, t), run.updates(x, t)
    _, after = twin_of(run)
    assert after.step == state.step == 0
    for before, now in ((state.W, after.W), (state.b, after.b), (state.C, after.C)):
        for name in before:
            assert_array_equal(before[name], now[name])


@given(cases(networks(weights=SMOOTH_WEIGHTS, limited=False), dtype="float32"))
def test_float32_agrees_loosely(case):
    run, net, state, x, t, rows = case
    assume(is_tame(net, state, x, largest=5.0))
    x = x.astype(np.float32).astype(np.float64)
    assume(is_steady(net, state, x, rows, run.rate))
    got = run.updates(x.astype(np.float32), t)
    change = by_name(reference.updates(net, state, x, rows, run.rate))
    for name, value in change.items():
        assert_allclose(got[name], value, rtol=2e-3, atol=2e-4, err_msg=name)


@given(networks(), st.data())
def test_a_batch_may_be_larger_than_the_batch_size_where_examples_are_apart(network, data):
    x, t = data.draw(batches(network, n=7, every_label=True))
    run = simulation(network, batch_size=3)
    net, state = twin_of(run)
    assume(is_tame(net, state, x))
    assert_agree(run.forward(x), reference.predicted(net, state, x)[1])
    score = run.evaluate(Data(x, t).train)
    rows = targets(t, network.size(network.output))
    assert_allclose(score.loss, reference.loss(net, state, x, rows), rtol=1e-9, atol=1e-11)


# --- devices ---------------------------------------------------------------------------------


@given(cases(device_networks()), st.data())
def test_networks_of_devices_equal_the_twin_in_several_steps(case, data):
    """Trains, pairs and readings compose with messages, neurons, delays and clocks."""
    run, _, _, x, t, rows = case
    for _ in range(data.draw(st.integers(1, 3))):
        net, state = twin_of(run)
        assume(is_tame(net, state, x))
        for name, w in state.W.items():
            if f"weights:{name}" in state.devices.made:
                shown = state.devices.made[f"weights:{name}"].shown
                assert_allclose(shown, w[net.forward[name].mask], atol=1e-12)
        batch = net, state, (x, rows), run.rate
        if not agree(run.forward(x), reference.predicted(net, state, x)[1], rtol=1e-7, atol=1e-9):
            assume(predictions_are_steady(net, state, x))
        R = reference.learning_signals(net, state, x, rows)
        assert_agree_where_steady(run.learning_signals(x, t), R, *batch)
        change = by_name(reference.updates(net, state, x, rows, run.rate))
        assert_agree_where_steady(run.updates(x, t), change, *batch)
        run.step(x, t)


# --- how weights are born --------------------------------------------------------------------


@given(networks(), SEEDS)
def test_initial_weights_are_the_draws_of_the_seed(network, seed):
    run = simulation(network, seed=seed)
    net, state = twin_of(run)
    drawn = reference.initial(net, seed)
    assert_agree(state.W, drawn.W)
    assert_agree(state.b, drawn.b)
    assert_agree(state.C, drawn.C)


@given(networks(), SEEDS)
def test_channel_weights_are_those_of_the_twin(network, seed):
    run = simulation(network, seed=seed)
    net, state = twin_of(run)
    C = reference.channel_weights(net, state)
    if not agree(run.channel_weights, C):
        nothing = np.zeros((1, net.populations[net.input].size))
        assume(is_steady(net, state, nothing, np.zeros((1, net.populations[net.output].size)), 0.1))
        assert_agree(run.channel_weights, C)


@given(networks(), SEEDS)
def test_edges_obey_their_sparsity(network, seed):
    run = simulation(network, seed=seed)
    masks, channel_masks = masks_of(run)
    for bundle in (*network.forward_bundles, *network.channel_bundles):
        is_channel = bundle.where.startswith("channel")
        mask = (channel_masks if is_channel else masks)[bundle.name]
        thin, possible = sparsity_of(bundle.edges), np.ones(mask.shape, bool)
        source = bundle.sender(network.output)
        mirrored = masks.get(f"{bundle.target} -> {source}")
        copies = is_channel and bundle.edges.weights in DIRECT
        if copies and mirrored is not None:
            possible = mirrored.T
        if not thin or thin.get("density") == 1:
            assert mask[possible].all()
        else:
            assert not mask[~possible].any()
        if "fan_in" in thin:
            available = possible.sum(axis=0)
            assert_array_equal(mask.sum(axis=0), np.minimum(thin["fan_in"], available))
        if "one_to_one" in thin:
            assert_array_equal(mask, np.eye(len(mask), dtype=bool))
        if "edges" in thin:
            assert {tuple(e) for e in np.argwhere(mask)} == {tuple(e) for e in thin["edges"]}


def test_density_and_fan_in_are_random_but_repeatable():
    network = mlp(40, 40, 3).with_channel(srbp(density=0.3))
    thin = network.model_copy(
        update={"forward": tuple(e.model_copy(update={"fan_in": 3}) for e in network.forward)}
    )
    one, same, other = (masks_of(simulation(thin, seed=seed)) for seed in (0, 0, 1))
    for kind in (0, 1):
        for name in one[kind]:
            assert_array_equal(one[kind][name], same[kind][name])
            if one[kind][name].size > 120:
                assert (one[kind][name] != other[kind][name]).any()
    (mask,) = one[1].values()
    assert abs(mask.mean() - 0.3) < 0.2


# --- several steps ---------------------------------------------------------------------------


@given(cases(networks()), st.data())
def test_several_steps_equal_the_twin(case, data):
    run, _, _, _, _, _ = case
    for _ in range(data.draw(st.integers(3, 5))):
        # From the run's own state each time: a last bit must not grow from step to step.
        net, before = twin_of(run)
        x, t = data.draw(batches(run.network))
        rows = targets(t, net.populations[net.output].size)
        assume(is_tame(net, before, x))
        state = reference.step(net, before, x, rows, run.rate)
        run.step(x, t)
        assert run.updates_done == state.step
        where = (net, before, (x, rows), run.rate)
        assert_agree_where_steady(run.weights, state.W, *where)
        assert_agree_where_steady(run.biases, state.b, *where)
        learned = {n: c for n, c in state.C.items() if net.channel[n].kind == "adaptive"}
        assert_agree_where_steady(run.channel_weights, learned, *where)


@given(networks(), st.data())
def test_training_equals_steps_over_the_same_order(network, data):
    n, batch_size = data.draw(st.integers(1, 11)), data.draw(st.integers(1, 5))
    x, t = data.draw(batches(network, n=n, every_label=True))
    decay, seed = data.draw(st.sampled_from((0.0, 0.3))), data.draw(SEEDS)
    rows = targets(t, network.size(network.output))
    run = Simulation(
        network,
        Data(x, t),
        rate=Decay(0.1, decay),
        batch_size=batch_size,
        seed=seed,
        dtype="float64",
    )
    net, state = twin_of(run)
    for epoch in range(2):
        order, steady = run.order(epoch), True
        assert sorted(order) == list(range(n))
        for start in range(0, n, batch_size):
            chosen = order[start : start + batch_size]
            rate = 0.1 / (1 + decay * state.step)
            assume(is_tame(net, state, x[chosen]))
            steady = steady and is_steady(net, state, x[chosen], rows[chosen], rate)
            state = reference.step(net, state, x[chosen], rows[chosen], rate)
        run.train(1)
        assert run.updates_done == state.step
        got, expected = {**run.weights, **run.biases}, {**state.W, **state.b}
        assume(steady or agree(got, expected))
        assert_agree(got, expected)


def test_training_on_images_equals_steps_on_their_scaled_pixels():
    rng = np.random.default_rng(2)
    x, t = rng.integers(0, 256, (23, 9), dtype=np.uint8), rng.integers(0, 3, 23)
    x[rng.random(x.shape) < 0.8] = 0
    network = mlp(9, 6, 3).with_channel(srbp(bits=3, quantizer="stochastic"))
    run = simulation(network, data=Data(x, t), batch_size=5)
    net, state = twin_of(run)
    for epoch in range(3):
        order = run.order(epoch)
        for start in range(0, 23, 5):
            chosen = order[start : start + 5]
            state = reference.step(net, state, x[chosen] / 255, np.eye(3)[t[chosen]], 0.1)
    run.train(3)
    assert_agree(run.weights, state.W)


def test_the_rate_may_be_any_function_of_the_update_count():
    network = mlp(3, 4, 2).with_channel(rbp())
    run = simulation(network, rate=lambda count: 0.1 / (count + 1))
    net, state = twin_of(run)
    x, t = np.random.default_rng(0).normal(size=(4, 3)), np.array([0, 1, 1, 0])
    for count in range(4):
        state = reference.step(net, state, x, np.eye(2)[t], 0.1 / (count + 1))
        run.step(x, t)
    assert_agree(run.weights, state.W)


# --- recipes ---------------------------------------------------------------------------------

RECIPES = {
    "bp": bp(),
    "sbp": sbp(),
    "rbp": rbp(),
    "srbp": srbp(),
    "arbp": arbp(),
    "asrbp": asrbp(),
    "cascade": cascade(),
    "cascade of 3 bits": cascade(bits=3, receive={"loss": 0.3, "rescale": True}),
    "top_only": top_only(),
    "bp on 4 bits": bp(bits=4),
    "sparse rbp": rbp(fan_in=2, init="ternary"),
    "sparse srbp": srbp(density=0.5, init="normal"),
    "sign of srbp": srbp(bits=1),
    "srbp without derivative": srbp(derivative=False),
    "stochastic asrbp": asrbp(bits=2, quantizer="stochastic"),
}


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_equals_the_twin_over_several_steps(name):
    run = simulation(mlp(5, 6, 4, 3).with_channel(RECIPES[name]), seed=4)
    net, state = twin_of(run)
    rng = np.random.default_rng(1)
    for _ in range(5):
        x, t = rng.normal(size=(6, 5)), rng.integers(0, 3, 6)
        state = reference.step(net, state, x, np.eye(3)[t], run.rate)
        run.step(x, t)
    assert_agree(run.weights, state.W)
    assert_agree(run.biases, state.b)


@pytest.mark.parametrize("name", ["rbp", "srbp", "arbp", "asrbp"])
def test_updates_of_random_backprop_depend_on_channel_weights(name):
    run = simulation(mlp(4, 5, 4, 3).with_channel(RECIPES[name]))
    rng, t = np.random.default_rng(0), np.array([0, 1, 2, 0, 1, 2])
    x = rng.normal(size=(6, 4))
    before = run.updates(x, t)
    for bundle in run.network.channel_bundles:
        kept = np.array(run.channel_weights[bundle.name])
        # The errors of a softmax add up to 0, so the same change of all weights would not be heard.
        run.channel_weights[bundle.name] = kept + rng.normal(size=kept.shape)
        after = run.updates(x, t)
        into = [e.name for e in run.network.forward_bundles if e.target == bundle.target]
        assert all((before[n] != after[n]).any() for n in into)
        assert_array_equal(before["hidden2 -> output"], after["hidden2 -> output"])
        run.channel_weights[bundle.name] = kept
    assert_agree(run.updates(x, t), before, rtol=0, atol=0)


@pytest.mark.parametrize("name", ["bp", "sbp"])
def test_updates_of_backprop_depend_on_no_channel_weight(name):
    run = simulation(mlp(4, 5, 4, 3).with_channel(RECIPES[name]))
    rng, t = np.random.default_rng(0), np.array([0, 1, 2, 0, 1, 2])
    x = rng.normal(size=(6, 4))
    before = run.updates(x, t)
    for bundle in run.network.channel_bundles:
        with contextlib.suppress(NeurochannelError, KeyError, TypeError):
            run.channel_weights[bundle.name] = rng.normal(
                size=(run.network.size(bundle.source), run.network.size(bundle.target))
            )
    assert_agree(run.updates(x, t), before, rtol=0, atol=0)


# --- backpropagation -------------------------------------------------------------------------


def with_mirror_image(network: Network) -> Network:
    """BP as a recipe: the tied mirror image of the forward graph."""
    return network.with_channel(bp())


@given(cases(forward_dags(max_hidden=4).map(with_mirror_image)))
def test_tied_channel_is_the_gradient(case):
    run, net, state, x, t, rows = case
    assume(is_smooth(net, state, x))
    slopes = by_name(gradient(net, state, x, rows))
    got = run.updates(x, t)
    for name in by_name(reference.updates(mirrored(net), state, x, rows, run.rate)):
        descent = -run.rate * slopes[name]
        assert_allclose(got[name], descent, rtol=1e-5, atol=1e-7, err_msg=name)


@given(cases(forward_dags().map(with_mirror_image)))
def test_tied_mirror_image_of_any_forward_graph_is_backprop(case):
    run, net, state, x, t, rows = case
    backprop = by_name(reference.updates(mirrored(net), state, x, rows, run.rate))
    got = run.updates(x, t)
    assert_agree_where_steady(got, backprop, net, state, (x, rows), run.rate)
    assert_rest_is_still(got, backprop)


@given(linear_networks(), SEEDS, st.data())
def test_skipped_backprop_equals_backprop_on_linear_networks(network, seed, data):
    x, t = data.draw(batches(network))
    one = simulation(network.with_channel(bp()), seed)
    other = simulation(network.with_channel(sbp()), seed)
    net, state = twin_of(one)
    assume(is_tame(net, state, x))
    assert_agree(other.updates(x, t), one.updates(x, t))
