"""Runs the studies: rates are chosen with one seed, and learners compared with the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neurochannel as nc
from neurochannel.study.folder import Row, StudyFolder, read_rows
from neurochannel.study.parts import Zip
from neurochannel.study.result_frames import outcomes_of
from neurochannel.study.runner import missing_points, run_plan
from neurochannel.study.spec import Study
from scripts.paper.experiments import Experiment
from scripts.paper.running import ROOT
from scripts.paper.sharing import share_points

RATE = "train.rate"
SCORED = (1, 3, 10)
"""After which epochs networks are scored that are trained for fewer than their study says."""


@dataclass(frozen=True)
class Size:
    """How large the studies are made.

    Parameters
    ----------
    images
        The first of the training images; None for as many as the study's file says.
    epochs, seeds
        At most this many; None for those of the file. The seed that rates are chosen with is not
        counted.
    rates
        At most this many of the file's rates, the middle one first.
    """

    images: int | None = None
    epochs: int | None = None
    seeds: int | None = None
    rates: int | None = None

    def study(self, experiment: Experiment, data: str = "cifar10") -> Study:
        """Return the study of an experiment at this size, on other images of the same shape."""
        study = Study.from_toml(ROOT / "studies" / "cifar" / f"{experiment.name}.toml")
        axes = dict(study.axes)
        if "data" in axes:
            named = [{**one, "value": self._of(one["value"], data)} for one in axes["data"]]
            axes["data"] = named
        train = study.train
        if RATE in axes and self.rates is not None:
            axes[RATE] = _middle_first(axes[RATE])[: self.rates]
        if len(axes.get(RATE, ())) == 1:
            train = train.model_copy(update={"rate": axes.pop(RATE)[0]})
        if self.epochs is not None and self.epochs < train.epochs:
            scored = tuple(epoch for epoch in SCORED if epoch < self.epochs) or None
            train = train.model_copy(update={"epochs": self.epochs, "evaluate_every": scored})
        labels = {path: text for path, text in study.labels.items() if path in axes}
        changed: dict[str, Any] = {"axes": axes, "train": train, "labels": labels}
        changed["seeds"] = self._seeds(study)
        if "data" not in axes:
            changed["data"] = self._of(study.data, data)
        return study.model_copy(update=changed)

    def _of(self, name: str, data: str) -> str:
        words = name.split("+")[1:]
        if self.images is not None:
            words = [word for word in words if not word.startswith("first=")]
            words.insert(0, f"first={self.images}")
        return "+".join([data, *words])

    def _seeds(self, study: Study) -> list[int]:
        """Return the seeds, the one that rates are chosen with first if there is a choice."""
        seeds, chosen_with = study.seed_list(), RATE in study.axes
        if self.seeds is not None:
            seeds = seeds[: self.seeds + chosen_with]
        return seeds[1:] if chosen_with and self.rates == 1 else seeds


def _middle_first(values: list[Any]) -> list[Any]:
    middle = len(values) // 2
    return [values[middle], *values[middle + 1 :], *reversed(values[:middle])]


def train(study: Study, folder: Path, workers: int | None) -> Study:
    """Train what is missing of a study, and return the study of the learners that are compared.

    If rates are an axis, all are tried with the first seed for a quarter of the epochs, and each
    learner is compared with the other seeds at the rate of its best test accuracy.
    """
    if RATE in study.axes:
        rates = _rates_folder(folder)
        _carry_out(tuning(study), rates, workers)
        study = at_best_rates(study, read_rows(rates))
    _carry_out(study, folder, workers)
    return study


def _rates_folder(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-rates")


def tuning(study: Study) -> Study:
    """Return the study that tries all rates with the first seed, for a quarter of the epochs."""
    epochs = max(1, study.train.epochs // 4)
    train = study.train.model_copy(update={"epochs": epochs, "evaluate_every": None})
    return study.model_copy(update={"seeds": study.seed_list()[:1], "train": train})


def at_best_rates(study: Study, rows: list[Row]) -> Study:
    """Return the study of all seeds but the first, each learner at its best rate.

    Parameters
    ----------
    rows
        Of the study that tried the rates.
    """
    best, (part,) = best_rates(rows), study.zip
    assert part.labels is not None
    axes = {**part.axes, RATE: [best[str(label)] for label in part.labels]}
    others = {path: values for path, values in study.axes.items() if path != RATE}
    labels = {path: text for path, text in study.labels.items() if path != RATE}
    chosen = Zip(name=part.name, labels=list(part.labels), axes=axes)
    seeds = study.seed_list()[1:]
    return study.model_copy(
        update={"axes": others, "zip": (chosen,), "labels": labels, "seeds": seeds}
    )


def best_rates(rows: list[Row]) -> dict[str, float]:
    """Return the rate of the best test accuracy by learner; those that diverged do not count."""
    frame = outcomes_of(rows)
    done = frame[frame["status"] == "done"].sort_values("test_accuracy")
    return {str(row["learner"]): float(row["rate"]) for row in done.to_dict("records")}


def _carry_out(study: Study, folder: Path, workers: int | None) -> None:
    plan = nc.points(study)
    share_points(plan, folder)
    run_plan(plan, folder, workers=workers)


def finished(study: Study, folder: Path) -> Study | None:
    """Return the study of the learners that are compared if all of it was trained, else None."""
    if RATE in study.axes:
        rates = _rates_folder(folder)
        if missing_points(nc.points(tuning(study)), StudyFolder(rates)):
            return None
        study = at_best_rates(study, read_rows(rates))
    return None if missing_points(nc.points(study), StudyFolder(folder)) else study
