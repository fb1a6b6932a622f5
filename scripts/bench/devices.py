"""What devices cost a step, each against the same network without them; and accuracies.

`python -m scripts.bench.devices` prints seconds for 60,000 examples of MNIST, 784-100-30-10, one
thread, as the median of runs in turns, and the test accuracy of backpropagation after 30,000
examples at batch 10 and rate 0.1.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import neurochannel as nc

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
BATCHES = 100, 10, 1
ROUNDS = 5
N = 6000


def timings(data: Any, batch: int) -> dict[str, tuple[float, float]]:
    """Return seconds for 60,000 examples and the median of the paired ratios, by case."""
    network = nc.mlp(784, 100, 30, 10).with_channel(nc.srbp())
    runs = {"none": nc.Simulation(network, data, rate=0.1, batch_size=batch)}
    for name, synapse in CASES.items():
        made = network.with_defaults(forward={"synapse": synapse})
        runs[name] = nc.Simulation(made, data, rate=0.1, batch_size=batch)
    for run in runs.values():
        run.train(1, progress=False, evaluate_every=None)
    seconds: dict[Any, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            before = time.process_time()
            run.train(1, progress=False, evaluate_every=None)
            seconds[name].append(time.process_time() - before)
    plain = seconds.pop("none")
    return {"none": (statistics.median(plain) * 60_000 / N, 1.0)} | {
        name: (
            statistics.median(own) * 60_000 / N,
            statistics.median(a / b for a, b in zip(own, plain, strict=True)),
        )
        for name, own in seconds.items()
    }


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
    """Print both tables."""
    full = nc.data.load("mnist")
    part = nc.Data(full.train.x[:N], full.train.t[:N], full.test.x[:100], full.test.t[:100])
    for batch in BATCHES:
        for name, (seconds, ratio) in timings(part, batch).items():
            print(f"batch {batch:3d}  {name:36s} {seconds:6.2f} s  {ratio:5.2f} x", flush=True)
    for name, found in accuracies(full).items():
        print(f"{name:16s} {found}", flush=True)


if __name__ == "__main__":
    main()
