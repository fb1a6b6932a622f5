"""Statistics over seeds against scipy, against definitions and against simulated experiments."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurochannel.errors import OptionError
from neurochannel.study.statistics import (
    bootstrap_interval,
    estimate,
    judge,
    judge_equal,
    summary,
    t_interval,
)

VALUES = np.array([0.91, 0.95, 0.93, 0.96, 0.90])


def test_mean_spread_and_standard_error_are_those_of_the_definition():
    found = estimate(VALUES)
    mean = sum(VALUES) / 5
    std = math.sqrt(sum((value - mean) ** 2 for value in VALUES) / 4)
    assert found.n == 5
    assert np.allclose(found[1:4], [mean, std, std / math.sqrt(5)], rtol=1e-12)


@pytest.mark.parametrize(
    ("n", "t"), [(2, 12.706204736), (3, 4.302652730), (5, 2.776445105), (10, 2.262157163)]
)
def test_the_t_interval_is_that_of_the_tables(n, t):
    # Quantiles of Student's distribution as printed; for 1 and 2 degrees of freedom they are
    # tan(0.475 pi) and 0.95 sqrt(2 / 0.0975).
    values = VALUES[:n] if n <= 5 else np.random.default_rng(0).normal(size=n)
    reach = t * values.std(ddof=1) / math.sqrt(n)
    assert np.allclose(t_interval(values), [values.mean() - reach, values.mean() + reach])
    assert estimate(values)[4:] == t_interval(values)


def test_the_t_interval_is_that_of_scipy():
    for level in (0.5, 0.9, 0.95, 0.99):
        wanted = stats.t.interval(level, 4, VALUES.mean(), VALUES.std(ddof=1) / math.sqrt(5))
        assert np.allclose(t_interval(VALUES, level), wanted, rtol=1e-10)


def expanded(n, level):
    """Return the two shares of means between which the bootstrap interval lies."""
    tail = stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.5 + level / 2, n - 1))
    return [tail, 1 - tail]


@pytest.mark.parametrize("n", [2, 3, 4, 5])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_bootstrap_interval_of_few_values_is_that_of_all_resamples(n, level):
    for seed in range(5):
        values = np.random.default_rng(seed).normal(0.9, 0.02, n)
        means = [sum(chosen) / n for chosen in itertools.product(values.tolist(), repeat=n)]
        wanted = np.quantile(means, expanded(n, level))
        assert np.allclose(bootstrap_interval(values, level), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [3, 5])
def test_the_bootstrap_interval_of_few_values_is_that_of_many_draws_to_2_percent(n):
    values = np.random.default_rng(n).normal(size=n)
    draws = np.random.default_rng(1).integers(0, n, (500_000, n))
    wanted = np.quantile(values[draws].mean(axis=1), expanded(n, 0.95))
    found = bootstrap_interval(values)
    assert np.allclose(found, wanted, rtol=0, atol=0.02 * np.ptp(wanted))


def test_the_bootstrap_interval_is_the_percentile_interval_of_numpy_at_an_expanded_level():
    values = np.random.default_rng(0).normal(size=20)
    draws = np.random.default_rng(1).integers(0, 20, (50_000, 20))
    wanted = np.quantile(values[draws].mean(axis=1), expanded(20, 0.95))
    found = bootstrap_interval(values)
    assert np.allclose(found, wanted, rtol=0, atol=0.02 * np.ptp(wanted))
    assert np.ptp(found) == pytest.approx(np.ptp(t_interval(values)), rel=0.1)


def test_the_bootstrap_interval_is_exact_for_two_values():
    # Means of resamples are 0, 1/2 and 1 with chances 1/4, 1/2 and 1/4.
    assert bootstrap_interval([0.0, 1.0], 0.95) == pytest.approx((0.0, 1.0), abs=1e-12)
    assert bootstrap_interval([0.0, 1.0], 0.1) == (0.5, 0.5)


def test_the_bootstrap_interval_depends_on_its_seed_only():
    assert bootstrap_interval(VALUES) == bootstrap_interval(VALUES)
    values = np.random.default_rng(0).normal(size=30)
    assert bootstrap_interval(values) != bootstrap_interval(values, seed=1)


def test_an_interval_moves_with_its_values():
    for interval in (t_interval, bootstrap_interval):
        low, high = interval(VALUES)
        assert np.allclose(interval(2 * VALUES + 3), [2 * low + 3, 2 * high + 3])


@pytest.mark.slow
@pytest.mark.parametrize(("interval", "n", "share"), [
    ("t", 3, 0.95),
    ("t", 5, 0.95),
    ("bootstrap", 3, 0.75),
    ("bootstrap", 5, 0.92),
])  # fmt: skip
def test_intervals_contain_the_true_mean_as_often_as_their_docstrings_say(interval, n, share):
    experiments = np.random.default_rng(3).normal(0.9, 0.02, (4000, n))
    bounds = np.array([estimate(values, interval=interval)[4:] for values in experiments])
    found = np.mean((bounds[:, 0] <= 0.9) & (bounds[:, 1] >= 0.9))
    assert found == pytest.approx(share, abs=0.02)


def test_one_value_has_a_mean_and_no_interval():
    for interval in ("t", "bootstrap"):
        found = estimate([0.5], interval=interval)
        assert found[:2] == (1, 0.5)
        assert np.isnan(found[2:]).all()
    assert estimate([]).n == 0
    assert np.isnan(estimate([])[1:]).all()


def test_equal_values_have_exactly_no_spread():
    for interval in ("t", "bootstrap"):
        assert estimate([0.1] * 7, interval=interval) == (7, 0.1, 0.0, 0.0, 0.1, 0.1)


def study_frame():
    return pd.DataFrame(
        [
            {"channel": "bp", "bits": 1, "seed": 0, "status": "done", "acc": 0.9},
            {"channel": "bp", "bits": 1, "seed": 1, "status": "done", "acc": 0.8},
            {"channel": "rbp", "bits": 1, "seed": 0, "status": "diverged", "acc": 0.1},
            {"channel": "rbp", "bits": 1, "seed": 1, "status": "done", "acc": math.nan},
            {"channel": "rbp", "bits": 1, "seed": 2, "status": "failed"},
            {"channel": "rbp", "bits": 1, "seed": 3, "status": "done", "acc": 0.7},
            {"channel": "bp", "bits": 2, "seed": 0, "status": "failed"},
        ]
    )


def test_a_summary_has_a_row_for_each_group_and_counts_what_is_lost():
    found = summary(study_frame(), "acc", ["channel", "bits"])
    assert found["channel"].tolist() == ["bp", "rbp", "bp"]
    assert found["bits"].tolist() == [1, 1, 2]
    assert found["n"].tolist() == [2, 1, 0]
    assert np.allclose(found["mean"], [0.85, 0.7, math.nan], equal_nan=True)
    assert found["diverged"].tolist() == [0, 1, 0]
    assert found["failed"].tolist() == [0, 1, 1]
    assert found["unmeasured"].tolist() == [0, 1, 0]
    lost = sum(found[name].sum() for name in ("n", "diverged", "failed", "unmeasured"))
    assert lost == len(study_frame())
    assert found["low"][0] == t_interval([0.9, 0.8])[0]


def test_a_summary_without_groups_is_one_row():
    assert summary(study_frame(), "acc")["n"].tolist() == [3]
    assert len(summary(pd.DataFrame({"acc": np.zeros(0)}), "acc")) == 0


def test_frames_of_all_kinds_are_summed_up_alike():
    plain = study_frame().assign(bits=[1, 1, None, 2, 2, None, 1])
    wanted = summary(plain, "acc", ["channel", "bits"])
    assert len(wanted) == 3
    odd = plain.convert_dtypes().set_index("bits", drop=False)
    found = summary(odd, "acc", ["channel", "bits"])
    assert odd["bits"].dtype == "Int64"
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    several = plain.assign(channel=pd.Categorical(plain["channel"]))
    pd.testing.assert_frame_equal(
        summary(several, "acc", ["channel", "bits"]),
        wanted,
        check_dtype=False,
        check_categorical=False,
    )


def test_a_summary_without_a_status_takes_all_rows():
    assert summary(pd.DataFrame({"acc": [1, 2, 3]}), "acc")["mean"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.02, 0.03, 0.025], "holds"),
        ([-0.02, -0.03, -0.025], "does not hold"),
        ([0.02, -0.03, 0.025], "undecided"),
        ([0.5], "undecided"),
        ([], "undecided"),
        ([0.1, 0.1, 0.1], "holds"),
        ([0.0, 0.0], "undecided"),
    ],
)
def test_a_verdict_is_computed_from_the_interval(differences, verdict):
    assert judge(differences) == verdict


def test_a_margin_moves_a_verdict():
    assert judge([0.02, 0.03, 0.025], margin=0.05) == "does not hold"
    assert judge([-0.002, -0.003, -0.001], margin=-0.01) == "holds"
    assert judge([0.02, 0.03, 0.07]) == "undecided"
    assert judge([0.02, 0.03, 0.07], level=0.8) == "holds"


def test_few_noisy_seeds_rarely_decide_wrongly():
    experiments = np.random.default_rng(1).normal(0, 0.01, (2000, 4))
    verdicts = [judge(values) for values in experiments]
    assert verdicts.count("holds") < 0.035 * 2000
    assert verdicts.count("does not hold") < 0.035 * 2000


def test_near_equality_needs_the_whole_interval_within_the_margin():
    assert judge_equal([0.001, -0.001, 0.0], 0.01) == "holds"
    assert judge_equal([0.05, 0.051, 0.049], 0.01) == "does not hold"
    assert judge_equal([-0.05, -0.051, -0.049], 0.01) == "does not hold"
    assert judge_equal([0.05, -0.05, 0.0], 0.01) == "undecided"
    assert judge_equal([0.0], 0.01) == "undecided"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: judge([0.1, math.nan]), "values must be finite numbers, got nan; decide what"),
        (lambda: judge([[0.1]]), "values must be one-dimensional"),
        (lambda: judge([0.1], level=1.0), "level must lie between 0 and 1, got 1.0"),
        (lambda: judge([0.1], margin=math.inf), "margin must be a finite number, got inf"),
        (lambda: judge_equal([0.1], 0), "margin must be greater than 0, got 0"),
        (lambda: estimate([1.0], interval="bca"), "interval must be t or bootstrap, got 'bca'"),
        (lambda: summary(study_frame(), "acc", 3), "column must be one of the frame, got 3"),
        (lambda: summary(study_frame(), "ac"), "got 'ac'; did you mean 'acc'"),
        (lambda: summary(study_frame(), "channel"), "column 'channel' must hold numbers .*acc"),
        (lambda: summary(pd.DataFrame({"n": [1], "x": [1]}), "x", "n"), "by must not name 'n'"),
    ],
)
def test_mistakes_are_sentences(call, sentence):
    with pytest.raises(OptionError, match=sentence):
        call()
