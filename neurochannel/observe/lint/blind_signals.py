"""Signals that cannot teach: messages that cancel out, and numbers without a sign."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.edgelists import EdgeList
from neurochannel.model.edges import ERROR, PREDICTION, STARTS, TARGET
from neurochannel.model.limits import Message, Receive, Update
from neurochannel.model.network import Bundle, ChannelEdges
from neurochannel.observe.lint.finding import Finding, error, some_neurons, warning
from neurochannel.observe.lint.first_batch import FirstBatch

_SUMS = {
    ERROR: ("0", "the errors", "0"),
    TARGET: ("the same number for every example", "the targets", "1"),
    PREDICTION: ("the same number for every example", "the predictions", "1"),
}
"""What equal weights deliver from a softmax output, and why."""


def blind_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find bundles whose messages cancel out, and limits that leave no direction of change."""
    yield from _cancelled(probe)
    yield from _without_direction(probe)


def _cancelled(probe: FirstBatch) -> Iterator[Finding]:
    """Find receivers with the same weight from all that a softmax output sends.

    Errors add up to 0: T and O both add up to 1, and with squared errors the Jacobian of softmax
    has rows of sum 0.
    """
    network = probe.network
    if network.populations[network.output].activation != "softmax" or network.size(ERROR) == 1:
        return
    for bundle in network.channel_bundles:
        limits = bundle.edges.message
        if bundle.source not in STARTS or (limits is not None and limits.active):
            continue
        deaf = _equal_weights(probe, bundle)
        if not np.any(deaf):
            continue
        say = error if np.all(deaf) else warning
        delivered, what, total = _SUMS[bundle.source]
        yield say(
            f"{bundle.where} {bundle.name}",
            f"delivers {delivered} to {some_neurons(network, bundle.target, deaf)} of "
            f"'{bundle.target}': {what} of a softmax output add up to {total}, and all have "
            'the same weight there; draw the weights at random, for example by init = "glorot"',
        )


def _equal_weights(probe: FirstBatch, bundle: Bundle[ChannelEdges]) -> np.ndarray:
    """Return which receivers have one and the same weight, not 0, from all neurons of the source.

    Only weights that stay equal count: those that learn or follow others differ after a step.
    """
    n, n_source = probe.network.size(bundle.target), probe.network.size(bundle.source)
    kind, init, listed = bundle.edges.weights, bundle.edges.init, probe.channel_edges(bundle)
    if kind == "redrawn" and init.distribution == "zeros":
        weights: np.ndarray = np.full(listed.n_edges if listed else (n_source, n), init.mean)
    elif kind in ("random", "congruent"):
        weights = probe.on_wires(bundle)
    else:
        return np.zeros(n, bool)
    receivers = (
        listed.receivers if isinstance(listed, EdgeList) else np.tile(np.arange(n), n_source)
    )
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, receivers, weights.ravel())
    np.maximum.at(high, receivers, weights.ravel())
    from_all = np.bincount(receivers, minlength=n) == n_source
    equal: np.ndarray = from_all & (low == high) & (low != 0)
    return equal


def _without_direction(probe: FirstBatch) -> Iterator[Finding]:
    """Find limits that keep magnitudes only."""
    network = probe.network
    for bundle in network.channel_bundles:
        edges, where = bundle.edges, f"{bundle.where} {bundle.name}"
        if edges.message is not None or edges.update is not None:
            yield from _magnitudes(f"{where} message", edges.message, "every message")
            yield from _magnitudes(f"{where} update", edges.update, "every change")
    for forward in network.forward_bundles:
        if forward.edges.update is not None:
            where = f"{forward.where} {forward.name}"
            yield from _magnitudes(f"{where} update", forward.edges.update, "every change")
    for name, population in network.populations.items():
        where, bias = f"populations.{name}", population.bias_rule
        yield from _magnitudes(f"{where}.receive", population.receive, "every sum that arrives")
        changes = bias.update if bias else None
        yield from _magnitudes(f"{where}.bias.update", changes, "every change")


def _magnitudes(
    where: str, limits: Message | Receive | Update | None, what: str
) -> Iterator[Finding]:
    if limits is not None and limits.keep == "magnitude":
        yield warning(
            where,
            f"keeps only the magnitude of {what}, so nothing says in which direction to change; "
            'write keep = "all", or keep = "sign" for the direction alone, unless it is meant',
        )
