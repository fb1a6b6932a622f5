"""What every closed form offers: its flow, what the flow conserves, where it ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.data.dataset import Data
from neurochannel.errors import OptionError
from neurochannel.model.network import Network
from neurochannel.theory.forms.given import matrix

STILL = 1e-8
"""Real parts of eigenvalues below this part of the largest entry of the Jacobian count as 0."""


@dataclass(frozen=True)
class FixedPoint:
    """A state that does not change.

    Parameters
    ----------
    state
        (n,).
    eigenvalues
        Of the Jacobian there, (n,) complex, by falling real part.
    stability
        "stable": no eigenvalue grows and those that are 0 belong to neighboring fixed points,
        "unstable": at least one grows, "degenerate": only the higher orders decide.
    """

    state: np.ndarray
    eigenvalues: np.ndarray
    stability: str

    @property
    def stable(self) -> bool:
        """Whether what starts near stays near."""
        return self.stability == "stable"


@dataclass(frozen=True)
class Limit:
    """Where the flow from a start ends.

    Parameters
    ----------
    state
        (n,): the limit, or the last state that was computed.
    status
        "converged", "blew up", "not converged", or "unstable": a fixed point that a small
        disturbance leaves, as on a separatrix.
    how
        "closed form" or "integrated".
    note
        A sentence about what is special; empty if nothing is.
    time
        Until the distance, or the speed, has fallen to 1e-6 of what it was at the start; NaN where
        that is not known. For a flow that blows up, when.
    """

    state: np.ndarray
    status: str
    how: str
    note: str = ""
    time: float = field(default=float("nan"))

    @property
    def converged(self) -> bool:
        """Whether the flow ends in a fixed point that attracts."""
        return self.status == "converged"


class Form(ABC):
    """A system of differential equations for the weights of one network, in full-batch flow.

    States are vectors, (n,) float64, or many at once, (..., n): all matrices of `shapes`, row by
    row. Matrices are those of the papers, (receivers, sources).
    """

    @property
    @abstractmethod
    def shapes(self) -> dict[str, tuple[int, int]]:
        """The matrices that a state consists of, by name: A1, A2, ..., and adaptive C1, C2, ..."""

    @abstractmethod
    def velocity(self, state: np.ndarray) -> np.ndarray:
        """Return d state / dt, (..., n)."""

    @abstractmethod
    def loss(self, state: np.ndarray) -> np.ndarray:
        """Return the mean over the data of |T - O|^2 / 2, (...)."""

    @abstractmethod
    def conserved(self, state: ArrayLike) -> dict[str, np.ndarray]:
        """Return all known quantities that the flow does not change, by formula."""

    @abstractmethod
    def limit(self, start: Any) -> Limit:
        """Return where the flow from a start ends."""

    @abstractmethod
    def fixed_points(self, start: Any) -> tuple[FixedPoint, ...]:
        """Return the known fixed points with the conserved quantities of a start."""

    @property
    @abstractmethod
    def remarks(self) -> tuple[str, ...]:
        """What is special about the system and easily overlooked, one sentence each."""

    @abstractmethod
    def network(self) -> Network:
        """Return the network that is the same system on the engine."""

    @abstractmethod
    def data(self) -> Data:
        """Return a data set with the moments of this system."""

    @abstractmethod
    def weights(self, state: Any) -> dict[str, np.ndarray]:
        """Return weights of both graphs by bundle, (n_source, n_receiver), as the engine has them.

        Where a channel bundle has the name of a forward one it is called ``channel: a -> b``.
        """

    @cached_property
    def n(self) -> int:
        """Numbers in a state."""
        return sum(rows * columns for rows, columns in self.shapes.values())

    def state(self, *matrices: Any, **named: Any) -> np.ndarray:
        """Return a state, (n,), from its matrices in order or by name, or from all its numbers.

        Raises
        ------
        OptionError
            If they are not those of `shapes`.
        """
        if len(matrices) == 1 and not named:
            given = matrices[0]
            if isinstance(given, Mapping):
                return self.state(**given)
            flat = np.asarray(given, np.float64) if _is_flat(given, self.n) else None
            if flat is not None:
                return np.array(matrix(flat, "start", (1, self.n))[0])
        names = list(self.shapes)
        if not named and len(matrices) == 1 and len(names) > 1:
            raise OptionError(
                f"start must be {self.n} numbers or the matrices {', '.join(names)}; "
                f"got shape {np.shape(matrices[0])}"
            )
        if len(matrices) > len(names) or set(named) != set(names[len(matrices) :]):
            raise OptionError(f"start must have the matrices {', '.join(names)}")
        given = dict(zip(names, matrices, strict=False)) | named
        parts = [matrix(given[name], name, shape).ravel() for name, shape in self.shapes.items()]
        return np.concatenate(parts)

    def split(self, state: np.ndarray) -> dict[str, np.ndarray]:
        """Return the matrices of states, (..., rows, columns) views, by name."""
        named, begin = {}, 0
        for name, (rows, columns) in self.shapes.items():
            end = begin + rows * columns
            named[name] = state[..., begin:end].reshape(*state.shape[:-1], rows, columns)
            begin = end
        return named

    def jacobian(self, state: Any) -> np.ndarray:
        """Return d velocity / d state, (n, n), by complex steps: exact to rounding."""
        at, step = self.state(state), 1e-30
        shifted = at + 1j * step * np.eye(self.n)
        jacobian: np.ndarray = self.velocity(shifted).imag.T / step
        return jacobian

    def fixed_point(self, state: Any) -> FixedPoint:
        """Return the stability of a state that does not change."""
        at = self.state(state)
        jacobian = self.jacobian(at)
        eigenvalues = np.linalg.eigvals(jacobian).astype(complex)
        eigenvalues = eigenvalues[np.argsort(-eigenvalues.real, kind="stable")]
        small = STILL * max(float(np.abs(jacobian).max()), 1e-300)
        growing = bool(eigenvalues[0].real > small)
        decaying = bool(eigenvalues[-1].real < -small)
        kind = "unstable" if growing else "stable" if decaying else "degenerate"
        return FixedPoint(at, eigenvalues, kind)


def packed(parts: list[np.ndarray]) -> np.ndarray:
    """Return matrices, (..., rows, columns) each, as states, (..., n)."""
    return np.concatenate([part.reshape(*part.shape[:-2], -1) for part in parts], axis=-1)


def _is_flat(given: Any, n: int) -> bool:
    try:
        return np.shape(given) in ((n,), (1, n), (n, 1)) or (n == 1 and np.shape(given) == ())
    except ValueError:
        return False
