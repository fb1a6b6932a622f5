"""How long a study will take and how large its folder will be, from some of its points."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from neurochannel.engine.options import scored
from neurochannel.study.folder import Row
from neurochannel.study.point_worker import Worker, when_scored
from neurochannel.study.points import Point

EPOCHS_TIMED = 2
TRIED = 3
"""Points that are tried: the first, the last and one between them."""
LONG = 2.0
"""Seconds of an epoch from which on one point for each worker is tried, and for that alone."""
BLOCK = 4096


class CostEstimate(NamedTuple):
    """Seconds of one worker, bytes on disk, and the seconds of an epoch that they rest on.

    `n_tried` is how many points were tried for it, `n_points` how many it is for.
    """

    seconds: float
    n_bytes: int
    seconds_per_epoch: float
    n_tried: int = 1
    n_points: int = 1

    def duration(self, workers: int) -> float:
        """Return the seconds until all points are done; each worker trains one at a time."""
        turns = -(-self.n_points // workers)
        return self.seconds * turns / max(1, self.n_points)


def estimate(points: Sequence[Point], workers: int = 1) -> CostEstimate:
    """Train some points for two epochs at most, as many at a time as there are workers, and scale.

    seconds = points * what a point takes without its epochs + epochs of all * those of an epoch

    It is assumed that all points take as long as the mean of those that are tried, and that a row
    and a checkpoint need as many bytes as those of the first; files and the folders that hold them
    fill whole blocks of 4096 bytes. Where an epoch takes more than 2 s, one point for each worker
    is trained for one, and seconds = epochs of all * those of one + scores of all * those of one.

    Parameters
    ----------
    workers
        Threads that train at a time, which slow each other down.
    """
    if not points:
        return CostEstimate(0.0, 0, 0.0)
    epochs, n = sum(point.epochs for point in points), len(points)
    worker, first = Worker(), replace(points[0], epochs=1)
    # The first run of a point loads data and kernels, which is not counted.
    row, weights = worker.run(first)
    n_bytes = _bytes(row, weights, points)
    if row["worker"]["seconds"] > LONG:
        tried = _spread(points, workers)
        training, scoring = _epoch(worker, tried)
        if training + scoring > LONG:
            seconds = training * epochs + scoring * sum(map(_n_scored, points))
            return CostEstimate(seconds, n_bytes, seconds / epochs, len(tried), n)
    tried = _spread(points, TRIED)
    for point in tried[1:]:
        worker.run(replace(point, epochs=1))
    short = _seconds(worker, tried, 1, workers)
    longer = min(EPOCHS_TIMED, *(point.epochs for point in tried))
    fixed, per_epoch = 0.0, short
    if longer > 1:
        more = _seconds(worker, tried, longer, workers) - short
        per_epoch = max(0.0, more) / (longer - 1)
        fixed = max(0.0, short - per_epoch)
    return CostEstimate(n * fixed + epochs * per_epoch, n_bytes, per_epoch, len(tried), n)


def _spread(points: Sequence[Point], most: int) -> list[Point]:
    """Return the first point, the last, and those that lie evenly between them."""
    n = min(most, len(points))
    return [points[round(at * (len(points) - 1) / max(1, n - 1))] for at in range(n)]


def _epoch(worker: Worker, tried: Sequence[Point]) -> tuple[float, float]:
    """Return the mean seconds of an epoch and of scoring, of points that train at the same time.

    Points that end early, since they diverge, tell nothing, unless all do.
    """
    todo = [replace(point, epochs=1) for point in tried]
    with ThreadPoolExecutor(len(todo)) as pool:
        rows = [row for row, _ in pool.map(worker.run, todo)]
    finished = [row for row in rows if row["status"] == "done"]
    if not finished:
        return sum(float(row["worker"]["seconds"]) for row in rows) / len(rows), 0.0
    training = sum(float(row["outcome"]["seconds"]) for row in finished) / len(finished)
    total = sum(float(row["worker"]["seconds"]) for row in finished) / len(finished)
    return training, total - training


def _n_scored(point: Point) -> int:
    is_due = scored(when_scored(point))
    return sum(is_due(epoch, epoch == point.epochs) for epoch in range(1, point.epochs + 1))


def _seconds(worker: Worker, tried: Sequence[Point], epochs: int, workers: int) -> float:
    """Return the seconds of one worker for a point, where all of them are busy."""
    rounds = -(-2 * workers // len(tried))
    todo = [replace(point, epochs=epochs) for point in tried] * rounds
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(worker.run, todo))
    return (time.perf_counter() - started) * min(workers, len(todo)) / len(todo)


def _bytes(row: Row, weights: bytes | None, points: Sequence[Point]) -> int:
    """Return the bytes that all points take, from the row of one epoch of one."""
    fixed = len(json.dumps({**row, "curves": {name: [] for name in row["curves"]}}))
    curve = len(json.dumps(row)) - fixed
    n_bytes = sum(_blocks(fixed + curve * point.epochs) for point in points)
    n_folders = len({point.id[:2] for point in points})
    if weights is not None:
        n_bytes += _blocks(len(weights)) * len(points)
        n_folders *= 2
    return n_bytes + BLOCK * n_folders


def _blocks(n_bytes: int) -> int:
    return -(-n_bytes // BLOCK) * BLOCK
