"""The learning channel: what it delivers to each population."""

from __future__ import annotations

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.limits import (
    Channel,
    message_code,
    message_falls_silent,
    message_place,
)
from neurochannel.engine.compiler.making import effective_weights
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.kernels import dense


def channel_code(coder: Coder) -> list[Call]:
    """R = f'(S) * sum of Q(message) C + the same of edges without derivative, from the error on.

    A relay has no total input of its own: R = f(sum of Q(message) C).
    """
    network, code, sent = coder.network, list[Call](), set[str]()
    for population in network.channel_order:
        arriving = [b for b in network.channel_bundles if b.target == population]
        for bundle in arriving:
            place = message_place(coder, bundle)
            if place.name not in sent:
                code += message_code(coder, bundle)
                sent.add(place.name)
        signal = coder.signal(population)
        code.append(call(dense.clear, out=signal))
        if population in network.relays:
            code += [_deliver(coder, b) for b in arriving]
            code += coder.activate(population, signal)
            code += _echo_code(coder, population)
            continue
        gated = [b for b in arriving if b.edges.derivative]
        code += [_deliver(coder, b) for b in gated]
        code += coder.gate(population, signal) if gated else []
        code += [_deliver(coder, b) for b in arriving if not b.edges.derivative]
    return code


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


def _deliver(coder: Coder, bundle: Channel) -> Call:
    key, silent = channel_key(bundle.name), message_falls_silent(coder, bundle)
    message, signal = message_place(coder, bundle), coder.signal(bundle.target)
    if bundle.edges.weights == "tied" and key not in coder.edges:
        forward = weights_key(mirror(coder.network, bundle))
        return coder.deliver_back(forward, message, coder.memory.values[forward], signal)
    return coder.deliver(key, message, effective_weights(coder, bundle), signal, silent)
