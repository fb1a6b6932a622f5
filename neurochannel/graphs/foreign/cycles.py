"""Forward edges that run backward: into inputs, out of outputs, and those that close cycles."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import ROLES
from neurochannel.graphs.foreign.foreign_graph import ForeignGraph, has_value
from neurochannel.graphs.foreign.import_options import BACKWARD, ImportSettings
from neurochannel.graphs.foreign.journal import Journal, counted
from neurochannel.graphs.foreign.order import backward_edges
from neurochannel.graphs.neuron_tables import Flags, Ints
from neurochannel.model.problems import did_you_mean, listed, short


def drop_backward(
    graph: ForeignGraph, channel: Flags, options: ImportSettings, journal: Journal
) -> tuple[ForeignGraph, Flags]:
    """Drop forward edges until they lead from the inputs to the outputs without a cycle.

    Where the graph is unrolled over steps of time, only those into inputs.
    """
    unrolls = options.steps is not None
    is_allowed = options.cycles == BACKWARD or options.order is not None or unrolls
    for role, where in list(zip(ROLES, ("lead into", "leave"), strict=True))[: 1 if unrolls else 2]:
        ends = graph.targets if role == ROLES[0] else graph.sources
        flags = _role(graph, role)[ends] & ~channel
        if flags.any():
            what = f"{counted(int(flags.sum()), 'forward edge')} that {where} {role}s"
            _tell(graph, flags, what, is_allowed, journal)
            graph, channel = graph.with_edges(~flags), channel[~flags]
    if unrolls:
        return graph, channel
    backward = np.zeros(len(channel), bool)
    forward = np.flatnonzero(~channel)
    sources, targets = graph.sources[forward], graph.targets[forward]
    if options.order is not None:
        place = _places(graph, options.order)
        backward[forward] = place[sources] >= place[targets]
    else:
        backward[forward] = backward_edges(len(graph.ids), sources, targets)
    n = int(np.count_nonzero(backward))
    if n:
        word = "backward edge" if options.order is None else "edge against the order"
        many = None if options.order is None else "edges against the order"
        what = f"{counted(n, word, many)} of {len(forward):,} forward edges"
        _tell(graph, backward, what, is_allowed, journal)
    return graph.with_edges(~backward), channel[~backward]


def _tell(graph: ForeignGraph, flags: Flags, what: str, allowed: bool, journal: Journal) -> None:
    if allowed:
        journal.say(f"dropped {what}")
    else:
        first = graph.edge_label(np.flatnonzero(flags)[0])
        journal.refuse(
            "forward edges must lead from inputs to outputs without a cycle, got "
            f"{what} such as {first}; give cycles='drop-backward', or an order of the neurons, or "
            "cycles='unroll=4' for steps of time"
        )


def _role(graph: ForeignGraph, role: str) -> Flags:
    column = graph.nodes.get("role")
    if column is None:
        return np.zeros(len(graph.ids), bool)
    return np.fromiter((item == role for item in column), bool, len(column))


def _places(graph: ForeignGraph, order: Any) -> Ints:
    """Return the place of each neuron in an order: by an attribute, or as listed."""
    if isinstance(order, str):
        return _by_attribute(graph, order)
    ids = graph.ids.tolist() if isinstance(graph.ids, np.ndarray) else list(graph.ids)
    place = {name: at for at, name in enumerate(order)}
    missing = [name for name in ids if name not in place]
    if missing:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise NetworkError(
            f"order must name every neuron, but {short(missing[0])}{more} is not there; add it"
        )
    return np.fromiter((place[name] for name in ids), np.int64, len(ids))


def _by_attribute(graph: ForeignGraph, order: str) -> Ints:
    if order not in graph.nodes:
        hint = did_you_mean(order, graph.nodes) or (
            f"there are {listed(graph.nodes)}" if graph.nodes else "they have none"
        )
        raise NetworkError(f"order must be an attribute of the neurons, got {short(order)}; {hint}")
    column = graph.nodes[order]
    used = np.zeros(len(column), bool)
    used[graph.sources] = used[graph.targets] = True
    missing = np.flatnonzero(~has_value(column) & used)
    if len(missing):
        lack = "lacks" if len(missing) == 1 else "lack"
        raise NetworkError(
            f"order must be an attribute of every neuron, but {counted(len(missing), 'neuron')} "
            f"such as {graph.label(missing[0])} {lack} {order}; choose another, or list the neurons"
        )
    # Neurons without edges have no place that matters.
    column = np.where(has_value(column), column, column[used][0])
    try:
        values = np.asarray(column.tolist(), np.float64)
    except (TypeError, ValueError):
        values = np.array([str(item) for item in column])
    place: Ints = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return place
