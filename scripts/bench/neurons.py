"""What neurons that are not ideal cost, next to ideal ones: paired processor times of one epoch.

784-100-30-10, SRBP, batch 100, one thread, 6,000 images of MNIST.
"""

from __future__ import annotations

import time
from typing import Any

import neurochannel as nc
from scripts.bench.messages import BATCH, N_EXAMPLES, epoch
from scripts.bench.timing import compare, paired

STAGES: dict[str, dict[str, Any]] = {
    "ideal neurons": {},
    "input of 6 bits": {"input_bits": 6, "input_range": 4.0},
    "gain": {"gain_spread": 0.1},
    "threshold": {"threshold_spread": 0.1},
    "noise": {"noise": 0.05},
    "relative noise": {"relative_noise": 0.05},
    "6 bits": {"bits": 6},
    "dead": {"dead": 0.1},
    "clock": {"clock": 0.5},
}
ALL = {name: value for stage in STAGES.values() for name, value in stage.items()}
CASES = STAGES | {"all of them": ALL, "all, ideal f'": ALL | {"derivative": "ideal"}}


def neurons(rounds: int) -> list[dict[str, Any]]:
    """Time all stages of hidden neurons in turn."""
    network = nc.mlp(784, 100, 30, 10).with_channel(nc.srbp())
    epochs = {
        name: epoch(network.with_defaults(population={"neuron": nc.Neuron(**neuron)}))
        for name, neuron in CASES.items()
    }
    return [
        {
            "who": name,
            "ms a step": 1e3 * found["seconds"] / (N_EXAMPLES // BATCH),
            "ratio": found["ratio"],
        }
        for name, found in compare(
            paired(epochs, rounds, time.process_time), "ideal neurons"
        ).items()
    ]
