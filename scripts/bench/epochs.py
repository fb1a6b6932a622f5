"""Named epochs of training, timed on request: one process of `scripts.bench.steps`.

    python -P scripts/bench/epochs.py

It reads names from standard input and answers each with the seconds of one epoch, or with null
where this neurochannel cannot do it. It needs nothing but the package that PYTHONPATH leads to, so
that an older version can be timed in turn.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import neurochannel as nc

EXAMPLES = 30_000
"""Digits are repeated up to this number, so that what Python does once an epoch does not count."""


class Case(NamedTuple):
    """What is trained; `forward` are options of all forward edges."""

    data: str
    sizes: tuple[int, ...]
    batch: int
    rate: float
    forward: dict[str, Any]


LARGE = (784, 100, 30, 10)
ROUNDED = {"bits": 8, "scale": 0.01}
UPDATES: dict[str, dict[str, Any]] = {
    "plain": {},
    "rounded at random": {"update": {**ROUNDED, "quantizer": "stochastic"}},
    "rounded to the nearest": {"update": {**ROUNDED, "quantizer": "uniform"}},
    "momentum": {"momentum": 0.9},
    "decay": {"decay": 1e-4},
}
CASES = {
    "64-8-8-10, batch 1": Case("digits", (64, 8, 8, 10), 1, 0.01, {}),
    "64-100-30-10, batch 1": Case("digits", (64, 100, 30, 10), 1, 0.01, {}),
} | {
    f"{name}, batch {batch}": Case("mnist", LARGE, batch, rate, options)
    for batch, rate in ((1, 0.01), (10, 0.03), (50, 0.1), (100, 0.1))
    for name, options in UPDATES.items()
    if name in ("plain", "decay") or batch in (10, 100)
}


def network(sizes: tuple[int, ...], forward: dict[str, Any]) -> nc.Network:
    """Return a multi-layer perceptron with these options on all forward edges, SRBP."""
    hidden = [f"hidden{level}" for level in range(1, len(sizes) - 1)]
    names = ["input", *hidden, "output"]
    populations: dict[str, Any] = {
        name: {"size": size} for name, size in zip(names, sizes, strict=True)
    }
    for name in names[1:]:
        populations[name]["activation"] = "softmax" if name == "output" else "tanh"
    edges: Any = [{"path": " -> ".join(names), **forward}]
    return nc.Network(populations=populations, forward=edges).with_channel(nc.srbp())


@cache
def data(name: str) -> nc.Data:
    """Return MNIST, or the digits many times over."""
    loaded = nc.data.load(name)
    if name != "digits":
        return loaded
    order = np.arange(EXAMPLES) % len(loaded.train.x)
    return nc.Data(np.asarray(loaded.train.x)[order], np.asarray(loaded.train.t)[order])


@cache
def epoch(name: str) -> Callable[[], object]:
    """Return a function that trains one epoch of a case, after a first one that does not count."""
    case = CASES[name]
    made = network(case.sizes, case.forward)
    run = nc.Simulation(made, data(case.data), rate=case.rate, batch_size=case.batch)

    def one() -> object:
        return run.train(1, evaluate_every=None, progress=False)

    one()
    return one


def seconds(name: str) -> float | None:
    """Time one epoch by the processor time of this process; None if it cannot be done."""
    try:
        one = epoch(name)
    except nc.errors.NeurochannelError:
        return None
    started = time.process_time()
    one()
    return time.process_time() - started


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(seconds(line.strip())), flush=True)
