"""Runs programs: owns the values and buffers of one network, and calls the interpreter."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurochannel.engine.compiler import compile_program
from neurochannel.engine.edgelists import EdgeList, draw_edges
from neurochannel.engine.feed import make_feed
from neurochannel.engine.memory import Span, Wires, aligned_zeros
from neurochannel.engine.parameters import draw_parameters
from neurochannel.engine.program import Program, Table
from neurochannel.errors import OptionError
from neurochannel.kernels.jit import note_compiled
from neurochannel.kernels.run import Course, Feed, Memory, run_program
from neurochannel.model.network import Network


@dataclass
class Machine:
    """A network with its weights, ready to run.

    Parameters
    ----------
    network
        With all sizes known.
    seed, dtype
        Of all random draws; of all numbers.
    edges
        The sparse bundles' edges, drawn from the seed if not given.
    """

    network: Network
    seed: int
    dtype: np.dtype
    edges: dict[str, EdgeList] = field(default_factory=dict)
    values: np.ndarray = field(init=False)
    _wires: Wires = field(default_factory=Wires, init=False)
    _programs: dict[tuple[int, bool, bool], Program] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.edges = self.edges or draw_edges(self.network, self.seed)
        program = self.program(1, labels=True, pixels=False)
        self.values = aligned_zeros(program.memory.n_values, self.dtype)
        draw_parameters(self.network, self.edges, program.memory, self.seed, self.values)
        self.edges = {key: self._as_stored(key, edges) for key, edges in self.edges.items()}

    def _as_stored(self, key: str, edges: EdgeList) -> EdgeList:
        """Let an edge list be views of the wires, so that it is not kept twice."""
        if key not in self._wires:
            return edges
        start, receivers = self._wires.stored(key, edges.n_source + 1, edges.n_edges)
        return EdgeList(start, receivers, edges.n_target)

    @property
    def spans(self) -> dict[str, Span]:
        """Where each parameter lies among the values, by key."""
        return self.program(1, labels=True, pixels=False).memory.values

    def program(self, batch_size: int, *, labels: bool, pixels: bool) -> Program:
        """Return the program for batches of this size, compiling it at the first request."""
        key = batch_size, labels, pixels
        if key not in self._programs:
            self._programs[key] = compile_program(
                self.network,
                self.edges,
                batch_size,
                labels=labels,
                pixels=pixels,
                wires=self._wires,
            )
        return self._programs[key]

    def parameter(self, key: str) -> np.ndarray:
        """Return a parameter as a view of the values, in its own shape."""
        return self.spans[key].view(self.values)

    def load(self, parameters: dict[str, np.ndarray]) -> None:
        """Replace all parameters.

        Raises
        ------
        OptionError
            If a key is missing or unknown, or a shape or number does not fit.
        """
        if parameters.keys() != self.spans.keys():
            odd = sorted(parameters.keys() ^ self.spans.keys())
            raise OptionError(f"parameters must be those of the network; '{odd[0]}' is not in both")
        for key, array in parameters.items():
            target = self.parameter(key)
            if array.shape != target.shape:
                raise OptionError(f"'{key}' must have shape {target.shape}, got {array.shape}")
            target[:] = array

    def channel_matrix(self, key: str, update: int) -> np.ndarray:
        """Return channel weights that are made at each step, as update number `update` has them."""
        program = self.program(1, labels=True, pixels=False)
        course = self.course(np.zeros(1, np.uint32), np.ones(1), 1, update)
        empty = make_feed(np.zeros((1, 1)), None, 1.0, self.dtype, 1)
        run(program.channel, self.memory(program, 1), empty, course)
        return program.memory.scratch[key].view(self.values)

    def memory(
        self, program: Program, batch_size: int, changes: np.ndarray | None = None
    ) -> Memory:
        """Lay out what a program works on; changes go to the values themselves unless given."""
        return Memory(
            buffers=aligned_zeros(program.memory.n_columns * batch_size, self.dtype),
            values=self.values,
            changes=self.values if changes is None else changes,
            wires=program.wires.array,
            active=np.zeros(program.widest, np.uint32),
            amount=np.zeros(program.widest, self.dtype),
            numbers=np.arange(program.widest, dtype=np.uint32),
            lanes=aligned_zeros(program.room // self.dtype.itemsize, self.dtype),
            totals=np.zeros(2, np.float64),
        )

    def course(
        self, order: np.ndarray, rates: np.ndarray, batch_size: int, update: int, start: int = 0
    ) -> Course:
        """Plan which examples meet which rate."""
        return Course(
            order=order,
            rates=rates,
            batch_size=batch_size,
            start=start,
            seed=np.uint64(self.seed),
            update=np.uint64(update),
            control=np.array([0, start], np.int64),
        )


def run(table: Table, memory: Memory, feed: Feed, course: Course) -> bool:
    """Run a table over a course; False if an error was not finite."""
    finite = bool(run_program(table.rows, table.reals, memory, feed, course))
    note_compiled(str(memory.values.dtype))
    return finite


def read_columns(
    program: Program, memory: Memory, batch_size: int, n: int
) -> dict[str, np.ndarray]:
    """Return copies of all buffers, (n, width), by name."""
    return {
        name: memory.buffers[column.start * batch_size :][: n * column.width]
        .reshape(n, column.width)
        .copy()
        for name, column in program.memory.columns.items()
    }
