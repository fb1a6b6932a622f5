"""A program: instructions as flat tables, and the memory map that they refer to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurochannel.engine.memory import MemoryMap, Wires
from neurochannel.kernels.opcodes import LAYOUT, Op


class Instruction(NamedTuple):
    """One row of a program; `Op` says what each operation takes from it."""

    op: Op
    x: int = 0
    w: int = 0
    z: int = 0
    m: int = 0
    n: int = 0
    path: int = 0
    wires: int = 0
    stream: int = 0
    bits: int = 0
    stride: int = 0
    reals: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Table:
    """Instructions as the interpreter takes them: (n, 11) int64 and (n, 2) float64."""

    rows: np.ndarray
    reals: np.ndarray

    @staticmethod
    def of(instructions: Iterable[Instruction]) -> Table:
        """Lay instructions out as arrays."""
        listed = list(instructions)
        width = len(LAYOUT)
        rows = np.array([i[:width] for i in listed], np.int64).reshape(len(listed), width)
        reals = np.array([i.reals for i in listed], np.float64).reshape(len(listed), 2)
        return Table(rows, reals)


@dataclass(frozen=True)
class Program:
    """What a network does with a batch, in tables that can be run on their own.

    train      all of a step, changes included
    signals    a step without its changes
    forward    activity alone
    score      activity, loss and right answers
    channel    the channel's weights alone, where they are made anew at each step
    widest     neurons of the largest population
    room       bytes of scratch for examples side by side
    """

    train: Table
    signals: Table
    forward: Table
    score: Table
    channel: Table
    memory: MemoryMap
    wires: Wires
    widest: int
    room: int
