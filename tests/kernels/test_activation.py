"""Activities and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.kernels import activation

KINDS = {
    activation.LINEAR: lambda s: s,
    activation.LOGISTIC: lambda s: 1 / (1 + np.exp(-s)),
    activation.TANH: np.tanh,
    activation.RELU: lambda s: np.maximum(s, 0),
}


def activity(kind, s, mu=0.0):
    out = np.ascontiguousarray(s)[None].copy()
    activation.activate(kind, mu, out)
    return out[0]


def test_the_rational_tanh_errs_by_less_than_4e_7_and_never_leaves_its_range():
    s = np.linspace(-12, 12, 2_000_001).astype(np.float32)
    out = activity(activation.TANH, s)
    assert np.max(np.abs(out - np.tanh(s.astype(np.float64)))) < 4e-7
    assert np.max(np.abs(out)) <= 1
    small = np.float32(1e-4)
    assert abs(activity(activation.TANH, np.array([small]))[0] / small - 1) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activities_follow_their_formulas(kind, dtype):
    s = np.linspace(-4, 4, 101).astype(dtype)
    tolerance = 1e-6 if dtype == np.float32 else 1e-14
    np.testing.assert_allclose(activity(kind, s), KINDS[kind](s), rtol=0, atol=tolerance)


@pytest.mark.parametrize(("kind", "mu"), [(k, 0.0) for k in KINDS] + [(activation.POWER, 2.0)])
def test_a_gate_multiplies_by_the_derivative(kind, mu):
    s, h = np.linspace(-3.0, 3.0, 60), 1e-6
    slope = (activity(kind, s + h, mu) - activity(kind, s - h, mu)) / (2 * h)
    signal = np.full((1, 60), 2.0)
    activation.gate(kind, mu, s[None], activity(kind, s, mu)[None], signal)
    np.testing.assert_allclose(signal[0], 2 * slope, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("kind", [*KINDS, activation.POWER, activation.SOFTMAX])
def test_nan_is_never_hidden(kind):
    out = activity(kind, np.array([0.5, np.nan, -0.5], np.float32), 3.0)
    assert np.isnan(out[1])


def test_softmax_of_large_numbers_is_finite():
    out = activity(activation.SOFTMAX, np.array([1000.0, 1000.0, -1000.0], np.float32))
    np.testing.assert_allclose(out, [0.5, 0.5, 0.0])
