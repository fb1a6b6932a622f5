"""What a statement comes down to: comparisons of accuracies, each with a margin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

CHANCE = "chance"


@dataclass(frozen=True)
class Reference:
    """An outcome that others have measured."""

    value: float
    name: str

    def __str__(self) -> str:
        """Write it in points of a hundred, with where it is from."""
        return f"{100 * self.value:g} ({self.name})"


@dataclass(frozen=True)
class Comparison:
    """What is stated of a setting: of its outcome, or of the difference a - b, both as means.

    Parameters
    ----------
    axis, a
        A column and a value in it.
    b
        Another value in that column, to which a is compared seed by seed; `CHANCE` for the accuracy
        of guessing; a `Reference`; None for nothing, so that it is about the outcome of a alone.
    above, below, within
        One of them is given: it is greater than `above`, less than `below`, or its magnitude is
        less than `within`.
    where
        Settings of other axes.
    outcome
        What is compared.
    """

    axis: str
    a: Any
    b: Any = None
    above: float | None = None
    below: float | None = None
    within: float | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = "test_accuracy"

    @property
    def text(self) -> str:
        """It as a formula, in points of a hundred."""
        measure = self.outcome.replace("_accuracy", "")
        term = f"{self.a}" if self.b is None else f"{self.a} - {self.b}"
        if self.within is not None:
            formula = f"|{term}| < {100 * self.within:g}"
        elif self.below is not None:
            formula = f"{term} < {100 * self.below:g}"
        else:
            formula = f"{term} > {100 * (self.above or 0.0):g}"
        settings = ", ".join(f"{axis} {value}" for axis, value in self.where.items())
        return f"{formula} ({measure}{', ' + settings if settings else ''})"


@dataclass(frozen=True)
class Statement:
    """A statement that a study decides.

    Parameters
    ----------
    text
        One sentence, in our words.
    comparisons
        What it comes down to.
    needed
        Whether "all" comparisons must hold or "most": more than half.
    approach
        Settings whose way to a training error of 0 is told.
    """

    text: str
    comparisons: tuple[Comparison, ...]
    needed: Literal["all", "most"] = "all"
    approach: tuple[Mapping[str, Any], ...] = ()


def each(
    axis: str, pairs: Mapping[Any, Any] | Iterable[tuple[Any, Any]], **options: Any
) -> tuple[Comparison, ...]:
    """Return the same comparison for several pairs of settings."""
    listed = pairs.items() if isinstance(pairs, Mapping) else pairs
    return tuple(Comparison(axis, a, b, **options) for a, b in listed)


def at(axis: str, values: Iterable[Any], *comparisons: Comparison) -> tuple[Comparison, ...]:
    """Return comparisons at each of several settings of another axis."""
    return tuple(
        replace(c, where={axis: value, **c.where}) for value in values for c in comparisons
    )
