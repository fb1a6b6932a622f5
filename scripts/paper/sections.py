"""What the pages of studies with verdicts say of each: statements, comparisons and accuracies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from neurochannel.study.result_frames import axes_of, outcomes_of
from neurochannel.study.statistics import summary
from scripts.pages import SIGNS, link
from scripts.paper.comparisons import CHANCE
from scripts.paper.running import Outcome
from scripts.paper.verdicts import Finding, Judgement


def machines(outcomes: Sequence[Outcome]) -> str:
    """Return which processors and versions of Python the networks were trained with."""
    workers = (row["worker"] for outcome in outcomes for row in outcome.rows)
    names = {f"{w.get('cpu', 'an unknown processor')}, Python {w['python']}" for w in workers}
    return " and ".join(sorted(names))


def summary_rows(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a row for each statement: where it is tested, itself, the verdict."""
    return [
        f"| {link(outcome.experiment.heading)} | {j.statement.text} | {SIGNS[j.verdict]} |"
        for outcome in outcomes
        for j in outcome.judgements
    ]


def contradictions(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each statement that does not hold, with what was found instead."""
    lines = []
    for outcome in outcomes:
        for judgement in outcome.judgements:
            if judgement.verdict == "does not hold":
                against = [f for f in judgement.findings if f.verdict == "does not hold"]
                found = "; ".join(f"{f.comparison.text}: {_numbers(f)}" for f in against)
                where = link(outcome.experiment.heading)
                lines.append(f"- {where}. {judgement.statement.text} Found: {found}.")
    return lines or ["All statements hold or are undecided."]


def accuracies(outcome: Outcome) -> list[str]:
    """Return all accuracies as a table that is folded away."""
    frame = outcomes_of(outcome.rows)
    axes = axes_of(frame)
    train, test = (summary(frame, f"{split}_accuracy", axes) for split in ("train", "test"))
    lines = [
        "<details><summary>Accuracies in percent, mean ± standard deviation over seeds</summary>",
        "",
        f"| {' | '.join(axes)} | training | test | seeds |",
        "| --- " * (len(axes) + 3) + "|",
    ]
    for one, other in zip(train.to_dict("records"), test.to_dict("records"), strict=True):
        settings = " | ".join(str(one[axis]) for axis in axes)
        numbers = " | ".join(map(_spread, (one, other)))
        lines.append(f"| {settings} | {numbers} | {one['n']} |")
    return [*lines, "", "</details>"]


def _spread(row: Mapping[Any, Any]) -> str:
    """Write a mean in percent, with the standard deviation if there are several seeds."""
    mean, deviation = (f"{100 * row[name]:.2f}" for name in ("mean", "std"))
    return f"{mean} ± {deviation}" if row["n"] > 1 else mean if row["n"] else "-"


def judged(judgement: Judgement, chance: float) -> list[str]:
    """Return a statement with its verdict, and what each of its comparisons found."""
    statement = judgement.statement
    lines = [f"**Statement.** {statement.text} **Verdict: {judgement.verdict}.**"]
    if any(finding.comparison.b == CHANCE for finding in judgement.findings):
        lines += ["", f"Chance is {100 * chance:g} %."]
    lines += ["", "| stated | found | verdict |", "| --- | --- | --- |"]
    lines += [_row(finding) for finding in judgement.findings]
    return lines + [""] * bool(statement.approach)


def files_of(outcome: Outcome) -> list[str]:
    """Return the names of the figures' files."""
    experiment = outcome.experiment
    ends = (re.sub(r"[^a-z0-9]+", "_", figure.name) for figure in experiment.figures)
    return [f"{experiment.name}_{end}.svg" for end in ends]


def _row(finding: Finding) -> str:
    stated = finding.comparison.text.replace("|", "\\|")
    return f"| {stated} | {_numbers(finding)} | {SIGNS[finding.verdict]} |"


def _numbers(finding: Finding) -> str:
    found = finding.estimate
    sign = "" if finding.comparison.b is None else "+"
    mean, low, high = (f"{100 * value:{sign}.2f}" for value in (found.mean, found.low, found.high))
    if found.n < 2:
        return f"{mean if found.n else '-'}, n = {found.n}, too few for an interval"
    return f"{mean} [{low}, {high}], n = {found.n}"
