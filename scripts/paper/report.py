"""Writes the report of the experiments: verdicts, figures, and the numbers behind them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from pandas import DataFrame

from neurochannel.atomic import write_whole
from neurochannel.plot import save
from neurochannel.study.spec import Study
from scripts.machine import measured_on
from scripts.paper.claims import Experiment
from scripts.paper.verdicts import Finding, Judgement

SIGNS = {"holds": "holds", "does not hold": "**does not hold**", "undecided": "*undecided*"}
INTRODUCTION = """\
# The paper's claims, tested

Each section below states claims about learning channels, most of them after P. Baldi, P. Sadowski
and Z. Lu, *Learning in the Machine: Random Backpropagation and the Deep Learning Channel*,
[arXiv:1612.02734](https://arxiv.org/abs/1612.02734), and decides them by a study of networks that
were trained for this page. All numbers and verdicts are computed: `make paper` trains
the networks, judges the claims and writes a page like this to `results/paper`; `python -m
scripts.paper --docs` writes this one. Networks that were already trained are not trained again.

A claim is a set of comparisons of mean accuracies. The margins behind words such as *nearly* or
*slowly* are ours, not the paper's; see `scripts/paper/claims.py`. A comparison holds if the 95 %
interval of the mean difference over seeds (Student's, paired by seed) is on the claimed side
of its margin, does not hold if it is on the other side, and is undecided otherwise. A claim
holds if all of its comparisons hold, and does not hold if one does not. Differences are in points
of accuracy. Networks that diverged count as guessing.
"""


@dataclass(frozen=True)
class Outcome:
    """An experiment that was carried out.

    Parameters
    ----------
    study
        As it was run.
    frame
        One row for each point.
    judgements
        One for each claim.
    figure
        It drawn.
    """

    experiment: Experiment
    study: Study
    frame: DataFrame
    judgements: tuple[Judgement, ...]
    figure: Figure


def publish(outcomes: list[Outcome], data: str, folder: Path) -> Path:
    """Write the report into a folder and its figures into images/paper there; return its path."""
    figures = folder / "images" / "paper"
    figures.mkdir(parents=True, exist_ok=True)
    for outcome in outcomes:
        save(outcome.figure, figures / f"{outcome.experiment.name}.svg")
    target = folder / "paper.md"
    write_whole(target, report(outcomes, data).encode())
    return target


def report(outcomes: list[Outcome], data: str) -> str:
    """Return the report as Markdown."""
    n_points = sum(len(outcome.frame) for outcome in outcomes)
    n_diverged = sum(int((outcome.frame["status"] == "diverged").sum()) for outcome in outcomes)
    lines = [
        INTRODUCTION,
        f"Data: {data}, {n_points} networks, {n_diverged} of which diverged. {measured_on()}.",
        "",
        "| study | claim | verdict |",
        "| --- | --- | --- |",
    ]
    for outcome in outcomes:
        for judgement in outcome.judgements:
            link = f"[{outcome.experiment.title}](#{_anchor(outcome.experiment.title)})"
            lines.append(f"| {link} | {judgement.claim.text} | {SIGNS[judgement.verdict]} |")
    lines += ["", "## Where claims do not hold", "", *_contradictions(outcomes)]
    for outcome in outcomes:
        lines += ["", *_section(outcome)]
    return "\n".join(lines) + "\n"


def _contradictions(outcomes: list[Outcome]) -> list[str]:
    """Return a line for each comparison that came out on the other side of its margin."""
    lines = []
    for outcome in outcomes:
        for judgement in outcome.judgements:
            against = [f for f in judgement.findings if f.verdict == "does not hold"]
            found = "; ".join(f"{f.comparison.text}: {_numbers(f)}" for f in against)
            if against:
                lines.append(
                    f"- {outcome.experiment.title}. {judgement.claim.text} Found: {found}."
                )
    return lines or ["All claims hold or are undecided."]


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-").replace(",", "")


def _section(outcome: Outcome) -> list[str]:
    study, experiment = outcome.study, outcome.experiment
    train = study.train
    lines = [
        f"## {experiment.title}",
        "",
        f"{len(outcome.frame)} networks: {len(study.seed_list())} seeds, {train.epochs} epochs, "
        f"batches of {train.batch_size}, rate {train.rate:g}. {_network(study)}",
        "",
        *([experiment.note, ""] if experiment.note else []),
        f"![{experiment.title}](images/paper/{experiment.name}.svg)",
    ]
    for judgement in outcome.judgements:
        lines += ["", f"**Claim.** {judgement.claim.text} **Verdict: {judgement.verdict}.**", ""]
        lines += ["| claimed | found | verdict |", "| --- | --- | --- |"]
        lines += [_row(finding) for finding in judgement.findings]
    return lines


def _network(study: Study) -> str:
    if study.topology is None:
        return "The networks are those of `studies/networks`."
    from neurochannel.model.network import Network

    network = Network.from_toml(study.topology)
    sizes = [str(network.populations[name].size or name) for name in network.forward_order]
    return f"The network is {'-'.join(sizes)}."


def _row(finding: Finding) -> str:
    claimed = finding.comparison.text.replace("|", "\\|")
    return f"| {claimed} | {_numbers(finding)} | {SIGNS[finding.verdict]} |"


def _numbers(finding: Finding) -> str:
    found = finding.paired.estimate
    mean, low, high = (100 * value for value in (found.mean, found.low, found.high))
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}], n = {found.n}"
