"""Stages, level by level."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.engine import compiler  # loads all kernels
from neurochannel.kernels.declare import KERNELS
from neurochannel.model.limits import Message
from tests.kernels.calls import compiled

assert compiler
LIMITS = [
    (("powers", 1), [1]),
    (("powers", 3), [0.125, 0.25, 0.5, 1]),
    (("octaves", 1), [1]),
    (("octaves", 3), [0.25, 0.5, 1]),
    (("log_zero", 2), [0, 1]),
    (("log_zero", 3), [0, 0.25, 0.5, 1]),
    (("uniform", 2), [0, 1]),
    (("uniform", 3), [0, 1 / 3, 2 / 3, 1]),
    (("stochastic", 3), [0, 1 / 3, 2 / 3, 1]),
]


def limited(x, update=0, **limits):
    """What a limit leaves of numbers, by the kernels of its stages."""
    out = np.array(x, float)
    for stage in Message(**limits).stages:
        kernel, x = KERNELS[stage.kernel], out.copy()
        given = {"seed": np.uint64(1), "stream": np.uint64(2), "update": np.uint64(update)}
        operands = {"x": x, "out": out, "begin": 0, **given, **stage.numbers}
        compiled(kernel)(*(operands[name] for name in kernel.arguments))
    return out


def quantized(x, quantizer, bits, scale=1.0, update=0):
    return limited(x, update, bits=bits, scale=scale, quantizer=quantizer)


@pytest.mark.parametrize(("kind", "levels"), LIMITS)
def test_bits_give_so_many_levels(kind, levels):
    x = np.concatenate([np.linspace(1e-6, 3, 5001), np.geomspace(1e-9, 1, 200)])
    for scale in (1.0, 0.3):
        got = quantized(x * scale, *kind, scale)
        np.testing.assert_allclose(np.unique(np.round(got / scale, 12)), levels)
        np.testing.assert_array_equal(quantized(-x * scale, *kind, scale), -got)


@pytest.mark.parametrize(("kind", "levels"), LIMITS)
def test_the_levels_of_a_description_are_those_of_the_kernel(kind, levels):
    expected = Message(quantizer=kind[0], bits=kind[1], scale=0.3).levels(None)
    signed = {sign * round(0.3 * level, 9) for level in levels for sign in (1, -1)} | {0.0}
    np.testing.assert_allclose(expected, sorted(signed), atol=1e-9)


def test_log_rounds_the_exponent():
    x = np.array([0.7, 0.71, 1.5, 0.36, 0.35, 0.01, 0.0])
    np.testing.assert_array_equal(
        quantized(x, "octaves", 4), [0.5, 1.0, 1.0, 0.5, 0.25, 0.125, 0.0]
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_stochastic_rounding_is_right_on_average(sign):
    drawn = [quantized(np.full(1000, sign * 0.2), "stochastic", 2, update=s) for s in range(50)]
    assert abs(np.mean(drawn) - sign * 0.2) < 4 * np.sqrt(0.2 * 0.8 / 50_000)


@pytest.mark.parametrize("quantizer", ["powers", "octaves", "log_zero", "uniform", "stochastic"])
def test_nan_is_never_hidden(quantizer):
    assert np.isnan(quantized([np.nan, 0.5], quantizer, 3)[0])


def test_parts_of_a_number():
    x = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_array_equal(limited(x, keep="sign", scale=0.5), [-0.5, 0, 0.5])
    np.testing.assert_array_equal(limited(x, keep="magnitude", scale=0.5), [2, 0, 3])


@pytest.mark.parametrize("kernel", ["round_uniform", "round_stochastic"])
def test_changes_of_marked_rows_are_rounded_added_and_cleared_in_one_pass(kernel):
    rng = np.random.default_rng(0)
    change, weight, marks = rng.normal(size=(4, 16)), rng.normal(size=(4, 16)), np.ones(4, np.uint8)
    change[:, 13:], weight[:, 13:], marks[2] = 0, 0, 0
    given = {"seed": np.uint64(1), "stream": np.uint64(2), "update": np.uint64(3)}
    operands = {"levels": 3.0, "scale": 2.0, "marks": marks, "n": 13, "begin": 0, **given}
    apart, before, waiting = change.copy(), weight.copy(), change[2].copy()

    def call(name, **arrays):
        kernel = KERNELS[name]
        compiled(kernel)(*((operands | arrays)[name] for name in kernel.arguments))

    call(f"{kernel}_of_changes", x=apart)
    call(f"{kernel}_and_add", x=change, weight=weight)
    apart[2] = 0
    np.testing.assert_array_equal(weight, before + apart)
    np.testing.assert_array_equal(change[2], waiting)
    assert not change[[0, 1, 3]].any() and not marks.any()
