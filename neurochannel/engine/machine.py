"""Runs programs: owns the values and the state of one network, and calls the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field

import numpy as np

from neurochannel.data.units import NUMBERS
from neurochannel.engine.chip import draw_maps, map_views
from neurochannel.engine.compiler import compile_program
from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.paths import choose_paths
from neurochannel.engine.compiler.shares import Share
from neurochannel.engine.compiler.updates import update_code
from neurochannel.engine.device_places import fill_constants, settle
from neurochannel.engine.edgelists import EdgeList, draw_edges
from neurochannel.engine.feed import AT_REST, Feed, make_feed
from neurochannel.engine.memory import MemoryMap, Span, Wires, aligned_zeros
from neurochannel.engine.parameters import draw_parameters
from neurochannel.engine.program import Call, Paths, Program
from neurochannel.engine.streams import channel_key, stream
from neurochannel.engine.threads import load_blas, processors
from neurochannel.engine.together import SharedStep, cut, parts_for, run_together
from neurochannel.engine.workspace import Course, Workspace
from neurochannel.errors import OptionError
from neurochannel.kernels.declare import BATCH
from neurochannel.kernels.driver import drive, drive_plainly
from neurochannel.kernels.entry import entry_address, plain_entry
from neurochannel.kernels.jit import is_uncompiled
from neurochannel.model.edges import ChannelEdges
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
    chip_seed
        Of the chip's maps; the seed if not given.
    batch_size
        Most examples of an update.
    first
        Examples of the batch whose program is compiled first, and whether its targets are labels.

    Attributes
    ----------
    values
        Weights of both channels, biases, the chip's maps and scratch, flat.
    state
        Other state that lasts beyond a batch, flat; starts at 0.
    """

    network: Network
    seed: int
    dtype: np.dtype
    edges: dict[str, EdgeList] = field(default_factory=dict)
    chip_seed: int | None = None
    batch_size: int = 1
    first: tuple[int, bool] = (1, True)
    values: np.ndarray = field(init=False)
    state: np.ndarray = field(init=False)
    _wires: Wires = field(default_factory=Wires, init=False)
    _programs: dict[Paths, Program] = field(default_factory=dict, init=False)
    _calls: dict[tuple[Paths, str], np.ndarray] = field(default_factory=dict, init=False)
    _steps: dict[tuple[Paths, str, int], tuple[SharedStep, np.ndarray, tuple[np.ndarray, ...]]] = (
        field(default_factory=dict, init=False)
    )

    def __post_init__(self) -> None:
        self.edges = self.edges or draw_edges(self.network, self.seed)
        memory = self.memory
        self.values = aligned_zeros(memory.n_values, self.dtype)
        self.state = aligned_zeros(memory.n_state, self.dtype)
        draw_parameters(self.network, self.edges, memory, self.seed, self.values)
        draw_maps(memory, self._chip_seed, self.values)
        fill_constants(self.network, memory, self.values)
        self._take_signs()
        self.settle()
        self.edges = {key: self._as_stored(key, edges) for key, edges in self.edges.items()}

    def _take_signs(self) -> None:
        """Give congruent weights the signs that concordant ones have at this moment."""
        network, edges = self.network, list[ChannelEdges]()
        for own in network.channel:
            congruent = own.weights == "congruent"
            edges.append(own.model_copy(update={"weights": "concordant"}) if congruent else own)
        if edges == list(network.channel):
            return
        concordant = Machine(
            network.model_copy(update={"channel": edges}),
            self.seed,
            self.dtype,
            self.edges,
            self.chip_seed,
        )
        for bundle in network.channel_bundles:
            if bundle.edges.weights == "congruent":
                key = channel_key(bundle.name)
                self.parameter(key)[:] = concordant.channel_matrix(key, 0)

    def _as_stored(self, key: str, edges: EdgeList) -> EdgeList:
        """Let an edge list be views of the wires, so that it is not kept twice."""
        if key not in self._wires:
            return edges
        start, receivers = self._wires.stored(key, edges.n_source + 1, edges.n_edges)
        return EdgeList(start, receivers, edges.n_target)

    @property
    def memory(self) -> MemoryMap:
        """Where everything lies; parameters, scratch and state do so alike in all programs."""
        batch_size, labels = self.first
        return self.program(batch_size, labels=labels).memory

    @property
    def spans(self) -> dict[str, Span]:
        """Where each parameter lies among the values, by key."""
        return self.memory.values

    def program(
        self,
        batch_size: int,
        *,
        labels: bool,
        pixels: bool = False,
        images: bool = False,
        moved: bool = False,
    ) -> Program:
        """Return the program for batches of this size, compiling it at the first request."""
        paths = choose_paths(batch_size, labels=labels, pixels=pixels, images=images, moved=moved)
        if paths not in self._programs:
            if paths.gemm and not is_uncompiled():
                load_blas()
            self._programs[paths] = compile_program(
                self.network, self.edges, paths, self._wires, self.batch_size
            )
        return self._programs[paths]

    def alike(self) -> Machine:
        """Return a machine with the same edges and programs, and with numbers of its own."""
        made = copy(self)
        made.values, made.state = _copied(self.values), _copied(self.state)
        return made

    def parameter(self, key: str) -> np.ndarray:
        """Return a parameter as a view of the values, in its own shape."""
        return self.spans[key].view(self.values)

    def states(self) -> dict[str, np.ndarray]:
        """Return other state that lasts beyond a batch as views, by key."""
        memory = self.memory
        apart = {key: span.view(self.state) for key, span in memory.state.items()}
        return apart | {key: span.view(self.values) for key, span in memory.kept.items()}

    @property
    def _chip_seed(self) -> int:
        return self.seed if self.chip_seed is None else self.chip_seed

    def settle(self, *keys: str) -> None:
        """Bring weights that were set to where their devices can be: those of keys, or all."""
        seeds = self._chip_seed, self.seed
        settle(self.network, self.memory, seeds, self.values, *keys)

    def maps(self) -> dict[str, np.ndarray]:
        """Return the chip's maps by name, read-only."""
        return map_views(self.memory, self.values)

    def load(self, parameters: Mapping[str, np.ndarray], states: Mapping[str, np.ndarray]) -> None:
        """Replace all parameters and all state.

        Raises
        ------
        OptionError
            If a key is missing or unknown, or a shape or number does not fit.
        """
        _load("parameters", parameters, {key: self.parameter(key) for key in self.spans})
        _load("state", states, self.states())

    def channel_matrix(self, key: str, update: int) -> np.ndarray:
        """Return channel weights that are made at each step, as update number `update` has them."""
        program = self.program(1, labels=True)
        course = Course(np.zeros(1, np.uint32), np.ones(1), 1, update)
        empty = make_feed(np.zeros((1, 1)), None, NUMBERS, self.dtype, 1)
        self.run(program, "channel", empty, course)
        return program.memory.scratch[key].view(self.values)

    def run(
        self,
        program: Program,
        table: str,
        feed: Feed,
        course: Course,
        workspace: Workspace | None = None,
        changes: np.ndarray | None = None,
    ) -> int:
        """Run a table of a program over a course; return 0, or what a kernel ended it with.

        Parameters
        ----------
        workspace
            A new one, for one thread, if left out.
        changes
            Zeros like the values, to which changes are added, and not to the values: a dry run,
            which leaves the state alone as well.

        Notes
        -----
        Where the workspace is one for several threads and there is enough to do, they share each
        batch. How it is cut into parts does not depend on how many processors there are.
        """
        return self.prepared(program, table, feed, course, workspace, changes)()

    def prepared(
        self,
        program: Program,
        table: str,
        feed: Feed,
        course: Course,
        workspace: Workspace | None = None,
        changes: np.ndarray | None = None,
    ) -> Callable[[], int]:
        """Return a function that does what `run` does, as often as it is called.

        The addresses of all arrays are looked up once, so that a call costs little more than the
        kernels: their contents may change between calls, they themselves may not.
        """
        workspace = workspace or Workspace(program, course.batch_size, self.dtype)
        state = self.state if changes is None else self.state.copy()
        rooms = {
            **workspace.arrays,
            **feed.arrays,
            "values": self.values,
            "changes": self.values if changes is None else changes,
            "state": state,
            "wires": program.memory.wires.array,
        }
        alive = rooms, workspace
        where = (course.order, course.rates, course.start, course.control)
        parts = parts_for(program, table, course.batch_size, workspace.threads)
        if parts > 1 and not is_uncompiled():
            batches = [
                self._batch(program, rooms | workspace.own(thread), feed, course)
                for thread in range(min(parts, processors()))
            ]
            calls = self._shared_calls(program, table, parts)
            return lambda: _kept(alive, run_together(*calls, batches, where))
        batch = self._batch(program, rooms | workspace.own(0), feed, course)
        if is_uncompiled():
            plain = self._plain_calls(program, table)
            return lambda: _kept(alive, drive_plainly(plain, batch, *where))
        compiled = self._compiled_calls(program, table)
        return lambda: _kept(alive, int(drive(compiled, batch, *where)))

    def _batch(
        self, program: Program, rooms: dict[str, np.ndarray], feed: Feed, course: Course
    ) -> np.ndarray:
        batch = np.zeros(1, BATCH)
        for name, array in rooms.items():
            batch[name] = array.ctypes.data
        batch["n_rows"], batch["n_pixels"] = feed.n_rows, feed.n_pixels
        batch["capacity"], batch["widest"] = course.batch_size, program.widest
        batch["worth"], batch["seed"], batch["update"] = feed.worth, self.seed, course.update
        moves = feed.moves if course.epoch >= 0 else AT_REST
        for name in ("height", "width", "maps", "shift", "flip"):
            batch[name] = getattr(moves, name)
        batch["moves"] = stream("moves") if moves.any else 0
        batch["epoch"] = max(course.epoch, 0)
        return batch

    def _compiled_calls(self, program: Program, table: str) -> np.ndarray:
        key = program.paths, table
        if key not in self._calls:
            self._calls[key] = self._addresses(program.calls(table), program.records(table))
        return self._calls[key]

    def _shared_calls(
        self, program: Program, table: str, parts: int
    ) -> tuple[SharedStep, np.ndarray]:
        key = program.paths, table, parts
        if key not in self._steps:
            coder = Coder(self.network, self.edges, program.memory, program.paths)
            step = cut(program, table, parts, lambda part: update_code(coder, Share(part, parts)))
            records = tuple(made.new_record() for made in step.calls)
            self._steps[key] = step, self._addresses(step.calls, records), records
        step, calls, _ = self._steps[key]
        return step, calls

    def _addresses(self, calls: Iterable[Call], records: Iterable[np.ndarray]) -> np.ndarray:
        entries, found = dict[str, int](), list[tuple[int, int]]()
        for call, record in zip(calls, records, strict=True):
            if call.kernel not in entries:
                entries[call.kernel] = entry_address(call.declared, self.dtype.name)
            found.append((entries[call.kernel], record.ctypes.data))
        return np.array(found, np.int64).reshape(-1, 2)

    def _plain_calls(
        self, program: Program, table: str
    ) -> list[tuple[Callable[[int, int], int], int]]:
        kernels = [call.declared for call in program.calls(table)]
        return [
            (plain_entry(kernel, self.dtype.name), record.ctypes.data)
            for kernel, record in zip(kernels, program.records(table), strict=True)
        ]


def _copied(numbers: np.ndarray) -> np.ndarray:
    made = aligned_zeros(len(numbers), numbers.dtype)
    made[:] = numbers
    return made


def _kept(alive: object, status: int) -> int:
    """Return a status; arrays, of which a batch has the addresses only, stay alive until then."""
    return status


def _load(what: str, given: Mapping[str, np.ndarray], own: dict[str, np.ndarray]) -> None:
    if given.keys() != own.keys():
        odd = sorted(given.keys() ^ own.keys())
        raise OptionError(f"{what} must be those of the network; '{odd[0]}' is not in both")
    for key, array in given.items():
        if array.shape != own[key].shape:
            raise OptionError(f"'{key}' must have shape {own[key].shape}, got {array.shape}")
    for key, array in given.items():
        own[key][:] = array
