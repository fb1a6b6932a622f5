"""Runs the studies of constraints on a part of a data set, and gathers what the page says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import neurochannel as nc
from neurochannel.study.folder import StudyFolder
from neurochannel.study.plan import Plan
from neurochannel.study.runner import missing_points, run_plan
from neurochannel.study.spec import Study
from scripts.paper.experiments import Experiment
from scripts.paper.sharing import share_points

ROOT = Path(__file__).resolve().parents[2]
DIGITS = {"epochs": 20}
"""How long networks are trained on the digits, which are few."""


@dataclass(frozen=True)
class Trial(Experiment):
    """An experiment on the first examples of a training set.

    Parameters
    ----------
    examples
        How many; all of a smaller set.
    data
        The only data set for which it makes sense; empty for any.
    chips
        The axis of chips, between which and seeds the variance is split; empty for none.
    """

    examples: int = 10_000
    data: str = ""
    chips: str = ""


@dataclass(frozen=True)
class Size:
    """How large the studies are made.

    Parameters
    ----------
    data
        Name of the data set.
    seeds, examples
        None for those of the study.
    """

    data: str = "mnist"
    seeds: int | None = None
    examples: int | None = None

    def suits(self, trial: Trial) -> bool:
        """Tell whether a trial that is about one data set has it, and as many examples."""
        whole = self.examples is None or self.examples >= trial.examples
        return not trial.data or (trial.data == self.data and whole)

    def study(self, trial: Trial, folder: Path) -> Study:
        """Return the study of a trial; the part of the data set is kept as a file in a folder."""
        study = Study.from_toml(ROOT / "studies" / "constraints" / f"{trial.name}.toml")
        examples = min(trial.examples, self.examples or trial.examples)
        changed: dict[str, Any] = {"data": part_of(self.data, examples, folder)}
        if self.data == "digits":
            changed["train"] = study.train.model_copy(update=DIGITS)
        if self.seeds is not None:
            changed["seeds"] = min(self.seeds, study.n_seeds)
        return study.model_copy(update=changed)


def part_of(name: str, n: int, folder: Path) -> str:
    """Return a data set with the first n training examples and all test examples, by name or file.

    The file is written where it is missing.
    """
    data = nc.data.load(name)
    if n >= len(data.train.x):
        return name
    path = folder / f"{name}_{n}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {
            "train_x": data.train.x[:n],
            "train_t": data.train.t[:n],
            "test_x": data.test.x,
            "test_t": data.test.t,
            "scale": np.array(data.scale),
        }
        part = folder / f"{name}_{n}.part.npz"
        np.savez_compressed(part, **arrays)
        part.replace(path)
    return str(path)


def train(plan: Plan, folder: Path, workers: int | None) -> None:
    """Train what is missing of a study in its folder, taking what studies next to it have."""
    share_points(plan, folder)
    run_plan(plan, folder, workers=workers)


def is_finished(plan: Plan, folder: Path) -> bool:
    """Tell whether all points of a study are there, in its folder or one next to it."""
    share_points(plan, folder)
    return not missing_points(plan, StudyFolder(folder))
