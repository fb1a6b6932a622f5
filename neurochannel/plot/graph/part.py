"""Parts of a drawing: what lies within some edges of a population or of a neuron."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.model.edges import STARTS
from neurochannel.model.neighborhood import check_depth, located, part_of, populations_near
from neurochannel.model.network import Network
from neurochannel.plot.graph.neurons import check_count, curves_of
from neurochannel.plot.layout.circles import Curves

Found = Callable[[dict[str, int]], list[Curves]]


class Reach(NamedTuple):
    """The populations near one, and the place of the neuron in it that was named, if one was."""

    part: Network
    center: str
    neuron: int | None
    depth: int


def reach_of(network: Network, around: str | int | None, depth: int | None) -> Reach | None:
    """Return what is near a population or a neuron; None for all of the network."""
    if around is None:
        if depth is not None:
            raise OptionError(f"depth must come with around, got {depth}; name what it is around")
        return None
    edges = 1 if depth is None else depth
    check_depth(edges)
    center, neuron = located(network, around)
    part = part_of(network, populations_near(network, center, edges))
    return Reach(part, center, neuron, edges)


def neurons_near(reach: Reach, run: Simulation | None) -> tuple[Network, Found]:
    """Return the part with only the neurons near one, and what finds the edges between them.

    The latter takes the number of the first neuron of each population in the drawing.
    """
    network = reach.part
    names = [*network.populations, *network.starts]
    sizes = [network.size(name) for name in names]
    starts = np.cumsum([0, *sizes])
    first = dict(zip(names, starts.tolist(), strict=False))
    curves = curves_of(network, run, first, np.inf)
    near = _near(network, curves, first, int(starts[-1]), reach)
    kept = {
        name: np.flatnonzero(near[first[name] : first[name] + size])
        for name, size in zip(names, sizes, strict=True)
    }
    populations = {n: kept[n].tolist() for n in network.populations if len(kept[n])}
    part = part_of(network, list(populations), populations)
    rank = np.cumsum(near) - 1
    inside = [near[c.sources] & near[c.targets] for c in curves]
    check_count(sum(int(chosen.sum()) for chosen in inside))

    def found(placed: dict[str, int]) -> list[Curves]:
        number = np.full(len(near), -1)
        for name, at in placed.items():
            here = np.arange(first[name], first[name] + network.size(name))
            here = here[near[here]]
            number[here] = at + rank[here] - rank[here[0]]
        return [
            c._replace(
                sources=number[c.sources[chosen]],
                targets=number[c.targets[chosen]],
                weights=None if c.weights is None else c.weights[chosen],
            )
            for c, chosen in zip(curves, inside, strict=True)
            if chosen.any()
        ]

    return part, found


def _near(
    network: Network, curves: list[Curves], first: dict[str, int], n: int, reach: Reach
) -> NDArray[np.bool_]:
    """Tell which neurons are near; what the channel starts from stands at output neurons."""
    none = [np.zeros(0, np.int64)]
    sources = np.concatenate([*none, *(c.sources for c in curves)])
    targets = np.concatenate([*none, *(c.targets for c in curves)])
    from_start = sources >= min((first[name] for name in STARTS if name in first), default=n)
    a, b = sources[~from_start], targets[~from_start]
    near = np.zeros(n, bool)
    near[first[reach.center] + (reach.neuron or 0)] = True
    inner = near
    for _ in range(reach.depth):
        inner = near.copy()
        near[b[inner[a]]] = True
        near[a[inner[b]]] = True
    heard = np.unique(sources[from_start & inner[targets]])
    for name in network.starts:
        size, start = network.size(name), first[name]
        own = heard[(heard >= start) & (heard < start + size)] - start
        near[first[network.output] + own] = True
    if network.output in first:
        shown = near[first[network.output] :][: network.size(network.output)]
        for name in network.starts:
            near[first[name] : first[name] + len(shown)] = shown
    return near
