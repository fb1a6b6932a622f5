"""Tests of words: within a key, between keys of successive steps, streams, seeds and blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from neurochannel.kernels import bulk
from scripts.randomness.result import OWN, Result
from scripts.randomness.streams import Words, key, steps, words

KEYS, LENGTH = 1024, 8192
HALF = np.uint64(32)
LAGS = (1, 2, 3, 4, 8, 16, 64, 112, 256, 784)
PLAIN_KEYS = (0, 1, 1 << 31, 1 << 32, 1 << 63, 3 << 32 | 5, 0xFFFFFFFF, 0xFFFFFFFF << 32, 2**64 - 1)
"""Keys whose bits follow a pattern, which Philox hardly ever gives."""

FAMILIES: dict[str, Callable[[int], np.uint64]] = {
    "keys of successive steps": lambda n: key(1, 2, n),
    "keys of successive streams": lambda n: key(1, n, 2),
    "keys of successive seeds": lambda n: key(n, 1, 2),
    "keys of successive blocks": lambda n: np.uint64(bulk.block_key(key(1, 2, 3), np.uint64(n))),
    "keys with equal lower halves": lambda n: (key(1, 2, n) >> HALF << HALF) | np.uint64(12345),
}


def uniform_p(counts: NDArray[np.int64]) -> float:
    """Chi-square of counts that should be equal."""
    return float(stats.chisquare(counts.ravel()).pvalue)


def standardized(sample: Words) -> NDArray[np.float32]:
    """Return words as numbers of mean 0 and variance 1."""
    units = sample.astype(np.float32) * np.float32(2.0**-32)
    return (units - np.float32(0.5)) * np.float32(12**0.5)


def squares_p(z: NDArray[np.float64]) -> float:
    """Chi-square of independent standard normal numbers."""
    return float(stats.chi2.sf(float(np.sum(np.square(z, dtype=float))), z.size))


def byte_results(stream: str, what: str, sample: Words) -> Iterator[Result]:
    """Test that all bytes come equally often, at each of the four places."""
    for place in range(4):
        values = (sample >> np.uint32(8 * place)).astype(np.uint8)
        p = uniform_p(np.bincount(values.ravel(), minlength=256))
        yield Result(OWN, stream, f"byte {place} of {what}", p)


def pair_results(stream: str, sample: Words, lags: tuple[int, ...]) -> Iterator[Result]:
    """Test neighbors by their highest bytes, and by the lowest that `unit24` uses."""
    for place in (3, 1):
        values = (sample >> np.uint32(8 * place)).astype(np.uint8).astype(np.uint32)
        for lag in lags:
            both = values[..., lag:] * 256 + values[..., :-lag]
            p = uniform_p(np.bincount(both.ravel(), minlength=1 << 16))
            yield Result(OWN, stream, f"byte {place} of elements i and i + {lag}", p)


def gap_p(marked: NDArray[np.bool_], chance: float) -> float:
    """Chi-square of the gaps between marked words, which should be geometric."""
    gaps = np.diff(np.flatnonzero(marked)) - 1
    most = int(np.log(50 / gaps.size) / np.log1p(-chance))
    law = np.append(chance * (1 - chance) ** np.arange(most), (1 - chance) ** most)
    counts = np.bincount(np.minimum(gaps, most), minlength=most + 1)
    return float(stats.chisquare(counts, law * gaps.size).pvalue)


def gap_results(stream: str, sample: Words) -> Iterator[Result]:
    """Test the gaps between words some of whose bits are all 0."""
    for bits, shift in ((3, 8), (3, 29), (5, 0), (5, 8)):
        part = (sample >> np.uint32(shift)) & np.uint32(2**bits - 1)
        p = gap_p(part.ravel() == 0, 2.0**-bits)
        yield Result(OWN, stream, f"gaps of bits {shift} to {shift + bits - 1}", p)


def repeat_results(stream: str, keys: list[np.uint64]) -> Iterator[Result]:
    """Count the numbers of 24 bits that come again within 2**16 elements of a key."""
    again = 0
    for k in keys:
        again += (1 << 16) - np.unique(words(k, 1 << 16) >> np.uint32(8)).size
    cells, n = 2.0**24, 2.0**16
    expected = len(keys) * (n - cells * -np.expm1(n * np.log1p(-1 / cells)))
    p = float(2 * stats.norm.sf(abs(again - expected) / expected**0.5))
    yield Result(OWN, stream, "equal numbers of 24 bits within a key", p)


def family_results(stream: str, key_of: Callable[[int], np.uint64]) -> Iterator[Result]:
    """Test the words of 1024 keys that follow each other."""
    sample = np.stack([words(key_of(n), LENGTH) for n in range(KEYS)])
    yield from byte_results(stream, "words", sample)
    yield from byte_results(stream, "XOR of neighbors", sample[1:] ^ sample[:-1])
    yield from byte_results(stream, "differences of neighbors", sample[1:] - sample[:-1])
    yield from pair_results(f"{stream}, i across", sample.T, (1, 2, 256))
    yield from gap_results(f"{stream}, i across", np.ascontiguousarray(sample.T))
    yield from correlation_results(stream, standardized(sample))
    yield Result(OWN, stream, "each bit with each of the next key", bits_p(sample))
    yield from repeat_results(stream, [key_of(n) for n in range(KEYS, KEYS + 256)])


def correlation_results(stream: str, x: NDArray[np.float32]) -> Iterator[Result]:
    """Correlate every key with every other, and neighbors at lags up to 16 either way."""
    n = x.shape[1]
    products = (x @ x.T).astype(float)
    z = products[np.triu_indices(len(x), 1)] / n**0.5
    yield Result(OWN, stream, "correlations of all pairs of keys", squares_p(z))
    largest = float(np.max(np.abs(z)))
    p = -np.expm1(z.size * np.log1p(-2 * stats.norm.sf(largest)))
    yield Result(OWN, stream, "the largest of these correlations", float(p))
    for lag in range(-16, 17):
        a, b = x[:-1, max(0, -lag) : n - max(0, lag)], x[1:, max(0, lag) : n - max(0, -lag)]
        z = np.einsum("kn,kn->k", a, b, dtype=float) / a.shape[1] ** 0.5
        yield Result(OWN, stream, f"correlations with the next key at lag {lag}", squares_p(z))


def bits_p(sample: Words) -> float:
    """Correlate each bit of a word with each bit of the same element's word of the next key."""
    some = sample[:257]
    planes = [((some >> np.uint32(b)) & np.uint32(1)).astype(np.float32) * 2 - 1 for b in range(32)]
    this = np.stack([plane[:-1].ravel() for plane in planes])
    after = np.stack([plane[1:].ravel() for plane in planes])
    return squares_p(this @ after.T / this.shape[1] ** 0.5)


def key_results(stream: str, k: np.uint64, lags: tuple[int, ...] = LAGS) -> Iterator[Result]:
    """Test 2**20 words of one key."""
    sample = words(k, 1 << 20)
    yield from byte_results(stream, "words", sample)
    yield from pair_results(stream, sample, lags)
    yield from gap_results(stream, sample)


def shared_pairs(sample: Words) -> int:
    """Count the pairs of neighboring words that occur in more than one place."""
    both = sample[:, :-1].astype(np.uint64) << np.uint64(32) | sample[:, 1:]
    every = np.sort(both.ravel())
    return int(np.count_nonzero(every[1:] == every[:-1]))


def with_half_keys(count: int, length: int) -> Words:
    """Words of keys whose upper halves are 0: what keys of 32 bits would give."""
    low = np.uint64(0xFFFFFFFF)
    return np.stack([words(key(1, 2, n) & low, length) for n in range(count)])


def shared_results() -> Iterator[Result]:
    """Look for stretches that two of 65,536 keys have in common; by chance there are none."""
    found = shared_pairs(steps(1 << 16, 256))
    expected = (255.0 * 2**16) ** 2 / 2 / 2**64
    p = stats.poisson.sf(found, expected) + stats.poisson.pmf(found, expected) / 2
    yield Result(OWN, "keys of 65,536 steps", "pairs of words that two keys share", float(p))


def all_results() -> list[Result]:
    """Run all tests of words."""
    results: list[Result] = []
    for n in range(8):
        results += key_results("single keys", key(3, 4, n))
    for k in PLAIN_KEYS:
        results += key_results(
            f"key {k:#x}, whose bits have a pattern", np.uint64(k), (1, 2, 16, 112)
        )
    for name, key_of in FAMILIES.items():
        results += family_results(name, key_of)
    results += shared_results()
    return results
