"""Writes the page: verdicts, figures, and the numbers behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from neurochannel.data import load
from neurochannel.model.network import Network
from neurochannel.study.result_frames import axes_of, outcomes_of
from neurochannel.study.spec import Study
from neurochannel.study.statistics import summary
from scripts.machine import today
from scripts.pages import SIGNS, count, link, publish_page
from scripts.paper.comparisons import CHANCE
from scripts.paper.running import Outcome, chance_of
from scripts.paper.verdicts import Finding, Judgement

INTRODUCTION = """\
# The paper's claims, tested

This page tests what P. Baldi, P. Sadowski and Z. Lu, *Learning in the Machine: Random
Backpropagation and the Deep Learning Channel*, Artificial Intelligence 260 (2018) 1-35,
[arXiv:1612.02734](https://arxiv.org/abs/1612.02734), state of learning channels, and some of what
we ask beyond the paper. The statements are given in our words, under the numbers of the sections of
the journal version, and tested at the paper's settings for MNIST: 784-100-100-100-100-10, tanh, a
softmax output, Glorot's normal distribution in both channels, batches of 100, 100 epochs, and a
rate of 0.1 that falls by 1e-6 with each update. Sections say where they differ.

All numbers and verdicts are computed. `make paper` trains the networks study by study, judges the
statements and writes a page like this to `results/paper`; `python -m scripts.paper --docs` writes
this one. Networks that were already trained are not trained again. `python -m scripts.paper.check`
trains some of the rules in plain NumPy, without the simulator, and compares accuracies.

A statement comes down to comparisons of accuracies. The margins behind words such as *similar* or
*robust* are ours, not the paper's; all of them are shown. A comparison holds if the 95 % interval
of the mean over seeds (Student's; of differences, paired by seed) is on the stated side of its
margin, does not hold if it is on the other side, and is undecided otherwise; *similar* is tested on
both sides. A statement holds if all of its comparisons hold (where it says *most*, more than half),
and does not hold if one does not (where it says *most*, half of them). Differences are in points of
accuracy at the end of training. Networks that diverged count as guessing. Curves are means over
seeds, bands and bars their range. Where errors reach 0, those below 0.01 % are drawn on a linear
scale, so that 0 has a place.
"""


def publish(outcomes: Sequence[Outcome], data: str, folder: Path) -> Path:
    """Write the page into a folder and its figures into images/paper there; return its path."""
    figures = {
        name: figure
        for outcome in outcomes
        for name, figure in zip(_files(outcome), outcome.figures, strict=True)
    }
    return publish_page(folder, "paper", report(outcomes, data), figures)


def report(outcomes: Sequence[Outcome], data: str) -> str:
    """Return the page as Markdown."""
    papers = [outcome for outcome in outcomes if outcome.experiment.section]
    ours = [outcome for outcome in outcomes if not outcome.experiment.section]
    lines = [INTRODUCTION, *_run(outcomes, data)]
    for title, part in (("What the paper states", papers), ("Beyond the paper", ours)):
        if part:
            lines += ["", f"## {title}", "", _count(part), "", "| section | statement | verdict |"]
            lines += ["| --- | --- | --- |", *_summary(part)]
    lines += ["", "## What does not hold", "", *_contradictions(outcomes)]
    for title, part in (("The paper's statements", papers), ("Our questions", ours)):
        if part:
            lines += ["", f"## {title}"]
        for outcome in part:
            lines += ["", *_section(outcome, data)]
    return "\n".join(lines) + "\n"


def _run(outcomes: Sequence[Outcome], data: str) -> list[str]:
    """Say what was run, on what and how long; networks of several studies count once."""
    seconds: dict[str, float] = {}
    n_diverged = len(
        {
            row["point"]
            for outcome in outcomes
            for row in outcome.rows
            if row["status"] == "diverged"
        }
    )
    lines = [
        "| study | section | networks | of them above | minutes |",
        "| --- | --- | --- | --- | --- |",
    ]
    for outcome in outcomes:
        own = outcome.seconds
        known = sum(name in seconds for name in own)
        minutes = sum(own[name] for name in own if name not in seconds) / 60
        seconds |= own
        section = outcome.experiment.section or "ours"
        lines.append(f"| {outcome.study.name} | {section} | {len(own)} | {known} | {minutes:.1f} |")
    first = (
        f"This page holds {len(outcomes)} {'study' if len(outcomes) == 1 else 'studies'}: "
        f"{len(seconds)} networks on {data}, "
        f"{n_diverged} of which diverged, in {sum(seconds.values()) / 60:.0f} minutes of one "
        f"thread on {_machines(outcomes)}; written on {today()}. Networks that a "
        "study shares with one above it were trained once."
    )
    return [first, "", *lines]


def _machines(outcomes: Sequence[Outcome]) -> str:
    workers = (row["worker"] for outcome in outcomes for row in outcome.rows)
    names = {f"{w.get('cpu', 'an unknown processor')}, Python {w['python']}" for w in workers}
    return " and ".join(sorted(names))


def _count(outcomes: Sequence[Outcome]) -> str:
    return count(j.verdict for outcome in outcomes for j in outcome.judgements)


def _summary(outcomes: Sequence[Outcome]) -> list[str]:
    return [
        f"| {_link(outcome)} | {judgement.statement.text} | {SIGNS[judgement.verdict]} |"
        for outcome in outcomes
        for judgement in outcome.judgements
    ]


def _link(outcome: Outcome) -> str:
    return link(outcome.experiment.heading)


def _contradictions(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each statement that does not hold, with what was found instead."""
    lines = []
    for outcome in outcomes:
        for judgement in outcome.judgements:
            if judgement.verdict == "does not hold":
                against = [f for f in judgement.findings if f.verdict == "does not hold"]
                found = "; ".join(f"{f.comparison.text}: {_numbers(f)}" for f in against)
                lines.append(f"- {_link(outcome)}. {judgement.statement.text} Found: {found}.")
    return lines or ["All statements hold or are undecided."]


def _section(outcome: Outcome, data: str) -> list[str]:
    study, experiment = outcome.study, outcome.experiment
    train = study.train
    falling = f", falling by {train.decay:g} with each update" if train.decay else ", constant"
    lines = [
        f"### {experiment.heading}",
        "",
        f"`studies/{experiment.name}.toml`: {len(outcome.seconds)} networks, "
        f"{outcome.n_diverged} of which diverged; {study.n_seeds} seeds, {train.epochs} epochs, "
        f"batches of {train.batch_size}, rate {train.rate:g}{falling}. {_network(study)}",
    ]
    lines += ["", experiment.note] if experiment.note else []
    for name, figure in zip(_files(outcome), experiment.figures, strict=True):
        lines += ["", f"![{figure.caption}](images/paper/{name})"]
    for judgement, told in zip(outcome.judgements, outcome.approaches, strict=True):
        lines += ["", *_judged(judgement, chance_of(data))]
        lines += [f"- {sentence}" for sentence in told]
    return [*lines, "", *_accuracies(outcome)]


def _accuracies(outcome: Outcome) -> list[str]:
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
        numbers = " | ".join(f"{100 * x['mean']:.2f} ± {100 * x['std']:.2f}" for x in (one, other))
        lines.append(f"| {settings} | {numbers} | {one['n']} |")
    return [*lines, "", "</details>"]


def _judged(judgement: Judgement, chance: float) -> list[str]:
    statement = judgement.statement
    lines = [f"**Statement.** {statement.text} **Verdict: {judgement.verdict}.**"]
    if any(finding.comparison.b == CHANCE for finding in judgement.findings):
        lines += ["", f"Chance is {100 * chance:g} %."]
    lines += ["", "| stated | found | verdict |", "| --- | --- | --- |"]
    lines += [_row(finding) for finding in judgement.findings]
    return lines + [""] * bool(statement.approach)


def _files(outcome: Outcome) -> list[str]:
    """Return the names of the figures' files."""
    experiment = outcome.experiment
    ends = (re.sub(r"[^a-z0-9]+", "_", figure.name) for figure in experiment.figures)
    return [f"{experiment.name}_{end}.svg" for end in ends]


def _network(study: Study) -> str:
    if study.topology is None:
        return "The networks are those of `studies/networks`."
    network, data = Network.from_toml(study.topology), load(study.data)
    ends = {network.forward_order[0]: data.n_inputs, network.output: data.n_outputs}
    sizes = [network.populations[name].size or ends[name] for name in network.forward_order]
    return f"The network is {'-'.join(map(str, sizes))}."


def _row(finding: Finding) -> str:
    stated = finding.comparison.text.replace("|", "\\|")
    return f"| {stated} | {_numbers(finding)} | {SIGNS[finding.verdict]} |"


def _numbers(finding: Finding) -> str:
    found = finding.estimate
    sign = "" if finding.comparison.b is None else "+"
    mean, low, high = (f"{100 * value:{sign}.2f}" for value in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}], n = {found.n}"
