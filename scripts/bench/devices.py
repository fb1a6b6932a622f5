"""What devices cost: each network next to the same one without them, in turn.

784-100-30-10, SRBP, one thread, 6,000 images of MNIST.
"""

from __future__ import annotations

import time
from typing import Any

import neurochannel as nc
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
BATCHES = 100, 10, 1
N_EXAMPLES, WHOLE = 6_000, 60_000


def devices(rounds: int) -> list[dict[str, Any]]:
    """Time an epoch with each kind of device, at each batch size."""
    train = nc.data.load("mnist").train
    data = train.x[:N_EXAMPLES], train.t[:N_EXAMPLES]
    network = nc.mlp(784, 100, 30, 10).with_channel(nc.srbp())
    cases = {"none": network}
    cases |= {name: network.with_defaults(forward={"synapse": own}) for name, own in CASES.items()}
    rows = []
    for batch in BATCHES:
        epochs = {name: _epoch(case, data, batch) for name, case in cases.items()}
        times = paired(epochs, rounds, time.process_time)
        rows += [
            {
                "batch": batch,
                "who": name,
                "seconds": found["seconds"] * WHOLE / N_EXAMPLES,
                "ratio": found["ratio"],
            }
            for name, found in compare(times, "none").items()
        ]
    return rows


def _epoch(network: nc.Network, data: Any, batch: int) -> Epoch:
    run = nc.Simulation(network, data, rate=0.1, batch_size=batch, threads=1)
    return lambda: run.train(1, evaluate_every=None, progress=False)
