"""Limits that leave nothing of the changes that the first batch asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from neurochannel.engine.parameters import bias_may_learn
from neurochannel.model.limits import Update
from neurochannel.observe.lint.finding import Finding, error
from neurochannel.observe.lint.first_batch import FirstBatch


class Limited(NamedTuple):
    """What changes under limits: its place, its name among updates, its values, what changes it."""

    where: str
    name: str
    limits: Update
    values: np.ndarray
    causes: tuple[np.ndarray, ...]


def change_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find weights and biases that stay where they are, although something asks for a change."""
    if probe.signals is None:
        return
    learners = [
        learner
        for learner in [*_forward(probe, probe.signals), *_channel(probe, probe.signals)]
        if not learner.limits.draws and all(map(np.any, learner.causes))
    ]
    updates = probe.run.updates(*probe.batch) if learners else {}
    for learner in learners:
        yield from _lost(probe, learner, updates[learner.name])


def _forward(probe: FirstBatch, signals: Mapping[str, np.ndarray]) -> Iterator[Limited]:
    network, run = probe.network, probe.run
    for bundle in network.forward_bundles:
        limits = bundle.edges.update
        if bundle.edges.learn and limits and bundle.target in signals:
            causes = probe.activity[bundle.source], signals[bundle.target]
            where = f"{bundle.where} {bundle.name} update"
            yield Limited(where, bundle.name, limits, run.weights[bundle.name], causes)
    for name in network.forward_order[1:]:
        bias = network.populations[name].bias_rule
        if bias and bias.update and bias_may_learn(network, name) and name in signals:
            where = f"populations.{name}.bias.update"
            yield Limited(where, name, bias.update, run.biases[name], (signals[name],))


def _channel(probe: FirstBatch, signals: Mapping[str, np.ndarray]) -> Iterator[Limited]:
    network, known = probe.network, {b.name for b in probe.network.forward_bundles}
    for bundle in network.channel_bundles:
        limits = bundle.edges.update
        if limits and bundle.target in probe.activity and bundle.source in signals:
            name = f"channel: {bundle.name}" if bundle.name in known else bundle.name
            causes = signals[bundle.source], probe.activity[bundle.target]
            weights = probe.run.channel_weights[bundle.name]
            where = f"{bundle.where} {bundle.name} update"
            yield Limited(where, name, limits, weights, causes)


def _lost(probe: FirstBatch, learner: Limited, change: np.ndarray) -> Iterator[Finding]:
    where, _, limits, values, _ = learner
    if not np.any(change):
        yield error(
            where,
            f"rounds every change to 0 at a rate of {probe.run.rate:g} ({limits.text}), so nothing "
            "is learned there; choose a smaller scale, or more bits",
        )
    elif np.array_equal((values + change).astype(np.float32), values.astype(np.float32)):
        yield error(
            where,
            f"leaves changes of {np.abs(change).max():.2g} at most ({limits.text}), too small to "
            "change a weight of 32 bits, so nothing is learned there; choose a larger scale",
        )
