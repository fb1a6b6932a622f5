"""Linear networks of any sizes with the moments of their data: all channels of the papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.errors import OptionError
from neurochannel.theory.forms import linear_limits
from neurochannel.theory.forms.form import FixedPoint, Limit
from neurochannel.theory.forms.given import covariance, number
from neurochannel.theory.forms.linear_flow import ChannelName, LinearFlow, check_sizes


@dataclass(frozen=True, eq=False)
class Linear(LinearFlow):
    """A linear network: O = P I with P = A_L ... A_1, and D = S_TI - P S_II, the mean of E I^T.

    A_h' = G_h D (A_{h-1} ... A_1)^T, where G_L is the identity and below it

    - bp: G_h = (A_L ... A_{h+1})^T
    - rbp, arbp: G_h = C_h G_{h+1}, C_h of shape (N_h, N_{h+1})
    - srbp, asrbp: G_h = C_h of shape (N_h, N_L)

    and the adaptive ones have C_h' = (A_h ... A_1) (G_{h+1} D)^T and (A_h ... A_1) D^T.

    Parameters
    ----------
    sizes
        N_0, ..., N_L.
    s_ii, s_ti
        mean of I I^T, (N_0, N_0), and of T I^T, (N_L, N_0).
    channel
        "bp", "rbp", "srbp", "arbp" or "asrbp".
    c
        The matrices C_1, ..., C_{L-1} of rbp and srbp; of the others none: there they are those of
        the forward weights, or a part of the state.

    Raises
    ------
    OptionError
        If sizes, shapes or numbers do not suit each other.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734, and, for channels that adapt,
    arXiv:1712.08608. In linear networks rbp is srbp with the products of its matrices.
    """

    def limit(self, start: Any) -> Limit:
        """Return where the flow from a start ends; see `linear_limits` for the formulas.

        Raises
        ------
        OptionError
            If the start has other shapes.
        """
        return linear_limits.limit(self, self.state(start))

    def fixed_points(self, start: Any) -> tuple[FixedPoint, ...]:
        """Return the fixed points that have the conserved quantities of a start.

        All of them where the flow is one-dimensional: chains but those of bp (of longer arbp ones
        those without error), and A[N,1,M]. Otherwise the limit from the start alone, if it is one.
        """
        points = linear_limits.fixed_points(self, self.state(start))
        return tuple(self.fixed_point(point) for point in points)


def chain(
    c: ArrayLike | int,
    alpha: float = 1.0,
    beta: float = 1.0,
    *,
    channel: ChannelName = "srbp",
) -> Linear:
    """Return the linear chain A[1, ..., 1] of L weights.

    a_h' = c_h a_1 ... a_{h-1} (alpha - beta a_1 ... a_L) with c_L = 1 for srbp, and accordingly for
    the others.

    Parameters
    ----------
    c
        The L - 1 weights of a fixed channel, from the lowest hidden neuron up; for bp, arbp and
        asrbp how many there are: L - 1.
    alpha, beta
        mean of T I, and of I^2, which is above 0.
    channel
        "bp", "rbp", "srbp", "arbp" or "asrbp".

    Raises
    ------
    OptionError
        If a value is out of range.
    """
    number(alpha, "alpha")
    number(beta, "beta", above=0)
    if channel in ("rbp", "srbp"):
        own = tuple(np.atleast_1d(np.asarray(c, dtype=object)))
        return Linear((1,) * (len(own) + 2), _one(beta), _one(alpha), channel, own)
    if isinstance(c, bool) or not isinstance(c, int | np.integer) or c < 0:
        raise OptionError(
            f"c must be the number of hidden neurons for {channel}, got {c!r:.40}; "
            "weights that follow or adapt are not given"
        )
    return Linear((1,) * (int(c) + 2), _one(beta), _one(alpha), channel)


def autoencoder(
    inputs: int,
    hidden: int,
    s_ii: ArrayLike | None = None,
    *,
    channel: ChannelName = "rbp",
    c: ArrayLike | None = None,
) -> Linear:
    """Return the linear autoencoder A[N, H, N], whose targets are its inputs.

    Parameters
    ----------
    inputs, hidden
        N and H.
    s_ii
        mean of I I^T, (N, N); the identity, that is, decorrelated inputs, if left out.
    channel
        "bp", "rbp", "srbp", "arbp" or "asrbp".
    c
        The matrix of a fixed channel, (H, N).

    Raises
    ------
    OptionError
        If a value is out of range.
    """
    sizes = (inputs, hidden, inputs)
    check_sizes(sizes)
    s = covariance(np.eye(inputs) if s_ii is None else s_ii, "s_ii", inputs)
    return Linear(sizes, s, s, channel, () if c is None else (cast(np.ndarray, c),))


def _one(value: float) -> np.ndarray:
    return np.full((1, 1), value)
