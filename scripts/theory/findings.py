"""A theorem, what it comes down to in numbers, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from neurochannel.study.statistics import Verdict


@dataclass(frozen=True)
class Check:
    """A number and the bound that the statement sets it.

    Parameters
    ----------
    text
        What is computed.
    found
        The number.
    below, above
        One of them is given; NaN is on no side.
    """

    text: str
    found: float
    below: float | None = None
    above: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the number is on the right side."""
        if self.below is not None:
            return self.found < self.below
        return self.above is not None and self.found > self.above

    @property
    def bound(self) -> str:
        """The bound as text."""
        return f"< {self.below:g}" if self.below is not None else f"> {self.above:g}"


@dataclass(frozen=True)
class Findings:
    """What was computed for a theorem.

    Parameters
    ----------
    checks
        What it comes down to.
    figures
        Captions and figures, by file name.
    broken
        What happens when a condition is broken: numbers that are expected on the other side.
    note
        Sentences about the computation.
    """

    checks: tuple[Check, ...]
    figures: dict[str, tuple[str, Figure]]
    broken: tuple[Check, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Theorem:
    """A statement, where it comes from, and how it is computed.

    Parameters
    ----------
    name
        Of its files.
    heading, statement
        A title and one sentence.
    equations
        Lines of the formulas.
    origin, proved, seen
        Where the equations come from, what is proved and what is only seen.
    compute
        Returns the findings.
    conditions
        What is broken in the second table.
    """

    name: str
    heading: str
    statement: str
    equations: str
    origin: str
    proved: str
    seen: str
    compute: Callable[[], Findings] = field(repr=False)
    conditions: str = ""


def verdict(checks: Iterable[Check]) -> Verdict:
    """Return "holds" if all numbers are on the right side."""
    return "holds" if all(check.holds for check in checks) else "does not hold"
