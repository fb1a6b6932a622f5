"""Paired comparisons: who is matched with whom, and how sure the difference is."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurochannel.errors import OptionError
from neurochannel.study.pairs import paired, sign_flip_p
from neurochannel.study.statistics import t_interval


def make(accuracy, statuses=None):
    """Return a frame from {(channel, bits, seed): accuracy}."""
    return pd.DataFrame(
        {"channel": c, "bits": b, "seed": s, "status": (statuses or {}).get((c, b, s), "done"),
         "test_accuracy": value}
        for (c, b, s), value in accuracy.items()
    )  # fmt: skip


FULL = {
    (channel, bits, seed): base + 0.01 * bits + 0.001 * seed * (1 if channel == "bp" else 2)
    for channel, base in (("bp", 0.9), ("rbp", 0.8))
    for bits in (1, 2)
    for seed in (0, 1, 2)
}


def test_pairs_agree_in_the_seed_and_all_other_axes():
    found = paired(make(FULL), "test_accuracy", "channel", "bp", "rbp")
    wanted = [FULL["bp", b, s] - FULL["rbp", b, s] for b in (1, 2) for s in (0, 1, 2)]
    assert np.allclose(found.differences, wanted)
    assert found.n == 6
    assert found.mean == pytest.approx(np.mean(wanted))
    assert np.allclose(found.estimate[4:], t_interval(wanted))
    assert found.unmatched == 0
    assert found.judge() == "holds"
    assert found.judge_equal(0.01) == "does not hold"


def test_the_order_of_rows_does_not_matter():
    frame = make(FULL)
    shuffled = frame.sort_values("test_accuracy")
    one = paired(frame, "test_accuracy", "channel", "bp", "rbp").differences
    other = paired(shuffled, "test_accuracy", "channel", "bp", "rbp").differences
    assert sorted(one) == sorted(other)


def test_points_without_a_partner_are_counted():
    some = {key: value for key, value in FULL.items() if key != ("rbp", 1, 0)}
    some["bp", 2, 7] = 0.9
    diverged = {("bp", 2, 1): "diverged"}
    some["rbp", 1, 2] = math.nan
    found = paired(make(some, diverged), "test_accuracy", "channel", "bp", "rbp")
    # Common are (1, 1), (2, 0) and (2, 2).
    assert found.n == 3
    assert found.unmatched == len(some) - 6


def test_columns_to_match_can_be_named():
    frame = make(FULL).query("bits == 1")
    mixed = frame.assign(bits=np.where(frame["channel"] == "bp", 1, 3))
    with pytest.raises(OptionError, match="none that agree in seed and bits; name the columns"):
        paired(mixed, "test_accuracy", "channel", "bp", "rbp")
    assert paired(mixed, "test_accuracy", "channel", "bp", "rbp", match=[]).n == 3


def test_a_comparison_is_told_in_one_line():
    found = paired(make(FULL), "test_accuracy", "channel", "bp", "rbp")
    assert str(found).startswith("test_accuracy, channel: bp - rbp = 0.099 ± ")
    assert str(found).endswith("p = 0.0312, n = 6")


def sign_flip_by_enumeration(d):
    sums = [abs(np.dot(signs, d)) for signs in itertools.product((1, -1), repeat=len(d))]
    return np.mean(np.array(sums) >= abs(np.sum(d)) - 1e-12)


@pytest.mark.parametrize("n", [2, 3, 8, 11])
def test_the_sign_flip_test_counts_all_changes_of_signs(n):
    d = np.random.default_rng(n).normal(0.5, 1, n)
    assert sign_flip_p(d) == sign_flip_by_enumeration(d)
    assert sign_flip_p(1e-9 * d) == sign_flip_p(d)


@pytest.mark.parametrize(
    "d",
    [
        [0.1, 0.2, -0.3],
        [0.9 - 0.8, 0.95 - 0.85, 0.5 - 0.6],
        [0.1, 0.2, 0.3, 0.6, -0.4],
        [0.0, 0.1, 0.1],
    ],
)
def test_sums_that_are_equal_but_for_rounding_count_as_equal(d):
    assert sign_flip_p(d) == sign_flip_by_enumeration(d)


def test_up_to_16_pairs_all_changes_are_counted_and_beyond_they_are_drawn():
    assert sign_flip_p([1.0] * 16) == 2 / 2**16
    drawn = sign_flip_p([1.0] * 17)
    assert drawn != 2 / 2**17
    assert drawn <= 1e-4


def test_the_sign_flip_test_of_many_pairs_repeats_and_is_near_the_normal_one():
    d = np.random.default_rng(1).normal(0.3, 1, 40)
    # The sum of signs times d has the variance of the sum of d^2, and is nearly normal.
    wanted = 2 * stats.norm.sf(abs(d.sum()) / math.sqrt(np.sum(d**2)))
    assert sign_flip_p(d) == pytest.approx(wanted, abs=0.01)
    assert sign_flip_p(d) == sign_flip_p(d)
    assert sign_flip_p(d) != sign_flip_p(d, seed=1)


def test_five_equal_differences_give_the_smallest_p():
    assert sign_flip_p([0.1] * 5) == 2 / 2**5
    assert sign_flip_p([0.0] * 5) == 1.0
    assert math.isnan(sign_flip_p([]))


def test_without_an_effect_p_is_below_a_level_as_often_as_the_level_says():
    experiments = np.random.default_rng(2).normal(size=(1000, 6))
    share = np.mean([sign_flip_p(d) <= 0.0625 for d in experiments])
    assert 0.04 < share < 0.085


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda t: paired(t, "test_accuracy", "channel", "bp", "bp"), "must be two settings"),
        (lambda t: paired(t, "test_accuracy", "channel", "bp", "x"), "the value 'x', got only 'bp"),
        (lambda t: paired(t, "test_accuracy", "chanel", "bp", "x"), "did you mean 'channel'"),
        (lambda t: paired(t, "test_accuracy", "channel", "bp", "rbp", match=[]), "must differ in"),
        (lambda t: paired(t, "channel", "channel", "bp", "rbp"), "must hold numbers"),
    ],
)
def test_mistakes_are_sentences(call, sentence):
    with pytest.raises(OptionError, match=sentence):
        call(make(FULL))
