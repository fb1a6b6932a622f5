"""Where the channel's neurons are: in the forward neurons, next to each, or separate from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Unpack

from pydantic import Field

from neurochannel.errors import NetworkError
from neurochannel.model.base import Description
from neurochannel.model.edges import ERROR, ChannelEdges
from neurochannel.model.network import Network
from neurochannel.model.populations import Activation, Population, Size
from neurochannel.model.recipes import ChannelOptions, Recipe, joined, takes_options
from neurochannel.model.signatures import with_options
from neurochannel.model.weights import Init


class Companions(Description):
    """A rule that gives each hidden population a channel population of its own.

    The channel populations form the mirror image of the forward graph, R~ = g(sum of Q(message) C),
    and each delivers to its forward population: R = f'(S) * R~ D.

    Parameters
    ----------
    kind
        "twin": one channel neuron for each forward neuron, D = 1 between the two; "distinct":
        `size` channel neurons, D random and fixed.
    size
        Neurons in each channel population of the distinct kind.
    activation
        Their function g.
    rule
        Options of the weights C; `receive` is of the channel populations.

    Raises
    ------
    NetworkError
        If a value is out of range, or options exclude each other.

    Notes
    -----
    After Baldi, Sadowski & Lu (2017), arXiv:1712.08608. Adaptive weights C learn from the activity
    that comes back over the wires D, see `ChannelEdges`. D stays fixed, because C and D that learn
    from each other grow without bound.
    """

    kind: Literal["twin", "distinct"]
    size: Size = None
    activation: Annotated[Activation, Field()] = "tanh"
    rule: Recipe

    def relays(self, network: Network) -> dict[str, Population]:
        """Return the channel populations for a network, by name."""
        made = {}
        for name in network.forward_order:
            if name in network.teachable:
                size = network.size(name) if self.size is None else self.size
                made[self._name(name)] = Population(
                    size=size, activation=self.activation, receive=self.rule.receive
                )
        return made

    def channel(self, network: Network) -> tuple[ChannelEdges, ...]:
        """Return the channel edges for a network."""
        options = self.rule.options()
        arrows = [
            (ERROR if source == ERROR else self._name(source), self._name(target))
            for source, target in self.rule.arrows(network)
        ]
        between = [ChannelEdges(path=path, **options) for path in joined(arrows)]
        return (*between, *(self._delivery(name) for name in self._served(network)))

    def _served(self, network: Network) -> list[str]:
        return [name for name in reversed(network.forward_order) if name in network.teachable]

    def _delivery(self, name: str) -> ChannelEdges:
        path = f"{self._name(name)} -> {name}"
        if self.kind == "twin":
            one = Init(distribution="zeros", mean=1.0)
            return ChannelEdges(path=path, one_to_one=True, init=one)
        return ChannelEdges(path=path)

    def _name(self, population: str) -> str:
        return f"{self.kind}.{population}"


serves_all = with_options(ChannelOptions, Recipe, without=("to",))


@takes_options
def bidirectional(**options: Unpack[ChannelOptions]) -> Recipe:
    """Bidirectional: the same wires for both directions, so the channel's weights are tied."""
    return Recipe(route="chain", weights="tied", **options)


@takes_options
def conjoined(**options: Unpack[ChannelOptions]) -> Recipe:
    """Conjoined: the same neurons, and separate channel wires that learn."""
    return Recipe(route="chain", weights="adaptive", **options)


@serves_all
def twin(*, activation: str = "tanh", **options: Unpack[ChannelOptions]) -> Companions:
    """Twin: a channel neuron next to each forward neuron, and wires between twins that learn.

    Parameters
    ----------
    activation
        Of the channel neurons.
    **options
        Of the wires between channel populations, listed below.

    Raises
    ------
    NetworkError
        If a value is out of range.
    """
    return Companions(kind="twin", activation=activation, rule=_rule("twin", options))


@serves_all
def distinct(
    size: int, *, activation: str = "tanh", **options: Unpack[ChannelOptions]
) -> Companions:
    """Distinct: channel populations of any size, separate from the forward ones; wires that learn.

    Parameters
    ----------
    size
        Neurons in each channel population, of which there is one for each hidden population.
    activation
        Of the channel neurons.
    **options
        Of the wires between channel populations, listed below.

    Raises
    ------
    NetworkError
        If a value is out of range.
    """
    rule = _rule("distinct", options)
    return Companions(kind="distinct", size=size, activation=activation, rule=rule)


def _rule(kind: str, options: Any) -> Recipe:
    if "to" in options:
        raise NetworkError(f"to must be left out of {kind}, which serves every hidden population")
    return Recipe(route="chain", weights="adaptive", **options)
