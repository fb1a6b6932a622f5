"""What can be drawn: simulations, histories and checkpoints, alone or as groups of seeds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.plot.quantities import History, read
from neurochannel.storage import read_history

Run = Simulation | History | str | os.PathLike[str]
Runs = Run | Sequence[Run | Sequence[Run]] | Mapping[str, Any]


class Group(NamedTuple):
    """Histories that are drawn as one: a single run, or the same learner with several seeds."""

    label: str
    histories: tuple[History, ...]

    def curve(self, field: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the epochs that all runs have measured, (n,), and the values there, (runs, n)."""
        return _common([_measured(history, field) for history in self.histories])

    def observed(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the epochs at which all runs have observed a number, and the values there."""
        return _common([_observed(history, name) for history in self.histories])

    @property
    def observations(self) -> list[str]:
        """Names of what the first run has observed."""
        return list(observations_of(self.histories[0]))


def gather(runs: Runs, labels: Iterable[str] | None = None) -> list[Group]:
    """Return the groups in which runs are drawn, each with a label of its own.

    Parameters
    ----------
    runs
        One run or several; a list within the list, or a value of a mapping, may hold the same
        learner with several seeds. A run is a simulation, a history or the path of a checkpoint.
    labels
        One for each group; else the keys of the mapping, names of networks or stems of paths.

    Raises
    ------
    OptionError
        If there is nothing to draw, or not as many labels as groups.
    CheckpointError
        If a checkpoint cannot be read.
    """
    if isinstance(runs, Mapping) and not _is_history(runs):
        if labels is None:
            labels = [str(label) for label in runs]
        runs = cast(Runs, list(runs.values()))
    members = [_listed(group) for group in _listed(runs)]
    if not members or not all(members):
        raise OptionError("runs must hold at least one run, got none; train a network first")
    if labels is None:
        names = _told_apart([_name(group[0], n) for n, group in enumerate(members, 1)])
    else:
        names = _checked(list(labels), len(members))
    histories = [tuple(_history(run) for run in group) for group in members]
    return [Group(*pair) for pair in zip(names, histories, strict=True)]


def _is_history(run: object) -> bool:
    return isinstance(run, Mapping) and "epoch" in run


def _is_run(run: object) -> bool:
    return isinstance(run, Simulation | str | os.PathLike) or _is_history(run)


def _listed(runs: object) -> list[Any]:
    if _is_run(runs):
        return [runs]
    if isinstance(runs, Iterable) and not isinstance(runs, Mapping):
        return list(runs)
    raise _not_a_run(runs)


def _not_a_run(found: object) -> OptionError:
    return OptionError(
        f"a run must be a simulation, a history or the path of a checkpoint, got {found!r}"
    )


def _history(run: object) -> History:
    if isinstance(run, str | os.PathLike):
        return read_history(run)
    if isinstance(run, Simulation):
        return run.history
    if _is_history(run):
        return cast(History, run)
    raise _not_a_run(run)


def _name(run: object, number: int) -> str:
    if isinstance(run, Simulation):
        return run.network.name
    return Path(run).stem if isinstance(run, str | os.PathLike) else f"run {number}"


def _told_apart(names: list[str]) -> list[str]:
    """Add numbers to names that occur more than once."""
    often, seen = Counter(names), Counter[str]()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name} ({seen[name]})" if often[name] > 1 else name)
    return told


def _checked(labels: list[str], n_groups: int) -> list[str]:
    if len(labels) != n_groups:
        raise OptionError(
            f"labels must be as many as the runs, got {len(labels)} for {n_groups}; "
            "give one for each run, or leave labels out"
        )
    return labels


def observations_of(history: History) -> Mapping[str, Any]:
    """Return the series that observers have left, by name; none where there were no observers."""
    series: Mapping[str, Any] = getattr(history, "observations", {})
    return series


def _common(tables: list[dict[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the epochs that are in all tables, (n,), and the values there, (tables, n)."""
    epochs = sorted(set.intersection(*(set(table) for table in tables)))
    values = [[table[epoch] for epoch in epochs] for table in tables]
    return np.array(epochs, np.int64), np.array(values).reshape(len(tables), -1)


def _observed(history: History, name: str) -> dict[int, float]:
    series = observations_of(history).get(name)
    if series is None or series.values.ndim != 1:
        return {}
    pairs = zip(series.epochs, series.values, strict=True)
    return {int(epoch): float(value) for epoch, value in pairs if np.isfinite(value)}


def _measured(history: History, field: str) -> dict[int, float]:
    values = read(history, field)
    pairs = zip(np.asarray(history["epoch"]), values, strict=True)
    return {int(epoch): float(value) for epoch, value in pairs if np.isfinite(value)}
