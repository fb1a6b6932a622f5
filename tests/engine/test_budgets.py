"""Budgets of messages: the largest are sent, and nobody else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import neurochannel as nc
from neurochannel.kernels.competing import send_largest
from neurochannel.observe.lint import lint
from neurochannel.observe.locality import locality
from tests.engine.test_late_messages import T, X, started
from tests.kernels.calls import compiled
from tests.reference_numbers import largest

NET = nc.mlp(6, 5, 8)


def chosen(x, budget):
    x = np.atleast_2d(np.array(x, float))
    out = np.full_like(x, 7.0)
    compiled(send_largest)(x, out, budget, np.zeros(x.shape[1]))
    return out


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.lists(st.integers(-5, 5), min_size=n, max_size=n).map(np.array)
    ),
    st.integers(1, 32),
)
def test_the_largest_are_sent_and_of_equal_ones_the_first(x, budget):
    assert_array_equal(chosen(x, budget), [largest(x.astype(float), budget)])


def test_all_are_chosen_among_many():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 1000))
    for budget in (1, 2, 3, 500, 999, 1000, 2000):
        assert_array_equal(chosen(x, budget), largest(x, budget))


def test_nan_is_never_hidden():
    assert np.isnan(chosen([1.0, np.nan, 2.0, 3.0], 2)).any()
    assert np.isnan(chosen([np.nan, 2.0, 3.0], 2)).any()


def test_it_comes_after_keep_and_before_noise_and_the_others_stay_silent():
    message = nc.Message(budget=2, noise=0.1, keep="magnitude", bits=3, every=2)
    kernels = [stage.kernel for stage in message.stages]
    assert kernels[:4] == ["send_every", "keep_magnitude", "send_largest", "add_noise_to_sent"]
    found = started(20, budget=1, noise=0.5).learning_signals(X[:20], T[:20])
    error, hidden = found["error"], found["hidden"]
    assert_array_equal(hidden != 0, largest(error, 1) != 0)
    assert (hidden[hidden != 0] != error[hidden != 0]).all()


def test_weights_learn_from_the_largest():
    run, plain = started(20, budget=1), started(20)
    error = plain.learning_signals(X[:20], T[:20])["error"]
    change = run.updates(X[:20], T[:20])["input -> hidden"]
    np.testing.assert_allclose(change, 0.1 * X[:20].T @ largest(error, 1) / 20, rtol=1e-9)


def test_the_ledger_counts_addresses():
    few, all_of_them = (nc.ledger(NET.with_channel(nc.srbp(bits=3, budget=k))) for k in (2, None))
    row, other = few.bundles[-1], all_of_them.bundles[-1]
    assert (row.messages, row.message_bits) == (2, 3 + 3) and other.message_bits == 3
    assert row.bits_delivered == other.bits_delivered / 8 * 2 * 2
    both = nc.Message(budget=2, every=4, loss=0.5)
    assert (both.sent(8), both.delivered(both.sent(8))) == (0.5, 0.25)
    assert nc.Message(budget=2).address_bits(9) == 4 and nc.Message(bits=2).address_bits(9) == 0


def test_it_is_not_local():
    (*_, row) = locality(NET.with_channel(nc.srbp(budget=2)))
    assert not row.local and "compare all neurons of error" in row.note


def test_a_flow_jumps():
    run = nc.Simulation(NET.with_channel(nc.srbp(budget=2)), (np.ones((4, 6)), np.arange(4) + 4))
    with pytest.raises(nc.errors.OptionError, match="has a budget"):
        nc.theory.flow(run)


def test_lint_warns_of_a_budget_for_all():
    found = [f.text for f in lint(NET.with_channel(nc.srbp(budget=8)))]
    assert any("budget is 8 for a source of 8 neurons, so that it does nothing" in t for t in found)
    assert not lint(NET.with_channel(nc.srbp(budget=7)))


def test_lint_warns_of_bits_that_tell_of_noise():
    noisy = {"bits": 8, "quantizer": "uniform", "noise": 0.1}
    (found,) = lint(NET.with_channel(nc.srbp(**noisy)))
    assert "levels are 0.0079 apart, and the noise has a standard deviation of 0.1" in found.text
    assert not lint(NET.with_channel(nc.srbp(**{**noisy, "bits": 4})))


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"budget": 0}, "budget must be at least 1, got 0; leave it out for all"),
        ({"budget": 1.5}, "budget must be a whole number, got 1.5; leave it out for all"),
    ],
)
def test_bad_values_get_their_sentence(limits, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.Message(**limits)
    assert sentence in str(caught.value)


def test_one_neuron_has_nobody_to_compete_with():
    with pytest.raises(nc.NetworkError, match=r"message.budget must be left out on 'error -> hid"):
        nc.mlp(4, 3, 1, output="logistic").with_channel(nc.srbp(budget=1))
