"""Physical limits that are not defined where wires share weights, or where there are none."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.model.bundles import AnyBundle, Bundle
from neurochannel.model.edges import MAP_RULES, ChannelEdges
from neurochannel.model.populations import Bias
from neurochannel.model.problems import Problem
from neurochannel.model.synapse_rules import trains_of_shared
from neurochannel.model.wiring import Wiring


def map_limit_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find wires, pulses and neurons that windows, pools and shared weights cannot have."""
    for forward in wiring.forward:
        name = next((n for n in MAP_RULES if getattr(forward.edges, n) is not None), None)
        if name:
            yield from _of_wires(forward, f"for {name}")
        if name == "conv" and not forward.edges.share:
            yield from _of_trains(forward)
    for bundle in wiring.channel:
        if bundle.edges.shared:
            yield from _of_wires(bundle, "for shared weights")
            yield from _of_shared(wiring, bundle)
        elif bundle.edges.weights == "tied":
            yield from _of_tied(wiring, bundle)
    for name in wiring.populations:
        yield from _of_population(wiring, name)


def _of_wires(bundle: AnyBundle, where: str) -> Iterator[Problem]:
    message = bundle.edges.message
    if message is not None and message.per_wire:
        yield Problem(
            (bundle.where, "message", "per"),
            f'must be "message" {where}, whose wires are not told apart, got "wire" on '
            f"'{bundle.name}'; leave it out",
        )


def _of_shared(wiring: Wiring, bundle: Bundle[ChannelEdges]) -> Iterator[Problem]:
    against = wiring.ruled.get(f"{bundle.target} -> {bundle.sender(wiring.output or '')}")
    if bundle.edges.shared == "maps" or against is None or not against.edges.local:
        yield from _of_trains(bundle)


def _of_trains(bundle: AnyBundle) -> Iterator[Problem]:
    for problem in trains_of_shared(bundle.edges.synapse, f"for shared weights, '{bundle.name}'"):
        yield problem.within((bundle.where,))


def _of_tied(wiring: Wiring, bundle: Bundle[ChannelEdges]) -> Iterator[Problem]:
    across = f"{bundle.target} -> {bundle.sender(wiring.output or '')}"
    against = wiring.ruled.get(across)
    if against is None:
        return
    yield from _of_wires(bundle, f"against '{across}'")
    pool, message = against.edges.pool, bundle.edges.message
    if pool and bundle.edges.synapse is not None:
        yield Problem(
            (bundle.where, "synapse"),
            f"must be left out against '{across}', which has no weights to read; remove it",
        )
    if pool and pool.kind == "max" and message is not None and message.delay:
        yield Problem(
            (bundle.where, "message", "delay"),
            f"must be left out against '{across}', whose winners would be those of another "
            f'example, got {message.delay}; remove it, or pool with kind = "mean"',
        )


def _of_population(wiring: Wiring, name: str) -> Iterator[Problem]:
    part = wiring.populations[name]
    if part is None:
        return
    bias = part.bias
    if isinstance(bias, Bias) and wiring.shares_biases(name) and not bias.share:
        for problem in trains_of_shared(bias.synapse, "where maps share biases"):
            yield problem.within(("populations", name, "bias"))
    if part.neuron is not None and name in wiring.pools:
        yield Problem(
            ("populations", name, "neuron"),
            "must be left out where pooling leads, since pools only pass activity on; remove it, "
            "or write it in the population that is pooled",
        )
