"""A network as the engine would start it, with one small batch in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.engine.compiler.limits import APART
from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.gate import Gate
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.inspection import Inspector
from neurochannel.engine.parameters import bias_may_learn, device_rules
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.streams import channel_key
from neurochannel.engine.window_edges import WindowEdges, windows_against
from neurochannel.errors import DivergenceError
from neurochannel.model.edges import ERROR, STARTS
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.device_pulses import Lines, lines_of
from neurochannel.observe.lint.flat_edges import SMALL, FlatEdges, Listed, NeuronFlags
from neurochannel.observe.messages import activity_column, message_column

N_EXAMPLES = 32

Arrays = dict[str, np.ndarray]
Joined = EdgeList | WindowEdges
ONE_BY_ONE = ("tied", "random", "adaptive", "redrawn")
"""Kinds of channel weights that no product of forward weights makes."""


@dataclass(frozen=True)
class FirstBatch:
    """Everything that the rules of lint look at.

    Parameters
    ----------
    run
        The network with its initial weights, in double precision.
    activity
        Of the forward populations, (n, size); may hold numbers that are not finite.
    signals
        Learning signals, (n, size), `error` among them; None if the error is not finite.
    batch
        What went through: inputs and targets.
    """

    run: Simulation
    activity: dict[str, np.ndarray]
    signals: dict[str, np.ndarray] | None
    batch: tuple[ArrayLike, np.ndarray]

    @staticmethod
    def of(compiled: Compiled, batch: ArrayLike | None) -> FirstBatch:
        """Draw the weights and send a batch through; all messages are sent and arrive at once."""
        network = compiled.prompt
        run = compiled.simulation(network)
        n_inputs, n_outputs = network.size(network.input), network.size(ERROR)
        rng = np.random.default_rng(compiled.seed)
        x = rng.random((N_EXAMPLES, n_inputs)) if batch is None else batch
        activity = run.forward(x)
        n = len(activity[network.input])
        if n_outputs > 1:
            t = np.eye(n_outputs)[rng.integers(0, n_outputs, n)]
        elif network.populations[network.output].activation == "softmax":
            t = np.ones((n, 1))
        else:
            t = rng.integers(0, 2, (n, 1)).astype(float)
        try:
            return FirstBatch(run, activity, run.learning_signals(x, t), (x, t))
        except DivergenceError:
            return FirstBatch(run, activity, None, (x, t))

    @property
    def network(self) -> Network:
        """The network."""
        return self.run.network

    def forward_edges(self, name: str) -> Joined | None:
        """Return the single edges of a forward bundle, None for all-to-all."""
        made = self.network.geometries.get(name)
        return WindowEdges(made) if made else self._listed(name)

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {name: self.network.size(name) for name in (*STARTS, *self.network.populations)}

    def nobody(self) -> NeuronFlags:
        """Return flags of all neurons that are off."""
        return NeuronFlags(self._sizes)

    @cached_property
    def forward_wires(self) -> FlatEdges[ForwardEdges]:
        """The small forward bundles in one list."""
        network, listed, others = self.network, list[Listed](), list[Bundle[ForwardEdges]]()
        for bundle in network.forward_bundles:
            edges = None if bundle.name in network.geometries else self._listed(bundle.name)
            if edges is None or edges.n_edges > SMALL:
                others.append(bundle)
            else:
                listed.append(Listed(bundle, edges))
        return FlatEdges.of(listed, others, self._sizes)

    @cached_property
    def channel_wires(self) -> FlatEdges[ChannelEdges]:
        """The small channel bundles that bring something over each of their edges in one list."""
        network, lists = self.network, self.run.machine.edges
        listed, others = list[Listed](), list[Bundle[ChannelEdges]]()
        for bundle in network.channel_bundles:
            own, opposite = lists.get(channel_key(bundle.name)), False
            if own is None and bundle.edges.weights == "tied":
                own, opposite = self._listed(mirror(network, bundle)), True
            plain = bundle.edges.shared is None and bundle.edges.weights in ONE_BY_ONE
            if own is None or not plain or own.n_edges > SMALL or windows_against(network, bundle):
                others.append(bundle)
            else:
                listed.append(Listed(bundle, own, opposite))
        return FlatEdges.of(listed, others, self._sizes)

    def _listed(self, name: str) -> EdgeList | None:
        return self.run.machine.edges.get(kept_weights(self.network, name))

    def channel_edges(self, bundle: Bundle[ChannelEdges]) -> Joined | None:
        """Return the single edges of a channel bundle, None for all-to-all."""
        if bundle.name not in self._channel_edges:
            self._channel_edges[bundle.name] = self._against(bundle)
        return self._channel_edges[bundle.name]

    @cached_property
    def _channel_edges(self) -> dict[str, Joined | None]:
        return {}

    def _against(self, bundle: Bundle[ChannelEdges]) -> Joined | None:
        windows = windows_against(self.network, bundle)
        if windows:
            return windows
        edges = self.run.machine.edges.get(channel_key(bundle.name))
        if edges is None and bundle.edges.weights == "tied":
            listed = self._listed(mirror(self.network, bundle))
            return listed.transposed() if listed else None
        return edges

    def fixed_weights(self, bundle: Bundle[ChannelEdges]) -> np.ndarray | None:
        """Return weights that never change: (n_source, n_receiver), or (n_edges,) if sparse.

        Kernels are left out: each neuron hears most of their weights.
        """
        if bundle.edges.weights != "random" or bundle.edges.shared == "kernel":
            return None
        return self.on_wires(bundle)

    def on_wires(self, bundle: Bundle[ChannelEdges]) -> np.ndarray:
        """Return the weights that a channel bundle keeps, for each wire, kernels aside."""
        kept = self.run.machine.parameter(channel_key(bundle.name))
        if bundle.edges.shared != "maps":
            return kept
        return np.tile(kept, (1, self.network.size(bundle.target) // kept.shape[1]))

    def buffers(self, update: int) -> Arrays:
        """Return all buffers by name, (n, size), as the batch leaves them at some update."""
        machine = self.run.machine
        return Inspector(machine, Gate(self.network, machine.dtype)).buffers(*self.batch, update)

    def response(self, population: str) -> np.ndarray:
        """Return f(S), (n, size), which is the activity but for what neurons do after it."""
        neuron = self.network.populations[population].neuron
        if neuron is None or not neuron.at_output or self.signals is None:
            return self.activity[population]
        return self.buffers(0)[f"response:{population}"]

    def lines(self) -> list[Lines]:
        """Return what goes over the lines of all devices that learn by pulses."""
        return self._lines

    @cached_property
    def _lines(self) -> list[Lines]:
        if self.signals is None or not any(s.step for _, s in device_rules(self.network)):
            return []
        return list(lines_of(self.network, self.run.machine.edges, self.buffers(0)))

    def activities(self, update: int) -> Arrays:
        """Return the activity that arrives over each forward bundle by its name, (n, size)."""
        buffers = self.buffers(update)
        return {name: buffers[column] for name, column in self._activity_columns.items()}

    def messages(self, update: int) -> Arrays:
        """Return what arrives over each channel bundle by its name, (n, size), at some update."""
        buffers = self.buffers(update)
        return {name: buffers[column] for name, column in self._message_columns.items()}

    @cached_property
    def _activity_columns(self) -> dict[str, str]:
        network, buffers = self.network, self.buffers(0)
        bundles = network.forward_bundles
        return {b.name: activity_column(network, b, buffers) for b in bundles}

    @cached_property
    def _message_columns(self) -> dict[str, str]:
        network, buffers = self.network, self.buffers(0)
        bundles = network.channel_bundles
        return {b.name: message_column(network, b, buffers) for b in bundles}

    def received(self, population: str, update: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the sums that arrive at a population, and what its limits leave of them."""
        buffers = self.buffers(update)
        both = [
            np.concatenate(
                [
                    buffers[name]
                    for e in ("", APART)
                    if (name := f"{what}:{population}{e}") in buffers
                ]
            )
            for what in ("received", "heard")
        ]
        return both[0], both[1]

    def learners(self) -> NeuronFlags:
        """Tell which neurons of forward populations have a weight or bias that may learn."""
        network, wires, flags = self.network, self.forward_wires, self.nobody()
        for name in network.forward_order:
            flags[name][:] = bias_may_learn(network, name)
        learn = wires.each(one.bundle.edges.learn for one in wires.listed)
        flags.flat[wires.receivers[learn]] = True
        for bundle in wires.others.bundles:
            if bundle.edges.learn and not bundle.edges.pool:
                everyone = np.ones(network.size(bundle.source), bool)
                flags[bundle.target] |= onward(
                    everyone, self.forward_edges(bundle.name), network.size(bundle.target)
                )
        return flags


def onward(sources: np.ndarray, edges: Joined | None, n_target: int) -> np.ndarray:
    """Return which receivers have an edge from a chosen source, (n_target,) bool."""
    if isinstance(edges, WindowEdges):
        return edges.onward(sources)
    if edges is None:
        return np.full(n_target, bool(sources.any()))
    reached = np.zeros(n_target, bool)
    reached[edges.receivers[np.repeat(sources, np.diff(edges.start))]] = True
    return reached


def backward(receivers: np.ndarray, edges: Joined | None, n_source: int) -> np.ndarray:
    """Return which sources have an edge to a chosen receiver, (n_source,) bool."""
    if isinstance(edges, WindowEdges):
        return edges.backward(receivers)
    if edges is None:
        return np.full(n_source, bool(receivers.any()))
    reached = np.zeros(n_source, bool)
    reached[edges.sources[receivers[edges.receivers]]] = True
    return reached
