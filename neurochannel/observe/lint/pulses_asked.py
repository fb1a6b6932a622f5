"""Pulses that the first batch asks of devices: too many for their trains, or hardly any."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.rates import rates_for
from neurochannel.observe.device_pulses import Lines, pulses_of
from neurochannel.observe.lint.finding import Finding, error, warning
from neurochannel.observe.lint.first_batch import FirstBatch

MOST_CUT = 0.01
"""Part of the examples whose trains are too short that is worth a warning."""
RARE = 0.01
"""Pulses of the device that is asked for most, below which an example hardly moves any."""


def pulse_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find steps that do not suit the rate of learning."""
    run, rate = probe.run, float(rates_for(probe.run.rate, 0, 1)[0])
    for lines in probe.lines():
        pulses = pulses_of(lines, rate, run.batch_size)
        asked = pulses.asked
        if not np.any(asked):
            continue
        at = f"at a rate of {rate:g} and batches of {run.batch_size}"
        if lines.synapse.pulses == "exact":
            if pulses.total == 0:
                yield _rounded(lines, at)
            continue
        if lines.synapse.pulses == "example":
            yield from _cut(lines, asked, at)
        if asked.max() < RARE:
            yield warning(
                lines.where,
                f"asks for {asked.max():.2g} pulses of a device at most {at}, so that examples "
                "move devices by rare chance only; raise the rate, or take smaller steps",
            )


def _cut(lines: Lines, asked: np.ndarray, at: str) -> Iterator[Finding]:
    most = lines.synapse.pulses_at_most
    cut = asked > most
    if cut.mean() > MOST_CUT:
        left = float(np.mean(most / asked[cut]))
        yield warning(
            lines.where,
            f"asks for up to {asked.max():,.3g} pulses of a device {at}, more than the {most} of a "
            f"train, in {cut.mean():.0%} of the examples, which make about {left:.0%} of their "
            "changes; lower the rate, or take larger steps",
        )


def _rounded(lines: Lines, at: str) -> Finding:
    return error(
        lines.where,
        f"rounds every change to 0 steps of {lines.synapse.step:g} {at}, so nothing is learned "
        'there; raise the rate, take smaller steps, or pulses = "batch", which rounds by chance',
    )
