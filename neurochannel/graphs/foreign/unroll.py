"""A recurrent graph as a network over steps of time, with shared weights.

With inputs x, hidden neurons h, outputs y and k steps:

    h(t) = f(U x + W h(t - 1) + b)   for t = 1 .. k, with h(0) = 0
    y    = g(V h(k) + D x + c)

An edge between hidden neurons takes one step, all others none. Outputs that send edges have copies
at the earlier steps, which h(t + 1) and y(t + 1) hear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import edge_fields, population_fields, without_bias_value
from neurochannel.graphs.foreign.foreign_graph import ForeignGraph, has_value
from neurochannel.graphs.foreign.import_options import FIRST, ImportSettings
from neurochannel.graphs.foreign.journal import Journal, counted
from neurochannel.graphs.foreign.taken_weights import WEIGHT
from neurochannel.graphs.neuron_tables import Flags, Ints
from neurochannel.model.edges import ForwardEdges
from neurochannel.model.kept_attributes import columns_of
from neurochannel.model.losses import LossName
from neurochannel.model.network import Network
from neurochannel.model.populations import Population
from neurochannel.model.problems import listed

INPUT, HIDDEN, OUTPUT = "input", "hidden", "output"


@dataclass(frozen=True)
class Part:
    """Neurons that are one population at each step.

    Parameters
    ----------
    name, role
        `INPUT`, `HIDDEN` or `OUTPUT` as role, and what its copies are named after.
    members
        Numbers of the neurons.
    fields
        Of its `Population`, without size and names.
    """

    name: str
    role: str
    members: Ints
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Joint:
    """The edges from one part to another, with the fields that all of them have."""

    source: Part
    target: Part
    fields: Mapping[str, Any]

    n_edges: int

    @property
    def name(self) -> str:
        """What its bundles share."""
        return f"{self.source.name}.{self.target.name}"


def unrolled(
    graph: ForeignGraph, ends: tuple[Flags, Flags, Flags], options: ImportSettings, journal: Journal
) -> tuple[Network, frozenset[str]]:
    """Make a network of k steps of time; return it with the populations of earlier steps.

    Parameters
    ----------
    ends
        Which neurons are inputs, outputs and hidden.

    Raises
    ------
    NetworkError
        If there are no inputs or outputs, or edges that must be one bundle differ.
    """
    steps = options.steps
    assert steps is not None
    for flags, name in zip(ends, ("inputs", "outputs", "hidden neurons"), strict=True):
        if not flags.any():
            raise NetworkError(
                f"a graph must have {name} to be unrolled, got none; name the others with "
                "inputs and outputs"
            )
    parts = _parts(graph, ends)
    joints = list(_joints(graph, parts))
    feeding = any(joint.source.role == OUTPUT for joint in joints)
    times = _Times(steps, options.stimulus == FIRST, feeding)
    if not any(times.takes_time(joint) for joint in joints):
        raise NetworkError(
            "a graph must have edges from hidden neurons or outputs back to them to be unrolled, "
            "got none; leave cycles out"
        )
    bundles = _heard([Link(j, *pair) for j in joints for pair in times.pairs(j)], times)
    _say(joints, bundles, parts, times, journal)
    names = {name for link in bundles for name in link.ends(times)}
    uses = Counter(link.joint.name for link in bundles)
    made = _populations(graph, parts, times)
    network = Network(
        name=graph.name,
        loss=cast(LossName | None, graph.loss),
        populations={name: part for name, part in made if name in names},
        forward=[
            ForwardEdges(
                path=" -> ".join(link.ends(times)),
                share=link.joint.name if uses[link.joint.name] > 1 else None,
                **link.joint.fields,
            )
            for link in bundles
        ],
    )
    earlier = {times.name(p, step) for p in parts for step in times.of(p) if step < steps}
    return network, frozenset(earlier)


class Link(NamedTuple):
    """The edges of a joint from the neurons of one step to those of another."""

    joint: Joint
    start: int
    end: int

    def ends(self, times: _Times) -> tuple[str, str]:
        """Name the populations that it joins."""
        source, target = self.joint.source, self.joint.target
        return times.name(source, self.start), times.name(target, self.end)


def _heard(links: list[Link], times: _Times) -> list[Link]:
    """Leave out what no path leads on from to the outputs."""
    heard, before = {OUTPUT}, 0
    while len(heard) > before:
        before = len(heard)
        heard |= {link.ends(times)[0] for link in links if link.ends(times)[1] in heard}
    return [link for link in links if link.ends(times)[1] in heard]


@dataclass(frozen=True)
class _Times:
    """At which steps neurons are there, and hear each other.

    Parameters
    ----------
    first
        Whether inputs are heard at the first step only.
    feeding
        Whether outputs send edges, so that they have copies at the earlier steps.
    """

    steps: int
    first: bool
    feeding: bool

    def of(self, part: Part) -> range:
        """Return the steps of a part; inputs, and outputs that send nothing, have one place."""
        if part.role == HIDDEN or (part.role == OUTPUT and self.feeding):
            return range(1, self.steps + 1)
        return range(self.steps, self.steps + 1)

    def name(self, part: Part, step: int) -> str:
        """Return the name of a population."""
        last = part.role != HIDDEN and step == self.steps
        return part.name if part.role == INPUT or last else f"{part.name}-{step}"

    @staticmethod
    def takes_time(joint: Joint) -> bool:
        """Tell whether edges lead to the next step."""
        between = joint.source.role == joint.target.role == HIDDEN
        return between or joint.source.role == OUTPUT

    def pairs(self, joint: Joint) -> Iterator[tuple[int, int]]:
        """Yield the steps at which edges begin and end."""
        for end in self.of(joint.target):
            start = end
            if joint.source.role == INPUT:
                if self.first and end > 1:
                    continue
                start = self.steps
            elif self.takes_time(joint):
                start = end - 1
            if start >= 1:
                yield start, end


def _parts(graph: ForeignGraph, ends: tuple[Flags, Flags, Flags]) -> list[Part]:
    """Return the inputs, the outputs, and hidden neurons by what they have in common."""
    made = [_part(graph, INPUT, INPUT, np.flatnonzero(ends[0]))]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number in np.flatnonzero(ends[2]).tolist():
        plain, _ = without_bias_value(_attributes(graph, number))
        groups.setdefault(tuple(sorted((k, repr(v)) for k, v in plain.items())), []).append(number)
    for at, members in enumerate(groups.values(), 1):
        given = _attributes(graph, members[0]).get("population")
        name = given or (HIDDEN if len(groups) == 1 else f"{HIDDEN}{at}")
        made.append(_part(graph, str(name), HIDDEN, np.array(members)))
    made.append(_part(graph, OUTPUT, OUTPUT, np.flatnonzero(ends[1])))
    names = [part.name for part in made]
    if len(set(names)) < len(names):
        raise NetworkError(
            "neurons of one population must have the same attributes to be unrolled, got two kinds "
            f"in one of {listed(sorted(set(names)))}; leave the attribute population out"
        )
    return made


def _attributes(graph: ForeignGraph, number: int) -> dict[str, Any]:
    row = {key: column[number] for key, column in graph.nodes.items() if key != "role"}
    return {
        key: value.item() if isinstance(value, np.generic) else value
        for key, value in row.items()
        if has_value(np.array([value], object))[0]
    }


def _part(graph: ForeignGraph, name: str, role: str, members: Ints) -> Part:
    rows = [without_bias_value(_attributes(graph, number)) for number in members.tolist()]
    plain = {k: v for k, v in rows[0][0].items() if k != "population"}
    fields = population_fields(plain)
    if role == INPUT:
        return Part(name, role, members, {"role": INPUT})
    begin = np.array([number for _, number in rows])
    if fields["bias"] is not False and begin.any():
        rule = fields["bias"] if isinstance(fields["bias"], dict) else {}
        alike = bool(np.all(begin == begin[0]))
        fields["bias"] = {**rule, "value": float(begin[0]) if alike else begin}
    return Part(name, role, members, fields)


def _joints(graph: ForeignGraph, parts: list[Part]) -> Iterator[Joint]:
    """Yield the edges by the parts that they join."""
    of, place = np.zeros(len(graph.ids), np.int64), np.zeros(len(graph.ids), np.int64)
    for at, part in enumerate(parts):
        of[part.members], place[part.members] = at, np.arange(len(part.members))
    pairs = of[graph.sources] * len(parts) + of[graph.targets]
    for pair in np.unique(pairs).tolist():
        source, target = parts[pair // len(parts)], parts[pair % len(parts)]
        chosen = np.flatnonzero(pairs == pair)
        order = np.lexsort((place[graph.targets[chosen]], place[graph.sources[chosen]]))
        chosen = chosen[order]
        ends = np.stack([place[graph.sources[chosen]], place[graph.targets[chosen]]], axis=1)
        shape = len(source.members), len(target.members)
        fields = _fields(graph, chosen, ends, shape, (source.role, target.role))
        yield Joint(source, target, fields, len(chosen))


def _fields(
    graph: ForeignGraph, chosen: Ints, ends: Ints, shape: tuple[int, int], roles: tuple[str, str]
) -> dict[str, Any]:
    """Return the fields of `ForwardEdges` of some edges, which are one bundle."""
    given: dict[str, Any] = {}
    for key, column in graph.edges.items():
        own = column[chosen]
        has = has_value(own)
        if key == WEIGHT and has.all():
            continue
        where = f"edges from {roles[0]}s to {roles[1]}s must"
        if key == WEIGHT and has.any():
            raise NetworkError(
                f"{where} all have a weight, or none, to share them over time, got "
                f"{int((~has).sum()):,} without one; give weight='none' to draw them"
            )
        if has.any() and (not has.all() or any(item != own[0] for item in own)):
            raise NetworkError(
                f"{where} be alike in {key} to share their weights over time, got several values; "
                f"give ignore='{key}'"
            )
        if has.any():
            given[key] = own[0].item() if isinstance(own[0], np.generic) else own[0]
    fields = edge_fields(given)
    if kept := columns_of(graph.kept_edges, chosen.tolist()):
        fields["attributes"] = kept
    whole = len(chosen) == shape[0] * shape[1]
    if not whole:
        fields["edges"] = ends
    if WEIGHT in graph.edges and has_value(graph.edges[WEIGHT][chosen]).all():
        weights = graph.edges[WEIGHT][chosen].astype(np.float64)
        fields["init"] = weights.reshape(shape) if whole else weights
    return fields


def _populations(
    graph: ForeignGraph, parts: list[Part], times: _Times
) -> Iterator[tuple[str, Population]]:
    hidden = next(part.fields for part in parts if part.role == HIDDEN)
    for part in parts:
        for step in times.of(part):
            name, fields = times.name(part, step), dict(part.fields)
            if part.role == OUTPUT and step == times.steps:
                fields["role"] = OUTPUT
            elif part.role == OUTPUT and fields.get("activation") == "softmax":
                fields["activation"] = hidden.get("activation", "linear")
            if len(times.of(part)) > 1 and fields["bias"] is not False:
                own = fields["bias"] if isinstance(fields["bias"], dict) else {}
                fields["bias"] = {**own, "share": part.name}
            yield (
                name,
                Population(
                    size=len(part.members),
                    neurons=_names(graph, part, step, times),
                    attributes=columns_of(graph.kept, part.members.tolist()),
                    **fields,
                ),
            )


def _names(graph: ForeignGraph, part: Part, step: int, times: _Times) -> list[str]:
    """Return the names of neurons: ``AVAL@2`` at a step, inputs and the last outputs as given."""
    ending = "" if times.name(part, step) == part.name else f"@{step}"
    return [f"{graph.ids[number]}{ending}" for number in part.members.tolist()]


def _say(
    joints: list[Joint], links: list[Link], parts: list[Part], times: _Times, journal: Journal
) -> None:
    n_hidden = sum(len(part.members) for part in parts if part.role == HIDDEN)
    heard = "the first step" if times.first else "each step"
    copies = ", and outputs at all of them, since they send edges" if times.feeding else ""
    journal.say(
        f"unrolled {counted(n_hidden, 'hidden neuron')} over {times.steps:,} steps with shared "
        f"weights{copies}: inputs are heard at {heard}, outputs are read at the last"
    )
    used = {link.joint.name for link in links}
    for joint in joints:
        if joint.name not in used:
            journal.say(
                f"left out {counted(joint.n_edges, 'edge')} from {joint.source.role}s to "
                f"{joint.target.role}s, which nothing is heard of at the last step"
            )
