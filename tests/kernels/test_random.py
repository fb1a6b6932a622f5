"""Counted randomness: known answers, ranges, and draws that depend on nothing but their number."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from scipy import stats

from neurochannel.kernels import random
from tests import philox as twin

U = np.uint64
ZERO, ONES = U(0), U(0xFFFFFFFF)


@pytest.mark.parametrize(
    ("block", "step", "stream", "seed", "words"),
    [
        (ZERO, ZERO, ZERO, ZERO, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            ONES,
            U(2**64 - 1),
            ONES,
            U(2**64 - 1),
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            U(0x243F6A88),
            U(0x1319_8A2E_85A3_08D3),
            U(0x03707344),
            U(0x299F_31D0_A409_3822),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(block, step, stream, seed, words):
    assert tuple(int(w) for w in random.philox(block, step, stream, seed)) == words


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kind",
    [random.UNIFORM, random.NORMAL, random.BINARY, random.TERNARY, random.SIGNS, random.CONSTANT],
)
def test_a_draw_depends_on_its_number_and_not_on_how_many_are_drawn(kind, dtype):
    whole, part = np.empty(103, dtype), np.empty(42, dtype)
    for out in (whole, part):
        random.fill(out, kind, 0.7, 0.1, U(5), U(9), U(2**40 + 3))
    np.testing.assert_array_equal(whole[:42], part)


def test_draws_have_their_distributions():
    out = np.empty(20_000)
    for kind, law in ((random.UNIFORM, stats.uniform(-1, 2)), (random.NORMAL, stats.norm())):
        random.fill(out, kind, 1.0, 0.0, U(1), U(2), U(3))
        assert stats.kstest(out, law.cdf).pvalue > 1e-3
    whole = {random.BINARY: (0, 1), random.TERNARY: (-1, 0, 1), random.SIGNS: (-1, 1)}
    for kind, values in whole.items():
        random.fill(out, kind, 1.0, 0.0, U(1), U(2), U(3))
        found, counts = np.unique(out, return_counts=True)
        np.testing.assert_array_equal(found, values)
        assert stats.chisquare(counts).pvalue > 1e-3


def test_uniform_draws_equal_the_twin():
    out = np.empty(50)
    lane = U(zlib.crc32(b"weights:a -> b"))
    random.fill(out, random.UNIFORM, 0.5, 0.5, U(2**33 + 7), lane, U(4))
    np.testing.assert_array_equal(out, twin.uniform(2**33 + 7, "weights:a -> b", 4, np.arange(50)))


def test_an_order_is_a_permutation_and_another_epoch_another_one():
    first, second = np.empty(1000, np.uint32), np.empty(1000, np.uint32)
    random.permute(first, U(1), U(2), U(0))
    random.permute(second, U(1), U(2), U(1))
    np.testing.assert_array_equal(np.sort(first), np.arange(1000))
    np.testing.assert_array_equal(np.sort(second), np.arange(1000))
    assert np.mean(first == second) < 0.02


@pytest.mark.parametrize("fan_in", [1, 3, 50])
def test_every_receiver_gets_so_many_different_sources_and_all_are_equally_likely(fan_in):
    sources = np.empty((4000, fan_in), np.uint32)
    random.choose_fan_in(sources, 50, fan_in, U(3), U(4))
    assert all(len(set(row)) == fan_in for row in sources)
    counts = np.bincount(sources.ravel(), minlength=50)
    if fan_in < 50:
        assert stats.chisquare(counts).pvalue > 1e-3
    else:
        assert set(counts) == {4000}


@pytest.mark.parametrize("density", [1e-4, 0.3, 1.0])
def test_density_keeps_each_edge_with_its_probability(density):
    limit = 400_000
    kept = np.empty(limit, np.int64)
    count = random.count_density(limit, density, U(3), U(4), kept)
    assert random.count_density(limit, density, U(3), U(4), kept[:0]) == count
    kept = kept[:count]
    assert np.all(np.diff(kept) > 0) and (count == 0 or kept[-1] < limit)
    assert abs(count - density * limit) <= 4 * np.sqrt(limit * density * (1 - density))
