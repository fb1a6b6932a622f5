"""The slow twin itself: against calculus, published vectors and values worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests import reference
from tests.backprop import gradient, is_smooth, mirrored, skipped
from tests.descriptions import describe, some_masks
from tests.networks import (
    OUTPUTS,
    ROOT,
    batches,
    forward_dags,
    is_tame,
    linear_networks,
    networks,
    targets,
)
from tests.philox import philox, uniform
from tests.reference import Channel, Forward, Init, Limit, Net, Population, State, sharers

RATE = 0.1
ALL_ONES = 0xFFFFFFFF


@st.composite
def cases(draw, strategy):
    """A plain network, its state before the first step, and a batch."""
    network = draw(strategy)
    seed = draw(st.integers(0, 2**64 - 1))
    net = describe(network, *some_masks(network, seed))
    x, t = draw(batches(network))
    state = reference.initial(net, seed)
    assume(is_tame(net, state, x))
    return net, state, x, targets(t, net.populations[net.output].size)


def chain(**limits) -> Net:
    """input -> hidden -> output, two neurons each, random channel."""
    full = np.ones((2, 2), bool)
    populations = {"input": Population(2), "hidden": Population(2, "tanh"), "output": Population(2)}
    forward = {
        "input -> hidden": Forward("input", "hidden", full),
        "hidden -> output": Forward("hidden", "output", full),
    }
    channel = {"error -> hidden": Channel("error", "hidden", full, **limits)}
    return Net("squared_error", populations, forward, channel)


# --- backpropagation -------------------------------------------------------------------------


def assert_follows_gradient(net, state, x, t):
    changes = reference.updates(net, state, x, t, RATE)
    slopes = gradient(net, state, x, t)
    into = net.forward.values()
    frozen = {e.target for e in into} - {e.target for e in into if e.learns}
    for name, change in {**changes.W, **changes.b}.items():
        # Where all weights into a population are frozen, so is its part of biases that it shares.
        if name in net.populations and frozen.intersection(sharers(net.populations, name)):
            continue
        slope = slopes.W[name] if name in slopes.W else slopes.b[name]
        assert_allclose(change, -RATE * slope, rtol=1e-5, atol=1e-7, err_msg=name)


@given(cases(forward_dags()))
def test_tied_mirror_image_is_the_gradient(case):
    net, state, x, t = case
    assume(is_smooth(net, state, x))
    assert_follows_gradient(mirrored(net), state, x, t)


@pytest.mark.parametrize("output", OUTPUTS, ids="-".join)
@pytest.mark.parametrize(
    "hidden", ["tanh", "logistic", "relu", "linear", "power(2)", "power(2.5)", ROOT]
)
def test_tied_mirror_image_is_the_gradient_for_each_pair(hidden, output):
    activation, loss = output
    rng = np.random.default_rng(5)
    sizes = {"input": 4, "a": 3, "b": 2, "output": 3}
    populations = {h: Population(n, hidden, start=0.1) for h, n in sizes.items()}
    populations |= {"input": Population(4), "output": Population(3, activation, start=0.2)}
    arrows = ["input a", "input b", "a b", "a output", "b output", "input output"]
    forward = {}
    for source, target in (arrow.split() for arrow in arrows):
        mask = np.ones((sizes[source], sizes[target]), bool)
        forward[f"{source} -> {target}"] = Forward(source, target, mask)
    net = mirrored(Net(loss, populations, forward, {}))
    x, t = rng.normal(size=(5, 4)), np.eye(3)[rng.integers(0, 3, 5)]
    state = reference.initial(net, 0)
    assert is_smooth(net, state, x)
    assert_follows_gradient(net, state, x, t)


@given(cases(linear_networks()))
def test_skipped_backprop_equals_backprop_on_linear_networks(case):
    net, state, x, t = case
    one = reference.updates(mirrored(net), state, x, t, RATE)
    other = reference.updates(skipped(net), state, x, t, RATE)
    for kind, same_kind in zip(one, other, strict=True):
        assert kind.keys() == same_kind.keys()
        for name in kind:
            assert_allclose(kind[name], same_kind[name], rtol=1e-9, atol=1e-12)


@given(cases(forward_dags(max_hidden=1)))
def test_one_hidden_population_hears_the_same_skipped_or_not(case):
    net, state, x, t = case
    one = reference.learning_signals(mirrored(net), state, x, t)
    other = reference.learning_signals(skipped(net), state, x, t)
    assert one.keys() >= other.keys()
    for name in one:
        if name != net.input:
            assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-12)


# --- channels --------------------------------------------------------------------------------


@given(cases(networks()))
def test_any_channel_gives_finite_changes_on_edges_only(case):
    net, state, x, t = case
    changes = reference.updates(net, state, x, t, RATE)
    after = reference.step(net, state, x, t, RATE)
    assert after.step == 1
    for name, change in changes.W.items():
        assert np.isfinite(change).all()
        assert not change[~net.forward[name].mask].any()
        assert_array_equal(after.W[name], state.W[name] + change)
    for name, change in changes.C.items():
        assert net.channel[name].kind == "adaptive"
        assert not change[~net.channel[name].mask].any()


def test_chain_by_hand():
    net = chain()
    W1, W2 = np.array([[0.1, -0.2], [0.3, 0.4]]), np.array([[0.5, 0.6], [-0.7, 0.8]])
    C, b = np.array([[1.0, -2.0], [0.5, 0.25]]), {"hidden": np.zeros(2), "output": np.zeros(2)}
    state = State({"input -> hidden": W1, "hidden -> output": W2}, b, {"error -> hidden": C})
    x, t = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
    hidden = np.tanh([0.7, 0.6])
    E = np.array([1 - 0.5 * hidden[0] + 0.7 * hidden[1], -0.6 * hidden[0] - 0.8 * hidden[1]])
    R = (1 - hidden**2) * np.array([E[0] + 0.5 * E[1], -2 * E[0] + 0.25 * E[1]])
    change = reference.updates(net, state, x, t, 0.1)
    assert_allclose(change.W["hidden -> output"], 0.1 * np.outer(hidden, E), rtol=1e-12)
    assert_allclose(change.W["input -> hidden"], 0.1 * np.outer([1, 2], R), rtol=1e-12)
    assert_allclose(change.b["hidden"], 0.1 * R, rtol=1e-12)
    adaptive = reference.updates(chain(kind="adaptive"), state, x, t, 0.1)
    assert_allclose(adaptive.C["error -> hidden"], 0.1 * np.outer(E, hidden), rtol=1e-12)


def test_without_derivative_the_slope_is_left_out():
    x, t = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
    gated, plain = chain(), chain(derivative=False)
    state = reference.initial(gated, 3)
    S, _ = reference.forward(gated, state, x)
    signals = [reference.learning_signals(net, state, x, t)["hidden"] for net in (gated, plain)]
    assert_allclose(signals[0], signals[1] * (1 - np.tanh(S["hidden"]) ** 2), rtol=1e-12)


def test_concordant_weights_have_the_signs_of_the_forward_weights():
    for kind in ("concordant", "concordant_redrawn"):
        net = chain(kind=kind, init=Init("normal", mean=0.3))
        state = reference.initial(net, 1)
        C = reference.channel_weights(net, state)["error -> hidden"]
        assert_array_equal(np.sign(C), np.sign(state.W["hidden -> output"].T))
        later = reference.channel_weights(net, state._replace(step=1))["error -> hidden"]
        assert np.array_equal(C, later) == (kind == "concordant")


def test_congruent_weights_have_the_signs_of_birth():
    net = chain(kind="congruent", init=Init("normal", mean=0.3))
    state = reference.initial(net, 1)
    C = reference.channel_weights(net, state)["error -> hidden"]
    assert_array_equal(np.sign(C), np.sign(state.W["hidden -> output"].T))
    turned = state._replace(W={name: -W for name, W in state.W.items()}, step=1)
    assert_array_equal(C, reference.channel_weights(net, turned)["error -> hidden"])


def test_redrawn_weights_are_new_at_each_step_and_have_their_mean():
    net = chain(kind="redrawn", init=Init("ternary", mean=10.0))
    state = reference.initial(net, 1)
    draws = np.array(
        [
            reference.channel_weights(net, state._replace(step=u))["error -> hidden"]
            for u in range(50)
        ]
    )
    assert set(draws.ravel()) == {9.0, 10.0, 11.0}
    assert len({tuple(draw.ravel()) for draw in draws}) > 25


@pytest.mark.parametrize("kind", ["redrawn", "concordant_redrawn"])
def test_sets_of_redrawn_weights_take_turns_at_random(kind):
    net = chain(kind=kind)
    net = net._replace(channel={n: e._replace(sets=3) for n, e in net.channel.items()})
    state = reference.initial(net, 1)
    found = [
        reference.channel_weights(net, state._replace(step=u))["error -> hidden"].tobytes()
        for u in range(60)
    ]
    assert len(set(found)) == 3
    assert min(found.count(one) for one in set(found)) > 10
    assert len(set(pairwise(found))) == 9


def test_adaptive_weights_hear_the_limited_message_and_average_the_batch():
    net = chain(kind="adaptive", message=Limit(1, 0.5))
    state, rng = reference.initial(net, 2), np.random.default_rng(0)
    x, t = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    O = reference.forward(net, state, x)[1]  # noqa: E741
    sent = 0.5 * np.sign(t - O["output"])
    change = reference.updates(net, state, x, t, 0.1).C["error -> hidden"]
    by_example = [np.outer(sent[b], O["hidden"][b]) for b in range(4)]
    assert_allclose(change, 0.1 * np.mean(by_example, axis=0), rtol=1e-12)


def test_relay_passes_on_the_activity_of_what_arrives():
    net, full = chain(), np.ones((2, 2), bool)
    channel = {
        "error -> relay": Channel("error", "relay", full),
        "relay -> hidden": Channel("relay", "hidden", full, derivative=False),
    }
    relay = {"relay": Population(2, "tanh")}
    net = net._replace(populations=net.populations | relay, channel=channel)
    state = reference.initial(net, 5)
    assert "relay" not in state.b
    x, t = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
    R = reference.learning_signals(net, state, x, t)
    assert_allclose(R["relay"], np.tanh(R["error"] @ state.C["error -> relay"]), rtol=1e-12)
    assert_allclose(R["hidden"], R["relay"] @ state.C["relay -> hidden"], rtol=1e-12)


def test_frozen_and_unreached_parts_do_not_change():
    x, t = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
    net = chain()
    frozen = {n: e._replace(learns=e.target == "output") for n, e in net.forward.items()}
    unreached = net._replace(channel={})
    for still in (net._replace(forward=frozen), unreached):
        change = reference.updates(still, reference.initial(net, 0), x, t, 0.1)
        assert change.W.keys() == {"hidden -> output"}
        assert change.b.keys() == {"output"}


def test_sparse_tied_and_concordant_weights_follow_the_forward_bundle_despite_a_longer_path():
    net, mask = chain(), np.array([[True, False], [True, True]])
    populations = net.populations | {"middle": Population(2)}
    full, minus = np.ones((2, 2), bool), np.full((2, 2), -9.0)
    forward = net.forward | {
        "hidden -> middle": Forward("hidden", "middle", full, Init("explicit", values=minus)),
        "middle -> output": Forward("middle", "output", full, Init("explicit", values=-minus)),
    }
    for kind in ("tied", "concordant", "tied_product"):
        channel = {"error -> hidden": Channel("error", "hidden", mask, kind)}
        longer = Net("squared_error", populations, forward, channel)
        state = reference.initial(longer, 1)
        C = reference.channel_weights(longer, state)["error -> hidden"]
        direct = state.W["hidden -> output"].T
        assert not C[~mask].any()
        if kind == "tied":
            assert_array_equal(C[mask], direct[mask])
        elif kind == "concordant":
            assert_array_equal(np.sign(C[mask]), np.sign(direct[mask]))
        else:
            assert_allclose(C[mask], direct[mask] - 162, rtol=1e-12)


def test_the_slope_of_relu_is_0_at_its_kink():
    assert_array_equal(reference.slope("relu", np.array([-1.0, 0.0, 1.0])), [0, 0, 1])


# --- quantizers ------------------------------------------------------------------------------

INPUTS = [0.0, 1e-9, 0.1, 0.25, 0.3, 0.5, 0.7, 0.72, 1.0, 5.0]
TABLES = {
    ("octaves", 1): [0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ("octaves", 2): [0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 1],
    ("powers", 1): [0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ("powers", 2): [0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 1],
    ("powers", 3): [0, 0.125, 0.125, 0.25, 0.25, 0.5, 0.5, 1, 1, 1],
    ("octaves", 3): [0, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 1, 1, 1],
    ("log_zero", 2): [0, 0, 0, 0, 0, 0, 0, 1, 1, 1],
    ("log_zero", 3): [0, 0, 0, 0.25, 0.25, 0.5, 0.5, 1, 1, 1],
    ("uniform", 2): [0, 0, 0, 0, 0, 0, 1, 1, 1, 1],
    ("uniform", 3): [0, 0, 0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3, 1, 1],
    ("stochastic", 2): [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
    ("stochastic", 3): [0, 0, 0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3, 1, 1],
}


@pytest.mark.parametrize(("quantizer", "bits"), TABLES)
@pytest.mark.parametrize("scale", [1.0, 0.5, 3.0])
def test_quantizer_gives_the_levels_worked_out_by_hand(quantizer, bits, scale):
    x, level = scale * np.array(INPUTS), scale * np.array(TABLES[quantizer, bits])
    limit = Limit(bits, scale, quantizer)
    assert_allclose(reference.quantize(x, limit, 0.4), level, rtol=1e-12)
    if quantizer != "stochastic":
        assert_allclose(reference.quantize(-x, limit), -level, rtol=1e-12)


def test_ties_go_to_the_even_level():
    x = np.array([0.5 / 3, 0.5, 2.5 / 3, -0.5 / 3, -0.5, -2.5 / 3])
    even = np.array([0, 2, 2, 0, -2, -2]) / 3
    assert_allclose(reference.quantize(x, Limit(3, 1.0, "uniform")), even, rtol=1e-12)


def test_stochastic_quantizer_rounds_negative_messages_down_or_up():
    limit = Limit(2, 1.0, "stochastic")
    x = np.full(4, -0.25)
    assert_array_equal(reference.quantize(x, limit, np.array([0, 0.2, 0.25, 0.9])), [-1, -1, 0, 0])


@given(st.floats(-1.2, 1.2), st.integers(2, 5), st.sampled_from((0.5, 1.0, 1.2)))
def test_stochastic_quantizer_is_unbiased_within_its_range(x, bits, scale):
    n = 20_000
    u = uniform(7, "message:error -> h", 3, np.arange(n))
    mean = reference.quantize(np.full(n, x), Limit(bits, scale, "stochastic"), u).mean()
    step = scale / (2 ** (bits - 1) - 1)
    assert abs(mean - np.clip(x, -scale, scale)) < 5 * step / 2 / np.sqrt(n) + 1e-12


def test_sign_and_magnitude_keep_what_they_say():
    x = np.array([-0.3, 0.0, 2.0])
    assert_array_equal(reference.quantize(x, Limit(None, 0.5, "powers", "sign")), [-0.5, 0, 0.5])
    assert_array_equal(reference.quantize(x, Limit(None, 0.5, "powers", "magnitude")), [0.3, 0, 2])
    assert_array_equal(reference.quantize(x, Limit(1, 0.5, "powers", "magnitude")), [0.5, 0, 0.5])


@given(
    st.lists(st.floats(-4, 4), min_size=1),
    st.sampled_from(("powers", "octaves", "log_zero", "uniform")),
    st.integers(2, 6),
)
def test_quantizing_twice_changes_nothing(x, quantizer, bits):
    limit = Limit(bits, 1.5, quantizer)
    once = reference.quantize(np.array(x), limit)
    assert_allclose(reference.quantize(once, limit), once, rtol=1e-12)
    assert len(np.unique(np.abs(once[once != 0]).round(12))) <= 2 ** (bits - 1)


# --- random numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ([0] * 4, (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([ALL_ONES] * 4, (ALL_ONES, ALL_ONES), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_published_words(counter, key, words):
    assert [f"{int(word):08x}" for word in philox(counter, key)] == words.split()


def test_uniform_numbers_are_functions_of_their_index():
    index = np.array([[5, 0], [1023, 6]])
    where = (2**63 + 9, "message:error -> h", 2**33 + 1)
    together = uniform(*where, index)
    for i in np.ndindex(index.shape):
        assert together[i] == uniform(*where, index[i])
    assert len(np.unique(together)) == 4


@pytest.mark.parametrize("other", [(1, "a", 2), (0, "b", 2), (0, "a", 3), (2**32, "a", 2)])
def test_another_seed_stream_or_step_gives_other_numbers(other):
    index = np.arange(100)
    assert not np.isin(uniform(*other, index), uniform(0, "a", 2, index)).all()


@pytest.mark.parametrize(
    ("distribution", "mean", "std"),
    [
        ("glorot", 0, np.sqrt(2 / (30 + 20))),
        ("glorot_normal", 0, np.sqrt(2 / (30 + 20))),
        ("he", 0, np.sqrt(2 / 30)),
        ("he_uniform", 0, np.sqrt(2 / 30)),
        ("uniform", 0, np.sqrt(1 / 3)),
        ("normal", 0, 1),
        ("zeros", 0, 0),
        ("binary", 0.5, 0.5),
        ("ternary", 0, np.sqrt(2 / 3)),
        ("signs", 0, 1),
    ],
)
def test_initial_weights_have_their_mean_and_spread(distribution, mean, std):
    mask = np.random.default_rng(0).permutation(np.arange(300 * 200) % 10 == 0).reshape(300, 200)
    init = Init(distribution, scale=2.0, mean=0.5)
    weights = reference.draw(init, mask, 11, "weights:a -> b", 0)
    assert not weights[~mask].any()
    assert abs(weights[mask].mean() - 0.5 - 2 * mean) < 5 * 2 * std / np.sqrt(6000) + 1e-12
    assert abs(weights[mask].std() - 2 * std) < 0.05 * 2 * std + 1e-12


def test_edges_are_numbered_by_source_then_target():
    mask = np.array([[0, 1, 1], [1, 0, 1]], bool)
    assert reference.edge_number(mask)[mask].tolist() == [0, 1, 2, 3]
    assert reference.edge_number(np.ones((2, 3), bool)).tolist() == [[0, 1, 2], [3, 4, 5]]
