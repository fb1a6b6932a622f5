"""Random numbers in bulk in plain NumPy, and rounding at random made with them.

x = index * 0x9E3779B9 + low half of the key; three rounds of triple32, the second with
the high half of the key, made odd, as its factor; all of it mod 2**32.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.philox import philox

Words = NDArray[np.uint32]


@lru_cache(2**16)
def key(seed: int, stream: str | int, step: int) -> int:
    """Two words of Philox counter 0xFFFFFFFF of a step: 64 bits, low word first."""
    lane = zlib.crc32(stream.encode()) if isinstance(stream, str) else stream
    counter = (0xFFFFFFFF, step % 2**32, step >> 32, lane)
    low, high, _, _ = philox(counter, (seed % 2**32, seed >> 32))
    return int(low) | int(high) << 32


@lru_cache(2**16)
def block_key(key: int, block: int) -> int:
    low, high, _, _ = philox((block, 0, 0, 0), (key % 2**32, key >> 32))
    return int(low) | int(high) << 32


def word(key: int, index: ArrayLike) -> Words:
    """32 random bits for each index."""
    u = np.uint32
    x = np.atleast_1d(np.asarray(index) % 2**32).astype(u)
    x = x * u(0x9E3779B9) + u(key % 2**32)
    x = (x ^ x >> u(17)) * u(0xED5AD4BB)
    x = (x ^ x >> u(11)) * u(key >> 32 | 1)
    x = (x ^ x >> u(15)) * u(0x31848BAB)
    return x ^ x >> u(14)


def unit24(word: Words) -> NDArray[np.float32]:
    """Uniform numbers in [0, 1)."""
    return (word >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def normal(key: int, index: ArrayLike) -> NDArray[np.float32]:
    """z = (ones of two words - 32 + u - 1/2) / sqrt(16 + 1/12), u the upper half of a third."""
    h1, h2, h3 = (word(block_key(key, n), index) for n in range(3))
    ones = np.bitwise_count(h1).astype(np.int32) + np.bitwise_count(h2)
    sums = ones * 2**16 + (h3 >> np.uint32(16)).astype(np.int32) - 65 * 2**15
    return sums.astype(np.float32) * np.float32(2.0**-16 / np.sqrt(16 + 1 / 12))


def rounded(x: NDArray[np.float64], levels: float, scale: float, u: ArrayLike) -> ArrayLike:
    """Round the size of x up with the chance of what is beyond the lower level."""
    size = np.where(np.abs(x) > scale, levels, np.abs(x) * (levels / scale))
    low = np.floor(size)
    return np.copysign((low + (u < size - low)) * (scale / levels), x)
