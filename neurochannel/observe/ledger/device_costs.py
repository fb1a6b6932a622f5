"""What devices have and get: their states, and the pulses that a first batch asks for."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from neurochannel.engine.parameters import device_rules
from neurochannel.engine.streams import channel_key
from neurochannel.model.synapses import Synapse
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.device_pulses import lines_of, pulses_of
from neurochannel.observe.lint.first_batch import FirstBatch


def device_costs(
    compiled: Compiled, rate: float, batch: ArrayLike | None
) -> dict[str, dict[str, Any]]:
    """Return fields of costs by the key of a bundle whose weights are devices."""
    network = compiled.network
    rules = dict(device_rules(network))
    found: dict[str, dict[str, Any]] = {
        key: {"device": one.label, "states": states_of(one)} for key, one in rules.items()
    }
    for bundle in network.channel_bundles:
        if bundle.edges.synapse:
            found.setdefault(channel_key(bundle.name), {"device": bundle.edges.synapse.label})
    if all(one.step is None for one in rules.values()):
        return found
    probe = FirstBatch.of(compiled, batch)
    if probe.signals is not None:
        for lines in lines_of(network, probe.run.machine.edges, probe.buffers(0)):
            asked = pulses_of(lines, rate, 1, touched=True)
            found[lines.key] |= {"pulses": asked.total, "touched": asked.touched}
    return found


def states_of(synapse: Synapse) -> float:
    """Return how many steps there are from one bound to the other, 0 if there is no number."""
    if synapse.step is None or synapse.bounds is None:
        return 0.0
    low, high = synapse.bounds
    return (2 * high if synapse.pair else high - low) / synapse.step
