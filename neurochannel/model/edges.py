"""Edges of both kinds along a path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, Unpack

from pydantic import Field

from neurochannel.model.edge_options import ChannelEdgeOptions, ForwardOptions, WeightsName
from neurochannel.model.edge_paths import OnPath
from neurochannel.model.forward_messages import lossy_by_example, not_forward
from neurochannel.model.kept_attributes import Kept, KeptAttributes, wrong_lengths
from neurochannel.model.learning import LEARNING, Learning
from neurochannel.model.limits import (
    MessageField,
)
from neurochannel.model.maps import Conv, Local, Pool
from neurochannel.model.problems import Problem, Remedy
from neurochannel.model.share_names import Share
from neurochannel.model.synapse_rules import (
    mistakes_of_reading,
    mistakes_of_static,
    trains_of_shared,
)
from neurochannel.model.weights import Init, Sparsity

ERROR, TARGET, PREDICTION = "error", "target", "prediction"
STARTS = (ERROR, TARGET, PREDICTION)
"""What a channel may start from: E, T and O of the output population."""
FOLLOWS_FORWARD = ("tied", "tied_product")
SIGNED = ("concordant", "concordant_redrawn", "congruent")
"""Kinds of channel weights that have the signs of the forward weights, current or initial."""
OWN = ("random", "adaptive", "congruent")
"""Kinds that are stored as they are used."""
REDRAWN = ("redrawn", "concordant_redrawn")
SHAREABLE = {
    "maps": ("random", "adaptive"),
    "kernel": ("random", "adaptive", "redrawn", *SIGNED),
}
"""Weights that wires may share, by how they do."""
ONLY_READ = ("tied", "redrawn")
"""Kinds whose synapse says how they are read, and nothing else."""


InitField = Annotated[Init, Field(description="Initial weights: a name, an array or a table.")]


MAP_RULES = ("conv", "local", "pool")


class Edges(Sparsity, OnPath):
    """What forward and channel edges have in common: a path and a choice of edges on it.

    Parameters
    ----------
    attributes
        What else is known of single edges and nothing computes with, such as transmitters: a table
        of names, each with one value for all or a list. Lists follow `edges`, or all pairs of
        neurons, row by row; edges that are drawn or that windows have take one value for all.
    """

    attributes: Annotated[
        KeptAttributes,
        Field(description="What else is known of its edges: a value for all, or one for each."),
    ] = Kept()

    def _mistakes(self) -> Iterator[Problem]:
        yield from super()._mistakes()
        yield from self._attribute_mistakes()
        init: Init = self.init  # type: ignore[attr-defined]
        if len(self.arrows) > 1:
            for key, array in (("edges", self.edges), ("init.values", init.values)):
                if array is not None:
                    yield Problem(
                        (key,),
                        f"must be on a path of one arrow, got '{self.path}'; "
                        "write one table for each arrow",
                        frozenset({"path", key.split(".")[0]}),
                    )
        elif init.values is not None and not self._shares_weights:
            yield from self._misfits(init.values.shape)

    def _attribute_mistakes(self) -> Iterator[Problem]:
        lists = [key for key, column in self.attributes.items() if isinstance(column, tuple)]
        if lists and (len(self.arrows) > 1 or not self._is_listed):
            yield Problem(
                ("attributes",),
                f"must have one value of '{lists[0]}' for all edges of several bundles, and of "
                "edges that are drawn, tied or those of windows; list the edges in a table for "
                "each arrow",
                frozenset({"attributes", "path", *Sparsity.model_fields}),
            )
        n_edges = None if self.edges is None else len(self.edges)
        for key, n in wrong_lengths(self.attributes, n_edges) if n_edges is not None else ():
            yield Problem(
                ("attributes",),
                f"must have a value of '{key}' for each of the {n_edges} edges, got {n}; "
                "write them in the order of edges",
                frozenset({"attributes", "edges"}),
            )

    @property
    def _is_listed(self) -> bool:
        """Whether it is known which edges there are, one by one."""
        follows = getattr(self, "weights", "") in (*FOLLOWS_FORWARD, *SIGNED)
        drawn = self.fan_in is not None or self.density is not None or self._shares_weights
        return self.edges is not None or not (drawn or follows)

    @property
    def _shares_weights(self) -> bool:
        """Whether weights have the shape of windows or maps, which both ends decide."""
        return False

    def _misfits(self, shape: tuple[int, ...]) -> Iterator[Problem]:
        fields = frozenset({"init", "edges"})
        if self.edges is not None and shape != (len(self.edges),):
            yield Problem(
                ("init", "values"),
                f"must be one weight for each of the {len(self.edges)} edges, got shape {shape}; "
                "write them in the order of edges",
                fields,
            )
        if self.edges is None and len(shape) != 2:
            yield Problem(
                ("init", "values"),
                f"must be a row for each source neuron, got shape {shape}; "
                "write [[...], [...]], or list the edges that these weights belong to",
                fields,
            )


class ForwardEdges(Learning, Edges):
    """Forward edges along a path: the total input of the target gains O_source W.

    Parameters
    ----------
    path
        ``"a -> b -> c"``: one bundle for each arrow.
    init
        Initial weights: an `Init`, a distribution's name, or an array (n_source, n_target).
    share
        A name: all bundles that have it, those of one path among them, hold one array of weights,
        drawn for the first of them. Its change is the sum of the changes that their edges would
        have made alone, which is limited, carried on and added once in each step.
    learn
        False to freeze these weights.
    message
        What happens to activity on its way: the target gets, and weights learn from, Q(O_source).
    update
        A limit on the precision of weight changes.
    momentum, decay, rate_factor
        W <- (1 - r decay) W + v with v <- momentum v + change and r = rate * rate_factor; for
        weights that learn only.
    synapse
        The device that each weight is, see `Synapse`; frozen ones only read, leak and drift.
    conv, local, pool
        Convolution, local windows or pooling: see `Conv`, `Local` and `Pool`.
    fan_in, density, one_to_one, edges
        At most one of these and of the three above, see `Sparsity`.
    attributes
        What else is known of its edges, see `Edges`.

    Raises
    ------
    NetworkError
        If a value is out of range, a key unknown, or two of them exclude each other.
    """

    conv: Annotated[Conv | None, Field(description="Convolution: windows that share weights.")] = (
        None
    )
    local: Annotated[
        Local | None, Field(description="Local windows, each with weights of its own.")
    ] = None
    pool: Annotated[Pool | None, Field(description="Pooling of windows of each map.")] = None
    init: InitField = Init()
    share: Share = None
    learn: Annotated[bool, Field(strict=True, description="Whether the weights change.")] = True
    message: MessageField = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[ForwardOptions]) -> None: ...

    def _mistakes(self) -> Iterator[Problem]:
        yield from super()._mistakes()
        if not self.learn:
            yield from self._if_frozen("weights")
        if self.message is not None:
            yield from not_forward(self.message)
            yield from lossy_by_example(self.message, self.update)
        if self.share is not None:
            yield from trains_of_shared(self.synapse, "for what is shared")
        yield from self._map_mistakes()

    @property
    def _shares_weights(self) -> bool:
        return self.rule is not None

    @property
    def rule(self) -> Conv | Pool | None:
        """The rule that joins images: conv, local or pool."""
        return self.conv or self.local or self.pool

    def _map_mistakes(self) -> Iterator[Problem]:
        name = next((n for n in MAP_RULES if getattr(self, n) is not None), None)
        if name is None:
            return
        if len(self.arrows) > 1:
            yield Problem(
                (name,),
                f"must be on a path of one arrow, got '{self.path}'; "
                "write one table for each arrow",
                frozenset({"path", name}),
            )
        for key in ("init", "share", "learn", *LEARNING) if name == "pool" else ():
            if key in self.changed():
                yield Problem(
                    (key,),
                    "must be left out for pool, which has no weights; remove it",
                    frozenset({key, name}),
                )


class ChannelEdges(Learning, Edges):
    """Edges of the learning channel along a path from `error`, `target`, `prediction` or onward.

    The learning signal of the target gains f'(S) * Q(message) C.

    Parameters
    ----------
    path
        ``"error -> h2 -> h1"``: one bundle for each arrow. `error` stands for T - O of the output,
        `target` for T, `prediction` for O. What arrives at the output takes the place of its error.
    weights
        Where C comes from: "tied" is the transpose of the forward bundle target -> source
        (into the output, where there is none: the identity, one to one),
        "tied_product" that of the product of forward bundles summed over all forward paths;
        "random" is fixed, "adaptive" starts random and learns, "redrawn" is new at each step;
        "concordant" has random magnitudes (redrawn at each step: "concordant_redrawn") and the
        signs of the forward weights; "congruent" has had them since birth and is fixed. Adaptive
        ones change by rate * Q(message)' O / batch, O being the activity of the target; that of a
        relay is what comes back over the wires D by which it delivers to forward populations: the
        sum of O D'.
    init
        Initial weights of all but the tied kinds.
    sets
        Redrawn weights only: k for one of k fixed sets of weights at each step, chosen at random,
        the same for all bundles that have k; None for new ones.
    derivative
        Whether this contribution is multiplied by f'(S) of the target.
    shared
        "kernel": weights of the shape of the kernel of the convolution or local windows target ->
        source, against which the signal runs; "maps": one weight, random or adaptive, for each
        source and map of the target, for all neurons of the map. The change of a shared weight is
        the sum of those of its wires.
    message
        What the physical channel does to each message.
    update
        A limit on the precision of weight changes; adaptive weights only.
    momentum, decay, rate_factor
        C <- (1 - r decay) C + v with v <- momentum v + change and r = rate * rate_factor; adaptive
        weights only.
    synapse
        The device that each adaptive or random weight is, see `Synapse`; random ones only read,
        leak and drift. Tied and redrawn ones have `read_noise` and `bits` only; tied ones without
        it read like the forward weights.
    fan_in, density, one_to_one, edges
        At most one, see `Sparsity`.
    attributes
        What else is known of its edges, see `Edges`.

    Raises
    ------
    NetworkError
        If a value is out of range, a key unknown, or two of them exclude each other.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
    """

    weights: Annotated[WeightsName, Field(description="Where the channel's weights come from.")] = (
        "random"
    )
    init: InitField = Init()
    sets: Annotated[
        int | None,
        Field(
            strict=True,
            ge=2,
            lt=2**32,
            description="How many fixed sets of redrawn weights take turns at random.",
        ),
        Remedy(
            'leave it out for new weights at each step, or write weights = "random" for one set'
        ),
    ] = None
    derivative: Annotated[
        bool, Field(strict=True, description="Whether to multiply by f' of the receiver.")
    ] = True
    shared: Annotated[
        Literal["kernel", "maps"] | None,
        Field(description="Which wires share a weight: as the kernel does, or all into a map."),
    ] = None
    message: MessageField = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[ChannelEdgeOptions]) -> None: ...

    def _mistakes(self) -> Iterator[Problem]:
        yield from super()._mistakes()
        if self.weights in FOLLOWS_FORWARD and "init" in self.model_fields_set:
            yield Problem(
                ("init",),
                f"must be left out for {self.weights} weights, which follow the forward weights; "
                'remove it, or write weights = "random"',
                frozenset({"weights", "init"}),
            )
        if self.shared is not None:
            yield from self._shared_mistakes()
        if self.sets is not None and self.weights not in REDRAWN:
            yield Problem(
                ("sets",),
                f"must be left out for {self.weights} weights, which are not drawn at each step; "
                'remove it, or write weights = "redrawn"',
                frozenset({"weights", "sets"}),
            )
        if self.weights in REDRAWN and self.init.distribution == "explicit":
            yield Problem(
                ("init",),
                f"must be a distribution for {self.weights} weights, got explicit values; "
                'name a distribution, or write weights = "random"',
                frozenset({"weights", "init"}),
            )
        if self.message is not None:
            yield from lossy_by_example(self.message, self.update)
        for key in LEARNING if self.weights != "adaptive" else ():
            if key == "synapse" and self.synapse and self.weights == "random":
                yield from mistakes_of_static(
                    self.synapse,
                    "for random weights, which do not learn",
                    'remove it, or write weights = "adaptive"',
                )
            elif key == "synapse" and self.synapse and self.weights in ONLY_READ:
                yield from mistakes_of_reading(self.synapse, self.weights)
            elif self._is_changed(key):
                why = "have no devices of their own" if key == "synapse" else "do not learn"
                yield Problem(
                    (key,),
                    f"must be left out for {self.weights} weights, which {why}; "
                    'remove it, or write weights = "adaptive"',
                    frozenset({"weights", key}),
                )

    @property
    def _shares_weights(self) -> bool:
        return self.shared is not None

    def _shared_mistakes(self) -> Iterator[Problem]:
        if self.weights not in SHAREABLE[self.shared or "maps"]:
            yield Problem(
                ("shared",),
                f"must be left out for {self.weights} weights; remove it, or write weights = "
                '"random" or "adaptive"',
                frozenset({"weights", "shared"}),
            )
