"""Stages at which the neurons of a source compete for the wires."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from neurochannel.model.limits.stage import Levels, Stage
from neurochannel.model.problems import Remedy

MOST = 2**31 - 1


class Budget(Stage):
    """Only the largest messages of an example are sent, each with the number of its neuron.

    0 but for the `budget` largest |x| among the neurons of the source; of equal ones, those of
    lower numbers.

    Parameters
    ----------
    budget
        How many; None for all.
    """

    budget: Annotated[
        int | None,
        Field(
            strict=True,
            ge=1,
            le=MOST,
            description="How many messages of an example are sent, the largest ones.",
        ),
        Remedy("leave it out for all"),
    ] = None

    @property
    def withholds(self) -> bool:
        """Always."""
        return True

    @property
    def silences(self) -> bool:
        """Always."""
        return True

    @property
    def local(self) -> bool:
        """Never: neurons compare their numbers."""
        return False

    @property
    def kernel(self) -> str:
        """`send_largest`."""
        return "send_largest"

    @property
    def numbers(self) -> dict[str, float]:
        """How many."""
        return {} if self.budget is None else {"budget": self.budget}

    def sent(self, n: float) -> float:
        """Return as many as there is a budget for."""
        return n if self.budget is None else min(n, self.budget)

    def address_bits(self, n: int) -> int:
        """Return the bits of a neuron's number."""
        return (n - 1).bit_length()

    def levels(self, before: Levels) -> Levels:
        """Return those before it, and silence."""
        return None if before is None else np.union1d(before, [0.0])

    @property
    def text(self) -> str:
        """``the 3 largest only``."""
        return f"the {self.budget} largest only"

    def remedy(self, largest: float) -> str:
        """Return that more is to be sent."""
        return "choose a larger budget"
