"""Synapses as physical devices: how a weight moves, what it forgets, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Unpack

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import CoreSchema

from neurochannel import hooks
from neurochannel.model.base import same
from neurochannel.model.device_numbers import brief
from neurochannel.model.device_presets import PRESETS
from neurochannel.model.problems import Problem, Remedy, short
from neurochannel.model.synapse_fields import SynapseFields, SynapseOptions
from neurochannel.model.synapse_rules import STATIC, mistakes_of

if TYPE_CHECKING:
    import numpy as np


class Synapse(SynapseFields):
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
        Two devices that only grow, one by pulses up and one by pulses down; the weight is their
        difference.
    refresh
        The number of updates of a network after which the difference is written again, with one
        device of each pair at 0.

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
    def static(self) -> Synapse | None:
        """What is left of the device where weights are written once; None for nothing."""
        kept = {name: value for name, value in self.at_work.items() if name in STATIC}
        return type(self)(**kept) if kept else None

    @property
    def label(self) -> str:
        """A few words for drawings: its preset, or its step and bounds."""
        if self.preset:
            return self.preset
        words: list[str] = [self.model] if self.model != "linear" else []
        words += [f"step {self.step:g}"] if self.step else []
        words += ["[{:g}, {:g}]".format(*self.bounds)] if self.bounds else []
        rest = [key for key in self.at_work if key not in ("model", "step", "bounds")]
        return ", ".join(words or [f"{key} {brief(getattr(self, key))}" for key in rest[:2]])

    @property
    def text(self) -> str:
        """All that is not neutral, for sentences."""
        fields = self.changed() if self.preset else self.at_work
        parts = [f"{key} {brief(value)}" for key, value in fields.items() if key != "preset"]
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

    def _mistakes(self) -> Iterator[Problem]:
        yield from mistakes_of(self)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        table = handler.resolve_ref_schema(handler(core_schema))
        full = {key: table.pop(key) for key in list(table) if key not in ("title", "description")}
        table["anyOf"] = [{"type": "string", "enum": [*PRESETS]}, full]
        return table


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
