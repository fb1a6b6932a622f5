"""Writes what the studies of constraints found, as a page and below the table in docs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neurochannel.data import load
from neurochannel.study.result_frames import axes_of, outcomes_of
from neurochannel.study.variances import SPLIT, variance_split
from scripts.constraints.running import ROOT, Trial
from scripts.machine import today
from scripts.pages import count, publish_page
from scripts.paper.running import Outcome, chance_of
from scripts.paper.sections import (
    accuracies,
    contradictions,
    files_of,
    judged,
    machines,
    summary_rows,
)

PAGE = "constraints"
START = "## The study\n"
"""Where in docs/constraints.md the study begins; what is above is not written here."""
INTRODUCTION = """\
What follows is computed: `make constraints` trains the networks, judges the statements and writes a
page to `results/constraints`; `python -m scripts.constraints --docs` writes it here. Networks that
were already trained are not trained again. Training sets are small and networks see each example
once, so accuracies are lower than at the end of a long training: compare them with each other.

Statements, intervals and verdicts are as in [The paper's claims, tested](paper.md): a comparison
holds if the 95 % interval of the mean over seeds is on the stated side of its margin, does not hold
if it is on the other side, and is undecided otherwise; *similar* is tested on both sides. The
margins are ours. Networks that diverged count as guessing. Figures show means and ranges over
seeds. No correction is made for the number of comparisons.

Some settings were chosen after a first look at results: the rates and epochs of the late messages,
and with them the statement that these are of no use; five seeds instead of three for messages and
late messages. Margins and the other statements stayed as they were written.
"""


@dataclass(frozen=True)
class Found:
    """What a page is made of.

    Parameters
    ----------
    outcomes
        Of the trials that are finished.
    unfinished
        The titles of those that are not.
    data
        Name of the data set.
    """

    outcomes: Sequence[Outcome]
    unfinished: Sequence[str]
    data: str


def publish(found: Found, folder: Path) -> Path:
    """Write the page into a folder and its figures into images/constraints there; return its path.

    In docs it is written below what stands there already.
    """
    figures = {
        name: figure
        for outcome in found.outcomes
        for name, figure in zip(files_of(outcome), outcome.figures, strict=True)
    }
    text = report(found)
    if folder == ROOT / "docs":
        page = (folder / f"{PAGE}.md").read_text(encoding="utf-8")
        text = page[: page.index(START)] + text
    return publish_page(folder, PAGE, text, figures)


def report(found: Found) -> str:
    """Return the study as Markdown."""
    outcomes = found.outcomes
    lines = [START, INTRODUCTION, *_run(found), "", "### What it says", ""]
    lines += [count(j.verdict for outcome in outcomes for j in outcome.judgements), ""]
    lines += ["| section | statement | verdict |", "| --- | --- | --- |", *summary_rows(outcomes)]
    lines += ["", "What does not hold:", "", *contradictions(outcomes)]
    for outcome in outcomes:
        lines += ["", *_section(outcome)]
    return "\n".join(lines) + "\n"


def _run(found: Found) -> list[str]:
    """Say what was run, on what and how long; networks of several studies count once."""
    seconds: dict[str, float] = {}
    for outcome in found.outcomes:
        seconds |= outcome.seconds
    lost = {r["point"] for o in found.outcomes for r in o.rows if r["status"] == "diverged"}
    lines = [
        f"{len(seconds)} networks on {found.data}, {len(lost)} of which diverged, in "
        f"{sum(seconds.values()) / 60:.0f} minutes of one thread on {machines(found.outcomes)}, "
        f"which others used at the same time; written on {today()}."
    ]
    if found.unfinished:
        lines += ["", f"Not finished, and so not shown: {'; '.join(found.unfinished)}."]
    return lines


def _section(outcome: Outcome) -> list[str]:
    study, trial = outcome.study, outcome.experiment
    train, data = study.train, load(study.data)
    epochs = "once" if train.epochs == 1 else f"{train.epochs} times"
    lines = [
        f"### {trial.heading}",
        "",
        f"`studies/constraints/{trial.name}.toml`: {len(outcome.seconds)} networks, "
        f"{outcome.n_diverged} of which diverged; {study.n_seeds} seeds, "
        f"{len(data.train.x):,} training examples, each shown {epochs}, batches of "
        f"{train.batch_size}, rate {train.rate:g} unless it is an axis. The network is "
        f"{data.n_inputs}-100-30-{data.n_outputs} with tanh and softmax.",
    ]
    lines += ["", trial.note] if trial.note else []
    for name, figure in zip(files_of(outcome), trial.figures, strict=True):
        lines += ["", f"![{figure.caption}](images/{PAGE}/{name})"]
    for judgement in outcome.judgements:
        lines += ["", *judged(judgement, chance_of(study.data))]
    if isinstance(trial, Trial) and trial.chips:
        lines += ["", *_variances(outcome, trial.chips)]
    return [*lines, "", *accuracies(outcome)]


def _variances(outcome: Outcome, chips: str) -> list[str]:
    """Return the table of where the variance comes from, and a sentence for each setting."""
    frame = outcomes_of(outcome.rows)
    axes = [name for name in axes_of(frame) if name != chips]
    split = variance_split(frame, "test_accuracy", axes, chips=chips).to_dict("records")
    lines = [
        "Standard deviations in points of accuracy, and parts of the variance "
        "(`nc.variance_split`):",
        "",
        f"| {' | '.join(axes)} | chips | seeds | of chips | of seeds | rest | most comes from |",
        "| --- " * (len(axes) + 6) + "|",
    ]
    for row in split:
        parts = {part: row[f"part_{part}"] for part in SPLIT}
        numbers = (f"{100 * row[f'std_{p}']:.2f} ({100 * parts[p]:.0f} %)" for p in SPLIT)
        most = max(parts, key=lambda part: parts[part])
        settings = " | ".join(str(row[axis]) for axis in axes)
        counts = f"{row['n_chips']} | {row['n_seeds']}"
        lines.append(f"| {settings} | {counts} | {' | '.join(numbers)} | {most} |")
    return lines
