"""A program in words: which kernel does what to which population and bundle."""

from __future__ import annotations

from typing import NamedTuple

from neurochannel.engine.program import Program


class Line(NamedTuple):
    """One call: the kernel, what it reads (a rate of its own, too), and what it sets or changes."""

    kernel: str
    reads: str
    changes: str


def listing(program: Program, table: str = "train") -> list[Line]:
    """Return what a table of a program does, call by call, in order."""
    lines = []
    for call in program.calls(table):
        read, changed = dict[str, None](), dict[str, None]()
        for operand, array in call.declared.arrays.items():
            if array.room != "wires":
                name = call.places[operand].name
                (read if array.access == "reads" else changed)[name] = None
        factor = call.numbers.get("rate_factor", 1.0)
        if factor != 1.0:
            read[f"rate x {factor:g}"] = None
        lines.append(Line(call.kernel.replace("_", " "), ", ".join(read), ", ".join(changed)))
    return lines
