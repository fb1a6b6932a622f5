"""What the parts of the compiler share: addresses by meaning, and the choice between kernels."""

from __future__ import annotations

from dataclasses import dataclass

from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.memory import MemoryMap
from neurochannel.engine.program import Instruction
from neurochannel.engine.streams import weights_key
from neurochannel.kernels import activation
from neurochannel.kernels.opcodes import ACTIVE_ROWS, GEMM, ROWS, Op
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network

GEMM_FROM = 16
"""Smallest batch for which a call of BLAS beats row kernels."""

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

    def reads_pixels(self, source: str) -> bool:
        """Tell whether all-to-all bundles from this source use the sparse copy of the inputs."""
        return self.pixels and source == self.network.input

    def wires(self, key: str) -> int:
        """Address of the edge list of a sparse bundle."""
        listed = self.edges[key]
        return self.memory.add_wires(key, listed.start, listed.receivers)

    def reads_dense_input(self) -> bool:
        """Tell whether any instruction needs the inputs as a matrix."""
        entry = self.network.input
        bundles = self.network.forward_bundles
        sparse = any(b.source == entry and weights_key(b.name) in self.edges for b in bundles)
        adaptive = any(
            b.target == entry and b.edges.weights == "adaptive"
            for b in self.network.channel_bundles
        )
        return not self.pixels or sparse or adaptive

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
