"""Train eight learners on real handwritten digits and draw how they compare: `make demo`.

All eight are the same network; only the learning channel differs. Everything that is printed and
drawn was measured in this run. Other data and settings: `python -m scripts.demo --help`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import neurochannel as nc
from neurochannel.cli.report import announce_compilation
from scripts.machine import measured_on

ROOT = Path(__file__).resolve().parents[1]
THREE_BITS = nc.Message(bits=3, quantizer="stochastic")
UNTAUGHT = "top layer only"
ALIGNMENT = "alignment: hidden1"
OUTCOMES = ("learner", "test accuracy, %", "train, %", "angle, °", "s a run")
COSTS = ("learner", "multiply-adds", "bits sent", "wires", "of them copied", "steps")
WIDTHS = (16, 10, 10, 15, 7)


@dataclass(frozen=True)
class Plan:
    """What is trained, and how."""

    data: str = "digits"
    seeds: int = 10
    epochs: int = 30
    batch_size: int = 10
    rate: float = 0.1


def gallery(name: str) -> nc.Network:
    """Return a network of the gallery."""
    return nc.Network.from_toml(ROOT / "topologies" / f"{name}.toml")


def with_message(network: nc.Network, message: nc.Message) -> nc.Network:
    """Return the network with this limit on all messages of its channel."""
    parts = [edges.model_copy(update={"message": message}) for edges in network.channel]
    return network.with_channel(*parts)


def learners() -> dict[str, nc.Network]:
    """Return the networks to compare, by the name that the figure shows."""
    return {
        "BP": gallery("bp"),
        "RBP": gallery("rbp"),
        "SRBP": gallery("srbp"),
        "ARBP": gallery("arbp"),
        "ASRBP": gallery("asrbp"),
        "SRBP, sparse, 3 bits": with_message(gallery("sparse"), THREE_BITS),
        "SRBP, 1 bit": gallery("one_bit"),
        UNTAUGHT: gallery("top_only"),
    }


def train_seeds(network: nc.Network, data: nc.Data, plan: Plan) -> list[nc.Simulation]:
    """Train a network once for each seed, and watch the angle of its changes to the gradient."""
    runs = []
    for seed in range(plan.seeds):
        run = nc.Simulation(network, data, rate=plan.rate, batch_size=plan.batch_size, seed=seed)
        observer = nc.Observe("alignment", at=(0, 1, 3, 10, 20, plan.epochs))
        run.train(plan.epochs, [observer], progress=False)
        runs.append(run)
    return runs


def outcome(label: str, runs: list[nc.Simulation]) -> tuple[str, ...]:
    """Return a line of the first table: means over seeds, the test accuracy with its deviation."""
    test = [100 * float(run.history["test_accuracy"][-1]) for run in runs]
    train = [100 * float(run.history["train_accuracy"][-1]) for run in runs]
    seconds = statistics.mean(float(run.history["seconds"].sum()) for run in runs)
    spread = statistics.stdev(test) if len(test) > 1 else 0.0
    accuracy = f"{statistics.mean(test):.1f} ± {spread:.1f}"
    return label, accuracy, f"{statistics.mean(train):.1f}", angle(runs), f"{seconds:.2f}"


def angle(runs: list[nc.Simulation]) -> str:
    """Return the last angle between the changes of the deepest population and the gradient."""
    seen = [run.history.observations.get(ALIGNMENT) for run in runs]
    return f"{statistics.mean(float(s.values[-1]) for s in seen if s):.0f}" if all(seen) else "-"


def cost(label: str, network: nc.Network) -> tuple[str, ...]:
    """Return a line of the second table: what the channel costs for each example."""
    found = nc.ledger(network)
    numbers = (found.channel_multiply_adds, found.bits_sent, found.wires, found.transported)
    steps = found.steps if network.channel else "never"
    return label, *(f"{round(number):,}" for number in numbers), str(steps)


def compile_kernels(data: nc.Data, plan: Plan) -> None:
    """Do what takes so long the first time, so that it is not measured."""
    announce_compilation()
    for network in learners().values():
        nc.Simulation(network, data, batch_size=plan.batch_size).train(1, progress=False)


def compare(plan: Plan, folder: Path) -> None:
    """Train, print tables, and write figures, checkpoints and a page into a folder."""
    data, compared, began = nc.data.load(plan.data), {}, time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    print(
        f"{plan.data}: {len(data.train.x)} training images; "
        f"network {data.n_inputs}-100-30-{data.n_outputs}, {plan.epochs} epochs, "
        f"rate {plan.rate}, batch {plan.batch_size}, {plan.seeds} seeds\n"
    )
    outcomes: list[tuple[str, ...]] = [OUTCOMES]
    costs: list[tuple[str, ...]] = [COSTS]
    print_row(OUTCOMES)
    for label, network in learners().items():
        runs = compared[label] = train_seeds(network, data, plan)
        nc.save(runs[0], folder / f"{file_name(label)}.h5", overwrite=True)
        outcomes.append(outcome(label, runs))
        costs.append(cost(label, runs[0].network))
        print_row(outcomes[-1])
    measured = f"Mean ± standard deviation over {plan.seeds} seeds; {measured_on()}."
    angles = "Angle: degrees between the changes of hidden1 and minus the gradient, at the end."
    print(f"\n{measured}\n{angles}\n\nWhat each channel costs for one example:\n")
    for line in costs:
        print_row(line)
    tables = markdown(outcomes, f"{measured} {angles}") + "\n" + markdown(costs, "For one example.")
    (folder / "table.md").write_text(tables, encoding="utf-8")
    draw(compared, folder)
    nc.report(compared, folder / "report.html", overwrite=True)
    print(f"\n{time.perf_counter() - began:.0f} s in all. Figures, these tables, checkpoints")
    print(f"(seed 0) and a page, report.html, are in {shown(folder)}")


def draw(compared: dict[str, list[nc.Simulation]], folder: Path) -> None:
    """Draw how the learners compare, how their changes align with the gradient, and a network."""
    taught = {label: runs for label, runs in compared.items() if label != UNTAUGHT}
    sparse = compared["SRBP, sparse, 3 bits"][0]
    figures = {
        "learning": nc.plot.learning_curves(compared, ["train_loss", "test_error"]),
        "alignment": nc.plot.alignment(taught),
        "network": nc.plot.network(sparse.network),
    }
    for name, figure in figures.items():
        for suffix in (".png", ".svg"):
            nc.plot.save(figure, folder / (name + suffix))


def file_name(label: str) -> str:
    """Return a label in the form of a file name."""
    return "_".join(label.lower().replace(",", "").split())


def markdown(table: Sequence[tuple[str, ...]], note: str) -> str:
    """Return a table and a note on it as Markdown."""
    rows = [table[0], ("---", *["---:"] * (len(table[0]) - 1)), *table[1:]]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in rows), "", note, ""])


def print_row(cells: tuple[str, ...]) -> None:
    """Print a line of a table."""
    others = (f"{cell:>{width}}" for cell, width in zip(cells[1:], WIDTHS, strict=False))
    print(f"{cells[0]:22}{''.join(others)}")
    sys.stdout.flush()


def shown(folder: Path) -> str:
    """Return a folder as seen from here, where that is shorter."""
    here = Path.cwd()
    return f"{folder.relative_to(here) if folder.is_relative_to(here) else folder}/"


def main() -> None:
    """Read the command line, and compare."""
    options = argparse.ArgumentParser(description="Compare eight learners on one data set.")
    for field in fields(Plan):
        name = f"--{field.name.replace('_', '-')}"
        options.add_argument(name, type=type(field.default), default=field.default, metavar="X")
    plan = Plan(**vars(options.parse_args()))
    try:
        compile_kernels(nc.data.load(plan.data), plan)
        compare(plan, ROOT / "results" / ("demo" if plan == Plan() else f"demo-{plan.data}"))
    except nc.errors.NeurochannelError as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
