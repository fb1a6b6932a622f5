"""Compare the simulator with a second implementation in plain NumPy, rule by rule.

python -m scripts.paper.check --data mnist --epochs 3

Both begin with the same weights and meet the same examples in the same order. The networks are
those of the studies. Weights that are redrawn come from other random numbers, so that only their
statistics are the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

import neurochannel as nc
from neurochannel.errors import NeurochannelError
from scripts.paper.catalogue import EXPERIMENTS
from scripts.paper.plain import PlainNetwork, PlainRule, powers, sign
from scripts.paper.running import Size

RECEIVED, UPDATED, SIGN = 2.0**-3, 2.0**-6, 2.0**-10
"""Scales of limits on received signals, on updates, and of signs of updates."""


@dataclass(frozen=True)
class Check:
    """A rule in both implementations.

    Parameters
    ----------
    study, labels
        The study, and the labels of the network in it.
    rule
        The same in plain NumPy.
    """

    study: str
    labels: tuple[str, ...]
    rule: PlainRule

    @property
    def name(self) -> str:
        """The study and the labels."""
        return f"{self.study}: {', '.join(self.labels)}"


CHECKS = (
    Check("learners", ("BP",), PlainRule("chain", tied=True)),
    Check("learners", ("RBP",), PlainRule("chain")),
    Check("learners", ("SRBP",), PlainRule()),
    Check("learners", ("top only",), PlainRule("none")),
    Check("redrawn", ("redrawn",), PlainRule("chain", redrawn="any")),
    Check("redrawn", ("redrawn, signs kept",), PlainRule("chain", redrawn="forward")),
    Check("frozen", ("layer 3",), PlainRule(frozen=(2,))),
    Check("frozen", ("layers 1 to 3",), PlainRule(frozen=(0, 1, 2))),
    Check("signs", ("sign of updates",), PlainRule(update=sign(SIGN))),
    Check(
        "signs",
        ("sign of each example's updates",),
        PlainRule(update=sign(SIGN), per_example=True),
    ),
    Check("signs", ("magnitude of updates",), PlainRule(update=np.abs)),
    Check("signs", ("sign received",), PlainRule(received=sign(RECEIVED))),
    Check("signs", ("magnitude received",), PlainRule(received=np.abs)),
    *(Check("activations", (f, "RBP"), PlainRule("chain", units=f)) for f in ("logistic", "relu")),
    *(Check("activations", (f, "SRBP"), PlainRule(units=f)) for f in ("linear", "relu")),
    Check("channels", ("RBP 10 sets",), PlainRule("chain", redrawn="any", sets=10)),
    *(
        Check("bits", ("RBP", str(bits)), PlainRule("chain", received=powers(bits, RECEIVED)))
        for bits in (1, 3)
    ),
    *(
        Check(
            "update_bits",
            ("SRBP", str(bits)),
            PlainRule(update=powers(bits, UPDATED), per_example=True),
        )
        for bits in (1, 2, 4)
    ),
)


@dataclass(frozen=True)
class Compared:
    """Accuracies of both implementations by split, the simulator's first, and their weights."""

    accuracies: Mapping[str, tuple[float, float]]
    weights: tuple[list[np.ndarray], list[np.ndarray]]


def compare(
    check: Check,
    data: nc.Data,
    epochs: int,
    *,
    seed: int = 0,
    dtype: str = "float32",
    batch_size: int = 100,
    report: Callable[[str], None] = lambda text: None,
) -> Compared:
    """Train a rule in both implementations.

    Parameters
    ----------
    data
        With class labels and a test part.
    report
        Is told the accuracies after each epoch.
    """
    run, rate = simulation_of(check, data, seed, dtype, batch_size)
    own = plain_of(run, check.rule, seed)
    pairs: dict[str, tuple[float, float]] = {}
    splits = {
        name: (_inputs(part.x, data.units.scale[0]), part.t, part)
        for name, part in (("train", data.train), ("test", data.test))
    }
    x, t, _ = splits["train"]
    update = 0
    for epoch in range(epochs):
        order = run.order(epoch)
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            own.step(x[chosen], t[chosen], rate(update))
            update += 1
        run.train(1, progress=False, evaluate_every=None)
        for name, (inputs, labels, part) in splits.items():
            pairs[name] = run.evaluate(part).accuracy, own.accuracy(inputs, labels)
        report(f"{check.name}, epoch {epoch + 1}: {told(pairs)}")
    return Compared(pairs, ([np.array(run.weights[name]) for name in run.weights], own.weights))


def plain_of(run: nc.Simulation, rule: PlainRule, seed: int) -> PlainNetwork:
    """Return a network in plain NumPy with the weights that a simulation has now."""
    names = run.network.forward_order
    pairs = list(pairwise(names))
    channel = []
    if not (rule.tied or rule.redrawn or rule.route == "none"):
        for number, name in enumerate(names[1:-1], 2):
            above = names[number]
            chained = rule.route == "chain" and above != run.network.output
            source = above if chained else "error"
            channel.append(_own(run.channel_weights[f"{source} -> {name}"]))
    return PlainNetwork(
        rule,
        [_own(run.weights[f"{low} -> {high}"]) for low, high in pairs],
        [_own(run.biases[name]) for name in names[1:]],
        channel,
        seed,
    )


def told(pairs: Mapping[str, tuple[float, float]]) -> str:
    """Write accuracies side by side, in percent."""
    return ", ".join(
        f"{name} {100 * engine:.2f} (simulator) {100 * plain:.2f} (NumPy)"
        for name, (engine, plain) in pairs.items()
    )


def part_of(data: nc.Data, n: int | None) -> nc.Data:
    """Return data with its first n training examples, all of them for None."""
    train, test = data.train, data.test
    return nc.Data(train.x[:n], train.t[:n], test.x, test.t, name=data.name, scale=data.scale)


def simulation_of(
    check: Check, data: nc.Data, seed: int, dtype: str, batch_size: int
) -> tuple[nc.Simulation, nc.Decay]:
    """Return the simulation of a check's network, and its rate."""
    experiment = next(e for e in EXPERIMENTS if e.name == check.study)
    plan = nc.points(Size(str(data.name), seeds=1).study(experiment))
    point = next(e.point for e in plan if tuple(map(str, e.labels)) == check.labels)
    rate = nc.Decay(point.rate, point.decay)
    network = nc.Network.from_text(point.network)
    run = nc.Simulation(network, data, rate=rate, batch_size=batch_size, seed=seed, dtype=dtype)
    return run, rate


def _own(array: np.ndarray) -> np.ndarray:
    return np.array(array, np.float64)


def _inputs(x: np.ndarray, scale: float) -> np.ndarray:
    return x * scale if x.dtype == np.uint8 else _own(x)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.paper.check", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("studies", nargs="*", metavar="STUDY", help="only these (default: all)")
    parser.add_argument("--data", default="mnist", help="data set (default: mnist)")
    parser.add_argument("--epochs", type=int, default=3, help="(default: 3)")
    parser.add_argument("--examples", type=int, default=10_000, help="(default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="(default: 0)")
    parser.add_argument("--dtype", default="float32", help="of the simulator (default: float32)")
    given = parser.parse_args(arguments)
    known = sorted({check.study for check in CHECKS})
    unknown = sorted(set(given.studies) - set(known))
    if unknown:
        parser.error(f"there is no check of '{unknown[0]}'; there are {', '.join(known)}")
    try:
        data = part_of(nc.data.load(given.data), given.examples)
        for check in CHECKS:
            if not given.studies or check.study in given.studies:
                found = compare(check, data, given.epochs, seed=given.seed, dtype=given.dtype)
                print(f"{check.name}: {told(found.accuracies)}", flush=True)
    except NeurochannelError as error:
        print(f"check: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
