"""Limits: each stage of a message or of a change becomes one call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurochannel.engine.broken_wires import fault_key, wire_shape
from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.memory import Column, Span
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import (
    CLOCK,
    channel_key,
    filled_key,
    stream,
    waiting_key,
    weights_key,
)
from neurochannel.kernels import competing, waiting  # noqa: F401  loads kernels of stages
from neurochannel.kernels.declare import KERNELS, Kernel
from neurochannel.kernels.examples import BY_EXAMPLE
from neurochannel.kernels.message import AND_ADD, OF_CHANGES
from neurochannel.kernels.shared_examples import LIMITS
from neurochannel.model.edges import ERROR, TARGET
from neurochannel.model.limits import Limits, Stage, Update
from neurochannel.model.limits.chance import MessageLoss
from neurochannel.model.limits.rounding import RoundingInBatch
from neurochannel.model.limits.stage import FULL
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges

Channel = Bundle[ChannelEdges]
Forward = Bundle[ForwardEdges]


def stage_call(name: str, stage: Stage, lane: str, **operands: Any) -> Call:
    """Return the call of a kernel that does a stage; its draws are those of the stage and a lane.

    Parameters
    ----------
    lane
        What the stream is named after, ``"message:error -> hidden1"``.
    """
    drawn = {"stream": int(stream(f"{lane} {stage.chance}"))} if stage.draws else {}
    return call(name, stage, **{**operands, **stage.numbers}, **drawn)


def on_the_way(limits: Limits) -> tuple[Stage, ...]:
    """Return the stages that act on a message as a whole, before it comes to its wires."""
    return tuple(stage for stage in limits.stages if not stage.at_wires)


def wire_operands(
    coder: Coder, bundle: Channel | Forward, key: str, lane: str
) -> dict[str, Any] | None:
    """Return the operands of kernels whose wires lose messages or are broken, None if none is.

    Parameters
    ----------
    key
        What its wires are named after, which are its own also where it shares weights.
    lane
        What the stream is named after, ``"message:error -> hidden1"``.
    """
    limits = bundle.edges.message
    if limits is None or not limits.per_wire:
        return None
    fault = coder.memory.maps.get(fault_key(key))
    faulty = int(fault is not None)
    if fault is None:
        shape = wire_shape(coder.network, coder.edges, bundle)
        fault = coder.memory.scratch_span(f"sound:{key}", key, shape)
    loss = MessageLoss(loss=limits.loss, rescale=limits.rescale)
    drawn = int(stream(f"{lane} {loss.chance}"))
    return {**loss.numbers, "stream": drawn, "fault": fault, "faulty": faulty}


def message_place(coder: Coder, bundle: Channel) -> Column:
    """Place of what arrives over a bundle: the source's signal, or its limited copy.

    Bundles of one source with the same exact limits share a copy; where a stage draws or remembers,
    each bundle has its own.
    """
    limits, sent = bundle.edges.message, coder.sent(bundle.source)
    if limits is None or not on_the_way(limits):
        return sent
    own = limits.draws or limits.remembers or limits.breaks
    name = bundle.name if own else f"{bundle.source} {limits.written}"
    return coder.memory.column(f"message:{name}", bundle.source, sent.width, of_channel=True)


def sent_place(coder: Coder, bundle: Channel) -> Column:
    """Place of what a bundle sends: what arrives over it, or what will if that is late."""
    limits, sent = bundle.edges.message, coder.sent(bundle.source)
    if limits is None or not limits.remembers:
        return message_place(coder, bundle)
    if all(stage.remembers for stage in on_the_way(limits)):
        return sent
    return coder.memory.column(f"sent:{bundle.name}", bundle.source, sent.width, of_channel=True)


TRAINING, SCORING = "activity", "score"
"""What draws of activity on its way are named after, in training and in prediction."""


def activity_place(coder: Coder, bundle: Forward) -> Column:
    """Place of the activity that arrives over a forward bundle: the source's, or a limited copy."""
    limits, sent = bundle.edges.message, coder.activity(bundle.source)
    if limits is None or not on_the_way(limits):
        return sent
    own = limits.draws or limits.breaks
    name = bundle.name if own else f"{bundle.source} {limits.written}"
    return coder.memory.column(f"passed:{name}", bundle.source, sent.width)


def activity_falls_silent(coder: Coder, bundle: Forward) -> bool:
    """Tell whether much of the activity that arrives over a forward bundle may be exactly 0."""
    limits = bundle.edges.message
    return coder.falls_silent(bundle.source) or (limits is not None and limits.silences)


def activity_code(coder: Coder, bundle: Forward, lane: str) -> list[Call]:
    """Limit the activity that a forward bundle carries, stage after stage.

    Parameters
    ----------
    lane
        `TRAINING` or `SCORING`.
    """
    limits = bundle.edges.message
    if limits is None:
        return []
    x, out, code = coder.activity(bundle.source), activity_place(coder, bundle), list[Call]()
    for stage in on_the_way(limits):
        kept = {}
        if stage.of_chip:
            kept = {"fault": coder.memory.maps[fault_key(weights_key(bundle.name))]}
        code.append(stage_call(stage.kernel, stage, f"{lane}:{bundle.name}", x=x, out=out, **kept))
        x = out
    return code


def message_falls_silent(coder: Coder, bundle: Channel) -> bool:
    """Tell whether many messages of a bundle may be exactly 0."""
    limits = bundle.edges.message
    if limits is not None and limits.silences:
        return True
    if bundle.source in (ERROR, TARGET):
        return bundle.source == TARGET
    return coder.falls_silent(bundle.sender(coder.network.output))


def message_code(coder: Coder, bundle: Channel) -> list[Call]:
    """Limit what a bundle carries, stage after stage."""
    limits = bundle.edges.message
    if limits is None:
        return []
    x, out, code = coder.sent(bundle.source), sent_place(coder, bundle), []
    for stage in on_the_way(limits):
        kept: dict[str, Span] = {}
        if stage.remembers:
            out, kept = message_place(coder, bundle), waiting_places(coder, bundle)
        elif stage.clocked:
            kept = {"clock": coder.memory.state[CLOCK]}
        elif stage.of_chip:
            kept = {"fault": coder.memory.maps[fault_key(channel_key(bundle.name))]}
        made = stage_call(stage.kernel, stage, f"message:{bundle.name}", x=x, out=out, **kept)
        if isinstance(stage, RoundingInBatch):
            code += _at_scale_of_batch(coder, made, stage, channel_key(bundle.name))
        else:
            code.append(made)
        x = out
    return code


def _at_scale_of_batch(
    coder: Coder, rounding: Call, stage: RoundingInBatch, key: str
) -> list[Call]:
    """Return a call that rounds at scale 1, and those that divide by another one and multiply."""
    x, out = rounding.places["x"], rounding.places["out"]
    scale = coder.memory.scratch_span(f"scale:{key}", key, (1,))
    power = int(stage.power)
    return [
        call(competing.divide_by_largest, stage, x=x, out=out, scale=scale, power=power),
        replace(rounding, places={**rounding.places, "x": out}, stage=None),
        call(competing.multiply_by_scale, x=out, out=out, scale=scale),
    ]


def waiting_places(coder: Coder, bundle: Channel) -> dict[str, Span]:
    """Places of the messages of a bundle that are on their way, and of the clock."""
    key, state = channel_key(bundle.name), coder.memory.state
    places = {"ring": state[waiting_key(key)], "clock": state[CLOCK]}
    filled = state.get(filled_key(key))
    return places if filled is None else {**places, "filled": filled}


APART = " without derivative"
"""What is added to the name of a sum that is not multiplied by f'."""


def received_places(coder: Coder, population: str, ending: str = "") -> tuple[Column, Column]:
    """Place of the sum that arrives at a population, and of what its limits leave of that."""
    width = coder.network.size(population)
    raw, left = (
        coder.memory.column(f"{what}:{population}{ending}", population, width, of_channel=True)
        for what in ("received", "heard")
    )
    return raw, left


def received_code(coder: Coder, population: str, ending: str = "") -> list[Call]:
    """Limit the sum that arrives at a population, stage after stage."""
    limits = coder.network.populations[population].receive
    x, out = received_places(coder, population, ending)
    code = []
    for stage in limits.stages if limits else ():
        lane = f"receive:{population}" + ending * (not stage.of_neuron)
        code.append(stage_call(stage.kernel, stage, lane, x=x, out=out))
        x = out
    return code


def example_change(key: str, limits: Update, form: str, operands: dict[str, Any]) -> Call:
    """Return the call that adds the mean of the limited changes of all examples."""
    chosen, magnitude = _of_examples(limits)
    numbers = dict(chosen.numbers)
    name = f"{chosen.kernel}{BY_EXAMPLE}{form}"
    if "magnitude" in KERNELS[name].numbers:
        numbers["magnitude"] = magnitude
    return stage_call(name, chosen, f"update:{key}", **operands, **numbers)


def shared_example_change(key: str, limits: Update, made: Kernel, operands: dict[str, Any]) -> Call:
    """Return the call that does the same with weights on many wires, by a kernel for all limits."""
    chosen, magnitude = _of_examples(limits)
    numbers = chosen.numbers
    told = {
        "how": LIMITS.index(chosen.kernel),
        "number": numbers.get("least", numbers.get("levels", 0.0)),
        "scale": numbers.get("scale", 1.0),
        "magnitude": magnitude,
        "stream": int(stream(f"update:{key} {chosen.chance}")) if chosen.draws else 0,
    }
    return call(made, chosen, **operands, **told)


def _of_examples(limits: Update) -> tuple[Stage, int]:
    """Return the stage that limits the change of an example, and whether the magnitude is left.

    A sign is a level of every quantizer with the same scale, so nothing is rounded after it.
    """
    first, last = limits.stages[0], limits.stages[-1]
    chosen = first if first.kernel == "keep_sign" else last
    return chosen, int(not limits.charged(FULL, True)[1])


def change_code(
    key: str, stages: tuple[Stage, ...], apart: Span, weight: Span | None, begin: int
) -> list[Call]:
    """Limit a change that waits apart, stage after stage; the last one adds it to a weight.

    Parameters
    ----------
    begin
        Elements of the bundle that come before: draws are counted from its first one on.
    """
    code, n, lane = [], apart.shape[-1], f"update:{key}"
    for stage in stages:
        last = weight is not None and stage is stages[-1]
        name = stage.kernel + (AND_ADD if last else OF_CHANGES)
        operands: dict[str, Any] = {"x": apart, "n": n} | ({"weight": weight} if last else {})
        if "begin" in KERNELS[name].numbers:
            operands["begin"] = begin
        code.append(stage_call(name, stage, lane, **operands))
    return code
