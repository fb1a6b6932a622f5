"""Graphs whose nodes are single neurons, as networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import (
    CHANNEL,
    FORWARD,
    KINDS,
    NEURON,
    NEURON_EDGE,
    PLACES,
    POPULATION,
    POPULATION_EDGE,
    ROLES,
    SHARES,
    unknown_attribute,
    without_bias_value,
)
from neurochannel.graphs.build import network_of
from neurochannel.graphs.describe import (
    edges_described,
    kind_problem,
    populations_described,
    weight_number,
    with_weights,
)
from neurochannel.graphs.kept_columns import EDGES, NEURONS, kept_names
from neurochannel.graphs.neuron_tables import (
    EdgeTable,
    Ids,
    Ints,
    Mistakes,
    NeuronGraph,
    NeuronTable,
    neuron_ids,
    numbered,
)
from neurochannel.model.kept_attributes import Value, kept_value
from neurochannel.model.network import Network
from neurochannel.model.problems import did_you_mean, short

if TYPE_CHECKING:
    from networkx import DiGraph


def network_of_neurons(graph: DiGraph[Any]) -> Network:
    """Make a network from a directed graph whose nodes are neurons.

    Raises
    ------
    NetworkError
        With a sentence for each of the first mistakes, which names the node or edge.
    """
    return network_of(_neurons(graph))


def _neurons(graph: DiGraph[Any]) -> NeuronGraph:
    ids = neuron_ids(list(graph))
    neurons = _nodes(graph, ids)
    number = {node: at for at, node in enumerate(graph)}
    forward, channel = _edges(graph, number)
    given = graph.graph
    name, loss, chip_seed = (given.get(key) for key in ("name", "loss", "chip_seed"))
    return NeuronGraph(neurons, forward, channel, name or "network", loss, chip_seed)


def _nodes(graph: DiGraph[Any], ids: Ids) -> NeuronTable:
    names: list[Any] = []
    biases = np.zeros(len(ids), np.float64)
    roles = np.zeros(len(ids), np.int64)
    keys: list[tuple[Any, ...]] = []
    mistakes = Mistakes()
    own = kept_names(NEURONS, graph.graph)
    columns: dict[str, list[Value]] = {key: [] for key in own}
    for at, (node, attributes) in enumerate(graph.nodes(data=True)):
        given = _given(f"neuron {short(node)}", attributes, (*NEURON, *own), mistakes)
        for key, column in columns.items():
            column.append(_kept(given.pop(key, None), f"neuron {short(node)}", key, mistakes))
        names.append(given.pop("population", None))
        for key in PLACES:
            given.pop(key, None)
        role = given.pop("role", None)
        if role in ROLES:
            roles[at] = ROLES.index(role) + 1
        elif role is not None:
            hint = did_you_mean(role, ROLES) or "leave it out for all other neurons"
            mistakes.add(
                f"neuron {short(node)}",
                f"must have the role 'input' or 'output', got {short(role)}; {hint}",
            )
        if names[-1] is not None and not isinstance(names[-1], str):
            mistakes.add(
                f"neuron {short(node)}",
                f"must name its population by text, got {short(names[-1])}; put it in quotes",
            )
        plain, biases[at] = without_bias_value(given)
        keys.append(_key(plain))
    mistakes.check()
    codes, different = numbered(keys)

    def label(at: int) -> str:
        return short(ids[at] if isinstance(ids, tuple) else int(ids[at]))

    attributes = [_unkeyed(key) for key in different]
    described, made, _ = populations_described(codes, attributes, label)
    population, populations = numbered_names(names)
    return NeuronTable(ids, populations, population, described, made, biases, roles, columns)


def _kept(value: Any, where: str, key: str, mistakes: Mistakes) -> Value:
    try:
        return kept_value(value)
    except ValueError:
        mistakes.add(
            where, f"must have a finite number or a short text as {key}, got {short(value)}; fix it"
        )
        return None


def numbered_names(names: list[Any]) -> tuple[Ints, tuple[str, ...]]:
    """Return for each neuron the number of its population, -1 for none, and their names."""
    known = tuple(dict.fromkeys(name for name in names if name is not None))
    number: dict[Any, int] = {name: at for at, name in enumerate(known)}
    number[None] = -1
    return np.fromiter((number[name] for name in names), np.int64, len(names)), known


def _given(
    where: str, attributes: Mapping[Any, Any], known: tuple[str, ...], mistakes: Mistakes
) -> dict[str, Any]:
    """Return the attributes that have a value, all of them known and flat."""
    given: dict[str, Any] = {}
    for key, value in attributes.items():
        if key not in known:
            mistakes.add(where, unknown_attribute(key, known) + _more_hints(key, known))
        elif isinstance(value, np.generic):
            given[key] = value.item()
        elif isinstance(value, str | int | float):
            given[key] = value
        elif value is not None:
            mistakes.add(
                where,
                f"must have a number, a text, true or false as {key}, got {short(value)}; "
                "write one value",
            )
    return given


def _more_hints(key: Any, known: tuple[str, ...]) -> str:
    other = POPULATION if "population" in known else (*POPULATION_EDGE[FORWARD],)
    if key not in other:
        return ", or read the graph with unknown='ignore'"
    return ", or set graph.graph['level'] = 'population' where nodes are populations"


def _key(given: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a hashable form; true and 1 are not the same attribute."""
    return tuple((key, type(value), value) for key, value in sorted(given.items()))


def _unkeyed(key: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for name, _, value in key}


class _Rows:
    """Edges of one kind as they are met."""

    def __init__(self, kind: str, kept: tuple[str, ...]) -> None:
        self.kind = kind
        self.columns: dict[str, list[Value]] = {key: [] for key in kept}
        self.ends: list[tuple[int, int]] = []
        self.labels: list[tuple[Any, Any]] = []
        self.weights: list[float] = []
        self.tables: list[int] = []
        self.keys: list[tuple[Any, ...]] = []

    def label(self, at: int) -> str:
        source, target = self.labels[at]
        return f"{short(source)} -> {short(target)}"

    def table(self, forward: EdgeTable[Any] | None) -> EdgeTable[Any]:
        codes, different = numbered(self.keys)
        attributes = [_unkeyed(key) for key in different]
        described, made = edges_described(self.kind, codes, attributes, self.label)
        ends = np.array(self.ends, np.int64).reshape(-1, 2)
        weights, tables = np.array(self.weights, np.float64), np.array(self.tables, np.int64)
        edges = EdgeTable(self.kind, ends[:, 0], ends[:, 1], described, made, weights, tables)
        edges = replace(edges, attributes=self.columns)
        return with_weights(edges, forward, self.label)


def _edges(graph: DiGraph[Any], number: Mapping[Any, int]) -> tuple[EdgeTable[Any], EdgeTable[Any]]:
    kept = kept_names(EDGES, graph.graph)
    rows = {kind: _Rows(kind, kept) for kind in KINDS}
    mistakes = Mistakes()
    for source, target, attributes in graph.edges(data=True):
        kind = attributes.get("kind")
        if not isinstance(kind, str) or kind not in rows:
            mistakes.add(f"edge {short(source)} -> {short(target)}", kind_problem(kind))
            continue
        where = f"{kind} edge {short(source)} -> {short(target)}"
        given = _given(where, attributes, (*NEURON_EDGE[kind], *kept), mistakes)
        row = rows[kind]
        for key, column in row.columns.items():
            column.append(_kept(given.pop(key, None), where, key, mistakes))
        row.ends.append((number[source], number[target]))
        row.labels.append((source, target))
        row.weights.append(_weight(given, where, mistakes))
        table = given.pop("table", -1)
        if isinstance(table, bool) or not isinstance(table, int) or not -1 <= table < 2**31:
            mistakes.add(where, f"must have a whole number as table, got {short(table)}; fix it")
            table = -1
        row.tables.append(table)
        del given["kind"]
        given.pop(SHARES, None)
        row.keys.append(_key(given))
    mistakes.check()
    forward = rows[FORWARD].table(None)
    return forward, rows[CHANNEL].table(forward)


def _weight(given: dict[str, Any], where: str, mistakes: Mistakes) -> float:
    if "weight" not in given:
        return float("nan")
    try:
        return weight_number(given.pop("weight"), where)
    except NetworkError as error:
        mistakes += error.problems
        return float("nan")
