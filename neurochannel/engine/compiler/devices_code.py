"""Changes of weights that are devices: pulses, bounds, and what is shown of the stored weight."""

from __future__ import annotations

from typing import Any

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.shares import RowRange
from neurochannel.engine.device_places import MOVING, chip_place, levels_of
from neurochannel.engine.drawn_devices import shape_of
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import held_by, sides_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import (
    AGE,
    HIDDEN,
    OPPOSITE,
    WRITTEN,
    held_key,
    opposite_key,
    stream,
)
from neurochannel.engine.window_taps import sources_of_rows
from neurochannel.kernels import pulse_parts, retention
from neurochannel.model.maps import Geometry
from neurochannel.model.synapses import Synapse

ROUNDINGS = {"batch": pulse_parts.BY_CHANCE, "exact": pulse_parts.NEAREST}


def by_trains(synapse: Synapse | None) -> bool:
    """Tell whether each example sends trains of pulses."""
    return synapse is not None and synapse.by_example


def by_batch(synapse: Synapse | None) -> bool:
    """Tell whether the change of a batch is what moves the devices."""
    if synapse is None or by_trains(synapse):
        return False
    return synapse.step is not None or synapse.gains


def stored(coder: Coder, key: str) -> Span:
    """Place of the weights that change: the hidden ones where others are shown."""
    return coder.memory.kept.get(held_key(HIDDEN, key)) or coder.memory.values[key]


def side_at(key: str, place: Span) -> str:
    """Return the key of the devices that are stored at a place: these of a key, or the opposite."""
    opposite = opposite_key(key)
    return opposite if place.name == held_key(HIDDEN, opposite) else key


def _places(coder: Coder, key: str, synapse: Synapse, rows: RowRange | None) -> dict[str, Any]:
    """Return operands that all kernels have which move devices; both of a pair get all pulses."""
    same = synapse.model == "linear" and not any(synapse.both("soft"))
    return {
        **{name: _chip(coder, key, field, rows) for field, name in MOVING.items()},
        "curve": coder.memory.constants[f"curve:{key}"],
        "fixed": int(same),
        "stream": int(stream(f"pulse:{key.removeprefix(OPPOSITE)}")),
        "cycle": int(stream(f"cycle:{key}")),
        "inverse": 1.0 / (synapse.step or 1.0),
    }


def _chip(coder: Coder, key: str, field: str, rows: RowRange | None) -> Span:
    """Place of chip numbers for some rows: a single row is for all."""
    place = chip_place(coder.memory, key, field)
    return place if rows is None or len(place.shape) > 1 == place.shape[0] else rows.of(place)


def train_call(
    coder: Coder, key: str, synapse: Synapse, form: str, some: RowRange | None, /, **operands: Any
) -> Call:
    """Return the call by which each example moves devices.

    Parameters
    ----------
    form
        One of those of `kernels.pulses`.
    some
        The rows of chip numbers that are meant; None for all.
    """
    name, _ = shape_of(synapse)
    return call(
        f"pulse_trains_{name}{form}",
        **_places(coder, key, synapse, some),
        **operands,
        most=synapse.pulses_at_most,
        managed=int(synapse.update_management),
    )


def train_operands(
    coder: Coder, key: str, made: Geometry, rows: RowRange, *, against: bool
) -> dict[str, Any]:
    """Return what trains over the wires of local windows need to know in addition.

    Parameters
    ----------
    rows
        Of the weights.
    against
        Whether signals run against the windows, so that their image receives.
    """
    wires, name = coder.memory.wires, f"taps:{key}"
    listed = wires.spans.get(name) or wires.add(name, key, sources_of_rows(made))
    return {"sources": listed.rows(rows.first, rows.n), "against": int(against)}


def batch_calls(
    coder: Coder,
    key: str,
    synapse: Synapse,
    apart: Span,
    rows: RowRange,
    begin: int,
    marked: list[Call],
) -> list[Call]:
    """Return the calls by which the change of a batch moves devices, each of a pair by all of it.

    Parameters
    ----------
    marked
        The calls that mark rows which may have changed.
    """
    if not synapse.pair:
        return [_batch_call(coder, key, synapse, apart, rows, begin)]
    whole = coder.memory.values[key]
    again = rows.of(coder.memory.scratch_span(f"again:{key}", key, whole.shape, whole.stride))
    return [
        _whole(retention.note_stored, hidden=apart, old=again),
        _batch_call(coder, key, synapse, apart, rows, begin),
        *marked,
        _batch_call(coder, opposite_key(key), synapse, again, rows, begin),
    ]


def _batch_call(
    coder: Coder, key: str, synapse: Synapse, apart: Span, rows: RowRange, begin: int
) -> Call:
    name, _ = shape_of(synapse)
    rounding = pulse_parts.UNROUNDED if synapse.step is None else ROUNDINGS[synapse.pulses]
    return call(
        f"pulse_batch_{name}",
        change=apart,
        weight=rows.of(stored(coder, key)),
        **_places(coder, key, synapse, rows),
        rounding=rounding,
        begin=begin,
        n=apart.shape[-1],
    )


def around(
    coder: Coder, key: str, synapse: Synapse, rows: RowRange, code: list[Call], marked: list[Call]
) -> list[Call]:
    """Return the calls that move devices with what comes before and after them.

    Parameters
    ----------
    code
        What moves them; empty for those that only leak and drift.
    marked
        The calls that mark rows which may have moved.
    """
    shown, hidden = rows.of(coder.memory.values[key]), rows.of(stored(coder, key))
    sides = {
        side: {what: rows.of(coder.memory.kept[held_key(what, side)]) for what in held_by(synapse)}
        for side in sides_of(key, synapse)
    }
    changed = [shown, *(place for held in sides.values() for place in held.values())]
    begun = [_whole(retention.take_value, value=place, change=place) for place in changed]
    ended = []
    if code and synapse.bounds is not None and not (by_batch(synapse) or by_trains(synapse)):
        bounds = {name: _chip(coder, key, name, rows) for name in ("low", "high")}
        ended += [*marked, call(retention.keep_within, weight=hidden, **bounds)]
    for side, held in sides.items():
        if WRITTEN in held or AGE in held:
            whole = coder.memory.values[key]
            name = f"before:{side}"
            before = rows.of(coder.memory.scratch_span(name, key, whole.shape, whole.stride))
            begun.append(_whole(retention.note_stored, hidden=held[HIDDEN], old=before))
            ended += _moved(side, synapse, held, before, rows)
        if synapse.leak is not None:
            place = held.get(HIDDEN, hidden)
            ended.append(_leak(synapse, place, _chip(coder, side, "leak", rows), side != key))
    if synapse.refresh is not None and code:
        begun.append(_refresh(coder, key, synapse.refresh, rows))
    if synapse.hides:
        ended += _shown(coder, key, synapse, sides, rows)
    return [*begun, *code, *ended, _whole(retention.leave_change, value=shown, change=shown)]


def _leak(synapse: Synapse, hidden: Span, leak: Span, opposite: bool) -> Call:
    rest, n = -synapse.rest if opposite else synapse.rest, hidden.shape[-1]
    return call(retention.leak_away, hidden=hidden, leak=leak, rest=rest, n=n)


def _refresh(coder: Coder, key: str, every: int, rows: RowRange) -> Call:
    """Return the call that writes pairs again, with one of both devices at 0."""
    opposite = opposite_key(key)
    return call(
        retention.refresh_pairs,
        weight=rows.of(coder.memory.values[key]),
        rising=rows.of(stored(coder, key)),
        falling=rows.of(stored(coder, opposite)),
        up=_chip(coder, key, "a", rows),
        high=_chip(coder, key, "high", rows),
        down=_chip(coder, opposite, "c", rows),
        low=_chip(coder, opposite, "low", rows),
        every=every,
    )


def _moved(
    key: str, synapse: Synapse, held: dict[str, Span], before: Span, rows: RowRange
) -> list[Call]:
    """Return the calls that note which devices moved."""
    code, hidden = [], held[HIDDEN]
    # Pulses up and down that cancel may leave a last bit.
    least = 1e-3 * (synapse.step or 0.0)
    if WRITTEN in held:
        width = hidden.shape[-1]
        code.append(
            call(
                retention.draw_errors,
                hidden=hidden,
                old=before,
                error=held[WRITTEN],
                least=least,
                noise=synapse.write_noise,
                begin=rows.first * (width if len(hidden.shape) > 1 else 1),
                n=width,
                stream=int(stream(f"write:{key}")),
            )
        )
    if AGE in held:
        places = {"hidden": hidden, "old": before, "age": held[AGE]}
        code.append(_whole(retention.grow_older, **places, least=least))
    return code


def _shown(
    coder: Coder, key: str, synapse: Synapse, sides: dict[str, dict[str, Span]], rows: RowRange
) -> list[Call]:
    """Return the calls that make what is read of what is stored, by all sides of a pair."""
    shown, reference = rows.of(coder.memory.values[key]), _chip(coder, key, "reference", rows)
    hidden = sides[key][HIDDEN]
    code = [call(retention.show_stored, hidden=hidden, reference=reference, weight=shown)]
    for side, held in sides.items():
        if side != key:
            code.append(_whole(retention.add_errors, error=held[HIDDEN], weight=shown))
        if AGE in held:
            code.append(
                call(
                    retention.show_drift,
                    age=held[AGE],
                    drift=_chip(coder, side, "drift", rows),
                    hidden=held[HIDDEN],
                    weight=shown,
                    start=synapse.t0,
                )
            )
        if WRITTEN in held:
            code.append(_whole(retention.add_errors, error=held[WRITTEN], weight=shown))
    if synapse.bits is not None:
        levels, most = levels_of(synapse)
        code.append(_whole(retention.show_levels, weight=shown, levels=levels, most=most))
    return code


def _whole(kernel: Any, **operands: Any) -> Call:
    """Return a call on places as one vector, their padding included."""
    places = [one for one in operands.values() if isinstance(one, Span)]
    return call(kernel, **operands, n=places[0].size)
