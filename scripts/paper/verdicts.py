"""Verdicts on statements, computed from the frame of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pandas import DataFrame

from neurochannel.study.frames import matches
from neurochannel.study.pairs import paired
from neurochannel.study.statistics import Estimate, Verdict, estimate, judge, judge_equal
from scripts.paper.comparisons import CHANCE, Comparison, Reference, Statement


@dataclass(frozen=True)
class Finding:
    """What a study says of a comparison: the values for each seed, and their mean."""

    comparison: Comparison
    values: tuple[float, ...]
    verdict: Verdict

    @property
    def estimate(self) -> Estimate:
        """Mean and interval over seeds."""
        return estimate(self.values)


@dataclass(frozen=True)
class Judgement:
    """What a study says of a statement."""

    statement: Statement
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """It holds if all comparisons do, or most of them where that is what is stated."""
        count = Counter(finding.verdict for finding in self.findings)
        n = len(self.findings)
        most = self.statement.needed == "most"
        if count["holds"] > n / 2 if most else count["holds"] == n:
            return "holds"
        against = count["does not hold"]
        return "does not hold" if (against >= n / 2 if most else against) else "undecided"


def judge_statement(statement: Statement, frame: DataFrame, chance: float) -> Judgement:
    """Judge a statement by the outcomes of a study.

    Parameters
    ----------
    frame
        One row for each point.
    chance
        The accuracy of guessing, with which networks count that diverged.
    """
    counted = with_diverged(frame, chance)
    findings = (_find(one, counted, chance) for one in statement.comparisons)
    return Judgement(statement, tuple(findings))


def with_diverged(frame: DataFrame, chance: float) -> DataFrame:
    """Let networks that diverged count as guesses, so that divergence is not hidden."""
    lost = frame["status"] == "diverged"
    counted = {"status": "done", "test_accuracy": chance, "train_accuracy": chance}
    return frame.assign(**{name: frame[name].mask(lost, value) for name, value in counted.items()})


def chosen(frame: DataFrame, settings: Mapping[str, Any]) -> DataFrame:
    """Return the rows that have these settings."""
    for name, value in settings.items():
        frame = frame[matches(frame, name, value)]
    return frame


def _find(comparison: Comparison, frame: DataFrame, chance: float) -> Finding:
    here = chosen(frame, comparison.where)
    base = {None: 0.0, CHANCE: chance}.get(comparison.b)
    if isinstance(comparison.b, Reference):
        base = comparison.b.value
    if base is not None:
        rows = chosen(here, {comparison.axis: comparison.a})
        values = rows.loc[rows["status"] == "done", comparison.outcome].to_numpy(np.float64)
        values = values - base
    else:
        found = paired(here, comparison.outcome, comparison.axis, comparison.a, comparison.b)
        values = np.array(found.differences)
    return Finding(comparison, tuple(values.tolist()), _verdict(comparison, values))


def _verdict(comparison: Comparison, values: np.ndarray) -> Verdict:
    if comparison.within is not None:
        return judge_equal(values, comparison.within)
    if comparison.below is not None:
        return judge(-values, -comparison.below)
    return judge(values, comparison.above or 0.0)


def approach(curves: DataFrame, settings: Mapping[str, Any]) -> str:
    """Tell how a setting approached a training error of 0, means over seeds.

    Parameters
    ----------
    curves
        One row for each point and epoch.
    settings
        Which rows.
    """
    rows = chosen(curves[curves["status"] == "done"], settings)
    errors = 100 - 100 * rows.groupby("epoch")["train_accuracy"].mean().dropna()
    name = ", ".join(map(str, settings.values()))
    if errors.empty:
        return f"{name}: no network was trained to the end."
    told = [f"{errors[epoch]:.2f} % after epoch {epoch}" for epoch in (1, 10) if epoch in errors]
    told += [f"{errors.iloc[-1]:.3f} % at the end, after epoch {errors.index[-1]}"]
    for limit in (1, 0.1):
        below = errors.index[errors < limit]
        told += [
            f"first below {limit} % at epoch {below[0]}" if len(below) else f"never below {limit} %"
        ]
    return f"{name}: training error {', '.join(told)}."
