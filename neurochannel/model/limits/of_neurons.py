"""What physics does to a neuron: converters, mismatch, noise, dead ones, and a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log2
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, Unpack

from pydantic import AfterValidator, BeforeValidator, Field

from neurochannel.model.limits.amounts import Amount
from neurochannel.model.limits.chance import Noise, RelativeNoise
from neurochannel.model.limits.stage import Limits, Stage
from neurochannel.model.problems import Problem, Remedy

Bits = Annotated[
    int | None, Field(strict=True, ge=2, le=24), Remedy("leave it out for unlimited precision")
]
Size = Annotated[
    float | None,
    Field(strict=True, gt=0, allow_inf_nan=False),
    Remedy("leave it out for no limit"),
]
Derivative = Literal["measured", "ideal"]


class InputConverter(Stage):
    """The total input as a converter reads it: clipped, and rounded to 2**bits - 1 levels with 0.

    Parameters
    ----------
    input_range
        The largest magnitude of S; None for any.
    input_bits
        Bits, the sign included; None for unlimited precision.
    """

    input_range: Annotated[
        Size, Field(description="The largest magnitude of the total input; larger ones become it.")
    ] = None
    input_bits: Annotated[Bits, Field(description="Bits of the total input, sign included.")] = None

    def _mistakes(self) -> Iterator[Problem]:
        if self.input_bits is not None and self.input_range is None:
            yield Problem(
                ("input_range",),
                "is missing; give the largest magnitude that the bits of the input can express, "
                "for example input_range = 4.0",
                frozenset({"input_bits", "input_range"}),
            )

    @property
    def kernel(self) -> str:
        """`round_uniform`, which clips as well, or `clip`."""
        return "clip" if self.input_bits is None else "round_uniform"

    @property
    def numbers(self) -> dict[str, float]:
        """Range and, of bits, the levels on each side of 0."""
        return _converter(self.input_range, self.input_bits, signed=True)

    @property
    def label(self) -> str:
        """``input 4 bits``."""
        bits = "" if self.input_bits is None else f"{self.input_bits} bits, "
        return f"input {bits}range {self.input_range:g}"


class GainSpread(Stage):
    """Each neuron has a gain of its own: (1 + gain_spread xi) S, xi standard normal.

    Parameters
    ----------
    gain_spread
        Standard deviation of the gains, as a part of 1; drawn once from the chip's seed.
    """

    gain_spread: Annotated[
        Amount, Field(description="Standard deviation of the neurons' gains, as a part of 1.")
    ] = 0.0

    @property
    def kernel(self) -> str:
        """`scale_neurons`."""
        return "scale_neurons"

    @property
    def numbers(self) -> dict[str, float]:
        """None: the gains are a map of the chip."""
        return {}

    @property
    def label(self) -> str:
        """``gain +-10 %``."""
        return f"gain ±{100 * self.gain_spread:.3g} %"


class ThresholdSpread(Stage):
    """Each neuron has a threshold of its own: S - threshold_spread xi, xi standard normal.

    Parameters
    ----------
    threshold_spread
        Standard deviation of the thresholds; drawn once from the chip's seed.
    """

    threshold_spread: Annotated[
        Amount, Field(description="Standard deviation of the neurons' thresholds.")
    ] = 0.0

    @property
    def kernel(self) -> str:
        """`shift_neurons`."""
        return "shift_neurons"

    @property
    def numbers(self) -> dict[str, float]:
        """None: the thresholds are a map of the chip."""
        return {}

    @property
    def label(self) -> str:
        """``threshold +-0.1``."""
        return f"threshold ±{self.threshold_spread:.3g}"


class OutputConverter(Stage):
    """The activity as a converter sends it: clipped, and rounded to levels that include 0.

    From -range to range with 2**bits - 1 levels, or from 0 to range with 2**bits levels where the
    activation is never negative.

    Parameters
    ----------
    range
        The largest magnitude of an activity; None for any, or for 1 where there are bits and the
        activation has no larger one.
    bits
        Bits, a sign included; None for unlimited precision.
    """

    range: Annotated[
        Size, Field(description="The largest magnitude of an activity; larger ones become it.")
    ] = None
    bits: Annotated[Bits, Field(description="Bits of an activity, a sign included.")] = None

    @property
    def kernel(self) -> str:
        """`round_uniform` or `clip`, after `clip_to_positive` where nothing is negative."""
        return "clip" if self.bits is None else "round_uniform"

    @property
    def numbers(self) -> dict[str, float]:
        """Range and, of bits, the levels on each side of 0."""
        return self.numbers_for(signed=True)

    def numbers_for(self, *, signed: bool) -> dict[str, float]:
        """Return range and levels for activities with or without a sign."""
        return _converter(self.range or 1.0, self.bits, signed=signed)

    def charged(self, bits: float, signed: bool) -> tuple[float, bool]:
        """Return the bits of an activity."""
        if self.bits is None:
            return bits, signed
        return min(bits, log2(2**self.bits - 1) if signed else self.bits), signed

    @property
    def label(self) -> str:
        """``4 bits``."""
        bits = [] if self.bits is None else [f"{self.bits} bits"]
        return ", ".join(bits + ([] if self.range is None else [f"range {self.range:g}"]))

    def remedy(self, largest: float) -> str:
        """Return which range fits."""
        return f"choose a range near the largest activity, {largest:.2g}, or more bits"


class Dead(Stage):
    """Neurons that are silent for good: O = 0 and R = 0. Exactly round(dead * size), at random.

    Parameters
    ----------
    dead
        Which part of the neurons; chosen once from the chip's seed.
    """

    dead: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            lt=1,
            allow_inf_nan=False,
            description="Part of the neurons that are silent for good.",
        ),
        Remedy("leave it out for none"),
    ] = 0.0

    @property
    def silences(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`silence_neurons`."""
        return "silence_neurons"

    @property
    def numbers(self) -> dict[str, float]:
        """None: who is dead is a map of the chip."""
        return {}

    @property
    def label(self) -> str:
        """``10 % dead``."""
        return f"{100 * self.dead:.3g} % dead"

    def remedy(self, largest: float) -> str:
        """Return that fewer neurons are to be dead."""
        return "choose a smaller part"


class Clock(Stage):
    """Neurons that do not always take part in learning: R = 0 with probability 1 - clock.

    One draw for each example and population: all of its neurons learn from it, or none does. After
    a batch in which the clock has not ticked, momentum and decay of what leads there wait as well.

    Parameters
    ----------
    clock
        Probability of a tick for an example; 1 for always.
    """

    clock: Annotated[
        float,
        Field(
            strict=True,
            gt=0,
            le=1,
            allow_inf_nan=False,
            description="Probability that its clock ticks, so that it learns from an example.",
        ),
        Remedy("leave it out for always"),
    ] = 1.0

    @property
    def draws(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`draw_clock`."""
        return "draw_clock"

    @property
    def numbers(self) -> dict[str, float]:
        """The probability."""
        return {"chance": self.clock}

    @property
    def label(self) -> str:
        """``clock 0.5``."""
        return f"clock {self.clock:g}"


def _converter(size: float | None, bits: int | None, *, signed: bool) -> dict[str, float]:
    limit = 1.0 if size is None else size
    if bits is None:
        return {"limit": limit}
    levels = 2.0 ** (bits - 1) - 1.0 if signed else 2.0**bits - 1.0
    return {"levels": levels, "scale": limit}


class NeuronOptions(TypedDict, total=False):
    """The fields of `Neuron` as optional keywords, and the table that may stand for one."""

    input_range: float | None
    input_bits: int | None
    gain_spread: float
    threshold_spread: float
    relative_noise: float
    noise: float
    range: float | None
    bits: int | None
    dead: float
    clock: float
    derivative: Derivative


class Neuron(
    Limits,
    InputConverter,
    GainSpread,
    ThresholdSpread,
    RelativeNoise,
    Noise,
    OutputConverter,
    Dead,
    Clock,
):
    """How the neurons of a population differ from ideal ones.

    S -> input converter -> gain -> threshold -> f -> noise -> output converter -> dead -> O

    Parameters
    ----------
    input_range, input_bits
        Range and precision of the total input, see `InputConverter`.
    gain_spread, threshold_spread
        How neurons of a chip differ: (1 + gain_spread xi) S and S - threshold_spread xi, each xi
        drawn once from the chip's seed.
    relative_noise, noise
        Standard deviation of what is added to the activity, as a part of it and as such; drawn for
        each neuron and example.
    range, bits
        Range and precision of the activity, see `OutputConverter`.
    dead
        Part of the neurons that have O = 0 and R = 0 for good.
    clock
        Probability that the population learns from an example, see `Clock`.
    derivative
        Where f' of learning signals is taken: "measured", at what reaches f in this neuron, or
        "ideal", at the total input as an ideal neuron would have it.

    Raises
    ------
    NetworkError
        If a value is out of range, or one that is needed is missing.
    """

    derivative: Annotated[
        Derivative, Field(description="Where f' is taken: in this neuron, or in an ideal one.")
    ] = "measured"

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[NeuronOptions]) -> None: ...

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "hold" in value:
            raise ValueError(
                "must not have 'hold', which is not there yet; leave it out, or take clock, which "
                "stops learning and not the activity"
            )
        return value

    @property
    def is_apart(self) -> bool:
        """Whether f' is taken elsewhere than at what reaches f."""
        return self.derivative == "ideal" and bool(self.at_input)

    @property
    def labels(self) -> tuple[str, ...]:
        """The words of all stages, and of f' where it is that of other neurons."""
        return (*super().labels, *["ideal f'"] * self.is_apart)

    @property
    def text(self) -> str:
        """The same in full."""
        return super().text + ", f' of ideal neurons" * self.is_apart

    @property
    def at_input(self) -> tuple[Stage, ...]:
        """The stages before f."""
        return self._of(InputConverter, GainSpread, ThresholdSpread)

    @property
    def at_output(self) -> tuple[Stage, ...]:
        """The stages after f."""
        return self._of(RelativeNoise, Noise, OutputConverter, Dead)

    @property
    def of_signal(self) -> tuple[Stage, ...]:
        """The stages of the learning signal."""
        return self._of(Dead, Clock)

    def _of(self, *kinds: type[Stage]) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.stages if isinstance(stage, kinds))


def _absent(value: Any) -> Any:
    return None if isinstance(value, Mapping) and not value else value


def _unless_neutral(neuron: Neuron | None) -> Neuron | None:
    return neuron if neuron is not None and neuron.changed() else None


NeuronLike = Neuron | NeuronOptions | None
NeuronField = Annotated[
    Neuron | None,
    Field(description="How its neurons differ from ideal ones."),
    BeforeValidator(_absent),
    AfterValidator(_unless_neutral),
    Remedy("write for example { gain_spread = 0.1 }"),
]
