"""Calls for bundles that are joined: what they bring to a population, and how they change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.joining import ACTIVITY, SIGNAL, JoinedList
from neurochannel.engine.compiler.shares import Share
from neurochannel.engine.memory import Column, Span
from neurochannel.engine.program import Call, call
from neurochannel.kernels import joined as kernels


def told_code(coder: Coder, name: str, population: str, what: Column) -> list[Call]:
    """Copy what a population sends into a joint vector, if any joined bundle reads it.

    Parameters
    ----------
    name
        `ACTIVITY` or `SIGNAL`.
    """
    if population not in coder.joined.told.get(name, ()):
        return []
    made = kernels.join_by_lanes if coder.paths.lanes else kernels.join
    first = coder.joined.position[population]
    return [call(made, source=what, joint=_vector(coder, name), first=first)]


def joined_deliveries(
    coder: Coder, kind: str, population: str, total: Column, *, derivative: bool = True
) -> list[Call]:
    """total += what all joined bundles of a kind bring to a population."""
    made = kernels.deliver_joined_by_lanes if coder.paths.lanes else kernels.deliver_joined
    vector = _vector(coder, ACTIVITY if kind == "weights" else SIGNAL)
    first, n = coder.joined.position.get(population, 0), total.width
    code = []
    for one in coder.joined.into(kind, population, derivative):
        edges = _wires(coder, one, first, n)
        delivery = call(made, joint=vector, weight=coder.memory.pool, total=total, **edges)
        code.append(replace(delivery, members=one.members[population]))
    return code


def joined_changes(coder: Coder, kind: str, share: Share) -> list[Call]:
    """Change the weights of all joined bundles of a kind that learn together."""
    made = kernels.update_joined_by_lanes if coder.paths.lanes else kernels.update_joined
    here, there = (ACTIVITY, SIGNAL) if kind == "weights" else (SIGNAL, ACTIVITY)
    code = []
    for trait, one in coder.joined.lists.items():
        if trait.kind != kind or trait.factor is None:
            continue
        rows, _ = share.of_sources(one.start)
        if rows.n == 0:
            continue
        change = call(
            made,
            joint=_vector(coder, here),
            signal=_vector(coder, there),
            weight=coder.memory.pool,
            first=rows.first,
            rate_factor=trait.factor,
            **_wires(coder, one, rows.first, rows.n),
        )
        members = tuple(member for found in one.members.values() for member in found)
        code.append(replace(change, members=members))
    return code


def _vector(coder: Coder, name: str) -> Column:
    return coder.memory.joint_column(name, coder.joined.width, of_channel=name == SIGNAL)


def _wires(coder: Coder, one: JoinedList, first: int, n: int) -> dict[str, Any]:
    """Return the operands that say which edges lead to n receivers from `first` on."""
    place = coder.memory.wires.add(one.name, one.name, one.start, one.senders, one.places)
    begin, end = int(one.start[first]), int(one.start[first + n])
    n_edges, senders = len(one.senders), place.start + len(one.start)
    spans = {"start": (place.start + first, n + 1), "senders": (senders + begin, end - begin)}
    spans["places"] = (senders + n_edges + begin, end - begin)
    made = {name: Span(place.name, one.name, at, (k,), k) for name, (at, k) in spans.items()}
    return {**made, "n": n, "edges": end - begin}
