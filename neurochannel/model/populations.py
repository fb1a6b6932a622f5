"""Populations: the compact form of neurons that share an activation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypedDict, Unpack, cast

from numpy.typing import ArrayLike
from pydantic import AfterValidator, Discriminator, Field, PrivateAttr, Tag, WithJsonSchema

from neurochannel.model.arrays import BiasValues, NeuronNames
from neurochannel.model.base import Description
from neurochannel.model.kept_attributes import Kept, KeptAttributes
from neurochannel.model.learning import Learning, StepOptions
from neurochannel.model.limits import Receive, ReceiveField, ReceiveLike, UpdateLike
from neurochannel.model.limits.of_neurons import NeuronField, NeuronLike
from neurochannel.model.maps import Shape
from neurochannel.model.problems import (
    FLAG,
    TABLE,
    Problem,
    Remedy,
    did_you_mean,
    listed,
    short,
)
from neurochannel.model.share_names import Share
from neurochannel.model.synapse_rules import trains_of_shared
from neurochannel.model.synapses import SynapseLike

ACTIVATIONS = ("linear", "logistic", "tanh", "relu", "softmax")
BOUNDED = ("logistic", "tanh", "softmax")
"""Activations of magnitude 1 at most."""
POWER = re.compile(r"power\(\s*([^()\s]+)\s*\)")
LARGEST = 2**31 - 1


def _power(text: str) -> float | None:
    match = POWER.fullmatch(text.strip())
    try:
        return float(Fraction(match[1]) if "/" in match[1] else match[1]) if match else None
    except (ValueError, ArithmeticError):
        return None


def _exponent_text(text: str) -> str:
    """Return an exponent in decimals, or as a fraction if decimals would be rounded."""
    exponent = _power(text)
    written = cast(re.Match[str], POWER.fullmatch(text.strip()))[1]
    decimals = repr(exponent)
    if "/" in written and Fraction(written) != Fraction(decimals):
        return str(Fraction(written))
    return decimals.removesuffix(".0")


def activation_name(text: str) -> str:
    """Return the name in its standard form, ``power(2)`` for ``power( 2.0 )`` or ``power(4/2)``."""
    if text in ACTIVATIONS:
        return text
    exponent = _power(text)
    if exponent is None:
        known = (*ACTIVATIONS, "power(2)")
        remedy = did_you_mean(text, known) or "choose one of them"
        names = listed((*ACTIVATIONS, "power(MU)"), "or")
        raise ValueError(f"must be one of {names}, got {short(text)}; {remedy}")
    if not (math.isfinite(exponent) and exponent > 0):
        raise ValueError(
            f"must have a finite exponent above 0, got {short(text)}; "
            "write for example power(2) or power(1/3)"
        )
    return f"power({_exponent_text(text)})"


Activation = Annotated[
    str,
    Field(strict=True, description="How activity follows from the total input."),
    AfterValidator(activation_name),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": list(ACTIVATIONS)},
                {"type": "string", "pattern": r"^\s*power\(\s*[^()\s]+\s*\)\s*$"},
            ],
            "description": "How activity follows from the total input.",
        }
    ),
    Remedy('write for example activation = "tanh"'),
]
Size = Annotated[
    int | None,
    Field(strict=True, ge=1, le=LARGEST, description="How many neurons it has."),
    Remedy("leave it out in the input or output population to take it from the data"),
]


class BiasOptions(StepOptions, total=False):
    """The fields of `Bias`, and the table that may stand for one."""

    learn: bool
    value: ArrayLike
    share: str | None
    update: UpdateLike
    synapse: SynapseLike


class Bias(Learning):
    """The biases of a population.

    Parameters
    ----------
    learn
        Whether they change while the network learns.
    value
        Their initial value: a number for all, or an array (size,) of one for each neuron, stored
        as a read-only float64 array.
    share
        A name: all populations whose biases have it hold one array of them, whose change is the sum
        of those that each would have made alone.
    update
        A limit on the precision of their changes.
    momentum, decay, rate_factor
        b <- (1 - r decay) b + v with v <- momentum v + change and r = rate * rate_factor; for
        biases that learn only.
    synapse
        The device that each bias is, see `Synapse`; exact numbers if left out.

    Raises
    ------
    NetworkError
        If a value is not finite, or an array has not one dimension. A network refuses an array
        whose length is not the size of its population.
    """

    learn: Annotated[bool, Field(strict=True, description="Whether the biases change.")] = True
    value: Annotated[
        BiasValues,
        Field(description="Their initial value: a number for all, or one for each neuron."),
    ] = 0.0
    share: Share = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[BiasOptions]) -> None: ...

    def _mistakes(self) -> Iterator[Problem]:
        yield from super()._mistakes()
        if not self.learn:
            yield from self._if_frozen("biases")
        if self.share is not None:
            yield from trains_of_shared(self.synapse, "for what is shared")


def _bias_kind(value: Any) -> str:
    return TABLE if isinstance(value, dict | Bias) else FLAG


def _shortest(bias: bool | Bias) -> bool | Bias:
    return True if bias == Bias() else bias


BiasChoice = Annotated[
    Annotated[bool, Field(strict=True), Tag(FLAG)] | Annotated[Bias, Tag(TABLE)],
    Discriminator(_bias_kind),
    AfterValidator(_shortest),
    Field(description="Whether it has biases, or a table that says more about them."),
    Remedy("write true, false or a table such as { learn = false }"),
]


Role = Annotated[
    Literal["input", "output"] | None,
    Field(description="Whether the data enters here, or is compared with what is here."),
    Remedy("leave it out where the forward edges tell"),
]


BiasLike = bool | Bias | BiasOptions


class PopulationOptions(TypedDict, total=False):
    """The fields of `Population`, and the table that may stand for one."""

    size: int | None
    shape: Sequence[int] | None
    activation: str
    bias: BiasLike
    role: Literal["input", "output"] | None
    neurons: ArrayLike | None
    attributes: Mapping[str, Any]
    receive: ReceiveLike
    neuron: NeuronLike


class Population(Description):
    """Neurons that share an activation: O = f(S), where S is their total input plus bias.

    Parameters
    ----------
    size
        How many neurons; None in the input or output population means: as many as the data has.
    shape
        [height, width] or [height, width, maps] of neurons that stand in an image; neuron (y, x, m)
        has the number (y * width + x) * maps + m. It may be left out where a convolution, local
        windows or pooling lead, which tell it, and in the input, which takes it from the data.
    activation
        "linear", "logistic", "tanh", "relu", "softmax" (output only) or "power(MU)" with MU > 0:
        S**MU for a whole MU, sign(S) |S|**MU otherwise; MU may be a fraction, "power(1/3)".
    bias
        False for none, True for biases that start at 0 and learn, or a `Bias`. A full `Bias()`
        is kept as True; the input population and relays have none in any case.
    receive
        What is left of J, the sum over its channel bundles, before f': R = f'(S) Q(J), for which
        it takes all that `Receive` has. What it sends on is R, so errors add up along a chain. What
        comes without derivative is limited apart. For populations that receive something only.
    neuron
        How its neurons differ from ideal ones: converters, mismatch, noise, dead ones and a clock,
        see `Neuron`. For hidden populations and the output.
    role
        "input" or "output" for the population that the data enters or is compared with; needed only
        where several have no incoming, or several have no outgoing forward edges.

    neurons
        Names of the single neurons, all text or all whole numbers, each of them once; whole numbers
        are stored as a read-only int64 array. Its length is the size, which may be left out then.
    attributes
        What else is known of the neurons and nothing computes with, such as cell types or
        positions: a table of names, each with one value for all neurons or a list of one for each.
        Values are numbers, truth values or short texts; None, NaN and an empty text mean none.

    Raises
    ------
    NetworkError
        If a value is out of range or a key is unknown.
    """

    size: Size = None
    shape: Shape = None
    activation: Activation = "linear"
    bias: BiasChoice = True
    receive: ReceiveField = None
    neuron: NeuronField = None
    role: Role = None
    neurons: Annotated[
        NeuronNames | None, Field(description="Names of the single neurons, one for each.")
    ] = None
    attributes: Annotated[
        KeptAttributes,
        Field(description="What else is known of its neurons: a value for all, or one for each."),
    ] = Kept()
    _own: tuple[Receive | None, ...] = PrivateAttr(())
    """What `receive` was before a recipe gave it: empty if none did."""

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[PopulationOptions]) -> None: ...

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        shape = value.get("shape") if isinstance(value, Mapping) else None
        if isinstance(shape, list | tuple) and value.get("size") is None:
            whole = all(isinstance(n, int) and n > 0 for n in shape) and len(shape) > 0
            return {**value, "size": math.prod(shape)} if whole else value
        names = value.get("neurons") if isinstance(value, Mapping) else None
        if names is None or "size" in value or not hasattr(names, "__len__"):
            return value
        return {**value, "size": len(names) or None}

    def _mistakes(self) -> Iterator[Problem]:
        yield from self._neuron_mistakes()
        if self.shape is not None and math.prod(self.shape) != self.size:
            yield Problem(
                ("shape",),
                f"must have as many neurons as size, {self.size}, got {list(self.shape)}, which is "
                f"{math.prod(self.shape)}; leave the size out to take it from the shape",
                frozenset({"size", "shape"}),
            )
        if self.neurons is not None and len(self.neurons) != self.size:
            yield Problem(
                ("neurons",),
                f"must name each of the {self.size} neurons, got {len(self.neurons)} names; "
                "leave the size out to take it from them",
                frozenset({"size", "neurons"}),
            )

    def _neuron_mistakes(self) -> Iterator[Problem]:
        neuron = self.neuron
        if neuron is None:
            return
        fields = frozenset({"activation", "neuron"})
        if neuron.bits is not None and neuron.range is None and self.activation not in BOUNDED:
            yield Problem(
                ("neuron", "range"),
                f"is missing; give the largest activity that the bits of '{self.activation}' can "
                "express, for example range = 1.0",
                fields,
            )
        if neuron.dead and self.activation == "softmax":
            yield Problem(
                ("neuron", "dead"),
                "must be left out of softmax, whose outputs add up to 1; take another activation",
                fields,
            )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values in some fields, see `Description`."""
        made = super().model_copy(update=update, deep=deep)
        made._own = () if "receive" in (update or {}) else self._own
        return made

    def lent(self, receive: Receive | None) -> Population:
        """Return it with limits that a recipe gives, to be given back with its channel."""
        own = self._own or (self.receive if "receive" in self.model_fields_set else None,)
        made = self.model_copy(update={"receive": receive})
        made._own = own
        return made

    @property
    def is_lent(self) -> bool:
        """Whether its limits are those of a recipe."""
        return bool(self._own)

    def returned(self) -> Population:
        """Return it with the limits that it had before a recipe gave it others."""
        (own,) = self._own
        bare = self.without_receive()
        return bare if own is None else bare.model_copy(update={"receive": own})

    def without_receive(self) -> Population:
        """Return it with no word on limits of what it receives, so that defaults apply."""
        given = self._given()
        return Population(**{key: value for key, value in given.items() if key != "receive"})

    @property
    def exponent(self) -> float | None:
        """The MU of ``power(MU)``, None for other activations."""
        return _power(self.activation)

    @property
    def bias_rule(self) -> Bias | None:
        """The biases as a `Bias`, None if there are none."""
        if isinstance(self.bias, Bias):
            return self.bias
        return _PLAIN if self.bias else None


_PLAIN = Bias()
