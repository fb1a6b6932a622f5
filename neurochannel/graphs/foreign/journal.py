"""What the steps from a graph of another tool to a network did, and what they must refuse."""

from __future__ import annotations

from neurochannel.errors import NetworkError


class Journal:
    """Lines for the user, and mistakes that are raised together.

    A step that refuses something works on as if it were removed, so that all causes are known at
    once, each with its count and its remedy.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.mistakes: list[str] = []

    def say(self, line: str) -> None:
        """Add a line about what was done."""
        self.lines.append(line)

    def refuse(self, mistake: str) -> None:
        """Add a sentence about what only the user can decide."""
        self.mistakes.append(mistake)

    def check(self) -> None:
        """Raise what was refused.

        Raises
        ------
        NetworkError
            If there is anything.
        """
        if self.mistakes:
            raise NetworkError(self.mistakes)


def counted(n: int, one: str, many: str | None = None) -> str:
    """Write a number and what it counts: "1 edge", "1,200 edges"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def was(n: int) -> str:
    """Return the verb for a number of things."""
    return "is" if n == 1 else "are"
