"""Activations of neurons and their derivatives: one table for kernels and everybody else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from neurochannel.kernels.declare import BUFFER, FLAT, REAL, Kernel, changes, kernel, reads
from neurochannel.kernels.jit import in_order, inner, jit
from neurochannel.kernels.views import flat

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

_PER_OCTAVE = np.float32(1.4426950216293335)
_OCTAVE_HIGH, _OCTAVE_LOW = np.float32(0.693359375), np.float32(-0.00021219444170128554)
_ROUNDER = np.float32(1.5 * 2**23)
_ONE_IN_BITS = np.int32(127 << 23)
_LEAST = np.float32(-87.0)
_E = tuple(
    np.float32(c)
    for c in (
        1.0,
        1.0,
        0.4999999403953552,
        0.1666651964187622,
        0.04166839271783829,
        0.008368780836462975,
        0.0013814467238262296,
    )
)


@jit
def rational_tanh(x):
    """Approximate tanh in float32 by x P(x^2) / Q(x^2) with an error below 4e-7.

    It vectorizes, which math.tanh does not. The coefficients are a minimax fit of the relative
    error on [-9, 9], beyond which tanh is 1 in float32.
    """
    x = _LIMIT if x > _LIMIT else x
    x = -_LIMIT if x < -_LIMIT else x
    s = x * x
    p = _P[0] + s * (_P[1] + s * (_P[2] + s * (_P[3] + s * _P[4])))
    q = _Q[0] + s * (_Q[1] + s * (_Q[2] + s * (_Q[3] + s * _Q[4])))
    y = x * p / q
    one = np.float32(1.0)
    y = one if y > one else y
    return -one if y < -one else y


def _tanh(x):
    """tanh(x): the rational form in float32, exact in float64."""
    return np.tanh(x)


@overload(_tanh)
def _overload_tanh(x):
    if x == types.float32:
        return lambda x: rational_tanh(x)
    return lambda x: math.tanh(x)


@in_order
def falling_exp(x):
    """Approximate exp of x <= 0 in float32 by 2^k P(x - k log 2), with a relative error below 2e-7.

    It vectorizes, which math.exp does not. P is a minimax fit on |x| <= log(2) / 2; k is rounded by
    adding a number so large that its last bit counts whole ones. Below -87, where float32 has no
    normal numbers any more, it is 0.
    """
    shifted = x * _PER_OCTAVE + _ROUNDER
    k = shifted - _ROUNDER
    r = (x - k * _OCTAVE_HIGH) - k * _OCTAVE_LOW
    p = _E[0] + r * (_E[1] + r * (_E[2] + r * (_E[3] + r * (_E[4] + r * (_E[5] + r * _E[6])))))
    octaves = np.int32(np.float32(shifted).view(np.int32) << np.int32(23))
    scale = np.int32(octaves + _ONE_IN_BITS).view(np.float32)
    return np.float32(0.0) if x < _LEAST else p * scale


def _exp(x):
    """exp(x) for x <= 0: the quick form in float32, exact in float64."""
    return np.exp(x)


@overload(_exp)
def _overload_exp(x):
    if x == types.float32:
        return lambda x: falling_exp(x)
    return lambda x: math.exp(x)


@dataclass(frozen=True)
class Activation:
    """One kind of neuron: O = f(S).

    Parameters
    ----------
    name
        As in descriptions; `power` stands for all exponents.
    function
        f of (S, MU, 1): plain Python for numbers and arrays; None for softmax, which is no
        function of one neuron.
    slope
        f' of (S, O, MU, 1), likewise; None for softmax.
    largest_slope
        The largest value of f', NaN if it has none.
    falls_silent
        Whether many neurons may be exactly 0.
    from_total
        Whether f' needs S in addition to O.
    is_signed
        Whether activities may be negative.
    activate, gate
        The kernels that do O = f(S) in place and R *= f'; None for linear.
    """

    name: str
    function: Callable[..., Any] | None
    slope: Callable[..., Any] | None
    largest_slope: float
    falls_silent: bool = False
    from_total: bool = False
    is_signed: bool = True
    activate: Kernel | None = None
    gate: Kernel | None = None


ACTIVATIONS: dict[str, Activation] = {}
"""All activations by name."""


def _linear(s, mu, one):
    """O = S."""
    return s


def _linear_slope(s, o, mu, one):
    return one + 0 * o


def _logistic(s, mu, one):
    """O = 1 / (1 + exp(-S)) = (1 + tanh(S/2)) / 2."""
    half = one / (one + one)
    return half + half * _tanh(half * s)


def _logistic_slope(s, o, mu, one):
    return o * (one - o)


def _hyperbolic(s, mu, one):
    """O = tanh(S)."""
    return _tanh(s)


def _hyperbolic_slope(s, o, mu, one):
    return one - o * o


def _relu(s, mu, one):
    """O = S where S > 0, else 0."""
    return _positive(s) * s


def _relu_slope(s, o, mu, one):
    return _positive(o)


def _positive(s):
    """1 where a number is above 0, else 0, of its own kind; NaN stays NaN."""
    return np.where(np.isnan(s), s, s > 0)


@overload(_positive)
def _overload_positive(s):
    one = np.float32(1.0) if s == types.float32 else np.float64(1.0)
    none = one - one
    return lambda s: none if s <= none else (one if s > none else s)


LEAST_TOTAL = 1e-6
"""|S| below which the slope of a root, which has no bound, grows no further."""
_MILLION = np.float32(1e6)


def _power(s, mu, one):
    """O = S**MU for a whole MU, sign(S) |S|**MU otherwise."""
    return s**mu if mu >= one and mu == np.floor(mu) else np.copysign(abs(s) ** mu, s)


def _power_slope(s, o, mu, one):
    """MU |S|**(MU - 1), for MU < 1 as if no |S| were below 1e-6."""
    if mu < one:
        return mu * np.maximum(abs(s), one / _MILLION) ** (mu - one)
    return mu * s ** (mu - one) if mu == np.floor(mu) else mu * abs(s) ** (mu - one)


def _activate_kernel(name: str, function: Callable[..., Any]) -> Kernel:
    f = inner(function)

    def activate(activity, mu):
        one = activity.dtype.type(1.0)
        for i in range(activity.shape[0]):
            activity[i] = f(activity[i], mu, one)

    activate.__module__, activate.__doc__ = __name__, f"{function.__doc__} activity: S, then O."
    return kernel(name=f"activate_{name}", activity=changes(FLAT, "n"), mu=REAL)(activate)


def _gate_kernel(name: str, slope: Callable[..., Any]) -> Kernel:
    f = inner(slope)

    def gate(total, activity, signal, mu):
        one = signal.dtype.type(1.0)
        for i in range(signal.shape[0]):
            signal[i] *= f(total[i], activity[i], mu, one)

    gate.__module__, gate.__doc__ = __name__, "signal *= f'(total)."
    return kernel(
        name=f"gate_{name}",
        total=reads(FLAT, "n"),
        activity=reads(FLAT, "n"),
        signal=changes(FLAT, "n"),
        mu=REAL,
    )(gate)


@kernel(activity=changes(BUFFER, "n"), mu=REAL)
def activate_softmax(activity, mu):
    """activity[b, j] = exp(S[b, j]) / sum_k exp(S[b, k]), S being what activity held."""
    for b in range(activity.shape[0]):
        highest = activity[b, 0]
        for j in range(activity.shape[1]):
            highest = activity[b, j] if activity[b, j] > highest else highest
        for j in range(activity.shape[1]):
            activity[b, j] -= highest
    shifted = flat(activity)
    for i in range(shifted.shape[0]):
        shifted[i] = _exp(shifted[i])
    for b in range(activity.shape[0]):
        norm = activity.dtype.type(0.0)
        for j in range(activity.shape[1]):
            norm += activity[b, j]
        for j in range(activity.shape[1]):
            activity[b, j] /= norm


@kernel(total=reads(BUFFER, "n"), activity=reads(BUFFER, "n"), signal=changes(BUFFER, "n"), mu=REAL)
def gate_softmax(total, activity, signal, mu):
    """signal[b, j] = O[b, j] (signal[b, j] - sum_k O[b, k] signal[b, k]): times the Jacobian."""
    for b in range(signal.shape[0]):
        mean = signal.dtype.type(0.0)
        for k in range(signal.shape[1]):
            mean += activity[b, k] * signal[b, k]
        for j in range(signal.shape[1]):
            signal[b, j] = activity[b, j] * (signal[b, j] - mean)


def _add(name: str, function: Any, slope: Any, largest: float, **more: Any) -> None:
    if name != "linear":
        more |= {"activate": _activate_kernel(name, function), "gate": _gate_kernel(name, slope)}
    ACTIVATIONS[name] = Activation(name, function, slope, largest, **more)


_add("linear", _linear, _linear_slope, 1.0)
_add("logistic", _logistic, _logistic_slope, 0.25, is_signed=False)
_add("tanh", _hyperbolic, _hyperbolic_slope, 1.0)
_add("relu", _relu, _relu_slope, 1.0, falls_silent=True, is_signed=False)
_add("power", _power, _power_slope, math.nan, from_total=True)
ACTIVATIONS["softmax"] = Activation(
    "softmax",
    None,
    None,
    math.nan,
    is_signed=False,
    activate=activate_softmax,
    gate=gate_softmax,
)
