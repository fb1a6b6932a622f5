"""A network compiled once for all that looks at it before training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from neurochannel.engine.compiler import compile_program
from neurochannel.engine.compiler.paths import choose_paths
from neurochannel.engine.edgelists import EdgeList, draw_edges
from neurochannel.engine.machine import Machine
from neurochannel.engine.options import Options
from neurochannel.engine.program import Program
from neurochannel.engine.rates import Rate
from neurochannel.engine.simulation import Simulation
from neurochannel.model.edges import ChannelEdges
from neurochannel.model.network import Network


@dataclass(frozen=True, eq=False)
class Compiled:
    """A network with its single edges, and simulations of it and of what is derived from it.

    Simulations of the same network share what is compiled; each has numbers of its own.

    Parameters
    ----------
    network
        With all sizes known.
    seed
        Of single edges and initial weights, as `Simulation` would draw them.
    """

    network: Network
    seed: int

    @cached_property
    def edges(self) -> dict[str, EdgeList]:
        """The edges of every sparse bundle by key."""
        return draw_edges(self.network, int(Options(seed=self.seed).seed))

    @cached_property
    def explicit(self) -> Network:
        """The network without defaults."""
        return self.network.explicit

    @cached_property
    def prompt(self) -> Network:
        """The network without defaults, all of whose messages are sent and arrive at once."""
        network = self.explicit
        if not any(edges.message and edges.message.clocked for edges in network.channel):
            return network
        return network.model_copy(update={"channel": tuple(map(_at_once, network.channel))})

    @cached_property
    def _machine(self) -> Machine:
        """A machine of the prompt network in double precision, which nothing has changed yet."""
        options = Options(seed=self.seed, dtype="float64")
        return Simulation.from_edges(self.prompt, options, self.edges).machine

    def simulation(
        self, network: Network, *, rate: Rate = 0.1, batch_size: int = 100
    ) -> Simulation:
        """Return a simulation in double precision, with the initial weights.

        Parameters
        ----------
        network
            The prompt one, or another one with the same bundles and single edges.
        """
        options = Options(rate, batch_size, self.seed, "float64")
        like = self._machine if network is self.prompt else self.edges
        return Simulation.from_edges(network, options, like, (batch_size, False))

    def program(self) -> Program:
        """Return the program of a batch of one example, on the one thread of its user."""
        if "_machine" in vars(self) and self.prompt is self.explicit:
            return self._machine.program(1, labels=True)
        paths = choose_paths(1, labels=True, pixels=False, images=False)
        return compile_program(self.network, self.edges, paths)


def _at_once(edges: ChannelEdges) -> ChannelEdges:
    """Return edges with messages for all examples, which arrive with them."""
    if edges.message is None or not edges.message.clocked:
        return edges
    message = edges.message.model_copy(update={"every": 1, "delay": 0, "unit": "example"})
    return edges.model_copy(update={"message": message})
