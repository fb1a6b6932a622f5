"""Measure how long large graphs take to become networks, to be inspected and drawn.

    python -m scripts.large_graphs

Prints a table: a small-world graph, and heavy-tailed acyclic graphs of 3,016 neurons, the size of a
larval fly brain, with backpropagation as their channel.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

import neurochannel as nc
from scripts.machine import measured_on

NEURONS = 3016


def small_world(n: int = 3000) -> NDArray[Any]:
    """Return the edges of a Watts-Strogatz graph, each from the smaller to the larger number."""
    return np.sort(np.array(nx.watts_strogatz_graph(n, 10, 0.1, seed=1).edges()), axis=1)


def heavy_tailed(n_edges: int, n: int = NEURONS) -> NDArray[Any]:
    """Return edges between neurons of Pareto distributed degrees, without cycles."""
    rng = np.random.default_rng(0)
    weight = rng.pareto(1.5, n) + 0.2
    weight /= weight.sum()
    ends = np.sort(rng.choice(n, (2 * n_edges, 2), p=weight), axis=1)
    edges = np.unique(ends[ends[:, 0] < ends[:, 1]], axis=0)
    chosen = edges[np.sort(rng.permutation(len(edges))[:n_edges])]
    renumbered: NDArray[Any] = np.unique(chosen, return_inverse=True)[1].reshape(-1, 2)
    return renumbered


def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a function took, and what it returned."""
    start = time.perf_counter()
    found = function()
    return time.perf_counter() - start, found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--edges", type=int, nargs="*", default=[20_000, 109_484])
    graphs = {"small world": small_world()}
    graphs |= {f"heavy tails, {n:,}": heavy_tailed(n) for n in parser.parse_args().edges}
    nc.inspect(nc.mlp(3, 2, 2).with_channel(nc.bp()), self_test=False)  # imports and compiles
    nc.plot.network(nc.mlp(3, 2, 2))
    print(f"seconds on {measured_on()}")
    print(f"{'graph':22}{'edges':>9}{'bundles':>9}{'build':>8}{'bp':>8}{'draw':>8}{'inspect':>9}")
    for name, edges in graphs.items():
        print(row(name, edges), flush=True)


def row(name: str, edges: NDArray[Any]) -> str:
    """Return the line of a graph."""
    build, network = seconds(lambda: nc.from_arrays(edges))
    with_bp, taught = seconds(lambda: network.with_channel(nc.bp()))
    draw, _ = seconds(lambda: nc.plot.network(taught))
    inspect, _ = seconds(lambda: str(nc.inspect(taught, self_test=False)))
    n = len(taught.forward_bundles) + len(taught.channel_bundles)
    times = f"{build:8.1f}{with_bp:8.1f}{draw:8.1f}{inspect:9.1f}"
    return f"{name:22}{len(edges):9,}{n:9,}{times}"


if __name__ == "__main__":
    main()
