"""The fields of edges as tables, for type checkers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Required

from numpy.typing import ArrayLike

from neurochannel.model.learning import StepOptions
from neurochannel.model.limits import MessageLike, UpdateLike
from neurochannel.model.maps import Conv, ConvOptions, Local, Pool, PoolOptions
from neurochannel.model.synapses import SynapseLike
from neurochannel.model.weights import InitLike

WeightsName = Literal[
    "tied",
    "tied_product",
    "random",
    "adaptive",
    "redrawn",
    "concordant",
    "concordant_redrawn",
    "congruent",
]


class EdgeOptions(StepOptions, total=False):
    """The fields that edges of both kinds have.

    `update` stands where a table is complete, since pyright takes an inherited one for a method.
    """

    path: Required[str]
    init: InitLike
    fan_in: int | None
    density: float | None
    one_to_one: bool
    edges: ArrayLike | None
    attributes: Mapping[str, Any]


class ForwardOptions(EdgeOptions, total=False):
    """The fields of `ForwardEdges`, and the table that may stand for one."""

    conv: Conv | ConvOptions | None
    local: Local | ConvOptions | None
    pool: Pool | PoolOptions | None
    share: str | None
    learn: bool
    message: MessageLike
    update: UpdateLike
    synapse: SynapseLike


class ChannelEdgeOptions(EdgeOptions, total=False):
    """The fields of `ChannelEdges`, and the table that may stand for one."""

    weights: WeightsName
    sets: int | None
    derivative: bool
    shared: Literal["kernel", "maps"] | None
    message: MessageLike
    update: UpdateLike
    synapse: SynapseLike
