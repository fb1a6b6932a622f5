"""What lint says, and how it names places and neurons."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from neurochannel.model.network import Network
from neurochannel.model.problems import cause_of, listed

FEW = 5


class Finding(NamedTuple):
    """Something wrong or suspicious.

    Parameters
    ----------
    level
        "error" or "warning".
    where
        A place in the description: ``populations.hidden1`` or ``channel[0] error -> hidden1``.
    text
        A sentence with the place, what is found there, and a remedy.
    """

    level: Literal["error", "warning"]
    where: str
    text: str

    @property
    def cause(self) -> str:
        """Its sentence without place, names and numbers: equal for what is wrong in many places."""
        return cause_of(self.text.removeprefix(self.where))


def error(where: str, text: str) -> Finding:
    """Return an error whose sentence begins with its place."""
    return Finding("error", where, f"{where} {text}")


def warning(where: str, text: str) -> Finding:
    """Return a warning whose sentence begins with its place."""
    return Finding("warning", where, f"{where} {text}")


def some_neurons(network: Network, population: str, chosen: np.ndarray) -> str:
    """Write which neurons a mask chooses: ``3 of 100 neurons (numbers 4, 17 and 63)``."""
    numbers = np.flatnonzero(chosen)
    if len(numbers) == len(chosen):
        return "its one neuron" if len(chosen) == 1 else f"all {len(chosen):,} neurons"
    given = network.populations[population].neurons
    first = [given[n] if given is not None else n for n in numbers[:FEW]]
    more = [f"{len(numbers) - FEW:,} more"] if len(numbers) > FEW else []
    kind = "" if given is not None else ("number " if len(numbers) == 1 else "numbers ")
    return f"{len(numbers):,} of {len(chosen):,} neurons ({kind}{listed([*first, *more])})"
