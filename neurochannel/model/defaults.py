"""Defaults of a network: what its edges and populations have unless their own tables say more.

They are filled in before a network is checked, so that everything reads edges and populations that
say all themselves; what is taken from the defaults is left out again where a network is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, Unpack

from pydantic import AfterValidator, Field

from neurochannel.model.base import Description, same
from neurochannel.model.draft import drafted
from neurochannel.model.edges import FOLLOWS_FORWARD
from neurochannel.model.learning import LEARNING, Momentum, RateFactor, WeightDecay
from neurochannel.model.limits import (
    MessageField,
    MessageLike,
    ReceiveField,
    ReceiveLike,
    UpdateField,
    UpdateLike,
)
from neurochannel.model.limits.of_neurons import NeuronField, NeuronLike
from neurochannel.model.populations import Activation, BiasChoice, BiasLike
from neurochannel.model.problems import Problem, Remedy
from neurochannel.model.synapses import SynapseField, SynapseLike
from neurochannel.model.weights import Init, InitOptions

if TYPE_CHECKING:
    from neurochannel.model.wiring import Wiring

Fields = dict[str, Any]


def _drawn(init: Init | None) -> Init | None:
    if init is not None and init.distribution == "explicit":
        raise ValueError("must name a distribution, got weights; write them on their own edges")
    return init


InitDefault = Annotated[
    Init | None,
    Field(description="Initial weights: a name or a table."),
    AfterValidator(_drawn),
    Remedy('write for example init = "glorot"'),
]


class LearningDefaultOptions(TypedDict, total=False):
    """The fields of `LearningDefaults` but `update`, which pyright would take for a method."""

    momentum: float | None
    decay: float | None
    rate_factor: float | None


class ForwardDefaultOptions(LearningDefaultOptions, total=False):
    """The fields of `ForwardDefaults`, and the table that may stand for them."""

    init: Init | InitOptions | str | None
    update: UpdateLike
    message: MessageLike
    synapse: SynapseLike


class ChannelDefaultOptions(LearningDefaultOptions, total=False):
    """The fields of `ChannelDefaults`, and the table that may stand for them."""

    init: Init | InitOptions | str | None
    update: UpdateLike
    synapse: SynapseLike
    message: MessageLike


class PopulationDefaultOptions(TypedDict, total=False):
    """The fields of `PopulationDefaults`, and the table that may stand for them."""

    activation: str | None
    bias: BiasLike | None
    receive: ReceiveLike
    neuron: NeuronLike


class _Part(Description):
    """Defaults of one kind of tables; what is None or left out is none."""

    @property
    def fields(self) -> Fields:
        """What is given, by the name of the field that it is for."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in own.items() if value is not None}


class LearningDefaults(_Part):
    """Defaults of the fields of `Learning`, for weights that learn."""

    update: UpdateField = None
    momentum: Momentum | None = None
    decay: WeightDecay | None = None
    rate_factor: RateFactor | None = None
    synapse: SynapseField = None

    @property
    def written_once(self) -> Fields:
        """The synapse without all that is about changes, for weights that do not learn."""
        static = self.synapse.static if self.synapse is not None else None
        return {} if static is None else {"synapse": static}


class ForwardDefaults(LearningDefaults):
    """What forward edges have unless they say more themselves.

    Parameters
    ----------
    init
        Initial weights, without explicit ones.
    message
        What happens to activity on its way.
    update, momentum, decay, rate_factor
        Of weights that learn.
    synapse
        Of all weights; of frozen ones what is not about changes.
    """

    init: InitDefault = None
    message: MessageField = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[ForwardDefaultOptions]) -> None: ...


class ChannelDefaults(LearningDefaults):
    """What channel edges have unless they say more themselves.

    Parameters
    ----------
    init
        Initial weights of all but tied ones, without explicit ones.
    message
        What the physical channel does to each message.
    update, momentum, decay, rate_factor
        Of adaptive weights.
    synapse
        Of adaptive weights, and of random ones what is not about changes.
    """

    init: InitDefault = None
    message: MessageField = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[ChannelDefaultOptions]) -> None: ...


class PopulationDefaults(_Part):
    """What hidden populations have unless they say more themselves.

    Parameters
    ----------
    activation, bias, neuron
        As in `Population`.
    receive
        Of those that the channel leads to.
    """

    activation: Activation | None = None
    bias: BiasChoice | None = None
    receive: ReceiveField = None
    neuron: NeuronField = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[PopulationDefaultOptions]) -> None: ...

    def _mistakes(self) -> Iterator[Problem]:
        if self.activation == "softmax":
            yield Problem(
                ("activation",),
                "must not be softmax, which only the output may have; take tanh or another one",
                frozenset({"activation"}),
            )


class DefaultsOptions(TypedDict, total=False):
    """The fields of `Defaults`, and the table that may stand for them."""

    forward: ForwardDefaults | ForwardDefaultOptions
    channel: ChannelDefaults | ChannelDefaultOptions
    population: PopulationDefaults | PopulationDefaultOptions


class Defaults(Description):
    """Defaults for all edges of a kind and for all hidden populations.

    A table of an edge or population replaces the default of its name as a whole; an empty one
    switches it off.

    Parameters
    ----------
    forward, channel, population
        Of forward edges, channel edges and hidden populations.
    """

    forward: Annotated[ForwardDefaults, Field(description="Of forward edges.")] = ForwardDefaults()
    channel: Annotated[ChannelDefaults, Field(description="Of channel edges.")] = ChannelDefaults()
    population: Annotated[
        PopulationDefaults, Field(description="Of hidden populations, input and output aside.")
    ] = PopulationDefaults()

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[DefaultsOptions]) -> None: ...

    def of_forward(self, edges: Any) -> Fields:
        """Return the fields that forward edges take from here, however these are given."""
        if _read(edges, "pool", None) is not None:
            return _without(self.forward.fields, ("init", *LEARNING))
        learns = _read(edges, "learn", True) is not False
        fields = self.forward.fields
        return fields if learns else _without(fields, LEARNING) | self.forward.written_once

    def of_channel(self, edges: Any) -> Fields:
        """Return the fields that channel edges take from here, however these are given."""
        weights = _read(edges, "weights", "random")
        apart = () if weights == "adaptive" else LEARNING
        fields = _without(
            self.channel.fields, (*apart, "init") if weights in FOLLOWS_FORWARD else apart
        )
        return fields | self.channel.written_once if weights == "random" else fields

    def of_population(self, name: str, wiring: Wiring) -> Fields:
        """Return the fields that a population takes from here."""
        if name not in wiring.hidden:
            return {}
        gone = () if name in wiring.receiving else ("receive",)
        if name in wiring.pools:
            gone = (*gone, "activation", "bias", "neuron")
        return _without(self.population.fields, gone)


def _read(part: Any, key: str, otherwise: Any) -> Any:
    return part.get(key, otherwise) if isinstance(part, Mapping) else getattr(part, key, otherwise)


def _without(fields: Fields, names: Sequence[str]) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


def filled(value: Any) -> Any:
    """Return the fields of a network, given in any way, with its defaults where they apply."""
    given = value.get("defaults") if isinstance(value, Mapping) else None
    defaults = Defaults._attempt(given)[0] if given is not None else None
    if defaults is None or not defaults.changed():
        return value
    value = {**value, "defaults": defaults}
    for key, fields_of in (("forward", defaults.of_forward), ("channel", defaults.of_channel)):
        parts = value.get(key)
        if isinstance(parts, Iterable) and not isinstance(parts, str | bytes | Mapping):
            value[key] = [_with(part, fields_of(part)) for part in parts]
    wiring = drafted(value) if defaults.population.fields else None
    if wiring is not None:
        value["populations"] = {
            name: _with(part, defaults.of_population(name, wiring))
            for name, part in value["populations"].items()
        }
    return value


def _with(part: Any, fields: Fields) -> Any:
    """Return a table or description with the fields that it does not name itself."""
    if isinstance(part, Description):
        missing = _without(fields, tuple(part.model_fields_set))
        return part.model_copy(update=missing) if missing else part
    return {**fields, **part} if isinstance(part, Mapping) else part


def stated(part: Description, fields: Fields) -> Fields:
    """Return what a description sets itself over these defaults; None switches one off."""
    changed = part.changed()
    own = {key: getattr(part, key) for key in type(part).model_fields}
    return {
        key: value
        for key, value in own.items()
        if (not same(value, fields[key]) if key in fields else key in changed)
    }


def bare(part: Any, fields: Fields) -> Any:
    """Return a description that does not name what it takes from these defaults."""
    given = part._given()
    kept = {k: own for k, own in given.items() if not (k in fields and same(own, fields[k]))}
    return type(part)(**kept) if len(kept) < len(given) else part


def own_of(dumped: Any, own: Any) -> Any:
    """Return the dump of populations or edges with only what these say themselves."""
    if isinstance(dumped, Mapping):
        return {name: _own(part, own[name]) for name, part in dumped.items()}
    return type(dumped)(_own(*both) for both in zip(dumped, own, strict=True))


def _own(dumped: Fields, own: Fields) -> Fields:
    return {key: dumped.get(key, _shortest(value)) for key, value in own.items()}


def _shortest(value: Any) -> Any:
    # None is written as an empty table.
    if value is None:
        return {}
    return getattr(value, "shortest", value)
