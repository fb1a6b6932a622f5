"""Runs that a page is about: simulations and checkpoints, seeds of one learner together."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from neurochannel.engine.history import History
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import CheckpointError, DataError, OptionError
from neurochannel.model.network import Network
from neurochannel.plot.runs import Group
from neurochannel.storage import load, peek_network
from neurochannel.storage.listed import described
from neurochannel.storage.provenance import provenance_text

Given = Simulation | str | PathLike[str]


@dataclass(frozen=True, eq=False)
class LearnedRun:
    """A run and where it comes from.

    Parameters
    ----------
    given
        The simulation, or the path of its checkpoint.
    network, options, history, provenance
        As in `neurochannel.storage.Summary`; the provenance of a simulation is that of now.
    epochs
        That it was trained.
    """

    given: Given
    network: Network
    options: dict[str, Any]
    history: History
    provenance: dict[str, Any]
    epochs: int

    @property
    def name(self) -> str:
        """Of the file, or of the network."""
        return self.network.name if isinstance(self.given, Simulation) else Path(self.given).stem

    @property
    def data(self) -> dict[str, str | None]:
        """Name and fingerprint of its data; none where there is none."""
        found: dict[str, str | None] = self.provenance.get("data") or {}
        return found

    @property
    def key(self) -> tuple[str, ...]:
        """What seeds of one learner have in common."""
        network = described(self.network, named=False).digest
        options = {name: str(self.options[name]) for name in sorted(self.options)}
        del options["seed"], options["threads"]
        return network, *options.values(), str(self.data.get("fingerprint"))

    def simulation(self, data: Any = None) -> Simulation:
        """Return the run with its data if that is here, or with what is given.

        Raises
        ------
        CheckpointError, DataError
            If the checkpoint cannot be read, or what is given is not its data.
        """
        if isinstance(self.given, Simulation):
            return self.given
        # A rate that is a function is in no file, and nothing is trained here.
        rate = 1.0 if isinstance(self.options["rate"], str) else None
        try:
            return load(self.given, data, rate=rate)
        except (CheckpointError, DataError):
            if data is not None:
                raise
            return load(self.given, rate=rate, without_data=True)


@dataclass(frozen=True, eq=False)
class Learner:
    """Runs that differ in their seeds only, and what they are called together."""

    label: str
    runs: tuple[LearnedRun, ...]

    @property
    def network(self) -> Network:
        """That all of them have."""
        return self.runs[0].network

    @property
    def group(self) -> Group:
        """Their histories, to be drawn as one."""
        return Group(self.label, tuple(run.history for run in self.runs))


def learned(given: Given) -> LearnedRun:
    """Return a run with all that a page says of it.

    Raises
    ------
    CheckpointError
        If a checkpoint is missing, damaged, not ours or newer.
    """
    if isinstance(given, Simulation):
        names = ("rate", "batch_size", "seed", "dtype", "threads")
        options = {name: getattr(given, name) for name in names}
        if callable(options["rate"]) and not hasattr(options["rate"], "decay"):
            options["rate"] = getattr(options["rate"], "__name__", "a function")
        made = json.loads(provenance_text(given.data))
        return LearnedRun(given, given.network, options, given.history, made, given.epoch)
    kept, network = peek_network(given)
    return LearnedRun(
        given, network, kept.options, kept.history, kept.provenance, kept.progress.epoch
    )


def learners_of(given: Sequence[Given]) -> list[Learner]:
    """Return the learners of some runs: those that differ in their seeds only are one.

    Raises
    ------
    CheckpointError
        If a checkpoint is missing, damaged, not ours or newer.
    """
    groups: dict[tuple[str, ...], list[LearnedRun]] = {}
    for each in given:
        run = learned(each)
        groups.setdefault(run.key, []).append(run)
    members = list(groups.values())
    names = [runs[0].name if len(runs) == 1 else runs[0].network.name for runs in members]
    often, seen = Counter(names), Counter[str]()
    found = []
    for name, runs in zip(names, members, strict=True):
        seen[name] += 1
        label = f"{name} ({seen[name]})" if often[name] > 1 else name
        found.append(Learner(label, tuple(runs)))
    return found


def labeled_learners(given: Mapping[str, Any]) -> list[Learner]:
    """Return learners by their labels; each value is a run, or several seeds of one learner.

    Raises
    ------
    CheckpointError
        If a checkpoint is missing, damaged, not ours or newer.
    OptionError
        If a label has no run, or runs that differ in more than their seeds.
    """
    found = []
    for label, value in given.items():
        runs = tuple(map(learned, value if isinstance(value, list | tuple) else [value]))
        if len({run.key for run in runs}) != 1:
            told = "none" if not runs else "runs of different networks, data or options"
            raise OptionError(
                f"what['{label}'] must be a run, or runs that differ in their seeds only, got "
                f"{told}; give each learner a label of its own"
            )
        found.append(Learner(str(label), runs))
    return found


def path_text(given: Given) -> str:
    """Return a path as it was written; empty for a simulation."""
    return "" if isinstance(given, Simulation) else os.fspath(given)
