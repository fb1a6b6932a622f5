"""An experiment: a study, the statements that it decides, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.paper.comparisons import Statement

MOST_CURVES = 7
"""More of them in one panel cannot be told apart."""


@dataclass(frozen=True)
class Curves:
    """A figure of error over epochs, on the training and on the test set.

    Parameters
    ----------
    by
        The axis that tells curves apart.
    values
        Which of its settings are drawn, in this order.
    where
        Settings of other axes.
    name
        Added to the file's name where an experiment has several figures.
    """

    by: str
    values: tuple[Any, ...]
    where: Mapping[str, Any] = field(default_factory=dict)
    name: str = "curves"

    @property
    def caption(self) -> str:
        """What it shows."""
        return f"Error over epochs by {self.by}{_told(self.where)}"


@dataclass(frozen=True)
class Ends:
    """A figure of the errors at the end against an axis.

    Parameters
    ----------
    against, by
        The axis along the figure, and the one that tells curves apart.
    where
        Settings of other axes.
    name
        Added to the file's name.
    """

    against: str
    by: str
    where: Mapping[str, Any] = field(default_factory=dict)
    name: str = "end"

    @property
    def caption(self) -> str:
        """What it shows."""
        return f"Error at the end by {self.against}{_told(self.where)}"


@dataclass(frozen=True)
class Experiment:
    """A study and what it decides.

    Parameters
    ----------
    name
        Of its file studies/NAME.toml.
    section
        Of the paper; empty for what is ours.
    title
        A few words.
    statements
        What it decides.
    figures
        How it is drawn.
    note
        What is known beforehand, and how words were read.
    """

    name: str
    section: str
    title: str
    statements: tuple[Statement, ...]
    figures: tuple[Curves | Ends, ...]
    note: str = ""

    @property
    def heading(self) -> str:
        """The title after the number of the section."""
        return f"{self.section}: {self.title}" if self.section else self.title


def curves_for(
    axis: str, values: tuple[Any, ...], by: str, settings: tuple[Any, ...]
) -> tuple[Curves, ...]:
    """Return a figure for each of several settings of an axis."""
    return tuple(Curves(by, settings, {axis: value}, str(value).lower()) for value in values)


def _told(settings: Mapping[str, Any]) -> str:
    return "".join(f", {axis} {value}" for axis, value in settings.items())
