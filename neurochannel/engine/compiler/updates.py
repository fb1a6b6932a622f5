"""Changes of weights and biases; they read activities and signals only, so their order is free."""

from __future__ import annotations

from neurochannel.engine.compiler.channel import (
    message_address,
    message_falls_silent,
    quantize_code,
)
from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.parameters import bias_may_learn, bias_of
from neurochannel.engine.program import Instruction
from neurochannel.engine.streams import bias_key, channel_key, weights_key
from neurochannel.kernels.opcodes import Op
from neurochannel.model.limits import Update
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges


def update_code(coder: Coder) -> list[Instruction]:
    """dW = rate O' R / batch, db = rate mean(R); adaptive dC = rate Q(message)' O / batch."""
    network, code = coder.network, list[Instruction]()
    for forward in network.forward_bundles:
        if forward.edges.learn and coder.learns(forward.target):
            code += _weights(coder, forward)
    for population in network.forward_order:
        if coder.learns(population) and bias_may_learn(network, population):
            code += _bias(coder, population)
    for bundle in network.channel_bundles:
        if bundle.edges.weights == "adaptive":
            code += _adaptive(coder, bundle)
    return code


def _weights(coder: Coder, bundle: Bundle[ForwardEdges]) -> list[Instruction]:
    x, w = coder.activity(bundle.source), coder.signal(bundle.target)
    key, path = weights_key(bundle.name), coder.path(coder.falls_silent(bundle.source))
    change = _outer(coder, key, bundle, x, w, path)
    if change.op == Op.UPDATE and coder.reads_pixels(bundle):
        change = change._replace(op=Op.UPDATE_PIXELS)
    return _limited(coder, key, bundle.edges.update, change)


def _adaptive(coder: Coder, bundle: Bundle[ChannelEdges]) -> list[Instruction]:
    x, w = message_address(coder, bundle), coder.activity(bundle.target)
    key, path = channel_key(bundle.name), coder.path(message_falls_silent(coder, bundle))
    return _limited(coder, key, bundle.edges.update, _outer(coder, key, bundle, x, w, path))


def _outer(
    coder: Coder,
    key: str,
    bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges],
    x: int,
    w: int,
    path: int,
) -> Instruction:
    m, n = coder.network.size(bundle.source), coder.network.size(bundle.target)
    span = coder.memory.values[key]
    change = Instruction(Op.UPDATE, x, w, span.start, m, n, path, stride=span.stride)
    if key in coder.edges:
        return change._replace(op=Op.UPDATE_EDGES, path=coder.edge_path, wires=coder.wires(key))
    return change


def _bias(coder: Coder, population: str) -> list[Instruction]:
    key, n = bias_key(population), coder.network.size(population)
    bias = bias_of(coder.network, population)
    z = coder.memory.values[key].start
    change = Instruction(Op.UPDATE_BIAS, x=coder.signal(population), z=z, n=n)
    return _limited(coder, key, bias.update if bias else None, change)


def _limited(
    coder: Coder, key: str, limits: Update | None, change: Instruction
) -> list[Instruction]:
    """Collect a change apart, round it, and only then add it."""
    if limits is None:
        return [change]
    span = coder.memory.values[key]
    apart = coder.memory.scratch_span(f"change:{key}", span.shape)
    z, size, (m, n) = apart.start, apart.size, (1, *span.shape)[-2:]
    return [
        Instruction(Op.CLEAR_CHANGES, z=z, n=size),
        change._replace(z=z, stride=apart.stride),
        quantize_code(Op.QUANTIZE_CHANGES, limits, z, z, size, f"update:{key}"),
        Instruction(Op.ADD_CHANGES, x=z, z=span.start, m=m, n=n, stride=span.stride),
    ]
