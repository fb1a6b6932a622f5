"""Weights as they are read: with noise of their devices, drawn for each update and reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from neurochannel.engine.compiler.coder import Coder, read_name
from neurochannel.engine.device_places import levels_of
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import bias_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import bias_key, channel_key, stream, weights_key
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
    """Yield all weights that are not read as they are.

    A tied channel bundle reads the devices of the forward one with draws of its own, or as its own
    synapse says.
    """
    for one in _readers(network):
        synapse, rounded = one.synapse, one.rounded
        if synapse and (synapse.read_noise or (rounded and synapse.bits is not None)):
            yield one


def _readers(network: Network) -> Iterator[Reading]:
    forward = {bundle.name: bundle.edges for bundle in network.forward_bundles}
    for name, edges in forward.items():
        yield Reading(weights_key(name), weights_key(name), edges.synapse)
    for population in network.forward_order:
        key, bias = bias_key(population), bias_of(network, population)
        yield Reading(key, key, bias.synapse if bias else None)
    for bundle in network.channel_bundles:
        key, own = channel_key(bundle.name), bundle.edges.synapse
        if bundle.edges.weights in ("adaptive", "random"):
            yield Reading(key, key, own)
        elif bundle.edges.weights == "tied":
            across = mirror(network, bundle)
            if across in forward:
                synapse = own or forward[across].synapse
                yield Reading(weights_key(across), key, synapse, own is not None)


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
