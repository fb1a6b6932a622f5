"""Changes that are limited example by example, next to plain ones: paired times of one epoch.

784-100-30-10, SRBP, batch 100, one thread: 6,000 images of MNIST, of whose inputs 81 % are 0, and
as many examples without a 0.
"""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

import neurochannel as nc
from neurochannel.model.limits.rounding import QuantizerName
from scripts.bench.timing import Epoch, compare, paired

N_EXAMPLES, BATCH = 6_000, 100
SCALE = 2.0**-6
QUANTIZERS: tuple[QuantizerName, ...] = get_args(QuantizerName)
UPDATES = {
    "plain": None,
    "powers, of the batch": nc.Update(bits=3, scale=SCALE),
    **{
        f"{quantizer}, of each example": nc.Update(
            bits=3, scale=SCALE, quantizer=quantizer, per="example"
        )
        for quantizer in QUANTIZERS
    },
    "sign, of each example": nc.Update(keep="sign", scale=SCALE, per="example"),
}


def inputs() -> dict[str, tuple[Any, Any]]:
    """Return images that are mostly 0, and numbers that are never 0, with labels."""
    train, rng = nc.data.load("mnist").train, np.random.default_rng(0)
    full = rng.uniform(0.1, 1.0, (N_EXAMPLES, 784)).astype(np.float32)
    few = train.x[:N_EXAMPLES], train.t[:N_EXAMPLES]
    return {"MNIST": few, "dense": (full, rng.integers(0, 10, N_EXAMPLES))}


def epoch(update: nc.Update | None, data: tuple[Any, Any]) -> Epoch:
    """Return what trains one epoch with this limit on all forward changes."""
    network = nc.mlp(784, 100, 30, 10).with_channel(nc.srbp())
    if update is not None:
        network = network.with_defaults(
            forward={"update": update}, population={"bias": {"update": update}}
        )
    run = nc.Simulation(network, data, rate=0.1, batch_size=BATCH, threads=1)
    return lambda: run.train(1, evaluate_every=None, progress=False)


def examples(rounds: int) -> list[dict[str, Any]]:
    """Time all kinds in turn, each with both kinds of inputs."""
    rows = []
    for name, data in inputs().items():
        times = paired({who: epoch(update, data) for who, update in UPDATES.items()}, rounds)
        for who, found in compare(times, "plain").items():
            step = 1e3 * found["seconds"] / (N_EXAMPLES // BATCH)
            rows.append({"case": name, "who": who, "ms a step": step, "ratio": found["ratio"]})
    return rows
