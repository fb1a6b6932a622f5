"""Where the weights lie that the channel delivers with."""

from __future__ import annotations

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import bundle_shape
from neurochannel.engine.streams import channel_key
from neurochannel.model.edges import OWN
from neurochannel.model.network import Bundle, ChannelEdges


def effective_weights(coder: Coder, bundle: Bundle[ChannelEdges]) -> Span:
    """Place of the weights that a bundle delivers with: its parameters or a scratch matrix."""
    key = channel_key(bundle.name)
    if bundle.edges.weights in OWN:
        return coder.read(key)
    shape = bundle_shape(coder.network, bundle, coder.edges.get(key))
    return coder.memory.scratch_span(key, key, shape)
