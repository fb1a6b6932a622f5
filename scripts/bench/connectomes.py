"""Graphs of the size of connectomes: from arrays to a network that trains, is saved and resumes.

python -m scripts.bench.connectomes [--neurons 140000] [--edges 15000000]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import neurochannel as nc
from scripts.machine import measured_on, peak_memory

NEURONS, EDGES = 140_000, 15_000_000
DEPTH = 40
"""Stages of processing that the neurons are spread over."""
N_INPUTS, N_OUTPUTS = 12_000, 1_200
"""Neurons of the first and of the last stage."""
WIRES = 3
"""Channel edges that lead to each neuron between input and output."""


def stages(n: int, n_inputs: int, n_outputs: int) -> NDArray[np.int64]:
    """Return the stage of each neuron, in increasing order."""
    sizes = np.full(DEPTH, (n - n_inputs - n_outputs) // (DEPTH - 2))
    sizes[0], sizes[-1] = n_inputs, n_outputs
    sizes[1] += n - sizes.sum()
    return np.repeat(np.arange(DEPTH), sizes)


def connectome(n: int, n_edges: int, seed: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return forward edges between neurons of heavy-tailed degrees, from stages to later ones.

    Every neuron but the inputs hears one of the stage before it and, but the outputs, is heard by
    the next one. The channel brings errors of random outputs straight to each neuron.
    """
    rng = np.random.default_rng(seed)
    n_inputs, n_outputs = n * N_INPUTS // NEURONS, n * N_OUTPUTS // NEURONS
    stage = stages(n, n_inputs, n_outputs)
    first = np.searchsorted(stage, np.arange(DEPTH + 1))
    hearers, senders = np.arange(first[1], n), np.arange(first[-2])
    before, after = stage[hearers] - 1, stage[senders] + 1
    sizes = np.diff(first)
    heard = first[before] + rng.integers(0, 2**40, len(hearers)) % sizes[before]
    told = first[after] + rng.integers(0, 2**40, len(senders)) % sizes[after]
    known = np.concatenate([heard * n + hearers, senders * n + told])
    weight = rng.pareto(1.8, n) + 0.2
    ends = np.searchsorted(np.cumsum(weight / weight.sum()), rng.random((2, n_edges * 5 // 4)))
    low, high = np.minimum(*ends), np.minimum(np.maximum(*ends), n - 1)
    forth = stage[low] < stage[high]
    drawn = np.unique(low[forth] * n + high[forth])
    extra = rng.permutation(drawn)[: max(0, n_edges - len(known))]
    pairs = np.unique(np.concatenate([known, extra]))
    hidden = np.arange(first[1], first[-2])
    sources = rng.integers(n - n_outputs, n, (len(hidden), WIRES))
    channel = np.unique(np.stack([sources.ravel(), np.repeat(hidden, WIRES)], axis=1), axis=0)
    return np.stack([pairs // n, pairs % n], axis=1), channel


def measured(n: int, n_edges: int, batch: int, examples: int, kept: bool) -> dict[str, Any]:
    """Build, train and, if kept, save and resume; return seconds of each by what was done."""
    row: dict[str, Any] = {}

    def timed(what: str, action: Callable[[], Any]) -> Any:
        wall, busy = time.perf_counter(), time.process_time()
        result = action()
        row[f"{what}, s"] = round(time.perf_counter() - wall, 2)
        row[f"{what}, processor s"] = round(time.process_time() - busy, 2)
        print(f"{what}: {row[f'{what}, processor s']} s of processor time", flush=True)
        return result

    forward, channel = connectome(n, n_edges)
    rng = np.random.default_rng(1)
    scale = 0.5 / np.sqrt(np.bincount(forward[:, 1], minlength=n)[forward[:, 1]])
    weight = rng.standard_normal(len(forward)) * scale
    inner = np.isin(np.arange(n), channel[:, 1])
    activation = np.where(inner, "tanh", "linear")
    row |= {"neurons": n, "edges": len(forward), "channel edges": len(channel)}

    def build() -> nc.Network:
        return nc.from_arrays(
            forward,
            channel,
            neurons={"activation": activation},
            forward_edges={"weight": weight},
        )

    network = timed("build", build)
    row["populations"] = len(network.populations)
    row["bundles"] = len(network.forward_bundles) + len(network.channel_bundles)
    x = rng.standard_normal((examples, network.size(network.input)), np.float32)
    t = rng.standard_normal((examples, network.size(network.output)), np.float32)
    data = nc.Data(x, t)
    run = timed(
        "compile", lambda: nc.Simulation(network, data, batch_size=batch, rate=1e-3, seed=0)
    )
    timed("first epoch", lambda: run.train(1, progress=False))
    timed("epoch", lambda: run.train(1, progress=False))
    if kept:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.h5"
            timed("save", lambda: nc.save(run, path))
            row["checkpoint, GB"] = round(path.stat().st_size / 1e9, 2)
            again = timed("load", lambda: nc.load(path, data))
        run.train(1, progress=False)
        again.train(1, progress=False)
        row["resumed alike"] = bool(np.array_equal(run.machine.values, again.machine.values))
    row["peak, GiB"] = round(peak_memory(), 2)
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, default=NEURONS)
    parser.add_argument("--edges", type=int, default=EDGES)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--examples", type=int, default=32)
    parser.add_argument("--no-checkpoint", action="store_true")
    given = parser.parse_args()
    sizes = given.neurons, given.edges, given.batch, given.examples
    print(json.dumps(measured(*sizes, not given.no_checkpoint), indent=1))
    print(measured_on())


if __name__ == "__main__":
    main()
