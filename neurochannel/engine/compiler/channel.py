"""The learning channel: what it delivers to each population."""

from __future__ import annotations

from collections.abc import Sequence

from neurochannel.engine.compiler.channel_weights import effective_weights
from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.joined_code import joined_deliveries, told_code
from neurochannel.engine.compiler.joining import SIGNAL
from neurochannel.engine.compiler.limits import (
    APART,
    Channel,
    message_code,
    message_falls_silent,
    message_place,
    received_code,
    received_places,
    wire_operands,
)
from neurochannel.engine.compiler.neuron_stages import clock_code, signal_code
from neurochannel.engine.compiler.window_calls import back_call, by_map, opposite
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.memory import Column
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import channel_key
from neurochannel.kernels import dense, map_sums
from neurochannel.model.edges import ERROR


def channel_code(coder: Coder) -> list[Call]:
    """R = f'(S) * Q(sum of Q(message) C) + the same of edges without derivative, from the error on.

    A relay has no total input of its own: R = f(Q(sum of Q(message) C)). What arrives at the output
    is its signal as it is, since the error has the derivative in it already. Dead neurons, and
    examples for which the clock of a population does not tick, get no signal.
    """
    network, sent, joined = coder.network, set[str](), coder.joined.keys
    code = told_code(coder, SIGNAL, ERROR, coder.sent(ERROR))
    if not network.channel_at.into(network.output):
        code += clock_code(coder, network.output) + signal_code(coder, network.output)
        code += told_code(coder, SIGNAL, network.output, coder.signal(network.output))
    for population in network.channel_order:
        arriving = network.channel_at.into(population)
        for bundle in arriving:
            if channel_key(bundle.name) in joined:
                continue
            place = message_place(coder, bundle)
            if place.name not in sent:
                code += message_code(coder, bundle)
                sent.add(place.name)
        code += clock_code(coder, population)
        code += _signal_code(coder, population, arriving)
        code += told_code(coder, SIGNAL, population, coder.signal(population))
    return code


def _signal_code(coder: Coder, population: str, arriving: Sequence[Channel]) -> list[Call]:
    """Return the calls that make the learning signal of a population out of what arrives."""
    network, signal = coder.network, coder.signal(population)
    if population == network.output:
        code = _sum_code(coder, population, arriving, first=True)
        return code + signal_code(coder, population)
    if population in network.relays:
        code = _sum_code(coder, population, arriving, first=True)
        return code + coder.activate(population, signal) + _echo_code(coder, population)
    gated = [b for b in arriving if b.edges.derivative]
    plain = [b for b in arriving if not b.edges.derivative]
    code = []
    if gated:
        code += _sum_code(coder, population, gated, first=True)
        code += coder.gate(population, signal)
    if plain:
        code += _sum_code(coder, population, plain, first=not gated, ending=APART)
    return code + signal_code(coder, population)


def _sum_code(
    coder: Coder, population: str, arriving: Sequence[Channel], *, first: bool, ending: str = ""
) -> list[Call]:
    """R += Q(sum of Q(message) C), or R = that where it comes first."""
    limits, signal = coder.network.populations[population].receive, coder.signal(population)
    apart, joined = ending == APART, coder.joined.keys
    single = [b for b in arriving if channel_key(b.name) not in joined]

    def delivered(total: Column) -> list[Call]:
        several = joined_deliveries(coder, "channel", population, total, derivative=not apart)
        return [*(one for b in single for one in _deliver(coder, b, total)), *several]

    if limits is None or not limits.active:
        clear = [call(dense.clear, out=signal)] if first else []
        return [*clear, *delivered(signal)]
    raw, left = received_places(coder, population, ending)
    return [
        call(dense.clear, out=raw),
        *delivered(raw),
        *received_code(coder, population, ending),
        call(dense.copy, source=left, out=signal)
        if first
        else call(dense.add, source=left, total=signal),
    ]


def _echo_code(coder: Coder, relay: str) -> list[Call]:
    """O = sum of O_target D' over the bundles D from a relay to forward populations.

    What adaptive weights into the relay learn from, on the wires over which it delivers.
    """
    if relay not in coder.adapting:
        return []
    back = coder.activity(relay)
    code = [call(dense.clear, out=back)]
    for bundle in coder.served(relay):
        key, weight = channel_key(bundle.name), effective_weights(coder, bundle)
        code.append(coder.deliver_back(key, coder.activity(bundle.target), weight, back))
    return code


def _deliver(coder: Coder, bundle: Channel, total: Column) -> list[Call]:
    if bundle.edges.shared != "maps":
        return [_deliver_to(coder, bundle, total)]
    sums = by_map(coder, bundle, "broadcast")
    return [
        call(dense.clear, out=sums),
        _deliver_to(coder, bundle, sums),
        call(map_sums.spread_maps, source=sums, total=total),
        *_summed(coder, bundle),
    ]


def _summed(coder: Coder, bundle: Channel) -> list[Call]:
    """Sum the activity of each map, from which weights that all its neurons share learn."""
    if bundle.edges.weights != "adaptive":
        return []
    activity = coder.adapted(bundle.target)
    return [call(map_sums.sum_maps, source=activity, out=by_map(coder, bundle, "summed"))]


def _deliver_to(coder: Coder, bundle: Channel, total: Column) -> Call:
    key, silent = channel_key(bundle.name), message_falls_silent(coder, bundle)
    message, made = message_place(coder, bundle), opposite(coder, bundle)
    if made:
        return back_call(coder, bundle, made, message, total)
    lossy = wire_operands(coder, bundle, key, f"message:{bundle.name}")
    if bundle.edges.weights == "tied" and key not in coder.edges:
        forward = kept_weights(coder.network, mirror(coder.network, bundle))
        return coder.deliver_back(forward, message, coder.read(forward, key), total, lossy)
    return coder.deliver(key, message, effective_weights(coder, bundle), total, silent, lossy)
