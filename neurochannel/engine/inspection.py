"""Single batches, for people who look inside: activity, signals, changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.engine import diagnosis
from neurochannel.engine.feed import make_feed
from neurochannel.engine.gate import Gate
from neurochannel.engine.machine import Machine, read_columns, run
from neurochannel.engine.memory import aligned_zeros
from neurochannel.engine.program import Program, Table
from neurochannel.engine.views import Weights
from neurochannel.kernels.run import Feed, Memory
from neurochannel.model.edges import ERROR

CHUNK = 256


@dataclass(frozen=True)
class Inspector:
    """Runs a machine on examples that are given by hand.

    Parameters
    ----------
    gate
        What checks them.
    """

    machine: Machine
    gate: Gate

    def forward(self, x: ArrayLike) -> dict[str, np.ndarray]:
        """Return the activity of all forward populations, (n, size)."""
        inputs, scale = self.gate.inputs(x)
        program = self.machine.program(CHUNK, labels=True, pixels=False)
        memory = self.machine.memory(program, CHUNK)
        feed = make_feed(inputs, None, scale, self.machine.dtype, self._n_outputs)
        parts = []
        for start in range(0, len(inputs), CHUNK):
            order = np.arange(start, min(start + CHUNK, len(inputs)), dtype=np.uint32)
            run(program.forward, memory, feed, self.machine.course(order, np.ones(1), CHUNK, 0))
            parts.append(read_columns(program, memory, CHUNK, len(order)))
        return {
            population: np.concatenate([part[f"activity:{population}"] for part in parts])
            for population in self.machine.network.forward_order
        }

    def signals(self, x: ArrayLike, t: ArrayLike, update: int) -> dict[str, np.ndarray]:
        """Return the learning signals of one batch, (n, size); update numbers the draws."""
        columns, network = self.buffers(x, t, update), self.machine.network
        signals = {name: columns[f"signal:{name}"] for name in [ERROR, *network.channel_order]}
        return {**signals, network.output: signals[ERROR].copy()}

    def buffers(self, x: ArrayLike, t: ArrayLike, update: int) -> dict[str, np.ndarray]:
        """Return all buffers by name, (n, size), as the learning signals of a batch leave them."""
        program, memory, n = self._run("signals", x, t, update, 0.0, None)
        return read_columns(program, memory, n, n)

    def updates(
        self, x: ArrayLike, t: ArrayLike, update: int, rate: float
    ) -> dict[str, np.ndarray]:
        """Return the changes that one batch asks for, without making them."""
        changes = aligned_zeros(len(self.machine.values), self.machine.dtype)
        self._run("train", x, t, update, rate, changes)
        return self._named(changes)

    def look(
        self, feed: Feed, n: int, update: int, rate: float
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return, by name, the changes that n examples of a feed ask for, and all buffers then."""
        changes = aligned_zeros(len(self.machine.values), self.machine.dtype)
        labels = len(feed.labels) > 0
        program, memory = self._run_feed("train", feed, n, labels, update, rate, changes)
        return self._named(changes), read_columns(program, memory, n, n)

    def step(self, x: ArrayLike, t: ArrayLike, update: int, rate: float) -> None:
        """Make the changes that one batch asks for."""
        self._run("train", x, t, update, rate, self.machine.values)

    def _run(
        self,
        table: str,
        x: ArrayLike,
        t: ArrayLike,
        update: int,
        rate: float,
        changes: np.ndarray | None,
    ) -> tuple[Program, Memory, int]:
        inputs, targets, scale = self.gate.batch(x, t)
        n, labels = len(inputs), targets.ndim == 1
        feed = make_feed(inputs, targets, scale, self.machine.dtype, self._n_outputs)
        return *self._run_feed(table, feed, n, labels, update, rate, changes), n

    def _run_feed(
        self,
        table: str,
        feed: Feed,
        n: int,
        labels: bool,
        update: int,
        rate: float,
        changes: np.ndarray | None,
    ) -> tuple[Program, Memory]:
        program = self.machine.program(n, labels=labels, pixels=False)
        memory = self.machine.memory(program, n, changes)
        course = self.machine.course(np.arange(n, dtype=np.uint32), np.full(1, rate), n, update)
        instructions: Table = getattr(program, table)
        if not run(instructions, memory, feed, course):
            raise diagnosis.describe_batch(
                self.machine, program, memory, (n, n), f"update {update + 1}"
            )
        return program, memory

    @property
    def _n_outputs(self) -> int:
        return self.machine.network.size(ERROR)

    def _named(self, changes: np.ndarray) -> dict[str, np.ndarray]:
        machine, network = self.machine, self.machine.network
        spans, named = machine.spans, dict[str, np.ndarray]()
        weights = Weights(machine)
        for kind, name in (key.split(":", 1) for key in spans):
            stored = spans[f"{kind}:{name}"].view(changes)
            if kind == "bias":
                named[name] = stored
            elif kind == "weights":
                named[name] = weights.matrix(f"{kind}:{name}", weights.shape(name), stored)
            elif name in self._adaptive():
                source, target = name.split(" -> ")
                shape = network.size(source), network.size(target)
                label = f"channel: {name}" if name in named else name
                named[label] = weights.matrix(f"{kind}:{name}", shape, stored)
        return named

    def _adaptive(self) -> set[str]:
        bundles = self.machine.network.channel_bundles
        return {bundle.name for bundle in bundles if bundle.edges.weights == "adaptive"}
