"""Chains of non-linear neurons over a finite set of examples, with and without f' in the rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neurochannel.theory.forms import power_limits
from neurochannel.theory.forms.form import FixedPoint, Limit
from neurochannel.theory.forms.nonlinear_flow import NonlinearFlow


@dataclass(frozen=True, eq=False)
class Nonlinear(NonlinearFlow):
    """The chain A[1, ..., 1] with O_h = f(S_h) in hidden neurons and a linear output.

    a_h' = mean over the examples of R_h O_{h-1}, R_L = E = T - O_L, and below it
    R_h = f'(S_h) times

    - bp: a_{h+1} R_{h+1}
    - rbp, arbp: c_h R_{h+1}
    - srbp, asrbp: c_h E

    The adaptive ones have c_h' = mean of O_h R_{h+1}, and of O_h E.

    Parameters
    ----------
    x, t
        (n,) inputs and targets.
    activation
        "tanh", "logistic", "linear" or "power(MU)", MU > 0: S^MU for a whole MU, otherwise
        sign(S) |S|^MU; "power(1/3)" is read as well.
    c
        The L - 1 channel weights of rbp and srbp; of the others how many there are: L - 1.
    channel
        "bp", "rbp", "srbp", "arbp" or "asrbp".
    derivative
        Whether f' is in the rule.

    Raises
    ------
    OptionError
        If a value is out of range.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734, where hidden neurons are powers.
    """

    def limit(self, start: Any) -> Limit:
        """Return where the flow from a start ends; see `power_limits` for the formulas.

        Raises
        ------
        OptionError
            If the start has another length.
        """
        return power_limits.limit(self, self.state(start))

    def fixed_points(self, start: Any) -> tuple[FixedPoint, ...]:
        """Return the fixed points that have the conserved quantities of a start.

        For powers with f' in A[1, 1, 1] all of them; otherwise the limit alone, if it is one.
        """
        points = power_limits.fixed_points(self, self.state(start))
        return tuple(self.fixed_point(point) for point in points)
