"""Rules of weights and biases that several bundles or populations hold together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neurochannel.model.base import same
from neurochannel.model.bundles import Bundle
from neurochannel.model.edges import ForwardEdges
from neurochannel.model.learning import LEARNING
from neurochannel.model.populations import Bias
from neurochannel.model.problems import Problem
from neurochannel.model.weights import Sparsity
from neurochannel.model.wiring import Wiring

PATTERN = (*Sparsity.model_fields, "conv", "local")
"""Which edges there are."""
OF_BUNDLES = (*PATTERN, "init", "learn", *LEARNING)
OF_BIASES = ("value", "learn", *LEARNING)


def share_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find what shares a name and cannot be one array that changes once in each step."""
    for name, several in wiring.shares.items():
        for other in several[1:]:
            yield from _unlike_bundles(wiring, name, several[0], other)
        for bundle in several if len(several) > 1 else ():
            yield from _clock(wiring, (bundle.where, "share"), bundle.target)
    for name, populations in wiring.bias_shares.items():
        for population in populations[1:]:
            yield from _unlike_biases(wiring, name, populations[0], population)
        for population in populations if len(populations) > 1 else ():
            yield from _clock(wiring, ("populations", population, "bias", "share"), population)


def _unlike_bundles(
    wiring: Wiring, name: str, first: Bundle[ForwardEdges], other: Bundle[ForwardEdges]
) -> Iterator[Problem]:
    sizes = [tuple(wiring.size(end) for end in bundle.ends) for bundle in (first, other)]
    images = [wiring.geometries.get(bundle.name) for bundle in (first, other)]
    unlike = any(None not in pair and pair[0] != pair[1] for pair in zip(*sizes, strict=True))
    if unlike or (None not in images and images[0] != images[1]):
        one, two = (" x ".join("any" if n is None else str(n) for n in pair) for pair in sizes)
        yield Problem(
            (other.where, "share"),
            f"must join as many neurons as '{first.name}', which shares '{name}', {one}, got {two} "
            f"on '{other.name}'; give it another name",
        )
    for key in _unlike(OF_BUNDLES, first.edges, other.edges):
        yield Problem(
            (other.where, key),
            f"must be the same for all that share '{name}', got another on '{other.name}' than on "
            f"'{first.name}'; write it alike, or give one of them another share",
        )


def _unlike_biases(wiring: Wiring, name: str, first: str, other: str) -> Iterator[Problem]:
    one, two = (wiring.n_biases(population) for population in (first, other))
    if None not in (one, two) and one != two:
        yield Problem(
            ("populations", other, "bias", "share"),
            f"must be of as many biases as '{first}', which shares '{name}', {one}, got {two}; "
            "give it another name",
        )
    for key in _unlike(OF_BIASES, *(_bias(wiring, population) for population in (first, other))):
        yield Problem(
            ("populations", other, "bias", key),
            f"must be the same for all that share '{name}', got another than in '{first}'; write "
            "it alike, or give one of them another share",
        )


def _bias(wiring: Wiring, population: str) -> Bias:
    part = wiring.populations[population]
    assert part is not None and isinstance(part.bias, Bias)
    return part.bias


def _unlike(keys: tuple[str, ...], one: Any, other: Any) -> Iterator[str]:
    return (key for key in keys if not same(getattr(one, key), getattr(other, key)))


def _clock(wiring: Wiring, where: tuple[str, ...], target: str) -> Iterator[Problem]:
    part = wiring.populations.get(target)
    if part is not None and part.neuron is not None and part.neuron.clock != 1:
        yield Problem(
            where,
            f"must not be shared in '{target}', whose neurons learn when their own clock ticks, "
            f"got clock = {part.neuron.clock:g}; remove one of the two",
        )
