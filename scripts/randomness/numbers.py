"""Tests of what is made of the words: nearly normal numbers and rounding at random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from neurochannel.kernels import bulk
from neurochannel.kernels.jit import jit
from scripts.randomness.result import OWN, Result
from scripts.randomness.streams import key

NORMALS = "normal numbers"
COUNT, PIECE = 1 << 26, 1 << 20
VARIANCE = 16 + 1 / 12
EXCESS = -(8 + 1 / 120) / VARIANCE**2
"""Excess kurtosis by design: 64 bits give -1/8 each, the uniform number gives -1/120."""
TAILS = (2.0, 3.0, 4.0, 5.0, 6.0)
LAGS = (1, 2, 3, 4, 8, 16, 112, 784)

ONES = np.arange(65)
CHANCES = stats.binom(64, 0.5).pmf(ONES)

Floats = NDArray[np.float64]


class Shape(NamedTuple):
    """What was measured of the normal numbers, in addition to p-values."""

    drawn: int
    excess: float
    largest: float
    zeros: int
    beyond: list[int]


def design(z: ArrayLike) -> Floats:
    """Return the distribution function of the numbers as they are made."""
    place = np.asarray(z) * VARIANCE**0.5 + 32.5
    edges = np.arange(66.0)
    sums = np.concatenate(([0.0], np.cumsum(CHANCES)))
    return np.asarray(np.interp(place, edges, sums))


distribution: Any = design


def greatest_distance() -> float:
    """Return how far that function is from the normal one at most."""
    z = np.linspace(-8, 8, 320_001)
    return float(np.max(np.abs(design(z) - stats.norm.cdf(z))))


def pieces(count: int, stream: int) -> Iterator[NDArray[np.float32]]:
    """Yield the numbers, each piece of 2**20 with the key of another step."""
    for step in range(count // PIECE):
        out = np.empty(PIECE, np.float32)
        bulk.fill_normals(out, key(5, stream, step), np.uint64(0))
        yield out


def z_p(z: float) -> float:
    """Return the one-sided chance of a standard normal number at least as high."""
    return float(stats.norm.sf(z))


def moment_results(powers: Floats) -> Iterator[Result]:
    """Compare mean powers with those of the design, in standard errors."""
    edges = np.arange(0, 1, 1 / 4096) + 1 / 8192
    grid = (ONES[:, None] - 32.5 + edges) / VARIANCE**0.5
    weight = CHANCES[:, None] / edges.size
    for order in range(1, 5):
        mean = float(np.sum(weight * grid**order))
        spread = float(np.sum(weight * grid ** (2 * order))) - mean**2
        z = (powers[order] / COUNT - mean) / (spread / COUNT) ** 0.5
        yield Result(OWN, NORMALS, f"mean of z**{order}", z_p(z))


class Sums:
    """Sums over all pieces of the normal numbers."""

    def __init__(self) -> None:
        self.powers, self.beyond = np.zeros(5), np.zeros(len(TAILS), int)
        self.lagged, self.squares = np.zeros(len(LAGS)), np.zeros(len(LAGS))
        self.zeros, self.largest, self.across = 0, 0.0, 0.0
        self.distances: list[float] = []
        self._before: Floats = np.zeros(PIECE)

    def add(self, z: NDArray[np.float32]) -> None:
        """Take in a piece."""
        x, size = z.astype(float), np.abs(z)
        square = x * x
        self.powers += [x.size, x.sum(), square.sum(), x @ square, square @ square]
        self.beyond += [int(np.count_nonzero(size > t)) for t in TAILS]
        self.zeros += int(np.count_nonzero(z == 0))
        self.largest = max(self.largest, float(size.max()))
        self.lagged += [x[lag:] @ x[:-lag] for lag in LAGS]
        self.squares += [(square[lag:] - 1) @ (square[:-lag] - 1) for lag in LAGS]
        self.across += float(x @ self._before)
        self._before = x
        self.distances.append(float(stats.kstest(x[: 1 << 16], distribution).pvalue))

    def shape(self) -> Shape:
        """Return what the page says in addition to p-values."""
        excess = self.powers[4] * COUNT / self.powers[2] ** 2 - 3
        return Shape(COUNT, float(excess), self.largest, self.zeros, self.beyond.tolist())


def tail_results(sums: Sums) -> Iterator[Result]:
    """Compare the counts of zeros and of large numbers with the design."""
    zero = float(CHANCES[32]) / 65536
    counts = [("exact zeros", sums.zeros, zero)]
    for t, found in zip(TAILS, sums.beyond, strict=True):
        counts.append((f"|z| > {t:g}", int(found), 2 * float(design(-t))))
    for test, found, chance in counts:
        law = stats.poisson(COUNT * chance)
        yield Result(OWN, NORMALS, test, float(law.sf(found) + law.pmf(found) / 2))


def normal_results() -> tuple[list[Result], Shape]:
    """Test 2**26 numbers for moments, distribution, correlations and tails."""
    sums = Sums()
    for z in pieces(COUNT, 6):
        sums.add(z)
    results = [*moment_results(sums.powers), *tail_results(sums)]
    n = COUNT // PIECE * (PIECE - np.array(LAGS))
    first, second = sums.lagged / n**0.5, sums.squares / n**0.5 / (2 + EXCESS)
    for lag, z1, z2 in zip(LAGS, first, second, strict=True):
        results.append(Result(OWN, NORMALS, f"correlation at lag {lag}", z_p(z1)))
        results.append(Result(OWN, NORMALS, f"correlation of squares at lag {lag}", z_p(z2)))
    z = sums.across / (COUNT - PIECE) ** 0.5
    results.append(Result(OWN, NORMALS, "correlation of successive steps", z_p(z)))
    p = float(stats.kstest(sums.distances, "uniform").pvalue)
    results.append(Result(OWN, NORMALS, "Kolmogorov-Smirnov tests, one a step", p))
    return results, sums.shape()


@jit
def add_rounded(change, out, levels, scale, key):  # type: ignore[no-untyped-def]
    """out += rounded change, one row."""
    bulk.add_rounded_row(change, out, levels, scale, key, np.uint64(0))


def rounding_results() -> list[Result]:
    """Compare the mean of 2**24 roundings of one number with the number, in standard errors."""
    results = []
    share = (0.0009, 0.01, 0.1, 0.25, 0.4999, 0.5, 0.7, 0.9, 0.999, 3.3, 126.6)
    for n, x in enumerate([*share, *(-x for x in share)]):
        up, total = abs(x) % 1, 0.0
        for step in range(16):
            change, out = np.full(PIECE, np.float32(x / 127)), np.zeros(PIECE, np.float32)
            add_rounded(change, out, np.float32(127), np.float32(1), key(8, n, step))
            total += float(np.sum(out.astype(float) * 127))
        count = 16 * PIECE
        z = (total / count - float(np.float32(x / 127)) * 127) / (up * (1 - up) / count) ** 0.5
        results.append(Result(OWN, "rounding at random", f"mean of {x:g} levels", z_p(z)))
    return results
