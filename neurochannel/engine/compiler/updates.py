"""Changes of weights and biases; they read activities and signals only, so their order is free."""

from __future__ import annotations

from collections.abc import Callable

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.limits import (
    change_code,
    message_falls_silent,
    message_place,
)
from neurochannel.engine.memory import Column, Span
from neurochannel.engine.parameters import bias_may_learn, bias_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import bias_key, channel_key, velocity_key, weights_key
from neurochannel.kernels import blas, dense, marks, matrices, pixels, sparse
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.network import Bundle
from neurochannel.model.populations import Bias


def update_code(coder: Coder) -> list[Call]:
    """dW = rate * O' R / batch, db = rate * mean(R); adaptive dC = rate * Q(message)' O / batch."""
    network, code = coder.network, list[Call]()
    for forward in network.forward_bundles:
        if forward.edges.learn and coder.learns(forward.target):
            code += _weights(coder, forward)
    for population in network.forward_order:
        bias = bias_of(network, population)
        if bias and coder.learns(population) and bias_may_learn(network, population):
            code += _bias(coder, population, bias)
    for bundle in network.channel_bundles:
        if bundle.edges.weights == "adaptive":
            code += _adaptive(coder, bundle)
    return code


def _weights(coder: Coder, bundle: Bundle[ForwardEdges]) -> list[Call]:
    key, signal = weights_key(bundle.name), coder.signal(bundle.target)
    weight = coder.memory.values[key]
    if coder.reads_pixels(bundle):
        return _changed(
            coder,
            key,
            bundle.edges,
            lambda out: call(pixels.update_pixels, signal=signal, weight=out),
            call(marks.mark_pixels, m=weight.shape[0]),
        )
    silent = coder.falls_silent(bundle.source)
    return _outer(coder, key, bundle.edges, coder.activity(bundle.source), signal, silent)


def _adaptive(coder: Coder, bundle: Bundle[ChannelEdges]) -> list[Call]:
    key, activity = channel_key(bundle.name), coder.activity(bundle.target)
    message, silent = message_place(coder, bundle), message_falls_silent(coder, bundle)
    return _outer(coder, key, bundle.edges, message, activity, silent)


def _outer(
    coder: Coder,
    key: str,
    edges: ForwardEdges | ChannelEdges,
    source: Column,
    signal: Column,
    silent: bool,
) -> list[Call]:
    """weight += factor * source' signal, over the edges of a bundle."""
    operands = {"source": source, "signal": signal}
    if key in coder.edges:
        made = sparse.update_edges_by_lanes if coder.paths.lanes else sparse.update_edges
        operands |= coder.wires(key)
        mark = call(marks.mark_all, m=1)
    else:
        made = dense.update_active_rows if silent else dense.update_rows
        made = blas.update_gemm if coder.paths.gemm else made
        mark = call(marks.mark_rows, source=source)
    return _changed(coder, key, edges, lambda out: call(made, weight=out, **operands), mark)


def _bias(coder: Coder, population: str, bias: Bias) -> list[Call]:
    signal = coder.signal(population)
    return _changed(
        coder,
        bias_key(population),
        bias,
        lambda out: call(dense.update_bias, signal=signal, bias=out),
        call(marks.mark_all, m=1),
    )


def _changed(
    coder: Coder,
    key: str,
    rule: ForwardEdges | ChannelEdges | Bias,
    update: Callable[[Span], Call],
    mark: Call,
) -> list[Call]:
    """Make changes: in place, or apart where they are limited or carried on before they are added.

    Parameters
    ----------
    update
        Gives the call that adds the changes to a place.
    mark
        The call that marks rows which may have changed.
    """
    weight, stages = coder.memory.values[key], rule.update.stages if rule.update else ()
    if not stages and not rule.momentum:
        return [update(weight)]
    apart = coder.memory.scratch_span(f"change:{key}", key, weight.shape, weight.stride)
    n = weight.shape[-1]
    if not rule.momentum:
        return [mark, update(apart), *change_code(key, stages, apart, weight)]
    velocity = coder.memory.state[velocity_key(key)]
    carry = call(
        matrices.add_momentum,
        change=apart,
        velocity=velocity,
        weight=weight,
        momentum=rule.momentum,
        n=n,
    )
    return [update(apart), *change_code(key, stages, apart, None), carry]
