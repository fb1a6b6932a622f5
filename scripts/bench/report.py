"""Keeps what was measured and writes it down for readers."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from neurochannel.storage.processor import processor_name
from scripts.bench.figure import draw_scaling
from scripts.machine import today

Rows = list[dict[str, Any]]
TITLES = {
    "steps": "Small nets and kinds of changes, SRBP, one thread",
    "examples": "Limits of each example, batch 100, one thread",
    "messages": "Limits of messages, batch 100, one thread",
    "neurons": "Neurons that are not ideal, batch 100, one thread",
    "devices": "Weights that are devices, one thread",
    "mnist": "MNIST, 784-100-30-10, SRBP, one thread",
    "fashion": "Fashion-MNIST, 784-100-30-10, SRBP, one thread",
    "channels": "A choice of channel, batch 100 on MNIST, one thread",
    "convolution": "Convolution, 32x32x3, one thread",
    "convolution_avx2": "The same without AVX-512, batch 100",
    "convolution_many": "Two convolutional networks on two workers",
    "wide": "Wide, 784-1000-1000-1000-10, one thread",
    "wide_threads": "Wide, two threads",
    "many": "16 networks in parallel on two workers, per network and epoch",
    "limits": "Speed compared with sgemm, counting multiplications by 0",
    "start": "Start",
    "studies": "Studies: 200 points of the digits net, 5 epochs each",
    "sparse": "Sparse graphs of single neurons, one thread",
    "scaling": "Cost against size, 100 edges per neuron",
    "huge": "A graph with 100 million edges",
    "inspect": "Inspecting graphs of about 100,000 edges, one thread",
    "fly": "A graph of the size of a fly's brain, one thread",
}
EXPLAINED = {
    "steps": "Seconds of processor time per epoch: 30,000 digits, or MNIST with 784-100-30-10.\n"
    "Changes are plain unless they are limited to 8 bits, have momentum, or weights decay.",
    "start": "Each in a new process; compiling starts with an empty cache. The\nprograms of "
    "the demo are those of its eight learners, with one epoch of training each.",
    "examples": "784-100-30-10, SRBP, 6,000 examples: images of MNIST, of whose inputs 81 % are 0, "
    "and\nnumbers without zeros. Changes have 3 bits. Ratio: this time / that of a plain step.",
    "messages": "784-100-30-10, SRBP, 6,000 images of MNIST; seconds are processor time. Ratio: "
    "this time / that\nwithout limits, median of paired runs on a shared machine. Activity: that "
    "of hidden neurons.",
    "neurons": "784-100-30-10, SRBP, 6,000 images of MNIST; seconds are processor time. Ratio: "
    "this time / that\nof ideal neurons, median of paired runs on a shared machine. Where a clock "
    "does not tick, weights do not change.",
    "devices": "784-100-30-10, SRBP, rate 0.1; processor time for 60,000 images of MNIST, from "
    "short epochs of 6,000\nor, at batch 1, 2,000 images; of the small network of the section on "
    "convolution that of one step. Ratio:\nthis time / that without devices, median of paired runs "
    "on a shared machine.",
    "mnist": "Ratio: the peer's time / ours, median of paired runs.",
    "fashion": "Ratio: the peer's time / ours.",
    "channels": "Ratio: this channel's time / SRBP's.",
    "convolution": "Two times convolution 5x5 with 32 maps of tanh and max pooling 2x2, 256 units "
    "of tanh, softmax\nof 10; the paper's network has three convolutions with 64 maps, pooling 3x3 "
    "and 1,024 units.\nMilliseconds of processor time; ratios: this time / ours.",
    "convolution_avx2": "Vectors of 64 bytes are not used, neither by Numba and BLAS nor by "
    "PyTorch.\nMilliseconds of processor time; ratios: this time / ours.",
    "convolution_many": "SRBP at batch 100. Seconds by the clock, and of both processors together; "
    "ratio: this time / that of two\nworkers. Workers that wait for each other or for memory take "
    "more processor time than one by one. Times by the\nclock say nothing where more programs "
    "want a processor than there are.",
    "wide": "Ratio: the peer's time / ours.",
    "wide_threads": "Epochs of 6,000 examples; ratio: this time / that with two threads.",
    "many": "Ratio: this time / ours with two workers.",
    "limits": "sgemm: operations of the dense net / operations of sgemm in the same time.",
    "sparse": "10,000 x 10,000 neurons, processor time; ratio: PyTorch's time / ours, whose MKL "
    "uses\nAVX-512 on processors of Intel only; copy rate: bytes that a copy of a large array "
    "reads and\nwrites in a second.",
    "fly": "A random graph of heavy-tailed degrees in 40 stages of processing, whose channel "
    "brings the errors of\nthree outputs to each neuron; weights are given. Measured once, one "
    "step after the other, in\nseconds of processor time; peak: memory of the process so far. What "
    "was resumed ended with the same bits.",
    "scaling": "Processor time. The dotted lines grow in proportion to the number of edges.",
    "inspect": "Seconds of processor time of `nc.inspect`, self-test included, and of writing its "
    "report; with compiled\nkernels, unless a line says otherwise. Build: from arrays or networkx "
    "to a network.",
}
PACKAGES = ("neurochannel", "numpy", "scipy", "numba", "jax", "torch")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def machine() -> dict[str, str]:
    """Say where and with what was measured."""
    versions = {package: _version(package) for package in PACKAGES}
    return {
        "date": today(),
        "processor": processor_name(),
        "python": platform.python_version(),
        **versions,
    }


def keep(folder: Path, name: str, rows: Rows) -> None:
    """Save the rows of a section, with the machine that they come from."""
    text = json.dumps({"machine": machine(), "rows": rows}, indent=1)
    (folder / f"{name}.json").write_text(text + "\n")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _table(rows: Rows) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(key, "")) for key in columns) + " |" for row in rows]
    return "\n".join(lines)


def write(folder: Path, page: Path) -> None:
    """Write the page from everything that has been kept in the folder."""
    parts = [
        "# Performance",
        "This page is written by `make bench` (scripts/bench) from its measurements; seconds are",
        "medians of an epoch of 60,000 examples unless a table says otherwise. Machines are",
        "noisy: trust the ratios, which come from alternating runs, more than the seconds.",
    ]
    for name, title in TITLES.items():
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        kept = json.loads(path.read_text())
        where = kept["machine"]
        software = ", ".join(f"{p} {where[p]}" for p in ("python", *PACKAGES[1:]))
        parts += ["", f"## {title}", "", _table(kept["rows"]), "", EXPLAINED.get(name, "")]
        if name == "scaling":
            picture = page.parent / "images" / "scaling.png"
            draw_scaling(kept["rows"], picture)
            parts += [f"![Cost of a step against the number of neurons](images/{picture.name})", ""]
        parts += [f"Measured {where['date']} on {where['processor']}; {software}."]
    page.write_text("\n".join(parts) + "\n")
    print(page.read_text())
