"""A graph of another tool as columns: nodes, edges and whatever attributes they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import DIRECTED
from neurochannel.graphs.kept_columns import EDGES, NEURONS, kept_names
from neurochannel.graphs.neuron_tables import Flags, Ints, KeptColumns
from neurochannel.model.problems import short

if TYPE_CHECKING:
    from networkx import Graph

Column = NDArray[Any]
Columns = dict[str, Column]


@dataclass(frozen=True)
class ForeignGraph:
    """Nodes and edges in their order in the file.

    Parameters
    ----------
    ids
        Names of the nodes, text or whole numbers; not yet checked.
    sources, targets
        Numbers of nodes, (n_edges,).
    nodes, edges
        Attributes, each an array of one value for each node or edge; None and NaN stand for none.
    undirected
        For each edge whether it has no direction.
    name, loss
        As in `Network`.
    notes
        What its reader did, a line for each step.
    named, named_edges
        Attributes of nodes and edges that the graph itself says are to be kept.
    kept, kept_edges
        Attributes without a meaning here that neurons and edges keep, a column for each.
    """

    ids: Sequence[Any] | NDArray[Any]
    sources: Ints
    targets: Ints
    nodes: Columns = field(default_factory=dict)
    edges: Columns = field(default_factory=dict)
    undirected: Flags = field(default_factory=lambda: np.zeros(0, bool))
    name: str = "network"
    loss: str | None = None
    notes: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    named_edges: tuple[str, ...] = ()
    kept: KeptColumns = field(default_factory=dict)
    kept_edges: KeptColumns = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.undirected) != len(self.sources):
            object.__setattr__(self, "undirected", np.zeros(len(self.sources), bool))

    def label(self, number: Any) -> str:
        """Return the name of a node for messages."""
        name = self.ids[int(number)]
        return short(name.item() if isinstance(name, np.generic) else name)

    def edge_label(self, number: Any) -> str:
        """Return the name of an edge for messages."""
        return f"{self.label(self.sources[number])} -> {self.label(self.targets[number])}"

    def with_edges(self, chosen: Flags | Ints) -> ForeignGraph:
        """Return it with some of its edges only."""
        return replace(
            self,
            sources=self.sources[chosen],
            targets=self.targets[chosen],
            edges={key: column[chosen] for key, column in self.edges.items()},
            undirected=self.undirected[chosen],
            kept_edges=_chosen(self.kept_edges, chosen),
        )

    def with_nodes(self, chosen: Flags) -> ForeignGraph:
        """Return it with some of its nodes only, which must include the ends of all edges."""
        number = np.cumsum(chosen) - 1
        kept = np.flatnonzero(chosen)
        ids: Any = self.ids
        ids = ids[kept] if isinstance(ids, np.ndarray) else [ids[at] for at in kept.tolist()]
        return replace(
            self,
            ids=ids,
            sources=number[self.sources],
            targets=number[self.targets],
            nodes={key: column[kept] for key, column in self.nodes.items()},
            kept=_chosen(self.kept, chosen),
        )


def _chosen(columns: KeptColumns, chosen: Flags | Ints) -> KeptColumns:
    places = (
        (np.flatnonzero(chosen) if chosen.dtype == bool else chosen).tolist() if columns else []
    )
    return {key: [own[at] for at in places] for key, own in columns.items()}


def columns_of_rows(rows: Sequence[Mapping[Any, Any]]) -> Columns:
    """Return the attributes of rows as columns, None where a row has none."""
    keys = dict.fromkeys(key for row in rows for key in row)
    columns = {}
    for key in keys:
        column = np.empty(len(rows), object)
        column[:] = [_plain(row.get(key)) for row in rows]
        columns[str(key)] = column
    return columns


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def has_value(column: Column) -> Flags:
    """For each value whether it is one: not None, not NaN and not an empty text."""
    if column.dtype.kind in "biu":
        return np.ones(len(column), bool)
    if column.dtype.kind == "f":
        given: Flags = ~np.isnan(column)
        return given
    return np.fromiter(
        (item is not None and item == item and item != "" for item in column), bool, len(column)
    )


def graph_of_networkx(graph: Graph[Any]) -> ForeignGraph:
    """Return a graph of networkx, directed or not, as columns.

    Raises
    ------
    NetworkError
        If its nodes are populations.
    """
    if graph.graph.get("level") == "population":
        raise NetworkError(
            "must be a graph of neurons, got one of populations, which neurochannel has written; "
            "read it without options"
        )
    number = {node: at for at, node in enumerate(graph)}
    ends = [(number[source], number[target]) for source, target in graph.edges()]
    pairs = np.array(ends, np.int64).reshape(-1, 2)
    edges = columns_of_rows([attributes for _, _, attributes in graph.edges(data=True)])
    undirected = np.full(len(pairs), not graph.is_directed())
    if DIRECTED in edges:
        undirected |= np.fromiter((v is False for v in edges.pop(DIRECTED)), bool, len(pairs))
    name, loss = graph.graph.get("name"), graph.graph.get("loss")
    return ForeignGraph(
        list(graph),
        pairs[:, 0].copy(),
        pairs[:, 1].copy(),
        columns_of_rows([attributes for _, attributes in graph.nodes(data=True)]),
        edges,
        undirected,
        name if isinstance(name, str) and name else "network",
        loss if isinstance(loss, str) else None,
        named=_named(NEURONS, graph),
        named_edges=_named(EDGES, graph),
    )


def _named(what: str, graph: Graph[Any]) -> tuple[str, ...]:
    """Return what a graph says is kept; another tool may mean something else by the word."""
    try:
        return kept_names(what, graph.graph)
    except NetworkError:
        return ()


def graph_of_ends(
    heads: Sequence[Any], tails: Sequence[Any], edges: Columns | None = None
) -> ForeignGraph:
    """Return a graph given by the names of the two ends of each edge, sorted if they are numbers.

    Raises
    ------
    NetworkError
        If there are no edges.
    """
    if not len(heads):
        raise NetworkError("must have at least one edge, got none; name a file with edges")
    both = np.concatenate([np.asarray(heads), np.asarray(tails)])
    if both.dtype.kind in "iu":
        ids: Any
        ids, codes = np.unique(both, return_inverse=True)
    else:
        known: dict[Any, int] = {}
        codes = np.fromiter(
            (known.setdefault(each, len(known)) for each in _alternating(heads, tails)), np.int64
        )
        codes = np.concatenate([codes[::2], codes[1::2]])
        ids = list(known)
    n = len(heads)
    return ForeignGraph(
        ids, codes[:n].astype(np.int64), codes[n:].astype(np.int64), {}, edges or {}
    )


def _alternating(heads: Iterable[Any], tails: Iterable[Any]) -> Iterable[Any]:
    for head, tail in zip(heads, tails, strict=True):
        yield head
        yield tail
