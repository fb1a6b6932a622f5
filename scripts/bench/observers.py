"""What observing costs: the same training with and without it, in turn.

python -m scripts.bench.observers --rounds 15
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import neurochannel as nc
from neurochannel.errors import DataError
from neurochannel.observe.observers import Observe
from scripts.bench import peers
from scripts.bench.timing import compare, paired

CASES = (
    ("digits 64-100-30-10, batch 10, 30 epochs", "digits", 10, 30),
    ("digits 64-100-30-10, batch 10, 100 epochs", "digits", 10, 100),
    ("digits 64-100-30-10, batch 10, 300 epochs", "digits", 10, 300),
    ("MNIST 784-100-30-10, batch 100, 10 epochs", "mnist", 100, 10),
)


class Timed(Observe):
    """An observer that counts the seconds of the processor that it takes."""

    seconds = 0.0

    def before(self, run: nc.Simulation) -> None:
        """Observe the start, counting."""
        started = time.process_time()
        super().before(run)
        self.seconds += time.process_time() - started

    def __call__(self, run: nc.Simulation) -> None:
        """Observe the run, counting what `before` does not count already."""
        started = time.process_time()
        super().__call__(run)
        self.seconds += (time.process_time() - started) * (run.epoch > 0)


def training(
    data: nc.Data, batch: int, epochs: int, shares: list[float] | None
) -> Callable[[], object]:
    """Return a function that trains a new network, scored after each epoch as by default.

    Parameters
    ----------
    shares
        A list to add the observer's share of the time to; None: do not observe.
    """
    network = nc.mlp(None, 100, 30, None).with_channel(nc.srbp())

    def train() -> object:
        run = nc.Simulation(network, data, batch_size=batch)
        if shares is None:
            return run.train(epochs, progress=False)
        observer, started = Timed(), time.process_time()
        run.train(epochs, [observer], progress=False)
        shares.append(observer.seconds / (time.process_time() - started - observer.seconds))
        return run

    return train


def observers(rounds: int) -> list[dict[str, Any]]:
    """Return median seconds, the median ratio of paired rounds and the median share, by case."""
    rows: list[dict[str, Any]] = []
    for case, name, batch, epochs in CASES:
        try:
            data = nc.data.load(name)
        except DataError as error:
            print(f"{case} is left out: {error}")
            continue
        shares: list[float] = []
        rivals = {
            "plain": training(data, batch, epochs, None),
            "observed": training(data, batch, epochs, shares),
        }
        few = max(5, rounds // 3) if name == "mnist" else rounds
        compared = compare(paired(rivals, few), "plain")
        rows += [
            {"case": case, "who": who, **measured, "share": statistics.median(shares)}
            for who, measured in compared.items()
        ]
    return rows


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    peers.hold_to_one_thread()
    for row in observers(arguments.rounds):
        line = f"{row['case']:45} {row['who']:9} {row['seconds']:8.4f} s"
        if row["who"] == "observed":
            line += f"   ratio {row['ratio'] - 1:+.1%}   processor time {row['share']:+.1%}"
        print(line)


if __name__ == "__main__":
    main()
