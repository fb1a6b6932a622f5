"""Runs the study of an experiment, and gathers what the page says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

import neurochannel as nc
from neurochannel.study.folder import Row, StudyFolder, read_rows
from neurochannel.study.result_frames import curves_of, outcomes_of
from neurochannel.study.runner import missing_points, run_plan
from neurochannel.study.spec import Study
from scripts.paper import synapses
from scripts.paper.experiments import Experiment
from scripts.paper.figures import draw
from scripts.paper.sharing import share_points
from scripts.paper.verdicts import Judgement, approach, judge_statement

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"epochs": 20, "batch_size": 10, "evaluate_every": 1}
"""How networks are trained on the digits."""
FEW = 3
"""Seeds on the digits."""


@dataclass(frozen=True)
class Size:
    """How large an experiment is made.

    Parameters
    ----------
    data
        Name of the data set.
    seeds, epochs
        None for those of the study's file.
    """

    data: str = "mnist"
    seeds: int | None = None
    epochs: int | None = None

    def study(self, experiment: Experiment) -> Study:
        """Return the study of an experiment at this size."""
        study = Study.from_toml(ROOT / "studies" / f"{experiment.name}.toml")
        train: dict[str, Any] = dict(SMALL) if self.data == "digits" else {}
        if self.epochs is not None:
            train["epochs"] = min(self.epochs, train.get("epochs", study.train.epochs))
        every = study.train.evaluate_every
        if "epochs" in train and isinstance(every, tuple) and "evaluate_every" not in train:
            train["evaluate_every"] = tuple(e for e in every if e < train["epochs"]) or None
        changed: dict[str, Any] = {"data": self.data}
        changed["train"] = study.train.model_copy(update=train)
        seeds = FEW if self.seeds is None and self.data == "digits" else self.seeds
        changed["seeds"] = study.seeds if seeds is None else seeds
        return study.model_copy(update=changed)


@dataclass(frozen=True)
class Outcome:
    """An experiment that was carried out.

    Parameters
    ----------
    study
        As it was run.
    rows
        One for each point.
    judgements
        One for each statement.
    approaches
        By the number of a statement: how its settings approached a training error of 0.
    figures
        One for each that the experiment asks for.
    """

    experiment: Experiment
    study: Study
    rows: Sequence[Row]
    judgements: tuple[Judgement, ...]
    approaches: tuple[tuple[str, ...], ...]
    figures: tuple[Figure, ...]

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds that each point took, by its name."""
        return {row["point"]: row["worker"].get("seconds", 0.0) for row in self.rows}

    @property
    def n_diverged(self) -> int:
        """How many networks diverged."""
        return len({row["point"] for row in self.rows if row["status"] == "diverged"})


def train(experiment: Experiment, study: Study, folder: Path, workers: int | None) -> None:
    """Train what is missing of an experiment in its folder, taking what studies next to it have."""
    plan = nc.points(study)
    share_points(plan, folder)
    if experiment.name == "synapses":
        synapses.carry_out(plan, folder, workers)
    else:
        run_plan(plan, folder, workers=workers)


def is_finished(experiment: Experiment, study: Study, folder: Path) -> bool:
    """Tell whether all points of an experiment are there, in its folder or one next to it."""
    plan = nc.points(study)
    share_points(plan, folder)
    others = experiment.name != "synapses" or synapses.is_finished(plan, folder)
    return others and not missing_points(plan, StudyFolder(folder))


def gather(experiment: Experiment, study: Study, folder: Path) -> Outcome:
    """Judge the statements of an experiment that was trained, and draw its figures."""
    rows = read_rows(folder)
    outcomes, curves = outcomes_of(rows), curves_of(rows)
    chance = chance_of(study.data)
    statements = experiment.statements
    return Outcome(
        experiment,
        study,
        rows,
        tuple(judge_statement(statement, outcomes, chance) for statement in statements),
        tuple(_approaches(statement.approach, curves) for statement in statements),
        tuple(draw(figure, outcomes, curves) for figure in experiment.figures),
    )


def chance_of(data: str) -> float:
    """Return the accuracy of guessing."""
    return 1 / nc.data.load(data).n_outputs


def _approaches(settings: Sequence[Any], curves: DataFrame) -> tuple[str, ...]:
    return tuple(approach(curves, each) for each in settings)
