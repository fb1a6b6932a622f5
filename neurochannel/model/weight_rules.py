"""Rules of channel weights that depend on forward weights or activity."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.model.bundles import Bundle
from neurochannel.model.edges import FOLLOWS_FORWARD, SIGNED, STARTS, ChannelEdges
from neurochannel.model.problems import Problem
from neurochannel.model.wiring import Wiring
from neurochannel.model.wiring_rules import STARTED

OTHERS = 'write weights = "random"'


def weight_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find weights that have no forward weights to follow or no activity to learn from."""
    if not wiring.forward_complete:
        return
    for bundle in wiring.channel:
        weights = bundle.edges.weights
        if weights == "adaptive" and _hears_nothing(wiring, bundle.target):
            yield Problem(
                (bundle.where, "weights"),
                f"must not be adaptive into the relay '{bundle.target}', which delivers to no "
                f"forward population whose activity could come back; {OTHERS}, or add an edge "
                "from the relay to a forward population",
            )
        if weights in FOLLOWS_FORWARD + SIGNED:
            yield from _followed(wiring, bundle)


def _hears_nothing(wiring: Wiring, name: str) -> bool:
    """Tell whether a population is a relay that no forward activity can come back to."""
    served = (bundle.target for bundle in wiring.channel if bundle.source == name)
    return name in wiring.relays and wiring.on_forward.isdisjoint(served)


def _followed(wiring: Wiring, bundle: Bundle[ChannelEdges]) -> Iterator[Problem]:
    weights, where = bundle.edges.weights, (bundle.where, "weights")
    if wiring.output is None:
        return
    if bundle.target == wiring.output:
        yield from _into_output(bundle)
        return
    upper = bundle.sender(wiring.output)
    for name in (upper, bundle.target):
        if name in wiring.relays:
            yield Problem(
                where,
                f"must not be {weights} at the relay '{name}', which has no "
                f"forward weights to follow; {OTHERS}",
            )
            return
    if weights == "tied" and not wiring.forward_graph.has_edge(bundle.target, upper):
        yield Problem(
            where,
            f"must have a forward bundle '{bundle.target} -> {upper}' to be tied to on "
            f"'{bundle.name}', got none; write weights = \"tied_product\" or add that bundle",
        )
    elif weights != "tied" and not wiring.leads(bundle.target, upper):
        yield Problem(
            where,
            f"must have a forward path from '{bundle.target}' to '{upper}' to be {weights} on "
            f"'{bundle.name}', got none; {OTHERS} or add that path",
        )


def _into_output(bundle: Bundle[ChannelEdges]) -> Iterator[Problem]:
    """Find what is not the identity though it follows forward weights, of which there are none."""
    weights, where = bundle.edges.weights, (bundle.where, "weights")
    if weights != "tied":
        yield Problem(
            where,
            f"must not be {weights} into the output, from which no forward weights lead on, got "
            f"'{bundle.name}'; {OTHERS}, or \"tied\" and one_to_one = true for the identity",
        )
    elif bundle.source not in STARTS or not bundle.edges.one_to_one:
        yield Problem(
            where,
            f"must be one to one from {STARTED} to be tied into the output, where it is the "
            f"identity, got '{bundle.name}'; {OTHERS}, or \"tied\" and one_to_one = true",
        )
    elif bundle.edges.synapse:
        yield Problem(
            (bundle.where, "synapse"),
            "must be left out into the output, where tied weights are the identity and no devices; "
            "remove it",
        )
