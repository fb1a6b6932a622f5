"""A program: calls of kernels by name, in phases, and the memory map that they refer to.

It is plain data: it can be pickled, and serves all batch sizes that use the same paths, all seeds,
dry runs, copies and threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from neurochannel.engine.memory import POOL, Column, MemoryMap, Place
from neurochannel.kernels.declare import KERNELS, PULSE_KEYS, Kernel

TABLES = {
    "train": ("reading", "weights", "forward", "error", "channel", "updates", "memory"),
    "signals": ("reading", "weights", "forward", "error", "channel"),
    "forward": ("rereading", "prediction"),
    "score": ("rereading", "prediction", "difference", "score"),
    "channel": ("reading", "weights"),
}
"""What can be run on its own: a whole step, after which messages that wait are kept; a step without
its changes; activity alone; activity,
loss and right answers; the weights of the channel where they are made at each step."""


class Paths(NamedTuple):
    """Which of several equivalent kernels a program takes.

    Parameters
    ----------
    gemm
        BLAS for all-to-all bundles, rather than row by row.
    lanes
        Many examples side by side for single edges, rather than one after the other.
    pixels
        The sparse copy of the inputs.
    labels
        Targets are class labels rather than activities.
    images
        Inputs are bytes.
    moved
        Images move.
    """

    gemm: bool
    lanes: bool
    pixels: bool
    labels: bool
    images: bool
    moved: bool


@dataclass(frozen=True)
class Call:
    """One call of a kernel.

    Parameters
    ----------
    kernel
        Its name.
    places
        Where its arrays lie, by the names of its operands.
    numbers
        Its counts and numbers by name.
    stage
        The limit that it carries out, if it does.
    members
        The bundles that it serves, where they are joined.
    """

    kernel: str
    places: dict[str, Place]
    numbers: dict[str, int | float]
    stage: Any = None
    members: tuple[Any, ...] = ()

    @property
    def declared(self) -> Kernel:
        """The kernel and its declaration."""
        return KERNELS[self.kernel]

    @cached_property
    def counts(self) -> dict[str, int]:
        """The counts of its shapes by name."""
        return {name: int(self.numbers[name]) for name in self.declared.counts}

    def record(self) -> list[int | float]:
        """Return the operands in the order of the kernel's record."""
        kernel = self.declared
        starts: list[int | float] = [self.places[name].start for name in kernel.arrays]
        named = (*kernel.counts, *kernel.numbers)
        return starts + [self.numbers[name] for name in named]

    def new_record(self) -> np.ndarray:
        """Return the operands as the kernel's record, (1,)."""
        return np.array([tuple(self.record())], self.declared.record)


def call(kernel: Kernel | str, stage: Any = None, **operands: Any) -> Call:
    """Return a call of a kernel; counts follow from the places of its operands.

    Parameters
    ----------
    kernel
        A kernel or its name.
    **operands
        A `Span` or `Column` for each array, a number for each number, and any count that no place
        tells or that is not the place's own.
    """
    declared = KERNELS[kernel] if isinstance(kernel, str) else kernel
    places, numbers = {}, dict[str, int | float]()
    for name, array in declared.arrays.items():
        place = places[name] = operands.pop(name)
        for count, size in zip(array.shape, _extents(place, len(array.shape)), strict=True):
            if not count.endswith("+1"):
                numbers.setdefault(count, size)
    numbers |= operands
    missing = {*declared.counts, *declared.numbers} - numbers.keys()
    assert not missing, f"a call of {declared.name} lacks {sorted(missing)}"
    return Call(declared.name, places, numbers, stage)


def _extents(place: Place, n_axes: int) -> tuple[int, ...]:
    """Return the counts that a place stands for: rows and stride, or a number of elements."""
    if isinstance(place, Column):
        return (place.width,)
    if n_axes == 1:
        return (place.n,)
    rows = place.shape[0] if len(place.shape) > 1 else 1
    return rows, place.stride


@dataclass(frozen=True)
class Program:
    """What a network does with a batch.

    Parameters
    ----------
    phases
        Calls by phase; `TABLES` says which phases make what can be run.
    memory
        Where everything lies.
    paths
        Which kernels were taken where several do the same.
    widest
        Neurons of the largest population, or rows of weights where there are more of them.
    lanes
        Bytes of scratch for examples side by side.
    """

    phases: dict[str, tuple[Call, ...]]
    memory: MemoryMap
    paths: Paths
    widest: int
    lanes: int
    _records: dict[str, tuple[np.ndarray, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def pulses(self) -> bool:
        """Whether any kernel needs room for pulses."""
        kernels = {call.declared for calls in self.phases.values() for call in calls}
        return any(PULSE_KEYS in kernel.arguments.values() for kernel in kernels)

    def calls(self, table: str) -> Iterator[Call]:
        """Yield the calls of a table in order."""
        for phase in TABLES[table]:
            yield from self.phases[phase]

    def records(self, table: str) -> tuple[np.ndarray, ...]:
        """Return the records of the calls of a table, made once."""
        if table not in self._records:
            self._records[table] = tuple(call.new_record() for call in self.calls(table))
        return self._records[table]


def unset_reads(program: Program, table: str) -> list[str]:
    """Return what calls of a table read before anything in it was set: it should be nothing.

    Parameters, maps and state are set at the start, and changes that wait apart are 0 then and
    after each step.
    """
    memory = program.memory
    born = {*memory.values, *memory.kept, *memory.maps, *memory.constants}
    born |= {*memory.state, *memory.wires.spans, *memory.joint, POOL}
    born |= {name for name in memory.scratch if name.startswith("change:")}
    found = []
    for one in program.calls(table):
        arrays = one.declared.arrays
        for name, place in one.places.items():
            if arrays[name].access != "sets" and place.name not in born:
                found.append(f"{one.kernel} reads {place.name}")
        born |= {one.places[name].name for name in arrays if arrays[name].access == "sets"}
    return found
