"""Writes the page: verdicts, figures, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neurochannel.data import load
from neurochannel.model.network import Network
from neurochannel.study.spec import Study
from scripts.machine import today
from scripts.pages import count, publish_page
from scripts.paper.cifar_section import cifar_section
from scripts.paper.running import ROOT, Outcome, chance_of
from scripts.paper.sections import (
    accuracies,
    contradictions,
    files_of,
    judged,
    machines,
    summary_rows,
)

INTRODUCTION = """\
# The paper's claims, tested

This page tests what P. Baldi, P. Sadowski and Z. Lu, *Learning in the Machine: Random
Backpropagation and the Deep Learning Channel*, Artificial Intelligence 260 (2018) 1-35,
[arXiv:1612.02734](https://arxiv.org/abs/1612.02734), state of learning channels, and some of what
we ask beyond the paper. The statements are given in our words, under the numbers of the sections of
the journal version, and tested {settings}

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


SETTINGS = {
    "mnist": """at the paper's settings for MNIST: 784-100-100-100-100-10, tanh, a softmax output,
Glorot's normal distribution in both channels, batches of 100, 100 epochs, and a rate of 0.1 that
falls by 1e-6 with each update. Sections say where they differ."""
}
OTHER = """on {data}, not on MNIST, on which the paper has them: with the paper's networks where
they fit, and fewer seeds and epochs. Such a page shows that the experiments run and which way they
point; the paper's statements are about MNIST. Sections name the settings."""


def publish(outcomes: Sequence[Outcome], data: str, folder: Path) -> Path:
    """Write the page into a folder and its figures into images/paper there; return its path."""
    figures = {
        name: figure
        for outcome in outcomes
        for name, figure in zip(files_of(outcome), outcome.figures, strict=True)
    }
    return publish_page(folder, "paper", report(outcomes, data), figures)


def report(outcomes: Sequence[Outcome], data: str) -> str:
    """Return the page as Markdown."""
    papers = [outcome for outcome in outcomes if outcome.experiment.section]
    ours = [outcome for outcome in outcomes if not outcome.experiment.section]
    settings = SETTINGS.get(data, OTHER.format(data=data))
    lines = [INTRODUCTION.format(settings=settings), *_run(outcomes, data)]
    for title, part in (("What the paper states", papers), ("Beyond the paper", ours)):
        if part:
            lines += ["", f"## {title}", "", _count(part), "", "| section | statement | verdict |"]
            lines += ["| --- | --- | --- |", *summary_rows(part)]
    lines += ["", "## What does not hold", "", *contradictions(outcomes)]
    if data in SETTINGS:
        lines += ["", *cifar_section(ROOT / "docs" / "cifar.md")]
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
        f"thread on {machines(outcomes)}; written on {today()}. Networks that a "
        "study shares with one above it were trained once."
    )
    return [first, "", *lines]


def _count(outcomes: Sequence[Outcome]) -> str:
    return count(j.verdict for outcome in outcomes for j in outcome.judgements)


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
    for name, figure in zip(files_of(outcome), experiment.figures, strict=True):
        lines += ["", f"![{figure.caption}](images/paper/{name})"]
    for judgement, told in zip(outcome.judgements, outcome.approaches, strict=True):
        lines += ["", *judged(judgement, chance_of(data))]
        lines += [f"- {sentence}" for sentence in told]
    return [*lines, "", *accuracies(outcome)]


def _network(study: Study) -> str:
    if study.topology is None:
        return "The networks are those of `studies/networks`."
    network, data = Network.from_toml(study.topology), load(study.data)
    ends = {network.forward_order[0]: data.n_inputs, network.output: data.n_outputs}
    sizes = [network.populations[name].size or ends[name] for name in network.forward_order]
    return f"The network is {'-'.join(map(str, sizes))}."
