"""Tiles against their plain twins, at every height and width; nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.kernels import tiles
from neurochannel.kernels.jit import jit


@jit
def add(source, x, weight, w, total, t, size):
    tiles.add_block(source, x, weight, w, total, t, size)


@jit
def change(source, x, signal, s, factor, weight, w, size):
    tiles.add_products(source, x, signal, s, factor, weight, w, size)


@pytest.fixture(autouse=True)
def _bound() -> None:
    for dtype in TOLERANCE:
        tiles.bind_blocks(dtype)
        tiles.bind_products(dtype)


HEIGHTS = [0, 1, 2, 5, 6, 7, 12, 13, 14, 15, 16, 28, 29, 47]
WIDTHS = [1, 3, 8, 15, 16, 17, 32, 33, 50]
TOLERANCE = {"float32": 1e-6, "float64": 1e-13}


def reals(*shape: int, dtype: str) -> np.ndarray:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(dtype)


def assert_near(one: np.ndarray, other: np.ndarray) -> None:
    np.testing.assert_allclose(one, other, 0, TOLERANCE[one.dtype.name] * abs(other).max())


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("n", WIDTHS)
@pytest.mark.parametrize("count", HEIGHTS)
def test_blocks_of_positions_equal_the_plain_twin(count: int, n: int, dtype: str) -> None:
    source, weight = reals(700, dtype=dtype), reals(24, n + 3, dtype=dtype)
    total = reals(2 + (n + 2) * max(count, 1) + 16, dtype=dtype)
    for rows, run in ((3, 5), (1, 7), (2, 0), (0, 5)):
        other = total.copy()
        given = source, (4, 9, 70), weight, (2, 7)
        size = count, rows, run, n
        add(*given, total, (1, n + 2), size)
        tiles.add_block(*given, other, (1, n + 2), size)
        assert_near(total, other)
        left = np.ones(total.size, bool)
        for p in range(count):
            left[1 + p * (n + 2) : 1 + p * (n + 2) + n] = False
        np.testing.assert_array_equal(total[left], other[left])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("n", WIDTHS)
@pytest.mark.parametrize("taps", HEIGHTS)
def test_blocks_of_products_equal_the_plain_twin(taps: int, n: int, dtype: str) -> None:
    source, signal = reals(700, dtype=dtype), reals(2000, dtype=dtype)
    weight, factor = reals(taps + 3, n + 2, dtype=dtype), np.dtype(dtype).type(0.3)
    for rows, columns in ((4, 6), (1, 9), (5, 1), (0, 3)):
        other = weight.copy()
        given = source, (3, 90, 8), signal, (5, 8 * n, n), factor
        change(*given, weight, 2, (rows, columns, taps, n))
        tiles.add_products(*given, other, 2, (rows, columns, taps, n))
        assert_near(weight, other)
        kept = np.ones(weight.shape, bool)
        kept[2 : 2 + taps, :n] = False
        np.testing.assert_array_equal(weight[kept], other[kept])


def test_what_lies_outside_of_a_block_is_not_even_read() -> None:
    """Numbers around a block that are no numbers do not reach it."""
    source, weight, total = (np.full(shape, np.nan) for shape in ((60,), (8, 7), (60,)))
    source[5:23], weight[2:5, :5], total[:] = 1.0, 2.0, np.nan
    for p in range(6):
        total[3 + 6 * p : 8 + 6 * p] = 0.5
    add(source, (5, 3, 0), weight, (2, 0), total, (3, 6), (6, 1, 3, 5))
    for p in range(6):
        np.testing.assert_array_equal(total[3 + 6 * p : 8 + 6 * p], 0.5 + 3 * 2.0)
        assert np.isnan(total[8 + 6 * p])
