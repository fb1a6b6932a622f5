"""Paired timings: everybody in turn, so that a machine whose speed drifts is fair to all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

Epoch = Callable[[], object]
Clock = Callable[[], float]


def seconds(epoch: Epoch, clock: Clock = time.perf_counter) -> float:
    """Return how long one call takes."""
    started = clock()
    epoch()
    return clock() - started


def paired(
    rivals: Mapping[str, Epoch], rounds: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Time all rivals in turn, A B C A B C, after one call each that does not count."""
    for epoch in rivals.values():
        epoch()
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, epoch in rivals.items():
            times[name].append(seconds(epoch, clock))
    return times


def compare(times: Mapping[str, list[float]], ours: str) -> dict[str, dict[str, float]]:
    """Return each rival's median seconds, and the median over rounds of its time / ours."""
    return {
        name: {
            "seconds": statistics.median(measured),
            "ratio": statistics.median(
                theirs / mine for theirs, mine in zip(measured, times[ours], strict=True)
            ),
        }
        for name, measured in times.items()
    }
