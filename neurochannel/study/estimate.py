"""How long a study will take and how large its folder will be, from its first point."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from neurochannel.study.point_worker import Worker
from neurochannel.study.points import Point

EPOCHS_TIMED = 2
BLOCK = 4096


class CostEstimate(NamedTuple):
    """Seconds of one worker, bytes on disk, and the seconds of an epoch that they rest on."""

    seconds: float
    n_bytes: int
    seconds_per_epoch: float


def estimate(points: Sequence[Point]) -> CostEstimate:
    """Train the first point for two epochs at most and scale by the epochs of all points.

    It is assumed that an epoch of every point takes as long, and a row and a checkpoint need as
    many bytes, as those of the first; files fill whole blocks of 4096 bytes.
    """
    if not points:
        return CostEstimate(0.0, 0, 0.0)
    first = points[0]
    timed = replace(first, epochs=min(EPOCHS_TIMED, first.epochs))
    worker = Worker()
    worker.run(replace(timed, epochs=1))  # loads the data and the kernels, which is not counted
    row, weights = worker.run(timed)
    per_epoch = row["worker"]["seconds"] / timed.epochs
    curve = len(json.dumps(row["curves"])) / timed.epochs
    fixed = len(json.dumps({**row, "curves": {}}))
    n_bytes = sum(_blocks(int(fixed + curve * point.epochs)) for point in points)
    if weights is not None:
        n_bytes += _blocks(len(weights)) * len(points)
    return CostEstimate(per_epoch * sum(point.epochs for point in points), n_bytes, per_epoch)


def _blocks(n_bytes: int) -> int:
    return -(-n_bytes // BLOCK) * BLOCK
