"""Which losses go with which output activation."""

from __future__ import annotations

from typing import Literal

LossName = Literal["cross_entropy", "binary_cross_entropy", "squared_error"]
MATCHING = {
    "softmax": "cross_entropy",
    "logistic": "binary_cross_entropy",
    "linear": "squared_error",
}


def losses_for(activation: str) -> tuple[str, ...]:
    """Return the losses that an output activation can have, its default first."""
    first = MATCHING.get(activation, "squared_error")
    return (first,) if first == "squared_error" else (first, "squared_error")


def is_matching(loss: str, activation: str) -> bool:
    """Tell whether the local error of this pair is T - O, without a factor f'."""
    return MATCHING.get(activation) == loss
