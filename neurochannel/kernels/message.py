"""What physics leaves of a number: signs, magnitudes, a few bits. One scalar function a stage.

From each stage follow three kernels: one for messages, one for changes of weights, and one that
limits changes and adds them in the same pass. Every stage leaves 0 as it is, so rows of changes are
limited with their padding, which takes whole vectors.
"""

from __future__ import annotations

import linecache
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    CHANGES,
    FIRST_ELEMENT,
    FLAT,
    MARKS,
    REAL,
    SEED,
    STREAM,
    UPDATE,
    WHOLE,
    Number,
    adds,
    changes,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.views import row

_HALF_OCTAVE = math.sqrt(0.5)

OF_CHANGES, AND_ADD = "_of_changes", "_and_add"
"""What is added to the name of a stage for its kernels on changes."""

_MESSAGE = """\
def {name}(x, out{given}):
    {prepare}
    for k in range(x.shape[0]):
        i = {begin}k
        out[k] = stage(x[k]{numbers})
"""
_CHANGES = """\
def {name}(x, n{given}):
    {prepare}
    for s in range(x.shape[0]):
        change, first = row(x, s), {begin}s * n
        for d in range(change.shape[0]):
            i = first + d
            change[d] = stage(change[d]{numbers})
"""
_AND_ADD_TEXT = """\
def {name}(x, weight, marks, n{given}):
    {prepare}
    for s in range(x.shape[0]):
        if marks[s] != 0:
            marks[s] = 0
            changed, change, first = row(weight, s), row(x, s), {begin}s * n
            for d in range(change.shape[0]):
                i = first + d
                changed[d] += stage(change[d]{numbers})
                change[d] = 0.0
"""
_FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "": (_MESSAGE, {"x": reads(FLAT, "n"), "out": sets(FLAT, "n")}),
    OF_CHANGES: (_CHANGES, {"x": changes(CHANGES, "m", "stride"), "n": WHOLE}),
    AND_ADD: (
        _AND_ADD_TEXT,
        {
            "x": changes(CHANGES, "m", "stride"),
            "weight": adds(CHANGES, "m", "stride"),
            "marks": MARKS,
            "n": WHOLE,
        },
    ),
}


UNIFORM = ("key = bulk.key(seed, stream, update)", "bulk.unit24(bulk.word(key, i))")
NORMAL = (
    "key_1, key_2, key_3 = bulk.normal_keys(bulk.key(seed, stream, update))",
    "bulk.normal(key_1, key_2, key_3, i)",
)
"""What a stage may draw for each element: what is prepared once, and the number of element i."""


def stage(
    draw: tuple[str, str] | None = None, **numbers: Number
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a scalar function of x and these numbers as a stage, and make its kernels.

    Parameters
    ----------
    draw
        UNIFORM or NORMAL if its last argument is random; element i of a message or change uses
        draw number i of the stream and the update. Elements are counted over the whole batch or
        bundle, of which `begin` come before those that are at hand.
    """
    prepare, drawn = draw or ("pass", "")

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        asked: dict[str, Any] = {
            **numbers,
            **({"seed": SEED, "stream": STREAM, "update": UPDATE} if draw else {}),
        }
        for ending, (template, arrays) in _FORMS.items():
            name = function.__name__ + ending
            begin = {"begin": WHOLE if ending else FIRST_ELEMENT} if draw else {}
            given: dict[str, Any] = {**asked, **begin}
            text = template.format(
                name=name,
                given="".join(f", {one}" for one in given),
                prepare=prepare,
                begin="begin + " if draw else "",
                numbers="".join(f", {one}" for one in (*numbers, drawn) if one),
            )
            made = _function(
                name,
                text,
                {
                    "__name__": function.__module__,
                    "stage": inner(function),
                    "bulk": bulk,
                    "row": row,
                },
            )
            made.__module__, made.__doc__ = function.__module__, function.__doc__
            kernel(name=name, **arrays, **given)(made)
        return function

    return declare


def _function(name: str, text: str, scope: dict[str, Any]) -> Callable[..., Any]:
    file = f"<stage {name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), scope)
    made: Callable[..., Any] = scope[name]
    return made


def _octave(ratio):
    """Round log2(ratio) to a whole number, by the bits of a float: they hold its octave."""
    mantissa, exponent = math.frexp(ratio)
    return exponent if mantissa > _HALF_OCTAVE else exponent - 1


def _times_octaves(scale, octaves):
    """scale * 2**octaves, which is a normal number if the scale is 1."""
    return math.ldexp(scale, octaves)


@overload(_octave)
def _overload_octave(ratio):
    real, whole, shift, bias, half = _BITS[ratio]
    mantissa = whole((1 << shift) - 1)

    def octave(ratio):
        bits = real(ratio).view(whole)
        return whole(whole(bits >> whole(shift)) - whole(bias) + whole((bits & mantissa) > half))

    return octave


@overload(_times_octaves)
def _overload_times_octaves(scale, octaves):
    real, whole, shift, bias, _ = _BITS[scale]

    least = 1 - bias

    def times(scale, octaves):
        normal = octaves if octaves > least else least
        return scale * whole(whole(normal + whole(bias)) << whole(shift)).view(real)

    return times


_BITS: dict[Any, tuple[Any, ...]] = {
    types.float32: (np.float32, np.int32, 23, 127, np.int32(0x3504F3)),
    types.float64: (np.float64, np.int64, 52, 1023, np.int64(0x6A09E667F3BCD)),
}
"""Bits of a float: its kind, whole numbers of the same width, where its octave begins, the octave
of 1, and the bits of sqrt(2) below it, from which on the next octave is nearer."""


@stage(scale=REAL)
def keep_sign(x, scale):
    """Q(x) = scale * sign(x)."""
    return scale * np.sign(x)


@stage()
def keep_magnitude(x):
    """Q(x) = |x|."""
    return abs(x)


@stage(draw=NORMAL, noise=REAL)
def add_noise(x, noise, z):
    """Q(x) = x + noise * z, z nearly normal."""
    return x + noise * z


@stage(octaves=WHOLE, scale=REAL)
def round_powers(x, octaves, scale):
    """Q(x) = scale * sign(x) * 2**rint(clip(log2|x / scale|, -octaves, 0)), and 0 -> 0."""
    octave = _octave(abs(x) / scale)
    octave = 0 if octave > 0 else octave
    octave = -octaves if octave < -octaves else octave
    rounded = np.copysign(_times_octaves(scale, octave), x)
    return rounded if abs(x) > 0.0 else x


@stage(levels=REAL, scale=REAL)
def round_log_zero(x, levels, scale):
    """Q(x): magnitudes scale, scale/2, ..., `levels` of them, and 0 below the least."""
    octave = _octave(abs(x) / scale)
    octave = 0 if octave > 0 else octave
    rounded = np.copysign(_times_octaves(scale, octave), x)
    rounded = rounded if octave > -levels else 0.0 * x
    return rounded if abs(x) > 0.0 else x


@inner
def _clipped(x, levels, scale):
    y = levels * x / scale
    y = levels if y > levels else y
    return -levels if y < -levels else y


@stage(levels=REAL, scale=REAL)
def round_uniform(x, levels, scale):
    """Q(x): the nearest of 0, +-scale/levels, +-2 scale/levels, ..., +-scale."""
    return np.rint(_clipped(x, levels, scale)) * (scale / levels)


@stage(draw=UNIFORM, levels=REAL, scale=REAL)
def round_stochastic(x, levels, scale, u):
    """Q(x): the levels of `round_uniform`, rounded up or down so that the mean is exact."""
    return bulk.rounded(x, levels, scale, u)
