"""Convolutional networks next to PyTorch and JAX, and local windows next to convolution.

32x32x3, two times convolution 5x5 with 32 maps of tanh and max pooling 2x2, 256 units of tanh,
softmax of 10; times of the processor, of steps with their changes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import neurochannel as nc
from scripts.bench import conv_peers, peers
from scripts.bench.timing import Epoch, compare, paired

RATE = 0.01
LAYERS = (nc.conv(32, 5), nc.pool(2), nc.conv(32, 5), nc.pool(2), 256, 10)
PAPER = (*(layer for _ in range(3) for layer in (nc.conv(64, 5), nc.pool(3, 2))), 1024, 10)
REPEATED = {100: 1, 128: 1, 10: 5, 1: 50}
"""Steps that are timed at once, by the examples of a batch."""

JAX = "JAX jitted, BP"
BP, SRBP, POOLED = "neurochannel BP", "neurochannel SRBP", "neurochannel SRBP through pools"
Row = dict[str, Any]


def images(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw images and labels."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (n, 32, 32, 3), dtype=np.uint8), rng.integers(0, 10, n)


def ours(batch: int, channel: Any, layers: Any = LAYERS, momentum: float = 0.0) -> Epoch:
    """Return a function that trains some steps."""
    network = nc.convnet((32, 32, 3), *layers).with_channel(channel)
    if momentum:
        network = network.with_defaults(forward={"momentum": momentum})
    data = nc.Data(*images(batch * REPEATED[batch]))
    run = nc.Simulation(network, data, rate=RATE, batch_size=batch)
    return lambda: run.train(1, progress=False, evaluate_every=None)


def _repeated(step: Epoch, times: int) -> Epoch:
    def steps() -> None:
        for _ in range(times):
            step()

    return steps


def _rivals(batch: int) -> dict[str, Epoch]:
    x, labels = images(batch)
    made: dict[str, Epoch] = {}
    if peers.available("torch"):
        for name, last in (("", False), (" channels_last", True)):
            made[f"PyTorch eager{name}, BP"] = conv_peers.torch_eager(
                conv_peers.small_in_torch(), x, labels, RATE, channels_last=last
            )
        made["PyTorch by hand channels_last, SRBP through pools"] = conv_peers.torch_by_hand(
            x, labels, RATE
        )
    return {name: _repeated(step, REPEATED[batch]) for name, step in made.items()}


def _jax_rows(batch: int, made: dict[str, Epoch], rounds: int, **against: str) -> list[Row]:
    """Time JAX apart from the others: its threads look for work for a while after each step."""
    if not peers.available("jax"):
        return []
    step, times = conv_peers.jax_jitted(*images(batch), RATE), REPEATED[batch]
    rivals = {JAX: _repeated(step, times), "pause": lambda: time.sleep(0.2), **made}
    rows = _rows(f"batch {batch}", rivals, times, rounds, **against)
    return [row for row in rows if row["who"] == JAX]


def _rows(
    case: str, made: Mapping[str, Epoch], steps: int, rounds: int, **against: str
) -> list[Row]:
    """Return ms a step, and the ratio to each of `against`, by the name of its column."""
    times = paired(made, rounds, time.process_time)
    ratios = {column: compare(times, who) for column, who in against.items()}
    return [
        {
            "case": case,
            "who": who,
            "ms a step": 1e3 * found["seconds"] / steps,
            **{column: ratio[who]["ratio"] for column, ratio in ratios.items()},
        }
        for who, found in compare(times, next(iter(made))).items()
    ]


def convolution(rounds: int) -> list[Row]:
    """Time steps at batch sizes 100, 10 and 1, the paper's network, and local windows."""
    _hold_torch()
    rows = list[Row]()
    for batch in (100, 10, 1):
        recipes = {POOLED: nc.srbp(through="pool"), SRBP: nc.srbp(), BP: nc.bp()}
        made = {name: ours(batch, recipe) for name, recipe in recipes.items()}
        against = {"/ SRBP": SRBP, "/ SRBP through pools": POOLED, "/ BP": BP}
        rivals, steps = made | _rivals(batch), REPEATED[batch]
        rows += _rows(f"batch {batch}", rivals, steps, 3 * rounds, **against)
        rows += _jax_rows(batch, made, rounds, **against)
    rows += _paper(rounds)
    local = tuple(
        nc.local(one.maps, one.kernel) if isinstance(one, nc.model.maps.Conv) else one
        for one in LAYERS
    )
    for name, recipe in ((SRBP, nc.srbp()), (BP, nc.bp())):
        made = {name: ours(100, recipe), f"{name}, local windows": ours(100, recipe, local)}
        column = "/ SRBP" if name == SRBP else "/ BP"
        rows += _rows("batch 100, local", made, 1, rounds, **{column: name})[1:]
    return rows


def convolution_avx2(rounds: int) -> list[Row]:
    """Time steps at batch size 100 next to PyTorch, in an environment without AVX-512."""
    _hold_torch()
    made = {SRBP: ours(100, nc.srbp()), BP: ours(100, nc.bp())} | _rivals(100)
    return _rows("batch 100", made, 1, 3 * rounds, **{"/ SRBP": SRBP, "/ BP": BP})


def _paper(rounds: int) -> list[Row]:
    """Time the paper's network: momentum 0.9, batch 128."""
    made = {SRBP: ours(128, nc.srbp(), PAPER, momentum=0.9)}
    if peers.available("torch"):
        x, labels = images(128)
        made["PyTorch eager channels_last, BP"] = conv_peers.torch_eager(
            conv_peers.paper_in_torch(), x, labels, RATE, channels_last=True, momentum=0.9
        )
    return _rows("the paper's, batch 128", made, 1, rounds, **{"/ SRBP": SRBP})


def _hold_torch() -> None:
    if peers.available("torch"):
        import torch

        torch.set_num_threads(1)


def convolution_many(rounds: int) -> list[Row]:
    """Time two networks on two workers: seconds for all of their steps, by two clocks."""
    data, network = nc.Data(*images(1000)), nc.convnet((32, 32, 3), *LAYERS)
    runs = nc.train_many(
        network.with_channel(nc.srbp()), data, epochs=1, seeds=range(2), rate=RATE, batch_size=100,
        evaluate_every=None,
    )  # fmt: skip

    def together(workers: int) -> Callable[[], object]:
        return lambda: nc.train_together(runs, 1, workers, evaluate_every=None)

    rivals, rows = {"two workers": together(2), "one by one": together(1)}, list[Row]()
    for clock in (time.perf_counter, time.process_time):
        found = compare(paired(rivals, 2 * rounds, clock), "two workers")
        case = f"2 networks, 10 steps, {'time' if clock is time.perf_counter else 'processor time'}"
        busy = {"programs that want a processor": round(os.getloadavg()[0])}
        rows += [{"case": case, "who": who, **row, **busy} for who, row in found.items()]
    return rows
