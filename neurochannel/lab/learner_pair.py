"""The learners that pages train side by side, and the charts of what they have learned."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurochannel.data.library import load
from neurochannel.engine.gate import fitted
from neurochannel.errors import NetworkError, OptionError
from neurochannel.lab.learners import LearnerProcess
from neurochannel.model.network import Network
from neurochannel.model.problems import short
from neurochannel.model.recipe_names import channel_from_text
from neurochannel.plot.runs import Group
from neurochannel.reports.page.curve_widgets import learning_widgets, observed_widgets

MOST_EPOCHS = 10_000
LONGEST_RECIPE = 200
OWN, OTHER = "own", "other"


class LearnerPair:
    """At most two learners: the network that is designed, and the same with another channel."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._learners: dict[str, LearnerProcess] = {}
        self._starts = 0

    def start(self, network: Network | None, data: str, wishes: Mapping[str, Any]) -> None:
        """Train from the beginning; what was trained before is forgotten.

        Parameters
        ----------
        data
            See `neurochannel.data.load`.
        wishes
            epochs, rate, batch_size, seed, and compare, the text of a recipe or "".

        Raises
        ------
        NeurochannelError
            If something is out of range or does not fit.
        """
        if network is None:
            raise NetworkError("the text must have no mistakes to be trained; fix what is marked")
        epochs = _whole(wishes, "epochs", 1, MOST_EPOCHS)
        options = {
            "rate": _number(wishes, "rate"),
            "batch_size": _whole(wishes, "batch_size", 1, 1_000_000),
            "seed": _whole(wishes, "seed", 0, 2**53),
        }
        networks = {OWN: network}
        recipe = wishes.get("compare") or ""
        if recipe:
            if not isinstance(recipe, str) or len(recipe) > LONGEST_RECIPE:
                raise OptionError(f"compare must be a recipe, got {short(recipe)}")
            other = network.with_channel(channel_from_text(recipe))
            networks[OTHER] = other.model_copy(update={"name": recipe})
        for each in networks.values():
            fitted(each, load(data))
        with self._lock:
            self._end()
            self._starts += 1
            label = network.name if network.name != recipe else f"{network.name}, as designed"
            labels = {OWN: label, OTHER: recipe}
            self._learners = {
                key: LearnerProcess(labels[key], each, data, options, epochs)
                for key, each in networks.items()
            }

    def tell(self, what: object) -> None:
        """Pause, resume or stop all learners.

        Raises
        ------
        OptionError
            If it is none of these.
        """
        if what not in ("pause", "resume", "stop"):
            raise OptionError(f"do must be pause, resume or stop, got {short(what)}")
        for learner in list(self._learners.values()):
            getattr(learner, str(what))()

    def follow(self, network: Network | None) -> None:
        """Continue the run of the designed network with what it is now, if that is another."""
        learner = self._learners.get(OWN)
        if learner is not None and network is not None:
            learner.branch(network)

    @property
    def changes(self) -> str:
        """Another text whenever there is more to be told."""
        counts = [str(learner.changes) for learner in list(self._learners.values())]
        return "-".join([str(self._starts), *counts])

    def answer(self) -> dict[str, Any]:
        """Return the states of the learners and their charts."""
        changes, learners = self.changes, list(self._learners.values())
        # Branches come last, so that no curve changes its colour when one begins.
        stretches = [
            (number, learner.label, stretch)
            for learner in learners
            for number, stretch in enumerate(learner.stretches)
        ]
        groups = [
            Group(_labeled(label, stretch.before), (stretch.shifted(),))
            for _, label, stretch in sorted(stretches, key=lambda each: each[0])
        ]
        widgets = [*learning_widgets(groups), *observed_widgets(groups, "alignment")]
        return {
            "changes": changes,
            "learners": [
                {
                    "label": learner.label,
                    "state": learner.state,
                    "epoch": learner.epoch,
                    "epochs": learner.epochs,
                    "sentence": learner.sentence,
                    "branches": len(learner.stretches) - 1,
                }
                for learner in learners
            ],
            "charts": [{"name": widget.name, "data": widget.data} for widget in widgets],
        }

    def runs(self, folder: Path) -> dict[str, Path]:
        """Write checkpoints of what was learned into a folder; return them by label.

        Raises
        ------
        OptionError
            If one cannot be written.
        """
        found = {}
        for key, learner in list(self._learners.items()):
            if learner.stretches[-1].history.records:
                learner.save(str(folder / f"{key}.h5"))
                found[learner.label] = folder / f"{key}.h5"
        return found

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        for learner in self._learners.values():
            learner.kill()
        self._learners = {}


def _labeled(label: str, before: int) -> str:
    return f"{label}, from epoch {before}" if before else label


def _whole(wishes: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = wishes.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise OptionError(
            f"{name} must be a whole number between {least} and {most:,}, got {short(value)}"
        )
    return value


def _number(wishes: Mapping[str, Any], name: str) -> float:
    value = wishes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise OptionError(f"{name} must be a number greater than 0, got {short(value)}")
    return float(value)
