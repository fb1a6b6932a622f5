"""What devices cost a step, each against the same network without them; and accuracies.

`python -m scripts.bench.devices` prints the test accuracy of backpropagation after 30,000 examples
at batch 10 and rate 0.1.
"""

from __future__ import annotations

import time
from typing import Any

import neurochannel as nc
from scripts.bench.convolution import LAYERS, RATE, images
from scripts.bench.timing import Epoch, compare, paired

CASES: dict[str, Any] = {
    "bounds": {"bounds": [-1.0, 1.0]},
    "steps by chance, asymmetry, bounds": {
        "bounds": [-1.0, 1.0],
        "step": 0.002,
        "asymmetry": 0.1,
        "pulses": "batch",
    },
    "device by batch": {"preset": "soft_bounds", "cycle_noise": 0, "pulses": "batch"},
    "device by batch, noise": {"preset": "soft_bounds", "pulses": "batch"},
    "trains, rate / step = 10": {"step": 0.01, "bounds": [-1.0, 1.0], "bounds_spread": 0.3},
    "the same, cycle noise": {
        "step": 0.01,
        "bounds": [-1.0, 1.0],
        "bounds_spread": 0.3,
        "cycle_noise": 0.3,
    },
    "gokmen_vlasov": "gokmen_vlasov",
    "soft_bounds": "soft_bounds",
}
EXAMPLES = {100: 6000, 10: 6000, 1: 2000}
"""How many are timed, by batch size."""


def timings(full: Any, batch: int, rounds: int) -> dict[str, dict[str, float]]:
    """Time short epochs of all cases in turn, from the second one on."""
    n, network = EXAMPLES[batch], nc.mlp(784, 100, 30, 10).with_channel(nc.srbp())
    data = nc.Data(full.train.x[:n], full.train.t[:n], full.test.x[:100], full.test.t[:100])

    def epoch(network: nc.Network) -> Epoch:
        run = nc.Simulation(network, data, rate=0.1, batch_size=batch, threads=1)
        return lambda: run.train(1, progress=False, evaluate_every=None)

    epochs = {"none": epoch(network)}
    for name, synapse in CASES.items():
        epochs[name] = epoch(network.with_defaults(forward={"synapse": synapse}))
    return compare(paired(epochs, rounds, time.process_time), "none")


def windows(rounds: int) -> list[dict[str, Any]]:
    """Time a step of a convolutional network whose weights are devices, of 100 examples."""
    batch, rows = 100, list[dict[str, Any]]()
    by_batch = {"preset": "soft_bounds", "pulses": "batch"}
    for name, shared in (("convolution", True), ("local windows", False)):
        plain = nc.convnet((32, 32, 3), *LAYERS, shared=shared).with_channel(nc.srbp())
        cases: dict[str, Any] = {"none": None, "device by batch, noise": by_batch}
        cases |= {} if shared else {"soft_bounds": "soft_bounds"}

        def epoch(network: nc.Network) -> Epoch:
            run = nc.Simulation(network, nc.Data(*images(batch)), rate=RATE, batch_size=batch)
            return lambda: run.train(1, progress=False, evaluate_every=None)

        epochs = {
            who: epoch(plain.with_defaults(forward={"synapse": s})) for who, s in cases.items()
        }
        found = compare(paired(epochs, rounds, time.process_time), "none")
        rows += [{"case": f"{name}, batch {batch}", "who": who} | t for who, t in found.items()]
    return rows


def devices(rounds: int) -> list[dict[str, Any]]:
    """Time all cases at all batch sizes, in seconds of processor time for 60,000 examples.

    Of windows it is the time of one step.
    """
    full = nc.data.load("mnist")
    dense = [
        {
            "case": f"batch {batch}",
            "who": name,
            "seconds": found["seconds"] * 60_000 / n,
            "ratio": found["ratio"],
        }
        for batch, n in EXAMPLES.items()
        for name, found in timings(full, batch, rounds).items()
    ]
    return dense + windows(rounds)


def accuracies(full: Any) -> dict[str, list[float]]:
    """Return the test accuracies of three seeds by preset."""
    data = nc.Data(full.train.x[:30_000], full.train.t[:30_000], full.test.x, full.test.t)
    network, found = nc.mlp(784, 100, 30, 10).with_channel(nc.bp()), {}
    for name in ("none", "idealized", "gokmen_vlasov", "soft_bounds", "reram_es", "ecram"):
        made = network.with_defaults(forward={"synapse": name}) if name != "none" else network
        runs = [nc.Simulation(made, data, rate=0.1, batch_size=10, seed=seed) for seed in range(3)]
        for run in runs:
            run.train(1, progress=False)
        found[name] = [round(float(run.history["test_accuracy"][-1]), 4) for run in runs]
    return found


def main() -> None:
    """Print the accuracies."""
    for name, found in accuracies(nc.data.load("mnist")).items():
        print(f"{name:16s} {found}", flush=True)


if __name__ == "__main__":
    main()
