"""Activities of neurons, their derivatives and the output error."""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import overload

from neurochannel.kernels.jit import inner, jit

LINEAR, LOGISTIC, TANH, RELU, POWER, SOFTMAX = range(6)

_LIMIT = np.float32(9.0)
_P = tuple(
    np.float32(c)
    for c in (
        0.9999999794747156,
        0.13381024930598417,
        0.0034955872944227298,
        2.0609069364730114e-05,
        1.3354645185429375e-08,
    )
)
_Q = tuple(
    np.float32(c)
    for c in (
        1.0,
        0.4671434052798165,
        0.025876978997384077,
        0.0003285633486302999,
        7.776551274655333e-07,
    )
)


@jit
def rational_tanh(x):
    """Approximate tanh in float32 by x P(x^2) / Q(x^2) with an error below 4e-7.

    It vectorizes, which math.tanh does not. The coefficients are a minimax fit of the relative
    error on [-9, 9], beyond which tanh is 1 in float32.
    """
    x = _LIMIT if x > _LIMIT else (-_LIMIT if x < -_LIMIT else x)
    s = x * x
    p = _P[0] + s * (_P[1] + s * (_P[2] + s * (_P[3] + s * _P[4])))
    q = _Q[0] + s * (_Q[1] + s * (_Q[2] + s * (_Q[3] + s * _Q[4])))
    y = x * p / q
    one = np.float32(1.0)
    return one if y > one else (-one if y < -one else y)


def tanh(x):
    """tanh(x): the rational form in float32, exact in float64."""
    return math.tanh(x)


@overload(tanh)
def _overload_tanh(x):
    if x == types.float32:
        return lambda x: rational_tanh(x)
    return lambda x: math.tanh(x)


@inner
def _power(s, mu):
    return s**mu if mu == math.floor(mu) else math.copysign(abs(s) ** mu, s)


@inner
def _power_slope(s, mu):
    return mu * s ** (mu - 1.0) if mu == math.floor(mu) else mu * abs(s) ** (mu - 1.0)


@jit
def softmax(out):
    """out[b, j] = exp(out[b, j]) / sum_k exp(out[b, k])."""
    for b in range(out.shape[0]):
        highest = out[b, 0]
        for j in range(out.shape[1]):
            highest = max(highest, out[b, j])
        norm = 0.0
        for j in range(out.shape[1]):
            out[b, j] = math.exp(out[b, j] - highest)
            norm += out[b, j]
        for j in range(out.shape[1]):
            out[b, j] /= norm


@jit
def activate(kind, mu, out):
    """out = f(out), neuron by neuron; softmax over the neurons of each example.

    One array rather than two: loops over two that may overlap are not vectorized.

    Parameters
    ----------
    kind
        LINEAR, LOGISTIC, TANH, RELU, POWER or SOFTMAX.
    mu
        Exponent of POWER: out**mu if mu is whole, else sign(out) |out|**mu.
    out
        (batch, n) total inputs; overwritten with activities.
    """
    o = out.reshape(-1)
    half, zero = out.dtype.type(0.5), out.dtype.type(0.0)
    if kind == SOFTMAX:
        softmax(out)
    elif kind == LOGISTIC:
        for i in range(o.size):
            o[i] = half + half * tanh(half * o[i])
    elif kind == TANH:
        for i in range(o.size):
            o[i] = tanh(o[i])
    elif kind == RELU:
        for i in range(o.size):
            o[i] = zero if o[i] < zero else o[i]
    elif kind == POWER:
        for i in range(o.size):
            o[i] = _power(o[i], mu)


@jit
def gate(kind, mu, total, activity, signal):
    """signal *= f'(total), written with the activity where f' is a function of it.

    Parameters
    ----------
    total, activity, signal
        (batch, n); only `signal` is changed.
    """
    s, o, r = total.reshape(-1), activity.reshape(-1), signal.reshape(-1)
    one, zero = signal.dtype.type(1.0), signal.dtype.type(0.0)
    if kind == LOGISTIC:
        for i in range(r.size):
            r[i] *= o[i] * (one - o[i])
    elif kind == TANH:
        for i in range(r.size):
            r[i] *= one - o[i] * o[i]
    elif kind == RELU:
        for i in range(r.size):
            r[i] *= one if o[i] > zero else zero
    elif kind == POWER:
        for i in range(r.size):
            r[i] *= _power_slope(s[i], mu)
    elif kind == SOFTMAX:
        _softmax_jacobian(activity, signal)


@inner
def _softmax_jacobian(activity, signal):
    for b in range(signal.shape[0]):
        mean = 0.0
        for k in range(signal.shape[1]):
            mean += activity[b, k] * signal[b, k]
        for j in range(signal.shape[1]):
            signal[b, j] = activity[b, j] * (signal[b, j] - mean)
