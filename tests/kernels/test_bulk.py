"""Random numbers in bulk: the same bits as in NumPy, and rounding that adds in one pass."""

from __future__ import annotations

import re

import llvmlite.binding
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neurochannel.kernels import bulk
from neurochannel.kernels.jit import jit
from tests import bulk as twin

U = np.uint64
KEY = U(0xACD2_90E3_F582_32AC)
COMPILED = not numba.config.DISABLE_JIT
N = 100_000 if COMPILED else 300

keys = st.integers(0, 2**64 - 1)
firsts = st.integers(0, 2**32 - 1)

WORDS = [0xA226FAA5, 0xCF59D75A, 0xC6B4E1ED, 0x79434C4B]


@jit
def add_rounded(change, out, levels, scale, key, first):
    bulk.add_rounded_row(change, out, levels, scale, key, first)


def add(change, levels, scale, key=KEY, first=0, out=None):
    """What add_rounded_row makes of `out`, which is 0 unless told."""
    out = np.zeros_like(change) if out is None else out.copy()
    kind = change.dtype.type
    add_rounded(change, out, kind(levels), kind(scale), U(key), U(first))
    return out


def drawn(fill, count, dtype, key=KEY, first=0):
    out = np.empty(count, dtype)
    fill(out, U(key), U(first))
    return out


@settings(deadline=None, max_examples=50)
@given(seed=keys, stream=firsts, step=keys, block=firsts)
def test_keys_equal_the_twin(seed, stream, step, block):
    key = bulk.key(U(seed), U(stream), U(step))
    assert int(key) == twin.key(seed, stream, step)
    assert int(bulk.block_key(U(key), U(block))) == twin.block_key(int(key), block)


@settings(deadline=None, max_examples=50)
@given(key=keys, first=firsts, count=st.integers(0, 70))
def test_numbers_have_the_bits_of_the_twin(key, first, count):
    index = first + np.arange(count)
    words = drawn(bulk.fill_words, count, np.uint32, key, first)
    np.testing.assert_array_equal(words, twin.word(key, index))
    for dtype in (np.float32, np.float64):
        units = drawn(bulk.fill_units, count, dtype, key, first)
        normals = drawn(bulk.fill_normals, count, dtype, key, first)
        np.testing.assert_array_equal(units, twin.unit24(twin.word(key, index)))
        np.testing.assert_array_equal(normals, twin.normal(key, index))


def test_words_stay_what_they_are():
    words = drawn(bulk.fill_words, 4, np.uint32)
    assert [int(w) for w in words] == WORDS
    assert int(bulk.key(U(1), U(2), U(3))) == int(KEY)


@pytest.mark.parametrize("fill", [bulk.fill_words, bulk.fill_units, bulk.fill_normals])
def test_a_number_depends_on_its_place_and_not_on_where_a_row_begins(fill):
    whole = drawn(fill, 300, np.uint32 if fill is bulk.fill_words else np.float64)
    for first, count in ((0, 1), (7, 100), (112, 188)):
        np.testing.assert_array_equal(
            drawn(fill, count, whole.dtype, first=first), whole[first : first + count]
        )


def test_no_word_of_a_key_comes_twice():
    assert np.unique(drawn(bulk.fill_words, N, np.uint32)).size == N


def test_keys_of_successive_steps_share_no_stretch():
    steps = 2000 if COMPILED else 20
    rows = [
        drawn(bulk.fill_words, 256, np.uint32, bulk.key(U(1), U(2), U(s))) for s in range(steps)
    ]
    words = np.array(rows, np.uint64)
    both = (words[:, :-1] << U(32) | words[:, 1:]).ravel()
    assert np.unique(both).size == both.size


def test_numbers_have_their_distributions():
    for fill, law in ((bulk.fill_units, stats.uniform()), (bulk.fill_normals, stats.norm())):
        sample = drawn(fill, min(N, 20_000), np.float64)
        assert stats.kstest(sample, law.cdf).pvalue > 1e-3
        assert abs(sample.var() / law.var() - 1) < 4 * np.sqrt(2 / sample.size)


@settings(deadline=None, max_examples=50)
@given(
    key=keys,
    first=firsts,
    bits=st.integers(2, 12),
    scale=st.floats(1e-3, 1e3),
    change=st.lists(st.floats(-2.0, 2.0), max_size=70),
)
def test_rounding_at_random_equals_the_twin(key, first, bits, scale, change):
    levels, x = 2.0 ** (bits - 1) - 1, np.array(change, float) * scale
    u = twin.unit24(twin.word(key, first + np.arange(x.size))).astype(float)
    size = np.abs(x) * levels / scale
    steady = np.abs(size - np.floor(size) - u) > 1e-9
    got, expected = add(x, levels, scale, key, first), twin.rounded(x, levels, scale, u)
    np.testing.assert_allclose(got[steady], np.asarray(expected)[steady], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("x", [0.004, 0.11, 0.5, 0.93, 2.3])
def test_rounding_at_random_is_right_on_average_and_gives_neighboring_levels(x, dtype):
    for value in (x, -x):
        got = add(np.full(N, value / 7, dtype), 7, 1).astype(float) * 7
        levels = np.unique(np.round(got, 5))
        assert set(levels) <= {np.floor(value), np.ceil(value)}
        spread = (x % 1) * (1 - x % 1)
        assert abs(got.mean() - value) < 4 * np.sqrt(spread / N)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_whole_levels_stay_and_what_is_beyond_the_scale_is_cut(dtype):
    whole = np.arange(-127, 128, dtype=dtype)
    np.testing.assert_array_equal(add(whole, 127, 127), whole)
    far = np.array([1.01, 5, 1e30, np.inf, -1.01, -5, -1e30, -np.inf], dtype)
    np.testing.assert_array_equal(add(far, 3, 1), np.sign(far))


def test_nothing_is_added_where_nothing_changes():
    out = np.random.default_rng(0).normal(size=N)
    np.testing.assert_array_equal(add(np.zeros(N), 7, 1, out=out), out)


def test_nan_is_never_hidden():
    assert np.isnan(add(np.array([np.nan, 0.5]), 7, 1)[0])


def test_rounding_adds_to_what_is_there():
    rng = np.random.default_rng(0)
    change, out = rng.normal(size=200), rng.normal(size=200)
    np.testing.assert_allclose(add(change, 7, 1, out=out), out + add(change, 7, 1), rtol=1e-14)


@pytest.mark.skipif(not COMPILED, reason="kernels are not compiled")
@pytest.mark.skipif(
    "avx2" not in llvmlite.binding.get_host_cpu_features().flatten(), reason="no AVX2 here"
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kernel", [bulk.fill_units, bulk.fill_normals, add_rounded])
def test_inner_loops_are_vectors(kernel, dtype):
    options = {"nogil": True, "error_model": "numpy", "fastmath": kernel.targetoptions["fastmath"]}
    kind, key = numba.from_dtype(np.dtype(dtype)), numba.uint64
    row = numba.types.Array(kind, 1, "C")
    arguments = (row, row, kind, kind, key, key) if kernel is add_rounded else (row, key, key)
    compiled = numba.njit(arguments, **options)(kernel.py_func)
    (assembly,) = compiled.inspect_asm().values()
    assert re.search(r"vpmulld\s.*[yz]mm", assembly)
    assert not re.search(r"call.*(fmin|fmax|floor|copysign)", assembly)
