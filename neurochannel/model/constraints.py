"""Physical limits of what the learning channel carries and of the steps that synapses can take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from neurochannel.model.base import Description
from neurochannel.model.problems import Problem, Remedy

QuantizerName = Literal["log", "log_zero", "uniform", "stochastic"]
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


class Quantizer(Description):
    """A limit on the precision of numbers.

    With a = scale and b = bits, sign included (M = 2**(b - 1) - 1):

    - log: a sign(x) 2**rint(clip(log2 |x/a|, -b + 1, 0)), and 0 stays 0
    - log_zero: magnitudes a, a/2, ..., a 2**-(M - 1), and 0 below
    - uniform: a/M clip(rint(M x/a), -M, M)
    - stochastic: the levels of uniform, rounded up or down at random so that the mean is exact

    Parameters
    ----------
    bits
        From 1 (log only: the sign) to 32; None for unlimited precision.
    scale
        The largest magnitude a.
    quantizer
        One of the four above.

    Raises
    ------
    NetworkError
        If a value is out of range, or one bit is asked of a quantizer that needs a magnitude.

    Notes
    -----
    `log` is after Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
    """

    bits: Bits = None
    scale: Scale = 1.0
    quantizer: Annotated[
        QuantizerName, Field(description="Which levels there are, and how to round to them.")
    ] = "log"

    def _mistakes(self) -> Iterator[Problem]:
        if self.bits == 1 and self.quantizer != "log":
            yield Problem(
                ("bits",),
                f"must be at least 2 for the quantizer '{self.quantizer}', got 1; "
                'take more bits, or quantizer = "log", whose single bit is the sign',
                frozenset({"bits", "quantizer"}),
            )


class Message(Quantizer):
    """What the physical channel does to each message: x -> keep -> quantizer.

    Parameters
    ----------
    keep
        "all" of the message, its "sign" only (then it is scale * sign(x)), or its "magnitude" |x|.
    """

    keep: Annotated[
        Literal["all", "sign", "magnitude"],
        Field(description="What is left of a message before it is quantized."),
    ] = "all"


class Update(Quantizer):
    """A limit on the precision of weight changes; bits and scale are both required."""

    bits: Annotated[
        int,
        Field(strict=True, ge=1, le=32, description="Bits of a change, its sign included."),
        Remedy("give the bits of a change, for example bits = 3"),
    ]
    scale: Annotated[
        float,
        Field(strict=True, gt=0, allow_inf_nan=False, description="The largest change in a step."),
        Remedy("give the largest change of a step, for example scale = 0.01"),
    ]
