"""Physical limits of what the learning channel carries and of the steps that synapses can take.

A limit is a tuple of stages, one class each. A class says all that the rest of the project must
know of its stage: which kernel does it with which numbers, what is charged for what it leaves, what
it is called in drawings. Keys of files, graphs, recipes, axes and the schema are its fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, TypeVar, Unpack

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from neurochannel.model.limits.chance import (
    Loss,
    MessageLoss,
    Noise,
    NoiseOfSent,
    Per,
    RelativeNoise,
)
from neurochannel.model.limits.cutting import DeadZone, Keep, Kept, MessageRange, Range
from neurochannel.model.limits.faults import Faults
from neurochannel.model.limits.rounding import QuantizerName, Rounding, RoundingInBatch
from neurochannel.model.limits.sharing import Budget
from neurochannel.model.limits.stage import Limits, Stage
from neurochannel.model.limits.timing import Delay, Every, Unit
from neurochannel.model.problems import Problem, Remedy

__all__ = [
    "Budget",
    "Delay",
    "Every",
    "Faults",
    "Keep",
    "Limits",
    "Loss",
    "Message",
    "MessageField",
    "MessageLike",
    "MessageOptions",
    "Noise",
    "Receive",
    "ReceiveField",
    "ReceiveLike",
    "ReceiveOptions",
    "Rounding",
    "Stage",
    "Update",
    "UpdateField",
    "UpdateLike",
    "UpdateOptions",
]


class ReceiveOptions(TypedDict, total=False):
    """The fields of `Receive` as optional keywords, and the table that may stand for one."""

    bits: int | None
    scale: float
    quantizer: QuantizerName
    keep: Kept
    relative_noise: float
    noise: float
    range: float | None
    dead_zone: float
    loss: float
    rescale: bool


class MessageOptions(ReceiveOptions, total=False):
    """The fields of `Message` as optional keywords, and the table that may stand for one."""

    every: int
    budget: int | None
    range: float | Literal["batch"] | None  # type: ignore[misc]
    power: bool
    per: Per
    dead: float
    stuck: float
    stuck_at: float | None
    delay: int
    unit: Unit


class UpdateOptions(TypedDict, total=False):
    """The fields of `Update`, and the table that may stand for one."""

    keep: Kept
    bits: int | None
    scale: float | None
    quantizer: QuantizerName
    per: Literal["batch", "example"]


class Receive(Limits, Keep, RelativeNoise, Noise, Range, DeadZone, Rounding, Loss):
    """What is left of the sum of messages that arrives at a population.

    x -> keep -> relative noise -> noise -> range -> dead zone -> rounding -> loss

    Parameters
    ----------
    keep, relative_noise, noise, range, dead_zone, bits, scale, quantizer, loss, rescale
        As in `Message`.

    Raises
    ------
    NetworkError
        If a value is out of range, or options exclude each other.
    """

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[ReceiveOptions]) -> None: ...


class Message(
    Limits,
    Every,
    Keep,
    Budget,
    RelativeNoise,
    Noise,
    MessageRange,
    DeadZone,
    Rounding,
    MessageLoss,
    Faults,
    Delay,
):
    """What the physical channel does to each message.

    x -> every -> keep -> budget -> relative noise -> noise -> range -> dead zone -> rounding
      -> loss -> faults -> delay

    What is not sent is 0 and gets no noise.

    Parameters
    ----------
    every
        One of how many examples has messages, see `Every`.
    keep
        "all" of the message, its "sign" only (then it is scale * sign(x)), or its "magnitude" |x|.
    budget
        How many messages of an example are sent, the largest ones, see `Budget`.
    relative_noise, noise
        Standard deviation of what is added to it, as a part of it and as such, see `Noise`.
    range, power
        The largest magnitude that it can have before it is rounded, or "batch", see `MessageRange`.
    dead_zone
        Below this magnitude it is not sent, see `DeadZone`.
    bits, scale, quantizer
        Its precision, see `Rounding`.
    loss, rescale, per
        Probability that it does not arrive, whether the others make up for it, and whether each
        wire loses on its own, see `MessageLoss`.
    dead, stuck, stuck_at
        Fractions of wires that are broken on each chip, see `Faults`.
    delay, unit
        How many examples or updates later it arrives, see `Delay`.

    Raises
    ------
    NetworkError
        If a value is out of range, or options exclude each other.
    """

    @property
    def breaks(self) -> bool:
        """Whether any wires are dead or stuck."""
        return self.dead > 0 or self.stuck > 0

    @property
    def per_wire(self) -> bool:
        """Whether wires lose messages, or are broken, each on its own."""
        return any(stage.at_wires for stage in self.stages)

    def _mistakes(self) -> Iterator[Problem]:
        yield from super()._mistakes()
        if self.per == "wire" and not (self.loss or self.breaks):
            yield Problem(
                ("per",),
                "must be left out where nothing is lost or broken, got 'wire'; "
                "remove it, or give the probability of a loss, for example loss = 0.5",
                frozenset({"loss", "dead", "stuck", "per"}),
            )
        if self.stuck and self.stuck_at is None and not isinstance(self.range, float | int):
            yield Problem(
                ("stuck_at",),
                "is missing; say what stuck wires say, for example stuck_at = 1.0, or give a "
                "range, for one of its ends by chance",
                frozenset({"stuck", "stuck_at", "range"}),
            )

    def _made(self) -> Iterator[Stage]:
        stages = list(super()._made())
        withheld = any(stage.active and stage.withholds for stage in stages)
        for stage in stages:
            if withheld and isinstance(stage, Noise):
                yield NoiseOfSent(noise=self.noise)
            elif self.range == "batch" and isinstance(stage, Rounding):
                yield RoundingInBatch(**stage.changed(), power=self.power)
            else:
                yield stage

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[MessageOptions]) -> None: ...


class Update(Limits, Keep, Rounding):
    """What is left of weight changes: x -> keep -> rounding.

    Parameters
    ----------
    keep
        "all" of a change, its "sign" only (then it is scale * sign(x)), or its "magnitude" |x|.
    bits, scale, quantizer
        Its precision, see `Rounding`; bits and signs need a scale.
    per
        "batch": Q(rate * mean of O R), the change of a step; "example": the mean over the batch of
        Q(rate * O R), the change that each example asks for.

    Raises
    ------
    NetworkError
        If a value is out of range, or one that is needed is missing.
    """

    bits: Annotated[
        int | None,
        Field(strict=True, ge=1, le=32, description="Bits of a change, its sign included."),
        Remedy("give the bits of a change, for example bits = 3"),
    ] = None
    scale: Annotated[
        float | None,
        Field(strict=True, gt=0, allow_inf_nan=False, description="The largest change in a step."),
        Remedy("give the largest change of a step, for example scale = 0.01"),
    ] = None  # type: ignore[assignment]
    per: Annotated[
        Literal["batch", "example"],
        Field(description="Whether the change of each example is limited, or that of the batch."),
    ] = "batch"

    def _mistakes(self) -> Iterator[Problem]:
        yield from super()._mistakes()
        if self.keep == "all" and self.bits is None and self.changed():
            yield Problem(
                ("bits",),
                'is missing; give the bits of a change, for example bits = 3, or keep = "sign"',
                frozenset({"bits", "keep"}),
            )
        elif self.scale is None and (self.keep == "sign" or self.bits is not None):
            yield Problem(
                ("scale",),
                "is missing; give the largest change of a step, for example scale = 0.01",
                frozenset({"bits", "keep", "scale"}),
            )

    @property
    def by_example(self) -> bool:
        """Whether the change of each example is limited before their mean is taken."""
        return self.active and self.per == "example"

    @property
    def label(self) -> str:
        """The words of all stages, and of each example if it is so."""
        return super().label + " per example" * self.by_example

    @property
    def text(self) -> str:
        """The same in full."""
        return super().text + ", for each example" * self.by_example

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[UpdateOptions]) -> None: ...

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # Nothing at all is allowed, too: it switches a default off.
        table: dict[str, Any] = handler.resolve_ref_schema(handler(core_schema))
        return table | {"dependencies": {"bits": ["scale"], "quantizer": ["bits", "scale"]}}


AnyLimits = TypeVar("AnyLimits", bound=Limits)


def _absent(value: Any) -> Any:
    return None if isinstance(value, Mapping) and not value else value


def _of_sum(value: Any) -> Any:
    """Take a message for what it says of sums."""
    return _absent(value._given() if type(value) is Message else value)


def _unless_neutral(limits: AnyLimits | None) -> AnyLimits | None:
    return limits if limits is not None and limits.changed() else None


class Off(TypedDict):
    """The empty table, which switches a limit off."""


MessageLike = Message | MessageOptions | None
ReceiveLike = Receive | Message | ReceiveOptions | None
UpdateLike = Update | UpdateOptions | Off | None
MessageField = Annotated[
    Message | None,
    Field(description="What the physical channel does to each message."),
    BeforeValidator(_absent),
    AfterValidator(_unless_neutral),
    Remedy("write for example { bits = 3 }"),
]
ReceiveField = Annotated[
    Receive | None,
    Field(description="What is left of the sum that it receives, before f'."),
    BeforeValidator(_of_sum),
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
