"""Thousands of starts of one system at once: limits, times, basins and failures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.errors import OptionError
from neurochannel.theory.forms.crowd import settle
from neurochannel.theory.forms.form import Form
from neurochannel.theory.forms.linear_flow import LinearFlow
from neurochannel.theory.forms.linear_limits import FLAT, goes_by_ray, rays_of

LEARNED = 1e-6


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Where many starts of one closed form end.

    Parameters
    ----------
    form
        The system.
    starts, limits
        (m, n) states; a limit is the last state where a start did not converge.
    status
        (m,) "converged", "unstable", "blew up" or "not converged", as in `Limit`.
    times
        (m,) as in `Limit`: for chains until 1e-6 of the way is left, otherwise when it stopped.
    how
        "closed form" or "integrated".
    """

    form: Form = field(repr=False)
    starts: np.ndarray = field(repr=False)
    limits: np.ndarray = field(repr=False)
    status: np.ndarray = field(repr=False)
    times: np.ndarray = field(repr=False)
    how: str

    @cached_property
    def converged(self) -> np.ndarray:
        """(m,) whether a start ends in a fixed point that attracts."""
        converged: np.ndarray = self.status == "converged"
        return converged

    @cached_property
    def learned(self) -> np.ndarray:
        """(m,) whether the loss at the end is within 1e-6 of that of the best map.

        For linear systems, whose data have no noise, the best loss is 0; for others it is the least
        of all starts.
        """
        loss = np.asarray(self.form.loss(self.limits))
        usable = loss[self.converged & np.isfinite(loss)]
        best = 0.0
        if not isinstance(self.form, LinearFlow):
            best = float(usable.min()) if len(usable) else np.nan
        return self.converged & (loss <= best + LEARNED)

    @property
    def failed(self) -> float:
        """The fraction of starts that do not learn."""
        return float(1 - self.learned.mean())

    @cached_property
    def basins(self) -> np.ndarray:
        """(m,) which fixed point: the signs of the forward weights there, such as "+-+"."""
        forward = [name for name in self.form.shapes if name.startswith("A")]
        named = self.form.split(self.limits)
        flat = np.concatenate(
            [named[name].reshape(len(self.limits), -1) for name in forward], axis=1
        )
        letters = np.array(["-", "0", "+"])[np.sign(np.round(flat, 6)).astype(int) + 1]
        return np.array(["".join(row) for row in letters])

    def counts(self) -> dict[str, int]:
        """Return how many starts have each status."""
        names, numbers = np.unique(self.status.astype(str), return_counts=True)
        return {str(name): int(number) for name, number in zip(names, numbers, strict=True)}


def ensemble(form: Form, starts: ArrayLike, until: float = 1e3) -> Ensemble:
    """Return where many starts of a closed form end.

    Chains with a fixed channel or an adaptive skipped one by their closed form; all others by
    integrating them together.

    Parameters
    ----------
    form
        A closed form.
    starts
        (m, n) states.
    until
        Longest time for those that are integrated.

    Raises
    ------
    OptionError
        If the starts are not finite numbers of this shape.
    """
    given = _starts(form, starts)
    if isinstance(form, LinearFlow) and goes_by_ray(form):
        return _by_rays(form, given)
    limits, times, status = settle(form.velocity, given, until)
    return Ensemble(form, given, limits, status, times, "integrated")


def random_starts(form: Form, n: int, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return n starts from the normal distribution with standard deviation `scale`, (n, form.n).

    Raises
    ------
    OptionError
        If n is not at least 1, or scale not above 0.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise OptionError(f"n must be a whole number of at least 1, got {n!r:.40}")
    if not scale > 0 or not np.isfinite(scale):
        raise OptionError(f"scale must be a finite number above 0, got {scale!r:.40}")
    return scale * np.random.default_rng(seed).normal(size=(n, form.n))


def _by_rays(form: LinearFlow, starts: np.ndarray) -> Ensemble:
    rays = rays_of(form, starts)
    tau, found = rays.roots()
    a, c = rays.at(tau)
    limits = np.concatenate([a, c], axis=1) if form.adaptive else a
    scale = rays.beta * np.maximum(1.0, np.abs(limits).max(axis=1)) ** 2
    slope = rays.slope(tau)
    status = np.full(len(starts), "converged", dtype=object)
    resting = tau == 0
    still = np.abs(slope) <= FLAT * scale
    status[np.where(resting, slope > FLAT * scale, still)] = "unstable"
    status[~found] = "not converged"
    times = np.where(still & ~resting, np.inf, rays.times(tau))
    times[~found] = np.nan
    return Ensemble(form, starts, limits, status, times, "closed form")


def _starts(form: Form, starts: Any) -> np.ndarray:
    try:
        given = np.asarray(starts, float)
    except (TypeError, ValueError):
        raise OptionError(f"starts must be numbers, got {starts!r:.40}") from None
    if given.ndim != 2 or given.shape[1] != form.n or len(given) == 0:
        raise OptionError(
            f"starts must have shape (starts, {form.n}), at least one row, got {given.shape}"
        )
    if not np.isfinite(given).all():
        raise OptionError("starts must be finite")
    return given
