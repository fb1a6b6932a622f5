"""Initial weights that devices cannot have, or hardly tell apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.device_places import chip_place, stored_weights
from neurochannel.engine.parameters import device_rules
from neurochannel.observe.lint.finding import Finding, warning
from neurochannel.observe.lint.first_batch import FirstBatch

MOST_CLIPPED = 0.05
"""Part of the initial weights at a bound from which on that is worth a warning."""


def device_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find initial weights at the bounds of their devices, and steps larger than they are."""
    machine = probe.run.machine
    for key, synapse in device_rules(probe.network):
        weights = stored_weights(machine.memory, machine.values, key)
        if weights.size == 0 or not np.any(weights):
            continue
        low, high = (
            chip_place(machine.memory, key, name).view(machine.values) for name in ("low", "high")
        )
        clipped = float(np.mean((weights <= low) | (weights >= high)))
        if synapse.bounds is not None and clipped > MOST_CLIPPED:
            yield warning(
                key,
                f"starts with {clipped:.0%} of its weights at the bounds of their devices; draw "
                "smaller weights, for example by init = { scale = 0.5 }, or take wider bounds",
            )
        spread = float(np.sqrt(np.mean(np.square(weights))))
        if synapse.step is not None and synapse.step > spread:
            yield warning(
                key,
                f"starts with weights of {spread:.2g} on average, less than a single step of their "
                f"devices, {synapse.step:g}; draw larger weights, or take smaller steps",
            )
