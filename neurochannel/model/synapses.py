"""Synapses as physical devices: how a weight moves, what it forgets, and how it is read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, Unpack

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)
from pydantic_core import CoreSchema

from neurochannel import hooks
from neurochannel.model.base import Description, same
from neurochannel.model.device_presets import PRESETS
from neurochannel.model.limits.amounts import Amount
from neurochannel.model.problems import Problem, Remedy, did_you_mean, listed, short

if TYPE_CHECKING:
    import numpy as np

PairLike = float | tuple[float, float] | list[float]
Model = Literal["linear", "power", "exponential", "saturating"]


def _pair(value: Any) -> Any:
    parts = value if isinstance(value, list | tuple) else [value]
    numbers = [p for p in parts if isinstance(p, int | float) and not isinstance(p, bool)]
    if len(numbers) != len(parts) or len(parts) not in (1, 2) or not all(map(math.isfinite, parts)):
        raise ValueError(
            f"must be a finite number or two in a list, got {short(value)}; "
            "write for example 0.1, or [0.1, 0.5] for up and down"
        )
    return tuple(map(float, parts)) if len(parts) == 2 else float(parts[0])


def _not_negative(value: Any) -> Any:
    if min(value if isinstance(value, tuple) else (value,)) < 0:
        raise ValueError(f"must be at least 0, got {short(value)}; leave it out for none")
    return value


def _two(value: Any) -> Any:
    if not isinstance(value, tuple):
        raise ValueError(f"must be two numbers, [low, high], got {short(value)}; write [-1, 1]")
    return value


_NUMBER = {"type": "number"}
_NUMBERS = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_EITHER = WithJsonSchema({"anyOf": [_NUMBER, _NUMBERS]})
Pair = Annotated[float | tuple[float, float], BeforeValidator(_pair), _EITHER]
"""A number for both directions, or [up, down]."""
AmountPair = Annotated[
    float | tuple[float, float], AfterValidator(_not_negative), BeforeValidator(_pair), _EITHER
]
Interval = Annotated[
    tuple[float, float] | None,
    BeforeValidator(lambda value: None if value is None else _two(_pair(value))),
    WithJsonSchema({"anyOf": [_NUMBERS, {"type": "null"}]}),
]
Fraction = Annotated[
    float, Field(strict=True, ge=0, le=1, allow_inf_nan=False), Remedy("leave it out for none")
]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False), Remedy("leave it out")]


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


class Synapse(Description):
    """A weight that is a physical device, moved by pulses of a least size.

    One pulse moves a weight w by s+ h+(w) up or by s- h-(w) down, with s+ and s- the steps of the
    device at w = 0, and then clips it to the bounds lo, hi:

    - linear: h+ = 1 - g+ w / hi and h- = 1 - g- w / lo, g = soft: 0 for steps of one size, 1 for
      steps that shrink to 0 at the bounds
    - power: h+ = ((hi - w) / (hi - lo))^p+ and h- = ((w - lo) / (hi - lo))^p-, p = exponent
    - exponential: h+ = max(1 - A+ exp(y+ z), 0) and h- = max(1 - A- exp(-y- z), 0) with
      z = 2 a w / (hi - lo) + b; a = slope, b = offset, A = amplitude, y = growth
    - saturating: n pulses up from lo give lo + (hi - lo) (1 - exp(-c n s / (hi - lo))) /
      (1 - exp(-c)), c = curvature, and pulses down the same from hi: steps whose mean is s

    A name alone is short for a preset, see `neurochannel presets`; other fields of a table with a
    preset replace those of the preset. Spreads and noise are relative to what they belong to, drawn
    from normal distributions: spreads once for each device by the seed of the chip, noise at each
    pulse or step by the seed of the run.

    Parameters
    ----------
    preset
        A device from the literature.
    model
        How a step depends on the weight.
    step, step_spread, lognormal
        Change by one pulse at w = 0, in units of the weight: s = step (1 + spread xi), or
        step exp(spread xi). Without a step, changes of any size are possible.
    asymmetry, asymmetry_spread
        Weakens one direction: s+ = s |1 + min(u, 0) + r| and s- = s |1 - max(u, 0) - r|, with
        r = spread xi drawn once for each device.
    bounds, bounds_spread
        [lo, hi], each times (1 + spread xi); spreads may be two, [of lo, of hi].
    soft, soft_spread, soft_bound
        See above; one number or [up, down]. Steps refer to the device's "own" bounds, or to the
        "mean" ones.
    exponent, slope, offset, amplitude, growth, curvature
        Of the other models.
    pulses
        "example": each example sends trains of pulses over rows and columns, and a device is moved
        where two coincide; "batch": the change of the batch is rounded to whole steps by chance;
        "exact": to the nearest number of steps.
    pulses_at_most, update_management
        Length of a train, 1 to 32; whether lengths and probabilities suit the largest activity and
        signal of each example.
    cycle_noise, cycle
        Standard deviation of a pulse as a part of the step that is taken ("step"), or of the one at
        w = 0 ("weight").
    write_noise
        The weight that is read differs from the one that is stored by write_noise z, drawn when it
        changes; in units of the weight.
    read_noise, read
        What is added at each reading, in units of the weight ("absolute") or of itself
        ("relative").
    bits, range
        The weight is read with 2^bits - 1 levels from -range to range; the larger bound if left
        out.
    stuck, stuck_range
        Part of the devices that never move, uniform in the range within the bounds.
    leak, rest, leak_spread
        Time constant in which a weight returns to `rest`: H <- rest + (H - rest) exp(-t / leak).
    drift, t0, drift_spread
        A weight is read as H max(t / t0, 1)^-drift, t since it last changed.
    reference, reference_spread
        What is subtracted where the device is read, reference + spread xi.
    pair
        Two devices that only grow; the weight is their difference.

    Raises
    ------
    NetworkError
        If a value is out of range, or two of them exclude each other.

    Notes
    -----
    The models and the meaning of their parameters are those of IBM's aihwkit (M. J. Rasch et al.,
    AICAS 2021, arXiv:2104.02184) and, for saturating curves, of NeuroSim (P.-Y. Chen, X. Peng,
    S. Yu, IEEE TCAD 37, 3067 (2018)).
    """

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

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[SynapseOptions]) -> None: ...

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = {"preset": value}
        if not isinstance(value, Mapping):
            raise ValueError(
                f"must be the name of a preset or a table, got {short(value)}; "
                'write for example "ecram" or { step = 0.002 }'
            )
        name = value.get("preset")
        if isinstance(name, str) and name in PRESETS:
            return {**PRESETS[name].fields, **value}
        return value

    def _given(self) -> dict[str, Any]:
        given, base = super()._given(), self._base
        return {
            k: v for k, v in given.items() if k == "preset" or k not in base or not same(v, base[k])
        }

    @property
    def _base(self) -> Mapping[str, Any]:
        """The fields of its preset."""
        return PRESETS[self.preset].fields if self.preset in PRESETS else {}

    def changed(self) -> dict[str, Any]:
        """Return the fields whose values are not those of the preset, else not the defaults."""
        base = self._base
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if not same(getattr(self, name), base.get(name, field.get_default()))
        }

    @model_serializer(mode="wrap")
    def _dumped(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        changed = self.changed()
        if list(changed) == ["preset"]:
            return self.preset
        return {key: part for key, part in handler(self).items() if key in changed}

    @property
    def shortest(self) -> str | Synapse:
        """The name of its preset where that says everything, else the description itself."""
        return self.preset if self.preset and list(self.changed()) == ["preset"] else self

    @property
    def at_work(self) -> dict[str, Any]:
        """The fields that are not neutral, wherever they come from."""
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name != "preset" and not same(getattr(self, name), field.get_default())
        }

    @property
    def gains(self) -> bool:
        """Whether changes of any size are made larger or smaller by the device."""
        keys = ("soft", "asymmetry", "asymmetry_spread", "step_spread", "stuck")
        varied = any(key in self.at_work for key in keys) or self.model != "linear"
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
        names = ("bits", "write_noise", "drift", "reference", "reference_spread")
        return any(name in self.at_work for name in names)

    def both(self, name: str) -> tuple[float, float]:
        """Return a field as two numbers, up and down, or of the lower and the upper bound."""
        value = getattr(self, name)
        return value if isinstance(value, tuple) else (value, value)

    @property
    def label(self) -> str:
        """A few words for drawings: its preset, or its step and bounds."""
        if self.preset:
            return self.preset
        words: list[str] = [self.model] if self.model != "linear" else []
        words += [f"step {self.step:g}"] if self.step else []
        words += ["[{:g}, {:g}]".format(*self.bounds)] if self.bounds else []
        rest = [key for key in self.at_work if key not in ("model", "step", "bounds")]
        return ", ".join(words or [f"{key} {_brief(getattr(self, key))}" for key in rest[:2]])

    @property
    def text(self) -> str:
        """All that is not neutral, for sentences."""
        fields = self.changed() if self.preset else self.at_work
        parts = [f"{key} {_brief(value)}" for key, value in fields.items() if key != "preset"]
        return ", ".join([*([self.preset] if self.preset else []), *parts])

    @property
    def symmetry_point(self) -> float | None:
        """The weight at which a step up and a step down are equal; None if there is none.

        Devices of the linear model without spread: w* = (s+ - s-) / (g+ s+ / hi - g- s- / lo), less
        the reference.
        """
        return hooks.symmetry_point(self)

    def response(
        self,
        up: int,
        down: int,
        devices: int = 1000,
        chip_seed: int = 0,
        *,
        noise: bool = True,
        seed: int = 0,
        start: float = 0.0,
    ) -> np.ndarray:
        """Return what devices show after each of `up` pulses up and then `down` pulses down.

        Parameters
        ----------
        up, down
            How many pulses there are.
        devices
            How many devices there are, as they differ on a chip.
        chip_seed
            Of the spreads among devices, and of which are stuck.
        noise
            Whether pulses, writing and reading have their noise.
        seed
            Of the noise.
        start
            The weight before the first pulse.

        Returns
        -------
        ndarray
            (1 + up + down, devices); row 0 is the start. A pulse takes the time 1.

        Raises
        ------
        OptionError
            If a number is out of range, or there is no step.
        """
        shown: np.ndarray = hooks.response(self, up, down, devices, chip_seed, noise, seed, start)
        return shown

    # -- mistakes ---------------------------------------------------------------------------

    def _mistakes(self) -> Iterator[Problem]:
        if self.preset is not None and self.preset not in PRESETS:
            near = did_you_mean(self.preset, PRESETS) or f"there are {listed(PRESETS)}"
            yield Problem(
                ("preset",),
                f"must be the name of a device, got {short(self.preset)}; {near}",
                frozenset({"preset"}),
            )
            return
        yield from self._without_their_partner()
        yield from self._of_other_models()
        yield from self._of_bounds()
        if self.write_noise and self.bits is not None:
            yield _excluded("bits", "write_noise", "the weights that are read have no levels then")
        if self.bits is not None and self.range is None and self.bounds is None:
            yield _missing("range", "bits", "for example range = 1.0")

    def _without_their_partner(self) -> Iterator[Problem]:
        work, said = self.at_work, self.changed()
        for partner, keys in _PARTNERS.items():
            for key in keys:
                if key in said and partner not in work:
                    yield Problem(
                        (key,),
                        f"must be left out without {partner}; remove it, or give {partner}",
                        frozenset({key, partner}),
                    )

    def _of_other_models(self) -> Iterator[Problem]:
        work = self.at_work
        for model, keys in _MODELS.items():
            for key in keys:
                if key in work and self.model != model:
                    yield Problem(
                        (key,),
                        f"must be left out for the model '{self.model}'; "
                        f'remove it, or write model = "{model}"',
                        frozenset({key, "model"}),
                    )
        if self.model != "linear":
            for key in ("bounds", "step") if self.model == "saturating" else ("bounds",):
                if getattr(self, key) is None:
                    yield _missing(key, "model", f'or write model = "linear", got "{self.model}"')

    def _of_bounds(self) -> Iterator[Problem]:
        if self.bounds is None:
            if self.soft != 0.0:
                yield _missing("bounds", "soft", "or remove soft: steps shrink towards a bound")
            return
        low, high = self.bounds
        if not low < high or low > 0 or high < 0:
            yield Problem(
                ("bounds",),
                f"must be a lower bound of at most 0 and an upper one of at least 0, not both 0, "
                f"got [{low:g}, {high:g}]; write for example [-1, 1]",
                frozenset({"bounds"}),
            )
        elif self.step is not None and self.step > high - low:
            yield Problem(
                ("step",),
                f"must be at most {high - low:g}, the distance of the bounds, got {self.step:g}; "
                "choose a smaller step or wider bounds",
                frozenset({"step", "bounds"}),
            )
        if self.model == "linear" and not self.pair and not (low and high):
            up, down = self.both("soft")
            if (up and not high) or (down and not low):
                yield Problem(
                    ("soft",),
                    "must be 0 towards a bound of 0, since steps shrink in proportion to it, got "
                    f"{_brief(self.soft)}; write soft = [1, 0] or [0, 1]",
                    frozenset({"soft", "bounds"}),
                )
        if self.pair and low != 0.0:
            yield Problem(
                ("bounds",),
                f"must begin at 0 where a weight is a pair of devices that grow, got [{low:g}, "
                f"{high:g}]; write [0, {high:g}]",
                frozenset({"pair", "bounds"}),
            )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        table = handler.resolve_ref_schema(handler(core_schema))
        full = {key: table.pop(key) for key in list(table) if key not in ("title", "description")}
        table["anyOf"] = [{"type": "string", "enum": [*PRESETS]}, full]
        return table


_PARTNERS = {
    "step": ("pulses", "pulses_at_most", "update_management", "cycle_noise", "lognormal"),
    "step_spread": ("lognormal",),
    "cycle_noise": ("cycle",),
    "read_noise": ("read",),
    "soft": ("soft_spread", "soft_bound"),
    "bounds": ("bounds_spread", "pair"),
    "bits": ("range",),
    "stuck": ("stuck_range",),
    "leak": ("rest", "leak_spread"),
    "drift": ("t0", "drift_spread"),
}
"""Keys that need another one."""
_MODELS: dict[str, tuple[str, ...]] = {
    "linear": ("soft",),
    "power": ("exponent",),
    "exponential": ("slope", "offset", "amplitude", "growth"),
    "saturating": ("curvature",),
}


def _missing(key: str, because: str, remedy: str) -> Problem:
    return Problem((key,), f"is missing; give it, {remedy}", frozenset({key, because}))


def _excluded(key: str, other: str, why: str) -> Problem:
    text = f"must be left out if {other} is given, because {why}; keep one of them"
    return Problem((key,), text, frozenset({key, other}))


def _brief(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{part:g}" for part in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


SynapseLike = Synapse | SynapseOptions | str | None


def _absent(value: Any) -> Any:
    return None if isinstance(value, Mapping) and not value else value


def _unless_neutral(synapse: Synapse | None) -> Synapse | None:
    return synapse if synapse is not None and (synapse.preset or synapse.at_work) else None


SynapseField = Annotated[
    Synapse | None,
    Field(description="The physical device that each weight is."),
    BeforeValidator(_absent),
    AfterValidator(_unless_neutral),
    Remedy('write for example synapse = "ecram" or { step = 0.002, bounds = [-1, 1] }'),
]

STATIC = (
    *("bounds", "bounds_spread", "bits", "range", "stuck", "stuck_range"),
    *("write_noise", "read_noise", "read", "leak", "rest", "leak_spread"),
    *("drift", "t0", "drift_spread", "reference", "reference_spread"),
)
"""Fields that weights may have which do not learn: all that is not about changes."""


def mistakes_of_static(synapse: Synapse, reason: str, remedy: str) -> Iterator[Problem]:
    """Find what the synapse of weights that do not learn says of changes.

    Parameters
    ----------
    reason, remedy
        Parts of the sentence.
    """
    for key in [key for key in synapse.at_work if key not in STATIC][:1]:
        where = ("synapse",) if synapse.preset else ("synapse", key)
        whole = f", but the preset has a {key}" if synapse.preset else ""
        text = f"must be left out {reason}{whole}; {remedy}"
        yield Problem(where, text, frozenset({"learn", "weights", "synapse"}))


NOT_YET = ("pair",)
"""Fields that `response` knows and networks do not."""


def mistakes_of_network(synapse: Synapse, others: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what a synapse of a network may not have, alone and with other fields of its table.

    Parameters
    ----------
    others
        What is said of the changes of these weights.
    """
    for key in NOT_YET:
        if key in synapse.at_work:
            remedy = "choose another preset" if synapse.preset else "leave it out"
            yield Problem(
                ("synapse", key),
                f"works in Synapse.response and not yet in networks; {remedy}",
                frozenset({"synapse"}),
            )
    stepping = synapse.step is not None or synapse.gains
    for key in ("momentum", "decay"):
        if stepping and others.get(key):
            yield Problem(
                (key,),
                "must be left out where synapses move by steps of their own, which a device has "
                "no memory for; remove it, or the step of the synapse",
                frozenset({key, "synapse"}),
            )
    message = others.get("message")
    trains = synapse.step is not None and synapse.pulses == "example"
    if trains and message is not None and message.loss and message.per == "wire":
        yield Problem(
            ("message", "per"),
            'must be "message" where each example sends trains of pulses, which all wires of a '
            'source carry alike; write it, or pulses = "batch" in the synapse',
            frozenset({"message", "synapse"}),
        )
    update = others.get("update")
    if synapse.step is not None and update is not None:
        yield Problem(
            ("update",),
            "must be left out where synapses move by steps, which round each change; "
            "remove it, or the step of the synapse",
            frozenset({"update", "synapse"}),
        )
