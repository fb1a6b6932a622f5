"""What each limit of messages costs, next to none: paired processor times of one epoch.

784-100-30-10, SRBP, batch 100, one thread, 6,000 images of MNIST.
"""

from __future__ import annotations

import time
from typing import Any

import neurochannel as nc
from neurochannel.model.limits import MessageOptions
from scripts.bench.timing import Epoch, compare, paired

N_EXAMPLES, BATCH = 6_000, 100
MESSAGES: dict[str, MessageOptions] = {
    "keep signs": {"keep": "sign"},
    "noise": {"noise": 0.05},
    "relative noise": {"relative_noise": 0.05},
    "range": {"range": 0.5},
    "dead zone": {"dead_zone": 0.01},
    "3 bits": {"bits": 3},
    "3 bits, stochastic": {"bits": 3, "quantizer": "stochastic"},
    "3 bits of the batch's range": {"bits": 3, "range": "batch"},
    "every 4 examples": {"every": 4},
    "budget 3": {"budget": 3},
    "loss": {"loss": 0.05},
    "loss per wire": {"loss": 0.05, "per": "wire"},
    "dead and stuck": {"dead": 0.1, "stuck": 0.1, "stuck_at": 0.5},
    "dead per wire": {"dead": 0.1, "per": "wire"},
    "delay 4 examples": {"delay": 4},
    "delay 250 examples": {"delay": 250},
    "delay 2 updates": {"delay": 2, "unit": "update"},
}
FORWARD: tuple[str, ...] = (
    "noise",
    "3 bits",
    "budget 3",
    "loss",
    "loss per wire",
    "dead and stuck",
    "dead per wire",
)


def epoch(network: nc.Network) -> Epoch:
    """Return what trains one epoch."""
    train = nc.data.load("mnist").train
    data = train.x[:N_EXAMPLES], train.t[:N_EXAMPLES]
    run = nc.Simulation(network, data, rate=0.1, batch_size=BATCH, threads=1)
    return lambda: run.train(1, evaluate_every=None, progress=False)


def messages(rounds: int) -> list[dict[str, Any]]:
    """Time all limits of error messages in turn, then some of hidden activity."""
    net = nc.mlp(784, 100, 30, 10)
    cases = {"none": net.with_channel(nc.srbp())}
    cases |= {name: net.with_channel(nc.srbp(**own)) for name, own in MESSAGES.items()}
    for name in FORWARD:
        forward = [
            nc.ForwardEdges(path="input -> hidden1"),
            nc.ForwardEdges(path="hidden1 -> hidden2 -> output", message=MESSAGES[name]),
        ]
        limited = nc.Network(populations=net.populations, forward=forward)
        cases[f"activity: {name}"] = limited.with_channel(nc.srbp())
    epochs = {name: epoch(network) for name, network in cases.items()}
    times = paired(epochs, rounds, time.process_time)
    return [
        {
            "who": name,
            "ms a step": 1e3 * found["seconds"] / (N_EXAMPLES // BATCH),
            "ratio": found["ratio"],
        }
        for name, found in compare(times, "none").items()
    ]
