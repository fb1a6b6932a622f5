"""Neurons that are not ideal: each stage of a population becomes a call or two."""

from __future__ import annotations

from typing import Any

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.limits import SCORING, stage_call
from neurochannel.engine.memory import Column
from neurochannel.engine.program import Call, call
from neurochannel.kernels import dense, neuron
from neurochannel.model.limits.of_neurons import Clock, Dead, GainSpread, OutputConverter
from neurochannel.model.limits.of_neurons import ThresholdSpread as Threshold
from neurochannel.model.limits.stage import Stage

OWN = "neuron"
"""What draws are named after, unless they are those of scoring."""


def input_code(coder: Coder, population: str) -> list[Call]:
    """Turn the sum that arrives at a population into what reaches f, where it lies."""
    total, maps, code = coder.total(population), coder.memory.maps, _ideal_code(coder, population)
    for stage in coder.neuron(population).at_input:
        if isinstance(stage, GainSpread):
            operands: dict[str, Any] = {"total": total, "gain": maps[f"gain:{population}"]}
        elif isinstance(stage, Threshold):
            operands = {"total": total, "threshold": maps[f"threshold:{population}"]}
        else:
            operands = {"x": total, "out": total}
        code.append(stage_call(stage.kernel, stage, f"{OWN}:{population}", **operands))
    return code


def _ideal_code(coder: Coder, population: str) -> list[Call]:
    """Keep S and f(S) of ideal neurons if f' is taken there."""
    if not coder.is_apart(population):
        return []
    total, activity = coder.slope_places(population)
    places = dict.fromkeys((total, activity))
    code = [call(dense.copy, source=coder.total(population), out=place) for place in places]
    return code + coder.activate(population, activity)


def output_code(coder: Coder, population: str, lane: str) -> list[Call]:
    """Turn f(S) into the activity that a population sends.

    Parameters
    ----------
    lane
        `TRAINING` or `SCORING`: what is drawn is not the same.

    Notes
    -----
    Stages take turns between two places, so that none writes what it reads.
    """
    stages, x, code = coder.neuron(population).at_output, coder.response(population), list[Call]()
    for left, stage in zip(range(len(stages) - 1, -1, -1), stages, strict=True):
        out = coder.between(population) if left % 2 else coder.activity(population)
        code += _sent(coder, population, stage, (x, out), lane)
        x = out
    return code


def _sent(
    coder: Coder, population: str, stage: Stage, ends: tuple[Column, Column], lane: str
) -> list[Call]:
    x, out = ends
    if isinstance(stage, Dead):
        return [_silenced(coder, population, stage, x, out)]
    lane = f"{SCORING if lane == SCORING else OWN}:{population}"
    if not isinstance(stage, OutputConverter) or coder.function(population)[0].is_signed:
        return [stage_call(stage.kernel, stage, lane, x=x, out=out)]
    numbers = stage.numbers_for(signed=False)
    limit = numbers.get("limit", numbers.get("scale", 1.0))
    code = [call(neuron.clip_to_positive, stage, x=x, out=out, limit=limit)]
    if stage.bits is not None:
        code.append(call(stage.kernel, stage, x=out, out=out, **numbers))
    return code


def _silenced(coder: Coder, population: str, stage: Stage, x: Column, out: Column) -> Call:
    dead = coder.memory.maps[f"dead:{population}"]
    return call(neuron.silence_neurons, stage, x=x, dead=dead, out=out)


def clock_code(coder: Coder, population: str) -> list[Call]:
    """Draw for which examples the clock of a population ticks; take the others' activity away.

    Only adaptive edges into it learn from this activity.
    """
    clock = coder.clock(population)
    if clock is None:
        return []
    (stage,) = (s for s in coder.neuron(population).stages if isinstance(s, Clock))
    code = [stage_call(stage.kernel, stage, f"{OWN}:{population}", clock=clock)]
    if population in coder.adapting:
        x, out = coder.activity(population), coder.adapted(population)
        code.append(call(neuron.keep_ticks, stage, x=x, clock=clock, out=out))
    return code


def signal_code(coder: Coder, population: str) -> list[Call]:
    """Take the learning signal of dead neurons, and of examples without a tick, away."""
    signal, clock, code = coder.signal(population), coder.clock(population), list[Call]()
    x = coder.sent(coder.network.signal_of(population))
    for stage in coder.neuron(population).of_signal:
        if isinstance(stage, Dead):
            code.append(_silenced(coder, population, stage, x, signal))
        else:
            code.append(call(neuron.keep_ticks, stage, x=x, clock=clock, out=signal))
        x = signal
    return code
