"""Random numbers in bulk: some tenths of a nanosecond each, the same bits on every machine.

A key of 64 bits, made by Philox, names a sequence; word number i of it is three rounds of a mix of
32 bits. The low half of the key is where they count from, the high half, made odd, is a factor:

    x = i * 0x9E3779B9 + low
    x = (x ^ x >> 17) * 0xED5AD4BB
    x = (x ^ x >> 11) * (high | 1)
    x = (x ^ x >> 15) * 0x31848BAB
    word(key, i) = x ^ x >> 14                              all mod 2**32

With 32 bits of key the sequences of all keys would be shifted copies of a single one, and among
two hundred steps two would give a matrix of 10**5 weights the same noise at another place. Two
rounds would save 0.06 ns; with another step of counting for each key they fail chi-square tests
where that step is small. A high half that is added instead of multiplied leaves some keys
correlated where their sequences overlap. `python -m scripts.randomness` tests the words and writes
docs/randomness.md.

The word of an element is a function of its key and number and of nothing else. A key serves one
purpose and at most 2**20 elements: no word comes twice within 2**32, which a longer sequence would
show. Larger things take a key for each block, from `block_key`; never add anything to a key.

References
----------
The mix is triple32 with a factor from the key: C. Wellons, "Prospecting for hash functions" (2018),
nullprogram.com/blog/2018/07/31 and github.com/skeeto/hash-prospector (public domain). Counting in
steps of an odd constant: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number
generators", OOPSLA'14 (2014), doi:10.1145/2660193.2660195.
"""

# i = number of an element, d = receiver

from __future__ import annotations

import math

import numpy as np

from neurochannel.kernels.jit import inner, jit
from neurochannel.kernels.random import philox

_U32, _U64 = np.uint32, np.uint64
_HALF = np.uint64(32)
_KEY_BLOCK = np.uint64(0xFFFFFFFF)
_ZERO, _ONE, _TWO = np.uint64(0), np.uint64(1), np.uint64(2)
_STEP, _ODD = np.uint32(0x9E3779B9), np.uint32(1)
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint32(0xED5AD4BB), np.uint32(0x31848BAB)
_PAIRS, _NIBBLES = np.uint32(0x55555555), np.uint32(0x33333333)
_BYTES, _ONES = np.uint32(0x0F0F0F0F), np.uint32(0x01010101)
_SHIFT_1, _SHIFT_2, _SHIFT_4, _SHIFT_8 = (np.uint32(n) for n in (1, 2, 4, 8))
_SHIFT_11, _SHIFT_14, _SHIFT_15 = (np.uint32(n) for n in (11, 14, 15))
_SHIFT_16, _SHIFT_17, _SHIFT_24 = (np.uint32(n) for n in (16, 17, 24))
_UNIT = np.float32(2.0**-24)
_UP = np.float32(1.0)
_CENTER = np.int32(65 << 15)
_NORMAL = np.float32(2.0**-16 / math.sqrt(16.0 + 1.0 / 12.0))

# Every result is cast to 32 bits: Numba widens what it is not told to keep, and LLVM then finds
# neither narrow vectors nor the instruction that counts bits.


@inner
def _plus(a, b):
    return _U32(_U64(a) + _U64(b))


@inner
def _minus(a, b):
    return _U32(_U64(a) - _U64(b))


@inner
def _times(a, b):
    return _U32(_U64(a) * _U64(b))


@inner
def _fold(x, shift):
    return _U32(x ^ _U32(x >> shift))


@jit
def key(seed, stream, step):
    """Return the key of one purpose at one step: two words of a Philox counter of its own.

    Parameters
    ----------
    seed, stream, step
        uint64.
    """
    low, high, _, _ = philox(_KEY_BLOCK, step, stream, seed)
    return low | (high << _HALF)


@jit
def block_key(key, block):
    """Return the key of a block of elements, two Philox words of counter `block` under `key`."""
    low, high, _, _ = philox(_U64(block), _ZERO, _ZERO, key)
    return low | (high << _HALF)


@jit
def normal_keys(key):
    """Return the three keys that `normal` wants, one for each word of an element."""
    return block_key(key, _ZERO), block_key(key, _ONE), block_key(key, _TWO)


@inner
def word(key, i):
    """Return 32 random bits, a uint32, for element i mod 2**32."""
    x = _plus(_times(_U32(i), _STEP), _U32(key))
    x = _times(_fold(x, _SHIFT_17), _MULTIPLIER_0)
    x = _times(_fold(x, _SHIFT_11), _U32(_U32(key >> _HALF) | _ODD))
    x = _times(_fold(x, _SHIFT_15), _MULTIPLIER_1)
    return _fold(x, _SHIFT_14)


@inner
def unit24(word):
    """Turn a word into a float32 in [0, 1) with 24 bits, exact in float64 too."""
    return np.float32(np.int32(_U32(word >> _SHIFT_8))) * _UNIT


@inner
def count_ones(x):
    """Return how many bits of a word are 1, a uint32."""
    x = _minus(x, _U32(_U32(x >> _SHIFT_1) & _PAIRS))
    x = _plus(_U32(x & _NIBBLES), _U32(_U32(x >> _SHIFT_2) & _NIBBLES))
    x = _U32(_plus(x, _U32(x >> _SHIFT_4)) & _BYTES)
    return _U32(_times(x, _ONES) >> _SHIFT_24)


@inner
def normal(key_1, key_2, key_3, i):
    """Return a number of mean 0 and variance 1, a float32, nearly normal, for element i.

    z = (ones(h1) + ones(h2) - 32 + u - 1/2) / sqrt(16 + 1/12)

    with h1, h2 the words of two keys and u in [0, 1) the upper 16 bits of the third. No function of
    the mathematical library is called. It is a sum of 64 fair bits, smoothed: |z| < 8.1, excess
    kurtosis -0.031, and its distribution function is within 0.0003 of the normal one.
    """
    ones = _plus(count_ones(word(key_1, i)), count_ones(word(key_2, i)))
    fine = _U32(word(key_3, i) >> _SHIFT_16)
    total = np.int32(_plus(_U32(ones << _SHIFT_16), fine))
    return np.float32(np.int32(total - _CENTER)) * _NORMAL


@inner
def rounded(x, levels, scale, unit):
    """Round x up or down to a whole multiple of scale / levels, so that the mean is x.

    |x| beyond `scale` gives `scale`; 0 stays 0, NaN stays NaN, and -x gives the opposite of x. A
    chance is a multiple of 2**-24, rounded up: the mean is right to 2**-24 of a level.
    """
    size = abs(x) * (levels / scale)
    size = levels if size > levels else size
    low = np.floor(size)
    low = low + _UP if unit < size - low else low
    return np.copysign(low * (scale / levels), x)


@inner
def add_rounded_row(change, out, levels, scale, key, first):
    """out[d] += rounded(change[d]), drawn with the word of element first + d.

    Parameters
    ----------
    change, out
        (n,), of one kind of numbers; levels and scale are of the same kind.
    """
    start = _U32(first)
    for d in range(out.shape[0]):
        unit = unit24(word(key, _plus(start, _U32(d))))
        out[d] += rounded(change[d], levels, scale, unit)


@jit
def fill_words(out, key, first):
    """out[i] = word(key, first + i), out uint32."""
    start = _U32(first)
    for i in range(out.shape[0]):
        out[i] = word(key, _plus(start, _U32(i)))


@jit
def fill_units(out, key, first):
    """out[i] = the uniform number of element first + i."""
    start = _U32(first)
    for i in range(out.shape[0]):
        out[i] = unit24(word(key, _plus(start, _U32(i))))


@jit
def fill_normals(out, key, first):
    """out[i] = the nearly normal number of element first + i."""
    key_1, key_2, key_3 = normal_keys(key)
    start = _U32(first)
    for i in range(out.shape[0]):
        out[i] = normal(key_1, key_2, key_3, _plus(start, _U32(i)))
