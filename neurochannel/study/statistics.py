"""Outcomes over seeds: means, their intervals, and verdicts about claims."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.errors import OptionError
from neurochannel.model.problems import listed, short
from neurochannel.study.frames import checked, group_rows, numbers_of, status_of

if TYPE_CHECKING:
    from pandas import DataFrame

IntervalName = Literal["t", "bootstrap"]
Verdict = Literal["holds", "does not hold", "undecided"]

INTERVALS = ("t", "bootstrap")
STATUSES = ("diverged", "failed")
RESULTS = ("n", "mean", "std", "sem", "low", "high", *STATUSES, "unmeasured")
N_RESAMPLES = 10_000
BLOCK = 2**20
"""Numbers that are drawn at once."""


class Estimate(NamedTuple):
    """A mean over n values, its spread and its interval."""

    n: int
    mean: float
    std: float
    sem: float
    low: float
    high: float


def estimate(
    values: ArrayLike,
    *,
    interval: IntervalName = "t",
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Return mean, standard deviation, standard error and interval of a few values.

    std = sqrt(sum (x - mean)^2 / (n - 1)), sem = std / sqrt(n); NaN for one value.

    Parameters
    ----------
    values
        One for each seed, (n,); all finite.
    interval
        "t" or "bootstrap"; `bootstrap_interval` and `t_interval` say when to take which.
    level
        Share of all experiments whose interval is meant to contain the true mean.
    seed
        Of the bootstrap's draws.

    Raises
    ------
    OptionError
        If a value is not finite or an option is out of range.
    """
    numbers = _finite(values)
    _check_options(interval, level)
    n = len(numbers)
    if n == 0:
        return Estimate(0, *[math.nan] * 5)
    # Taken around the first value, so that equal values have exactly no spread.
    offsets = numbers - numbers[0]
    mean = float(numbers[0] + offsets.mean())
    std = float(offsets.std(ddof=1)) if n > 1 else math.nan
    if interval == "t":
        low, high = t_interval(numbers, level)
    else:
        low, high = bootstrap_interval(numbers, level, seed=seed)
    return Estimate(n, mean, std, std / math.sqrt(n), low, high)


def t_interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Return Student's interval of the mean; NaN for fewer than two values.

    mean ± t * sem, where t is the (1 + level) / 2 quantile of Student's distribution with n - 1
    degrees of freedom. It is exact for normal values at any n, three seeds included, and so what
    verdicts are computed from.

    Raises
    ------
    OptionError
        If a value is not finite or the level is out of range.

    Notes
    -----
    Student, "The probable error of a mean", Biometrika 6 (1908) 1-25.
    """
    from scipy.special import stdtrit

    numbers = _finite(values)
    _check_options("t", level)
    n = len(numbers)
    if n < 2:
        return math.nan, math.nan
    offsets = numbers - numbers[0]
    mean, sem = float(numbers[0] + offsets.mean()), float(offsets.std(ddof=1)) / math.sqrt(n)
    reach = float(stdtrit(n - 1, 0.5 + level / 2)) * sem
    return mean - reach, mean + reach


def bootstrap_interval(
    values: ArrayLike, level: float = 0.95, *, seed: int = 0
) -> tuple[float, float]:
    """Return the expanded percentile bootstrap interval of the mean; NaN for less than two values.

    Quantiles a and 1 - a of the means of resamples with replacement, of all n^n of them up to n = 5
    and of 10,000 drawn from `seed` beyond, where
    a = Phi(-sqrt(n / (n - 1)) t) instead of (1 - level) / 2: the plain percentiles are too narrow
    for few values by just this factor. t is as in `t_interval`.

    No bootstrap sees beyond its data: the interval lies within the smallest and the largest value,
    so with three seeds it contains the true mean in 75 % of experiments at most and with five in
    94 %, whatever its level. Take `t_interval` for a verdict on so few.

    Raises
    ------
    OptionError
        If a value is not finite or the level is out of range.

    Notes
    -----
    The bootstrap: B. Efron, Annals of Statistics 7 (1979) 1-26. The expansion: T. C. Hesterberg,
    "What teachers should know about the bootstrap", The American Statistician 69 (2015) 371-386.
    """
    from scipy.special import ndtr, stdtrit
    from scipy.stats import bootstrap

    numbers = _finite(values)
    _check_options("bootstrap", level)
    n = len(numbers)
    if n < 2:
        return math.nan, math.nan
    tail = float(ndtr(-math.sqrt(n / (n - 1)) * stdtrit(n - 1, 0.5 + level / 2)))
    offsets = numbers - numbers[0]
    if n**n <= N_RESAMPLES:
        means = offsets[np.indices([n] * n).reshape(n, -1)].mean(axis=0)
        low, high = np.quantile(means, [tail, 1 - tail])
    else:
        low, high = bootstrap(
            (offsets,),
            np.mean,
            n_resamples=N_RESAMPLES,
            batch=max(1, BLOCK // n),
            confidence_level=1 - 2 * tail,
            method="percentile",
            random_state=np.random.default_rng([seed, n]),
        ).confidence_interval
    return float(numbers[0] + low), float(numbers[0] + high)


def summary(
    frame: DataFrame,
    outcome: str = "test_accuracy",
    by: str | Sequence[str] = (),
    *,
    interval: IntervalName = "t",
    level: float = 0.95,
    seed: int = 0,
) -> DataFrame:
    """Return n, mean, spread and interval of an outcome for each group of rows.

    Parameters
    ----------
    frame
        One row for each point, as `neurochannel.outcomes` makes it.
    outcome
        A column of numbers.
    by
        Columns that tell groups apart; none at all gives one group.
    interval, level, seed
        As in `estimate`.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`; n, mean, std, sem, low, high of the finite outcomes of points that were
        done; and how many points are not among them: diverged, failed, unmeasured (done, but
        without this outcome). Groups are in the order of their first row.

    Raises
    ------
    OptionError
        If a column is missing, is not of numbers, or an option is out of range.
    """
    frame = checked(frame)
    names = [by] if isinstance(by, str) or not isinstance(by, Iterable) else list(by)
    for name in names:
        if name in RESULTS:
            raise OptionError(
                f"by must not name '{name}', because the summary has a column of that name; "
                f"rename it: frame.rename(columns={{'{name}': 'setting'}})"
            )
    values, status = numbers_of(frame, outcome), status_of(frame)
    _check_options(interval, level)
    group, first = group_rows(frame, names)
    usable = (status == "done") & np.isfinite(values)
    found = frame.iloc[first][names].reset_index(drop=True)
    members = np.split(np.argsort(group, kind="stable"), np.bincount(group).cumsum()[:-1])
    estimates = [
        estimate(values[rows[usable[rows]]], interval=interval, level=level, seed=seed)
        for rows in members
        if len(rows)
    ]
    for number, name in enumerate(Estimate._fields):
        kind = np.int64 if name == "n" else np.float64
        found[name] = np.array([each[number] for each in estimates], kind)
    lost = {word: status == word for word in STATUSES}
    lost["unmeasured"] = (status == "done") & ~usable
    for name, mask in lost.items():
        found[name] = np.bincount(group[mask], minlength=len(first)).astype(np.int64)
    return found


def judge(differences: ArrayLike, margin: float = 0.0, level: float = 0.95) -> Verdict:
    """Return whether the claim holds that the mean difference is above a margin.

    "holds" if Student's interval of the mean lies above the margin, "does not hold" if it lies
    below, else "undecided"; fewer than two differences decide nothing. A negative margin makes it
    the claim "worse by no more than this": judge(a - b, margin=-0.01).

    Parameters
    ----------
    differences
        One for each seed, (n,), such as `Paired.differences`.
    margin
        In the unit of the outcome.
    level
        Of the two-sided interval, so that a false "holds" has a chance of (1 - level) / 2 at most
        if differences are normal.

    Raises
    ------
    OptionError
        If a difference is not finite or an option is out of range.

    Notes
    -----
    The t-interval and not the bootstrap's: it is honest for three to five seeds, see
    `bootstrap_interval`.
    """
    low, high = t_interval(differences, level)
    _check_margin(margin)
    if low > margin:
        return "holds"
    return "does not hold" if high < margin else "undecided"


def judge_equal(differences: ArrayLike, margin: float, level: float = 0.95) -> Verdict:
    """Return whether the claim holds that the mean difference is small: |mean| < margin.

    "holds" if Student's interval lies within (-margin, margin), "does not hold" if it lies
    outside altogether, else "undecided". That two means do not differ significantly shows nothing;
    that their interval is within a margin does.

    Raises
    ------
    OptionError
        If the margin is not positive, a difference is not finite or the level is out of range.

    Notes
    -----
    Two one-sided tests of level (1 - level) / 2 each: D. J. Schuirmann, Journal of Pharmacokinetics
    and Biopharmaceutics 15 (1987) 657-680.
    """
    low, high = t_interval(differences, level)
    _check_margin(margin)
    if margin <= 0:
        raise OptionError(
            f"margin must be greater than 0, got {margin}; give the largest difference that "
            "still counts as equal"
        )
    if -margin < low and high < margin:
        return "holds"
    return "does not hold" if low > margin or high < -margin else "undecided"


def _finite(values: ArrayLike) -> np.ndarray:
    numbers = np.asarray(values, np.float64)
    if numbers.ndim != 1:
        raise OptionError(f"values must be one-dimensional, got shape {numbers.shape}")
    if not np.isfinite(numbers).all():
        bad = numbers[~np.isfinite(numbers)]
        raise OptionError(
            f"values must be finite numbers, got {bad[0]}; decide what a run that failed counts as"
        )
    return numbers


def _check_options(interval: str, level: float) -> None:
    if interval not in INTERVALS:
        raise OptionError(f"interval must be {listed(INTERVALS, 'or')}, got {short(interval)}")
    if not 0 < level < 1:
        raise OptionError(f"level must lie between 0 and 1, got {level}; 0.95 is usual")


def _check_margin(margin: float) -> None:
    if not math.isfinite(margin):
        raise OptionError(f"margin must be a finite number, got {margin}")
