"""All neurons in one row by depth, and how many edges lead from each part of it to each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.model.network import Network

MOST_CELLS = 400
"""Cells of a picture along each side; with more of them single ones could not be seen."""
Counts = NDArray[np.float64]
Edges = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class DepthOrder:
    """Places of neurons, from the input to the output and to the relays.

    Parameters
    ----------
    first
        The place of the first neuron of each population; its others follow.
    sizes
        How many neurons each has.
    depths
        The longest forward path to each population; relays are behind all.
    """

    first: dict[str, int]
    sizes: dict[str, int]
    depths: dict[str, int]

    @cached_property
    def n_neurons(self) -> int:
        """How many neurons there are."""
        return sum(self.sizes.values())

    @property
    def n_cells(self) -> int:
        """How many cells a picture has along each side."""
        return min(self.n_neurons, MOST_CELLS)

    def cells(self, name: str, neurons: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return the cells of some neurons of a population, or of all."""
        own = np.arange(self.sizes[name]) if neurons is None else neurons
        found: NDArray[np.int64] = (self.first[name] + own) * self.n_cells // self.n_neurons
        return found

    def room(self) -> Counts:
        """Return how many pairs of neurons there are in each pair of cells."""
        everyone = np.arange(self.n_neurons) * self.n_cells // self.n_neurons
        counts = np.bincount(everyone, minlength=self.n_cells)
        return np.outer(counts, counts).astype(np.float64)


def depth_order(network: Network) -> DepthOrder:
    """Return the order of a network whose sizes are known.

    Raises
    ------
    NetworkError
        If a size is left to the data.
    """
    before: dict[str, list[str]] = {}
    for bundle in network.forward_bundles:
        before.setdefault(bundle.target, []).append(bundle.source)
    depths: dict[str, int] = {}
    for name in network.forward_order:
        depths[name] = max((depths[each] + 1 for each in before.get(name, ())), default=0)
    last = max(depths.values()) + 1
    if network.output in depths:
        depths[network.output] = last
    depths |= dict.fromkeys(network.relays, last + 1)
    names = sorted(depths, key=lambda name: depths[name])
    sizes = {name: network.size(name) for name in names}
    starts = np.cumsum([0, *sizes.values()]).tolist()
    return DepthOrder(dict(zip(names, starts, strict=False)), sizes, depths)


class EdgeCounter:
    """Counts edges in cells of (receivers, senders).

    Parameters
    ----------
    order
        The places of neurons.
    """

    def __init__(self, order: DepthOrder) -> None:
        self.order = order
        self.n_edges = 0
        self._whole = np.zeros((order.n_cells, order.n_cells))
        self._cells: list[NDArray[np.int64]] = []

    def add(self, ends: tuple[str, str], edges: Edges | None) -> None:
        """Count edges from one population to another, None for all to all."""
        source, target = ends
        n = self.order.n_cells
        if edges is not None:
            self.n_edges += len(edges[0])
            sending, receiving = (part.astype(np.int64) for part in edges)
            cells = self.order.cells(target, receiving) * n + self.order.cells(source, sending)
            self._cells.append(cells)
            return
        sending, receiving = self.order.cells(source), self.order.cells(target)
        self.n_edges += len(sending) * len(receiving)
        if len(sending) * len(receiving) <= n * n:
            self._cells.append(np.add.outer(receiving * n, sending).reshape(-1))
        else:
            counts = [np.bincount(part, minlength=n) for part in (receiving, sending)]
            self._whole += np.outer(*counts)

    def counts(self) -> Counts:
        """Return how many edges there are in each cell."""
        n = self.order.n_cells
        if not self._cells:
            return self._whole
        single = np.bincount(np.concatenate(self._cells), minlength=n * n)
        return self._whole + single.reshape(n, n)
