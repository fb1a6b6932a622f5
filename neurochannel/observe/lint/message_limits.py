"""Limits of messages that are questionable whatever the messages are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from neurochannel.data import Data
from neurochannel.engine.broken_wires import fault_key
from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.limits import Message, Receive
from neurochannel.model.network import ChannelEdges, ForwardEdges, Network
from neurochannel.model.problems import short
from neurochannel.observe.lint.finding import Finding, some_neurons, warning
from neurochannel.observe.lint.first_batch import FirstBatch, Joined, onward
from neurochannel.observe.lint.message_levels import RARE

MANY_WIRES = 1_000
"""All-to-all wires from which on draws for each of them cost more than all else that they do."""

MOST_GONE = 0.9
"""Largest part of all messages that may be lost or broken before lint says so."""


def limit_findings(network: Network, data: Data | None) -> Iterator[Finding]:
    """Find late messages, budgets for everybody, and bits that tell of noise."""
    n = len(data.train.x) if data is not None else None
    bundles: tuple[AnyBundle, ...] = (*network.forward_bundles, *network.channel_bundles)
    forward = {bundle.name: bundle.edges for bundle in network.forward_bundles}
    for bundle in bundles:
        if bundle.edges.message is not None:
            yield from _late(bundle, n)
            yield from _ample(bundle, network.size(bundle.source))
            yield from _noisy(bundle)
            yield from _costly(network, bundle, _joining(network, bundle, forward))
            yield from _nearly_gone(bundle)
            yield from _idle(f"{bundle.where} {bundle.name} message", bundle.edges.message)
    for name, population in network.populations.items():
        if population.receive is not None:
            yield from _idle(f"populations.{name}.receive", population.receive)


def _late(bundle: AnyBundle, n: int | None) -> Iterator[Finding]:
    """Find messages that are late, and a delay longer than an epoch, however small batches are."""
    message = bundle.edges.message
    if message is None or not message.delay:
        return
    where, units = f"{bundle.where} {bundle.name} message.delay", f"{message.unit}s"
    told = f"is {message.delay:,} {units if message.delay > 1 else message.unit}"
    if n is not None and message.delay > n:
        yield warning(
            where,
            f"{told}, longer than an epoch of {n:,} examples, so that nothing arrives in the first "
            "one; choose a smaller delay",
        )
    else:
        yield warning(
            where,
            f"{told}, and examples are shuffled, so that a message meets the activity of another "
            f"example, from which '{bundle.target}' learns next to nothing, and forgets; compare "
            "with top_only, or leave it out",
        )


def _ample(bundle: AnyBundle, n: int) -> Iterator[Finding]:
    """Find a budget for as many neurons as there are."""
    message = bundle.edges.message
    if message is not None and message.budget is not None and message.budget >= n:
        yield warning(
            f"{bundle.where} {bundle.name} message.budget",
            f"is {message.budget:,} for a source of {n:,} neurons, so that it does nothing; choose "
            "a smaller one, or leave it out",
        )


def _joining(
    network: Network, bundle: AnyBundle, forward: Mapping[str, ForwardEdges]
) -> ForwardEdges | ChannelEdges:
    """Return what says which wires a bundle has: tied ones are those of the forward bundle."""
    if isinstance(bundle.edges, ChannelEdges) and bundle.edges.weights == "tied":
        return forward.get(mirror(network, bundle), bundle.edges)
    return bundle.edges


def _costly(
    network: Network, bundle: AnyBundle, edges: ForwardEdges | ChannelEdges
) -> Iterator[Finding]:
    """Find bundles of which many wires draw whether they lose their message."""
    message = bundle.edges.message
    if message is None or message.per != "wire" or not message.loss:
        return
    wires = network.size(bundle.source) * network.size(bundle.target)
    sparse = edges.fan_in or edges.density or edges.one_to_one or edges.edges is not None
    if not sparse and wires >= MANY_WIRES:
        yield warning(
            f"{bundle.where} {bundle.name} message.per",
            f'is "wire" for {wires:,} wires, each of which draws a random number for every example '
            "when a message is delivered, and again when weights learn; write per = "
            '"message", or choose fewer edges, for example by fan_in',
        )


def _nearly_gone(bundle: AnyBundle) -> Iterator[Finding]:
    """Find channels over which little arrives; less than `RARE` is seen in the first batch."""
    message = bundle.edges.message
    if message is not None and RARE <= message.delivered(1.0) < 1 - MOST_GONE:
        yield warning(
            f"{bundle.where} {bundle.name} message",
            f"leaves {message.delivered(1.0):.2g} of what is sent ({message.text}); lose or break "
            "less",
        )


def _idle(where: str, limits: Message | Receive) -> Iterator[Finding]:
    """Find words on the precision of numbers that nothing rounds."""
    said = limits.changed()
    keys = [key for key in ("quantizer", "scale") if key in said and limits.bits is None]
    if limits.keep == "sign":
        keys = [key for key in keys if key != "scale"]
    for key in keys:
        yield warning(
            f"{where}.{key}",
            f"is {short(said[key])} without bits, so that it does nothing; add bits, or remove it",
        )


def _noisy(bundle: AnyBundle) -> Iterator[Finding]:
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


def broken_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find receivers all wires of which are dead on this chip."""
    network, chip = probe.network, probe.run.chip
    if not chip:
        return
    several: list[tuple[AnyBundle, str, Callable[[], Joined | None]]] = [
        (bundle, weights_key(bundle.name), partial(probe.forward_edges, bundle.name))
        for bundle in network.forward_bundles
    ]
    several += [
        (bundle, channel_key(bundle.name), partial(probe.channel_edges, bundle))
        for bundle in network.channel_bundles
        if bundle.edges.weights != "tied"
    ]
    for bundle, key, edges_of in several:
        fault, n = chip.get(fault_key(key)), network.size(bundle.target)
        if fault is None:
            continue
        listed, sound = edges_of(), ~np.isnan(fault)
        if bundle.edges.message is None or bundle.edges.message.per == "message":
            heard = onward(sound, listed, n)
        elif not isinstance(listed, EdgeList):
            heard = sound.any(axis=0)
        else:
            heard = np.bincount(listed.receivers[sound], minlength=n) > 0
        deaf = onward(np.ones(network.size(bundle.source), bool), listed, n) & ~heard
        if np.any(deaf):
            neurons = some_neurons(network, bundle.target, deaf)
            yield warning(
                f"{bundle.where} {bundle.name}",
                f"has a chip on which all wires into {neurons} of '{bundle.target}' are dead; take "
                "more edges, or another chip_seed",
            )
