"""Neurons that nothing can be learned with, or whose limits do not do what they seem to do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.activations import activation_of
from neurochannel.engine.chip import n_chosen
from neurochannel.model.limits.of_neurons import Neuron
from neurochannel.observe.lint.finding import Finding, error, warning
from neurochannel.observe.lint.first_batch import FirstBatch

CLIPPED = 0.05
"""Part of the activities beyond a converter's range that is worth a warning."""
DROWNED = 4.0
"""Steps of a converter that the noise covers before its last bits say nothing."""


def neuron_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find dead populations, useless bits, ranges that are too small, and sums that change."""
    for name, population in probe.network.populations.items():
        neuron = population.neuron
        if neuron is None:
            continue
        where, n = f"populations.{name}.neuron", probe.network.size(name)
        yield from _deaths(where, neuron, n)
        if population.activation == "softmax" and neuron.at_output:
            yield warning(
                where,
                "changes the outputs of a softmax, so that they no longer add up to 1; leave it as "
                "it is if the hardware does so, too",
            )
        signed = activation_of(population)[0].is_signed
        yield from _bits(where, neuron, signed=signed)
        yield from _clipped(probe, name, neuron)


def _deaths(where: str, neuron: Neuron, n: int) -> Iterator[Finding]:
    dead = n_chosen(neuron.dead, n)
    if neuron.dead and dead == n:
        yield error(
            f"{where}.dead", f"leaves none of its {n} neurons alive; choose less than {neuron.dead}"
        )
    elif neuron.dead and dead == 0:
        yield warning(
            f"{where}.dead",
            f"is less than one of {n} neurons, so that none is dead; choose at least {0.5 / n:.2g}",
        )


def _bits(where: str, neuron: Neuron, *, signed: bool) -> Iterator[Finding]:
    if neuron.bits is None:
        return
    levels = 2.0 ** (neuron.bits - 1) - 1.0 if signed else 2.0**neuron.bits - 1.0
    step = (neuron.range or 1.0) / levels
    if neuron.noise > DROWNED * step:
        yield warning(
            f"{where}.bits",
            f"has steps of {step:.2g}, far below the noise of {neuron.noise:.2g}; "
            "fewer bits would tell as much",
        )


def _clipped(probe: FirstBatch, name: str, neuron: Neuron) -> Iterator[Finding]:
    if neuron.range is None or probe.signals is None:
        return
    found = probe.response(name)
    beyond = float(np.mean(np.abs(found) > neuron.range))
    if beyond > CLIPPED:
        yield warning(
            f"populations.{name}.neuron.range",
            f"is exceeded by {beyond:.0%} of the activities of a first batch, the largest of which "
            f"is {np.abs(found).max():.2g}; choose a larger range",
        )
