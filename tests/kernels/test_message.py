"""Quantizers, level by level."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.kernels import message

U = np.uint64


def quantized(x, quantizer, bits, scale=1.0, step=0):
    out = np.empty(len(x))
    message.quantize(np.array(x, float), out, quantizer, bits, scale, U(1), U(2), U(step))
    return out


@pytest.mark.parametrize(
    ("quantizer", "bits", "levels"),
    [
        (message.LOG, 1, [1]),
        (message.LOG, 3, [0.25, 0.5, 1]),
        (message.LOG_ZERO, 2, [0, 1]),
        (message.LOG_ZERO, 3, [0, 0.25, 0.5, 1]),
        (message.MID_TREAD, 2, [0, 1]),
        (message.MID_TREAD, 3, [0, 1 / 3, 2 / 3, 1]),
        (message.STOCHASTIC, 3, [0, 1 / 3, 2 / 3, 1]),
    ],
)
def test_bits_give_so_many_levels(quantizer, bits, levels):
    x = np.concatenate([np.linspace(1e-6, 3, 5001), np.geomspace(1e-9, 1, 200)])
    for scale in (1.0, 0.3):
        got = quantized(x * scale, quantizer, bits, scale)
        np.testing.assert_allclose(np.unique(np.round(got / scale, 12)), levels)
        np.testing.assert_array_equal(quantized(-x * scale, quantizer, bits, scale)[:5], -got[:5])


def test_log_rounds_the_exponent():
    x = np.array([0.7, 0.71, 1.5, 0.36, 0.35, 0.01, 0.0])
    np.testing.assert_array_equal(
        quantized(x, message.LOG, 4), [0.5, 1.0, 1.0, 0.5, 0.25, 0.125, 0.0]
    )


def test_stochastic_rounding_is_right_on_average():
    mean = np.mean(
        [quantized(np.full(1000, 0.2), message.STOCHASTIC, 2, step=s) for s in range(50)]
    )
    assert abs(mean - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 50_000)


@pytest.mark.parametrize(
    "quantizer", [message.LOG, message.LOG_ZERO, message.MID_TREAD, message.STOCHASTIC]
)
def test_nan_is_never_hidden(quantizer):
    assert np.isnan(quantized([np.nan, 0.5], quantizer, 3)[0])


def test_parts_of_a_number():
    x, out = np.array([-2.0, 0.0, 3.0]), np.empty(3)
    message.keep_part(x, out, message.SIGN, 0.5)
    np.testing.assert_array_equal(out, [-0.5, 0, 0.5])
    message.keep_part(x, out, message.MAGNITUDE, 0.5)
    np.testing.assert_array_equal(out, [2, 0, 3])
