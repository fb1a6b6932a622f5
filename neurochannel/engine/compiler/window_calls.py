"""Convolution, local windows and pooling as calls, forward and in the learning channel."""

from __future__ import annotations

import numpy as np

from neurochannel.engine.compiler.channel_weights import effective_weights
from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.limits import activity_place
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.memory import Column, Span
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import channel_key
from neurochannel.kernels import dense, local_windows, map_sums, pooling, windows
from neurochannel.model.edges import OWN
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network

Channel = Bundle[ChannelEdges]


def joined(coder: Coder, bundle: Bundle[ForwardEdges]) -> Geometry | None:
    """Return what a forward bundle joins if it is a convolution, local windows or pooling."""
    return coder.network.geometries.get(bundle.name)


def opposite(coder: Coder, bundle: Channel) -> Geometry | None:
    """Return what a channel bundle runs against, tied or with a kernel of its own."""
    if bundle.edges.weights != "tied" and bundle.edges.shared != "kernel":
        return None
    return coder.network.geometries.get(mirror(coder.network, bundle))


def window_of(coder: Coder, made: Geometry, key: str) -> Span:
    """Place of the numbers that tell kernels what a bundle joins."""
    numbers = (*made.source, *made.target, *made.kernel, *made.stride, *made.margin)
    return coder.memory.wires.add(f"window:{key}", key, np.array(numbers, np.uint32))


def start_call(coder: Coder, population: str) -> Call:
    """S = b, one bias for each neuron or for each map."""
    total, key = coder.total(population), kept_biases(coder.network, population)
    if key not in coder.memory.values:
        return call(dense.clear, out=total)
    bias = coder.read(key)
    if bias.n < total.width:
        return call(map_sums.set_bias_maps, bias=bias, total=total)
    return call(dense.set_bias, bias=bias, total=total)


def forward_call(coder: Coder, bundle: Bundle[ForwardEdges], made: Geometry) -> Call:
    """Add the windows of the source to S, or set S to the largest or the mean of each."""
    key, total = kept_weights(coder.network, bundle.name), coder.total(bundle.target)
    window, sent = window_of(coder, made, key), activity_place(coder, bundle)
    if made.kind == "max":
        winner = _winner(coder, bundle.target)
        return call(pooling.pool_max, source=sent, out=total, winner=winner, window=window)
    if made.kind == "mean":
        return call(pooling.pool_mean, source=sent, out=total, window=window)
    deliver = local_windows.deliver_local if made.kind == "local" else windows.deliver_windows
    return call(deliver, source=sent, weight=coder.read(key), total=total, window=window)


def _winner(coder: Coder, pool: str) -> Column:
    return coder.memory.column(f"winner:{pool}", pool, coder.network.size(pool))


def _turned(coder: Coder, key: str, made: Geometry) -> Span:
    shape = made.taps // made.source[2] * made.target[2], made.source[2]
    return coder.memory.scratch_span(f"turned:{key}", key, shape)


def _weights_against(coder: Coder, bundle: Channel) -> str:
    """Name the weights that a bundle against windows delivers with: the forward ones or its own."""
    if bundle.edges.weights == "tied":
        return kept_weights(coder.network, mirror(coder.network, bundle))
    return channel_key(bundle.name)


def _read_against(coder: Coder, bundle: Channel) -> tuple[str, Span]:
    """Return the place of these weights as the bundle reads them, and the key of who reads them so.

    The forward ones are read by the bundle itself where it has draws of its own.
    """
    key, own = _weights_against(coder, bundle), channel_key(bundle.name)
    made = key == own and bundle.edges.weights not in OWN
    weight = effective_weights(coder, bundle) if made else coder.read(key, own)
    return key if weight is coder.memory.values.get(key) else own, weight


def turning_calls(coder: Coder) -> list[Call]:
    """Turn the kernels against which the channel runs, before each step."""
    code: dict[str, Call] = {}
    for bundle in coder.network.channel_bundles:
        made = opposite(coder, bundle)
        if made and made.kind == "conv":
            reader, weight = _read_against(coder, bundle)
            code[reader] = call(
                windows.turn_windows,
                weight=weight,
                out=_turned(coder, reader, made),
                window=window_of(coder, made, _weights_against(coder, bundle)),
            )
    return list(code.values())


def back_call(
    coder: Coder, bundle: Channel, made: Geometry, message: Column, total: Column
) -> Call:
    """Add the messages against a convolution, local windows or pooling."""
    key = _weights_against(coder, bundle)
    operands = {"source": message, "total": total, "window": window_of(coder, made, key)}
    if made.kind == "mean":
        return call(pooling.unpool_mean, **operands)
    if made.kind == "max":
        return call(pooling.unpool_max, winner=_winner(coder, bundle.sender("")), **operands)
    reader, weight = _read_against(coder, bundle)
    if made.kind == "conv":
        return call(windows.deliver_turned_windows, weight=_turned(coder, reader, made), **operands)
    return call(local_windows.deliver_local_back, weight=weight, **operands)


def by_map(coder: Coder, bundle: Channel, what: str) -> Column:
    """Place of a number for each map of the target: what is broadcast, or sums of activity."""
    image = coder.network.image(bundle.target)
    assert image is not None
    name = f"{what}:{bundle.name}"
    return coder.memory.column(name, bundle.target, image[2], of_channel=True)


def work_bytes(network: Network) -> int:
    """Return the bytes of scratch that local windows need, of numbers of any kind."""
    return max(
        (
            8 * local_windows.work_elements(made.taps, made.target[2])
            for made in network.geometries.values()
            if made.kind == "local"
        ),
        default=0,
    )
