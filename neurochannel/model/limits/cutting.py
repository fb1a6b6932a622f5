"""Stages that leave a part of a number: its sign or magnitude, or what lies within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag

from neurochannel.model.limits.amounts import Amount, Scale
from neurochannel.model.limits.stage import Levels, Stage
from neurochannel.model.problems import FLAG, TABLE, Problem, Remedy

Kept = Literal["all", "sign", "magnitude"]


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

    def reach(self, largest: float) -> float:
        """Return the magnitude of a sign, or the largest of what there was."""
        return self.scale if self.keep == "sign" else largest


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

    def reach(self, largest: float) -> float:
        """Return no more than the range."""
        return min(largest, self._end)

    @property
    def _end(self) -> float:
        return float("inf") if self.range is None else self.range

    @property
    def label(self) -> str:
        """``range 1``."""
        return f"range {self._end:g}"


def _kind_of_range(value: Any) -> str:
    return FLAG if isinstance(value, str) else TABLE


_Number = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
_AnyRange = Annotated[
    Annotated[Literal["batch"], Tag(FLAG)] | Annotated[_Number, Tag(TABLE)],
    Discriminator(_kind_of_range),
]


class MessageRange(Range):
    """Saturation, or a scale of bits that fits each batch.

    clip(x, -range, range), or with "batch" the scale max |x| of all messages of a batch, which then
    is the scale of its bits.

    Parameters
    ----------
    range
        The largest magnitude; "batch" for the largest of a batch; None for none.
    power
        Whether the largest of a batch is rounded up to a power of 2.
    """

    range: Annotated[
        _AnyRange | None,
        Field(
            description='The largest magnitude of a number; larger ones become it. With "batch" '
            "the largest one of a batch is the scale of its bits.",
        ),
        Remedy('leave it out for no limit, or write "batch" for bits that fit each batch'),
    ] = None  # type: ignore[assignment]
    power: Annotated[
        bool,
        Field(
            strict=True, description="Whether the range of a batch is rounded up to a power of 2."
        ),
    ] = False

    def _mistakes(self) -> Iterator[Problem]:
        together = frozenset({"range", "power"})
        if self.power and self.range != "batch":
            text = 'must be left out unless the range is that of the batch; write range = "batch"'
            yield Problem(("power",), text, together)
        message: Any = self
        if self.range != "batch" or not hasattr(message, "bits"):
            return
        if message.bits is None:
            text = 'must be a number without bits, got "batch"; give bits, for example bits = 3'
            yield Problem(("range",), text, frozenset({"range", "bits"}))
        elif message.keep == "sign":
            text = 'must be a number for signs, got "batch"; leave it out, or keep all'
            yield Problem(("range",), text, frozenset({"range", "keep"}))
        elif message.scale != 1.0:
            yield Problem(
                ("scale",),
                f'must be left out where range = "batch" is the scale, got {message.scale:g}; '
                "remove one of them",
                frozenset({"range", "scale"}),
            )

    @property
    def active(self) -> bool:
        """Whether there is a number; a range of the batch is done by rounding."""
        return isinstance(self.range, float | int)


class DeadZone(Stage):
    """Small numbers are not sent: 0 where |x| < dead_zone. Only large errors teach.

    Parameters
    ----------
    dead_zone
        The least magnitude that is sent; 0 for all.
    """

    dead_zone: Annotated[Amount, Field(description="Numbers of a smaller magnitude become 0.")] = (
        0.0
    )

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
