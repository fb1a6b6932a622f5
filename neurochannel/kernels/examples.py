"""Changes of weights that are limited example by example, before their mean is taken.

weight += mean over the batch of Q(rate * O R), Q being a stage of `message`. From each stage that
draws no normal numbers follow four kernels: for all-to-all bundles, for inputs with a sparse copy,
for single edges, and for biases. Stages that round may take the magnitude of what they leave: all
are odd, so that is Q(|x|).
"""

# b = example, s = source, d = receiver, e = edge; begin + i = number of an element

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    AMOUNT,
    BUFFER,
    CHANGES,
    EXAMPLES,
    PIXEL_INDEX,
    PIXEL_START,
    PIXEL_VALUE,
    RATE,
    SEED,
    SHARE,
    STREAM,
    UPDATE,
    WHOLE,
    WIRES,
    WORTH,
    Change,
    adds,
    kernel,
    reads,
)
from neurochannel.kernels.dense import is_silent
from neurochannel.kernels.jit import inner
from neurochannel.kernels.message import STAGES, UNIFORM, StageFunction, function_of
from neurochannel.kernels.views import row

BY_EXAMPLE = "_by_example"
"""What is added to the name of a stage, and then one of the four below."""
ROWS, PIXELS, EDGES, BIAS = "", "_of_pixels", "_of_edges", "_of_bias"


@inner
def take_row(signal, wide, own):
    """own[d] = signal[d], and 0 behind it up to `wide`; return whether there is anything."""
    for d in range(signal.shape[0]):
        own[d] = signal[d]
    for d in range(signal.shape[0], wide):
        own[d] = 0.0
    return not is_silent(signal)


_ROWS = """\
def {name}(source, signal, weight, rate, share, own, first{given}):
    n, wide = signal.shape[1], min(weight.shape[1], own.shape[0])
    {prepare}
    for b in range(source.shape[0]):
        if take_row(row(signal, b), wide, own):
            {for_example}
            for s in range(weight.shape[0]):
                a = rate * source[b, first + s]
                if a != 0.0:
                    change, begin = row(weight, s), (first + s) * n
                    for d in range(wide):
                        i = d
                        change[d] += share * {stage}
"""
_PIXELS = """\
def {name}(
    signal, weight, rate, share, own, start, index, value, worth, examples, first{given}
):
    n, wide = signal.shape[1], min(weight.shape[1], own.shape[0])
    {prepare}
    for b in range(examples.shape[0]):
        if take_row(row(signal, b), wide, own):
            {for_example}
            example = examples[b]
            for k in range(np.int64(start[example]), np.int64(start[example + np.uint32(1)])):
                s = np.int64(index[k]) - first
                if 0 <= s < weight.shape[0]:
                    a = own.dtype.type(rate * (value[k] * worth))
                    change, begin = row(weight, s), (first + s) * n
                    for d in range(wide):
                        i = d
                        change[d] += share * {stage}
"""
_EDGES = """\
def {name}(source, signal, weight, rate, share, start, receivers, first{given}):
    {prepare}
    for b in range(source.shape[0]):
        own = row(signal, b)
        {for_example}
        for s in range(start.shape[0] - 1):
            a = rate * source[b, first + s]
            if a != 0.0:
                for e in range(start[s], start[s + 1]):
                    begin, i, d = 0, e, receivers[e]
                    weight[e] += share * {stage}
"""
_BIAS = """\
def {name}(signal, bias, rate, share, first{given}):
    a = rate
    {prepare}
    for b in range(signal.shape[0]):
        own = row(signal, b)
        {for_example}
        for k in range(bias.shape[0]):
            begin, i, d = first, k, first + k
            bias[k] += share * {stage}
"""
_SHARED: dict[str, Any] = {"rate": RATE, "share": SHARE}
_ENDS: dict[str, Any] = {"source": reads(BUFFER, "m"), "signal": reads(BUFFER, "n")}
_FORMS: dict[str, tuple[str, Change | None, dict[str, Any]]] = {
    ROWS: (
        _ROWS,
        Change(("rows", "n")),
        {**_ENDS, "weight": adds(CHANGES, "rows", "stride"), **_SHARED, "own": AMOUNT},
    ),
    PIXELS: (
        _PIXELS,
        Change(("rows", "n")),
        {
            "signal": reads(BUFFER, "n"),
            "weight": adds(CHANGES, "rows", "stride"),
            **_SHARED,
            "own": AMOUNT,
            "start": PIXEL_START,
            "index": PIXEL_INDEX,
            "value": PIXEL_VALUE,
            "worth": WORTH,
            "examples": EXAMPLES,
        },
    ),
    EDGES: (
        _EDGES,
        Change(("edges",)),
        {
            **_ENDS,
            "weight": adds(CHANGES, "edges"),
            **_SHARED,
            "start": reads(WIRES, "rows+1"),
            "receivers": reads(WIRES, "edges"),
        },
    ),
    BIAS: (
        _BIAS,
        None,
        {"signal": reads(BUFFER, "n"), "bias": adds(CHANGES, "rows"), **_SHARED},
    ),
}


def _declare(name: str, stage: StageFunction) -> None:
    """Make the kernels of a stage."""
    draws, rounds = stage.draw == UNIFORM, "scale" in stage.numbers and name != "keep_sign"
    numbers: dict[str, Any] = dict(stage.numbers)
    drawn: dict[str, Any] = {"seed": SEED, "stream": STREAM, "update": UPDATE} if draws else {}
    words = [*numbers, *(["unit_of(own_key, begin, i)"] if draws else [])]
    text = f"stage({', '.join(['a * own[d]', *words])})"
    if rounds:
        numbers["magnitude"] = WHOLE
        text = f"of_sign({text}, magnitude)"
    for ending, (template, work, arguments) in _FORMS.items():
        given = {**numbers, **drawn}
        whole = f"{name}{BY_EXAMPLE}{ending}"
        made = function_of(
            whole,
            template.format(
                name=whole,
                given="".join(f", {one}" for one in given),
                prepare="key = bulk.key(seed, stream, update)" if draws else "pass",
                for_example="own_key = bulk.block_key(key, b)" if draws else "pass",
                stage=text,
            ),
            {
                "__name__": __name__,
                "stage": inner(stage.function),
                "of_sign": of_sign,
                "unit_of": unit_of,
                "take_row": take_row,
                "row": row,
                "bulk": bulk,
                "np": np,
            },
        )
        made.__module__ = __name__
        made.__doc__ = f"The mean over the batch of {stage.function.__doc__}"
        kernel(work=work, name=whole, **arguments, first=WHOLE, **given)(made)


@inner
def unit_of(key, begin, i):
    """Return the uniform number of element begin + i; sums of 32 bits make narrow vectors."""
    number = np.uint64(np.uint32(begin)) + np.uint64(np.uint32(i))
    return bulk.unit24(bulk.word(key, np.uint32(number)))


@inner
def of_sign(x, magnitude):
    """Return |x| if only the magnitude is kept, else x."""
    return abs(x) if magnitude != 0 else x


for _name, _stage in STAGES.items():
    if _stage.draw in (None, UNIFORM):
        _declare(_name, _stage)
