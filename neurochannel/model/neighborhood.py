"""Parts of networks: the populations within some edges of one, with the bundles between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel

from neurochannel.errors import OptionError
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.edges import STARTS
from neurochannel.model.kept_attributes import Kept, columns_of, spread
from neurochannel.model.network import Network
from neurochannel.model.populations import Population
from neurochannel.model.problems import did_you_mean, short
from neurochannel.model.wiring import Wiring

D = TypeVar("D", bound=BaseModel)
STALE = ("forward_names", "forward_at", "channel_at", "teachable")
"""What a network keeps of all its bundles."""


def located(network: Network, around: str | int) -> tuple[str, int | None]:
    """Return the population of a name, and the place of the neuron if a neuron has the name.

    Raises
    ------
    OptionError
        If neither a population nor a neuron has the name.
    """
    word = str(around)
    if word in network.populations:
        return word, None
    for name, population in network.populations.items():
        neurons = _neurons(population)
        if word in neurons:
            return name, neurons.index(word)
    every = (n for each in network.populations.values() for n in _neurons(each))
    near = did_you_mean(word, network.populations) or did_you_mean(word, every)
    raise OptionError(
        f"around must be a population or a neuron of '{network.name}', got {short(around)}; "
        f"{near or 'look into .populations'}"
    )


def _neurons(population: Population) -> list[str]:
    """Return the names of the neurons, none if they have none."""
    return [] if population.neurons is None else [str(name) for name in population.neurons]


def check_depth(depth: int) -> None:
    """Refuse what is no number of edges."""
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
        raise OptionError(
            f"depth must be a whole number of edges, at least 1, got {short(depth)}; "
            "1 is for direct neighbors"
        )


def populations_near(network: Network, center: str, depth: int) -> frozenset[str]:
    """Return the populations within `depth` edges of one, forward or channel, in any direction.

    What the channel starts from, such as `error`, is no way from one population to another. The
    output, next to which it stands, is among them where one that is nearer than `depth` hears it.
    """
    bundles: list[AnyBundle] = [*network.forward_bundles, *network.channel_bundles]
    near: dict[str, set[str]] = {}
    for source, target in (bundle.ends for bundle in bundles):
        if source not in STARTS:
            near.setdefault(source, set()).add(target)
            near.setdefault(target, set()).add(source)
    inner, found = set[str](), {center}
    for _ in range(depth):
        inner = set(found)
        found |= {name for each in inner for name in near.get(each, ())}
    if any(b.source in STARTS and b.target in inner for b in network.channel_bundles):
        found.add(network.output)
    if found.isdisjoint(network.forward_order):
        found.add(network.output)
    return frozenset(found)


def part_of(
    network: Network, names: Collection[str], kept: Mapping[str, Iterable[int]] | None = None
) -> Network:
    """Return some populations of a network with the bundles between them, to be looked at only.

    Input and output, sizes and depths are those of the whole: the ends need not be in the part.

    Parameters
    ----------
    kept
        Places of the neurons that stay in each population; None for all. Lists of edges are left
        as they are.
    """
    own = {name: each for name, each in network.populations.items() if name in names}
    sizes: dict[str, int] = {}
    for name, places in (kept or {}).items():
        chosen, neurons = list(places), own[name].neurons
        sizes[name] = len(chosen)
        if neurons is not None:
            own[name] = _changed(own[name], neurons=np.asarray(neurons)[chosen])
        if attributes := own[name].attributes:
            every = {key: spread(column, network.size(name)) for key, column in attributes.items()}
            own[name] = _changed(own[name], attributes=Kept(columns_of(every, chosen)))
    inside = set(own) | (set(STARTS) if network.output in own else set())
    forward = tuple(b for b in network.forward_bundles if inside.issuperset(b.ends))
    channel = tuple(b for b in network.channel_bundles if inside.issuperset(b.ends))
    part = _changed(
        network,
        populations=own,
        forward_bundles=forward,
        channel_bundles=channel,
        forward_order=tuple(name for name in network.forward_order if name in own),
        channel_order=tuple(name for name in network.channel_order if name in own),
        _wiring=PartWiring(own, forward, channel, whole=network._wiring, sizes=sizes),
    )
    for stale in STALE:
        part.__dict__.pop(stale, None)
    return part


def _changed(description: D, **parts: Any) -> D:
    """Return a copy with other parts, which are not checked: a part of a network breaks rules."""
    made = BaseModel.__copy__(description)
    vars(made).update(parts)
    return made


@dataclass(frozen=True)
class PartWiring(Wiring):
    """The wiring of a part, whose ends and geometry are those of the whole.

    Parameters
    ----------
    whole
        The wiring that it is a part of.
    sizes
        How many neurons stay, by population; others keep all.
    """

    whole: Wiring = field(kw_only=True)
    sizes: Mapping[str, int] = field(kw_only=True)

    def __post_init__(self) -> None:
        whole = self.whole
        relays = tuple(name for name in whole.relays if name in self.populations)
        # Each is known of the whole; a part may lack what it follows from.
        self.__dict__.update(
            input=whole.input,
            output=whole.output,
            relays=relays,
            shapes=whole.shapes,
            pools=whole.pools,
            geometries=whole.geometries,
            shares=whole.shares,
            bias_shares=whole.bias_shares,
        )

    def size(self, name: str) -> int | None:
        """Return how many neurons stay in a population, None if that is not known."""
        own = self.output or "" if name in STARTS else name
        return self.sizes.get(own, self.whole.size(own))
