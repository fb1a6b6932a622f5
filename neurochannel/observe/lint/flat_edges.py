"""The edges of many small bundles as one list: looking at them takes no loop over bundles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

import numpy as np

from neurochannel.engine.edgelists import EdgeList, one_after_another
from neurochannel.model.bundles import AnyEdges, Bundle
from neurochannel.model.bundles_at import BundlesAt

SMALL = 4096
"""Most edges of a bundle that is worth being in a list with others."""


class NeuronFlags(dict[str, np.ndarray]):
    """Which neurons are chosen, (size,) bool by population: parts of one vector, `flat`.

    Parameters
    ----------
    sizes
        Of the populations, in the order in which they lie in the vector.
    """

    def __init__(self, sizes: dict[str, int]) -> None:
        ends = np.cumsum([0, *sizes.values()]).tolist()
        self.flat = np.zeros(ends[-1], bool)
        super().__init__(
            (name, self.flat[start : start + size])
            for (name, size), start in zip(sizes.items(), ends, strict=False)
        )

    def copy(self) -> NeuronFlags:
        """Return flags of the same neurons."""
        made = NeuronFlags({name: len(chosen) for name, chosen in self.items()})
        made.flat[:] = self.flat
        return made

    def __setitem__(self, name: str, chosen: np.ndarray) -> None:
        self[name][:] = chosen


class Listed(NamedTuple):
    """A bundle with its single edges, which may be those of another one run backwards."""

    bundle: Bundle[Any]
    edges: EdgeList
    backwards: bool = False


class _Order(NamedTuple):
    """Edges sorted by the population at one end, and where those of each population are."""

    numbers: np.ndarray
    parts: dict[str, slice]

    @staticmethod
    def of(names: Sequence[str], n_edges: np.ndarray) -> _Order:
        """Sort the edges of bundles by a name of each."""
        rank = {name: number for number, name in enumerate(dict.fromkeys(names))}
        ranks = np.repeat(np.array([rank[name] for name in names], np.int64), n_edges)
        ends = np.cumsum([0, *np.bincount(ranks, minlength=len(rank)).tolist()]).tolist()
        parts = {name: slice(ends[number], ends[number + 1]) for name, number in rank.items()}
        return _Order(np.argsort(ranks, kind="stable"), parts)


@dataclass(frozen=True, eq=False)
class FlatEdges(Generic[AnyEdges]):
    """The edges of small bundles, between neurons numbered as in `NeuronFlags`.

    Parameters
    ----------
    listed
        The bundles, in the order of their edges.
    senders, receivers
        (n_edges,) numbers of neurons.
    first
        (n_bundles + 1,): edges first[b] .. first[b + 1] are those of bundle b.
    others
        All bundles that are not in the list.
    """

    listed: tuple[Listed, ...]
    senders: np.ndarray
    receivers: np.ndarray
    first: np.ndarray
    others: BundlesAt[AnyEdges]
    _by_target: _Order
    _by_source: _Order

    @staticmethod
    def of(
        several: Sequence[Listed], others: Iterable[Bundle[AnyEdges]], sizes: dict[str, int]
    ) -> FlatEdges[AnyEdges]:
        """Join lists; `sizes` are those of the populations, in the order of their neurons."""
        made = one_after_another([one.edges for one in several])
        sources, targets = made[:2]
        n: np.ndarray = made[2]
        back = np.repeat(np.array([one.backwards for one in several], bool), n)
        starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]).tolist(), strict=False))
        names = [one.bundle.ends for one in several]
        shifts = np.array([[starts[name] for name in ends] for ends in names], np.int64)
        shifts = np.repeat(shifts.reshape(-1, 2), n, axis=0)
        return FlatEdges(
            tuple(several),
            np.where(back, targets, sources) + shifts[:, 0],
            np.where(back, sources, targets) + shifts[:, 1],
            np.cumsum([0, *n.tolist()]),
            BundlesAt(tuple(others)),
            _Order.of([target for _, target in names], n),
            _Order.of([source for source, _ in names], n),
        )

    def onward(self, flags: NeuronFlags, population: str, open_: np.ndarray | None = None) -> None:
        """Choose in a population who hears a chosen neuron over an edge, or over an open one."""
        if population not in self._by_target.parts:
            return
        own = self._by_target.numbers[self._by_target.parts[population]]
        heard = flags.flat[self.senders[own]]
        if open_ is not None:
            heard &= open_[own]
        flags.flat[self.receivers[own[heard]]] = True

    def backward(self, flags: NeuronFlags, population: str) -> None:
        """Choose in a population who has an edge to a chosen neuron."""
        if population in self._by_source.parts:
            own = self._by_source.numbers[self._by_source.parts[population]]
            flags.flat[self.senders[own[flags.flat[self.receivers[own]]]]] = True

    def each(self, of_bundles: Iterable[bool]) -> np.ndarray:
        """Repeat what is said of each bundle for each of its edges."""
        return np.repeat(np.fromiter(of_bundles, bool, len(self.listed)), np.diff(self.first))

    def any(self, of_edges: np.ndarray) -> np.ndarray:
        """Tell of each bundle whether anything is said of one of its edges."""
        total = np.concatenate([[0], np.cumsum(of_edges)])
        some: np.ndarray = total[self.first[1:]] > total[self.first[:-1]]
        return some
