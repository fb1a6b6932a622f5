"""What stands at the top of a page: what it is of, what made it, and how to cite it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

from neurochannel.engine.rates import Decay
from neurochannel.model.network import Network
from neurochannel.reports.blocks import Code, Section, TableBlock
from neurochannel.storage.listed import described
from neurochannel.storage.processor import processor_name

PAPER = (
    "P. Baldi, P. Sadowski, Z. Lu. Learning in the machine: random backpropagation and the deep "
    "learning channel. Artificial Intelligence 260 (2018) 1-35. arXiv:1612.02734"
)
HOME = "https://github.com/neurochannel/neurochannel"
SHOWN = 16
"""Digits of a fingerprint."""

Rows = Sequence[tuple[str, str]]


def head_section(rows: Rows, again: str = "") -> Section:
    """Return what a page is of, in lines of a title and a text, and the command that makes it."""
    blocks: list[TableBlock | Code] = [TableBlock(("", ""), rows)]
    return Section("", (*blocks, Code(again)) if again else blocks)


def citing_section(software: str | None = None) -> Section:
    """Return what to cite: the paper, and the version that made the numbers."""
    made_with = software or version("neurochannel")
    return Section(
        "How to cite",
        (Code(f"{PAPER}\n\nneurochannel developers. neurochannel {made_with}. {HOME}\n"),),
        "the paper that it follows, and the software",
    )


def here_rows() -> Rows:
    """Return the version and the processor that the page is made with."""
    return [("version", f"neurochannel {version('neurochannel')}"), ("CPU", processor_name())]


def made_rows(provenance: Mapping[str, Any]) -> Rows:
    """Return the version, the processor and the command that a run was made with."""
    software = f"neurochannel {provenance.get('neurochannel', 'of an unknown version')}"
    packages = [f"{p} {provenance[p]}" for p in ("python", "numpy", "numba") if provenance.get(p)]
    rows = [
        ("version", f"{software} ({', '.join(packages)})" if packages else software),
        ("CPU", str(provenance.get("cpu") or "not recorded")),
        ("date", str(provenance.get("date") or "not recorded")),
    ]
    command = provenance.get("command")
    if isinstance(command, list) and command:
        rows.append(("made by", command_text([str(word) for word in command])))
    return rows


def command_text(words: Sequence[str]) -> str:
    """Return a command as one would type it: without the folders of programs."""
    shown = list(words)
    if len(shown) > 1 and PurePath(shown[0]).name.startswith("python"):
        shown = shown[1:] if PurePath(shown[1]).name == "neurochannel" else ["python", *shown[1:]]
    if shown and PurePath(shown[0]).name == "neurochannel":
        shown[0] = "neurochannel"
    return shlex.join(shown)


def network_fingerprint(network: Network) -> str:
    """Return a hash of a network's description, its name aside."""
    return described(network, named=False).digest[:SHOWN]


def train_command(
    name: str, data: str | None, epochs: int, options: Mapping[str, Any]
) -> str | None:
    """Return the command that trains a network like this from the start; None if there is none.

    A rate that is a function, and data that are arrays, can only be given in Python.
    """
    rate = options["rate"]
    if isinstance(rate, str) or data is None or epochs < 1:
        return None
    slow = rate if isinstance(rate, Decay) else Decay(rate, 0.0)
    words = ["neurochannel", "train", f"{name}.toml", "--data", data, "--epochs", str(epochs)]
    words += ["--batch-size", str(options["batch_size"]), "--rate", f"{slow.rate:g}"]
    words += ["--decay", f"{slow.decay:g}"] if slow.decay else []
    words += ["--seed", str(options["seed"])]
    words += ["--dtype", options["dtype"]] if options["dtype"] != "float32" else []
    return shlex.join([*words, "--out", f"{name}.h5"])
