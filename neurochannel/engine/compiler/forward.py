"""Activity from the input to the output, and the error there."""

from __future__ import annotations

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.joined_code import joined_deliveries, told_code
from neurochannel.engine.compiler.joining import ACTIVITY
from neurochannel.engine.compiler.limits import (
    SCORING,
    TRAINING,
    Forward,
    activity_code,
    activity_falls_silent,
    activity_place,
    wire_operands,
)
from neurochannel.engine.compiler.neuron_stages import input_code, output_code
from neurochannel.engine.compiler.window_calls import forward_call, joined, start_call
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import weights_key
from neurochannel.kernels import dense, gather, pixels, scores
from neurochannel.model.edges import ERROR, TARGET


def gather_code(coder: Coder) -> list[Call]:
    """Copy the inputs of a batch into the input population, if anything reads them there."""
    if not coder.reads_dense_input():
        return []
    still = gather.gather_bytes if coder.paths.images else gather.gather_reals
    moved = gather.gather_moved_bytes if coder.paths.images else gather.gather_moved_reals
    made = moved if coder.paths.moved else still
    return [call(made, out=coder.activity(coder.network.input))]


def forward_code(coder: Coder, lane: str = TRAINING) -> list[Call]:
    """O = f(S), S = b + sum over incoming bundles of Q(O_source) W, in topological order.

    Parameters
    ----------
    lane
        What the draws of Q are named after: `TRAINING` or `SCORING`.
    """
    network, code, passed = coder.network, list[Call](), set[str]()
    for population in network.forward_order:
        if population == network.input:
            code += told_code(coder, ACTIVITY, population, coder.activity(population))
            continue
        joined = coder.joined.keys
        arriving = [
            b for b in network.forward_at.into(population) if weights_key(b.name) not in joined
        ]
        for bundle in arriving:
            place = activity_place(coder, bundle)
            if place.name not in passed:
                code += activity_code(coder, bundle, lane)
                passed.add(place.name)
        if population not in network.pools:
            code.append(start_call(coder, population))
        code += [_deliver(coder, bundle, lane) for bundle in arriving]
        code += joined_deliveries(coder, "weights", population, coder.total(population))
        code += input_code(coder, population)
        total, response = coder.total(population), coder.response(population)
        if total != response:
            code.append(call(dense.copy, source=total, out=response))
        code += coder.activate(population, response)
        code += output_code(coder, population, lane)
        code += told_code(coder, ACTIVITY, population, coder.activity(population))
    return code


def scoring_code(coder: Coder) -> list[Call]:
    """Return all calls up to the output where nothing is learned: with draws of their own."""
    return gather_code(coder) + forward_code(coder, SCORING)


def _deliver(coder: Coder, bundle: Forward, lane: str) -> Call:
    made = joined(coder, bundle)
    if made:
        return forward_call(coder, bundle, made)
    key, total = kept_weights(coder.network, bundle.name), coder.total(bundle.target)
    weight = coder.read(key)
    if coder.reads_pixels(bundle):
        return call(pixels.deliver_pixels, weight=weight, total=total)
    lossy = wire_operands(coder, bundle, weights_key(bundle.name), f"{lane}:{bundle.name}")
    silent, source = activity_falls_silent(coder, bundle), activity_place(coder, bundle)
    return coder.deliver(key, source, weight, total, silent, lossy)


def difference_code(coder: Coder) -> list[Call]:
    """E = T - O; the run ends if it is not finite."""
    labels, activity = coder.paths.labels, coder.activity(coder.network.output)
    made = scores.error_of_labels if labels else scores.error_of_targets
    return [call(made, activity=activity, error=coder.sent(ERROR))]


def error_code(coder: Coder) -> list[Call]:
    """E = T - O, times f'(S) where the loss does not match the output's activation; T if sent."""
    output, labels = coder.network.output, coder.paths.labels
    code = difference_code(coder)
    if not coder.network.loss_matches:
        code += coder.gate(output, coder.sent(ERROR))
    if TARGET in coder.network.starts:
        made = scores.copy_labels if labels else scores.copy_targets
        code.append(call(made, out=coder.sent(TARGET)))
    return code


def score_code(coder: Coder) -> list[Call]:
    """Sum up loss and right answers."""
    output = coder.network.output
    total, activity, error = coder.total(output), coder.activity(output), coder.sent(ERROR)
    name = f"score_{coder.network.loss_name}"
    return [call(name, total=total, activity=activity, error=error)]
