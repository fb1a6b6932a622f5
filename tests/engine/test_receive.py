# ruff: noqa: E741
"""What a population does to the sum that it receives, before f'."""

from __future__ import annotations

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.model.network import Network
from neurochannel.observe.lint import lint
from neurochannel.observe.selftest import self_test
from tests import reference
from tests.engine.continuing import assert_continues_alike

RNG = np.random.default_rng(3)
X, T = RNG.random((6, 5)), RNG.integers(0, 3, 6)
NET = nc.mlp(5, 4, 4, 3)
LIMITS = {"bits": 3, "scale": 0.125}


def started(network, **options):
    return nc.Simulation(network, batch_size=6, seed=1, dtype="float64", **options)


def powers(x):
    return reference.quantize(x, reference.Limit(3, 0.125))


def test_the_sum_is_limited_before_the_derivative_and_errors_add_up_along_a_chain():
    run = started(NET.with_channel(nc.rbp(receive=LIMITS)))
    R, O = run.learning_signals(X, T), run.forward(X)
    E, C = R["error"], run.channel_weights
    upper = powers(E @ C["error -> hidden2"]) * (1 - O["hidden2"] ** 2)
    lower = powers(upper @ C["hidden2 -> hidden1"]) * (1 - O["hidden1"] ** 2)
    np.testing.assert_allclose(R["hidden2"], upper, rtol=1e-12)
    np.testing.assert_allclose(R["hidden1"], lower, rtol=1e-12)


def test_what_comes_with_and_without_derivative_is_limited_apart():
    edges = [
        nc.ChannelEdges(path="error -> hidden2 -> hidden1"),
        nc.ChannelEdges(path="error -> hidden1", derivative=False),
    ]
    run = started(NET.with_channel(*edges).with_defaults(population={"receive": LIMITS}))
    R, O, C = run.learning_signals(X, T), run.forward(X), run.channel_weights
    gated = powers(R["hidden2"] @ C["hidden2 -> hidden1"]) * (1 - O["hidden1"] ** 2)
    plain = powers(R["error"] @ C["error -> hidden1"])
    np.testing.assert_allclose(R["hidden1"], gated + plain, rtol=1e-12)


def test_only_the_sum_of_several_bundles_is_limited():
    several = [
        nc.ChannelEdges(path="error -> hidden2 -> hidden1"),
        nc.ChannelEdges(path="error -> hidden1"),
    ]
    limited = NET.with_channel(*several).with_defaults(population={"receive": LIMITS})
    plain = {**limited.populations["hidden2"].changed(), "receive": {}}
    run = started(
        nc.Network(
            **{**limited.changed(), "populations": {**limited.populations, "hidden2": plain}}
        )
    )
    R, O, C = run.learning_signals(X, T), run.forward(X), run.channel_weights
    total = R["hidden2"] @ C["hidden2 -> hidden1"] + R["error"] @ C["error -> hidden1"]
    np.testing.assert_allclose(R["hidden1"], powers(total) * (1 - O["hidden1"] ** 2), rtol=1e-12)


@pytest.mark.parametrize("make", [nc.bp, nc.rbp, nc.srbp, nc.asrbp, nc.conjoined])
def test_recipes_set_it_where_they_lead(make):
    network = NET.with_channel(make(receive=LIMITS))
    assert [p.receive for p in network.populations.values()] == [
        None,
        nc.Receive(**LIMITS),
        nc.Receive(**LIMITS),
        None,
    ]
    assert make(receive=LIMITS, to="hidden2").receiving(NET).keys() == {"hidden2"}
    assert network.with_channel(make()).populations == NET.populations
    assert network.with_channel(make(receive={})).populations == NET.populations
    assert network.with_channel(nc.top_only()).populations == NET.populations


def test_channel_populations_receive_in_twins():
    network = NET.with_channel(nc.twin(receive=LIMITS))
    assert {n for n, p in network.populations.items() if p.receive} == set(network.relays)
    run = started(network)
    R, C = run.learning_signals(X, T), run.channel_weights
    expected = np.tanh(powers(R["error"] @ C["error -> twin.hidden2"]))
    np.testing.assert_allclose(R["twin.hidden2"], expected, rtol=1e-12)


def test_the_text_of_a_recipe_holds_it():
    network = NET.with_channel(nc.rbp(receive=LIMITS))
    text = "rbp:receive.bits=3,receive.scale=0.125"
    from neurochannel.model.recipe_names import channel_from_text

    assert NET.with_channel(channel_from_text(text)) == network


@pytest.mark.parametrize(
    ("name", "remedy"), [("hidden1", "or add a path"), ("output", "remove it")]
)
def test_a_population_that_receives_nothing_has_none(name, remedy):
    part = NET.populations[name].model_copy(update={"receive": nc.Message(bits=3)})
    network = NET.with_channel(nc.srbp(to="hidden2"))
    with pytest.raises(NetworkError) as caught:
        network.model_copy(update={"populations": {**network.populations, name: part}})
    (sentence,) = caught.value.problems
    assert sentence.startswith(f"populations.{name}.receive must be left out where no channel edge")
    assert remedy in sentence


def test_a_default_is_for_those_that_receive():
    network = NET.with_defaults(population={"receive": LIMITS})
    assert network.populations == NET.populations
    taught = network.with_channel(nc.srbp(to="hidden2"))
    assert taught.populations["hidden2"].receive == nc.Receive(**LIMITS)
    assert taught.populations["hidden1"].receive is None
    assert Network.from_text(taught.to_toml()) == taught


def test_a_message_after_it_is_charged_for_what_it_really_has():
    linear = nc.mlp(5, 4, 4, 3, activation="linear")
    bits = {}
    for network in (NET, linear):
        costs = nc.ledger(network.with_channel(nc.rbp(receive={"bits": 3})))
        (row,) = [row for row in costs.bundles if row.bundle == "hidden2 -> hidden1"]
        bits[network] = row.message_bits
    assert (bits[NET], bits[linear]) == (32, 3)


def test_lint_names_a_scale_that_leaves_nothing():
    limits = {"bits": 2, "quantizer": "uniform", "scale": 50.0}
    found = lint(NET.with_channel(nc.srbp(receive=limits)))
    assert {f.where for f in found} >= {"populations.hidden1", "populations.hidden2"}
    assert all("every sum that it receives to 0" in f.text for f in found)
    assert not lint(NET.with_channel(nc.srbp(receive={"bits": 4, "quantizer": "stochastic"})))


def test_the_self_test_passes():
    for make in (nc.bp, nc.rbp):
        assert all(check.passed for check in self_test(NET.with_channel(make(receive=LIMITS))))


@pytest.mark.parametrize("receive", [{"bits": 4, "quantizer": "stochastic"}, {"noise": 0.1}])
def test_a_copy_and_a_resumed_run_draw_the_same(receive, tmp_path):
    network = NET.with_channel(nc.rbp(receive=receive))
    run = nc.Simulation(network, (X, T), batch_size=2, seed=1)
    assert_continues_alike(run, (X, T), tmp_path)
