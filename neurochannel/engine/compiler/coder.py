"""What the parts of the compiler share: addresses by meaning, and the choice between kernels."""

from __future__ import annotations

from dataclasses import dataclass

from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.memory import MemoryMap
from neurochannel.engine.program import Instruction
from neurochannel.engine.streams import weights_key
from neurochannel.kernels import activation
from neurochannel.kernels.lanes import MOST_BYTES
from neurochannel.kernels.opcodes import ACTIVE_ROWS, EACH, GEMM, LANES, ROWS, Op
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network

GEMM_FROM = 16
"""Smallest batch for which a call of BLAS beats row kernels."""

LANES_FROM = 3
"""Smallest batch for which single edges take many examples side by side."""

_ACTIVATIONS = {
    "linear": activation.LINEAR,
    "logistic": activation.LOGISTIC,
    "tanh": activation.TANH,
    "relu": activation.RELU,
    "softmax": activation.SOFTMAX,
}


@dataclass(frozen=True)
class Coder:
    """A network being compiled: where its numbers lie and how they are named."""

    network: Network
    edges: dict[str, EdgeList]
    memory: MemoryMap
    batch_size: int
    labels: bool
    pixels: bool

    def function(self, population: str) -> tuple[int, float]:
        """Return (kind, mu) of a population's activation."""
        described = self.network.populations[population]
        if described.exponent is not None:
            return activation.POWER, described.exponent
        return _ACTIVATIONS[described.activation], 0.0

    def activity(self, population: str) -> int:
        """Address of the activity O."""
        return self.memory.column(f"activity:{population}", self.network.size(population)).start

    def total(self, population: str) -> int:
        """Address of the total input S: the activity's own, unless f' cannot be had from O."""
        if self.function(population)[0] != activation.POWER:
            return self.activity(population)
        return self.memory.column(f"total:{population}", self.network.size(population)).start

    def signal(self, population: str) -> int:
        """Address of the learning signal R; the output's is the error E."""
        name = ERROR if population == self.network.output else population
        return self.memory.column(f"signal:{name}", self.network.size(name)).start

    def learns(self, population: str) -> bool:
        """Tell whether a learning signal reaches a population."""
        return population == self.network.output or population in self.network.channel_order

    def path(self, silent: bool) -> int:
        """Choose the kernel of an all-to-all bundle whose sources may be silent, or never are."""
        if self.batch_size >= GEMM_FROM:
            return GEMM
        return ACTIVE_ROWS if silent else ROWS

    def falls_silent(self, population: str) -> bool:
        """Tell whether many neurons of a population may be exactly 0."""
        relu = self.function(population)[0] == activation.RELU
        return relu or population == self.network.input

    @property
    def edge_path(self) -> int:
        """The kernel of sparse bundles that suits the size of a batch."""
        return LANES if self.batch_size >= LANES_FROM else EACH

    @property
    def room(self) -> int:
        """Bytes for the lanes of two populations, if there are sparse bundles that use them."""
        if self.edge_path == EACH or not self.edges:
            return 0
        return MOST_BYTES * max(edges.n_source + edges.n_target for edges in self.edges.values())

    def reads_pixels(self, bundle: Bundle[ForwardEdges]) -> bool:
        """Tell whether a bundle uses the sparse copy of the inputs."""
        all_to_all = weights_key(bundle.name) not in self.edges
        return self.pixels and all_to_all and bundle.source == self.network.input

    def wires(self, key: str) -> int:
        """Address of the edge list of a sparse bundle."""
        listed = self.edges[key]
        return self.memory.wires.add(key, listed.start, listed.receivers)

    @property
    def adapting(self) -> set[str]:
        """Populations that adaptive channel weights lead to."""
        bundles = self.network.channel_bundles
        return {b.target for b in bundles if b.edges.weights == "adaptive"}

    def served(self, relay: str) -> list[Bundle[ChannelEdges]]:
        """Return the bundles from a relay to forward populations."""
        relays, bundles = self.network.relays, self.network.channel_bundles
        return [b for b in bundles if b.source == relay and b.target not in relays]

    def reads_dense_input(self) -> bool:
        """Tell whether any instruction needs the inputs as a matrix."""
        entry, bundles = self.network.input, self.network.forward_bundles
        if any(b.source == entry and not self.reads_pixels(b) for b in bundles):
            return True
        heard = (
            {name} if name not in self.network.relays else {b.target for b in self.served(name)}
            for name in self.adapting
        )
        return any(entry in names for names in heard)

    def gate(self, population: str, signal: int) -> list[Instruction]:
        """Multiply a signal by f'(S) of a population."""
        kind, mu = self.function(population)
        if kind == activation.LINEAR:
            return []
        return [
            Instruction(
                Op.GATE,
                x=self.total(population),
                w=self.activity(population),
                z=signal,
                n=self.network.size(population),
                path=kind,
                reals=(mu, 0.0),
            )
        ]
