"""Weights as they are read: with noise of their devices, drawn for each update and reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neurochannel.engine.compiler.coder import Coder, read_name
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.parameters import bias_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import bias_key, channel_key, stream, weights_key
from neurochannel.kernels import retention
from neurochannel.model.network import Network
from neurochannel.model.synapses import Synapse


def readings(network: Network) -> Iterator[tuple[str, str, Synapse]]:
    """Yield (key, reader, synapse) of all weights that are read with noise.

    A tied channel bundle reads the devices of the forward one with draws of its own.
    """
    for key, reader, rule in _readers(network):
        if rule is not None and rule.synapse is not None and rule.synapse.read_noise:
            yield key, reader, rule.synapse


def _readers(network: Network) -> Iterator[tuple[str, str, Any]]:
    forward = {bundle.name: bundle.edges for bundle in network.forward_bundles}
    for name, edges in forward.items():
        yield weights_key(name), weights_key(name), edges
    for population in network.forward_order:
        key = bias_key(population)
        yield key, key, bias_of(network, population)
    for bundle in network.channel_bundles:
        key = channel_key(bundle.name)
        if bundle.edges.weights in ("adaptive", "random"):
            yield key, key, bundle.edges
        elif bundle.edges.weights == "tied" and not network.is_identity(bundle):
            across = mirror(network, bundle)
            yield weights_key(across), key, forward[across]


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
    for key, reader, synapse in readings(coder.network):
        weight = coder.memory.values[key]
        relative = synapse.read == "relative"
        code.append(
            call(
                retention.read_weights,
                weight=weight,
                out=coder.memory.scratch_span(read_name(reader), key, weight.shape, weight.stride),
                absolute=0.0 if relative else synapse.read_noise,
                relative=synapse.read_noise if relative else 0.0,
                n=weight.shape[-1],
                stream=int(stream(lane + read_name(reader))),
            )
        )
    return code
