"""Exact learning curves of gradient descent in linear networks with one hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurochannel.errors import OptionError
from neurochannel.theory.forms.given import vector
from neurochannel.theory.forms.linear import Linear


@dataclass(frozen=True, eq=False)
class Modes:
    """The modes of A[N, H, M] under backpropagation from balanced, aligned starts.

    With S_TI = U diag(s) V^T and S_II = V diag(l) V^T, A1 = R diag(sqrt(u)) V^T and
    A2 = U diag(sqrt(u)) R^T for any R with R^T R = 1, each strength u_k follows

    u' = 2 u (s - l u), so u(t) = s / (l + (s / u_0 - l) exp(-2 s t))

    Parameters
    ----------
    s
        (k,) singular values of S_TI, at least 0.
    u
        (k,) strengths at t = 0, above 0.
    variances
        (k,) variances l of the inputs along the modes; 1, that is, white inputs, if left out.

    Raises
    ------
    OptionError
        If a value is out of range.

    Notes
    -----
    After Saxe, McClelland & Ganguli (2014), arXiv:1312.6120, who take l = 1.
    """

    s: np.ndarray
    u: np.ndarray
    variances: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "s", vector(self.s, "s"))
        n = len(self.s)
        object.__setattr__(self, "u", vector(self.u, "u", n))
        given = np.ones(n) if self.variances is None else self.variances
        object.__setattr__(self, "variances", vector(given, "variances", n))
        for name, array, bound in (
            ("s", self.s, -1e-300),
            ("u", self.u, 0.0),
            ("variances", self.lengths, 0.0),
        ):
            if np.min(array) <= bound:
                rule = "at least 0" if bound < 0 else "above 0"
                raise OptionError(f"{name} must be {rule}, got {float(np.min(array)):g}")

    @property
    def lengths(self) -> np.ndarray:
        """The variances l, (k,)."""
        return np.asarray(self.variances)

    def strength(self, t: np.ndarray | float) -> np.ndarray:
        """Return u(t), (..., k) for times (...)."""
        time = np.asarray(t, float)[..., None]
        s, lengths, u = self.s, self.lengths, self.u
        safe = np.where(s > 0, s, 1.0)
        rising = safe / (lengths + (safe / u - lengths) * np.exp(-2 * safe * time))
        found: np.ndarray = np.where(s > 0, rising, u / (1 + 2 * lengths * u * time))
        return found

    def loss(self, t: np.ndarray | float) -> np.ndarray:
        """Return the loss that is still to be learned: sum of l (u - s / l)^2 / 2, (...)."""
        off = self.strength(t) - self.s / self.lengths
        loss: np.ndarray = np.sum(self.lengths * off * off, axis=-1) / 2
        return loss

    def time_to(self, part: float) -> np.ndarray:
        """Return when each mode has reached a part of its final strength s / l, (k,).

        Raises
        ------
        OptionError
            If `part` is not between 0 and 1.
        """
        if not 0 < part < 1:
            raise OptionError(f"part must lie between 0 and 1, got {part}")
        with np.errstate(divide="ignore", invalid="ignore"):
            time = np.log((self.s / self.u - self.lengths) * part / (self.lengths * (1 - part)))
            time = time / (2 * self.s)
        found: np.ndarray = np.where(self.s > 0, time, np.nan)
        return found

    def system(self, seed: int = 0, hidden: int | None = None) -> tuple[Linear, np.ndarray]:
        """Return a linear network with such modes along random directions, and its aligned start.

        Parameters
        ----------
        seed
            Of the directions U, V and R.
        hidden
            Hidden neurons, at least as many as modes; as many if None.

        Raises
        ------
        OptionError
            If there are fewer hidden neurons than modes.
        """
        k = len(self.s)
        hidden = k if hidden is None else hidden
        if hidden < k:
            raise OptionError(f"hidden must be at least the number of modes, {k}, got {hidden}")
        draw = np.random.default_rng(seed)
        u, v = _rotation(draw, k), _rotation(draw, k)
        r = _rotation(draw, hidden)[:, :k]
        s_ii = v @ np.diag(self.lengths) @ v.T
        form = Linear((k, hidden, k), (s_ii + s_ii.T) / 2, u @ np.diag(self.s) @ v.T, "bp")
        root = np.diag(np.sqrt(self.u))
        return form, form.state(r @ root @ v.T, u @ root @ r.T)

    def strengths_of(self, form: Linear, state: np.ndarray, seed: int = 0) -> np.ndarray:
        """Return the strengths of the modes of `system(seed)` in states, (..., k)."""
        draw = np.random.default_rng(seed)
        u, v = _rotation(draw, len(self.s)), _rotation(draw, len(self.s))
        found: np.ndarray = np.diagonal(u.T @ form.product(state) @ v, axis1=-2, axis2=-1)
        return found


def _rotation(draw: np.random.Generator, n: int) -> np.ndarray:
    q, r = np.linalg.qr(draw.normal(size=(n, n)))
    rotation: np.ndarray = q * np.sign(np.diag(r))
    return rotation
