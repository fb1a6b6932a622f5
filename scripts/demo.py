"""Train eight learners on real handwritten digits and draw how they compare: `make demo`.

All eight are the same network; only the learning channel differs. Everything that is printed and
drawn was measured in this run. Other data and settings: `python scripts/demo.py --help`.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import neurochannel as nc
from neurochannel.cli.report import announce_compilation

ROOT = Path(__file__).resolve().parents[1]
THREE_BITS = nc.Message(bits=3, quantizer="stochastic")


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
        "top layer only": gallery("top_only"),
    }


def train_seeds(network: nc.Network, data: nc.Data, plan: Plan) -> list[nc.Simulation]:
    """Train a network once for each seed."""
    runs = []
    for seed in range(plan.seeds):
        run = nc.Simulation(network, data, rate=plan.rate, batch_size=plan.batch_size, seed=seed)
        run.train(plan.epochs, progress=False)
        runs.append(run)
    return runs


def row(label: str, runs: list[nc.Simulation]) -> tuple[str, ...]:
    """Return a line of the table: mean and standard deviation over seeds, in percent."""
    test = [100 * float(run.history["test_accuracy"][-1]) for run in runs]
    train = [100 * float(run.history["train_accuracy"][-1]) for run in runs]
    seconds = statistics.mean(float(run.history["seconds"].sum()) for run in runs)
    spread = statistics.stdev(test) if len(test) > 1 else 0.0
    accuracy = f"{statistics.mean(test):.1f} ± {spread:.1f}"
    return label, accuracy, f"{statistics.mean(train):.1f}", f"{seconds:.2f}"


def machine() -> str:
    """Return the processor and the Python that numbers were measured with."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, Python {platform.python_version()}"


def compile_kernels() -> None:
    """Do what takes so long the first time, so that it is not measured."""
    announce_compilation("float32")
    network = nc.mlp(1, 1, 2).with_channel(nc.bp())
    nc.Simulation(network).forward([[0.0]])


def compare(plan: Plan, folder: Path) -> None:
    """Train, print a table, and write figures and checkpoints into a folder."""
    data, compared, began = nc.data.load(plan.data), {}, time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    print(
        f"{plan.data}: {len(data.train.x)} training images; "
        f"network {data.n_inputs}-100-30-{data.n_outputs}, {plan.epochs} epochs, "
        f"rate {plan.rate}, batch {plan.batch_size}, {plan.seeds} seeds\n"
    )
    table: list[tuple[str, ...]] = [("learner", "test accuracy, %", "train, %", "s a run")]
    print_row(table[0])
    for label, network in learners().items():
        runs = compared[label] = train_seeds(network, data, plan)
        nc.save(runs[0], folder / f"{file_name(label)}.h5")
        table.append(row(label, runs))
        print_row(table[-1])
    figure = nc.plot.learning_curves(compared, ["train_loss", "test_error"])
    for name in ("learning.png", "learning.svg"):
        nc.plot.save(figure, folder / name)
    measured = f"Mean ± standard deviation over {plan.seeds} seeds; {machine()}; {date.today()}."
    (folder / "table.md").write_text(markdown(table, measured), encoding="utf-8")
    print(f"\n{measured} {time.perf_counter() - began:.0f} s in all.")
    print(f"Figures, this table and checkpoints (seed 0) are in {shown(folder)}")


def file_name(label: str) -> str:
    """Return a label in the form of a file name."""
    return "_".join(label.lower().replace(",", "").split())


def markdown(table: list[tuple[str, ...]], measured: str) -> str:
    """Return the table and how it was measured as Markdown."""
    rows = [table[0], ("---", "---:", "---:", "---:"), *table[1:]]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in rows), "", measured, ""])


def print_row(cells: tuple[str, ...]) -> None:
    """Print a line of the table."""
    print(f"{cells[0]:22}{cells[1]:>16}{cells[2]:>10}{cells[3]:>9}", flush=True)


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
        compile_kernels()
        compare(plan, ROOT / "results" / ("demo" if plan == Plan() else f"demo-{plan.data}"))
    except nc.errors.NeurochannelError as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
