"""Two settings compared seed by seed, which is sharper than comparing their means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.errors import OptionError
from neurochannel.model.problems import listed, short
from neurochannel.study.frames import (
    checked,
    group_rows,
    matches,
    numbers_of,
    status_of,
    values_of,
)
from neurochannel.study.result_frames import axes_of
from neurochannel.study.statistics import (
    BLOCK,
    Estimate,
    IntervalName,
    Verdict,
    estimate,
    judge,
    judge_equal,
)

if TYPE_CHECKING:
    from pandas import DataFrame

N_FLIPS = 100_000
"""If there are no more changes of signs than this, all of them are counted."""
RESOLUTION = 2.0**40
"""Steps from 0 to the largest difference."""


@dataclass(frozen=True)
class Paired:
    """How an outcome differs between two settings of an axis, over what both have in common.

    Parameters
    ----------
    outcome, axis, a, b
        What was compared.
    differences
        Outcome of a minus outcome of b, one for each pair.
    estimate
        n, mean, std, sem, low and high of the differences.
    p
        Of the sign-flip test that the differences are symmetric around 0; NaN without pairs.
    unmatched
        Points of a or b without a partner that has an outcome, because it diverged, failed or was
        not run.
    """

    outcome: str
    axis: str
    a: Any
    b: Any
    differences: tuple[float, ...]
    estimate: Estimate
    p: float
    unmatched: int

    @property
    def n(self) -> int:
        """Number of pairs."""
        return self.estimate.n

    @property
    def mean(self) -> float:
        """Mean of outcome of a minus outcome of b."""
        return self.estimate.mean

    def judge(self, margin: float = 0.0, level: float = 0.95) -> Verdict:
        """Return whether a is better than b by more than a margin; see `statistics.judge`."""
        return judge(self.differences, margin, level)

    def judge_equal(self, margin: float, level: float = 0.95) -> Verdict:
        """Return whether a and b differ by less than a margin; see `statistics.judge_equal`."""
        return judge_equal(self.differences, margin, level)

    def __str__(self) -> str:
        e = self.estimate
        text = (
            f"{self.outcome}, {self.axis}: {self.a} - {self.b} = {e.mean:.4g} ± {e.sem:.2g}, "
            f"interval [{e.low:.4g}, {e.high:.4g}], p = {self.p:.3g}, n = {e.n}"
        )
        return text + (f", {self.unmatched} without a partner" if self.unmatched else "")


def paired(
    frame: DataFrame,
    outcome: str,
    axis: str,
    a: Any,
    b: Any,
    *,
    over: str = "seed",
    match: list[str] | tuple[str, ...] | None = None,
    interval: IntervalName = "t",
) -> Paired:
    """Compare the settings a and b of an axis over their common seeds and other settings.

    Parameters
    ----------
    frame
        One row for each point, as `neurochannel.outcomes` makes it.
    outcome
        A column of numbers.
    axis, a, b
        The column that tells both apart, and the two values.
    over
        The column that pairs are made of.
    match
        Other columns in which a pair must agree; if left out, all axes of the frame, see
        `results.axes_of`.
    interval
        "t" or "bootstrap", as in `statistics.estimate`.

    Raises
    ------
    OptionError
        If a column or value is missing, nothing is common, or two points would make one partner.
    """
    if a == b:
        raise OptionError(f"a and b must be two settings of '{axis}', got {short(a)} for both")
    frame = checked(frame)
    others = axes_of(frame) if match is None else match
    keys = list(dict.fromkeys([over, *(name for name in others if name != axis)]))
    sides = [_side(frame, axis, value) for value in (a, b)]
    usable = (status_of(frame) == "done") & np.isfinite(numbers_of(frame, outcome))
    key, _ = group_rows(frame, keys)
    places = [_by_key(key, side, axis, keys) for side in sides]
    shared = [k for k in places[0] if k in places[1]]
    if not shared:
        raise OptionError(
            f"{short(a)} and {short(b)} of '{axis}' must have points in common, got none that "
            f"agree in {listed(keys)}; name the columns to agree in: match=[...]"
        )
    pairs = [(places[0][k], places[1][k]) for k in shared]
    good = [(i, j) for i, j in pairs if usable[i] and usable[j]]
    values = numbers_of(frame, outcome)
    differences = np.array([values[i] - values[j] for i, j in good], np.float64)
    unmatched = sum(map(len, places)) - 2 * len(good)
    found = estimate(differences, interval=interval)
    test = sign_flip_p(differences)
    return Paired(outcome, axis, a, b, tuple(differences.tolist()), found, test, unmatched)


def sign_flip_p(differences: ArrayLike, *, seed: int = 0) -> float:
    """Return the two-sided p of the test that differences are symmetric around 0.

    The share of all 2^n changes of signs for which the sum is as far from 0 as it is. All of them
    are counted up to n = 16, which takes a fifth of a second; beyond, 100,000 are drawn from
    `seed`, so that a result repeats, and the given one counts as one more. The smallest possible p
    is 2 / 2^n: five seeds cannot give less than 0.0625.

    Notes
    -----
    R. A. Fisher, The Design of Experiments (1935), section 21; `scipy.stats.permutation_test`.
    """
    from scipy.stats import permutation_test

    d = np.asarray(differences, np.float64)
    if len(d) == 0:
        return math.nan
    if len(d) == 1 or not d.any():
        return 1.0
    # Whole numbers have exact sums, so that sums which are equal count as equal.
    whole = np.rint(d / np.abs(d).max() * RESOLUTION)
    return float(
        permutation_test(
            (whole,),
            np.sum,
            permutation_type="samples",
            n_resamples=N_FLIPS,
            batch=max(1, BLOCK // len(d)),
            random_state=np.random.default_rng(seed),
        ).pvalue
    )


def _side(frame: DataFrame, axis: str, value: Any) -> np.ndarray:
    rows = np.flatnonzero(matches(frame, axis, value))
    if len(rows) == 0:
        known = listed(map(short, values_of(frame, axis)))
        raise OptionError(f"'{axis}' must have the value {short(value)}, got only {known}")
    return rows


def _by_key(key: np.ndarray, rows: np.ndarray, axis: str, keys: list[str]) -> dict[int, int]:
    """Return the row of each key; there must be one only."""
    n_keys = len(np.unique(key[rows]))
    if n_keys < len(rows):
        raise OptionError(
            f"points of one setting of '{axis}' must differ in {listed(keys)}, got {len(rows)} "
            f"points for {n_keys}; choose some rows of the frame, or add a column to match"
        )
    return dict(zip(key[rows].tolist(), rows.tolist(), strict=True))
