"""What physics leaves of a number: a sign, a magnitude, a few bits, or nothing.

From each stage, a scalar function, follow three kernels: one for messages, one for changes of
weights, and one that limits changes and adds them in the same pass. That for messages has a loop
of its own where they stay in their place: of two arrays that are one, no loop takes whole vectors.
Every stage leaves 0 as it is, so rows of changes are limited with their padding.
"""

from __future__ import annotations

import linecache
import math
from collections.abc import Callable
from typing import Any, NamedTuple

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
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)

OF_CHANGES, AND_ADD = "_of_changes", "_and_add"
"""What is added to the name of a stage for its kernels on changes."""

_MESSAGE = """\
def {name}(x, out{given}):
    {prepare}
    if x.ctypes.data == out.ctypes.data:
        for k in range(out.shape[0]):
            i = {begin}k
            out[k] = stage(out[k]{numbers})
        return
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


class StageFunction(NamedTuple):
    """A scalar function of x and of these numbers, and what it may draw."""

    function: Callable[..., Any]
    numbers: dict[str, Number]
    draw: tuple[str, str] | None


STAGES: dict[str, StageFunction] = {}
"""All stages by name."""


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
            made = function_of(
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
        STAGES[function.__name__] = StageFunction(function, numbers, draw)
        return function

    return declare


def function_of(name: str, text: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """Return the function of a text, whose lines tracebacks and Numba can show."""
    file = f"<stage {name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), scope)
    made: Callable[..., Any] = scope[name]
    return made


def _nearest_power(ratio):
    """Round a normal number to the power of two that is nearest on a scale of logarithms.

    By the bits of a float: they hold its octave.
    """
    mantissa, exponent = math.frexp(ratio)
    return math.ldexp(1.0, exponent if mantissa > _HALF_OCTAVE else exponent - 1)


@overload(_nearest_power)
def _overload_nearest_power(ratio):
    real, whole, shift, half = _BITS[ratio]
    up, exponent = whole((1 << shift) - 1 - half), whole(-1 << shift)

    def nearest_power(ratio):
        bits = real(ratio).view(whole)
        return whole(whole(bits + up) & exponent).view(real)

    return nearest_power


def _normal(power):
    """Return the least normal number instead of 0."""
    return power


@overload(_normal)
def _overload_normal(power):
    real, *_ = _BITS[power]
    least = real(np.finfo(real).tiny)

    def normal(power):
        return power if power > least else least

    return normal


_BITS: dict[Any, tuple[Any, ...]] = {
    types.float32: (np.float32, np.int32, 23, 0x3504F3),
    types.float64: (np.float64, np.int64, 52, 0x6A09E667F3BCD),
}
"""Bits of a float: its kind, whole numbers of the same width, where its octave begins, and the bits
of sqrt(2) below it, from which on the next octave is nearer."""


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


@stage(draw=NORMAL, noise=REAL)
def add_noise_to_sent(x, noise, z):
    """Q(x) = x + noise * z where x is not 0, z nearly normal."""
    return x + noise * z if x != 0.0 else x


@stage(draw=NORMAL, noise=REAL)
def scale_noise(x, noise, z):
    """Q(x) = x * (1 + noise * z), z nearly normal."""
    return x * (_ONE + noise * z)


@stage(limit=REAL)
def clip(x, limit):
    """Q(x) = x, but no further from 0 than the limit."""
    clipped = limit if x > limit else x
    return -limit if clipped < -limit else clipped


@stage(least=REAL)
def cut(x, least):
    """Q(x) = 0 where |x| < least."""
    return x if abs(x) >= least else _ZERO


@stage(least=REAL, scale=REAL)
def round_powers(x, least, scale):
    """Q(x) = scale * sign(x) * 2**rint(log2(clip(|x / scale|, least, 1))), and 0 -> 0."""
    ratio = abs(x) / scale
    ratio = _ONE if ratio > _ONE else ratio
    ratio = least if ratio < least else ratio
    rounded = np.copysign(scale * _nearest_power(ratio), x)
    return rounded if abs(x) > 0.0 else x


@stage(least=REAL, scale=REAL)
def round_log_zero(x, least, scale):
    """Q(x): magnitudes scale, scale/2, ..., scale * least, and 0 below the least."""
    ratio = abs(x) / scale
    power = _nearest_power(_ONE if ratio > _ONE else ratio)
    rounded = np.copysign(scale * _normal(power), x)
    rounded = rounded if power >= least else _ZERO * x
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


@stage(draw=UNIFORM, loss=REAL, gain=REAL)
def lose(x, loss, gain, u):
    """Q(x) = 0 with probability loss, else gain * x."""
    return gain * x if u >= loss else _ZERO
