"""Two settings compared seed by seed, which is sharper than comparing their means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.errors import OptionError
from neurochannel.model.problems import listed, short
from neurochannel.study.columns import codes_of, group_rows
from neurochannel.study.results import axes_of
from neurochannel.study.statistics import (
    Estimate,
    IntervalName,
    Verdict,
    estimate,
    judge,
    judge_equal,
    numbers_of,
    status_of,
)
from neurochannel.study.table import Table

EXACT = 20
"""Up to so many pairs all changes of signs are counted."""
N_FLIPS = 100_000


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
    table: Table,
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
    table
        One row for each point, as `neurochannel.study.results.outcomes` makes it.
    outcome
        A column of numbers.
    axis, a, b
        The column that tells both apart, and the two values.
    over
        The column that pairs are made of.
    match
        Other columns in which a pair must agree; if left out, all axes of the table, see
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
    others = axes_of(table) if match is None else match
    keys = list(dict.fromkeys([over, *(name for name in others if name != axis)]))
    sides = [_side(table, axis, value) for value in (a, b)]
    usable = (status_of(table) == "done") & np.isfinite(numbers_of(table, outcome))
    key, _ = group_rows([table[name] for name in keys], len(table))
    places = [_by_key(key, side, axis, keys) for side in sides]
    shared = [k for k in places[0] if k in places[1]]
    if not shared:
        raise OptionError(
            f"{short(a)} and {short(b)} of '{axis}' must have points in common, got none that "
            f"agree in {listed(keys)}; name the columns to agree in: match=[...]"
        )
    pairs = [(places[0][k], places[1][k]) for k in shared]
    good = [(i, j) for i, j in pairs if usable[i] and usable[j]]
    values = numbers_of(table, outcome)
    differences = np.array([values[i] - values[j] for i, j in good], np.float64)
    unmatched = sum(map(len, places)) - 2 * len(good)
    found = estimate(differences, interval=interval)
    test = sign_flip_p(differences)
    return Paired(outcome, axis, a, b, tuple(differences.tolist()), found, test, unmatched)


def sign_flip_p(differences: ArrayLike, *, seed: int = 0) -> float:
    """Return the two-sided p of the test that differences are symmetric around 0.

    The share of all 2^n changes of signs for which the sum is as far from 0 as it is; counted
    exactly up to n = 20, estimated from 100,000 random ones beyond, the given one included. The
    smallest possible p is 2 / 2^n: five seeds cannot give less than 0.0625.

    Notes
    -----
    R. A. Fisher, The Design of Experiments (1935), section 21.
    """
    d = np.asarray(differences, np.float64)
    if len(d) == 0:
        return float("nan")
    seen = abs(d.sum()) - 1e-9 * np.abs(d).sum()
    if len(d) <= EXACT:
        sums = np.zeros(1)
        for value in d:
            sums = np.concatenate([sums + value, sums - value])
        return float(np.mean(np.abs(sums) >= seen))
    draws, hits, size = np.random.default_rng(seed), 1, 1000
    for _ in range(N_FLIPS // size):
        signs = draws.integers(0, 2, (size, len(d)), dtype=np.int8) * 2 - 1
        hits += int(np.count_nonzero(np.abs(signs @ d) >= seen))
    return hits / (N_FLIPS + 1)


def _side(table: Table, axis: str, value: Any) -> np.ndarray:
    numbered = table.select(axis).with_columns({"row": np.arange(len(table))})
    rows = numbered.where({axis: value})["row"]
    if len(rows) == 0:
        known = listed(map(short, table.unique(axis)))
        raise OptionError(f"'{axis}' must have the value {short(value)}, got only {known}")
    return rows


def _by_key(key: np.ndarray, rows: np.ndarray, axis: str, keys: list[str]) -> dict[int, int]:
    """Return the row of each key; there must be one only."""
    _, n_keys = codes_of(key[rows])
    if n_keys < len(rows):
        raise OptionError(
            f"points of one setting of '{axis}' must differ in {listed(keys)}, got {len(rows)} "
            f"points for {n_keys}; choose some with table.where(...), or add a column to match"
        )
    return dict(zip(key[rows].tolist(), rows.tolist(), strict=True))
