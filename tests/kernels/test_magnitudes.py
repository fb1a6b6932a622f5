"""Magnitudes as whole numbers: in order, NaN being nothing."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.kernels import magnitudes
from neurochannel.kernels.jit import jit

SIZES = [0.0, 5e-324, 1e-40, 1e-30, 0.5, 0.75, 1.0, 3.0, 1e30, np.inf]
BOTH = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@jit
def ranks(x, out, back):
    for d in range(x.shape[0]):
        place = magnitudes.rank(x[d])
        out[d] = place
        back[d] = magnitudes.ranked(place, x[d])


@jit
def largest(x, out):
    out[0] = magnitudes.largest(x)


def ranked(x):
    out, back = np.zeros(len(x), np.int64), np.zeros_like(x)
    ranks(x, out, back)
    return out, back


@BOTH
def test_ranks_are_in_the_order_of_magnitudes_and_lead_back(dtype):
    x = np.unique(np.array(SIZES, dtype))
    out, back = ranked(x)
    assert out[0] == 0
    assert (np.diff(out) > 0).all()
    np.testing.assert_array_equal(back, x)
    np.testing.assert_array_equal(ranked(-x)[0], out)


@BOTH
def test_nan_has_the_rank_of_0(dtype):
    out, back = ranked(np.array([np.nan, -np.nan], dtype))
    assert not out.any()
    assert not back.any()


@BOTH
@pytest.mark.parametrize("n", [0, 1, 7, 16, 33, 100])
def test_the_largest_does_not_depend_on_where_nan_is(n, dtype):
    x = np.random.default_rng(n).normal(size=n).astype(dtype)
    for holes in ([], [0], [n - 1]):
        with_holes, out = x.copy(), np.full(1, 7, dtype)
        with_holes[[hole for hole in holes if 0 <= hole < n]] = np.nan
        largest(with_holes, out)
        rest = np.abs(with_holes[~np.isnan(with_holes)])
        assert out[0] == (rest.max() if rest.size else 0)
