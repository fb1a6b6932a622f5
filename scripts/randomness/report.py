"""Writes docs/randomness.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from scipy import stats

from scripts.machine import measured_on
from scripts.randomness.numbers import EXCESS, TAILS, Shape, design, greatest_distance
from scripts.randomness.result import Result

PAGE = Path(__file__).resolve().parents[2] / "docs" / "randomness.md"

INTRODUCTION = """\
# Random numbers in bulk

Noise and stochastic rounding need a number for each weight at each step. `kernels/bulk.py` makes
them from keys: Philox gives a key of 64 bits for (seed, stream, step), and a 32-bit mixing function
gives the word of each element under this key. This page shows how these words were tested.
`python -m scripts.randomness` writes it.

{measured}
"""

RULE = """
## Verdict

Rule, set before the run: a p-value near 1 counts like one near 0 (p below is twice the distance to
the nearer end). The numbers fail if any of the N values of p is below 0.01 / N, or if the number of
values below 0.01 is one that chance would exceed less than once in a thousand runs.

**{verdict}**: N = {count}, smallest p = {smallest:.2g} ({where}; limit {limit:.2g}),
{low} of N below 0.01 (expected {expected:.1f}, limit {most}).
"""


CONTROL = """
As a control, which must fail, the upper halves of all keys are set to 0, so that a key has 32 bits:
16,384 steps of 256 elements share {shared:,} pairs of neighboring words, while chance gives none.

Keys "whose bits have a pattern" and those "with equal lower halves", whose sequences count through
the same numbers, are very rare in Philox; they are the hardest cases for the mixing function.

The mixing function was also chosen by these tests. They rejected two rounds with an increment that
is part of the key (chi-square of bytes, if the increment is small) and three rounds to which the
upper half of the key is added (correlations of keys with equal lower halves).
"""

NORMAL = """\
## Nearly normal numbers

z = (ones of two words - 32 + u - 1/2) / sqrt(16 + 1/12), with u from the upper 16 bits of a third
word, is an approximation: a sum of 64 fair bits, smoothed. Mean and variance are those of the
standard normal distribution. Of {count:,} numbers the largest |z| was {largest:.2f} (at most
8.11 is possible), the excess kurtosis {excess:.4f} (by design {design:.4f}, normal 0), and {zeros}
were exactly 0. The distribution function differs from the normal one by {distance:.4f} at most.
The p-values above compare with the design. Numbers that are drawn once, such as initial
weights, are drawn by Box and Muller's method.
"""

LIMITS = """
## Limits

- The words of one key are a permutation of all 32-bit words: none occurs twice. In 2**20 numbers
  of 24 bits about 128 of 32,768 expected repetitions are missing, which is within chance (one
  standard deviation is 181); at 2**22 numbers it is not. Larger arrays use a key for each block.
- Stochastic rounding uses probabilities that are multiples of 2**-24, rounded up: the mean is exact
  to 2**-24 of a level, and a smaller change still has this probability.
- The random bits are the same on every machine. Results computed with them may differ:
  whether a product and a sum are fused depends on the processor.
- These numbers are not for cryptography.
"""


def verdict(results: list[Result]) -> str:
    """Judge all p-values by the rule that the page states."""
    count, low = len(results), sum(result.tail < 0.01 for result in results)
    worst = min(results, key=lambda result: result.tail)
    most = int(stats.binom(count, 0.01).ppf(0.999))
    passed = worst.tail >= 0.01 / count and low <= most
    return RULE.format(
        verdict="Passed" if passed else "Failed",
        count=count,
        smallest=worst.tail,
        where=f"{worst.battery}, {worst.stream}: {worst.test}",
        limit=0.01 / count,
        low=low,
        expected=0.01 * count,
        most=most,
    )


def rows(results: list[Result]) -> Iterator[str]:
    """Yield a line of the table for each battery and stream."""
    for battery, stream in dict.fromkeys((r.battery, r.stream) for r in results):
        some = [r for r in results if (r.battery, r.stream) == (battery, stream)]
        worst = min(some, key=lambda result: result.tail)
        low = sum(r.tail < 0.01 for r in some)
        yield f"| {battery} | {stream} | {len(some)} | {low} | {worst.tail:.2g} | {worst.test} |"


def tails(shape: Shape) -> Iterator[str]:
    """Yield a line for each tail: measured, by design, and normal."""
    for t, found in zip(TAILS, shape.beyond, strict=True):
        by_design = 2 * float(design(-t)) * shape.drawn
        yield f"| {t:g} | {found} | {by_design:.4g} | {2 * stats.norm.sf(t) * shape.drawn:.4g} |"


def write(
    results: list[Result],
    shape: Shape,
    shared: int,
    speed: dict[str, dict[str, float]],
    left_out: Iterable[str],
) -> None:
    """Write the page."""
    costs = zip(*(kind.items() for kind in speed.values()), strict=True)
    lines = [
        INTRODUCTION.format(measured=f"Measured on {measured_on()}."),
        "| nanoseconds per number, 784 x 112 of them, one thread | " + " | ".join(speed) + " |",
        "| --- |" + " ---: |" * len(speed),
        *(
            f"| {same[0][0]} | " + " | ".join(f"{ns:.2f}" for _, ns in same) + " |"
            for same in costs
        ),
        verdict(results),
        f"Not run: {', '.join(left_out)}.\n" if left_out else "",
        "| battery | stream | tests | p < 0.01 | smallest p | its test |",
        "| --- | --- | ---: | ---: | ---: | --- |",
        *rows(results),
        CONTROL.format(shared=shared),
        NORMAL.format(
            count=shape.drawn,
            excess=shape.excess,
            design=EXCESS,
            largest=shape.largest,
            zeros=shape.zeros,
            distance=greatest_distance(),
        ),
        "| t | numbers with abs(z) > t | by design | if they were normal |",
        "| ---: | ---: | ---: | ---: |",
        *tails(shape),
        LIMITS,
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
