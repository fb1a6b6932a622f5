"""Activities and their derivatives, from the one table of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neurochannel.kernels.activation import ACTIVATIONS, falling_exp
from neurochannel.kernels.jit import jit
from neurochannel.model.populations import ACTIVATIONS as NAMES
from tests.kernels.calls import compiled

FORMULAS = {
    ("linear", 0.0): lambda s: s,
    ("logistic", 0.0): lambda s: 1 / (1 + np.exp(-s)),
    ("tanh", 0.0): np.tanh,
    ("relu", 0.0): lambda s: np.maximum(s, 0),
    ("power", 2.0): lambda s: s**2,
    ("power", 1 / 3): np.cbrt,
    ("power", 1.5): lambda s: np.sign(s) * np.abs(s) ** 1.5,
}
BOTH_TYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
EACH = pytest.mark.parametrize(("name", "mu"), FORMULAS)


def activity(name, s, mu=0.0):
    out, kernel = np.array(s), ACTIVATIONS[name].activate
    if kernel is not None:
        rows = out[None] if name == "softmax" else out
        compiled(kernel)(rows, out.dtype.type(mu))
    return out


def test_the_table_holds_what_descriptions_can_name():
    assert {*NAMES, "power"} == set(ACTIVATIONS)


def test_the_rational_tanh_errs_by_less_than_4e_7_and_never_leaves_its_range():
    s = np.linspace(-12, 12, 2_000_001).astype(np.float32)
    out = activity("tanh", s)
    assert np.max(np.abs(out - np.tanh(s.astype(np.float64)))) < 4e-7
    assert np.max(np.abs(out)) <= 1
    small = np.float32(1e-4)
    assert abs(activity("tanh", np.array([small]))[0] / small - 1) < 1e-6


def test_the_quick_exp_errs_by_less_than_2e_7_and_ends_at_zero():
    x = np.linspace(-87, 0, 2_000_001).astype(np.float32)
    out = exp_of(x)
    assert np.max(np.abs(out / np.exp(x.astype(np.float64)) - 1)) < 2e-7
    odd = exp_of(np.array([np.nan, -np.inf, -88, -1e9, 0], np.float32))
    np.testing.assert_array_equal(odd, np.array([np.nan, 0, 0, 0, 1], np.float32))


@jit
def _fill_exp(x, out):
    for i in range(x.shape[0]):
        out[i] = falling_exp(x[i])


def exp_of(x):
    out = np.empty_like(x)
    with np.errstate(invalid="ignore", over="ignore"):
        _fill_exp(x, out)
    return out


@EACH
@BOTH_TYPES
def test_activities_follow_their_formulas(name, mu, dtype):
    s = np.linspace(-4, 4, 101).astype(dtype)
    tolerance = 2e-6 if dtype == np.float32 else 1e-14
    expected = FORMULAS[name, mu](s)
    np.testing.assert_allclose(activity(name, s, mu), expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(
        ACTIVATIONS[name].function(s, mu, 1.0), expected, rtol=tolerance, atol=tolerance
    )


@EACH
def test_slopes_are_those_of_finite_differences(name, mu):
    s, h, kind = np.linspace(-3.0, 3.0, 60), 1e-6, ACTIVATIONS[name]
    o = activity(name, s, mu)
    slope = (activity(name, s + h, mu) - activity(name, s - h, mu)) / (2 * h)
    np.testing.assert_allclose(kind.slope(s, o, mu, 1.0), slope, rtol=1e-5, atol=1e-8)
    if not math.isnan(kind.largest_slope):
        assert abs(np.max(kind.slope(s, o, mu, 1.0)) - kind.largest_slope) < 1e-2
    if kind.gate is not None:
        signal = np.full(60, 2.0)
        compiled(kind.gate)(s, o, signal, mu)
        np.testing.assert_allclose(signal, 2 * slope, rtol=1e-5, atol=1e-8)
    assert kind.falls_silent == (np.mean(o == 0) > 0.3)


@BOTH_TYPES
def test_roots_have_a_bounded_slope(dtype):
    mu = dtype(1 / 3)
    s = np.array([0.0, -1e-9, 1e-6, -1e-3, 1.0, 8.0], dtype)
    expected = np.array([1e4, 1e4, 1e4, 1e2, 1.0, 0.25]) / 3
    signal = np.ones(6, dtype)
    compiled(ACTIVATIONS["power"].gate)(s, activity("power", s, mu), signal, mu)
    np.testing.assert_allclose(signal, expected, rtol=1e-5)
    plain = ACTIVATIONS["power"].slope(s.astype(float), None, 1 / 3, 1.0)
    np.testing.assert_allclose(plain, expected, rtol=1e-5)


def test_a_root_of_0_is_0_and_the_least_exponent_gives_signs():
    np.testing.assert_array_equal(activity("power", np.zeros(2, np.float32), 1 / 3), [0.0, 0.0])
    s = np.array([-2.0, 0.5], np.float32)
    np.testing.assert_array_equal(activity("power", s, 0.0), [-1.0, 1.0])


def test_the_jacobian_of_softmax_is_that_of_finite_differences():
    s, h = np.array([0.3, -1.0, 0.8]), 1e-6
    columns = [
        (activity("softmax", s + h * e) - activity("softmax", s - h * e)) / (2 * h)
        for e in np.eye(3)
    ]
    signal = np.array([[0.5, -0.2, 0.9]])
    expected = np.array(columns) @ signal[0]
    o = activity("softmax", s)[None]
    compiled(ACTIVATIONS["softmax"].gate)(o, o, signal, 0.0)
    np.testing.assert_allclose(signal[0], expected, rtol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_is_never_hidden(name):
    out = activity(name, np.array([0.5, np.nan, -0.5], np.float32), 3.0)
    assert np.isnan(out[1])


def test_softmax_of_large_numbers_is_finite():
    out = activity("softmax", np.array([1000.0, 1000.0, -1000.0], np.float32))
    np.testing.assert_allclose(out, [0.5, 0.5, 0.0])
