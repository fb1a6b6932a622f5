"""What the parts of the compiler share: places by meaning, and calls by what they do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from neurochannel.engine.activations import activation_of
from neurochannel.engine.compiler.edge_operands import edge_spans, kernel_of_edges
from neurochannel.engine.compiler.joining import Joined, joined_bundles
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.memory import Column, MemoryMap, Span
from neurochannel.engine.program import Call, Paths, call
from neurochannel.engine.streams import weights_key
from neurochannel.kernels import blas, dense, wires
from neurochannel.kernels.activation import Activation
from neurochannel.kernels.declare import Kernel
from neurochannel.model.edges import ERROR, PREDICTION
from neurochannel.model.limits.of_neurons import Neuron
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network

IDEAL = Neuron()


def sent_key(network: Network, source: str) -> str:
    """Name the numbers that channel edges carry: R of a population, or E, T or O of the output."""
    return f"activity:{network.output}" if source == PREDICTION else f"signal:{source}"


def read_name(reader: str) -> str:
    """Name the weights that a reader, a bundle or bias, sees; draws are named the same."""
    return f"read:{reader}"


@dataclass(frozen=True)
class Coder:
    """A network being compiled: where its numbers lie and how they are named."""

    network: Network
    edges: dict[str, EdgeList]
    memory: MemoryMap
    paths: Paths

    @cached_property
    def joined(self) -> Joined:
        """The bundles that share lists of edges."""
        return joined_bundles(self.network, self.edges, self.memory)

    # -- populations ------------------------------------------------------------------------

    def function(self, population: str) -> tuple[Activation, float]:
        """Return (activation, MU) of a population."""
        return activation_of(self.network.populations[population])

    def neuron(self, population: str) -> Neuron:
        """How the neurons of a population differ from ideal ones."""
        return self.network.populations[population].neuron or IDEAL

    def activity(self, population: str) -> Column:
        """Place of the activity O; that of a relay is what comes back to it."""
        of_channel = population in self.network.relays
        return self._column("activity", population, of_channel)

    def response(self, population: str) -> Column:
        """Place of f(S): the activity's own, but where O is something else."""
        if self.neuron(population).at_output:
            return self._column("response", population)
        return self.activity(population)

    def between(self, population: str) -> Column:
        """Place of what is neither f(S) any more nor O yet."""
        return self._column("between", population)

    def total(self, population: str) -> Column:
        """Place of the total input S: the response's own where S is not needed after f(S) is."""
        scored = population == self.network.output and self.network.loss_name != "squared_error"
        if self.function(population)[0].from_total or scored:
            return self._column("total", population, population in self.network.relays)
        return self.response(population)

    def is_apart(self, population: str) -> bool:
        """Tell whether f' is taken elsewhere than at what reaches f."""
        return self.neuron(population).is_apart

    def slope_places(self, population: str) -> tuple[Column, Column]:
        """Places of S and f(S) at which f' is taken."""
        if not self.is_apart(population):
            return self.total(population), self.response(population)
        activity = self._column("ideal response", population)
        if self.function(population)[0].from_total:
            return self._column("ideal total", population), activity
        return activity, activity

    def signal(self, population: str) -> Column:
        """Place of the learning signal R; the output's is the error E if no edges lead there.

        Where some neurons of the output, or all of them at times, do not learn, it has its own.
        """
        if self.neuron(population).of_signal:
            return self._column("signal", population, True)
        return self.sent(self.network.signal_of(population))

    def clock(self, population: str) -> Column | None:
        """Place of the ticks of a population's clock, one for each example; None without one."""
        neuron = self.neuron(population)
        taught = self.learns(population) or population in self.adapting
        if neuron.clock == 1 or not taught:
            return None
        return self.memory.column(f"clock:{population}", population, 1, of_channel=True)

    def adapted(self, population: str) -> Column:
        """Place of the activity that adaptive edges into a population learn from."""
        if self.clock(population) is None:
            return self.activity(population)
        return self._column("adapted", population, True)

    def sent(self, source: str) -> Column:
        """Place of what channel edges carry: R of a population, or E, T or O of the output."""
        if source == PREDICTION:
            return self.activity(self.network.output)
        return self._column("signal", source, source != ERROR)

    def _column(self, what: str, population: str, of_channel: bool = False) -> Column:
        n = self.network.size(population)
        return self.memory.column(f"{what}:{population}", population, n, of_channel=of_channel)

    def learns(self, population: str) -> bool:
        """Tell whether a learning signal reaches a population."""
        network = self.network
        return population == network.output or bool(network.channel_at.into(population))

    def falls_silent(self, population: str) -> bool:
        """Tell whether many neurons of a population may be exactly 0."""
        return self.function(population)[0].falls_silent or population == self.network.input

    def activate(self, population: str, place: Column) -> list[Call]:
        """Turn a total input into activity, where it lies."""
        kind, mu = self.function(population)
        return [call(kind.activate, activity=place, mu=mu)] if kind.activate else []

    def gate(self, population: str, signal: Column) -> list[Call]:
        """Multiply a signal by f'(S) of a population."""
        kind, mu = self.function(population)
        if kind.gate is None:
            return []
        total, activity = self.slope_places(population)
        return [call(kind.gate, total=total, activity=activity, signal=signal, mu=mu)]

    def read(self, key: str, reader: str = "") -> Span:
        """Place of weights as they are read: those of `reading_code` where that is noisy."""
        memory = self.memory
        return memory.scratch.get(read_name(reader or key), memory.values[key])

    # -- bundles ----------------------------------------------------------------------------

    def wires(self, key: str) -> dict[str, Any]:
        """Return the operands that say which edges a sparse bundle has."""
        return edge_spans(self.memory.wires, key, self.edges[key])

    def over_edges(self, what: str, key: str) -> tuple[Kernel, dict[str, Any]]:
        """Return the kernel that does this with the edges of a bundle, and their lists."""
        wires, edges = self.memory.wires, self.edges[key]
        return kernel_of_edges(what, wires, key, edges, self.paths.lanes)

    def deliver(
        self,
        key: str,
        source: Column,
        weight: Span,
        total: Column,
        silent: bool,
        lossy: dict[str, Any] | None = None,
    ) -> Call:
        """total += source weight, over the edges of a bundle.

        Parameters
        ----------
        key
            The bundle whose edges they are.
        silent
            Whether many sources may be exactly 0.
        lossy
            Operands of kernels whose wires lose what they carry.
        """
        operands = {"source": source, "weight": weight, "total": total}
        if lossy:
            made, listed = wires.deliver_lossy_rows, dict[str, Any]()
            if key in self.edges:
                made, listed = wires.deliver_lossy_edges, self.wires(key)
            return call(made, **operands, **listed, **lossy)
        if key in self.edges:
            made, listed = self.over_edges("deliver", key)
            return call(made, **operands, **listed)
        if self.paths.gemm:
            return call(blas.deliver_gemm, **operands, first=0, columns=total.width)
        return call(dense.deliver_active_rows if silent else dense.deliver_rows, **operands)

    def deliver_back(
        self,
        key: str,
        source: Column,
        weight: Span,
        total: Column,
        lossy: dict[str, Any] | None = None,
    ) -> Call:
        """total += source weight', against the edges of a bundle."""
        operands = {"source": source, "weight": weight, "total": total}
        if lossy:
            made, listed = wires.deliver_lossy_rows_back, dict[str, Any]()
            if key in self.edges:
                made, listed = wires.deliver_lossy_edges_back, self.wires(key)
            return call(made, **operands, **listed, **lossy)
        if key in self.edges:
            made, listed = self.over_edges("back", key)
            return call(made, **operands, **listed)
        if self.paths.gemm:
            return call(blas.deliver_tied_gemm, **operands, first=0)
        return call(dense.deliver_tied_rows, **operands)

    def reads_pixels(self, bundle: Bundle[ForwardEdges]) -> bool:
        """Tell whether a bundle uses the sparse copy of the inputs.

        One that is limited by example together with others does not.
        """
        key = kept_weights(self.network, bundle.name)
        all_to_all = key not in self.edges and not bundle.edges.rule
        limits, update = bundle.edges.message, bundle.edges.update
        if bundle.edges.share and update and update.by_example:
            return False
        joined = weights_key(bundle.name) in self.joined.keys
        plain = all_to_all and not joined and not (limits and limits.active)
        return self.paths.pixels and plain and bundle.source == self.network.input

    @property
    def adapting(self) -> set[str]:
        """Populations that adaptive channel weights lead to."""
        bundles = self.network.channel_bundles
        return {b.target for b in bundles if b.edges.weights == "adaptive"}

    def served(self, relay: str) -> list[Bundle[ChannelEdges]]:
        """Return the bundles from a relay to forward populations."""
        relays = self.network.relays
        return [b for b in self.network.channel_at.out_of(relay) if b.target not in relays]

    def reads_dense_input(self) -> bool:
        """Tell whether any call needs the inputs as a matrix."""
        entry, bundles = self.network.input, self.network.forward_bundles
        if any(b.source == entry and not self.reads_pixels(b) for b in bundles):
            return True
        heard = (
            {name} if name not in self.network.relays else {b.target for b in self.served(name)}
            for name in self.adapting
        )
        return any(entry in names for names in heard)
