"""What is done with changes: added in place, or limited and carried on apart before."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.devices_code import around, batch_calls, by_batch, stored
from neurochannel.engine.compiler.limits import change_code
from neurochannel.engine.compiler.shares import RowRange
from neurochannel.engine.memory import Column, Span
from neurochannel.engine.parameters import sides_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import velocity_key
from neurochannel.kernels import matrices, neuron
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.populations import Bias

Rule = ForwardEdges | ChannelEdges | Bias


class Made(NamedTuple):
    """The change that one bundle makes of its weights, or one population of its biases.

    Parameters
    ----------
    population
        Whose clock it follows, if it has one.
    rows
        Those that change; where there are none, nothing is done.
    update
        Gives the call that adds the changes to a place for these rows.
    mark
        The call that marks rows which may have changed.
    """

    key: str
    rule: Rule
    population: str
    rows: RowRange
    update: Callable[[Span], Call]
    mark: Call


def change_calls(coder: Coder, several: list[Made]) -> list[Call]:
    """Make the changes of one key: in place, or apart where they are limited or carried on first.

    Where several make them, they have the same rule and rows, and their changes are added up.
    """
    key, rule, _, rows, _, _ = several[0]
    if rows.n == 0:
        return []
    code = _stored_changes(coder, several)
    if not rule.synapse:
        return code
    return around(coder, key, rule.synapse, rows, code, [one.mark for one in several])


def _stored_changes(coder: Coder, several: list[Made]) -> list[Call]:
    """Do the same with the weights that are stored, where others are read."""
    key, rule, population, rows, _, _ = several[0]
    whole, stages = stored(coder, key), rule.update.stages if rule.update else ()
    if rule.update and rule.update.by_example:
        stages = ()
    weight, clock = rows.of(whole), coder.clock(population)
    decayed = _decayed(rule, weight, clock)
    pulsed = rule.synapse if by_batch(rule.synapse) else None
    if not stages and not rule.momentum and not pulsed:
        sides = sides_of(key, rule.synapse) if rule.synapse else (key,)
        places = [rows.of(stored(coder, side)) for side in sides]
        return [*decayed, *(one.update(place) for one in several for place in places)]
    apart = rows.of(coder.memory.scratch_span(f"change:{key}", key, whole.shape, whole.stride))
    begin = rows.first * (whole.shape[1] if len(whole.shape) > 1 else 1)
    added = [one.update(apart) for one in several]
    marked = [one.mark for one in several]
    if pulsed:
        limited = change_code(key, stages, apart, None, begin)
        moved = batch_calls(coder, key, pulsed, apart, rows, begin, marked)
        return [*decayed, *marked, *added, *limited, *moved]
    if not rule.momentum:
        limited = change_code(key, stages, apart, weight, begin)
        return [*decayed, *marked, *added, *limited]
    carry = call(
        neuron.add_momentum_if_ticking if clock else matrices.add_momentum,
        **({"clock": clock} if clock else {}),
        change=apart,
        velocity=rows.of(coder.memory.state[velocity_key(key)]),
        weight=weight,
        momentum=rule.momentum,
        n=weight.shape[-1],
    )
    return [*decayed, *added, *change_code(key, stages, apart, None, begin), carry]


def _decayed(rule: Rule, weight: Span, clock: Column | None) -> list[Call]:
    """Return the call by which values decay; padding is 0 and stays so."""
    if not rule.decay:
        return []
    operands = {"value": weight, "change": weight, "n": weight.size}
    operands |= {"rate_factor": rule.rate_factor, "decay": rule.decay}
    if clock:
        return [call(neuron.decay_if_ticking, clock=clock, **operands)]
    return [call(matrices.decay, **operands)]
