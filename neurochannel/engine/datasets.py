"""What users may hand in where data is asked for; `engine.gate` makes checked data of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike


class Examples(Protocol):
    """Inputs x, (n, inputs), and labels (n,) or targets (n, outputs) t."""

    @property
    def x(self) -> np.ndarray:
        """Inputs."""

    @property
    def t(self) -> np.ndarray:
        """Labels or targets."""


class DataSet(Protocol):
    """Examples to train on and, it may be, to test on; a byte of x is worth `scale`."""

    @property
    def train(self) -> Examples:
        """Examples to learn from."""

    @property
    def test(self) -> Examples | None:
        """Examples that are never learned from."""

    @property
    def scale(self) -> float | tuple[float, ...]:
        """What a byte of x is worth."""


Given = DataSet | Examples | Sequence[ArrayLike] | tuple[Any, ...]
"""A data set, a part of one, (x, t), or (train_x, train_t, test_x, test_t)."""
