"""Descriptions of neurons and edges from their flat attributes, each different one made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import (
    CHANNEL,
    MADE_EACH_STEP,
    edge_fields,
    population_fields,
    renamed,
    start_of,
    without_bias_value,
)
from neurochannel.graphs.neuron_tables import EdgeTable, Ints, Mistakes
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.populations import Population
from neurochannel.model.problems import did_you_mean, short

Floats = NDArray[np.float64]
Attributes = Mapping[str, Any]
Made = TypeVar("Made", Population, ForwardEdges, ChannelEdges)


def populations_described(
    codes: Ints, different: Sequence[Attributes], label: Callable[[int], str]
) -> tuple[Ints, tuple[Population, ...], Floats]:
    """Return for each neuron the number of its description, these, and where its bias begins.

    The descriptions are without that number, and those that are equal are there only once.

    Parameters
    ----------
    codes
        For each neuron the number of its attributes in `different`.
    different
        The attributes that there are.
    label
        Names a neuron by its number.

    Raises
    ------
    NetworkError
        With a sentence for each of the first few that are wrong.
    """
    plain, numbers = zip(*map(without_bias_value, different), strict=True)

    def make(attributes: Attributes) -> Population:
        return Population(**population_fields(attributes))

    described, made = _made(make, codes, plain, lambda number: f"neuron {label(number)}")
    return described, made, np.array(numbers, np.float64)[codes]


def edges_described(
    kind: str, codes: Ints, different: Sequence[Attributes], label: Callable[[int], str]
) -> tuple[Ints, tuple[Any, ...]]:
    """Return a number for each edge and the descriptions, as `populations_described`.

    Raises
    ------
    NetworkError
        With a sentence for each of the first few that are wrong.
    """

    def make(attributes: Attributes) -> ForwardEdges | ChannelEdges:
        fields = edge_fields(attributes)
        if kind == CHANNEL:
            return ChannelEdges(path=f"{start_of(attributes)} -> target", **fields)
        return ForwardEdges(path="source -> target", **fields)

    return _made(cast("Any", make), codes, different, lambda number: f"{kind} edge {label(number)}")


def _made(
    make: Callable[[Attributes], Made],
    codes: Ints,
    different: Sequence[Attributes],
    label: Callable[[int], str],
) -> tuple[Ints, tuple[Made, ...]]:
    known: dict[Made, int] = {}
    number = np.zeros(len(different), np.int64)
    mistakes = Mistakes()
    for code, attributes in enumerate(different):
        try:
            number[code] = known.setdefault(make(attributes), len(known))
        except NetworkError as error:
            where = label(int(np.flatnonzero(codes == code)[0]))
            mistakes += [f"{where}: {renamed(problem)}" for problem in error.problems]
    mistakes.check()
    described: Ints = number[codes]
    return described, tuple(known)


def weight_number(value: Any, where: str) -> float:
    """Return the weight of an edge.

    Raises
    ------
    NetworkError
        If it is not a finite number.
    """
    is_number = isinstance(value, int | float | np.integer | np.floating)
    try:
        number = float(value) if is_number and not isinstance(value, bool) else None
    except OverflowError:
        number = None
    if number is None or not np.isfinite(number):
        raise NetworkError(
            f"{where} must have a finite number as its weight, got {short(value)}; "
            "write a number there, or leave it out to have it drawn"
        )
    return number


def with_weights(
    edges: EdgeTable[Any], forward: EdgeTable[ForwardEdges] | None, label: Callable[[int], str]
) -> EdgeTable[Any]:
    """Return the edges, without weights that are made at each step, after a check of tied ones.

    Raises
    ------
    NetworkError
        If an edge has both a weight and an init, or a tied weight is not that of its partner.
    """
    if edges.weights is None:
        return edges
    mistakes = Mistakes()
    drawn = np.array([part.init.shortest != "glorot" for part in edges.descriptions], bool)
    for number in np.flatnonzero(drawn[edges.described] & edges.weighted):
        mistakes.append(
            f"{edges.kind} edge {label(int(number))} must have a weight or an init, got both; "
            "leave one of them out"
        )
    weights = edges.weights
    if edges.kind == CHANNEL and forward is not None:
        mistakes += _untied(edges, forward, label)
        made = edges.with_field("weights", *MADE_EACH_STEP)
        weights = np.where(made, np.nan, weights)
    mistakes.check()
    kept = None if np.isnan(weights).all() else weights
    return replace(edges, weights=kept)


def _untied(
    edges: EdgeTable[ChannelEdges],
    forward: EdgeTable[ForwardEdges],
    label: Callable[[int], str],
) -> list[str]:
    """Find tied edges that state another weight than that of the forward edge."""
    assert edges.weights is not None
    own = np.flatnonzero(edges.with_field("weights", "tied") & edges.weighted)
    if not len(own) or forward.weights is None or not len(forward):
        return []
    n = 1 + max(int(part.max()) for part in (forward.sources, forward.targets, edges.sources))
    keys = forward.sources * n + forward.targets
    order = np.argsort(keys)
    wanted = edges.targets[own] * n + edges.sources[own]
    at = order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)]
    theirs = forward.weights[at]
    differ = (keys[at] == wanted) & ~np.isnan(theirs) & (theirs != edges.weights[own])
    return [
        f"channel edge {label(int(number))} must have the weight {theirs[at]} of the "
        f"forward edge that it is tied to, got {edges.weights[number]}; leave its weight out"
        for at, number in zip(np.flatnonzero(differ), own[differ], strict=True)
    ]


def kind_problem(kind: Any) -> str:
    """Return the end of the sentence about an edge whose kind is missing or unknown."""
    hint = did_you_mean(kind, ("forward", CHANNEL)) if kind is not None else None
    got = "none" if kind is None else short(kind)
    remedy = hint or (
        "write one, or read the graph of another tool with kind='forward', or 'neurochannel import'"
    )
    return f"must have a kind, 'forward' or 'channel', got {got}; {remedy}"
