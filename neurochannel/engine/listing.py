"""A program in words: which kernel does what to which population and bundle."""

from __future__ import annotations

from typing import NamedTuple

from neurochannel.engine.program import Program
from neurochannel.kernels.opcodes import ACTIVE_ROWS, EACH, GEMM, LANES, ROWS, Op

_KERNELS = {
    GEMM: "gemm",
    ROWS: "rows",
    ACTIVE_ROWS: "active rows",
    EACH: "edges",
    LANES: "edges, examples side by side",
}
_BY_PATH = {
    Op.DELIVER,
    Op.DELIVER_TIED,
    Op.DELIVER_EDGES,
    Op.DELIVER_EDGES_TIED,
    Op.UPDATE,
    Op.UPDATE_EDGES,
}
_PIXELS = {Op.DELIVER_PIXELS, Op.UPDATE_PIXELS}
_OPERANDS = {
    Op.BIAS: (None, "value", "buffer"),
    Op.CLEAR: (None, None, "buffer"),
    Op.DELIVER: ("buffer", "value", "buffer"),
    Op.DELIVER_TIED: ("buffer", "value", "buffer"),
    Op.DELIVER_EDGES: ("buffer", "value", "buffer"),
    Op.DELIVER_EDGES_TIED: ("buffer", "value", "buffer"),
    Op.ACTIVATE: ("buffer", None, "buffer"),
    Op.GATE: ("buffer", "buffer", "buffer"),
    Op.UPDATE: ("buffer", "buffer", "value"),
    Op.UPDATE_EDGES: ("buffer", "buffer", "value"),
    Op.UPDATE_BIAS: ("buffer", None, "value"),
    Op.GATHER: (None, None, "buffer"),
    Op.DELIVER_PIXELS: (None, "value", "buffer"),
    Op.UPDATE_PIXELS: (None, "buffer", "value"),
    Op.ERROR: ("buffer", None, "buffer"),
    Op.SCORE: ("buffer", None, "buffer"),
    Op.KEEP: ("buffer", None, "buffer"),
    Op.QUANTIZE: ("buffer", None, "buffer"),
    Op.CLEAR_CHANGES: (None, None, "value"),
    Op.QUANTIZE_CHANGES: (None, None, "value"),
    Op.ADD_CHANGES: ("value", None, "value"),
    Op.DRAW: (None, None, "value"),
    Op.CLEAR_VALUES: (None, None, "value"),
    Op.MULTIPLY_TIED: ("value", "value", "value"),
    Op.MULTIPLY_EDGES_TIED: ("value", "value", "value"),
    Op.TRANSPOSE: (None, "value", "value"),
    Op.TRANSPOSE_EDGES: (None, "value", "value"),
    Op.TAKE: (None, "value", "value"),
    Op.COPY_SIGNS: ("value", "value", "value"),
}


class Line(NamedTuple):
    """One instruction: what it does, by which kernel, from what, to what."""

    instruction: str
    kernel: str
    reads: str
    changes: str


def listing(program: Program) -> list[Line]:
    """Return what a step does, instruction by instruction, in order."""
    memory = program.memory
    names = {
        "buffer": {column.start: name for name, column in memory.columns.items()},
        "value": {span.start: name for name, span in (memory.values | memory.scratch).items()},
    }
    lines = []
    for row in program.train.rows:
        op = Op(row[0])
        operands = [
            names[kind][int(address)] if kind else None
            for kind, address in zip(_OPERANDS[op], row[1:4], strict=True)
        ]
        kernel = "non-zero inputs" if op in _PIXELS else ""
        if op in _BY_PATH:
            kernel = _KERNELS[int(row[6])]
        reads = ", ".join(dict.fromkeys(name for name in operands[:2] if name))
        lines.append(Line(op.name.lower().replace("_", " "), kernel, reads, operands[2] or ""))
    return lines
