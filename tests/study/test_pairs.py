"""Paired comparisons: who is matched with whom, and how sure the difference is."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from neurochannel.errors import OptionError
from neurochannel.study.pairs import paired, sign_flip_p
from neurochannel.study.statistics import t_interval
from neurochannel.study.table import Table


def make(accuracy, statuses=None):
    """Return a table from {(channel, bits, seed): accuracy}."""
    return Table.from_rows(
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
    found = make(FULL).paired("test_accuracy", "channel", "bp", "rbp")
    wanted = [FULL["bp", b, s] - FULL["rbp", b, s] for b in (1, 2) for s in (0, 1, 2)]
    assert np.allclose(found.differences, wanted)
    assert found.n == 6
    assert found.mean == pytest.approx(np.mean(wanted))
    assert np.allclose(found.estimate[4:], t_interval(wanted))
    assert found.unmatched == 0
    assert found.judge() == "holds"
    assert found.judge_equal(0.01) == "does not hold"


def test_the_order_of_rows_does_not_matter():
    table = make(FULL)
    shuffled = table.sort("test_accuracy")
    one = paired(table, "test_accuracy", "channel", "bp", "rbp").differences
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
    table = make(FULL).where(bits=1)
    mixed = table.with_columns({"bits": np.where(table["channel"] == "bp", 1, 3)})
    with pytest.raises(OptionError, match="none that agree in seed and bits; name the columns"):
        paired(mixed, "test_accuracy", "channel", "bp", "rbp")
    assert paired(mixed, "test_accuracy", "channel", "bp", "rbp", match=[]).n == 3


def test_a_comparison_is_told_in_one_line():
    found = paired(make(FULL), "test_accuracy", "channel", "bp", "rbp")
    assert str(found).startswith("test_accuracy, channel: bp - rbp = 0.099 ± ")
    assert str(found).endswith("p = 0.0312, n = 6")


def test_the_sign_flip_test_counts_all_changes_of_signs():
    d = np.random.default_rng(0).normal(0.5, 1, 8)
    sums = [abs(np.dot(signs, d)) for signs in itertools.product((1, -1), repeat=8)]
    wanted = np.mean(np.array(sums) >= abs(d.sum()) - 1e-12)
    assert sign_flip_p(d) == wanted


def test_the_sign_flip_test_is_that_of_scipy_for_many_pairs():
    d = np.random.default_rng(1).normal(0.3, 1, 40)
    wanted = stats.permutation_test(
        (d,), np.sum, permutation_type="samples", n_resamples=20_000
    ).pvalue
    assert sign_flip_p(d) == pytest.approx(wanted, abs=0.01)
    assert sign_flip_p(d) == sign_flip_p(d)


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
