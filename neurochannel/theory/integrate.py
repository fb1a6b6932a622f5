"""One way to integrate any flow: SciPy's solvers, stopped where nothing moves or all blows up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.integrate
from scipy.integrate import OdeSolution
from scipy.optimize import brentq

from neurochannel.errors import OptionError

CONVERGED, BLOWN, ENDED = "converged", "blew up", "end of the interval"
STOPPED, GAVE_UP, LATE = "stopped by an event", "too many evaluations", "out of time"
METHODS = ("DOP853", "RK45", "RK23", "LSODA", "Radau", "BDF")
IMPLICIT = ("Radau", "BDF", "LSODA")
LARGEST = 1e9
"""A weight beyond this counts as blown up; in finite time it is reached just before the pole."""

MOST = 1_000_000
"""Evaluations after which an integration gives up."""

Velocity = Callable[[np.ndarray], np.ndarray]
Event = Callable[[float, np.ndarray], float]


@dataclass(frozen=True)
class Path:
    """A solution as the solver returned it.

    Parameters
    ----------
    times, states
        (k,) and (k, n).
    status
        "converged", "blew up", "stopped by an event", "end of the interval", "too many evaluations"
        or "out of time".
    evaluations
        How often the right-hand side was computed.
    event_times
        For each event the times at which it was 0.
    between
        A function of time that interpolates; None if it was not asked for.
    """

    times: np.ndarray
    states: np.ndarray
    status: str
    evaluations: int
    event_times: tuple[np.ndarray, ...]
    between: Callable[[float], np.ndarray] | None

    @property
    def converged(self) -> bool:
        """Whether nothing moved any more at the end."""
        return self.status == CONVERGED


def integrate(
    velocity: Velocity,
    start: np.ndarray,
    *,
    until: float,
    tolerance: float = 1e-10,
    still: float = 1e-9,
    save_at: Sequence[float] | np.ndarray | None = None,
    dense: bool = False,
    method: str = "DOP853",
    events: Sequence[Event] = (),
    most: int = MOST,
    seconds: float = math.inf,
) -> Path:
    """Integrate state' = velocity(state) from t = 0.

    Parameters
    ----------
    velocity
        Of (n,) to (n,); numbers that are not finite mean that the state is out of its domain.
    start
        (n,).
    until
        Longest time.
    tolerance
        Relative error of a step; the absolute one is the same part of the largest weight.
    still
        The flow has converged when the fastest number changes by less per unit of time.
    save_at
        Times to keep; each of the solver's steps if None.
    dense
        Whether to keep a function that interpolates.
    method
        A solver of `scipy.integrate`.
    events
        Functions of (t, state) whose zeros are reported; one with an attribute `terminal` that is
        true ends the flow.
    most
        Evaluations after which the integration ends.
    seconds
        Longest time to compute; the step at hand is completed.
    """
    check_options(until, tolerance, still, method)
    times = None if save_at is None else _times(save_at, until)
    scale = max(float(np.abs(start).max(initial=0.0)), 1e-3)
    solver = getattr(scipy.integrate, method)(
        lambda t, state: velocity(state),
        0.0,
        start,
        float(until),
        rtol=max(tolerance, 2.3e-14),
        atol=tolerance * scale,
    )
    kept = _Kept(times, dense, events, start)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        status = _run(solver, kept, still, (most, time.monotonic() + seconds), velocity)
    return kept.path(status, solver)


def _run(
    solver: Any, kept: _Kept, still: float, ends: tuple[int, float], velocity: Velocity
) -> str:
    """Step until the flow ends; return its status.

    Parameters
    ----------
    ends
        Most evaluations, and the time of the clock after which no other step begins.
    """
    most, late = ends
    if np.abs(velocity(solver.y)).max(initial=0.0) < still:
        return CONVERGED
    while solver.nfev < most:
        if time.monotonic() > late:
            return LATE
        solver.step()
        if solver.status == "failed" or not np.isfinite(solver.y).all():
            return BLOWN
        if kept.step(solver):
            return STOPPED
        if np.abs(solver.y).max() > LARGEST:
            return BLOWN
        moving = solver.f if hasattr(solver, "f") else velocity(solver.y)
        if np.abs(moving).max() < still:
            return CONVERGED
        if solver.status == "finished":
            return ENDED
    return GAVE_UP


class _Kept:
    """What of a solution is kept while it is made."""

    def __init__(
        self, times: np.ndarray | None, dense: bool, events: Sequence[Event], start: np.ndarray
    ) -> None:
        self._asked, self._dense, self._events = times, dense, events
        first = times is None or times[0] == 0
        self._times = [0.0] if first else []
        self._states = [start.copy()] if first else []
        self._steps, self._pieces = [0.0], list[Any]()
        self._signs = [event(0.0, start) for event in events]
        self._found: list[list[float]] = [[] for _ in events]
        self._start = start

    def step(self, solver: Any) -> bool:
        """Take over a step; return whether an event ended the flow."""
        begin, end = solver.t_old, solver.t
        between: Any = solver.dense_output() if self._needs_between(begin, end) else None
        ends = self._zeros(begin, end, solver.y, between)
        last = min(ends, default=end)
        if self._asked is None:
            self._add(last, solver.y if last == end else between(last))
        else:
            inside = (self._asked > begin) & (self._asked <= last)
            for time in self._asked[inside]:
                self._add(time, solver.y if time == end else between(time))
        if self._dense:
            self._steps.append(last)
            self._pieces.append(between)
        if ends and self._asked is not None:
            self._add(last, between(last))
        return bool(ends)

    def path(self, status: str, solver: Any) -> Path:
        """Return what was kept, and the last state."""
        behind = not self._times or self._times[-1] < solver.t
        if status != STOPPED and behind and (self._asked is None or status != ENDED):
            self._add(solver.t, solver.y)
        between: Callable[[float], np.ndarray] | None = None
        if self._dense and self._pieces:
            between = OdeSolution(self._steps, self._pieces)
        elif self._dense:
            between = lambda t: self._start.copy()  # noqa: E731
        found = tuple(np.array(own) for own in self._found)
        return Path(
            np.array(self._times), np.array(self._states), status, int(solver.nfev), found, between
        )

    def _add(self, time: float, state: np.ndarray) -> None:
        self._times.append(float(time))
        self._states.append(state.copy())

    def _needs_between(self, begin: float, end: float) -> bool:
        if self._dense or self._events:
            return True
        return self._asked is not None and bool(
            np.any((self._asked > begin) & (self._asked <= end))
        )

    def _zeros(self, begin: float, end: float, state: np.ndarray, between: Any) -> list[float]:
        """Note the zeros of all events in a step; return those that end the flow."""
        ends = []
        for number, event in enumerate(self._events):
            after = event(end, state)
            if self._signs[number] * after < 0 or (after == 0 and self._signs[number] != 0):

                def value(t: float, event: Event = event) -> float:
                    return float(event(t, between(t)))

                at = end if after == 0 else float(brentq(value, begin, end))
                self._found[number].append(at)
                ends += [at] if getattr(event, "terminal", False) else []
            self._signs[number] = after
        return ends


def check_options(until: float, tolerance: float, still: float, method: str) -> None:
    """Check the options of an integration.

    Raises
    ------
    OptionError
        If one is out of range.
    """
    named = {"until": until, "tolerance": tolerance, "still": still}
    for name, value in named.items():
        real = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not real or not np.isfinite(value) or not value > 0:
            raise OptionError(f"{name} must be a finite number above 0, got {value!r:.40}")
    if method not in METHODS:
        raise OptionError(f"method must be one of {', '.join(METHODS)}, got {method!r:.40}")


def _times(save_at: Sequence[float] | np.ndarray, until: float) -> np.ndarray:
    try:
        times = np.asarray(save_at, float)
    except (TypeError, ValueError):
        raise OptionError(f"save_at must be times, got {save_at!r:.40}") from None
    if times.ndim != 1 or len(times) == 0 or not np.isfinite(times).all():
        raise OptionError("save_at must be finite times in a row, at least one")
    if np.any(np.diff(times) <= 0) or times[0] < 0 or times[-1] > until:
        raise OptionError(f"save_at must be rising times between 0 and until, {until:g}")
    return times
