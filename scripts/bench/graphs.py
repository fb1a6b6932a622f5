"""Graphs of single neurons: seconds and memory from edge lists, networkx and files to a network.

python -m scripts.bench.graphs [--edges 1000000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.graphs.convert import from_networkx, to_networkx
from neurochannel.graphs.edge_arrays import from_arrays
from neurochannel.graphs.formats import read, write
from neurochannel.model.network import Network
from scripts.machine import peak_memory

Ints = NDArray[np.int64]
DEGREE = 10


def random_dag(n_edges: int, seed: int = 0) -> Ints:
    """Return edges of a random directed acyclic graph with 10 neurons' worth of edges each."""
    rng = np.random.default_rng(seed)
    n = n_edges // DEGREE
    pairs = np.sort(rng.integers(0, n, (n_edges + n_edges // 20, 2)), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    pairs = rng.permutation(pairs)[:n_edges]
    _, numbered = np.unique(pairs, return_inverse=True)
    return numbered.reshape(-1, 2)


def mirrored(forward: Ints) -> Ints:
    """Return the channel that is the mirror image of all edges above the inputs."""
    heard = np.zeros(int(forward.max()) + 1, bool)
    heard[forward[:, 1]] = True
    return forward[heard[forward[:, 0]], ::-1]


def measured(call: Callable[[], Any], rounds: int) -> float:
    """Return the median of seconds."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    """Print what each way takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=1_000_000, help="of both kinds together")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    forward = random_dag(options.edges // 2)
    channel = mirrored(forward)
    n_edges = len(forward) + len(channel)
    weight = np.random.default_rng(1).normal(size=len(forward))

    def arrays(**more: Any) -> Network:
        return from_arrays(forward, channel, **more)

    print(f"{forward.max() + 1:,} neurons, {n_edges:,} edges, peak {peak_memory():.2f} GiB")
    ways: dict[str, Callable[[], Any]] = {
        "from_arrays": arrays,
        "from_arrays, forward weights": lambda: arrays(forward_edges={"weight": weight}),
    }
    for name, call in ways.items():
        print(f"{name}: {measured(call, options.rounds):.2f} s, peak {peak_memory():.2f} GiB")
    network = arrays()
    print(f"{len(network.populations)} populations, {len(network.forward_bundles)} bundles")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.npz"
        print(f"to .npz: {measured(lambda: write(network, path), 1):.2f} s")
        print(f"from .npz: {measured(lambda: read(path), 1):.2f} s, {path.stat().st_size:,} B")
    graph = to_networkx(network, "neuron")
    print(f"to_networkx: {measured(lambda: to_networkx(network, 'neuron'), 1):.2f} s")
    print(
        f"from_networkx: {measured(lambda: from_networkx(graph), 1):.2f} s, {peak_memory():.2f} GiB"
    )


if __name__ == "__main__":
    main()
