"""What is said of a synapse that is a physical device, field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from neurochannel.model.base import Description, same
from neurochannel.model.device_numbers import (
    AmountPair,
    Fraction,
    Interval,
    Pair,
    PairLike,
    Positive,
)
from neurochannel.model.device_presets import PRESETS
from neurochannel.model.limits.amounts import Amount
from neurochannel.model.problems import Remedy

Model = Literal["linear", "power", "exponential", "saturating"]


class SynapseOptions(TypedDict, total=False):
    """The fields of `Synapse`, and the table that may stand for one."""

    preset: str | None
    model: Model
    step: float | None
    step_spread: float
    lognormal: bool
    asymmetry: float
    asymmetry_spread: float
    bounds: PairLike | None
    bounds_spread: PairLike
    soft: PairLike
    soft_spread: float
    soft_bound: Literal["own", "mean"]
    exponent: PairLike
    slope: float
    offset: float
    amplitude: PairLike
    growth: PairLike
    curvature: PairLike
    pulses: Literal["example", "batch", "exact"]
    pulses_at_most: int
    update_management: bool
    cycle_noise: float
    cycle: Literal["step", "weight"]
    write_noise: float
    read_noise: float
    read: Literal["absolute", "relative"]
    bits: int | None
    range: float | None
    stuck: float
    stuck_range: PairLike | None
    leak: float | None
    rest: float
    leak_spread: float
    drift: float
    t0: float
    drift_spread: float
    reference: float
    reference_spread: float
    pair: bool
    refresh: int | None


class SynapseFields(Description):
    """The fields of `Synapse`, which says what they mean, and what follows from them."""

    preset: Annotated[
        str | None,
        Field(
            strict=True,
            description="A device from the literature, see neurochannel presets.",
            json_schema_extra={"enum": [*PRESETS]},
        ),
        Remedy('write for example preset = "ecram"'),
    ] = None
    model: Annotated[Model, Field(description="How a step depends on the weight.")] = "linear"
    step: Annotated[
        float | None,
        Field(
            strict=True, gt=0, allow_inf_nan=False, description="Change by one pulse, at weight 0."
        ),
        Remedy("leave it out for changes of any size"),
    ] = None
    step_spread: Annotated[Amount, Field(description="Spread of steps among devices.")] = 0.0
    lognormal: Annotated[
        bool, Field(strict=True, description="Whether the logarithm of steps is normal.")
    ] = False
    asymmetry: Annotated[
        float,
        Field(
            strict=True,
            gt=-1,
            lt=1,
            description="Part by which steps down (if above 0) or up (if below) are weaker.",
        ),
        Remedy("leave it out for none"),
    ] = 0.0
    asymmetry_spread: Annotated[
        Amount, Field(description="Spread of the asymmetry among devices.")
    ] = 0.0
    bounds: Annotated[Interval, Field(description="Smallest and largest weight.")] = None
    bounds_spread: Annotated[
        AmountPair, Field(description="Spread of the bounds among devices, as a part of them.")
    ] = 0.0
    soft: Annotated[
        Pair,
        Field(description="How much of a step is lost at the bound ahead; 1 for all of it."),
    ] = 0.0
    soft_spread: Annotated[Amount, Field(description="Spread of soft among devices.")] = 0.0
    soft_bound: Annotated[
        Literal["own", "mean"],
        Field(description="Whether steps refer to the device's own bounds or to the mean ones."),
    ] = "own"
    exponent: Annotated[Pair, Field(description="Exponent of the power model.")] = 1.0
    slope: Annotated[
        float,
        Field(strict=True, allow_inf_nan=False, description="a of the exponential model."),
    ] = 1.0
    offset: Annotated[
        float,
        Field(strict=True, allow_inf_nan=False, description="b of the exponential model."),
    ] = 0.0
    amplitude: Annotated[Pair, Field(description="A of the exponential model.")] = 0.0
    growth: Annotated[Pair, Field(description="gamma of the exponential model.")] = 1.0
    curvature: Annotated[Pair, Field(description="c of the saturating model.")] = 0.0
    pulses: Annotated[
        Literal["example", "batch", "exact"],
        Field(description="Trains of pulses for each example, or whole steps for each batch."),
    ] = "example"
    pulses_at_most: Annotated[
        int,
        Field(strict=True, ge=1, le=32, description="Length of a train of pulses."),
    ] = 31
    update_management: Annotated[
        bool,
        Field(
            strict=True,
            description="Whether trains suit the largest activity and signal of an example.",
        ),
    ] = True
    cycle_noise: Annotated[
        Amount, Field(description="Standard deviation of a pulse, as a part of the step.")
    ] = 0.0
    cycle: Annotated[
        Literal["step", "weight"],
        Field(description="Whether that step is the one at the weight or the one at weight 0."),
    ] = "step"
    write_noise: Annotated[
        Amount, Field(description="Standard deviation of what is read from what was written.")
    ] = 0.0
    read_noise: Annotated[
        Amount, Field(description="Standard deviation of each reading of a weight.")
    ] = 0.0
    read: Annotated[
        Literal["absolute", "relative"],
        Field(description="Whether read_noise is in units of weights or a part of the weight."),
    ] = "absolute"
    bits: Annotated[
        int | None,
        Field(strict=True, ge=2, le=24, description="Bits of a weight, its sign included."),
        Remedy("leave it out for unlimited precision"),
    ] = None
    range: Annotated[
        float | None,
        Field(
            strict=True,
            gt=0,
            allow_inf_nan=False,
            description="The largest weight that the bits can express.",
        ),
        Remedy("leave it out for the larger bound"),
    ] = None
    stuck: Annotated[Fraction, Field(description="Part of the devices that never move.")] = 0.0
    stuck_range: Annotated[Interval, Field(description="Where they are stuck.")] = None
    leak: Annotated[
        float | None,
        Field(
            strict=True,
            gt=0,
            allow_inf_nan=False,
            description="Time in which a weight loses all but 1/e; an example takes 1.",
        ),
        Remedy("leave it out for none"),
    ] = None
    rest: Annotated[
        float,
        Field(strict=True, allow_inf_nan=False, description="The weight that is left in the end."),
    ] = 0.0
    leak_spread: Annotated[Amount, Field(description="Spread of the leak among devices.")] = 0.0
    drift: Annotated[Amount, Field(description="Exponent with which a weight shrinks.")] = 0.0
    t0: Annotated[Positive, Field(description="Time after a change at which drift begins.")] = 1.0
    drift_spread: Annotated[Amount, Field(description="Spread of drift among devices.")] = 0.0
    reference: Annotated[
        float,
        Field(strict=True, allow_inf_nan=False, description="What is subtracted when read."),
    ] = 0.0
    reference_spread: Annotated[
        Amount, Field(description="Spread of the reference among devices, in units of weights.")
    ] = 0.0
    pair: Annotated[
        bool,
        Field(strict=True, description="Whether a weight is the difference of two devices."),
    ] = False
    refresh: Annotated[
        int | None,
        Field(
            strict=True,
            ge=1,
            lt=2**31,
            description="Updates after which pairs are written again, one device of each at 0.",
        ),
        Remedy("leave it out for never"),
    ] = None

    @property
    def at_work(self) -> dict[str, Any]:
        """The fields that are not neutral, wherever they come from."""
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name != "preset" and not same(getattr(self, name), field.get_default())
        }

    @property
    def by_example(self) -> bool:
        """Whether each example moves devices by trains of pulses."""
        return self.step is not None and self.pulses == "example"

    @property
    def gains(self) -> bool:
        """Whether changes of any size are made larger or smaller by the device."""
        keys = ("soft", "asymmetry", "asymmetry_spread", "step_spread", "stuck")
        varied = any(key in self.at_work for key in keys) or self.model != "linear" or self.pair
        return self.step is None and varied

    @property
    def varied(self) -> bool:
        """Whether devices differ in how they move."""
        spreads = ("step", "asymmetry", "bounds", "soft")
        names = (*(f"{name}_spread" for name in spreads), "stuck")
        return any(name in self.at_work for name in names)

    @property
    def hides(self) -> bool:
        """Whether the weight that is read is not the one that is stored."""
        names = ("bits", "write_noise", "drift", "reference", "reference_spread", "pair")
        return any(name in self.at_work for name in names)

    def both(self, name: str) -> tuple[float, float]:
        """Return a field as two numbers, up and down, or of the lower and the upper bound."""
        value = getattr(self, name)
        return value if isinstance(value, tuple) else (value, value)
