"""How long it takes to inspect graphs of single neurons with about 100,000 edges.

python -m scripts.bench.inspections [CASE ...]
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

import neurochannel as nc
from scripts.bench.graphs import mirrored
from scripts.large_graphs import heavy_tailed, small_world

Row = dict[str, Any]
Edges = NDArray[Any]
EDGES = 109_484
"""Connections of the brain of a larval fly, among 3,016 neurons."""
N_INPUTS, N_OUTPUTS, TYPES = 100, 20, 60
"""Of the recurrent graph: neurons at its ends, and types of the others."""
COLD = "heavy tails, BP, kernels compiled"


def recurrent(n: int = 3_000, n_edges: int = 30_000) -> nx.DiGraph[int]:
    """Return a random graph with cycles whose first neurons are inputs and whose last outputs."""
    rng = np.random.default_rng(0)
    sources = rng.integers(0, n - N_OUTPUTS, 2 * n_edges)
    ends = np.stack([sources, rng.integers(N_INPUTS, n, 2 * n_edges)])
    edges = np.unique(ends.T[ends[0] != ends[1]], axis=0)
    chosen = edges[np.sort(rng.permutation(len(edges))[:n_edges])]
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(map(tuple, chosen.tolist()))
    for neuron in range(N_INPUTS, n - N_OUTPUTS):
        graph.nodes[neuron]["population"] = f"type{neuron % TYPES}"
    return graph


def deep(levels: int = 1_000, width: int = 10, fan_in: int = 10) -> Edges:
    """Return edges between narrow levels, each of which hears the three before it."""
    rng = np.random.default_rng(0)
    level, place = np.repeat(np.arange(1, levels), width), np.tile(np.arange(width), levels - 1)
    receivers, first = level * width + place, np.maximum(level - 3, 0) * width
    drawn = rng.integers(first[:, None], (level * width)[:, None], (len(level), fan_in))
    straight = np.stack([receivers - width, receivers], axis=1)
    others = np.stack([drawn.ravel(), np.repeat(receivers, fan_in)], axis=1)
    found: Edges = np.unique(np.concatenate([straight, others]), axis=0)
    return found


def unrolled() -> nc.Network:
    """Return a recurrent graph as three steps of time, with backpropagation through them."""
    n = 3_000
    with contextlib.redirect_stdout(sys.stderr):
        return nc.from_networkx(
            recurrent(n),
            inputs=list(range(N_INPUTS)),
            outputs=list(range(n - N_OUTPUTS, n)),
            cycles="unroll=3",
            channel="mirror",
        )


def tails(channel: Any = None) -> nc.Network:
    """Return the graph of heavy tails with a channel."""
    network = nc.from_arrays(heavy_tailed(EDGES))
    return network if channel is None else network.with_channel(channel)


def random_mirror() -> nc.Network:
    """Return the graph of heavy tails whose channel is its mirror image with fixed weights."""
    edges = heavy_tailed(EDGES)
    return nc.from_arrays(edges, mirrored(edges))


CASES: dict[str, Callable[[], nc.Network]] = {
    "heavy tails, top layer only": tails,
    "heavy tails, BP": lambda: tails(nc.bp()),
    "heavy tails, random mirror image": random_mirror,
    "heavy tails, SRBP": lambda: tails(nc.srbp()),
    "small world, BP": lambda: nc.from_arrays(small_world()).with_channel(nc.bp()),
    "recurrent, 3 steps of time": unrolled,
    "1,000 levels, BP": lambda: nc.from_arrays(deep()).with_channel(nc.bp()),
}


def busy(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of processor time that something takes, and what comes of it."""
    started = time.process_time()
    found = action()
    return time.process_time() - started, found


def measured(case: str, rounds: int) -> Row:
    """Inspect a graph and write what is found, several times."""
    built, network = busy(CASES[case])
    seconds = []
    for _ in range(rounds):
        taken, found = busy(lambda: nc.inspect(network))
        written, text = busy(found.to_text)
        seconds.append((taken, written))
    taken, written = (statistics.median(part) for part in zip(*seconds, strict=True))
    return {
        "case": case,
        "neurons": sum(network.size(name) for name in network.populations),
        "forward edges": sum(row.wires for row in found.ledger.bundles if row.kind == "forward"),
        "bundles": len(network.forward_bundles) + len(network.channel_bundles),
        "build, s": built,
        "inspect, s": taken,
        "write, s": written,
        "lines": len(text.splitlines()),
    }


def warm() -> None:
    """Inspect small graphs, which imports and compiles what is needed."""
    small = heavy_tailed(1_000, 200)
    nc.inspect(nc.from_arrays(small, mirrored(small)))
    for channel in (nc.bp(), nc.srbp()):
        nc.inspect(nc.from_arrays(small).with_channel(channel))


def inspect(rounds: int) -> list[Row]:
    """Measure all cases with compiled kernels, and one in a process that compiles them."""
    warm()
    rows = [measured(case, max(1, rounds // 3)) for case in CASES]
    with tempfile.TemporaryDirectory() as folder:
        cold = subprocess.run(
            [sys.executable, "-m", "scripts.bench.inspections", "heavy tails, BP"],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "NUMBA_CACHE_DIR": folder},
        )
    return [*rows, json.loads(cold.stdout.splitlines()[-1]) | {"case": COLD}]


def main() -> None:
    """Measure the cases that are named, each once; kernels may have to be compiled."""
    for case in sys.argv[1:]:
        print(json.dumps(measured(case, 1)), flush=True)


if __name__ == "__main__":
    main()
