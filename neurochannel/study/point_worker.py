"""What a worker does: trains one point and returns its row. Everything here can be sent away."""

from __future__ import annotations

import platform
import threading
import time
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, NamedTuple

from neurochannel.errors import DataError, DivergenceError, NeurochannelError, OptionError
from neurochannel.storage.processor import processor
from neurochannel.study.folder import Row
from neurochannel.study.points import Point

if TYPE_CHECKING:
    from neurochannel.engine.feeds import Feeds
    from neurochannel.engine.simulation import Callback, Simulation
    from neurochannel.model.network import Network

PACKAGES = ("neurochannel", "numpy", "numba")
OUTCOMES = ("test_accuracy", "train_accuracy", "test_loss", "train_loss")
Versions = dict[str, str]


class Result(NamedTuple):
    """A row, and the checkpoint of the run where one was to be recorded."""

    row: Row
    weights: bytes | None = None


@cache
def versions() -> Versions:
    """Return what numbers depend on: packages, Python, and a hash of the kernels' sources."""
    from neurochannel.kernels.cache import room_hash

    found = {name: _version(name) for name in PACKAGES}
    return {**found, "python": platform.python_version(), "kernels": room_hash()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def check_versions(expected: Versions, found: Versions, where: str = "a worker") -> None:
    """Refuse to mix numbers of different software.

    Raises
    ------
    OptionError
        If versions differ.
    """
    for name, ours in expected.items():
        theirs = found.get(name, "none")
        if theirs != ours:
            raise OptionError(
                f"workers must run the versions of this process, but {where} has {name} {theirs} "
                f"instead of {ours}; install the same there"
            )


def when_scored(point: Point) -> int | tuple[int, ...]:
    """Return after which epochs a point is scored, as `Simulation.train` takes it."""
    every = point.evaluate_every if "history" in point.record else None
    return every or point.epochs


class Worker:
    """Trains points on one copy of each data set; any number of threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds: dict[tuple[str, str], Feeds] = {}
        self._running: set[Simulation] = set()
        self._stopped = False

    def run(self, point: Point, expected: Versions | None = None) -> Result:
        """Train a point; what goes wrong in its training is its row's reason.

        Raises
        ------
        OptionError, DataError
            If this worker has other versions or other data than the study.
        KeyboardInterrupt
            After `stop`.
        """
        if expected is not None:
            check_versions(expected, versions(), f"worker {platform.node()}")
        feeds, started = self._feeds_of(point), time.perf_counter()
        run: Simulation | None = None
        status, reason = "done", None
        try:
            run = self._simulation(point, feeds)
            self._train(run, point)
        except DivergenceError as error:
            status, reason = "diverged", str(error)
        except NeurochannelError as error:
            status, reason = "failed", str(error)
        except Exception as error:
            status, reason = "failed", f"{type(error).__name__}: {error}"
        row = new_row(point, status, reason, run)
        row["worker"]["seconds"] = time.perf_counter() - started
        weights = (
            _weights(run) if run and status == "done" and "checkpoint" in point.record else None
        )
        row["checkpoint"] = None if weights is None else f"{point.id}.h5"
        return Result(row, weights)

    def stop(self) -> None:
        """Make all that runs here end after its batch, and begin nothing new."""
        with self._lock:
            self._stopped = True
            for run in self._running:
                run.stop()

    def _train(self, run: Simulation, point: Point) -> None:
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt("stopped")
            self._running.add(run)
        try:
            run.train(
                point.epochs,
                _observers(point),
                progress=False,
                evaluate_every=when_scored(point),
            )
            if run.epoch < point.epochs:
                raise KeyboardInterrupt("stopped")
        finally:
            with self._lock:
                self._running.discard(run)

    def _simulation(self, point: Point, feeds: Feeds) -> Simulation:
        from neurochannel.engine.options import Options
        from neurochannel.engine.rates import Decay
        from neurochannel.engine.simulation import Simulation

        rate = Decay(point.rate, point.decay) if point.decay else point.rate
        options = Options(rate, point.batch_size, point.seed, point.dtype, 1)
        return Simulation.sharing(_network(point.network), feeds, options)

    def _feeds_of(self, point: Point) -> Feeds:
        from neurochannel.engine.feeds import Feeds

        key = point.fingerprint, point.dtype
        with self._lock:
            if key not in self._feeds:
                data = _load(point)
                self._feeds[key] = Feeds(data, point.dtype, data.n_outputs)
            return self._feeds[key]


def new_row(point: Point, status: str, reason: str | None, run: Simulation | None = None) -> Row:
    """Return the row of a point, as far as its run has come."""
    history = run.history if run else None
    last = history.last if history and status == "done" else None
    outcome: dict[str, float] = {name: getattr(last, name, float("nan")) for name in OUTCOMES}
    outcome["epochs"] = run.epoch if run else 0
    outcome["seconds"] = float(history["seconds"].sum()) if history else float("nan")
    curves: dict[str, Any] = {}
    if history and "history" in point.record:
        curves = {name: column.tolist() for name, column in history.items()}
    observed = _observed(run) if run else {}
    if status == "done":
        outcome |= {
            name: series["values"][-1]
            for name, series in observed.items()
            if not isinstance(series["values"][-1], list)
        }
    return {
        "point": point.id,
        "status": status,
        "reason": reason,
        "seed": point.seed,
        "outcome": outcome,
        "curves": curves,
        "observations": observed,
        "data": point.data,
        "worker": {**versions(), "host": platform.node(), **processor()},
        "checkpoint": None,
    }


def _observers(point: Point) -> list[Callback]:
    """Return what observes a run as it was asked to, at the usual epochs and after the last."""
    words = [word for word in point.record if word not in ("history", "checkpoint")]
    if not words:
        return []
    from neurochannel.observe.observers import EARLY, EVERY, Observe

    last = point.epochs
    at = {*(epoch for epoch in EARLY if epoch < last), *range(EVERY, last, EVERY), last}
    return [Observe(*words, at=at)]


def _observed(run: Simulation) -> dict[str, Any]:
    """Return what was observed as lists: epochs, values and the labels of their parts."""
    return {
        name: {
            "epochs": series.epochs.tolist(),
            "values": series.values.tolist(),
            "labels": None if series.labels is None else list(series.labels),
        }
        for name, series in run.history.observations.items()
    }


@lru_cache(maxsize=256)
def _network(text: str) -> Network:
    from neurochannel.model.network import Network

    return Network.from_text(text)


@lru_cache(maxsize=4)
def _loaded(name: str) -> Any:
    from neurochannel import data

    return data.load(name)


def _load(point: Point) -> Any:
    """Load the data of a point and hold it against what the study was planned with."""
    found = _loaded(point.data)
    if found.fingerprint != point.fingerprint:
        raise DataError(
            f"data set '{point.data}' on {platform.node()} has another content than where the "
            "study was planned; put the same files there"
        )
    return found


def _weights(run: Simulation) -> bytes:
    from neurochannel.storage.writing import image_of

    return bytes(image_of(run))


@cache
def _own() -> Worker:
    return Worker()


def run_point(point: Point, expected: Versions | None = None) -> Result:
    """Train a point with the one `Worker` of this process."""
    return _own().run(point, expected)
