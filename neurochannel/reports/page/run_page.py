"""The page of a run, of its seeds, or of several learners side by side."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurochannel.errors import OptionError
from neurochannel.model.problems import listed
from neurochannel.observe.ledger import ledger
from neurochannel.observe.weight_sizes import rms_weights
from neurochannel.plot.quantities import read
from neurochannel.reports.before_training import inspect
from neurochannel.reports.blocks import Block, Document, Paragraph, Section, TableBlock
from neurochannel.reports.inspection_report import Inspection, title_of
from neurochannel.reports.ledgers import comparison_section
from neurochannel.reports.page.curve_widgets import (
    learning_widgets,
    message_widgets,
    observed_widgets,
)
from neurochannel.reports.page.example_widget import example_section
from neurochannel.reports.page.head import (
    SHOWN,
    citing_section,
    head_section,
    made_rows,
    network_fingerprint,
    train_command,
)
from neurochannel.reports.page.learned import LearnedRun, Learner, path_text
from neurochannel.reports.page.network_page import (
    cost_bars,
    description_section,
    graph_section,
    network_sections,
    those_that_fit,
)

ANGLES = ("alignment", "symmetry")
OTHERS = ("signal", "activity", "saturation", "distance", "relative distance", "entropy", "pulses")
SCORES = ("test_accuracy", "train_accuracy", "test_loss", "train_loss")
MOST_SCORES = 200
FEW = 4
"""Learners that the title names."""
MOST_LEARNERS = 24


def run_document(learners: Sequence[Learner], out: str, data: Any = None) -> Document:
    """Return the page of some runs.

    Parameters
    ----------
    data
        What they were trained on, where their files do not name it.

    Raises
    ------
    OptionError
        If there are too many learners to be told apart.
    """
    if len(learners) > MOST_LEARNERS:
        raise OptionError(
            f"what must be at most {MOST_LEARNERS} learners, which lines can tell apart, got "
            f"{len(learners)}; name fewer checkpoints"
        )
    groups = [learner.group for learner in learners]
    head = _head(learners, out)
    sections = [head, *_learning(learners)]
    angles = [*observed_widgets(groups, *ANGLES)]
    if angles:
        sections.append(Section("Angles", angles, "the line marks 90 degrees, which is chance"))
    messages = [*message_widgets(groups)]
    if messages:
        note = "how often each message is sent; the slider moves over epochs"
        sections.append(Section("Messages sent", messages, note))
    if len(learners) == 1:
        sections += _one(learners[0], data)
    else:
        sections += _several(learners)
    others = [*observed_widgets(groups, *OTHERS)]
    if others:
        sections.append(Section("Other observations", others))
    made = learners[0].runs[0].provenance.get("neurochannel")
    few = len(learners) <= FEW
    title = listed([one.label for one in learners]) if few else f"{len(learners)} learners"
    return Document(title, (*sections, citing_section(made if isinstance(made, str) else None)))


def _head(learners: Sequence[Learner], out: str) -> Section:
    runs = [run for learner in learners for run in learner.runs]
    first, commands = runs[0], []
    if len(learners) == 1:
        epochs = list(dict.fromkeys(str(run.epochs) for run in runs))
        rows = [("what", title_of(first.network)), ("epochs", listed(epochs)), *_options(first)]
        again = train_command(
            first.network.name, first.data.get("name"), first.epochs, first.options
        )
        commands = [again] if again else []
    else:
        rows = [(one.label, title_of(one.network)) for one in learners]
    seeds = list(dict.fromkeys(str(run.options["seed"]) for run in runs))
    rows += [("seed" if len(seeds) == 1 else "seeds", listed(seeds)), *_data_rows(runs)]
    rows += made_rows(first.provenance)
    if len(learners) == 1:
        rows.append(("network", f"fingerprint {network_fingerprint(first.network)}"))
    sources = [path_text(run.given) for run in runs]
    if all(sources):
        commands.append(shlex.join(["neurochannel", "report", *sources, "-o", out]))
    return head_section(rows, "\n".join(commands))


def _options(run: LearnedRun) -> Iterator[tuple[str, str]]:
    rate = run.options["rate"]
    shown = f"{rate:g}" if isinstance(rate, float | int) else str(rate)
    yield (
        "training",
        f"rate {shown}, batch size {run.options['batch_size']}, {run.options['dtype']}",
    )


def _data_rows(runs: Sequence[LearnedRun]) -> Iterator[tuple[str, str]]:
    told = dict.fromkeys(
        f"{run.data.get('name') or 'arrays'}, fingerprint {str(run.data['fingerprint'])[:SHOWN]}"
        if run.data.get("fingerprint")
        else "none"
        for run in runs
    )
    yield "data", listed(told)


def _learning(learners: Sequence[Learner]) -> Iterator[Section]:
    widgets = [*learning_widgets([learner.group for learner in learners])]
    several = any(len(learner.runs) > 1 for learner in learners)
    note = "means over seeds, with their range as a band; ± is the standard deviation"
    blocks: list[Block] = [*widgets, _scores(learners)]
    if not widgets:
        blocks = [Paragraph("No epoch was measured.")]
    yield Section("Learning", blocks, note if several else "")


def _scores(learners: Sequence[Learner]) -> TableBlock:
    """Return the last scores: of each seed of one learner, or means over the seeds of several."""
    titles = [name.replace("_", " ") for name in SCORES]
    if len(learners) > 1:
        rows = [
            (one.label, str(len(one.runs)), *(_mean(one.runs, field) for field in SCORES))
            for one in learners
        ]
        return TableBlock(("learner", "seeds", *titles), rows, range(1, 2 + len(SCORES)))
    rows = [
        (str(run.options["seed"]), str(run.epochs), *(_mean([run], field) for field in SCORES))
        for run in learners[0].runs[:MOST_SCORES]
    ]
    return TableBlock(("seed", "epochs", *titles), rows, range(2 + len(SCORES)))


def _mean(runs: Sequence[LearnedRun], field: str) -> str:
    """Return the mean of the last scores, and their standard deviation where there are several."""
    last = [values[-1] for run in runs if len(values := _known(run, field))]
    if not last:
        return "-"
    share = field.endswith("accuracy")
    shown = f"{np.mean(last):.2f}" if share else f"{np.mean(last):.4g}"
    if len(last) > 1:
        deviation = np.std(last, ddof=1)
        shown += f" ± {deviation:.2f}" if share else f" ± {deviation:.2g}"
    return f"{shown} %" if share else shown


def _known(run: LearnedRun, field: str) -> np.ndarray:
    values: np.ndarray = read(run.history, field)
    known: np.ndarray = values[np.isfinite(values)]
    return known


def _one(learner: Learner, data: Any) -> Iterator[Section]:
    run = learner.runs[0].simulation(data)
    parts = network_sections(_inspected(learner), rms_weights(run))
    seed = f"weights of seed {run.seed}, at epoch {run.epoch}"
    yield replace(next(parts), note=f"both graphs; {seed}")
    yield example_section(run)
    yield from parts


def _several(learners: Sequence[Learner]) -> Iterator[Section]:
    """Show the networks one after the other, their costs side by side."""
    for number, learner in enumerate(learners):
        section = graph_section(
            _inspected(learner, brief=True),
            rms_weights(learner.runs[0].simulation()),
            name=f"drawing-{number}",
        )
        text = description_section(learner.network)
        yield replace(section, title=learner.label, blocks=(*section.blocks, *text.blocks))
    ledgers = {learner.label: ledger(learner.network) for learner in learners}
    table = comparison_section(ledgers)
    yield Section("Costs", (cost_bars(ledgers, hued=True), *table.blocks), "for each example")


def _inspected(learner: Learner, *, brief: bool = False) -> Inspection:
    network, seed = learner.network, learner.runs[0].options["seed"]
    others = () if brief else those_that_fit(network)
    return inspect(network, compare=others, seed=seed, self_test=not brief)
