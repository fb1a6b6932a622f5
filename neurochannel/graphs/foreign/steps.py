"""The steps from a graph of another tool to what a network can be; each says what it did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import CHANNEL, FORWARD, KINDS, NEURON, NEURON_EDGE, ROLES
from neurochannel.graphs.foreign.foreign_graph import Column, Columns, ForeignGraph, has_value
from neurochannel.graphs.foreign.import_options import DROP, KEEP, REFUSE, ImportSettings
from neurochannel.graphs.foreign.journal import Journal, counted, was
from neurochannel.graphs.foreign.keeping import kept_columns, some
from neurochannel.graphs.foreign.selection import chosen_edges, chosen_nodes
from neurochannel.graphs.kept_columns import EDGES, NEURONS
from neurochannel.graphs.neuron_tables import Flags
from neurochannel.model.populations import ACTIVATIONS
from neurochannel.model.problems import did_you_mean, listed, short


def name_nodes(graph: ForeignGraph, options: ImportSettings, journal: Journal) -> ForeignGraph:
    """Take an attribute as the names of the neurons."""
    key = options.names
    if key is None:
        return graph
    if key not in graph.nodes:
        hint = did_you_mean(key, graph.nodes) or f"there are {listed(graph.nodes) or 'none'}"
        raise NetworkError(f"names must be an attribute of the neurons, got {short(key)}; {hint}")
    column = graph.nodes[key]
    missing = np.flatnonzero(~has_value(column))
    if len(missing):
        raise NetworkError(
            f"{key} must name each neuron, but {counted(len(missing), 'neuron')} such as "
            f"{graph.label(missing[0])} {was(len(missing))} without it; choose another attribute"
        )
    names = [item if isinstance(item, str) else str(item) for item in column.tolist()]
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise NetworkError(
                f"{key} must name each neuron once, got {short(name)} twice; choose another "
                "attribute"
            )
        seen.add(name)
    journal.say(f"named the neurons by {key}")
    rest = {other: part for other, part in graph.nodes.items() if other != key}
    return replace(graph, ids=names, nodes=rest)


def direct(graph: ForeignGraph, options: ImportSettings, journal: Journal) -> ForeignGraph:
    """Give edges without a direction the one in which they are written, or both."""
    flags = graph.undirected
    n = int(np.count_nonzero(flags))
    if not n:
        return graph
    if options.undirected == REFUSE:
        journal.refuse(
            f"edges must have a direction, got {counted(n, 'edge')} without one such as "
            f"{graph.edge_label(np.flatnonzero(flags)[0])}; give undirected='as-written' for edges "
            "from the first node to the second, or 'both'"
        )
    if options.undirected != "both":
        journal.say(f"took {counted(n, 'undirected edge')} as written, from source to target")
        return replace(graph, undirected=np.zeros_like(flags))
    back = np.flatnonzero(flags & (graph.sources != graph.targets))
    turned = graph.with_edges(np.concatenate([np.arange(len(flags)), back]))
    at = len(flags)
    sources, targets = turned.sources.copy(), turned.targets.copy()
    sources[at:], targets[at:] = graph.targets[back], graph.sources[back]
    journal.say(f"took {counted(n, 'undirected edge')} as edges in both directions")
    return replace(
        turned, sources=sources, targets=targets, undirected=np.zeros(len(sources), bool)
    )


def kinds_of(
    graph: ForeignGraph, options: ImportSettings, journal: Journal
) -> tuple[ForeignGraph, Flags]:
    """Find which edges belong to the channel; the attribute "kind" is taken out if it is ours."""
    n = len(graph.sources)
    own = graph.edges.get("kind")
    edges = {key: column for key, column in graph.edges.items() if key != "kind"}
    given = np.zeros(n, bool)
    channel = np.zeros(n, bool)
    if own is not None and any(isinstance(kind, str) and kind in KINDS for kind in own):
        given = has_value(own)
        channel = np.fromiter((kind == CHANNEL for kind in own), bool, n)
        wrong = np.flatnonzero(given & ~np.fromiter((kind in KINDS for kind in own), bool, n))
        if len(wrong):
            raise NetworkError(
                f"edges must have the kind 'forward' or 'channel', got {short(own[wrong[0]])} at "
                f"{counted(len(wrong), 'edge')} such as {graph.edge_label(wrong[0])}; correct it"
            )
        graph = replace(graph, edges=edges)
    free = ~given
    if options.kind in (None, *KINDS):
        channel |= free & (options.kind == CHANNEL)
        if free.any():
            kind = options.kind or FORWARD
            journal.say(f"took {counted(int(free.sum()), 'edge')} as {kind} edges")
    else:
        chosen = chosen_edges(graph, "kind", str(options.kind)) & free
        channel |= chosen
        journal.say(
            f"took {counted(int(chosen.sum()), 'edge')} with {options.kind} as channel edges and "
            f"{counted(int((free & ~chosen).sum()), 'other')} as forward edges"
        )
    return graph, channel


def know_attributes(
    graph: ForeignGraph, channel: Flags, options: ImportSettings, journal: Journal
) -> ForeignGraph:
    """Keep, leave out or refuse attributes that mean nothing here."""
    words = {*NEURON_EDGE[FORWARD], *(NEURON_EDGE[CHANNEL] if channel.any() else ())} - {"kind"}
    _say_absent(graph, options, journal)
    nodes, alien = _parted(graph.nodes, {*NEURON} - _alien_words(graph), options)
    edges, other = _parted(graph.edges, words, options)
    own = _to_keep(graph.nodes, alien, graph.named, options)
    of_edges = _to_keep(graph.edges, other, graph.named_edges, options)
    kept = kept_columns(own, NEURONS, journal)
    kept_edges = kept_columns(of_edges, EDGES, journal)
    alien, other = (
        [key for key in names if key not in part]
        for names, part in ((alien, own), (other, of_edges))
    )
    what = [
        f"{some(names)} of {place}" for names, place in ((alien, NEURONS), (other, EDGES)) if names
    ]
    refused = [key for key in (*alien, *other) if key not in options.ignore]
    if refused and options.unknown == REFUSE:
        journal.refuse(
            f"attributes must be known here, got {listed(what)}; give unknown='ignore' to "
            "leave them out, or unknown='keep'"
        )
    elif what:
        journal.say(f"ignored {listed(what)}")
    return replace(graph, nodes=nodes, edges=edges, kept=kept, kept_edges=kept_edges)


def _say_absent(graph: ForeignGraph, options: ImportSettings, journal: Journal) -> None:
    """Say which attributes that should be ignored are not there: names with a mistake in them."""
    known = {*graph.nodes, *graph.edges, options.weight, options.names}
    for name in options.ignore:
        if name not in known:
            hint = did_you_mean(name, [*graph.nodes, *graph.edges])
            journal.say(f"found no attribute {name} to ignore" + (f"; {hint}" if hint else ""))


def _to_keep(
    columns: Columns, alien: list[str], named: tuple[str, ...], options: ImportSettings
) -> Columns:
    keys = [key for key in alien if options.unknown == KEEP or key in named]
    return {key: columns[key] for key in keys if key not in options.ignore}


def _alien_words(graph: ForeignGraph) -> set[str]:
    """Return attributes of nodes with names that are known here, and values that mean another."""
    known = {"role": ROLES, "activation": (*ACTIVATIONS, "power")}

    def is_own(key: str, item: object) -> bool:
        if key == "shape":
            return isinstance(item, list | tuple) or str(item).startswith("[")
        return isinstance(item, str) and item.partition("(")[0] in known[key]

    return {
        key
        for key in ("shape", *known)
        if key in graph.nodes and not any(is_own(key, item) for item in graph.nodes[key])
    }


def _parted(
    columns: dict[str, Column], known: set[Any], options: ImportSettings
) -> tuple[dict[str, Column], list[str]]:
    kept = {k: c for k, c in columns.items() if k in known and k not in options.ignore}
    return kept, [key for key in columns if key not in kept and has_value(columns[key]).any()]


def drop_loops(
    graph: ForeignGraph, channel: Flags, options: ImportSettings, journal: Journal
) -> tuple[ForeignGraph, Flags]:
    """Drop edges from a neuron to itself: forward, but for steps of time, and in the channel.

    Channel edges from an output to itself have a meaning, and stay.
    """
    if options.steps is None or options.loops == DROP:
        loops = (graph.sources == graph.targets) & ~channel
        graph, channel = _without_loops(graph, channel, loops, FORWARD, options, journal)
    outputs = ends_of(graph, channel)[1]
    loops = (graph.sources == graph.targets) & channel & ~outputs[graph.sources]
    return _without_loops(graph, channel, loops, CHANNEL, options, journal)


def _without_loops(
    graph: ForeignGraph,
    channel: Flags,
    loops: Flags,
    kind: str,
    options: ImportSettings,
    journal: Journal,
) -> tuple[ForeignGraph, Flags]:
    n = int(np.count_nonzero(loops))
    if not n:
        return graph, channel
    if options.loops == DROP:
        journal.say(f"dropped {counted(n, 'loop')}{' of channel edges' * (kind == CHANNEL)}")
    else:
        first = graph.edge_label(np.flatnonzero(loops)[0])
        journal.refuse(
            f"{kind} edges must lead from one neuron to another, got {counted(n, 'loop')} "
            f"such as {first}; give loops='drop'"
        )
    return graph.with_edges(~loops), channel[~loops]


def ends_of(graph: ForeignGraph, channel: Flags) -> tuple[Flags, Flags, Flags]:
    """Return which neurons are inputs, outputs and hidden."""
    n = len(graph.ids)
    sends, hears = np.zeros(n, bool), np.zeros(n, bool)
    sends[graph.sources[~channel]] = True
    hears[graph.targets[~channel]] = True
    roles = graph.nodes.get("role", np.full(n, None, object))
    found = []
    for role, has, has_not in zip(ROLES, (sends, hears), (hears, sends), strict=True):
        stated = np.fromiter((item == role for item in roles), bool, n)
        found.append(stated if stated.any() else has & ~has_not)
    return found[0], found[1], ~found[0] & ~found[1] & (sends | hears)


def join_parallel(
    graph: ForeignGraph, channel: Flags, options: ImportSettings, journal: Journal
) -> tuple[ForeignGraph, Flags]:
    """Keep the first of several edges between the same neurons, with the sum of their weights."""
    n = len(graph.ids)
    keys = (channel * n + graph.sources) * n + graph.targets
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    n_more = len(keys) - len(first)
    if not n_more:
        return graph, channel
    again = np.setdiff1d(np.arange(len(keys)), first)
    if options.parallel == REFUSE:
        journal.refuse(
            f"two neurons must have one edge of a kind from one to the other, got "
            f"{counted(n_more, 'edge')} again such as {graph.edge_label(again[0])}; give "
            "parallel='sum' to add their weights, or 'first'"
        )
    edges = dict(graph.edges)
    if options.parallel == "sum" and "weight" in edges:
        given = ~np.isnan(edges["weight"])
        sums = np.bincount(group, np.where(given, edges["weight"], 0.0))
        edges["weight"] = np.where(np.bincount(group, given) > 0, sums, np.nan)[group]
    kept = np.sort(first)
    if options.parallel != REFUSE:
        joined = "added" if options.parallel == "sum" else "left out"
        journal.say(f"{joined} {counted(n_more, 'parallel edge')}, {len(kept):,} are left")
    return replace(graph, edges=edges).with_edges(kept), channel[kept]


def drop_isolated(graph: ForeignGraph, options: ImportSettings, journal: Journal) -> ForeignGraph:
    """Drop neurons without any edge."""
    used = np.zeros(len(graph.ids), bool)
    used[graph.sources] = used[graph.targets] = True
    alone = np.flatnonzero(~used)
    if not len(alone):
        return graph
    some = _ends_among(graph, alone)
    if options.isolated == DROP:
        journal.say(f"dropped {counted(len(alone), 'isolated neuron')}{some}")
    else:
        journal.refuse(
            f"neurons must have at least one edge, got {counted(len(alone), 'neuron')} without any "
            f"such as {graph.label(alone[0])}{some}; give isolated='drop'"
        )
    return graph.with_nodes(used) if used.any() else graph


def _ends_among(graph: ForeignGraph, chosen: NDArray[np.int64]) -> str:
    """Tell how many of some neurons are inputs and outputs: data have a column for each."""
    roles = graph.nodes.get("role", np.full(len(graph.ids), None, object))[chosen].tolist()
    counts = [counted(roles.count(role), role) for role in ROLES if role in roles]
    return f", among them {listed(counts)}" if counts else ""


def mark_ends(graph: ForeignGraph, options: ImportSettings, journal: Journal) -> ForeignGraph:
    """Give neurons that the options name as inputs and outputs their role."""
    roles = graph.nodes.get("role", np.full(len(graph.ids), None, object)).astype(object)
    found = {}
    for role, given in zip(ROLES, (options.inputs, options.outputs), strict=True):
        if given is not None:
            found[role] = chosen_nodes(graph, f"{role}s", given)
            roles[roles == role] = None
    if not found:
        return graph
    if len(found) == 2 and (both := np.flatnonzero(found["input"] & found["output"])).size:
        raise NetworkError(
            f"neurons must be inputs or outputs, got {counted(len(both), 'neuron')} that "
            f"{was(len(both))} both such as {graph.label(both[0])}; narrow inputs or outputs"
        )
    for role, flags in found.items():
        roles[flags] = role
        journal.say(f"took {counted(int(flags.sum()), role)}")
    return replace(graph, nodes={**graph.nodes, "role": roles})
