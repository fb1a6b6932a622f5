"""Times the numbers in bulk next to Philox and what is made of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from neurochannel.kernels import bulk, message, random
from neurochannel.kernels.declare import KERNELS
from neurochannel.kernels.jit import jit
from scripts.randomness.streams import key

ROWS, WIDTH, TIMES = 784, 112, 200


@jit
def add_rounded_rows(change, out, levels, scale, key):  # type: ignore[no-untyped-def]
    """out += rounded change, row after row."""
    for row in range(out.shape[0]):
        first = np.uint64(row * out.shape[1])
        bulk.add_rounded_row(change[row], out[row], levels, scale, key, first)


assert message  # declares the stages
round_stochastic = jit(KERNELS["round_stochastic"].function)


def nanoseconds(run: Callable[[], object]) -> float:
    """Return the least of 200 times, for one number."""
    run()
    times = []
    for _ in range(TIMES):
        begin = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - begin)
    return min(times) / (ROWS * WIDTH)


def measure(dtype: type[np.floating]) -> dict[str, float]:
    """Return nanoseconds a number for 784 x 112 numbers of one kind."""
    change = np.random.default_rng(0).normal(0, 0.3, (ROWS, WIDTH)).astype(dtype)
    out, flat = np.zeros_like(change), change.ravel().copy()
    k, levels, one = key(1, 2, 3), dtype(127), dtype(1)
    counter = np.uint64(1), np.uint64(2), np.uint64(3)
    first = np.uint64(0)
    return {
        "uniform, Philox": nanoseconds(
            lambda: random.fill(flat, random.UNIFORM, 1.0, 0.0, *counter)
        ),
        "uniform, in bulk": nanoseconds(lambda: bulk.fill_units(flat, k, first)),
        "normal, Philox and Box-Muller": nanoseconds(
            lambda: random.fill(flat, random.NORMAL, 1.0, 0.0, *counter)
        ),
        "normal, in bulk": nanoseconds(lambda: bulk.fill_normals(flat, k, first)),
        "rounding alone, in bulk (`round_stochastic`)": nanoseconds(
            lambda: round_stochastic(flat, flat.copy(), levels, one, *counter)
        ),
        "rounding and adding, in bulk (`add_rounded_row`)": nanoseconds(
            lambda: add_rounded_rows(change, out, levels, one, k)
        ),
    }
