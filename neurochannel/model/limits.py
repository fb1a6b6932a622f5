"""Physical limits of what the learning channel carries and of the steps that synapses can take.

A limit is a tuple of stages, one class each. A class says all that the rest of the project must
know of its stage: which kernel does it with which numbers, what is charged for what it leaves, what
it is called in drawings. Keys of files, graphs, recipes, axes and the schema are its fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, NoReturn, TypedDict, TypeVar

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from neurochannel.model.base import Description
from neurochannel.model.problems import Problem, Remedy, listed

Levels = np.ndarray | None
"""All values that a number can have, rising; None where they are many or unknown."""
MOST_LEVELS = 255
FULL = 64
"""Bits of a number that nothing has limited, for questions that do not depend on the machine."""

QuantizerName = Literal["log", "log_zero", "uniform", "stochastic"]
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
Momentum = Annotated[
    float,
    Field(
        strict=True,
        ge=0,
        lt=1,
        allow_inf_nan=False,
        description="What is left of the last step in each: v <- momentum v + change, W += v.",
    ),
    Remedy("leave it out for none"),
]


class Stage(Description):
    """One thing that is done to a number on its way; one kernel does it.

    The answers here are those of a stage that is always at work, leaves the number of bits as it
    is, draws nothing, and is named by its fields.
    """

    @property
    def active(self) -> bool:
        """Whether it changes anything; a stage at its neutral values compiles to nothing."""
        return bool(self.changed())

    @property
    def draws(self) -> bool:
        """Whether it uses random numbers, so that each bundle needs a copy of its own."""
        return False

    @property
    def silences(self) -> bool:
        """Whether many numbers may be exactly 0 after it."""
        return False

    @property
    def local(self) -> bool:
        """Whether a neuron needs nothing for it but its own number."""
        return True

    @property
    def kernel(self) -> str:
        """Name of the kernel that does it."""
        return type(self).__name__.lower()

    @property
    def numbers(self) -> dict[str, float]:
        """The kernel's numeric operands by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def charged(self, bits: int, signed: bool) -> tuple[int, bool]:
        """Return how many bits a number needs after it, and whether one of them is a sign."""
        return bits, signed

    def levels(self, before: Levels) -> Levels:
        """Return the values that a number can have after it, from those before it."""
        return None

    @property
    def label(self) -> str:
        """A word or two for drawings."""
        return ", ".join(f"{key} {_short(value)}" for key, value in self.changed().items())

    @property
    def text(self) -> str:
        """The same in full, for sentences."""
        return self.label

    def remedy(self, largest: float) -> str:
        """Return what to do where too little is left of numbers up to this magnitude."""
        return f"choose another {listed(self.changed(), 'or')}"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


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

    def charged(self, bits: int, signed: bool) -> tuple[int, bool]:
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


class Rounding(Stage):
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
        """Whether small numbers are rounded to 0, as all but log do."""
        return self.active and self.quantizer != "log"

    @property
    def kernel(self) -> str:
        """`round_log`, `round_log_zero`, `round_uniform` or `round_stochastic`."""
        return f"round_{self.quantizer}"

    @property
    def numbers(self) -> dict[str, float]:
        """Bits and scale; none while precision is unlimited."""
        return {} if self.bits is None else {"bits": self.bits, "scale": self.scale}

    def charged(self, bits: int, signed: bool) -> tuple[int, bool]:
        """Return its bits, without that of the sign where there is none, if they are fewer."""
        return (bits if self.bits is None else min(bits, self.bits - (not signed))), signed

    def levels(self, before: Levels) -> Levels:
        """Return its own levels, whatever there was."""
        if self.bits is None:
            return before
        count = 2 ** (self.bits - 1) - 1
        by_octave = {"log": self.bits, "log_zero": count}.get(self.quantizer)
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
        """``3 bits at a scale of 0.5``."""
        return f"{self.label} at a scale of {self.scale:g}"

    def remedy(self, largest: float) -> str:
        """Return which scale fits."""
        return f"choose a scale near the largest message, {largest:.2g}, or more bits"


class Limits(Stage):
    """Several stages one after the other.

    A class that inherits this first and then the classes of its stages has their fields, and
    applies them in the order in which it names them. All answers are folds over its stages.
    """

    @classmethod
    def kinds(cls) -> tuple[type[Stage], ...]:
        """Return the classes of its stages in the order of application."""
        holder = next(part for part in cls.__mro__ if Limits in part.__bases__)
        return tuple(part for part in holder.__bases__ if part is not Limits)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """What is done, in this order; empty if nothing is."""
        made = (
            kind(**{name: getattr(self, name) for name in kind.model_fields})
            for kind in self.kinds()
        )
        return tuple(stage for stage in made if stage.active)

    def _mistakes(self) -> Iterator[Problem]:
        for kind in self.kinds():
            yield from kind._mistakes(self)

    @property
    def active(self) -> bool:
        """Whether any stage is at work."""
        return bool(self.stages)

    @property
    def draws(self) -> bool:
        """Whether any stage draws."""
        return any(stage.draws for stage in self.stages)

    @property
    def silences(self) -> bool:
        """Whether any stage leaves many numbers at 0."""
        return any(stage.silences for stage in self.stages)

    @property
    def local(self) -> bool:
        """Whether all stages are local."""
        return all(stage.local for stage in self.stages)

    @property
    def kernel(self) -> NoReturn:
        """Limits have a kernel for each stage."""
        raise TypeError("limits have no kernel of their own; look at those of their stages")

    @property
    def numbers(self) -> NoReturn:
        """Limits have numbers for each stage."""
        raise TypeError("limits have no numbers of their own; look at those of their stages")

    def charged(self, bits: int, signed: bool) -> tuple[int, bool]:
        """Return how many bits are left after all stages, and whether one is a sign."""
        for stage in self.stages:
            bits, signed = stage.charged(bits, signed)
        return bits, signed

    def levels(self, before: Levels) -> Levels:
        """Return the values that a number can have after all stages."""
        for stage in self.stages:
            before = stage.levels(before)
        return before

    @property
    def only_signs(self) -> bool:
        """Whether no more than a sign is meant to be left."""
        return self.charged(FULL, True)[0] <= 1

    @property
    def labels(self) -> tuple[str, ...]:
        """The words of all stages."""
        return tuple(stage.label for stage in self.stages)

    @property
    def label(self) -> str:
        """The words of all stages, joined by commas."""
        return ", ".join(self.labels)

    @property
    def text(self) -> str:
        """The same in full."""
        return ", ".join(stage.text for stage in self.stages)

    def remedy(self, largest: float) -> str:
        """Return the remedy of the last stage."""
        return self.stages[-1].remedy(largest)


class Message(Limits, Keep, Rounding):
    """What the physical channel does to each message: x -> keep -> rounding.

    Parameters
    ----------
    keep
        "all" of the message, its "sign" only (then it is scale * sign(x)), or its "magnitude" |x|.
    bits, scale, quantizer
        Its precision, see `Rounding`.

    Raises
    ------
    NetworkError
        If a value is out of range, or options exclude each other.
    """


class MessageOptions(TypedDict, total=False):
    """The fields of `Message` as optional keywords."""

    bits: int | None
    scale: float
    quantizer: QuantizerName
    keep: Kept


class Update(Limits, Rounding):
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

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # Nothing at all is allowed, too: it switches a default off.
        table: dict[str, Any] = handler.resolve_ref_schema(handler(core_schema))
        needed = table.pop("required")
        rest = {key: [part for part in needed if part != key] for key in table["properties"]}
        return table | {"dependencies": {key: others for key, others in rest.items() if others}}


def frozen_momentum(what: str) -> Problem:
    """Return the mistake of momentum where nothing changes."""
    return Problem(
        ("momentum",),
        f"must be left out beside learn = false, because these {what} do not change; remove it",
        frozenset({"learn", "momentum"}),
    )


AnyLimits = TypeVar("AnyLimits", bound=Limits)


def _absent(value: Any) -> Any:
    return None if isinstance(value, Mapping) and not value else value


def _unless_neutral(limits: AnyLimits | None) -> AnyLimits | None:
    return limits if limits is not None and limits.changed() else None


MessageField = Annotated[
    Message | None,
    Field(description="What the physical channel does to each message."),
    BeforeValidator(_absent),
    AfterValidator(_unless_neutral),
    Remedy("write for example { bits = 3 }"),
]
UpdateField = Annotated[
    Update | None,
    Field(description="Limits on the changes."),
    BeforeValidator(_absent),
    AfterValidator(_unless_neutral),
    Remedy("write { bits = 3, scale = 0.01 }"),
]
