"""Changes of weights as pulses at devices: of a whole batch, or as trains of each example.

From each model of `devices` follow five kernels. A bundle without spread has a single row of chip
numbers for all its rows; one with a list of edges, or of biases, has one row in all.

Trains: with c = rate x d / B the change that an example asks for, x an activity and d a signal, and
x_max, d_max the largest of the example, k = rate x_max d_max / (B step). The line of each source
carries L = min(ceil k, most) slots that hold a pulse with probability A |x|, that of each receiver
with B |d|, and a device is moved where both have one:

    A = sqrt(g d' / x_max), B = sqrt(g x_max / d'), with
    g = rate / (B step L) and d' = d_max min(1, most / k)

so that on average A B |x d| L = |c| / step. Unmanaged trains have L = most and A = B = sqrt(g).

References
----------
T. Gokmen, Y. Vlasov, "Acceleration of deep neural network training with resistive cross-point
devices", Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333. The management of lengths
and probabilities is that of IBM's aihwkit.
"""

# b = example, s = source, d = receiver, e = edge, k = number in the list of active sources

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    ACTIVE,
    AMOUNT,
    BUFFER,
    CHANGES,
    EXAMPLES,
    FACTOR,
    MARKS,
    NUMBERS,
    PIXEL_INDEX,
    PIXEL_START,
    PIXEL_VALUE,
    PULSE_COUNTS,
    PULSE_KEYS,
    PULSE_WORDS,
    REAL,
    SEED,
    STREAM,
    UPDATE,
    VALUES,
    WHOLE,
    WIRES,
    WORTH,
    Change,
    changes,
    kernel,
    reads,
)
from neurochannel.kernels.dense import list_active
from neurochannel.kernels.devices import (
    MOVES,
    NUDGES,
    Chip,
    NoiseKeys,
    extend_keys,
    shift_row,
)
from neurochannel.kernels.magnitudes import largest
from neurochannel.kernels.message import function_of
from neurochannel.kernels.pixels import list_pixels
from neurochannel.kernels.pulse_parts import (
    UNROUNDED,
    chip_part,
    chip_row,
    count_row,
    fill_words,
    list_all,
    not_all_zero,
    one_source,
    plan,
    plan_either,
    scaled,
    shape_from,
    window_sizes,
)
from neurochannel.kernels.views import part, row

_DEVICE = "up, up_slope, down, down_slope, low, high"
_NUMBERS = "curve, stream, cycle, seed, update"
_BATCH = f"""\
def {{name}}(
    change, weight, {_DEVICE}, marks, keys, inverse, rounding, fixed, begin, n, {_NUMBERS}
):
    chips = Chip({_DEVICE})
    model = shape_from(curve)
    key, noise = bulk.key(seed, stream, update), NoiseKeys(bulk.key(seed, cycle, update), keys)
    known = 0
    for s in range(change.shape[0]):
        pulses = row(change, s)
        if marks[s] != 0 and not_all_zero(pulses):
            moved, first = row(weight, s), begin + s * n
            chip = chip_row(chips, s)
            if rounding == UNROUNDED:
                nudge_row(pulses, moved, chip, model)
            else:
                many = count_row(pulses, inverse, rounding, key, first)
                if many > 0.0:
                    known = extend_keys(noise, known, many)
                    {{move}}
            for r in range(pulses.shape[0]):
                pulses[r] = 0.0
        marks[s] = 0
"""
_TRAINS = f"""\
def {{name}}(
    {{lists}}signal, weight, {_DEVICE}, factor, active, amount, numbers, words, counts, keys,
    inverse, most, managed, fixed, first, {_NUMBERS}
):
    chips = Chip({_DEVICE})
    model = shape_from(curve)
    whole, noises = bulk.key(seed, stream, update), bulk.key(seed, cycle, update)
    of_source, of_receiver, gain = row(words, 0), row(words, 1), factor * inverse
    for b in range(signal.shape[0]):
        asked = row(signal, b)
        width = asked.shape[0]
        {{list_sources}}
        if count > 0:
            top_x, top_d = largest(part(amount, 0, count)), largest(asked)
            if top_x > 0.0 and top_d > 0.0:
                length, of_x, of_d = {{plan}}
                key, noise = bulk.block_key(whole, b), NoiseKeys(bulk.block_key(noises, b), keys)
                known = 0
                scaled(amount, count, of_x, counts)
                fill_words(of_source, active, count, counts, key, {{side}}, length)
                scaled(asked, width, of_d, counts)
                fill_words(of_receiver, numbers, width, counts, key, 1 - {{side}}, length)
                {{each}}
                    if word != 0 and 0 <= s < {{rows}}:
                        {{take}}
                        most_here = np.int32(0)
                        for r in range(many):
                            to = {{receiver}}
                            n = np.int32(bulk.count_ones(np.uint32(word & of_receiver[to])))
                            most_here = n if n > most_here else most_here
                            pulses[r] = np.copysign(np.float32(n), sign * asked[to])
                        if most_here > 0:
                            known = extend_keys(noise, known, most_here)
                            {{move}}
"""
_EACH_ACTIVE = """\
for k in range(count):
                    s = {source}
                    word, sign = of_source[k], amount[k]"""
_EACH_ROW = """\
for s in range(weight.shape[0]):
                    k = np.int64(sources[s])
                    word, sign = np.uint32(0), top_x
                    if k < count:
                        word, sign = of_source[k], amount[k]"""
_OF_ROW = """\
many, begin = width, (first + s) * width
                        moved, chip = row(weight, s), chip_row(chips, s)
                        pulses = part(counts, 0, moved.shape[0])
                        for r in range(many, pulses.shape[0]):
                            pulses[r] = 0.0"""
_OF_EDGES = """\
begin, many = np.int64(start[s]), np.int64(start[s + 1]) - np.int64(start[s])
                        pulses, moved = part(counts, 0, many), part(weight, begin, many)
                        chip = chip_part(chips, begin, many)"""
_OF_WINDOW = """\
many, taps = window_sizes(window)
                        begin, at = (first + s) * many, (first + s) // taps * many
                        moved, chip = row(weight, s), chip_row(chips, s)
                        pulses = part(counts, 0, moved.shape[0])
                        for r in range(many, pulses.shape[0]):
                            pulses[r] = 0.0"""
_OF_BIAS = """\
many, begin, moved, chip = weight.shape[0], first, weight, chips
                        pulses = part(counts, 0, many)"""


def _move(model: str, indent: int) -> str:
    """Write how a row is moved; the linear model has a quicker way where no step varies."""
    operands = "(pulses, moved, chip, model, noise, {first})"
    if model != "linear":
        return f"move_row{operands}"
    space = "\n" + " " * indent
    return f"if fixed != 0:{space}    shift_row{operands}{space}else:{space}    move_row{operands}"


ROWS, PIXELS, EDGES, LOCAL, BIAS = "", "_of_pixels", "_of_edges", "_of_local", "_of_bias"
_PLAN = {"plan": "plan(top_x, top_d, gain, most, managed)", "side": "0"}
_FORMS: dict[str, dict[str, Any]] = {
    ROWS: {
        "lists": {"source": reads(BUFFER, "m")},
        "list_sources": "count = list_active(row(source, b), active, amount)",
        "each": _EACH_ACTIVE.format(source="np.int64(active[k]) - first"),
        "rows": "weight.shape[0]",
        "receiver": "r",
        "take": _OF_ROW,
        "shape": ("rows", "stride"),
        "devices": ("devices", "stride"),
        "work": Change(("rows", "n")),
    },
    PIXELS: {
        "lists": {
            "start": PIXEL_START,
            "index": PIXEL_INDEX,
            "value": PIXEL_VALUE,
            "worth": WORTH,
            "examples": EXAMPLES,
        },
        "list_sources": (
            "count = list_pixels(start, index, value, worth, examples[b], active, amount)"
        ),
        "each": _EACH_ACTIVE.format(source="np.int64(active[k]) - first"),
        "rows": "weight.shape[0]",
        "receiver": "r",
        "take": _OF_ROW,
        "shape": ("rows", "stride"),
        "devices": ("devices", "stride"),
        "work": Change(("rows", "n")),
    },
    EDGES: {
        "lists": {
            "source": reads(BUFFER, "m"),
            "start": reads(WIRES, "rows+1"),
            "receivers": reads(WIRES, "edges"),
        },
        "list_sources": "count = list_active(row(source, b), active, amount)",
        "each": _EACH_ACTIVE.format(source="np.int64(active[k]) - first"),
        "rows": "start.shape[0] - 1",
        "receiver": "receivers[begin + r]",
        "take": _OF_EDGES,
        "shape": ("edges",),
        "devices": ("edges",),
        "work": Change(("edges",)),
    },
    LOCAL: {
        "lists": {
            "source": reads(BUFFER, "m"),
            "sources": reads(WIRES, "rows"),
            "window": reads(WIRES, "numbers"),
            "against": WHOLE,
        },
        "plan": "plan_either(top_x, top_d, gain, most, managed, against)",
        "side": "against",
        "list_sources": "count = list_all(row(source, b), active, amount)",
        "each": _EACH_ROW,
        "rows": "weight.shape[0]",
        "receiver": "at + r",
        "take": _OF_WINDOW,
        "shape": ("rows", "stride"),
        "devices": ("devices", "stride"),
        "work": None,
    },
    BIAS: {
        "lists": {},
        "list_sources": "count = one_source(active, amount)",
        "each": _EACH_ACTIVE.format(source="np.int64(0)"),
        "rows": "1",
        "receiver": "first + r",
        "take": _OF_BIAS,
        "shape": ("rows",),
        "devices": ("rows",),
        "work": None,
    },
}


_OWN: dict[str, Any] = {
    "curve": reads(VALUES, "parts"),
    "stream": STREAM,
    "cycle": STREAM,
    "seed": SEED,
    "update": UPDATE,
}
_SCOPE: dict[str, Any] = {
    "__name__": __name__,
    "np": np,
    "bulk": bulk,
    "row": row,
    "part": part,
    "Chip": Chip,
    "NoiseKeys": NoiseKeys,
    "extend_keys": extend_keys,
    "not_all_zero": not_all_zero,
    "shape_from": shape_from,
    "UNROUNDED": UNROUNDED,
    "shift_row": shift_row,
    "chip_row": chip_row,
    "chip_part": chip_part,
    "count_row": count_row,
    "plan": plan,
    "fill_words": fill_words,
    "largest": largest,
    "scaled": scaled,
    "one_source": one_source,
    "list_all": list_all,
    "plan_either": plan_either,
    "window_sizes": window_sizes,
    "list_active": list_active,
    "list_pixels": list_pixels,
}


def _devices(shape: tuple[str, ...]) -> dict[str, Any]:
    return {name: reads(VALUES, *shape) for name in _DEVICE.split(", ")}


def _scope(model: str) -> dict[str, Any]:
    return {**_SCOPE, "move_row": MOVES[model], "nudge_row": NUDGES[model]}


def _declare_batch(model: str) -> None:
    """Make the kernel of a model for the changes of a batch."""
    name = f"pulse_batch_{model}"
    text = _BATCH.format(name=name, move=_move(model, 20).format(first="first"))
    made = function_of(name, text, _scope(model))
    made.__module__ = __name__
    made.__doc__ = (
        "Move devices by the changes of a batch, as whole steps or of any size; change = 0."
    )
    kernel(
        name=name,
        change=changes(CHANGES, "m", "stride"),
        weight=changes(CHANGES, "m", "stride"),
        **_devices(("devices", "stride")),
        marks=MARKS,
        keys=PULSE_KEYS,
        inverse=REAL,
        rounding=WHOLE,
        fixed=WHOLE,
        begin=WHOLE,
        n=WHOLE,
        **_OWN,
    )(made)


def _declare_trains(model: str, ending: str) -> None:
    """Make the kernel of a model for the trains of one form of bundles."""
    name, form = f"pulse_trains_{model}{ending}", _FORMS[ending]
    lists: dict[str, Any] = form["lists"]
    names = ("plan", "side", "list_sources", "each", "rows", "receiver", "take")
    text = _TRAINS.format(
        name=name,
        lists="".join(f"{one}, " for one in lists),
        move=_move(model, 28).format(first="begin"),
        **{part_: (_PLAN | form)[part_] for part_ in names},
    )
    made = function_of(name, text, _scope(model))
    made.__module__ = __name__
    made.__doc__ = "Move devices by the trains of pulses of each example, one after the other."
    kernel(
        work=form["work"],
        name=name,
        **lists,
        signal=reads(BUFFER, "n"),
        weight=changes(CHANGES, *form["shape"]),
        **_devices(form["devices"]),
        factor=FACTOR,
        active=ACTIVE,
        amount=AMOUNT,
        numbers=NUMBERS,
        words=PULSE_WORDS,
        counts=PULSE_COUNTS,
        keys=PULSE_KEYS,
        inverse=REAL,
        most=WHOLE,
        managed=WHOLE,
        fixed=WHOLE,
        first=WHOLE,
        **_OWN,
    )(made)


for _model in MOVES:
    _declare_batch(_model)
    for _ending in _FORMS:
        _declare_trains(_model, _ending)
