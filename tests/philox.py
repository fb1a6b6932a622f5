"""Counted random numbers in plain NumPy: each is a function of seed, stream, step and index.

key = (seed, seed >> 32), counter = (index >> 2, step, step >> 32, crc32 of the stream's name);
word number index & 3 of Philox-4x32-10; u = (word >> 8) / 2**24.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def philox(counter: Iterable[ArrayLike], key: tuple[int, int]) -> list[NDArray[np.uint64]]:
    """Philox-4x32-10 of Salmon et al. (2011): four words of 32 bits for each counter."""
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    c0, c1, c2, c3 = (np.asarray(word, np.uint64) for word in counter)
    for r in range(10):
        k0 = np.uint64((key[0] + r * 0x9E3779B9) % 2**32)
        k1 = np.uint64((key[1] + r * 0xBB67AE85) % 2**32)
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ k0, p1 & low, (p0 >> shift) ^ c3 ^ k1, p0 & low
    return [c0, c1, c2, c3]


def uniforms(seed: int, stream: str, step: int, block: ArrayLike) -> Array:
    """Four uniform numbers in [0, 1) for each block, (4, ...)."""
    counter = (block, step % 2**32, step >> 32, zlib.crc32(stream.encode()))
    words = philox(counter, (seed % 2**32, seed >> 32))
    return np.array([(word >> np.uint64(8)) * 2.0**-24 for word in np.broadcast_arrays(*words)])


def below(bound: int, seed: int, stream: str, index: int) -> int:
    """A whole number in [0, bound), from the first word of block `index` at step 0."""
    counter = (index % 2**32, 0, 0, zlib.crc32(stream.encode()))
    word = int(philox(counter, (seed % 2**32, seed >> 32))[0])
    return word * bound >> 32


def pick(four: Array, index: NDArray[np.int64]) -> Array:
    return np.take_along_axis(four, (index % 4)[None], axis=0)[0]


def uniform(seed: int, stream: str, step: int, index: ArrayLike) -> Array:
    """Uniform numbers in [0, 1), each a function of its index alone."""
    index = np.asarray(index, np.int64)
    return pick(uniforms(seed, stream, step, index // 4), index)


def normal(seed: int, stream: str, step: int, index: ArrayLike) -> Array:
    """Standard normal numbers by the method of Box and Muller."""
    index = np.asarray(index, np.int64)
    u0, u1, u2, u3 = uniforms(seed, stream, step, index // 4)
    r, s = np.sqrt(-2 * np.log(1 - u0)), np.sqrt(-2 * np.log(1 - u2))
    a, b = 2 * np.pi * u1, 2 * np.pi * u3
    return pick(np.array([r * np.cos(a), r * np.sin(a), s * np.cos(b), s * np.sin(b)]), index)
