"""One p-value and where it comes from."""

from __future__ import annotations

from typing import NamedTuple

OWN = "own tests"


class Result(NamedTuple):
    """A p-value of one test on one stream."""

    battery: str
    stream: str
    test: str
    p: float

    @property
    def tail(self) -> float:
        """Probability of a p-value as near to 0 or 1 as this one: too good is suspicious too."""
        return min(1.0, 2 * min(self.p, 1 - self.p))
