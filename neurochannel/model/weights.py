"""Initial weights, and which of the possible edges a bundle has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike
from pydantic import (
    Field,
    GetJsonSchemaHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import CoreSchema

from neurochannel.model.arrays import EdgeList, WeightValues
from neurochannel.model.base import Description
from neurochannel.model.problems import Problem, Remedy, choices_of, short

Distribution = Literal[
    "glorot",
    "glorot_normal",
    "he",
    "he_uniform",
    "uniform",
    "normal",
    "zeros",
    "binary",
    "ternary",
    "signs",
    "explicit",
]
DRAWN = tuple(name for name in choices_of(Distribution) if name != "explicit")


class InitOptions(TypedDict, total=False):
    """The fields of `Init`, and the table that may stand for one."""

    distribution: Distribution
    scale: float
    mean: float
    values: ArrayLike | None


class Init(Description):
    """Initial weights: mean + scale * z, with z drawn from a distribution in its standard form.

    With fan_in and fan_out the mean numbers of edges of this bundle per receiver and per source:

    - glorot: uniform in (-g, g), g = sqrt(6 / (fan_in + fan_out))
    - glorot_normal: normal of variance 2 / (fan_in + fan_out)
    - he: normal of variance 2 / fan_in; he_uniform: uniform in (-h, h), h = sqrt(6 / fan_in)
    - uniform: in (-1, 1); normal: of variance 1; zeros: 0
    - binary: 0 or 1, ternary: -1, 0 or 1, signs: -1 or 1, each with the same probability
    - explicit: z = values

    A distribution's name alone, or an array alone, is short for the whole.

    Parameters
    ----------
    distribution
        One of the above.
    scale, mean
        Factor and offset.
    values
        Explicit weights, (n_source, n_target), or (n_edges,) where the bundle lists its edges;
        (rows, columns, source maps, maps) of a convolution, behind (height, width) for local
        windows; (n_source, maps) of weights that maps share. Stored as a read-only float64 array.

    Raises
    ------
    NetworkError
        If a value is out of range, or values are given without being explicit or the other way.
    """

    distribution: Annotated[Distribution, Field(description="How the weights are drawn.")] = (
        "glorot"
    )
    scale: Annotated[
        float,
        Field(strict=True, gt=0, allow_inf_nan=False, description="Factor of what is drawn."),
        Remedy('leave it out for 1.0, or write init = "zeros" for no weights'),
    ] = 1.0
    mean: Annotated[
        float, Field(strict=True, allow_inf_nan=False, description="Added to what is drawn.")
    ] = 0.0
    values: Annotated[
        WeightValues | None,
        Field(description="Explicit weights: a row for each source neuron, or one for each edge."),
    ] = None

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[InitOptions]) -> None: ...

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"distribution": value}
        if isinstance(value, list | tuple | np.ndarray):
            return {"distribution": "explicit", "values": value}
        if not isinstance(value, Mapping):
            raise ValueError(
                f"must be a name, an array or a table, got {short(value)}; "
                'write for example init = "glorot"'
            )
        return value

    def _mistakes(self) -> Iterator[Problem]:
        fields = frozenset({"distribution", "values"})
        if self.distribution == "explicit" and self.values is None:
            yield Problem(
                ("values",),
                "must be given for explicit weights; write a row for each source",
                fields,
            )
        if self.distribution != "explicit" and self.values is not None:
            yield Problem(
                ("values",),
                f"must be left out for the distribution '{self.distribution}', got weights; "
                'remove them, or write distribution = "explicit"',
                fields,
            )

    @model_serializer(mode="wrap")
    def _dumped(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        brief = self.shortest
        if isinstance(brief, np.ndarray):
            return brief.tolist() if info.mode == "json" else brief
        return brief if isinstance(brief, str) else super()._dumped(handler, info)

    @property
    def shortest(self) -> str | np.ndarray | Init:
        """The short form where it says everything, else the description itself."""
        if self.scale != 1 or self.mean != 0:
            return self
        return self.distribution if self.values is None else self.values

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        table = handler.resolve_ref_schema(handler(core_schema))
        short_forms = [
            {"type": "string", "enum": list(DRAWN)},
            {"type": "array", "items": {"type": "number"}},
            {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        ]
        full = {key: table.pop(key) for key in list(table) if key not in ("title", "description")}
        table["anyOf"] = [*short_forms, full]
        return table


InitLike = Init | InitOptions | str | ArrayLike


class Sparsity(Description):
    """Which of all possible edges of a bundle exist: at most one rule; none means all of them.

    Parameters
    ----------
    fan_in
        Each receiving neuron has this many edges, from sources drawn at random.
    density
        Each edge exists with this probability.
    one_to_one
        Neuron i is the only source of neuron i.
    edges
        Single edges, (n_edges, 2) numbers of [source, receiver] neurons from 0, read-only.
    """

    fan_in: Annotated[
        int | None,
        Field(strict=True, ge=1, description="Edges that each receiving neuron has."),
        Remedy("leave it out for all-to-all edges"),
    ] = None
    density: Annotated[
        float | None,
        Field(
            strict=True, gt=0, le=1, allow_inf_nan=False, description="Probability of each edge."
        ),
        Remedy("leave it out for all-to-all edges"),
    ] = None
    one_to_one: Annotated[
        bool, Field(strict=True, description="Neuron i is the only source of neuron i.")
    ] = False
    edges: Annotated[
        EdgeList | None, Field(description="Single edges: pairs of [source, receiver] numbers.")
    ] = None

    @property
    def is_sparse(self) -> bool:
        """Whether a rule chooses among all possible edges."""
        return bool(self.fan_in or self.density or self.one_to_one or self.edges is not None)

    def _mistakes(self) -> Iterator[Problem]:
        names = (*Sparsity.model_fields, "conv", "local", "pool", "shared")
        changed = self.changed()
        rules = [name for name in names if name in changed]
        for rule in rules[1:]:
            yield Problem(
                (rule,),
                f"must be left out if {rules[0]} is given, because only one key can say which "
                "edges there are; keep one of them",
                frozenset({rule, rules[0]}),
            )
