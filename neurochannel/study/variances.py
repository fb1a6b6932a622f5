"""How much of the variance of an outcome comes from chips, from seeds, and from neither alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neurochannel.errors import OptionError
from neurochannel.study.frames import (
    check_column,
    checked,
    group_rows,
    numbers_of,
    status_of,
)

if TYPE_CHECKING:
    from pandas import DataFrame

CHIPS, SEEDS = "chip_seed", "seed"
SPLIT = ("chips", "seeds", "rest")
COLUMNS = (
    *("n_chips", "n_seeds", "mean"),
    *(f"std_{part}" for part in SPLIT),
    *(f"part_{part}" for part in SPLIT),
)


class Variances(NamedTuple):
    """The components of a variance, as estimated: each may come out below 0 by chance."""

    chips: float
    seeds: float
    rest: float


def variances(table: np.ndarray) -> Variances:
    """Return the components of the variance of a table by the method of moments.

    y[c, s] = mean + chip[c] + seed[s] + rest[c, s], all random and independent, with the variances
    V_c, V_s and V_r. With C chips, S seeds and row, column and grand means y[c, .], y[., s] and y:

        MS_c = S sum_c (y[c, .] - y)^2 / (C - 1)                           has the mean V_r + S V_c
        MS_s = C sum_s (y[., s] - y)^2 / (S - 1)                           has the mean V_r + C V_s
        MS_r = sum (y[c, s] - y[c, .] - y[., s] + y)^2 / ((C - 1) (S - 1)) has the mean V_r

    so V_r = MS_r, V_c = (MS_c - MS_r) / S and V_s = (MS_s - MS_r) / C, unbiased.

    Parameters
    ----------
    table
        Outcomes, (chips, seeds); at least two of each, all finite.

    Notes
    -----
    Two-way crossed random effects, one observation in a cell: S. R. Searle, G. Casella,
    C. E. McCulloch, "Variance Components", Wiley 1992, chapter 4. The rest is the interaction of
    chip and seed.
    """
    n_chips, n_seeds = table.shape
    # Around the first value, so that equal values have exactly no variance.
    table = table - table[0, 0]
    grand = table.mean()
    chips, seeds = table.mean(axis=1) - grand, table.mean(axis=0) - grand
    rest = table - grand - chips[:, None] - seeds
    ms_rest = float((rest**2).sum()) / ((n_chips - 1) * (n_seeds - 1))
    ms_chips = n_seeds * float((chips**2).sum()) / (n_chips - 1)
    ms_seeds = n_chips * float((seeds**2).sum()) / (n_seeds - 1)
    return Variances((ms_chips - ms_rest) / n_seeds, (ms_seeds - ms_rest) / n_chips, ms_rest)


def variance_split(
    frame: DataFrame,
    outcome: str = "test_accuracy",
    by: str | Sequence[str] = (),
    *,
    chips: str = CHIPS,
) -> DataFrame:
    """Split the variance of an outcome between chips, seeds and the rest, for each group of rows.

    A group's outcomes are a table of all its chips by its seeds; see `variances` for the formula.
    What is estimated below 0 counts as 0, and the parts are those of the sum of the three.

    Parameters
    ----------
    frame
        One row for each point, as `neurochannel.outcomes` makes it, of a study with several
        seeds and an axis of chips.
    outcome
        A column of numbers.
    by
        Columns that tell groups apart; none at all gives one group.
    chips
        The column that tells chips apart.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`; n_chips and n_seeds, the size of the table; mean; the standard
        deviations std_chips, std_seeds and std_rest in the unit of the outcome; and part_chips,
        part_seeds and part_rest of the variance. Seeds that lack a chip, because a point diverged,
        failed or is missing, are left out: n_seeds counts those that remain. With fewer than two
        chips or two seeds all numbers are NaN, and the parts where nothing varies.

    Raises
    ------
    OptionError
        If a column is missing or not of numbers, or a group has two points of the same chip and
        seed.
    """
    frame = checked(frame)
    names = [by] if isinstance(by, str) else list(by)
    for name in (*names, chips, SEEDS):
        check_column(frame, name)
    usable = (status_of(frame) == "done") & np.isfinite(numbers_of(frame, outcome))
    group, first = group_rows(frame, names)
    found = frame.iloc[first][names].reset_index(drop=True)
    rows = [
        _row(frame[(group == number) & usable], frame[group == number], outcome, chips)
        for number in range(len(first))
    ]
    for name in COLUMNS:
        kind = np.int64 if name.startswith("n_") else np.float64
        found[name] = np.array([row[name] for row in rows], kind)
    return found


def can_split(frame: DataFrame, chips: str = CHIPS) -> bool:
    """Tell whether a frame has several chips and several seeds."""
    known = {chips, SEEDS} <= set(frame.columns)
    return known and all(frame[name].nunique() > 1 for name in (chips, SEEDS))


def _row(done: DataFrame, planned: DataFrame, outcome: str, chips: str) -> dict[str, float]:
    """Return the numbers of a group: of the seeds that all of its chips have."""
    if planned.duplicated([chips, SEEDS]).any():
        raise OptionError(
            f"by must tell all points of the same {chips} and seed apart, got two; "
            "name all other axes of the study in by"
        )
    cells = done.pivot_table(index=chips, columns=SEEDS, values=outcome, sort=False)
    cells = cells.reindex(index=planned[chips].unique()).dropna(axis="columns")
    table = cells.to_numpy(np.float64)
    row = dict.fromkeys(COLUMNS, math.nan) | {"n_chips": table.shape[0], "n_seeds": table.shape[1]}
    if min(table.shape) < 2:
        return row
    split = [max(value, 0.0) for value in variances(table)]
    total = sum(split)
    row["mean"] = float(table.mean())
    for part, value in zip(SPLIT, split, strict=True):
        row[f"std_{part}"] = math.sqrt(value)
        row[f"part_{part}"] = value / total if total > 0 else math.nan
    return row
