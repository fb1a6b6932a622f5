"""Initial weights that hold learning up: saturated, silent, all alike, or zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.activations import activation_of, steepness
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.streams import channel_key
from neurochannel.observe.lint.finding import Finding, error, warning
from neurochannel.observe.lint.first_batch import FirstBatch

MOST = 0.5
"""Fraction of a population from which on saturation or silence is worth a warning."""

STEEP = 0.1
"""A neuron is saturated where f' is below this fraction of its largest value."""


def weight_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find what the initial weights do to activity and to the channel."""
    if probe.signals is None:
        yield error(
            f"populations.{probe.network.output}",
            "has an error that is not finite for the initial weights; "
            "make them smaller, for example by init = { scale = 0.1 }",
        )
    for population in probe.network.forward_order:
        if population not in (probe.network.input, probe.network.output):
            yield from _saturated(probe, population)
            yield from _alike(probe, population)
    yield from _zero_channel(probe)


def _saturated(probe: FirstBatch, population: str) -> Iterator[Finding]:
    described = probe.network.populations[population]
    activity, where = probe.response(population), f"populations.{population}"
    steep, silent = steepness(described, activity), activation_of(described)[0].falls_silent
    if steep is not None and not silent:
        flat = float(np.mean(steep < STEEP))
        if flat > MOST:
            yield warning(
                where,
                f"starts saturated: f' is below a tenth of its largest value for {flat:.0%} of its "
                "activity, so it hardly learns; make the weights into it smaller, for example by "
                "init = { scale = 0.1 }, or the inputs",
            )
    elif silent:
        dead = float(np.mean(np.all(activity == 0, axis=0)))
        if dead > MOST:
            yield warning(
                where,
                f"starts silent: {dead:.0%} of its {described.activation} neurons are 0 for every "
                "example, and f' with them, so they do not learn; raise their bias, or take "
                "weights of mean 0",
            )


def _alike(probe: FirstBatch, population: str) -> Iterator[Finding]:
    """Find neurons that are and stay copies of each other: same activity, same signal."""
    network = probe.network
    incoming = network.forward_at.into(population)
    learning = [b for b in incoming if b.edges.learn]
    sparse = any(isinstance(probe.forward_edges(b.name), EdgeList) for b in incoming)
    signal, image = (probe.signals or {}).get(population), network.image(population)
    # Neurons of one map differ by their place, so those of different maps are compared.
    n_maps = image[2] if image and any(b.edges.rule for b in incoming) else 0
    alone = network.size(population) == 1 or n_maps == 1
    if alone or signal is None or not learning or sparse:
        return
    if _equal_columns(probe.activity[population], n_maps) and _equal_columns(signal, n_maps):
        yield warning(
            f"populations.{population}",
            "has neurons that start as copies of each other and get the same learning signal, so "
            "they remain copies; draw the weights into it or the channel's at random, "
            'for example by init = "glorot"',
        )


def _equal_columns(array: np.ndarray, n_maps: int = 0) -> bool:
    """Tell whether all neurons, or all maps of each place, have the same numbers."""
    array = array.reshape(-1, n_maps) if n_maps else array
    return bool(np.all(array == array[:, :1]))


def _zero_channel(probe: FirstBatch) -> Iterator[Finding]:
    network, machine = probe.network, probe.run.machine
    spans = machine.spans
    for bundle in network.channel_bundles:
        kind, init = bundle.edges.weights, bundle.edges.init
        where = f"{bundle.where} {bundle.name}"
        if kind in ("random", "concordant", "congruent"):
            weights = spans[channel_key(bundle.name)].view(machine.values)
            zero = weights.size > 0 and not np.any(weights)
        else:
            zero = kind.endswith("redrawn") and init.distribution == "zeros" and init.mean == 0
        if zero:
            yield error(
                where,
                "has weights that are 0 and stay 0, so it carries nothing; "
                'draw them at random, for example by init = "glorot", or let them be "adaptive"',
            )
        if kind == "adaptive":
            yield from _stuck_adaptive(probe, bundle.name, bundle.target, where)


def _stuck_adaptive(probe: FirstBatch, name: str, target: str, where: str) -> Iterator[Finding]:
    """Find adaptive weights that start at 0 and move alike for all receivers."""
    weights = probe.run.machine.parameter(channel_key(name))
    if weights.size == 0 or np.any(weights) or probe.network.size(target) == 1:
        return
    activity = probe.activity.get(target)
    if activity is None:
        served = probe.network.channel_at.out_of(target)
        alike = not any(np.any(probe.run.channel_weights.listed(b.name)) for b in served)
    else:
        alike = _equal_columns(activity)
    if alike:
        yield warning(
            where,
            f"starts at 0, and the neurons of '{target}' are all alike, so nothing can break the "
            "symmetry; draw these weights or those into it at random, for example by "
            'init = "glorot"',
        )
