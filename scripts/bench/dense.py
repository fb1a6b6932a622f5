"""All-to-all nets on MNIST and Fashion-MNIST, ours next to JAX, PyTorch and NumPy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import neurochannel as nc
from scripts.bench import peers
from scripts.bench.timing import compare, paired

SIZES = (784, 100, 30, 10)
WIDE = (784, 1000, 1000, 1000, 10)
SHORT = 6_000
BATCHES = ((100, 0.1), (10, 0.03), (1, 0.01))
CHANNELS: dict[str, Callable[[], Any]] = {
    "SRBP": nc.srbp,
    "RBP": nc.rbp,
    "BP": nc.bp,
    "ARBP": nc.arbp,
    "ASRBP": nc.asrbp,
    "sparse SRBP, fan-in 8": lambda: nc.srbp(fan_in=8),
    "3-bit SRBP": lambda: nc.srbp(bits=3),
    "3-bit stochastic SRBP": lambda: nc.srbp(bits=3, quantizer="stochastic"),
}
Row = dict[str, Any]


def ours(
    sizes: Sequence[int],
    data: nc.Data,
    batch: int,
    rate: float,
    recipe: Any = None,
    threads: int = 1,
) -> Callable[[], object]:
    """Return a function that trains one epoch, without scoring."""
    network = nc.mlp(*sizes).with_channel(recipe or nc.srbp())
    run = nc.Simulation(network, data, rate=rate, batch_size=batch, threads=threads)
    return lambda: run.train(1, evaluate_every=None)


def rivals(
    sizes: Sequence[int], data: nc.Data, batch: int, rate: float, names: Sequence[str]
) -> dict[str, Callable[[], object]]:
    """Return our epoch and those of the peers that are installed."""
    x, t = np.asarray(data.train.x), np.asarray(data.train.t)
    made: dict[str, Callable[[], object]] = {"neurochannel": ours(sizes, data, batch, rate)}
    for name in names:
        if peers.available(name.split("_")[0]):
            made[name] = getattr(peers, name)(sizes, x, t, batch, rate)
    return made


def fewer(rounds: int) -> int:
    """Return how often to time what takes many seconds."""
    return max(2, rounds // 2)


def _rows(case: str, times: dict[str, list[float]], ours_is: str = "neurochannel") -> list[Row]:
    return [
        {"case": case, "who": who, **figures} for who, figures in compare(times, ours_is).items()
    ]


def mnist(rounds: int) -> list[Row]:
    """Time 784-100-30-10, SRBP, at batch sizes 100, 10 and 1."""
    data, rows = nc.data.load("mnist"), list[Row]()
    for batch, rate in BATCHES:
        slow = ("torch_by_hand", "torch_eager", "numpy_by_hand")
        rows += _rows(
            f"batch {batch}",
            paired(rivals(SIZES, data, batch, rate, ("jax_scan",)), rounds),
        )
        few = 1 if batch == 1 else fewer(rounds)
        rows += _rows(f"batch {batch}", paired(rivals(SIZES, data, batch, rate, slow), few))[1:]
    return rows


def fashion(rounds: int) -> list[Row]:
    """Time the same on Fashion-MNIST, half of whose inputs are zero, at batch 100."""
    data = nc.data.load("fashion-mnist")
    return _rows("batch 100", paired(rivals(SIZES, data, 100, 0.1, ("jax_scan",)), rounds))


def channels(rounds: int) -> list[Row]:
    """Time every learning channel at batch 100; the ratio is its time / SRBP's."""
    data = nc.data.load("mnist")
    made = {name: ours(SIZES, data, 100, 0.1, recipe()) for name, recipe in CHANNELS.items()}
    return _rows("batch 100", paired(made, rounds), "SRBP")


def wide(rounds: int) -> list[Row]:
    """Time 784-1000-1000-1000-10 at batch 100, one thread."""
    data = nc.data.load("mnist")
    return _rows("batch 100", paired(rivals(WIDE, data, 100, 0.1, ("jax_scan",)), fewer(rounds)))


def wide_threads(rounds: int) -> list[Row]:
    """Time the wide net with one thread and with two, alone and next to a busy program.

    The ratio is one thread / two. Epochs are short and many, since what else a machine does changes
    from second to second.
    """
    full = nc.data.load("mnist").train
    data = nc.Data(full.x[:SHORT], full.t[:SHORT])
    made = {
        f"{threads} thread{'s' * (threads > 1)}": ours(WIDE, data, 100, 0.1, threads=threads)
        for threads in (1, 2)
    }
    rows = _rows("alone", paired(made, 10 * rounds), "2 threads")
    with busy_processor():
        return rows + _rows("next to a busy program", paired(made, 10 * rounds), "2 threads")


@contextmanager
def busy_processor() -> Iterator[None]:
    """Keep one processor busy from another process."""
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        other.kill()
        other.wait()


def many(rounds: int) -> list[Row]:
    """Time 16 networks on two workers, in seconds per network-epoch."""
    data, n = nc.data.load("mnist"), 16
    x, t = np.asarray(data.train.x), np.asarray(data.train.t)
    network, rows = nc.mlp(*SIZES).with_channel(nc.srbp()), list[Row]()
    for batch, rate in ((100, 0.1), (1, 0.01)):
        made: dict[str, Callable[[], object]] = {
            name: _many(network, data, batch, rate, n, workers)
            for name, workers in (("neurochannel", 2), ("one by one", 1))
        }
        if peers.available("jax"):
            made["jax_vmap"] = peers.jax_many(SIZES, x, t, batch, rate, n)
        few = rounds if batch > 1 else max(1, rounds // 3)
        times = paired(made, few)
        rows += _rows(f"batch {batch}", {k: [s / n for s in v] for k, v in times.items()})
    return rows


def _many(
    network: nc.Network, data: nc.Data, batch: int, rate: float, n: int, workers: int
) -> Callable[[], object]:
    runs = nc.train_many(
        network, data, epochs=1, seeds=range(n), rate=rate, batch_size=batch, evaluate_every=None
    )
    return lambda: nc.train_together(runs, 1, workers, evaluate_every=None)
