"""Graphs of the size of connectomes: from arrays to a network that trains, is saved and resumes.

python -m scripts.bench fly
python -m scripts.bench.connectomes --neurons 14000 --edges 1500000
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
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
BATCHES = (1, 32)
STEPS = 4


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


def weighted(n: int, forward: NDArray[Any]) -> NDArray[np.float64]:
    """Return weights that let the sum that a neuron receives be of about the same size for all."""
    fans = np.bincount(forward[:, 1], minlength=n)[forward[:, 1]]
    drawn = np.random.default_rng(1).standard_normal(len(forward))
    weights: NDArray[np.float64] = drawn * 0.5 / np.sqrt(fans)
    return weights


class Steps:
    """What was done, and what each step took."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def timed(self, what: str, action: Callable[[], Any]) -> Any:
        """Do something, and note its processor time and the memory of the process so far."""
        before = time.process_time()
        result = action()
        busy = time.process_time() - before
        self.rows.append(
            {
                "step": what,
                "processor s": round(busy, 2),
                "peak, GiB": round(peak_memory(), 2),
            }
        )
        print(self.rows[-1], file=sys.stderr, flush=True)
        return result


def measured(n: int, n_edges: int, batches: Sequence[int], steps: int) -> list[dict[str, Any]]:
    """Build, train, save, resume and score; return a row for each.

    Parameters
    ----------
    batches
        Batch sizes to train with; the run with the last one is saved.
    steps
        Updates of an epoch.

    Raises
    ------
    RuntimeError
        If the resumed run does not end with the bits of the uninterrupted one.
    """
    done = Steps()
    network = _built(done, n, n_edges)
    bundles = len(network.forward_bundles) + len(network.channel_bundles)
    for batch in batches:
        data = _examples(network, batch * steps)
        run = done.timed(
            f"{len(network.populations)} populations, {bundles} bundles, to a run of batches "
            f"of {batch}",
            partial(nc.Simulation, network, data, batch_size=batch, rate=1e-3, seed=0),
        )
        run.train(1, progress=False)
        done.timed(
            f"{steps} updates of {batch} example{'s' * (batch > 1)}",
            partial(run.train, 1, progress=False),
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        done.timed("save", lambda: nc.save(run, path))
        done.rows[-1]["step"] = f"save {path.stat().st_size / 2**20:,.0f} MiB"
        again = done.timed("load", lambda: nc.load(path, data))
    done.timed(f"score {len(data.train.x)} examples", lambda: again.evaluate(data.train))
    for one in (run, again):
        one.train(1, progress=False)
    if run.machine.values.tobytes() != again.machine.values.tobytes():
        raise RuntimeError("the resumed run has other bits than the uninterrupted one")
    return done.rows


def _built(done: Steps, n: int, n_edges: int) -> nc.Network:
    """Make the network; its edge lists are free again afterwards."""
    forward, channel = connectome(n, n_edges)
    activation = np.where(np.isin(np.arange(n), channel[:, 1]), "tanh", "linear")
    weight = weighted(n, forward)
    what = f"{len(forward):,} edges of {n:,} neurons, and {len(channel):,} of the channel, to a"
    network: nc.Network = done.timed(
        f"{what} network",
        lambda: nc.from_arrays(
            forward,
            channel,
            neurons={"activation": activation},
            forward_edges={"weight": weight},
        ),
    )
    return network


def _examples(network: nc.Network, n: int) -> nc.Data:
    rng = np.random.default_rng(2)
    ends = (network.size(network.input), network.size(network.output))
    return nc.Data(*(rng.standard_normal((n, size), np.float32) for size in ends))


def fly(rounds: int) -> list[dict[str, Any]]:
    """Measure a graph of the size of a fly's brain, once."""
    return measured(NEURONS, EDGES, BATCHES, STEPS)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, default=NEURONS)
    parser.add_argument("--edges", type=int, default=EDGES)
    parser.add_argument("--batch", type=int, nargs="*", default=BATCHES)
    parser.add_argument("--steps", type=int, default=STEPS, help="updates of an epoch")
    given = parser.parse_args()
    print(json.dumps(measured(given.neurons, given.edges, given.batch, given.steps), indent=1))
    print(measured_on())


if __name__ == "__main__":
    main()
