"""Neurons and single edges as columns: what every way into a graph of neurons has in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurochannel.engine.sorting import order_of_edges
from neurochannel.errors import NetworkError
from neurochannel.model.edges import STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.kept_attributes import Value
from neurochannel.model.populations import Population
from neurochannel.model.problems import short

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
KeptColumns = Mapping[str, Sequence[Value]]
Ids = tuple[str, ...] | Ints
AnyEdges = TypeVar("AnyEdges", ForwardEdges, ChannelEdges)
MOST = 10
"""Mistakes that are listed together; a graph of many edges could have one for each."""


class Mistakes(list[str]):
    """Sentences that are raised together, the first few of them, each cause in one."""

    def __init__(self, sentences: Iterable[str] = ()) -> None:
        super().__init__(sentences)
        self._causes: dict[str, tuple[int, str, int]] = {}

    def add(self, subject: str, cause: str, n: int = 1) -> None:
        """Add a sentence about something, or count it with others that have the same cause.

        Parameters
        ----------
        subject
            What the sentence is about, such as a neuron.
        cause
            The rest of the sentence.
        n
            How many there are of them.
        """
        at, first, before = self._causes.get(cause, (len(self), subject, 0))
        self._causes[cause] = at, first, before + n
        more = before + n - 1
        text = f"{first} (and {more:,} more) {cause}" if more else f"{first} {cause}"
        self[at:] = [text, *self[at + 1 :]]

    def check(self) -> None:
        """Raise what was found.

        Raises
        ------
        NetworkError
            If there is anything.
        """
        if len(self) > MOST:
            *first, last = self[:MOST]
            raise NetworkError([*first, f"{last}; there are {len(self) - MOST} more mistakes"])
        if self:
            raise NetworkError(self)


@dataclass(frozen=True)
class NeuronTable:
    """The nodes of a graph of neurons, numbered in its order.

    Parameters
    ----------
    ids
        Their names: all text, or all whole numbers.
    names
        Populations that are named, in the order of their first neuron.
    population
        For each neuron the number of its name in `names`, -1 for none.
    described
        For each neuron the number of its description.
    descriptions
        Activation, whether there is a bias and what limits it, each of them once.
    biases
        For each neuron the number that its bias begins with, 0 for none.
    roles
        For each neuron 0 for none, 1 for "input", 2 for "output".
    attributes
        What else neurons keep, a column of one value for each neuron by its name.
    """

    ids: Ids
    names: tuple[str, ...]
    population: Ints
    described: Ints
    descriptions: tuple[Population, ...]
    biases: NDArray[np.float64]
    roles: Ints
    attributes: KeptColumns = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def label(self, number: Any) -> str:
        """Return the name of a neuron for messages."""
        name = self.ids[int(number)]
        return short(name if isinstance(name, str) else int(name))


@dataclass(frozen=True)
class EdgeTable(Generic[AnyEdges]):
    """All edges of one kind between numbered neurons.

    Parameters
    ----------
    kind
        "forward" or "channel".
    sources, targets
        Numbers of neurons, (n_edges,).
    described, descriptions
        For each edge the number of its description, whose path says what the channel starts from if
        the edge leaves an output neuron, and means nothing else.
    weights
        (n_edges,), NaN for an edge without one; None if no edge has one.
    tables
        For each edge the table of the network's file that it belongs to, -1 for none.
    attributes
        What else edges keep, a column of one value for each edge by its name.
    """

    kind: str
    sources: Ints
    targets: Ints
    described: Ints
    descriptions: tuple[AnyEdges, ...]
    weights: NDArray[np.float64] | None = None
    tables: Ints | None = None
    attributes: KeptColumns = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sources)

    @cached_property
    def by_source(self) -> Ints:
        """The order that sorts them by source and then by target."""
        return order_of_edges(self.sources, self.targets)

    @property
    def weighted(self) -> Flags:
        """For each edge whether it has a weight of its own."""
        if self.weights is None:
            return np.zeros(len(self), bool)
        return ~np.isnan(self.weights)

    @property
    def starts(self) -> Ints:
        """For each channel edge the number of what it carries if it leaves an output neuron."""
        codes = [
            STARTS.index(part.arrows[0][0]) if isinstance(part, ChannelEdges) else 0
            for part in self.descriptions
        ]
        found: Ints = np.array(codes, np.int64)[self.described]
        return found

    @property
    def classes(self) -> Ints:
        """For each edge a number; edges of one number can be one bundle."""
        return 2 * self.described + self.weighted

    def with_field(self, field: str, *values: Any) -> Flags:
        """For each edge whether a field of its description is one of the values."""
        has = [getattr(part, field) in values for part in self.descriptions]
        found: Flags = np.array(has, bool)[self.described]
        return found

    def label(self, neurons: NeuronTable, number: Any) -> str:
        """Return the name of an edge for messages."""
        ends = neurons.label(self.sources[number]), neurons.label(self.targets[number])
        return f"{self.kind} edge {ends[0]} -> {ends[1]}"


@dataclass(frozen=True)
class NeuronGraph:
    """A graph of single neurons.

    Parameters
    ----------
    neurons, forward, channel
        Its nodes and edges.
    name, loss, chip_seed
        As in `Network`.
    """

    neurons: NeuronTable
    forward: EdgeTable[ForwardEdges]
    channel: EdgeTable[ChannelEdges]
    name: str = "network"
    loss: str | None = None
    chip_seed: int | None = None

    @property
    def both(self) -> Iterator[EdgeTable[ForwardEdges] | EdgeTable[ChannelEdges]]:
        """Both kinds of edges."""
        yield self.forward
        yield self.channel


def neuron_ids(ids: Sequence[Any] | NDArray[Any]) -> Ids:
    """Return names of neurons as text or as whole numbers.

    Raises
    ------
    NetworkError
        If there are none, or they are of several types or of another type.
    """
    array = np.asarray(ids) if isinstance(ids, np.ndarray) else None
    if array is not None and array.ndim == 1 and array.dtype.kind in "iu" and len(array):
        return _whole(array)
    names = array.tolist() if array is not None else list(ids)
    if not names:
        raise NetworkError("the graph must have at least one neuron, got none; add nodes to it")
    first = _type(names[0])
    for name in names:
        if _type(name) is not first:
            raise NetworkError(
                f"neurons must have ids of one type, got {short(names[0])} and {short(name)}; "
                "relabel them, for example with networkx.convert_node_labels_to_integers"
            )
    if first is str:
        return tuple(map(str, names))
    if first is int:
        return _whole(np.asarray(names, dtype=object))
    raise NetworkError(
        f"neurons must have text or whole numbers as ids, got {short(names[0])}; relabel them, "
        "for example with networkx.convert_node_labels_to_integers"
    )


def _type(name: Any) -> type:
    if isinstance(name, np.integer):
        return int
    return str if isinstance(name, str) else type(name)


def _whole(array: NDArray[Any]) -> Ints:
    low, high = int(array.min()), int(array.max())
    if low < -(2**63) or high >= 2**63:
        wrong = low if low < 0 else high
        raise NetworkError(f"neurons must have ids of at most 64 bits, got {wrong}; renumber them")
    return array.astype(np.int64)


def numbered(values: Sequence[Any]) -> tuple[Ints, list[Any]]:
    """Return each value's number and the values by number, in the order of first appearance."""
    known: dict[Any, int] = {}
    codes = np.fromiter(
        (known.setdefault(value, len(known)) for value in values), np.int64, len(values)
    )
    return codes, list(known)
