"""Wires that are broken from the start, which are others on each chip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field

from neurochannel.model.limits.chance import Per
from neurochannel.model.limits.stage import Levels, Stage
from neurochannel.model.problems import Problem, Remedy

_Fraction = Annotated[
    float, Field(strict=True, ge=0, le=1, allow_inf_nan=False), Remedy("leave it out for none")
]


class Faults(Stage):
    """Wires that say nothing, or always the same: round(p n) of n, chosen once for each chip.

    Parameters
    ----------
    dead
        The fraction that says nothing, 0.
    stuck
        The fraction that always says the same, also where nothing is sent.
    stuck_at
        What stuck ones say; None for one of the ends of `range` each, by chance.
    per
        "message": neurons of the source, all wires of which are alike; "wire": single wires.
    """

    dead: Annotated[_Fraction, Field(description="Fraction of wires that never say anything.")] = (
        0.0
    )
    stuck: Annotated[
        _Fraction, Field(description="Fraction of wires that always say the same.")
    ] = 0.0
    stuck_at: Annotated[
        float | None,
        Field(
            strict=True,
            allow_inf_nan=False,
            description="What stuck wires say; -range or range by chance if left out.",
        ),
        Remedy("leave it out for the ends of the range"),
    ] = None
    per: Annotated[
        Per, Field(description="Whether messages are lost for all neurons, or on each wire.")
    ] = "message"

    def _mistakes(self) -> Iterator[Problem]:
        if self.dead + self.stuck > 1:
            yield Problem(
                ("dead",),
                f"must be at most 1 together with stuck, got {self.dead:g} and {self.stuck:g}; "
                "choose smaller fractions",
                frozenset({"dead", "stuck"}),
            )
        if self.stuck_at is not None and not self.stuck:
            yield Problem(
                ("stuck_at",),
                f"must be left out where nothing is stuck, got {self.stuck_at:g}; "
                "remove it, or give a fraction, for example stuck = 0.05",
                frozenset({"stuck", "stuck_at"}),
            )

    @property
    def active(self) -> bool:
        """Whether any are broken."""
        return self.dead > 0 or self.stuck > 0

    @property
    def of_chip(self) -> bool:
        """Always."""
        return True

    @property
    def at_wires(self) -> bool:
        """Whether wires are broken one by one."""
        return self.per == "wire"

    @property
    def kernel(self) -> str:
        """`break_messages`, which at wires is a part of the kernels that deliver."""
        return "break_messages"

    @property
    def numbers(self) -> dict[str, float]:
        """None: which are broken is a map of the chip."""
        return {}

    def delivered(self, n: float) -> float:
        """Return the part that is not broken."""
        return n * (1 - self.dead - self.stuck)

    def levels(self, before: Levels) -> Levels:
        """Return those before it and what broken ones say, if that is known."""
        if self.at_wires:
            return before
        if before is None or (self.stuck and self.stuck_at is None):
            return None
        said = [0.0] * (self.dead > 0) + [self.stuck_at or 0.0] * (self.stuck > 0)
        return np.union1d(before, said)

    @property
    def label(self) -> str:
        """``dead 0.05, stuck 0.01 at 1 per wire``."""
        words = [f"dead {self.dead:g}"] * (self.dead > 0)
        at = "" if self.stuck_at is None else f" at {self.stuck_at:g}"
        words += [f"stuck {self.stuck:g}{at}"] * (self.stuck > 0)
        return " and ".join(words) + " per wire" * self.at_wires

    def remedy(self, largest: float) -> str:
        """Return that fewer are to be broken."""
        return "break fewer wires"
