"""Activity from the input to the output, and the error there."""

from __future__ import annotations

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.program import Instruction
from neurochannel.engine.streams import bias_key, weights_key
from neurochannel.kernels import activation, scores
from neurochannel.kernels.opcodes import Op
from neurochannel.model.network import Bundle, ForwardEdges

_LOSSES = {
    "cross_entropy": scores.CROSS_ENTROPY,
    "binary_cross_entropy": scores.BINARY_CROSS_ENTROPY,
    "squared_error": scores.SQUARED_ERROR,
}


def gather_code(coder: Coder) -> list[Instruction]:
    """Copy the inputs of a batch into the input population, if anything reads them there."""
    if not coder.reads_dense_input():
        return []
    entry = coder.network.input
    return [Instruction(Op.GATHER, z=coder.activity(entry), n=coder.network.size(entry))]


def forward_code(coder: Coder) -> list[Instruction]:
    """O = f(S), S = b + sum over incoming bundles of O_source W, in topological order."""
    network, code = coder.network, []
    for population in network.forward_order:
        if population == network.input:
            continue
        code.append(_start_total(coder, population))
        code += [_deliver(coder, b) for b in network.forward_bundles if b.target == population]
        kind, mu = coder.function(population)
        if kind != activation.LINEAR:
            x, z = coder.total(population), coder.activity(population)
            n = network.size(population)
            code.append(Instruction(Op.ACTIVATE, x=x, z=z, n=n, path=kind, reals=(mu, 0.0)))
    return code


def _start_total(coder: Coder, population: str) -> Instruction:
    total, n = coder.total(population), coder.network.size(population)
    bias = coder.memory.values.get(bias_key(population))
    if bias is None:
        return Instruction(Op.CLEAR, z=total, n=n)
    return Instruction(Op.BIAS, w=bias.start, z=total, n=n)


def _deliver(coder: Coder, bundle: Bundle[ForwardEdges]) -> Instruction:
    key, network = weights_key(bundle.name), coder.network
    weights = coder.memory.values[key]
    common = Instruction(
        Op.DELIVER,
        x=coder.activity(bundle.source),
        w=weights.start,
        z=coder.total(bundle.target),
        m=network.size(bundle.source),
        n=network.size(bundle.target),
        path=coder.path(coder.falls_silent(bundle.source)),
        stride=weights.stride,
    )
    if key in coder.edges:
        return common._replace(op=Op.DELIVER_EDGES, path=coder.edge_path, wires=coder.wires(key))
    return common._replace(op=Op.DELIVER_PIXELS) if coder.reads_pixels(bundle) else common


def _difference(coder: Coder) -> Instruction:
    output = coder.network.output
    return Instruction(
        Op.ERROR,
        x=coder.activity(output),
        z=coder.signal(output),
        n=coder.network.size(output),
        wires=int(coder.labels),
    )


def error_code(coder: Coder) -> list[Instruction]:
    """E = T - O, times f'(S) where the loss does not match the output's activation."""
    output = coder.network.output
    gate = [] if coder.network.loss_matches else coder.gate(output, coder.signal(output))
    return [_difference(coder), *gate]


def score_code(coder: Coder) -> list[Instruction]:
    """Sum up loss and right answers."""
    output = coder.network.output
    score = Instruction(
        Op.SCORE,
        x=coder.activity(output),
        z=coder.signal(output),
        n=coder.network.size(output),
        path=_LOSSES[coder.network.loss_name],
    )
    return [_difference(coder), score]
