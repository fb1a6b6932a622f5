"""Weights as they are read: with noise of their devices, drawn for each update and reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from neurochannel.engine.compiler.coder import Coder, read_name
from neurochannel.engine.device_places import levels_of
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import bias_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import channel_key, stream
from neurochannel.kernels import retention
from neurochannel.model.network import Network
from neurochannel.model.synapses import Synapse


class Reading(NamedTuple):
    """Weights as one reader sees them.

    Parameters
    ----------
    key, reader
        Of the weights, and of what reads them.
    synapse
        What says how.
    rounded
        Whether its bits are those of this reader; otherwise the weights have them already.
    """

    key: str
    reader: str
    synapse: Synapse | None
    rounded: bool = False


def readings(network: Network) -> Iterator[Reading]:
    """Yield all weights that are not read as they are; shared ones are read once for all.

    A tied channel bundle reads the devices of the forward one with draws of its own, or as its own
    synapse says.
    """
    if not network.has_devices:
        return
    for one in _readers(network):
        synapse, rounded = one.synapse, one.rounded
        if synapse and (synapse.read_noise or (rounded and synapse.bits is not None)):
            yield one


def _readers(network: Network) -> Iterator[Reading]:
    forward = {bundle.name: bundle.edges for bundle in network.forward_bundles}
    own: dict[str, Any] = {kept_weights(network, name): edges for name, edges in forward.items()}
    own |= {kept_biases(network, p): bias_of(network, p) for p in network.forward_order}
    for key, rule in own.items():
        yield Reading(key, key, rule.synapse if rule else None)
    for bundle in network.channel_bundles:
        key, synapse = channel_key(bundle.name), bundle.edges.synapse
        if bundle.edges.weights in ("adaptive", "random"):
            yield Reading(key, key, synapse)
        elif bundle.edges.weights == "tied":
            across = mirror(network, bundle)
            if across in forward:
                read = synapse or forward[across].synapse
                yield Reading(kept_weights(network, across), key, read, synapse is not None)


PREDICTION_READS = "prediction "
"""What is added to the names of draws where nothing learns."""


def reading_code(coder: Coder, lane: str = "") -> list[Call]:
    """Read weights once for the batch: weight + noise z.

    Parameters
    ----------
    lane
        What is added to the names of the draws.
    """
    code = []
    for key, reader, synapse, rounded in readings(coder.network):
        weight, name = coder.memory.values[key], read_name(reader)
        out = coder.memory.scratch_span(name, key, weight.shape, weight.stride)
        if synapse is not None:
            code += reading_of(synapse, weight, out, lane + name, rounded=rounded)
    return code


def reading_of(
    synapse: Synapse, weight: Span, out: Span, lane: str, *, rounded: bool
) -> list[Call]:
    """Return the calls that read weights into a place, in its levels and with its noise.

    Parameters
    ----------
    lane
        What the draws are named after.
    rounded
        Whether to round them to its bits.
    """
    code = []
    if rounded and synapse.bits is not None:
        levels, most = levels_of(synapse)
        code.append(call(retention.read_levels, weight=weight, out=out, levels=levels, most=most))
        weight = out
    if synapse.read_noise:
        relative = synapse.read == "relative"
        code.append(
            call(
                retention.read_weights,
                weight=weight,
                out=out,
                absolute=0.0 if relative else synapse.read_noise,
                relative=synapse.read_noise if relative else 0.0,
                n=weight.shape[-1],
                stream=int(stream(lane)),
            )
        )
    return code
