"""Single batches, for people who look inside: activity, signals, changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.engine import diagnosis
from neurochannel.engine.compiler.coder import sent_key
from neurochannel.engine.feed import Feed, make_feed
from neurochannel.engine.gate import Gate
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.machine import Machine
from neurochannel.engine.memory import aligned_zeros
from neurochannel.engine.parameters import bias_of
from neurochannel.engine.streams import FILLED, PER_UPDATE, channel_key
from neurochannel.engine.weight_views import Weights, weight_shape
from neurochannel.engine.workspace import Course, Workspace
from neurochannel.errors import OptionError
from neurochannel.model.edges import ERROR

CHUNK = 256
"""Examples that are predicted at once, as in `scoring`, so that both draw the same."""


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

    def forward(self, x: ArrayLike, update: int) -> dict[str, np.ndarray]:
        """Return the activity of all forward populations, (n, size); update numbers the draws."""
        inputs, units = self.gate.inputs(x)
        feed = make_feed(inputs, None, units, self.machine.dtype, self._n_outputs)
        program = self.machine.program(CHUNK, labels=True, images=feed.images)
        workspace, parts = Workspace(program, CHUNK, self.machine.dtype), []
        for start in range(0, len(inputs), CHUNK):
            order = np.arange(start, min(start + CHUNK, len(inputs)), dtype=np.uint32)
            step = update * PER_UPDATE + start // CHUNK
            course = Course(order, np.ones(1), CHUNK, step)
            self.machine.run(program, "forward", feed, course, workspace)
            parts.append(workspace.columns(len(order)))
        return {
            population: np.concatenate([part[f"activity:{population}"] for part in parts])
            for population in self.machine.network.forward_order
        }

    def repeatable(
        self, x: ArrayLike, update: int
    ) -> tuple[Callable[[], object], dict[str, np.ndarray]]:
        """Return a function that does what `forward` does, and where it leaves the activity.

        Weights may change between its calls, which cost little more than the kernels.
        """
        inputs, units = self.gate.inputs(x)
        machine, n = self.machine, len(inputs)
        feed = make_feed(inputs, None, units, machine.dtype, self._n_outputs)
        program = machine.program(CHUNK, labels=True, images=feed.images)
        workspace = Workspace(program, n, machine.dtype)
        course = Course(np.arange(n, dtype=np.uint32), np.ones(1), n, update * PER_UPDATE)
        columns = workspace.views(n)
        activity = {name: columns[f"activity:{name}"] for name in machine.network.forward_order}
        return machine.prepared(program, "forward", feed, course, workspace), activity

    def signals(self, x: ArrayLike, t: ArrayLike, update: int) -> dict[str, np.ndarray]:
        """Return the learning signals of one batch, (n, size); update numbers the draws."""
        columns, network = self.buffers(x, t, update), self.machine.network
        names = dict.fromkeys([ERROR, *network.starts, *network.channel_order])
        signals = {name: columns[sent_key(network, name)] for name in names}
        own = columns.get(f"signal:{network.output}")
        signals.setdefault(network.output, signals[ERROR].copy() if own is None else own)
        return signals

    def buffers(self, x: ArrayLike, t: ArrayLike, update: int) -> dict[str, np.ndarray]:
        """Return all buffers by name, (n, size), as the learning signals of a batch leave them."""
        workspace, n = self._run("signals", x, t, update, 0.0, None)
        return workspace.columns(n)

    def updates(
        self, x: ArrayLike, t: ArrayLike, update: int, rate: float
    ) -> dict[str, np.ndarray]:
        """Return the changes that one batch asks for, without making them."""
        changes = aligned_zeros(len(self.machine.values), self.machine.dtype)
        self._run("train", x, t, update, rate, changes)
        return self.named(changes)

    def look(
        self, feed: Feed, n: int, update: int, rate: float
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return, by name, the changes that n examples of a feed ask for, and all buffers then."""
        changes = aligned_zeros(len(self.machine.values), self.machine.dtype)
        labels = len(feed.labels) > 0
        workspace = self._run_feed("train", feed, n, labels, update, rate, changes)
        return self.named(changes), workspace.columns(n)

    def step(self, x: ArrayLike, t: ArrayLike, update: int, rate: float, threads: int) -> None:
        """Make the changes that one batch asks for.

        Raises
        ------
        OptionError
            If messages that wait for another update are more than there is room for.
        """
        self._run("train", x, t, update, rate, None, threads)

    def _check_room(self, n: int) -> None:
        most = self.machine.batch_size
        if n > most and FILLED in {key.split(":")[0] for key in self.machine.memory.state}:
            raise OptionError(
                f"a step must have at most {most} examples, the batch_size, where messages are "
                f"late by updates, got {n}; give a larger batch_size, or a delay in examples"
            )

    def _run(
        self,
        table: str,
        x: ArrayLike,
        t: ArrayLike,
        update: int,
        rate: float,
        changes: np.ndarray | None,
        threads: int = 1,
    ) -> tuple[Workspace, int]:
        inputs, targets, units = self.gate.batch(x, t)
        n, labels = len(inputs), targets.ndim == 1
        if table == "train" and changes is None:
            self._check_room(n)
        feed = make_feed(inputs, targets, units, self.machine.dtype, self._n_outputs)
        return self._run_feed(table, feed, n, labels, update, rate, changes, threads), n

    def _run_feed(
        self,
        table: str,
        feed: Feed,
        n: int,
        labels: bool,
        update: int,
        rate: float,
        changes: np.ndarray | None,
        threads: int = 1,
    ) -> Workspace:
        program = self.machine.program(n, labels=labels, images=feed.images)
        workspace = Workspace(program, n, self.machine.dtype, threads)
        course = Course(np.arange(n, dtype=np.uint32), np.full(1, rate), n, update)
        if self.machine.run(program, table, feed, course, workspace, changes) != 0:
            when = f"update {update + 1}"
            raise diagnosis.describe_batch(self.machine, workspace, n, when)
        return workspace

    @property
    def _n_outputs(self) -> int:
        return self.machine.network.size(ERROR)

    def named(self, changes: np.ndarray) -> dict[str, np.ndarray]:
        """Return changes, or values, by bundle and population, each in its own shape."""
        spans, network = self.machine.spans, self.machine.network
        weights, named = Weights(self.machine), dict[str, np.ndarray]()
        for forward in network.forward_bundles:
            if forward.edges.pool:
                continue
            key = kept_weights(network, forward.name)
            stored = spans[key].view(changes)
            named[forward.name] = weights.matrix(key, weights.shape(forward.name), stored)
        for population in network.forward_order:
            key = kept_biases(network, population)
            if bias_of(network, population):
                named[population] = spans[key].view(changes)
        for bundle in network.channel_bundles:
            if bundle.edges.weights == "adaptive":
                key = channel_key(bundle.name)
                shape = weight_shape(network, bundle)
                label = f"channel: {bundle.name}" if bundle.name in named else bundle.name
                named[label] = weights.matrix(key, shape, spans[key].view(changes))
        return named
