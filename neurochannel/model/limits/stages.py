"""The stages that there are, one class each: what they do, and all that others ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import log2
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from neurochannel.model.limits.stage import Levels, Stage
from neurochannel.model.problems import Problem, Remedy

MOST_LEVELS = 255
MOST_OCTAVES = 126
"""Octaves below the scale that every number has room for, also one of 32 bits."""
QuantizerName = Literal["powers", "octaves", "log_zero", "uniform", "stochastic"]
Kept = Literal["all", "sign", "magnitude"]
Bits = Annotated[
    int | None,
    Field(strict=True, ge=1, le=32, description="Bits of a number, its sign included."),
    Remedy("leave it out for unlimited precision"),
]
Scale = Annotated[
    float,
    Field(
        strict=True,
        gt=0,
        allow_inf_nan=False,
        description="The largest magnitude that the bits can express.",
    ),
    Remedy("1.0 is the range of the error"),
]


def _not_log(value: Any) -> Any:
    if value == "log":
        raise ValueError(
            "must be another word than 'log', which has two meanings now; write 'octaves' for what "
            "it was, b magnitudes, or 'powers' for the 2^b values that are the default"
        )
    return value


class Keep(Stage):
    """Only a part of each number is left.

    Parameters
    ----------
    keep
        "all" of it, its "sign" only (then it is scale * sign(x)), or its "magnitude" |x|.
    scale
        The magnitude of a sign.
    """

    keep: Annotated[
        Kept,
        Field(description="What is left of a message before it is quantized."),
    ] = "all"
    scale: Scale = 1.0

    @property
    def active(self) -> bool:
        """Whether anything is lost."""
        return self.keep != "all"

    @property
    def kernel(self) -> str:
        """`keep_sign` or `keep_magnitude`."""
        return f"keep_{self.keep}"

    @property
    def numbers(self) -> dict[str, float]:
        """The magnitude of a sign."""
        return {"scale": self.scale} if self.keep == "sign" else {}

    def charged(self, bits: float, signed: bool) -> tuple[float, bool]:
        """Return one bit for a sign, one less for a magnitude."""
        return (1, True) if self.keep == "sign" else (bits - signed, False)

    def levels(self, before: Levels) -> Levels:
        """Return the three values of a sign, or the magnitudes of what there was."""
        if self.keep == "sign":
            return self.scale * np.arange(-1.0, 2.0)
        return None if before is None else np.unique(np.abs(before))

    @property
    def label(self) -> str:
        """What is kept."""
        return self.keep

    @property
    def text(self) -> str:
        """``signs only``."""
        return f"{self.keep}s only"

    def remedy(self, largest: float) -> str:
        """Return that more is to be kept."""
        return 'write keep = "all"'


class Noise(Stage):
    """What a wire adds: x + noise * z, z normal with mean 0 and variance 1, one for each number.

    Parameters
    ----------
    noise
        The standard deviation; 0 for none.

    Notes
    -----
    z is nearly normal, see docs/randomness.md: its tails end at 8.
    """

    noise: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            allow_inf_nan=False,
            description="Standard deviation of what is added to each number.",
        ),
        Remedy("leave it out for none"),
    ] = 0.0

    @property
    def draws(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`add_noise`."""
        return "add_noise"


class RelativeNoise(Stage):
    """What a wire adds in proportion: x * (1 + relative_noise * z), z as in `Noise`.

    Parameters
    ----------
    relative_noise
        The standard deviation as a part of x; 0 for none.
    """

    relative_noise: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            allow_inf_nan=False,
            description="Standard deviation of what is added to each number, as a part of it.",
        ),
        Remedy("leave it out for none"),
    ] = 0.0

    @property
    def draws(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`scale_noise`."""
        return "scale_noise"

    @property
    def numbers(self) -> dict[str, float]:
        """The standard deviation."""
        return {"noise": self.relative_noise}

    @property
    def label(self) -> str:
        """``noise 5%``."""
        return f"noise {self.relative_noise:.3g} x"


class Range(Stage):
    """Saturation: numbers beyond a range become its ends.

    clip(x, -range, range)

    Parameters
    ----------
    range
        The largest magnitude; None for none.
    """

    range: Annotated[
        float | None,
        Field(
            strict=True,
            gt=0,
            allow_inf_nan=False,
            description="The largest magnitude of a number; larger ones become it.",
        ),
        Remedy("leave it out for no limit"),
    ] = None

    @property
    def kernel(self) -> str:
        """`clip`."""
        return "clip"

    @property
    def numbers(self) -> dict[str, float]:
        """The largest magnitude."""
        return {} if self.range is None else {"limit": self.range}

    def levels(self, before: Levels) -> Levels:
        """Return those before it, none of them beyond the range."""
        return None if before is None else np.unique(np.clip(before, -self._end, self._end))

    @property
    def _end(self) -> float:
        return float("inf") if self.range is None else self.range

    @property
    def label(self) -> str:
        """``range 1``."""
        return f"range {self._end:g}"


class DeadZone(Stage):
    """Small numbers are not sent: 0 where |x| < dead_zone. Only large errors teach.

    Parameters
    ----------
    dead_zone
        The least magnitude that is sent; 0 for all.
    """

    dead_zone: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            allow_inf_nan=False,
            description="Numbers of a smaller magnitude become 0.",
        ),
        Remedy("leave it out for none"),
    ] = 0.0

    @property
    def silences(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`cut`."""
        return "cut"

    @property
    def numbers(self) -> dict[str, float]:
        """The least magnitude."""
        return {"least": self.dead_zone}

    def levels(self, before: Levels) -> Levels:
        """Return those before it that are large enough, and 0."""
        if before is None:
            return None
        return np.union1d(before[np.abs(before) >= self.dead_zone], [0.0])

    @property
    def label(self) -> str:
        """``0 below 0.1``."""
        return f"0 below {self.dead_zone:g}"

    def remedy(self, largest: float) -> str:
        """Return that fewer numbers are to be left out."""
        return f"choose a dead_zone well below the largest message, {largest:.2g}"


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


class Loss(Stage):
    """Numbers that do not arrive: 0 with probability p, drawn for each number on its own.

    In `receive` this is dropout of neurons in the learning channel.

    Parameters
    ----------
    loss
        The probability p; 0 for none. Chance decides in steps of 2**-24.
    rescale
        Whether what arrives is divided by 1 - p, so that the mean stays.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734, section 6.1.
    """

    loss: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            lt=1,
            allow_inf_nan=False,
            description="Probability that a number is lost, so that 0 arrives.",
        ),
        Remedy("leave it out for none"),
    ] = 0.0
    rescale: Annotated[
        bool,
        Field(strict=True, description="Whether what arrives is divided by 1 - loss."),
    ] = False

    def _mistakes(self) -> Iterator[Problem]:
        if self.rescale and not self.loss:
            yield Problem(
                ("rescale",),
                "must be left out where nothing is lost, got true; "
                "remove it, or give the probability of a loss, for example loss = 0.5",
                frozenset({"loss", "rescale"}),
            )

    @property
    def active(self) -> bool:
        """Whether anything is lost."""
        return self.loss > 0

    @property
    def draws(self) -> bool:
        """Always."""
        return True

    @property
    def of_neuron(self) -> bool:
        """Always: who hears nothing hears nothing of any sum."""
        return True

    @property
    def silences(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`lose`."""
        return "lose"

    @property
    def numbers(self) -> dict[str, float]:
        """The probability, and the factor of what arrives."""
        return {"loss": self.loss, "gain": self._gain}

    @property
    def _gain(self) -> float:
        return 1 / (1 - self.loss) if self.rescale else 1.0

    def levels(self, before: Levels) -> Levels:
        """Return those before it, rescaled, and 0."""
        return None if before is None else np.union1d(before * self._gain, [0.0])

    @property
    def label(self) -> str:
        """``loss 0.5``."""
        return f"loss {self.loss:g}" + ", rescaled" * self.rescale

    def remedy(self, largest: float) -> str:
        """Return that less is to be lost."""
        return "choose a smaller loss"
