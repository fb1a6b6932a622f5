"""A network as a frozen description: populations, forward edges and the learning channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import IO, TYPE_CHECKING, Annotated, Any, Protocol, Required, TypedDict, Unpack, cast

from pydantic import (
    AfterValidator,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from neurochannel.atomic import write_new
from neurochannel.errors import NetworkError
from neurochannel.hooks import Readable
from neurochannel.inputs.descriptions import read_text
from neurochannel.model.base import NAME, Description, FrozenDict
from neurochannel.model.bundles import Bundle, bundles_of, with_steps
from neurochannel.model.bundles_at import BundlesAt
from neurochannel.model.defaults import (
    ChannelDefaultOptions,
    ChannelDefaults,
    Defaults,
    DefaultsOptions,
    ForwardDefaultOptions,
    ForwardDefaults,
    PopulationDefaultOptions,
    PopulationDefaults,
    bare,
    filled,
    own_of,
    stated,
)
from neurochannel.model.draft import drafted
from neurochannel.model.edge_options import ChannelEdgeOptions, ForwardOptions
from neurochannel.model.edges import ERROR, STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.format_versions import in_words_of_today
from neurochannel.model.learning import Learning
from neurochannel.model.limits import Receive
from neurochannel.model.losses import LossName, is_matching, losses_for
from neurochannel.model.maps import Geometry, Image
from neurochannel.model.populations import Population, PopulationOptions
from neurochannel.model.problems import Problem, Remedy, did_you_mean, short
from neurochannel.model.repopulation import repopulated
from neurochannel.model.rules import mistakes_in
from neurochannel.model.sizing import DataEnds, sized_populations
from neurochannel.model.toml_reader import parse
from neurochannel.model.wiring import Wiring

__all__ = ["Bundle", "ChannelEdges", "ForwardEdges", "Network", "Population"]

TABLES = ("populations", "forward", "channel")
OF_FORWARD = ("forward_bundles", "forward_names", "forward_at", "forward_order", "teachable")
"""What is found out about the forward graph alone, however wide its populations are."""
LARGEST_SEED = 2**64 - 1


def _unicode(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"must be proper Unicode, got {short(text)}; write it again") from None
    return text


class ChannelPart(Protocol):
    """What can write channel edges for a given network: a recipe.

    It may also have methods `relays(network)`, for the channel populations that it needs, by name,
    `receiving(network)`, for what populations do to what they receive, by name, and
    `steps(network)`, for how forward bundles learn, by name.
    """

    def channel(self, network: Network) -> tuple[ChannelEdges, ...]:
        """Return the channel edges for this network."""


class NetworkOptions(TypedDict, total=False):
    """The fields of `Network`; tables may stand for populations, edges and defaults."""

    name: str
    loss: LossName | None
    chip_seed: int | None
    defaults: Defaults | DefaultsOptions
    populations: Required[Mapping[str, Population | PopulationOptions]]
    forward: Required[Sequence[ForwardEdges | ForwardOptions]]
    channel: Sequence[ChannelEdges | ChannelEdgeOptions]


class Network(Readable, Description):
    """Populations, the forward graph between them, and the learning channel.

    Parameters
    ----------
    defaults
        What edges and hidden populations have unless they say more themselves, see `Defaults`. The
        fields below have them filled in.
    populations
        By name, in the order that breaks ties.
    forward
        Forward edges: a directed acyclic graph with one input and one output population.
    channel
        Channel edges: a directed acyclic graph that starts from `error`, `target` or `prediction`;
        may be empty.
    loss
        None for the loss that matches the output activation: softmax "cross_entropy", logistic
        "binary_cross_entropy", all others "squared_error".
    chip_seed
        Which chip it runs on: seeds all that differs between devices of the same kind, such as the
        gain of each neuron, and nothing else; None for the seed of the run.
    name
        For files, tables and figures.

    Raises
    ------
    NetworkError
        With one sentence for each mistake in the fields and in both graphs.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734: a learning algorithm is a channel.
    """

    name: Annotated[
        str,
        Field(strict=True, description="A name for files, tables and figures."),
        AfterValidator(_unicode),
    ] = "network"
    loss: Annotated[
        LossName | None, Field(description="Leave it out for the output activation's own loss.")
    ] = None
    chip_seed: Annotated[
        int | None,
        Field(
            strict=True,
            ge=0,
            le=LARGEST_SEED,
            description="Which chip it runs on; leave it out for the seed of the run.",
        ),
        Remedy("write a whole number, or leave it out for the seed of the run"),
    ] = None
    defaults: Annotated[
        Defaults, Field(description="What edges and hidden populations have unless they say more.")
    ] = Defaults()
    populations: Annotated[
        dict[str, Population],
        Field(
            description="Groups of neurons by name.",
            json_schema_extra={"propertyNames": {"pattern": f"^{NAME}$", "not": {"enum": STARTS}}},
        ),
        AfterValidator(FrozenDict),
        Remedy("write [populations] with a line for each, such as input = { size = 64 }"),
    ]
    forward: Annotated[
        tuple[ForwardEdges, ...],
        Field(description="Edges that carry activity, from the input to the output."),
        Remedy("write [[forward]] with a path such as path = 'input -> output'"),
    ]
    channel: Annotated[
        tuple[ChannelEdges, ...],
        Field(description="Edges of the learning channel, from `error` downward."),
        Remedy("write [[channel]] with a path such as path = 'error -> hidden1'"),
    ] = ()

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[NetworkOptions]) -> None: ...

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        return filled(value)

    def _mistakes(self) -> Iterator[Problem]:
        return mistakes_in(self._wiring, self.loss)

    @classmethod
    def _more_mistakes(cls, value: Mapping[str, Any], found: list[Problem]) -> Iterator[Problem]:
        wiring = drafted(value)
        if wiring:
            wrong_loss = any(problem.path[:1] == ("loss",) for problem in found)
            yield from mistakes_in(wiring, None if wrong_loss else value.get("loss"))

    def _parts(self, change: Callable[[Any, dict[str, Any]], Any]) -> dict[str, Any]:
        """Return all populations and edges, changed by a function of each and its defaults."""
        defaults = self.defaults
        return {
            "populations": {
                name: change(part, defaults.of_population(name, self._wiring))
                for name, part in self.populations.items()
            },
            "forward": tuple(change(part, defaults.of_forward(part)) for part in self.forward),
            "channel": tuple(change(part, defaults.of_channel(part)) for part in self.channel),
        }

    def _given(self) -> dict[str, Any]:
        return super()._given() | (self._parts(bare) if self.defaults.changed() else {})

    def stated(self) -> dict[str, Any]:
        """Return what a file of the network says, populations and edges as fields by name.

        What is taken from the defaults is not in it; None in a field switches a default off.
        """
        changed = self.changed()
        return changed | {k: part for k, part in self._parts(stated).items() if k in changed}

    @model_serializer(mode="wrap")
    def _dumped(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        dumped = super()._dumped(handler, info)
        if not self.defaults.changed():
            return dumped
        own = self.stated()
        parts = {key: own_of(dumped[key], own[key]) for key in TABLES if key in dumped}
        return dumped | parts

    @property
    def explicit(self) -> Network:
        """The same network without defaults: every edge and population says all itself."""
        if not self.defaults.changed():
            return self
        parts = {key: getattr(self, key) for key in TABLES}
        return self.model_copy(update=parts | {"defaults": Defaults()})

    def with_defaults(
        self,
        *,
        forward: ForwardDefaults | ForwardDefaultOptions | None = None,
        channel: ChannelDefaults | ChannelDefaultOptions | None = None,
        population: PopulationDefaults | PopulationDefaultOptions | None = None,
    ) -> Network:
        """Return the network with other defaults; those of kinds that are left out stay.

        ``network.with_defaults(channel={"message": {"bits": 3}})`` limits all messages of bundles
        that say nothing of their own; ``channel={}`` takes the defaults of channel edges away.

        Parameters
        ----------
        forward
            init of forward edges, and all fields of `Learning` for those that learn.
        channel
            message and init of channel edges, and all fields of `Learning` for adaptive ones.
        population
            activation and bias of hidden populations, and receive of those that the channel leads
            to.

        Raises
        ------
        NetworkError
            If a value is out of range, or does not fit where it is filled in.
        """
        given = {"forward": forward, "channel": channel, "population": population}
        others = {kind: part for kind, part in given.items() if part is not None}
        return self.model_copy(update={"defaults": self.defaults._given() | others})

    @cached_property
    def _wiring(self) -> Wiring:
        return Wiring(self.populations, self.forward_bundles, self.channel_bundles)

    @cached_property
    def forward_bundles(self) -> tuple[Bundle[ForwardEdges], ...]:
        """One bundle for each arrow of the forward paths, in the order of declaration."""
        return bundles_of("forward", self.forward)

    @cached_property
    def forward_names(self) -> frozenset[str]:
        """The names of the forward bundles."""
        return frozenset(bundle.name for bundle in self.forward_bundles)

    @cached_property
    def channel_bundles(self) -> tuple[Bundle[ChannelEdges], ...]:
        """One bundle for each arrow of the channel paths, in the order of declaration."""
        return bundles_of("channel", self.channel)

    @cached_property
    def forward_at(self) -> BundlesAt[ForwardEdges]:
        """The forward bundles by the populations at their ends."""
        return BundlesAt(self.forward_bundles)

    @cached_property
    def channel_at(self) -> BundlesAt[ChannelEdges]:
        """The channel bundles by the populations at their ends."""
        return BundlesAt(self.channel_bundles)

    @cached_property
    def has_devices(self) -> bool:
        """Whether any weight or bias has a `synapse`."""
        biases = (part.bias_rule for part in self.populations.values())
        rules: list[Learning] = [*self.forward, *self.channel, *(bias for bias in biases if bias)]
        return any(rule.synapse is not None for rule in rules)

    @property
    def input(self) -> str:
        """Name of the population that the data enters."""
        return cast(str, self._wiring.input)

    @property
    def output(self) -> str:
        """Name of the population that is compared with the targets."""
        return cast(str, self._wiring.output)

    @property
    def starts(self) -> tuple[str, ...]:
        """What the channel starts from: some of `error`, `target` and `prediction`."""
        return self._wiring.starts

    @property
    def relays(self) -> tuple[str, ...]:
        """Names of the populations that exist in the learning channel only."""
        return self._wiring.relays

    @cached_property
    def forward_order(self) -> tuple[str, ...]:
        """Populations of the forward graph in topological order, input first."""
        return self._wiring.forward_order()

    @cached_property
    def channel_order(self) -> tuple[str, ...]:
        """Populations that receive channel edges, in topological order from `error`."""
        return self._wiring.channel_order()

    def signal_of(self, name: str) -> str:
        """Name the signal that a population learns from.

        `error` for the output unless channel edges lead there, else the population's own.
        """
        exact = name == self.output and not self.channel_at.into(name)
        return ERROR if exact else name

    def is_identity(self, bundle: Bundle[ChannelEdges]) -> bool:
        """Tell whether a channel bundle is tied into the output, where it is the identity."""
        return bundle.target == self.output and bundle.edges.weights == "tied"

    @cached_property
    def teachable(self) -> frozenset[str]:
        """Populations between input and output: those from which a forward path leads to it."""
        return self.below(self.output)

    def below(self, name: str) -> frozenset[str]:
        """Return the populations, but the input, from which a forward path leads to another one."""
        return self._wiring.leading_to(name) - {self.input}

    def between(self, start: str, end: str) -> frozenset[str]:
        """Return the populations on all forward paths from one to another, both included."""
        return self._wiring.between(start, end)

    @property
    def loss_name(self) -> str:
        """The loss, given or following from the output activation."""
        return self.loss or losses_for(self.populations[self.output].activation)[0]

    @property
    def loss_matches(self) -> bool:
        """Whether the output's local error is T - O, without a factor f'."""
        return is_matching(self.loss_name, self.populations[self.output].activation)

    def size(self, name: str) -> int:
        """Return how many neurons a population has; `error`, `target`, `prediction` as the output.

        Raises
        ------
        NetworkError
            If there is no such population or its size is left to the data.
        """
        if name not in STARTS and name not in self.populations:
            remedy = did_you_mean(name, self.populations) or "look into .populations"
            raise NetworkError(f"'{name}' is not a population of '{self.name}'; {remedy}")
        size = self._wiring.size(name)
        if size is None:
            place = f"populations.{self.output if name in STARTS else name}"
            raise NetworkError(f"{place}.size is left to the data; call .sized(inputs, outputs)")
        return size

    @property
    def is_sized(self) -> bool:
        """Whether no size is left to the data."""
        return all(self._wiring.size(name) is not None for name in self.populations)

    @property
    def geometries(self) -> dict[str, Geometry]:
        """What convolutions, local windows and pooling join, by the names of forward bundles."""
        return self._wiring.geometries

    @property
    def pools(self) -> frozenset[str]:
        """Populations to which pooling leads; they have no bias."""
        return self._wiring.pools

    def n_biases(self, name: str) -> int:
        """Return how many biases a population has, if it has any: one for each neuron or map."""
        return self._wiring.n_biases(name) or self.size(name)

    @property
    def shares(self) -> dict[str, tuple[Bundle[ForwardEdges], ...]]:
        """Forward bundles that hold one array of weights, by the name that they share."""
        return self._wiring.shares

    @property
    def bias_shares(self) -> dict[str, tuple[str, ...]]:
        """Populations that hold one array of biases, by the name that they share."""
        return self._wiring.bias_shares

    def holder(self, bundle: str) -> str:
        """Name the forward bundle that holds the weights of one: the first that shares them."""
        return self._wiring.holders.get(bundle, bundle)

    def bias_holder(self, population: str) -> str:
        """Name the population that holds the biases of one: the first that shares them."""
        return self._wiring.bias_holders.get(population, population)

    def image(self, name: str) -> Image | None:
        """Return (height, width, maps) of a population, None if it is no image."""
        return self._wiring.shapes.get(name)

    def sized(self, inputs: int, outputs: int, shape: Sequence[int] | None = None) -> Network:
        """Return the network with the input and output sizes filled in.

        Parameters
        ----------
        shape
            Of the images that the inputs are, (height, width) or (height, width, maps); needed only
            where the input has none and a convolution, local windows or pooling start from it.

        Raises
        ------
        NetworkError
            If they contradict given sizes, or if edges do not fit them.
        """
        sees_image = any(bundle.edges.rule for bundle in self.forward_at.out_of(self.input))
        ends = DataEnds(self.input, self.output, sees_image)
        filled = sized_populations(self.populations, ends, (inputs, outputs), shape)
        return self.model_copy(update={"populations": filled})

    def with_channel(self, *parts: ChannelPart | ChannelEdges) -> Network:
        """Return the network with exactly the channel that recipes and edges give together.

        Channel populations that recipes need are added; those that no edge uses any more are left
        out, and so is `receive` where nothing arrives any more or an earlier recipe gave it.

        Raises
        ------
        NetworkError
            If a part does not fit this network or two parts give the same edges.
        """
        return self.model_copy(update=self._with_parts(parts))

    def with_fitting(self, *parts: ChannelPart, **fields: Any) -> Network:
        """Return the network with other fields or another channel, none of which is checked again.

        For what follows from a network without defaults and is known to fit. What was found out
        about a forward graph that stays is kept.
        """
        update = (self._with_parts(parts) if parts else {}) | fields
        given = {name: getattr(self, name) for name in self.model_fields_set}
        made = type(self).model_construct(**(given | update))
        if "forward" not in update:
            vars(made).update((name, getattr(self, name)) for name in OF_FORWARD)
        return made

    def _with_parts(self, parts: Sequence[ChannelPart | ChannelEdges]) -> dict[str, Any]:
        """Return the fields that recipes and edges change."""
        edges: list[ChannelEdges] = []
        added: dict[str, Population] = {}
        receiving: dict[str, Receive | None] = {}
        steps: dict[str, dict[str, Any]] = {}
        for part in parts:
            if not isinstance(part, ChannelEdges) and not hasattr(part, "channel"):
                raise NetworkError(
                    f"with_channel must get recipes or channel edges, got {short(part)}; "
                    "call the recipe, for example rbp()"
                )
            edges += [part] if isinstance(part, ChannelEdges) else part.channel(self)
            added |= part.relays(self) if hasattr(part, "relays") else {}
            receiving |= part.receiving(self) if hasattr(part, "receiving") else {}
            steps |= part.steps(self) if hasattr(part, "steps") else {}
        heard = {target for one in edges for _, target in one.arrows}
        for part in parts:
            if hasattr(part, "check_sources"):
                part.check_sources(self, heard)
        update: dict[str, Any] = {"channel": tuple(edges)}
        if steps:
            update["forward"] = with_steps(self.forward, steps)
        populations = repopulated(self.populations, self.relays, added, edges, receiving)
        if populations != self.populations:
            update["populations"] = FrozenDict(populations)
        return update

    @classmethod
    def from_toml(cls, source: str | PathLike[str] | IO[str] | IO[bytes]) -> Network:
        """Read a network from a TOML file, given by its path or open.

        Raises
        ------
        NetworkError
            If the file cannot be read, is not TOML or does not describe a network.
        """
        text, where = read_text(source)
        return cls._parsed(text, where)

    @classmethod
    def from_text(cls, toml_text: str) -> Network:
        """Read a network from TOML text.

        Raises
        ------
        NetworkError
            If it is not TOML or does not describe a network.
        """
        return cls._parsed(toml_text, None)

    @classmethod
    def _parsed(cls, text: str, where: str | None) -> Network:
        try:
            return cls(**in_words_of_today(parse(text), where))
        except NetworkError as error:
            raise (error.located(where) if where else error) from None

    def to_toml(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> str:
        """Return the network as TOML text, from which `from_text` makes an equal one.

        Parameters
        ----------
        path
            A new file to write as well, atomically.
        overwrite
            Replace a file that exists.

        Raises
        ------
        NetworkError
            If the file exists or cannot be written.
        """
        from neurochannel.model.toml_writer import toml_text

        text = toml_text(self.stated())
        if path is not None:
            write_new(path, text, NetworkError, overwrite=overwrite)
        return text
