"""Writes the page: what was trained, verdicts, figures, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.machine import today
from scripts.pages import count, publish_page
from scripts.paper.running import Outcome, chance_of
from scripts.paper.sections import accuracies, files_of, judged, machines, summary_rows

INTRODUCTION = """\
# CIFAR-10: what channels teach convolutions

P. Baldi, P. Sadowski and Z. Lu, [*Learning in the Machine: Random Backpropagation and the Deep
Learning Channel*](https://arxiv.org/abs/1612.02734), say in their abstract that random channels
work "almost as well as backpropagation", on CIFAR-10 as well; they show figures, and we know of no
table. Published work on other convolutional networks says otherwise. A. Sanfiz and M. Akrout
([arXiv:2108.13446](https://arxiv.org/abs/2108.13446)) give test errors of LeNet with SGD of 14.2 %
for BP, 46.7 % for feedback alignment (RBP) and 54.2 % for direct feedback alignment (SRBP), and of
ResNet-20 of 8.6, 32.2 and 45.9 %. M. Nakajima and others
([Nature Communications 2022](https://doi.org/10.1038/s41467-022-35216-2)) give accuracies of
ResNet-18 of 91.9 % for BP, 81.7 % for DFA and 34.9 % where the last layer alone learns.

So two controls are in every table here: the same channel into the dense layer above convolutions
that stay as they were drawn, and the output alone. A random channel teaches convolutions something
if it does better than the first.

Networks learn with momentum 0.9, batches of 128, a rate that falls by 1e-5 with each update, and
Glorot's normal distribution in both channels. Inputs are standardized for each color, and training
moves images by up to 3 pixels and mirrors half of them, where nothing else is said. Accuracies are
those at the end, on 10,000 test images. A comparison holds if the 95 % interval of the mean over
seeds (Student's; of differences, paired by seed) is on the stated side of its margin, does not hold
if it is on the other side, and is undecided otherwise. Margins are ours.

All numbers are computed: `make cifar` trains the networks and writes this page to
`results/cifar`; what is finished is not trained again.
"""


def publish(outcomes: Sequence[Outcome], data: str, folder: Path, remark: str = "") -> Path:
    """Write the page into a folder and its figures into images/cifar there; return its path.

    Parameters
    ----------
    remark
        What readers should know of the images, as sentences.
    """
    figures = {
        name: figure
        for found in outcomes
        for name, figure in zip(files_of(found), found.figures, strict=True)
    }
    return publish_page(folder, "cifar", report(outcomes, data, remark), figures)


def report(outcomes: Sequence[Outcome], data: str, remark: str = "") -> str:
    """Return the page as Markdown."""
    verdicts = [judgement.verdict for found in outcomes for judgement in found.judgements]
    remarks = [remark, ""] if remark else []
    lines = [INTRODUCTION, *remarks, *_run(outcomes), "", count(verdicts), ""]
    lines += ["| study | statement | verdict |", "| --- | --- | --- |", *summary_rows(outcomes)]
    for found in outcomes:
        lines += ["", *_section(found, data)]
    return "\n".join(lines) + "\n"


def _run(outcomes: Sequence[Outcome]) -> list[str]:
    n = sum(len(found.seconds) for found in outcomes)
    minutes = sum(sum(found.seconds.values()) for found in outcomes) / 60
    return [
        f"This page holds {n} networks, those that rates were chosen with aside, which took "
        f"{minutes:.0f} minutes of threads on {machines(outcomes)}; written on {today()}."
    ]


def _section(found: Outcome, data: str) -> list[str]:
    study, experiment = found.study, found.experiment
    train = study.train
    images = {str(row["data"]) for row in found.rows}
    lines = [
        f"## {experiment.title}",
        "",
        f"`studies/cifar/{experiment.name}.toml`: {len(found.seconds)} networks, "
        f"{found.n_diverged} of which diverged; {study.n_seeds} seeds, {train.epochs} epochs; data "
        f"{', '.join(f'`{name}`' for name in sorted(images))}. {experiment.note}",
    ]
    lines += ["", *_rates(found)]
    for name, figure in zip(files_of(found), experiment.figures, strict=True):
        lines += ["", f"![{figure.caption}](images/cifar/{name})"]
    for judgement in found.judgements:
        lines += ["", *judged(judgement, chance_of(data))]
    return [*lines, "", *accuracies(found)]


def _rates(found: Outcome) -> list[str]:
    """Say at which rate each learner learned."""
    for part in found.study.zip:
        if part.labels and "train.rate" in part.axes:
            pairs = zip(part.labels, part.axes["train.rate"], strict=True)
            return [f"Rates: {'; '.join(f'{label} {rate:g}' for label, rate in pairs)}."]
    return [f"Rate: {found.study.train.rate:g}."]
