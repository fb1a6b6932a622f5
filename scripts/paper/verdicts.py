"""Verdicts on claims, computed from the table of a study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurochannel.study.pairs import Paired, paired
from neurochannel.study.statistics import Verdict
from neurochannel.study.table import Table
from scripts.paper.claims import Claim, Comparison


@dataclass(frozen=True)
class Finding:
    """What a study says of a comparison."""

    comparison: Comparison
    paired: Paired
    verdict: Verdict


@dataclass(frozen=True)
class Judgement:
    """What a study says of a claim."""

    claim: Claim
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """It holds if all comparisons do, and does not if one does not."""
        verdicts = {finding.verdict for finding in self.findings}
        if verdicts == {"holds"}:
            return "holds"
        return "does not hold" if "does not hold" in verdicts else "undecided"


def judge(claim: Claim, table: Table, chance: float) -> Judgement:
    """Judge a claim by the outcomes of a study.

    Parameters
    ----------
    table
        One row for each point.
    chance
        The accuracy that networks count with that diverged.
    """
    counted = with_diverged(table, chance)
    return Judgement(claim, tuple(_find(one, counted) for one in claim.comparisons))


def with_diverged(table: Table, chance: float) -> Table:
    """Let networks that diverged count as guesses, so that divergence is not hidden."""
    lost = table["status"] == "diverged"
    names = ("test_accuracy", "train_accuracy")
    status = np.where(lost, "done", table["status"])
    scores = {name: np.where(lost, chance, table[name]) for name in names}
    return table.with_columns({"status": status, **scores})


def _find(comparison: Comparison, table: Table) -> Finding:
    chosen = table.where(dict(comparison.where)) if comparison.where else table
    found = paired(chosen, comparison.outcome, comparison.axis, comparison.a, comparison.b)
    if comparison.within is not None:
        return Finding(comparison, found, found.judge_equal(comparison.within))
    return Finding(comparison, found, found.judge(comparison.above or 0.0))
