"""Sparse graphs of single neurons: next to PyTorch, against size, and with 100 million edges.

python -m scripts.bench.sparse [--huge] [--rounds 7]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import neurochannel as nc
from neurochannel.engine.simulation import Simulation
from scripts.bench import limits, peers, sparse_peers, timing
from scripts.bench.sparse_peers import Graph
from scripts.machine import peak_memory

Rows = list[dict[str, Any]]
SIDE, DENSITIES, BATCHES = 10_000, (0.01, 0.001), (1, 32)
SIZES, DEGREE = (1_000, 10_000, 100_000, 1_000_000), 100
HUGE_SIDE, HUGE_DEGREE = 333_334, 100
BYTES_PER_EDGE = 8 + 8 + 12
"""Of one step: weight and receiver are read forward, in the channel and to update, which writes."""


def _repeat(steps: sparse_peers.Steps, graph: Graph, batch: int) -> tuple[Callable[[], None], int]:
    """Return a call of about a tenth of a second, and the steps in it."""
    count = max(1, round(3e7 / (graph.n_edges * (1 + batch / 4))))
    return partial(steps, count), count


def sparse(rounds: int) -> Rows:
    """Compare a step on 10 000 x 10 000 neurons with PyTorch, in milliseconds, in turn."""
    rows, copied = [], limits.copy_rate()
    for density in DENSITIES:
        for batch in BATCHES:
            graph = Graph(SIDE, round(SIDE * density))
            makers = {"neurochannel": sparse_peers.ours}
            if peers.available("torch"):
                makers["PyTorch CSR"] = sparse_peers.torch_csr
            rivals, count = {}, 1
            for name, make in makers.items():
                rivals[name], count = _repeat(make(graph, batch), graph, batch)
            times = timing.paired(rivals, rounds, time.process_time)
            results = timing.compare(times, "neurochannel")
            for name, result in results.items():
                step = result["seconds"] / count
                rows.append(_row(graph, batch, name, step, result["ratio"], copied))
    return rows


def _row(
    graph: Graph, batch: int, name: str, step: float, ratio: float, copied: float
) -> dict[str, Any]:
    moved = graph.n_edges * BYTES_PER_EDGE / step / copied
    return {
        "edges a neuron": graph.degree,
        "batch": batch,
        "who": name,
        "ms a step": 1e3 * step,
        "ratio": ratio,
        "edges read and written / copy rate": moved if batch == 1 else "",
    }


def scaling(rounds: int) -> Rows:
    """Time a step at 100 edges a neuron and batch 1 and 32, for more and more neurons."""
    rows = []
    copied = limits.copy_rate()
    for n in SIZES:
        for batch in BATCHES:
            graph = Graph(n, DEGREE)
            act, count = _repeat(sparse_peers.ours(graph, batch), graph, batch)
            act()
            step = min(timing.seconds(act, time.process_time) for _ in range(rounds)) / count
            rows.append(
                {
                    "neurons": n,
                    "edges forward and channel": 2 * graph.n_edges,
                    "batch": batch,
                    "ms a step": 1e3 * step,
                    "ns an edge and example": 1e9 * step / graph.n_edges / batch / 2,
                    "edges read and written / copy rate": graph.n_edges
                    * BYTES_PER_EDGE
                    / step
                    / copied,
                }
            )
            del act
            gc.collect()
    return rows


def _resident(what: str) -> float:
    """Return VmRSS or VmHWM of this process in GiB, NaN where the system does not tell."""
    if not os.path.exists("/proc/self/status"):
        return float("nan")
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(what))
    return int(line.split()[1]) / 2**20


def _edges(n: int, degree: int, seed: int) -> np.ndarray:
    """Draw `degree` edges from every neuron to n others, no edge twice, (n_edges, 2) int32."""
    rng = np.random.default_rng(seed)
    edges = np.empty((n, degree, 2), np.int32)
    edges[:, :, 0] = np.arange(n)[:, None]
    width = n // degree
    edges[:, :, 1] = np.arange(degree) * width + rng.integers(0, width, (n, degree))
    listed = edges.reshape(-1, 2)
    listed.flags.writeable = False
    return listed


def graph_of(n: int, degree: int) -> nc.Network:
    """Describe n -> n -> n neurons by listed edges, with a listed channel to the middle."""
    listed = [_edges(n, degree, seed) for seed in range(3)]
    sizes: dict[str, Any] = {
        name: {"size": n, "bias": False} for name in ("input", "hidden", "output")
    }
    return nc.Network(
        populations=sizes | {"hidden": {**sizes["hidden"], "activation": "tanh"}},
        forward=[
            {"path": "input -> hidden", "edges": listed[0]},
            {"path": "hidden -> output", "edges": listed[1]},
        ],
        channel=[{"path": "error -> hidden", "edges": listed[2]}],
    )


def _storage(run: Simulation) -> dict[str, float]:
    """Return bytes for each edge: of weights and edge lists, and of the listed description."""
    machine, network = run.machine, run.network
    bundles: list[Any] = [*network.forward_bundles, *network.channel_bundles]
    n_edges = sum(listed.n_edges for listed in machine.edges.values())
    wires = machine.program(1, labels=False).memory.wires.array
    listed = [b.edges.edges.nbytes for b in bundles if b.edges.edges is not None]
    return {
        "bytes an edge": round((machine.values.nbytes + wires.nbytes) / n_edges, 2),
        "of its description": round(sum(listed) / n_edges, 2),
        "resident, GiB": round(_resident("VmRSS"), 2),
    }


def built(n: int, degree: int, examples: int = 8) -> Rows:
    """Build, compile and train a graph from arrays in this process; say what it took."""
    small = Simulation(graph_of(100, 5), batch_size=examples)
    small.step(np.zeros((examples, 100)), np.zeros((examples, 100)))
    rng = np.random.default_rng(5)
    x, t = rng.standard_normal((2, examples, n), np.float32)
    row: dict[str, Any] = {"edges": 3 * n * degree}

    def timed(name: str, action: Callable[[], Any]) -> Any:
        gc.collect()
        started = time.perf_counter()
        result = action()
        row[f"{name}, s"] = round(time.perf_counter() - started, 3)
        return result

    network = timed("draw arrays, describe", lambda: graph_of(n, degree))
    data = nc.Data(x, t)
    run = timed("compile", lambda: Simulation(network, data, batch_size=examples, rate=1e-3))
    row |= _storage(run)
    run.step(x[:1], t[:1])
    timed("step, batch 1", lambda: run.step(x[:1], t[:1]))
    run.step(x, t)
    timed(f"step, batch {examples}", lambda: run.step(x, t))
    timed("train an epoch, evaluate", lambda: run.train(1, progress=False))
    row["peak, GiB"] = round(peak_memory(), 2)
    moved = n * degree * (2 * 8 + 8 + 2 * 12)
    row["edges read and written / copy rate"] = round(
        moved / row["step, batch 1, s"] / limits.copy_rate(), 2
    )
    return [row]


def huge(rounds: int) -> Rows:
    """Build and train graphs of 1 million and 100 million edges, each in a process of its own."""
    rows: Rows = []
    for n, degree in ((3_334, 100), (HUGE_SIDE, HUGE_DEGREE)):
        code = "from scripts.bench import peers; peers.hold_to_one_thread(); import json;"
        code += f"from scripts.bench import sparse; print(json.dumps(sparse.built({n}, {degree})))"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        rows += json.loads(done.stdout.splitlines()[-1])
    return rows


def main() -> None:
    """Print the tables."""
    from rich.console import Console
    from rich.table import Table

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--huge", action="store_true", help="build 100 million edges too")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    peers.hold_to_one_thread()
    for section in (sparse, scaling, *([huge] if arguments.huge else [])):
        rows = section(arguments.rounds)
        table = Table(*rows[0], title=section.__name__)
        for row in rows:
            table.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()))
        Console().print(table)


if __name__ == "__main__":
    main()
