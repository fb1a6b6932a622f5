"""Recipes: functions that return descriptions of networks and of learning channels."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, Required, Unpack

import numpy as np
from pydantic import Field

from neurochannel.errors import NetworkError
from neurochannel.model.edge_options import ForwardOptions, WeightsName
from neurochannel.model.edges import ERROR, SHAREABLE, STARTS, ChannelEdges
from neurochannel.model.learning import LEARNING, Learning, StepOptions
from neurochannel.model.limits import (
    Message,
    MessageOptions,
    Receive,
    ReceiveField,
    ReceiveLike,
    UpdateLike,
)
from neurochannel.model.network import Network
from neurochannel.model.populations import BiasLike, PopulationOptions
from neurochannel.model.problems import Problem, did_you_mean
from neurochannel.model.signatures import with_options
from neurochannel.model.synapses import SynapseLike
from neurochannel.model.weights import Init, InitLike, InitOptions

Arrow = tuple[str, str]
Route = Literal["chain", "skip", "cascade", "none"]


def mlp(
    *sizes: int | None,
    activation: str = "tanh",
    output: str = "softmax",
    init: InitLike = "glorot",
    bias: BiasLike = True,
    name: str | None = None,
) -> Network:
    """Describe a multi-layer perceptron without a learning channel.

    Its populations are input, hidden1, hidden2, ..., output.

    Parameters
    ----------
    sizes
        From input to output, at least two; the first and the last may be None: taken from the data.
    activation, output
        Activations of the hidden populations and of the output.
    init
        Initial forward weights.
    bias
        The biases of the hidden populations and of the output.
    name
        The name of the network, "mlp" if None.

    Raises
    ------
    NetworkError
        If there are fewer than two sizes, or a value is out of range.
    """
    if len(sizes) < 2:
        raise NetworkError(
            f"mlp must have at least two sizes, got {len(sizes)}; "
            "give those of the input and the output, for example mlp(784, 100, 10)"
        )
    hidden = [f"hidden{number}" for number in range(1, len(sizes) - 1)]
    names = ["input", *hidden, "output"]
    activations = ["linear", *[activation] * len(hidden), output]
    biases = [True, *[bias] * (len(sizes) - 1)]
    populations: dict[str, PopulationOptions] = {
        label: _population(size, f, biased)
        for label, size, f, biased in zip(names, sizes, activations, biases, strict=True)
    }
    # What is said here could no longer be said by defaults.
    edges: ForwardOptions = {"path": " -> ".join(names)}
    if not (isinstance(init, str) and init == "glorot"):
        edges["init"] = init
    return Network(name="mlp" if name is None else name, populations=populations, forward=[edges])


def _population(size: int | None, activation: str, bias: BiasLike) -> PopulationOptions:
    made: PopulationOptions = {"size": size, "activation": activation}
    if bias is not True:
        made["bias"] = bias
    return made


class ChannelOptions(MessageOptions, StepOptions, total=False):
    """What every channel recipe takes, all of it optional: fields of `Recipe`, see there."""

    fan_in: int | None
    density: float | None
    derivative: bool
    shared: Literal["maps"] | None
    through: Literal["pool"] | None
    init: Init | InitOptions | str | np.ndarray | Sequence[Sequence[float]] | None
    to: str | Iterable[str] | None
    update: UpdateLike
    synapse: SynapseLike
    receive: ReceiveLike


class RecipeOptions(ChannelOptions, total=False):
    """The fields of `Recipe`."""

    route: Required[Route]
    weights: WeightsName
    symmetric: bool


class Recipe(Learning, Message):
    """A rule that gives any network its learning channel; its limits are those of each message.

    Parameters
    ----------
    route
        "chain": the mirror image of every forward bundle above the input, `error` instead of the
        output; "skip": from `error` to every hidden population; "cascade": from `error` and from
        every hidden population to every hidden population below it, from which a forward path
        leads there; "none": no channel edges.
    weights
        The kind of channel weights, see `ChannelEdges`.
    symmetric
        Whether channel edges and the forward bundles of which they are the mirror image have the
        same update, momentum, decay and rate_factor, if the bundles learn: those that are given,
        and otherwise those of the forward bundle.
    fan_in, density
        Sparse channel edges, see `Sparsity`.
    derivative
        Whether contributions are multiplied by f' of the receiver.
    shared
        "maps": what leads to a convolution or local windows has one weight for each map.
    through
        "pool": what would lead to a population that is pooled leads to its pool, and from there
        back to the winners, or to all where the mean is taken.
    init
        Initial channel weights, "glorot" if None; must be None for tied weights.
    to
        Names of the populations that receive; None for all hidden ones.
    update, momentum, decay, rate_factor, synapse
        Of adaptive channel weights: limits of their changes, the rest of their steps, and the
        devices that they are.
    receive
        Limits of what the populations receive, which these then have, see `Population`; None takes
        those away that they have, and where it is left out they keep them.

    Raises
    ------
    NetworkError
        If a value is out of range, or options exclude each other.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
    """

    route: Route
    weights: WeightsName = "random"
    symmetric: Annotated[bool, Field(strict=True)] = False
    fan_in: Annotated[
        int | None,
        Field(strict=True, ge=1, description="Channel edges into each neuron; None for all."),
    ] = None
    density: Annotated[
        float | None,
        Field(
            strict=True,
            gt=0,
            le=1,
            allow_inf_nan=False,
            description="Probability of each channel edge; None for all.",
        ),
    ] = None
    derivative: Annotated[
        bool, Field(strict=True, description="False to leave out f' of the receiver.")
    ] = True
    shared: Annotated[
        Literal["maps"] | None,
        Field(description='"maps" for one weight into each map of convolutions and windows.'),
    ] = None
    through: Annotated[
        Literal["pool"] | None,
        Field(description='"pool" to lead to the pools of populations that are pooled.'),
    ] = None
    init: Annotated[
        Init | None,
        Field(description="Initial channel weights, a name or an `Init`; not for tied weights."),
    ] = None
    to: Annotated[
        tuple[str, ...] | None,
        Field(description="The population or populations that receive; None for all hidden ones."),
    ] = None
    receive: ReceiveField = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[RecipeOptions]) -> None: ...

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        to = value.get("to") if isinstance(value, dict) else None
        return value | {"to": (to,)} if isinstance(to, str) else value

    def _mistakes(self) -> Iterator[Problem]:
        edges = {"path": f"{ERROR} -> hidden", **self.options()}
        for problem in ChannelEdges._attempt(edges)[1]:
            path = problem.path[1:] if problem.path[0] == "message" else problem.path
            yield replace(problem, path=path)
        for key in ("shared", "through"):
            if getattr(self, key) is not None and self.route != "skip":
                yield Problem(
                    (key,), "must be left out unless the channel skips populations; remove it"
                )

    def channel(self, network: Network) -> tuple[ChannelEdges, ...]:
        """Return the channel edges for a network.

        Raises
        ------
        NetworkError
            If `to` names a population that does not receive on this route.
        """
        options, alike = self.options(), list[tuple[dict[str, Any], list[Arrow]]]()
        for arrow in self._chosen(network):
            fields = fitted_options(options, over_maps(network, self, arrow))
            fields |= self._followed(network, arrow)
            known = next((arrows for other, arrows in alike if other == fields), None)
            if known is None:
                alike.append((fields, [arrow]))
            else:
                known.append(arrow)
        return tuple(
            ChannelEdges(path=path, **fields) for fields, arrows in alike for path in joined(arrows)
        )

    def _followed(self, network: Network, arrow: Arrow) -> dict[str, Any]:
        """Return the fields of `Learning` that a channel edge takes from its mirror image."""
        if not self.symmetric:
            return {}
        mirror = network.forward_at.named(self._mirror(network, arrow))
        if mirror is None or not mirror.edges.learn or mirror.edges.pool:
            return {}
        edges = mirror.edges
        given, defaults = self._given(), network.defaults.channel.fields
        otherwise = {key: field.default for key, field in Learning.model_fields.items()} | defaults
        own = {key: getattr(edges, key) for key in LEARNING if key not in given}
        return {key: value for key, value in own.items() if value != otherwise[key]}

    def _mirror(self, network: Network, arrow: Arrow) -> str:
        source, target = arrow
        return f"{target} -> {network.output if source == ERROR else source}"

    def _chosen(self, network: Network) -> list[Arrow]:
        """Return the arrows of the route that lead to where `to` says."""
        arrows = self.arrows(network)
        if self.to is not None:
            receivers = [target for _, target in arrows]
            for name in self.to:
                if name not in receivers:
                    hint = did_you_mean(name, receivers) or "name a hidden population"
                    raise NetworkError(
                        f"to must name populations that this recipe reaches, got '{name}'; {hint}"
                    )
            arrows = [arrow for arrow in arrows if arrow[1] in self.to]
        return arrows

    def check_sources(self, network: Network, heard: Collection[str]) -> None:
        """Refuse to carry on signals that do not arrive.

        Parameters
        ----------
        heard
            What the channel edges of all recipes together lead to.

        Raises
        ------
        NetworkError
            If `to` leaves out a population whose signal another one gets.
        """
        for source, target in self._chosen(network) if self.to is not None else ():
            if source not in heard and source not in STARTS:
                raise NetworkError(
                    f"to must name '{source}' as well, whose signal '{target}' gets on this route; "
                    f"add it, or give it a channel of its own, for example srbp(to='{source}')"
                )

    def steps(self, network: Network) -> dict[str, dict[str, Any]]:
        """Return the fields of `Learning` that forward bundles take from here, by their names."""
        if not self.symmetric:
            return {}
        fields = {key: own for key, own in self._given().items() if key in LEARNING}
        return {self._mirror(network, arrow): fields for arrow in self._chosen(network)}

    def receiving(self, network: Network) -> dict[str, Receive | None]:
        """Return the limits of what populations receive, by name; none if nothing is said."""
        if "receive" not in self.model_fields_set:
            return {}
        return {
            target: self.receive
            for _, target in self.arrows(network)
            if self.to is None or target in self.to
        }

    def arrows(self, network: Network) -> list[Arrow]:
        """Return the (source, target) pairs of the route on a network, from the error down."""
        if self.route == "none":
            return []
        teachable = network.teachable
        if self.route != "chain":
            teachable -= network.pools
        downward = [name for name in reversed(network.forward_order) if name in teachable]
        if self.route == "skip":
            return [arrow for name in downward for arrow in self._skipping(network, name)]
        rank = {name: number for number, name in enumerate([ERROR, *downward])}
        if self.route == "cascade":
            below = {name: network.below(name) for name in downward} | {ERROR: teachable}
            return [(above, name) for above in rank for name in downward if name in below[above]]
        receiving = {*teachable, network.output}
        mirrored = [
            (ERROR if bundle.target == network.output else bundle.target, bundle.source)
            for bundle in network.forward_bundles
            if bundle.source in teachable and bundle.target in receiving
        ]
        return sorted(mirrored, key=lambda arrow: (rank[arrow[0]], rank[arrow[1]]))

    def _skipping(self, network: Network, name: str) -> list[Arrow]:
        """Return the arrows from the error to a population, straight or through its pools."""
        above = network.forward_at.out_of(name)
        pooled = self.through == "pool" and all(b.edges.pool for b in above)
        if not pooled:
            return [(ERROR, name)]
        return [arrow for b in above for arrow in ((ERROR, b.target), (b.target, name))]

    def options(self) -> dict[str, Any]:
        """Return what the recipe says of its edges, as fields of `ChannelEdges`."""
        given = self._given() | {"weights": self.weights}
        limits = {key: given[key] for key in Message.model_fields if key in given}
        others = {key: given[key] for key in ChannelEdges.model_fields if key in given}
        others.pop("shared", None)
        if self.init is None:
            others.pop("init", None)
        return others | ({"message": limits} if limits else {})


def over_maps(network: Network, recipe: Recipe, arrow: Arrow) -> dict[str, Any]:
    """Return what an arrow needs in addition where a convolution, windows or pooling are.

    Against pooling there is nothing to draw: it is tied. Weights of their own against a kernel have
    its shape.
    """
    source, target = arrow
    sender = network.output if source == ERROR else source
    mirror = network.forward_at.named(f"{target} -> {sender}")
    against = mirror.edges if mirror and mirror.edges.rule else None
    if against and against.pool:
        return {"weights": "tied"}
    if against and recipe.weights in SHAREABLE["kernel"]:
        return {"shared": "kernel"}
    into = [b.edges for b in network.forward_at.into(target)] if recipe.shared else []
    if any(edges.conv or edges.local for edges in into):
        return {"shared": recipe.shared}
    return {}


def fitted_options(options: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the options of edges with their own; tied ones have no weights to draw or to learn."""
    gone = ("init", "fan_in", "density", *LEARNING) if own.get("weights") == "tied" else ()
    return {key: value for key, value in options.items() if key not in gone} | own


def joined(arrows: Iterable[Arrow]) -> list[str]:
    """Join arrows to as few paths as a walk from the first unused one gives."""
    given = list(arrows)
    leaving: dict[str, deque[int]] = {}
    for number, (source, _) in enumerate(given):
        leaving.setdefault(source, deque()).append(number)
    paths = []
    for number, (source, _) in enumerate(given):
        if not leaving[source] or leaving[source][0] > number:
            continue
        names = [source]
        while numbers := leaving.get(names[-1]):
            names.append(given[numbers.popleft()][1])
        paths.append(" -> ".join(names))
    return paths


KP_DECAY = 1e-3
"""With batches of 10 at rate 0.1, channel and forward weights of MNIST agree after 8 epochs."""

takes_options = with_options(ChannelOptions, Recipe)


@takes_options
def bp(**options: Unpack[ChannelOptions]) -> Recipe:
    """Backpropagation: the mirror image of the forward graph with tied weights."""
    return Recipe(route="chain", weights="tied", **options)


@takes_options
def sbp(**options: Unpack[ChannelOptions]) -> Recipe:
    """Skipped backpropagation: `error` to each population by the product of the tied weights."""
    return Recipe(route="skip", weights="tied_product", **options)


@takes_options
def rbp(**options: Unpack[ChannelOptions]) -> Recipe:
    """Random backpropagation: the mirror image of the forward graph with fixed random weights."""
    return Recipe(route="chain", weights="random", **options)


@takes_options
def srbp(**options: Unpack[ChannelOptions]) -> Recipe:
    """Skipped random backpropagation: `error` to each population with fixed random weights."""
    return Recipe(route="skip", weights="random", **options)


@takes_options
def arbp(**options: Unpack[ChannelOptions]) -> Recipe:
    """Adaptive random backpropagation: as `rbp`, and the channel weights learn."""
    return Recipe(route="chain", weights="adaptive", **options)


@takes_options
def asrbp(**options: Unpack[ChannelOptions]) -> Recipe:
    """Adaptive skipped random backpropagation: as `srbp`, and the channel weights learn."""
    return Recipe(route="skip", weights="adaptive", **options)


@with_options(ChannelOptions, Recipe, decay=KP_DECAY)
def kp(**options: Unpack[ChannelOptions]) -> Recipe:
    """Kolen-Pollack: as `arbp`, with decay in both channels, so that C becomes W transposed.

    The changes of C are those of W transposed, so each step leaves 1 - rate * decay of C - W'. The
    forward bundles of which the channel is the mirror image get the decay, update, momentum and
    rate_factor that are given, and keep them if the network gets another channel later; of these,
    what is not given here the channel edges take from them.

    Notes
    -----
    After Kolen & Pollack (1994), doi:10.1109/ICNN.1994.374486, and Akrout et al. (2019),
    arXiv:1904.05391.
    """
    options.setdefault("decay", KP_DECAY)
    return Recipe(route="chain", weights="adaptive", symmetric=True, **options)


@takes_options
def cascade(**options: Unpack[ChannelOptions]) -> Recipe:
    """Cascade: random weights from `error` and all populations to all populations below them.

    Signals grow downward, see docs/python-api.md.
    """
    return Recipe(route="cascade", weights="random", **options)


def top_only() -> Recipe:
    """No channel: only the weights into the output population learn."""
    return Recipe(route="none")
