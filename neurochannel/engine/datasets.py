"""What the engine asks of a data set."""

from __future__ import annotations

from typing import Protocol

import numpy as np


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
    def n_inputs(self) -> int:
        """Width of x."""

    @property
    def n_outputs(self) -> int:
        """Number of classes, or width of t."""

    @property
    def scale(self) -> float:
        """What a byte of x is worth."""
