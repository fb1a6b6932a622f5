"""Random feedback weights for each synapse instead of each neuron: a rule outside the engine."""

from __future__ import annotations

import platform
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

import neurochannel as nc
from neurochannel.engine.threads import one_blas_thread, processors
from neurochannel.errors import OptionError
from neurochannel.storage.processor import processor
from neurochannel.study.folder import Row, StudyFolder
from neurochannel.study.plan import Plan
from neurochannel.study.point_worker import versions
from neurochannel.study.points import Point
from neurochannel.study.runner import run_plan

Arrays = dict[str, np.ndarray]
SYNAPSE, NOTHING = "each synapse", "top only"


class SynapticFeedback:
    """A network whose hidden synapses each have feedback weights of their own.

    dW[i, j] = rate * mean over the batch of O[i] f'(S[j]) sum over k of E[k] C[i, k, j]

    and the same for biases; the output learns from E as always. In a learning channel C[i, k, j] is
    the same for all synapses i of a neuron j.

    Parameters
    ----------
    run
        A multi-layer perceptron of tanh populations without a channel; its weights are changed.
    data
        What it learns from, with class labels.
    rate
        Of each update by its number.
    seed
        Of the feedback weights, which are normal with the variance of Glorot's rule.
    """

    def __init__(self, run: nc.Simulation, data: nc.Data, rate: nc.Decay, seed: int) -> None:
        self.run, self.data, self.rate = run, data, rate
        self.order = run.network.forward_order
        if any(run.network.populations[h].activation != "tanh" for h in self.order[1:-1]):
            raise OptionError("hidden populations must be tanh for this rule")
        generator = np.random.default_rng([seed, 1])
        n_outputs = run.network.size(run.network.output)
        self.feedback, self.bias_feedback = Arrays(), Arrays()
        for low, high in self._hidden():
            sizes = run.network.size(low), run.network.size(high)
            deviation = np.sqrt(2.0 / (n_outputs + sizes[1]))
            drawn = deviation * generator.standard_normal((sizes[0] + 1, n_outputs, sizes[1]))
            drawn = drawn.astype(run.dtype)
            self.feedback[high], self.bias_feedback[high] = drawn[1:], drawn[0]

    def _hidden(self) -> list[tuple[str, str]]:
        return list(zip(self.order[:-2], self.order[1:-1], strict=True))

    def changes(self, x: np.ndarray, t: np.ndarray) -> tuple[Arrays, Arrays]:
        """Return the mean changes of weights by bundle and of biases by population, unit rate."""
        activity = self.run.forward(x)
        output = self.order[-1]
        error = np.eye(activity[output].shape[1], dtype=activity[output].dtype)[t]
        error -= activity[output]
        top = f"{self.order[-2]} -> {output}"
        weights = {top: activity[self.order[-2]].T @ error / len(x)}
        biases = {output: error.mean(axis=0)}
        for low, high in self._hidden():
            slope = 1 - activity[high] ** 2
            # The signals of all outputs side by side make it one product of matrices.
            signals = slope[:, None, :] * error[:, :, None]
            moved = activity[low].T @ signals.reshape(len(x), -1)
            moved = moved.reshape(self.feedback[high].shape)
            moved *= self.feedback[high]
            weights[f"{low} -> {high}"] = moved.sum(axis=1) / len(x)
            biases[high] = (slope * (error @ self.bias_feedback[high])).mean(axis=0)
        return weights, biases

    def train(self, epoch: int) -> None:
        """Train for the epoch of this number, from 0, in the order and the batches of the run."""
        run, data = self.run, self.data
        weights = {name: np.array(run.weights[name]) for name in run.weights}
        biases = {name: np.array(run.biases[name]) for name in run.biases}
        order = run.order(epoch)
        starts = range(0, len(order), run.batch_size)
        for batch, start in enumerate(starts):
            chosen = order[start : start + run.batch_size]
            rate = self.rate(epoch * len(starts) + batch)
            dW, db = self.changes(data.train.x[chosen], data.train.t[chosen])
            for own, changes, shown in ((weights, dW, run.weights), (biases, db, run.biases)):
                for name, change in changes.items():
                    own[name] += rate * change
                    shown[name] = own[name]


def carry_out(plan: Plan, folder: Path, workers: int | None) -> None:
    """Train what a study says with and without a channel, and each seed by this rule as well.

    All of it is kept in the study's folder; what is there already is not trained again.
    """
    run_plan(plan, folder, workers=workers)
    place, listing = StudyFolder(folder), plan.listing()
    bases = _bases(plan)
    stop = Event()
    # Products of small matrices are faster side by side than each of them on all processors.
    with one_blas_thread(), ThreadPoolExecutor(workers or processors()) as pool:
        missing = [point for point in bases if not place.has_row(_name(point))]
        futures = [pool.submit(_row, point, stop) for point in missing]
        try:
            for future in as_completed(futures):
                place.write_row(future.result())
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    listing["points"] += [[_name(point), [SYNAPSE], point.seed] for point in bases]
    place.write_plan(listing)


def is_finished(plan: Plan, folder: Path) -> bool:
    """Tell whether the folder holds all points by this rule."""
    return all(StudyFolder(folder).has_row(_name(point)) for point in _bases(plan))


def _bases(plan: Plan) -> list[Point]:
    """Return the points of the network without a channel, one for each seed."""
    return [entry.point for entry in plan if entry.labels == (NOTHING,)]


def _name(point: Point) -> str:
    return f"{point.id}-synapses"


def _row(point: Point, stop: Event) -> Row:
    network = nc.Network.from_text(point.network)
    data, rate = nc.data.load(point.data), nc.Decay(point.rate, point.decay)
    options: dict[str, Any] = {"batch_size": point.batch_size, "seed": point.seed}
    run = nc.Simulation(network, data, rate=rate, **options)
    rule, started = SynapticFeedback(run, data, rate, point.seed), time.perf_counter()
    curves: dict[str, list[float]] = {"epoch": [], "train_accuracy": [], "test_accuracy": []}
    for epoch in range(point.epochs):
        if stop.is_set():
            raise KeyboardInterrupt("stopped")
        rule.train(epoch)
        curves["epoch"].append(epoch + 1)
        for split, examples in (("train", data.train), ("test", data.test)):
            curves[f"{split}_accuracy"].append(run.evaluate(examples).accuracy)
    seconds = time.perf_counter() - started
    outcome = {name: values[-1] for name, values in curves.items() if name != "epoch"}
    return {
        "point": _name(point),
        "status": "done",
        "reason": None,
        "seed": point.seed,
        "outcome": {**outcome, "epochs": point.epochs, "seconds": seconds},
        "curves": curves,
        "observations": {},
        "data": point.data,
        "worker": {**versions(), "host": platform.node(), **processor(), "seconds": seconds},
        "checkpoint": None,
    }
