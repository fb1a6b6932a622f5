"""What neurons that are not ideal cost: the same epochs with and without each stage, in turn.

python -m scripts.bench.neurons --rounds 15
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import neurochannel as nc
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


def epoch(data: nc.Data, batch: int, neuron: dict[str, Any]) -> Callable[[], object]:
    """Return a function that trains for one more epoch, without scoring."""
    network = nc.mlp(None, 100, 30, None).with_channel(nc.srbp())
    made = network.with_defaults(population={"neuron": nc.Neuron(**neuron)})
    run = nc.Simulation(made, data, batch_size=batch)
    return lambda: run.train(1, progress=False, evaluate_every=None)


def main() -> None:
    """Print the processor's seconds of an epoch, and their ratio to those with ideal neurons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    data = nc.data.load(given.data)
    rivals = {name: epoch(data, given.batch, neuron) for name, neuron in CASES.items()}
    times = paired(rivals, given.rounds, time.process_time)
    for name, row in compare(times, "ideal neurons").items():
        print(f"{name:20s} {row['seconds']:8.4f} s {row['ratio']:7.3f}")


if __name__ == "__main__":
    main()
