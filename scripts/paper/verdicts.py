"""Verdicts on claims, computed from the frame of a study."""

from __future__ import annotations

from dataclasses import dataclass

from pandas import DataFrame

from neurochannel.study.frames import matches
from neurochannel.study.pairs import Paired, paired
from neurochannel.study.statistics import Verdict
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


def judge(claim: Claim, frame: DataFrame, chance: float) -> Judgement:
    """Judge a claim by the outcomes of a study.

    Parameters
    ----------
    frame
        One row for each point.
    chance
        The accuracy that networks count with that diverged.
    """
    counted = with_diverged(frame, chance)
    return Judgement(claim, tuple(_find(one, counted) for one in claim.comparisons))


def with_diverged(frame: DataFrame, chance: float) -> DataFrame:
    """Let networks that diverged count as guesses, so that divergence is not hidden."""
    lost = frame["status"] == "diverged"
    counted = {"status": "done", "test_accuracy": chance, "train_accuracy": chance}
    return frame.assign(**{name: frame[name].mask(lost, value) for name, value in counted.items()})


def _find(comparison: Comparison, frame: DataFrame) -> Finding:
    chosen = frame
    for name, value in comparison.where.items():
        chosen = chosen[matches(chosen, name, value)]
    found = paired(chosen, comparison.outcome, comparison.axis, comparison.a, comparison.b)
    if comparison.within is not None:
        return Finding(comparison, found, found.judge_equal(comparison.within))
    return Finding(comparison, found, found.judge(comparison.above or 0.0))
