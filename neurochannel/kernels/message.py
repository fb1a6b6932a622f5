"""What a physical channel leaves of a number: signs, magnitudes, a few bits."""

from __future__ import annotations

import math

import numpy as np

from neurochannel.kernels.jit import inner, jit
from neurochannel.kernels.random import units

EXACT, LOG, LOG_ZERO, MID_TREAD, STOCHASTIC = range(5)
ALL, SIGN, MAGNITUDE = range(3)

_HALF_OCTAVE = math.sqrt(0.5)


@inner
def _exponent(ratio):
    """Round log2(ratio) to a whole number without taking a logarithm."""
    mantissa, exponent = math.frexp(ratio)
    return exponent if mantissa > _HALF_OCTAVE else exponent - 1


@inner
def _log(x, bits, scale):
    if x == 0.0 or x != x:
        return x
    exponent = min(max(_exponent(abs(x) / scale), 1 - bits), 0)
    return math.copysign(math.ldexp(scale, exponent), x)


@inner
def _log_zero(x, levels, scale):
    if x == 0.0 or x != x:
        return x
    exponent = min(_exponent(abs(x) / scale), 0)
    return math.copysign(math.ldexp(scale, exponent), x) if exponent > -levels else 0.0 * x


@inner
def _clipped(x, levels, scale):
    y = levels * x / scale
    return levels if y > levels else (-levels if y < -levels else y)


@inner
def _round_by_chance(x, levels, scale, u):
    y = _clipped(x, levels, scale)
    low = np.floor(y)
    return (low + (u < y - low)) * (scale / levels)


@inner
def _limit_by_chance(x, out, levels, scale, seed, stream, step):
    n = x.shape[0]
    for block in range((n + 3) // 4):
        u0, u1, u2, u3 = units(block, step, stream, seed)
        i = 4 * block
        out[i] = _round_by_chance(x[i], levels, scale, u0)
        if i + 1 < n:
            out[i + 1] = _round_by_chance(x[i + 1], levels, scale, u1)
        if i + 2 < n:
            out[i + 2] = _round_by_chance(x[i + 2], levels, scale, u2)
        if i + 3 < n:
            out[i + 3] = _round_by_chance(x[i + 3], levels, scale, u3)


@jit
def keep_part(x, out, keep, scale):
    """out = x, scale * sign(x), or |x|, as `keep` is ALL, SIGN or MAGNITUDE."""
    for i in range(x.shape[0]):
        if keep == SIGN:
            out[i] = scale * np.sign(x[i])
        elif keep == MAGNITUDE:
            out[i] = abs(x[i])
        else:
            out[i] = x[i]


@jit
def quantize(x, out, quantizer, bits, scale, seed, stream, step):
    """out = Q(x): round numbers to what `bits` bits, the sign among them, can say.

    LOG         scale * sign(x) * 2**rint(clip(log2|x / scale|, 1 - bits, 0)), and 0 -> 0
    LOG_ZERO    M magnitudes scale, scale/2, ...; 0 below the least
    MID_TREAD   M magnitudes scale/M, 2 scale/M, ..., scale, and 0
    STOCHASTIC  the levels of MID_TREAD, rounded up or down so that the mean is exact

    with M = 2**(bits - 1) - 1. Element i of STOCHASTIC uses draw (seed, stream, step, i).

    Parameters
    ----------
    x, out
        (n,); they may be the same array.
    """
    levels = 2.0 ** (bits - 1) - 1.0
    if quantizer == LOG:
        for i in range(x.shape[0]):
            out[i] = _log(x[i], bits, scale)
    elif quantizer == LOG_ZERO:
        for i in range(x.shape[0]):
            out[i] = _log_zero(x[i], levels, scale)
    elif quantizer == MID_TREAD:
        for i in range(x.shape[0]):
            out[i] = np.rint(_clipped(x[i], levels, scale)) * (scale / levels)
    elif quantizer == STOCHASTIC:
        _limit_by_chance(x, out, levels, scale, seed, stream, step)
    else:
        for i in range(x.shape[0]):
            out[i] = x[i]
