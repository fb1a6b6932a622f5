"""How far weights and biases go in a step: what forward edges, channel edges and biases share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, TypedDict

from pydantic import Field

from neurochannel.model.base import Description
from neurochannel.model.limits import UpdateField
from neurochannel.model.limits.amounts import Amount
from neurochannel.model.problems import Problem, Remedy
from neurochannel.model.synapse_rules import mistakes_of_network, mistakes_of_static
from neurochannel.model.synapses import SynapseField


@dataclass(frozen=True)
class Told:
    """How a value other than the default is called; stands in the `Annotated` type of a field.

    Parameters
    ----------
    text
        In full, ``"momentum {:g}"``.
    label
        In drawings, ``"μ = {:g}"``.
    """

    text: str
    label: str


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
    Told("momentum {:g}", "μ = {:g}"),
]
WeightDecay = Annotated[
    Amount,
    Field(
        description="What is lost in each step: W <- (1 - rate decay) W, in addition to changes."
    ),
    Told("decay {:g}", "λ = {:g}"),
]
RateFactor = Annotated[
    float,
    Field(
        strict=True,
        gt=0,
        allow_inf_nan=False,
        description="Its own rate is that of the run times this.",
    ),
    Remedy("leave it out for the rate of the run, or write learn = false for none"),
    Told("rate x {:g}", "η x {:g}"),
]


class StepOptions(TypedDict, total=False):
    """The fields of `Learning` but `update`, which pyright would take for a method."""

    momentum: float
    decay: float
    rate_factor: float


class Learning(Description):
    """Fields of all that learns: W <- (1 - r decay) W + v, v <- momentum v + Q(r * mean of O R).

    r = rate * rate_factor, and Q limits changes only. Where the weight is a device, `synapse`, a
    change is what pulses make of it.
    """

    update: UpdateField = None
    momentum: Momentum = 0.0
    decay: WeightDecay = 0.0
    rate_factor: RateFactor = 1.0
    synapse: SynapseField = None

    def _mistakes(self) -> Iterator[Problem]:
        yield from super()._mistakes()
        if self.synapse is not None:
            names = ("momentum", "decay", "update", "message")
            others = {name: getattr(self, name, None) for name in names}
            yield from mistakes_of_network(self.synapse, others)

    @property
    def step_texts(self) -> list[str]:
        """What is said of a step in addition to the limits of changes, such as "momentum 0.9"."""
        devices = [f"devices: {self.synapse.text}"] if self.synapse else []
        return [*(told.text.format(value) for told, value in self._told()), *devices]

    @property
    def step_labels(self) -> list[str]:
        """The same in drawings, such as "μ = 0.9"."""
        devices = [f"device {self.synapse.label}"] if self.synapse else []
        return [*(told.label.format(value) for told, value in self._told()), *devices]

    def _told(self) -> Iterator[tuple[Told, float]]:
        changed = self.changed()
        for name, field in Learning.model_fields.items():
            for told in field.metadata if name in changed else ():
                if isinstance(told, Told):
                    yield told, changed[name]

    def _if_frozen(self, what: str) -> Iterator[Problem]:
        """Yield the mistakes of saying how something changes that does not."""
        sentence = f"must be left out if learn = false, because these {what} do not change"
        for name in LEARNING:
            if name not in ("update", "synapse") and self._is_changed(name):
                yield Problem((name,), f"{sentence}; remove it", frozenset({"learn", name}))
        if self.synapse:
            reason = f"if learn = false, because these {what} do not change"
            yield from mistakes_of_static(self.synapse, reason, "remove it")
        if self.update and self.update.by_example:
            keys = frozenset({"learn", "update"})
            yield Problem(("update", "per"), f"{sentence}; remove it", keys)


LEARNING = tuple(Learning.model_fields)
"""What only weights that learn have; a synapse of others says nothing of changes."""
