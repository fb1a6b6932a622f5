"""Limits of messages that are questionable whatever the messages are."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.data import Data
from neurochannel.model.network import Bundle, ChannelEdges, Network
from neurochannel.observe.lint.finding import Finding, warning

MANY_WIRES = 1_000
"""All-to-all wires from which on draws for each of them cost more than all else that they do."""


def limit_findings(network: Network, data: Data | None) -> Iterator[Finding]:
    """Find delays longer than an epoch, budgets for everybody, and bits that tell of noise."""
    n = len(data.train.x) if data is not None else None
    for bundle in network.channel_bundles:
        if bundle.edges.message is not None:
            yield from _late(bundle, n)
            yield from _ample(bundle, network.size(bundle.source))
            yield from _noisy(bundle)
            yield from _costly(network, bundle)


def _late(bundle: Bundle[ChannelEdges], n: int | None) -> Iterator[Finding]:
    """Find a delay that is longer than an epoch, however small the batches are."""
    message = bundle.edges.message
    if message is not None and n is not None and message.delay > n:
        yield warning(
            f"{bundle.where} {bundle.name} message.delay",
            f"is {message.delay:,} {message.unit}s, longer than an epoch of {n:,} examples, so "
            "that nothing arrives in the first one; choose a smaller delay",
        )


def _ample(bundle: Bundle[ChannelEdges], n: int) -> Iterator[Finding]:
    """Find a budget for as many neurons as there are."""
    message = bundle.edges.message
    if message is not None and message.budget is not None and message.budget >= n:
        yield warning(
            f"{bundle.where} {bundle.name} message.budget",
            f"is {message.budget:,} for a source of {n:,} neurons, so that it does nothing; choose "
            "a smaller one, or leave it out",
        )


def _costly(network: Network, bundle: Bundle[ChannelEdges]) -> Iterator[Finding]:
    """Find bundles of which many wires draw whether they lose their message."""
    message, edges = bundle.edges.message, bundle.edges
    if message is None or message.per != "wire" or not message.loss:
        return
    wires = network.size(bundle.source) * network.size(bundle.target)
    sparse = edges.fan_in or edges.density or edges.one_to_one or edges.edges is not None
    if not sparse and wires >= MANY_WIRES:
        yield warning(
            f"{bundle.where} {bundle.name} message.per",
            f'is "wire" for {wires:,} wires, each of which draws a random number for every example '
            "when a message is delivered, and again when adaptive weights change; write per = "
            '"message", or choose fewer edges, for example by fan_in',
        )


def _noisy(bundle: Bundle[ChannelEdges]) -> Iterator[Finding]:
    """Find levels that lie closer together than noise spreads."""
    message = bundle.edges.message
    if (
        message is None
        or message.bits is None
        or message.quantizer not in ("uniform", "stochastic")
    ):
        return
    step = message.scale / (2.0 ** (message.bits - 1) - 1)
    if step < message.noise:
        yield warning(
            f"{bundle.where} {bundle.name} message.bits",
            f"is {message.bits}, so that levels are {step:.2g} apart, and the noise has a standard "
            f"deviation of {message.noise:.2g}; fewer bits say as much",
        )
