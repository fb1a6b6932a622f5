"""The stage that rounds numbers to few levels."""

from __future__ import annotations

from collections.abc import Iterator
from math import log2
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from neurochannel.model.limits.amounts import Scale
from neurochannel.model.limits.stage import Levels, Stage
from neurochannel.model.problems import Problem, Remedy

MOST_LEVELS = 255
MOST_OCTAVES = 126
"""Octaves below the scale that every number has room for, also one of 32 bits."""
QuantizerName = Literal["powers", "octaves", "log_zero", "uniform", "stochastic"]
Bits = Annotated[
    int | None,
    Field(strict=True, ge=1, le=32, description="Bits of a number, its sign included."),
    Remedy("leave it out for unlimited precision"),
]


def _not_log(value: Any) -> Any:
    if value == "log":
        raise ValueError(
            "must be another word than 'log', which has two meanings now; write 'octaves' for what "
            "it was, b magnitudes, or 'powers' for the 2^b values that are the default"
        )
    return value


class Rounding(Stage):
    """A limit on the precision of numbers.

    With a = scale and b = bits, sign included (M = 2**(b - 1) - 1):

    - powers: a sign(x) 2**rint(clip(log2 |x/a|, -M, 0)), 2**b values, and 0 stays 0, which is no
      message; no exponent is below -126
    - octaves: the same with -(b - 1) instead of -M, so only b magnitudes
    - log_zero: magnitudes a, a/2, ..., a 2**-(M - 1), and 0 below
    - uniform: a/M clip(rint(M x/a), -M, M)
    - stochastic: the levels of uniform, rounded up or down at random so that the mean is exact

    Parameters
    ----------
    bits
        From 1 (powers and octaves only: the sign) to 32; None for unlimited precision.
    scale
        The largest magnitude a.
    quantizer
        One of the five above.

    Raises
    ------
    NetworkError
        If a value is out of range, or one bit is asked of a quantizer that needs a magnitude.

    Notes
    -----
    `powers` is after Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
    """

    bits: Bits = None
    scale: Scale = 1.0
    quantizer: Annotated[
        QuantizerName,
        BeforeValidator(_not_log),
        Field(description="Which levels there are, and how to round to them."),
    ] = "powers"

    def _mistakes(self) -> Iterator[Problem]:
        if self.bits == 1 and not self._by_octave:
            yield Problem(
                ("bits",),
                f"must be at least 2 for the quantizer '{self.quantizer}', got 1; "
                'take more bits, or quantizer = "powers", whose single bit is the sign',
                frozenset({"bits", "quantizer"}),
            )

    @property
    def active(self) -> bool:
        """Whether there is a number of bits."""
        return self.bits is not None

    @property
    def draws(self) -> bool:
        """Whether it is stochastic."""
        return self.active and self.quantizer == "stochastic"

    @property
    def silences(self) -> bool:
        """Whether small numbers are rounded to 0, as all but powers and octaves do."""
        return self.active and not self._by_octave

    @property
    def _by_octave(self) -> bool:
        return self.quantizer in ("powers", "octaves")

    @property
    def _octaves(self) -> int:
        """Octaves from the scale down to the least magnitude."""
        bits = self.bits or 1
        return min(bits - 1 if self.quantizer == "octaves" else 2 ** (bits - 1) - 1, MOST_OCTAVES)

    @property
    def kernel(self) -> str:
        """`round_powers` for powers and octaves, and one for each other quantizer."""
        return "round_powers" if self._by_octave else f"round_{self.quantizer}"

    @property
    def numbers(self) -> dict[str, float]:
        """Scale, and the least part of it or levels M; none while there are no bits."""
        if self.bits is None:
            return {}
        if self._by_octave:
            return {"least": 2.0**-self._octaves, "scale": self.scale}
        levels = 2.0 ** (self.bits - 1) - 1.0
        if self.quantizer == "log_zero":
            return {"least": 2.0 ** (1.0 - levels), "scale": self.scale}
        return {"levels": levels, "scale": self.scale}

    def charged(self, bits: float, signed: bool) -> tuple[float, bool]:
        """Return log2 of how many values it leaves, if that is less than there was.

        These are b for powers, log2(2 b) for octaves, whose 0 is no message, and log2(2 M + 1) for
        the others; without a sign b - 1, log2(b) and b - 1.
        """
        if self.bits is None:
            return bits, signed
        if self.quantizer == "octaves":
            own = log2(self.bits) + signed
        elif self.quantizer == "powers" or not signed:
            own = self.bits - (not signed)
        else:
            own = log2(2**self.bits - 1)
        return min(bits, own), signed

    def levels(self, before: Levels) -> Levels:
        """Return its own levels, whatever there was."""
        if self.bits is None:
            return before
        count = 2 ** (self.bits - 1) - 1
        by_octave = self._octaves + 1 if self._by_octave else None
        if self.quantizer == "log_zero":
            by_octave = count
        if 1 + 2 * (by_octave or count) > MOST_LEVELS:
            return None
        if by_octave is None:
            return np.linspace(-self.scale, self.scale, 2 * count + 1)
        magnitudes = self.scale * 2.0 ** -np.arange(float(by_octave))
        return np.concatenate([-magnitudes, [0.0], magnitudes[::-1]])

    @property
    def label(self) -> str:
        """``3 bits``."""
        return f"{self.bits} bit{'s' * (self.bits != 1)}"

    @property
    def text(self) -> str:
        """``3 bits (powers) at a scale of 0.5``; with one bit nothing else is possible."""
        levels = f" ({self.quantizer.replace('_', ' ')})" * (self.bits != 1)
        return f"{self.label}{levels} at a scale of {self.scale:g}"

    def remedy(self, largest: float) -> str:
        """Return which scale fits."""
        return f"choose a scale near the largest message, {largest:.2g}, or more bits"


class RoundingInBatch(Rounding):
    """Rounding at the scale of each batch, the largest |x| in it.

    Parameters
    ----------
    power
        Whether that is rounded up to a power of 2.
    """

    power: Annotated[bool, Field(strict=True, description="Whether the scale is a power of 2.")] = (
        False
    )

    @property
    def local(self) -> bool:
        """Never: all numbers of a batch are compared."""
        return False

    def levels(self, before: Levels) -> Levels:
        """Return None: they are others in each batch."""
        return None

    @property
    def label(self) -> str:
        """``3 bits of the batch's range``."""
        return f"{super().label} of the batch's {'power of 2' if self.power else 'range'}"

    @property
    def text(self) -> str:
        """``3 bits (powers) at the scale of each batch``."""
        rounded = ", rounded up to a power of 2" * self.power
        named = self.quantizer.replace("_", " ")
        return f"{self.label} ({named}{rounded})"

    def remedy(self, largest: float) -> str:
        """Return that more bits are needed."""
        return "take more bits"
