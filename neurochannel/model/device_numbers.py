"""Kinds of numbers of which synapses are described: for both directions, intervals, parts."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from neurochannel.model.problems import Remedy, short

PairLike = float | tuple[float, float] | list[float]


def _pair(value: Any) -> Any:
    parts = value if isinstance(value, list | tuple) else [value]
    numbers = [p for p in parts if isinstance(p, int | float) and not isinstance(p, bool)]
    if len(numbers) != len(parts) or len(parts) not in (1, 2) or not all(map(math.isfinite, parts)):
        raise ValueError(
            f"must be a finite number or two in a list, got {short(value)}; "
            "write for example 0.1, or [0.1, 0.5] for up and down"
        )
    return tuple(map(float, parts)) if len(parts) == 2 else float(parts[0])


def _not_negative(value: Any) -> Any:
    if min(value if isinstance(value, tuple) else (value,)) < 0:
        raise ValueError(f"must be at least 0, got {short(value)}; leave it out for none")
    return value


def _two(value: Any) -> Any:
    if not isinstance(value, tuple):
        raise ValueError(f"must be two numbers, [low, high], got {short(value)}; write [-1, 1]")
    return value


_NUMBER = {"type": "number"}
_NUMBERS = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_EITHER = WithJsonSchema({"anyOf": [_NUMBER, _NUMBERS]})
Pair = Annotated[float | tuple[float, float], BeforeValidator(_pair), _EITHER]
"""A number for both directions, or [up, down]."""
AmountPair = Annotated[
    float | tuple[float, float], AfterValidator(_not_negative), BeforeValidator(_pair), _EITHER
]
Interval = Annotated[
    tuple[float, float] | None,
    BeforeValidator(lambda value: None if value is None else _two(_pair(value))),
    WithJsonSchema({"anyOf": [_NUMBERS, {"type": "null"}]}),
]
Fraction = Annotated[
    float, Field(strict=True, ge=0, le=1, allow_inf_nan=False), Remedy("leave it out for none")
]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False), Remedy("leave it out")]


def brief(value: Any) -> str:
    """Write a field of a synapse as shortly as it can be."""
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{part:g}" for part in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
