"""Rules of both graphs: names, ends and cycles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from neurochannel.model.base import NAME
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.edges import ERROR, STARTS
from neurochannel.model.problems import Problem, did_you_mean, listed, short
from neurochannel.model.wiring import Wiring

if TYPE_CHECKING:
    from networkx import DiGraph


STARTED = ", ".join(f"`{name}`" for name in STARTS)


def name_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find names that are not allowed, and paths through populations that do not exist."""
    for name in wiring.populations:
        if name in STARTS:
            yield Problem(
                ("populations", name),
                f"must have another name, because a channel may start from `{name}`; rename it",
            )
        elif not re.fullmatch(NAME, name):
            yield Problem(
                ("populations",),
                f"must have names of letters, digits, '_', '.' and '-' that begin with a letter or "
                f"'_', got {short(name)}; rename it",
            )
    for where, name in _ends(wiring.forward):
        if name in STARTS:
            yield Problem(
                (where, "path"),
                f"must not go through `{name}`, where only a channel may start; "
                "name the output population, or write [[channel]]",
            )
        elif name not in wiring.populations:
            yield _unknown(where, name, wiring.populations)
    for where, name in _ends(wiring.channel):
        if name not in wiring.populations and name not in STARTS:
            yield _unknown(where, name, [*wiring.populations, *STARTS])
    for bundle in wiring.channel:
        if bundle.target in STARTS:
            yield Problem(
                (bundle.where, "path"),
                f"must not lead into `{bundle.target}`, got '{bundle.name}'; "
                "start the path with it",
            )


def _ends(bundles: Iterable[AnyBundle]) -> Iterable[tuple[str, str]]:
    return dict.fromkeys((edge.where, name) for edge in bundles for name in edge.ends)


def _unknown(where: str, name: str, known: Iterable[str]) -> Problem:
    remedy = did_you_mean(name, known) or "add it to [populations]"
    return Problem((where, "path"), f"must go through known populations, got '{name}'; {remedy}")


def forward_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find what keeps the forward edges from being a directed acyclic graph of single bundles."""
    yield from _bundle_rules(wiring.forward)
    yield from _cycle(wiring.forward_graph, "forward")


def channel_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find what keeps the channel from being a directed acyclic graph from what it starts from."""
    for bundle in wiring.channel:
        if bundle.source == wiring.output:
            yield Problem(
                (bundle.where, "path"),
                f"must not start from the output population '{wiring.output}', got "
                f"'{bundle.name}'; write `error`, `target` or `prediction` instead",
            )
    yield from _bundle_rules(wiring.channel)
    yield from _cycle(wiring.channel_graph, "channel")
    if wiring.channel_complete:
        yield from _unreached(wiring)
        yield from _deaf(wiring)


def _unreached(wiring: Wiring) -> Iterator[Problem]:
    receivers = {bundle.target for bundle in wiring.channel}
    for bundle in wiring.channel:
        source = bundle.source
        if source not in receivers and source not in (*STARTS, wiring.output):
            yield Problem(
                (bundle.where, "path"),
                f"must start from {STARTED} or where the channel arrives, got '{bundle.name}' "
                f"although no channel edge leads to '{source}'; add a path from `{ERROR}` to "
                f"'{source}'",
            )


def _deaf(wiring: Wiring) -> Iterator[Problem]:
    for name, population in wiring.populations.items():
        if population is None or population.receive is None or name in wiring.receiving:
            continue
        remedy = "" if name == wiring.output else f", or add a path from `error` to '{name}'"
        yield Problem(
            ("populations", name, "receive"),
            f"must be left out where no channel edge arrives; remove it{remedy}",
        )


def _bundle_rules(bundles: Iterable[AnyBundle]) -> Iterator[Problem]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for bundle in bundles:
        if bundle.source == bundle.target:
            yield Problem(
                (bundle.where, "path"),
                f"must lead from one population to another, got '{bundle.name}'; remove this loop",
            )
        places[bundle.name].append(bundle.where)
    for name, where in places.items():
        if len(where) > 1:
            yield Problem(
                (where[1], "path"),
                f"must not repeat a bundle, got '{name}', which is in {where[0]} already; "
                "remove one of them",
            )


def _cycle(graph: DiGraph[str], kind: str) -> Iterator[Problem]:
    import networkx as nx

    cycles = (sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1)
    for names in sorted(cycles):
        start = min(names, key=list(graph).index)
        edges = nx.find_cycle(graph.subgraph(names), start)
        way = " -> ".join([edges[0][0], *(edge[1] for edge in edges)])
        yield Problem((kind,), f"must have no cycle, got '{way}'; remove one of these edges")


def end_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find missing or surplus inputs and outputs, and populations without any edge."""
    if not wiring.forward_complete:
        return
    if not wiring.forward:
        yield Problem(
            ("forward",), "must have at least one path; write for example path = 'input -> output'"
        )
        return
    if wiring.is_acyclic:
        yield from _role_rules(wiring, "input", wiring.sources, "incoming")
        yield from _role_rules(wiring, "output", wiring.sinks, "outgoing")
    for name in wiring.populations if wiring.channel_complete else ():
        if name not in wiring.on_forward and name not in wiring.on_channel:
            yield Problem(
                ("populations", name),
                "must have at least one edge, got none; add it to a path or remove it",
            )


def _role_rules(
    wiring: Wiring, role: str, ends: tuple[str, ...], missing: str
) -> Iterator[Problem]:
    """Find whether one population has the role, by its mark or by being the only end."""
    marked = wiring.with_role(role)
    for name in marked if len(marked) == 1 else ():
        if name not in ends:
            rule = (
                f"must have no {missing} forward edges"
                if name in wiring.on_forward
                else ("must have forward edges")
            )
            yield Problem(
                ("populations", name, "role"),
                f"{rule} to be the {role}; remove this role, or give it to another population",
            )
    if len(marked) > 1:
        yield Problem(
            ("populations", marked[1], "role"),
            f"must be the only {role}, got {listed(marked)}; join them in one population",
        )
    elif not marked and len(ends) != 1:
        yield Problem(
            ("forward",),
            f"must have exactly one {role} population, got {len(ends)}: {listed(ends)} have no "
            f'{missing} forward edges; connect all but one, or give one of them role = "{role}"',
        )
