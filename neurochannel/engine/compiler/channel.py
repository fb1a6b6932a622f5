"""The learning channel: its weights, its limited messages, and what it delivers."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import draw_of
from neurochannel.engine.program import Instruction
from neurochannel.engine.streams import channel_key, stream, weights_key
from neurochannel.kernels import activation, message
from neurochannel.kernels.opcodes import Op
from neurochannel.model.edges import ERROR
from neurochannel.model.limits import Message, Rounding
from neurochannel.model.network import Bundle, ChannelEdges

QUANTIZERS = {
    "log": message.LOG,
    "log_zero": message.LOG_ZERO,
    "uniform": message.MID_TREAD,
    "stochastic": message.STOCHASTIC,
}
_PARTS = {"sign": message.SIGN, "magnitude": message.MAGNITUDE}

Channel = Bundle[ChannelEdges]


def quantize_code(op: Op, limits: Rounding, x: int, z: int, n: int, lane: str) -> Instruction:
    """Round numbers at x to the levels of a quantizer, into z."""
    return Instruction(
        op,
        x=x,
        z=z,
        n=n,
        path=QUANTIZERS[limits.quantizer],
        stream=int(stream(lane)),
        bits=limits.bits or 0,
        reals=(limits.scale, 0.0),
    )


def message_address(coder: Coder, bundle: Channel) -> int:
    """Address of what arrives over a bundle: the source's signal, or its limited copy.

    Bundles of one source with the same exact limits share a copy; stochastic rounding is each
    bundle's own.
    """
    limits = bundle.edges.message
    source = coder.network.output if bundle.source == ERROR else bundle.source
    if limits is None or not _limits_anything(limits):
        return coder.signal(source)
    shared = limits.quantizer != "stochastic" or limits.bits is None
    name = f"{bundle.source} {limits.model_dump_json()}" if shared else bundle.name
    return coder.memory.column(f"message:{name}", coder.network.size(bundle.source)).start


def _limits_anything(limits: Message | None) -> bool:
    return limits is not None and (limits.bits is not None or limits.keep != "all")


def message_falls_silent(coder: Coder, bundle: Channel) -> bool:
    """Tell whether many messages of a bundle may be exactly 0."""
    limits = bundle.edges.message
    rounded = limits is not None and limits.bits is not None and limits.quantizer != "log"
    return rounded or (bundle.source != ERROR and coder.falls_silent(bundle.source))


def _message_code(coder: Coder, bundle: Channel) -> Iterator[Instruction]:
    limits = bundle.edges.message
    if limits is None or not _limits_anything(limits):
        return
    source = coder.network.output if bundle.source == ERROR else bundle.source
    x, z = coder.signal(source), message_address(coder, bundle)
    n = coder.network.size(bundle.source)
    if limits.keep != "all":
        part = _PARTS[limits.keep]
        yield Instruction(Op.KEEP, x=x, z=z, n=n, path=part, reals=(limits.scale, 0.0))
        x = z
    if limits.bits is not None:
        yield quantize_code(Op.QUANTIZE, limits, x, z, n, f"message:{bundle.name}")


def channel_code(coder: Coder) -> list[Instruction]:
    """R = f'(S) * sum of Q(message) C + the same of edges without derivative, from the error on.

    A relay has no total input of its own: R = f(sum of Q(message) C).
    """
    network, code, sent = coder.network, list[Instruction](), set[int]()
    for population in network.channel_order:
        arriving = [b for b in network.channel_bundles if b.target == population]
        for bundle in arriving:
            if message_address(coder, bundle) not in sent:
                code += _message_code(coder, bundle)
                sent.add(message_address(coder, bundle))
        signal, n = coder.signal(population), network.size(population)
        code.append(Instruction(Op.CLEAR, z=signal, n=n))
        if population in network.relays:
            code += [_deliver(coder, b) for b in arriving]
            kind, mu = coder.function(population)
            if kind != activation.LINEAR:
                shape = Instruction(Op.ACTIVATE, signal, 0, signal, 0, n, kind, reals=(mu, 0.0))
                code.append(shape)
            code += _echo_code(coder, population)
            continue
        gated = [b for b in arriving if b.edges.derivative]
        code += [_deliver(coder, b) for b in gated]
        code += coder.gate(population, signal) if gated else []
        code += [_deliver(coder, b) for b in arriving if not b.edges.derivative]
    return code


def _echo_code(coder: Coder, relay: str) -> list[Instruction]:
    """O = sum of O_target D' over the bundles D from a relay to forward populations.

    What adaptive weights into the relay learn from, on the wires over which it delivers.
    """
    if relay not in coder.adapting:
        return []
    z, m = coder.activity(relay), coder.network.size(relay)
    code = [Instruction(Op.CLEAR, z=z, n=m)]
    for bundle in coder.served(relay):
        key, weights = channel_key(bundle.name), effective_weights(coder, bundle)
        back = Instruction(
            Op.DELIVER_TIED,
            x=coder.activity(bundle.target),
            w=weights.start,
            z=z,
            m=m,
            n=coder.network.size(bundle.target),
            path=coder.path(coder.falls_silent(bundle.target)),
            stride=weights.stride,
        )
        if key in coder.edges:
            wires = coder.wires(key)
            back = back._replace(op=Op.DELIVER_EDGES_TIED, path=coder.edge_path, wires=wires)
        code.append(back)
    return code


def _deliver(coder: Coder, bundle: Channel) -> Instruction:
    network, key = coder.network, channel_key(bundle.name)
    x, z = message_address(coder, bundle), coder.signal(bundle.target)
    m, n = network.size(bundle.source), network.size(bundle.target)
    path = coder.path(message_falls_silent(coder, bundle))
    if key in coder.edges:
        w = effective_weights(coder, bundle).start
        wires = coder.wires(key)
        return Instruction(Op.DELIVER_EDGES, x, w, z, m, n, coder.edge_path, wires)
    if bundle.edges.weights != "tied":
        weights = effective_weights(coder, bundle)
        return Instruction(Op.DELIVER, x, weights.start, z, m, n, path, stride=weights.stride)
    forward = weights_key(mirror(network, bundle))
    weights = coder.memory.values[forward]
    if forward in coder.edges:
        wires = coder.wires(forward)
        return Instruction(Op.DELIVER_EDGES_TIED, x, weights.start, z, n, m, coder.edge_path, wires)
    return Instruction(Op.DELIVER_TIED, x, weights.start, z, n, m, path, stride=weights.stride)


def effective_weights(coder: Coder, bundle: Channel) -> Span:
    """Place of the weights that a bundle delivers with: its parameters or a scratch matrix."""
    key = channel_key(bundle.name)
    if bundle.edges.weights in ("random", "adaptive"):
        return coder.memory.values[key]
    shape: tuple[int, ...] = (coder.network.size(bundle.source), coder.network.size(bundle.target))
    if key in coder.edges:
        shape = (coder.edges[key].n_edges,)
    return coder.memory.scratch_span(key, shape)


def weight_code(coder: Coder) -> list[Instruction]:
    """Make the weights that follow the forward ones or are drawn anew, before each step."""
    code: list[Instruction] = []
    for bundle in coder.network.channel_bundles:
        kind = bundle.edges.weights
        if kind == "redrawn":
            code.append(_draw(coder, bundle, effective_weights(coder, bundle).start))
        elif kind == "tied_product":
            code += _product_code(coder, bundle)
        elif kind == "tied" and channel_key(bundle.name) in coder.edges:
            code += _take_mirror(coder, bundle)
        elif kind.startswith("concordant"):
            code += _concordant_code(coder, bundle)
    return code


def _draw(coder: Coder, bundle: Channel, address: int) -> Instruction:
    n_source, n_target = (coder.network.size(bundle.source), coder.network.size(bundle.target))
    listed = coder.edges.get(channel_key(bundle.name))
    n = listed.n_edges if listed else n_source * n_target
    kind, scale, mean = draw_of(bundle.edges.init, n, n_source, n_target)
    lane = int(stream(f"redraw:{bundle.name}"))
    return Instruction(Op.DRAW, z=address, n=n, path=kind, stream=lane, reals=(scale, mean))


def _concordant_code(coder: Coder, bundle: Channel) -> list[Instruction]:
    """C = |M| * sign(the tied weights), M drawn once or anew."""
    key, z = channel_key(bundle.name), effective_weights(coder, bundle).start
    if weights_key(mirror(coder.network, bundle)) in coder.memory.values:
        code = _take_mirror(coder, bundle)
    else:
        code = _product_code(coder, bundle)
    shape = coder.memory.scratch[key].shape
    if bundle.edges.weights == "concordant":
        magnitude = coder.memory.values[key].start
    else:
        magnitude = coder.memory.scratch_span(f"magnitude:{key}", shape).start
        code.append(_draw(coder, bundle, magnitude))
    n = coder.memory.scratch[key].size
    return [*code, Instruction(Op.COPY_SIGNS, x=magnitude, w=z, z=z, n=n)]


def _take_mirror(coder: Coder, bundle: Channel) -> list[Instruction]:
    """Copy the transposed weights of the forward bundle beside a channel bundle."""
    forward, key = weights_key(mirror(coder.network, bundle)), channel_key(bundle.name)
    span, own_weights = coder.memory.values[forward], effective_weights(coder, bundle)
    if key not in coder.edges:
        (m, n), z = span.shape, own_weights.start
        return [
            Instruction(Op.CLEAR_VALUES, z=z, n=own_weights.size),
            Instruction(Op.TRANSPOSE, w=span.start, z=z, m=m, n=n, stride=span.stride),
        ]
    own, listed = coder.edges[key], coder.edges.get(forward)
    if listed:
        positions = listed.positions(own.receivers, own.sources, f"{bundle.where} {bundle.name}")
    else:
        positions = own.receivers * np.uint32(span.stride) + own.sources
    return _take(coder, bundle, span.start, span.size, positions)


def _take(
    coder: Coder, bundle: Channel, pool: int, size: int, positions: np.ndarray
) -> list[Instruction]:
    """Copy the weights of a sparse bundle's edges out of a pool of so many."""
    key = channel_key(bundle.name)
    wires = coder.memory.wires.add(f"positions:{key}", positions)
    z = effective_weights(coder, bundle).start
    return [Instruction(Op.TAKE, w=pool, z=z, m=size, n=len(positions), wires=wires)]


def _take_product(coder: Coder, bundle: Channel) -> list[Instruction]:
    """Pick a sparse bundle's edges out of the product; nothing to do if it is all-to-all."""
    listed = coder.edges.get(channel_key(bundle.name))
    if listed is None:
        return []
    positions = listed.sources * np.uint32(listed.n_target) + listed.receivers
    size = listed.n_source * listed.n_target
    return _take(coder, bundle, _product_address(coder, bundle), size, positions)


def _product_address(coder: Coder, bundle: Channel) -> int:
    if channel_key(bundle.name) not in coder.edges:
        return effective_weights(coder, bundle).start
    shape = coder.network.size(bundle.source), coder.network.size(bundle.target)
    return coder.memory.scratch_span(f"product:{bundle.name}", shape).start


def _product_code(coder: Coder, bundle: Channel) -> list[Instruction]:
    """Make the transposed product of the forward weights, summed over all paths target ~> source.

    From the source downward: P(k) = sum over k -> j of P(j) W(k -> j)', and P(source) = 1.
    """
    network = coder.network
    top = network.output if bundle.source == ERROR else bundle.source
    graph = nx.DiGraph([(b.source, b.target) for b in network.forward_bundles])
    between = nx.ancestors(graph, top) & (nx.descendants(graph, bundle.target) | {bundle.target})
    rows, code = network.size(top), []
    place = {bundle.target: _product_address(coder, bundle)}
    for population in reversed(network.forward_order):
        if population not in between:
            continue
        m = network.size(population)
        if population != bundle.target:
            name = f"product:{bundle.name} at {population}"
            place[population] = coder.memory.scratch_span(name, (rows, m)).start
        code.append(Instruction(Op.CLEAR_VALUES, z=place[population], n=rows * m))
        for forward in network.forward_bundles:
            if forward.source == population and forward.target in between | {top}:
                code.append(_product_step(coder, forward.name, place, top))
    return code + _take_product(coder, bundle)


def _product_step(coder: Coder, name: str, place: dict[str, int], top: str) -> Instruction:
    key = weights_key(name)
    source, target = name.split(" -> ")
    network, sparse = coder.network, key in coder.edges
    weights, to_top = coder.memory.values[key], target == top
    if sparse:
        op = Op.TRANSPOSE_EDGES if to_top else Op.MULTIPLY_EDGES_TIED
    else:
        op = Op.TRANSPOSE if to_top else Op.MULTIPLY_TIED
    return Instruction(
        op,
        x=0 if to_top else place[target],
        w=weights.start,
        z=place[source],
        m=network.size(source),
        n=network.size(target),
        wires=coder.wires(key) if sparse else 0,
        bits=network.size(top),
        stride=weights.stride,
    )
