"""Explicit vectors against their plain twins, at every width."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.engine.memory import MARGIN
from neurochannel.kernels import blas, rows
from neurochannel.kernels.jit import jit
from tests.kernels.calls import compiled


@jit
def add(active, amount, count, weight, total, exact):
    rows.add_rows(active, amount, count, weight, total, exact)


@jit
def change(active, amount, count, factor, signal, weight):
    rows.change_rows(active, amount, count, factor, signal, weight)


def case(n, padding, dtype):
    rng = np.random.default_rng(n)
    weight = np.zeros((40, n + padding), dtype)
    weight[:, :n] = rng.normal(size=(40, n))
    active = rng.choice(40, 17, replace=False).astype(np.uint32)
    return weight, active, rng.normal(size=17).astype(dtype), rng.normal(size=n).astype(dtype)


WIDTHS = [1, 2, 7, 8, 15, 16, 17, 31, 33, 100, 127, 128, 129, 300]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("n", WIDTHS)
@pytest.mark.parametrize("exact", [False, True])
def test_added_rows_equal_the_plain_twin(exact, n, padded, dtype):
    weight, active, amount, start = case(n, -n % 16 if padded else 0, dtype)
    neighbors = np.concatenate([[7], start, np.full(MARGIN, 7)]).astype(dtype)
    total, expected = neighbors[1 : n + 1], start.copy()
    add(active, amount, 13, weight, total, exact)
    rows.add_rows(active, amount, 13, weight, expected, exact)
    np.testing.assert_allclose(total, expected, rtol=1e-5, atol=1e-6)
    assert neighbors[0] == 7
    assert (neighbors[n + 1 :] == 7).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("n", WIDTHS)
def test_changed_rows_equal_the_plain_twin_and_padding_stays_zero(n, padded, dtype):
    weight, active, amount, signal = case(n, -n % 16 if padded else 0, dtype)
    expected, factor = weight.copy(), dtype(0.3)
    change(active, amount, 13, factor, signal, weight)
    rows.change_rows(active, amount, 13, factor, signal, expected)
    np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-6)
    assert not weight[:, n:].any()


def test_a_nan_survives():
    weight, active, amount, total = case(20, 12, np.float32)
    weight[active[3], 5] = np.nan
    add(active, amount, 13, weight, total, False)
    assert np.isnan(total[5]) and np.isfinite(np.delete(total, 5)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("padding", [0, 3])
def test_products_ignore_padding(padding, dtype):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(5, 7)).astype(dtype), rng.normal(size=(7, 4 + padding)).astype(dtype)
    c = rng.normal(size=(5, 4)).astype(dtype)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    out, expected = c.copy(), a @ b[:, :4] + c
    compiled(blas.deliver_gemm)(a, b, out, 0, 4)
    np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance)

    back = np.zeros((5, 7), dtype)
    compiled(blas.deliver_tied_gemm)(c, b, back, 0)
    np.testing.assert_allclose(back, c @ b[:, :4].T, rtol=tolerance, atol=tolerance)

    changed = b.copy()
    compiled(blas.update_gemm)(a, c, changed, dtype(0.5), 0)
    np.testing.assert_allclose(
        changed[:, :4], b[:, :4] + 0.5 * a.T @ c, rtol=tolerance, atol=tolerance
    )
    np.testing.assert_array_equal(changed[:, 4:], b[:, 4:])
