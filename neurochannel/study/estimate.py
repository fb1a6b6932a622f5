"""How long a study will take and how large its folder will be, from some of its points."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from neurochannel.study.folder import Row
from neurochannel.study.point_worker import Worker
from neurochannel.study.points import Point

EPOCHS_TIMED = 2
TRIED = 3
"""Points that are tried: the first, the last and one between them."""
LONG = 2.0
"""Seconds of an epoch from which on the first point alone is tried."""
BLOCK = 4096


class CostEstimate(NamedTuple):
    """Seconds of one worker, bytes on disk, and the seconds of an epoch that they rest on.

    `n_tried` is how many points were tried for it.
    """

    seconds: float
    n_bytes: int
    seconds_per_epoch: float
    n_tried: int = 1


def estimate(points: Sequence[Point], workers: int = 1) -> CostEstimate:
    """Train some points for two epochs at most, as many at a time as there are workers, and scale.

    seconds = points * what a point takes without its epochs + epochs of all * those of an epoch

    It is assumed that all points take as long as the mean of those that are tried, and that a row
    and a checkpoint need as many bytes as those of the first; files fill whole blocks of 4096
    bytes.

    Parameters
    ----------
    workers
        Threads that train at a time, which slow each other down.
    """
    if not points:
        return CostEstimate(0.0, 0, 0.0)
    epochs = sum(point.epochs for point in points)
    worker, first = Worker(), points[0]
    # The first run of a point loads data and kernels, which is not counted.
    worker.run(replace(first, epochs=1))
    row, weights = worker.run(replace(first, epochs=min(EPOCHS_TIMED, first.epochs)))
    n_bytes = _bytes(row, weights, points)
    per_epoch = row["worker"]["seconds"] / min(EPOCHS_TIMED, first.epochs)
    if per_epoch > LONG:
        return CostEstimate(per_epoch * epochs, n_bytes, per_epoch)
    tried = _spread(points)
    for point in tried[1:]:
        worker.run(replace(point, epochs=1))
    short = _seconds(worker, tried, 1, workers)
    longer = min(EPOCHS_TIMED, *(point.epochs for point in tried))
    fixed, per_epoch = 0.0, short
    if longer > 1:
        more = _seconds(worker, tried, longer, workers) - short
        per_epoch = max(0.0, more) / (longer - 1)
        fixed = max(0.0, short - per_epoch)
    return CostEstimate(len(points) * fixed + epochs * per_epoch, n_bytes, per_epoch, len(tried))


def _spread(points: Sequence[Point]) -> list[Point]:
    """Return the first point, the last, and those that lie evenly between them."""
    n = min(TRIED, len(points))
    return [points[round(at * (len(points) - 1) / max(1, n - 1))] for at in range(n)]


def _seconds(worker: Worker, tried: Sequence[Point], epochs: int, workers: int) -> float:
    """Return the seconds of one worker for a point, where all of them are busy."""
    rounds = -(-2 * workers // len(tried))
    todo = [replace(point, epochs=epochs) for point in tried] * rounds
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(worker.run, todo))
    return (time.perf_counter() - started) * min(workers, len(todo)) / len(todo)


def _bytes(row: Row, weights: bytes | None, points: Sequence[Point]) -> int:
    """Return the bytes that all points take, from the row of one."""
    timed = min(EPOCHS_TIMED, points[0].epochs)
    curve = len(json.dumps(row["curves"])) / timed
    fixed = len(json.dumps({**row, "curves": {}}))
    n_bytes = sum(_blocks(int(fixed + curve * point.epochs)) for point in points)
    return n_bytes + (0 if weights is None else _blocks(len(weights)) * len(points))


def _blocks(n_bytes: int) -> int:
    return -(-n_bytes // BLOCK) * BLOCK
