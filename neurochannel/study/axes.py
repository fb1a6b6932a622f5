"""Axes: values with labels, crossed with each other, or moving together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from neurochannel.model.network import Network
from neurochannel.model.problems import short
from neurochannel.study.field_paths import TOPOLOGY

Label = bool | int | float | str
NONE = "none"
LONGEST_LABEL = 60


@dataclass(frozen=True)
class Value:
    """A value of an axis and what it is called in tables; None is a field that is left out."""

    value: Any
    label: Label


@dataclass(frozen=True)
class AxisStep:
    """One position of a set of axes that move together: values by path, labels by column."""

    values: tuple[tuple[str, Value], ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Axis:
    """Axes that move together, most often a single one.

    Parameters
    ----------
    columns
        Their names in tables.
    steps
        Their positions, in order.
    """

    columns: tuple[str, ...]
    steps: tuple[AxisStep, ...]


def value_of(path: str, given: Any) -> Value:
    """Return a value with its label: given as {label, value}, else written in short."""
    if isinstance(given, Mapping) and set(given) == {"label", "value"}:
        label = given["label"]
        return Value(_cleaned(given["value"]), label if isinstance(label, Label) else str(label))
    value = _cleaned(given)
    return Value(value, _label(path, value))


def _cleaned(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, str) and value == NONE else value


def _label(path: str, value: Any) -> Label:
    if value is None:
        return NONE
    if path == TOPOLOGY:
        if isinstance(value, Network):
            return value.name
        if isinstance(value, Mapping):
            return str(value.get("name", "network"))
        if isinstance(value, str | PathLike):
            return Path(value).stem
    if isinstance(value, bool | int | float | str):
        return value
    return short(value)[:LONGEST_LABEL] if hasattr(value, "shape") else _brief(value)


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}={_brief(part)}" for key, part in value.items())
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(map(_brief, value)) + "]"
    else:
        text = str(value)
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 3] + "..."


def single(path: str, given: Sequence[Any], column: str) -> Axis:
    """Return an axis of its own."""
    values = [value_of(path, item) for item in given]
    return Axis((column,), tuple(AxisStep(((path, value),), (value.label,)) for value in values))


def together(
    axes: Mapping[str, Sequence[Any]],
    columns: Mapping[str, str],
    name: str | None,
    labels: Sequence[Label] | None,
) -> Axis:
    """Return axes that move together; under a name of their own they are one column of labels."""
    rows = zip(
        *([value_of(path, item) for item in given] for path, given in axes.items()), strict=False
    )
    steps = []
    for number, row in enumerate(rows):
        own: tuple[Label, ...] = tuple(value.label for value in row)
        if labels is not None:
            own = (labels[number],)
        elif name is not None:
            own = (" ".join(map(str, own)),)
        steps.append(AxisStep(tuple(zip(axes, row, strict=True)), own))
    heads = (name,) if name is not None else tuple(columns.get(path, path) for path in axes)
    return Axis(heads, tuple(steps))


def count(axes: Sequence[Axis]) -> int:
    """Return how many choices of a step for each axis there are."""
    return math.prod(len(axis.steps) for axis in axes)


def crossed(axes: Sequence[Axis]) -> Iterator[tuple[AxisStep, ...]]:
    """Yield all choices of a step for each axis, the last axis fastest."""
    return itertools.product(*(axis.steps for axis in axes))
