"""How near we come to what the machine can do: BLAS alone, and memory alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.linalg.blas import sgemm

import neurochannel as nc
from scripts.bench import dense, timing


def _best(
    action: Callable[[], object], times: int = 20, clock: Callable[[], float] = time.perf_counter
) -> float:
    action()
    return min(timing.seconds(action, clock) for _ in range(times))


def sgemm_rate() -> float:
    """Return the flops per second of a large product of float32 matrices."""
    a = np.asfortranarray(np.ones((1024, 1024), np.float32))
    return 2 * 1024**3 / _best(lambda: sgemm(1.0, a, a))


def copy_rate() -> float:
    """Return the bytes per second that a copy of a large array reads and writes."""
    a, b = np.ones((2, 2**26), np.float32)
    return 2 * a.nbytes / _best(lambda: np.copyto(b, a), 5, time.process_time)


def limits(rounds: int) -> list[dict[str, Any]]:
    """Compare the arithmetic of an epoch at batch 100 with what sgemm could do in its time."""
    data, rate = nc.data.load("mnist"), sgemm_rate()
    rows = []
    for sizes in (dense.SIZES, dense.WIDE):
        epoch = dense.ours(sizes, data, 100, 0.1)
        seconds = _best(epoch, dense.fewer(rounds))
        weights = sum(n * m for n, m in pairwise(sizes))
        channel = sizes[-1] * sum(sizes[1:-1])
        flops = 2 * len(data.train.x) * (2 * weights + channel)
        rows.append(
            {
                "case": "-".join(map(str, sizes)),
                "who": "neurochannel",
                "seconds": seconds,
                "sgemm": flops / seconds / rate,
            }
        )
    return [*rows, {"case": "sgemm, Gflop/s", "who": "this machine", "sgemm": rate / 1e9}]
