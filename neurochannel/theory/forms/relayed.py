"""Chains with relayed adaptive channels (arbp): the curve that a start stays on, and its roots.

With L weights, a_{h+1} - c_h = d_h and c_h^2 - a_h^2 = k_h are conserved for h = 1, ..., L - 1, so
that a start stays on a curve: a_1 decides all others up to the signs of the c_h, as
c_h = +-sqrt(a_h^2 + k_h) and a_{h+1} = c_h + d_h. Where the curve is closed and has no root of
the error, the flow circles without end.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.optimize import brentq

from neurochannel.theory.forms.form import Limit
from neurochannel.theory.forms.linear_flow import LinearFlow
from neurochannel.theory.forms.settling import LONGEST, MOST_IMPLICIT, STILL, TOLERANCE, ended_at
from neurochannel.theory.integrate import integrate

POINTS = 4001
CLOSE = 1e-6
FIRST = 100.0
"""Time within which a circle is looked for."""


def limit(form: LinearFlow, start: np.ndarray) -> Limit:
    """Return where the flow from a start, (n,), ends, or the period with which it circles."""
    pace = form.velocity(start)

    def passed(t: float, state: np.ndarray) -> float:
        return float((state - start) @ pace)

    path = integrate(
        form.velocity,
        start,
        until=FIRST,
        tolerance=TOLERANCE,
        still=STILL,
        dense=True,
        events=[passed],
        most=MOST_IMPLICIT,
    )
    if path.status != "end of the interval" or path.between is None:
        return ended_at(form, path)
    size = max(1.0, float(np.abs(start).max()))
    for time in path.event_times[0]:
        state = path.between(time)
        if np.abs(state - start).max() < CLOSE * size and form.velocity(state) @ pace > 0:
            note = f"the flow circles with a period of {time:.6g}: its curve has no fixed point"
            return Limit(
                path.states[-1], "not converged", "integrated", note, float(path.times[-1])
            )
    rest = integrate(
        form.velocity,
        path.states[-1],
        until=LONGEST,
        tolerance=TOLERANCE,
        still=STILL,
        save_at=[LONGEST],
        most=MOST_IMPLICIT,
    )
    return ended_at(form, rest, FIRST)


def roots(form: LinearFlow, start: np.ndarray) -> list[np.ndarray]:
    """Return all states without error that have the conserved quantities of a start, (n,) each.

    Found between neighboring points of a grid over a_1: two roots within a cell are missed.
    """
    a, c = start[: form.depth], start[form.depth :]
    d, k = a[1:] - c, c**2 - a[:-1] ** 2
    far = 4.0 + 4 * float(np.abs(start).max()) + 2 * float(np.abs(form.target[0, 0]))
    grid = np.linspace(-far, far, POINTS)
    if (k < 0).any():  # the curve turns where c_1 is 0
        edge = np.sqrt(max(-k[0], 0.0))
        grid = np.sort(np.concatenate([grid, edge * (1 + 1e-12) * np.array([-1, 1])]))
    found: list[np.ndarray] = []
    for signs in product((1.0, -1.0), repeat=len(c)):
        for root in _crossings(form, grid, np.array(signs), d, k):
            if all(np.abs(root - other).max() > 1e-6 for other in found):
                found.append(root)
    return sorted(found, key=lambda state: tuple(state))


def _crossings(
    form: LinearFlow, grid: np.ndarray, signs: np.ndarray, d: np.ndarray, k: np.ndarray
) -> Iterator[np.ndarray]:
    with np.errstate(invalid="ignore"):
        error = _error(form, _states(grid, signs, d, k))

        def at(a: float) -> float:
            return float(_error(form, _states(np.array([a]), signs, d, k))[0])

        for cell in np.flatnonzero(error[:-1] * error[1:] <= 0):
            low, high = grid[cell], grid[cell + 1]
            if np.isfinite([at(low), at(high)]).all() and at(low) != 0:
                yield _states(np.array([brentq(at, low, high, xtol=1e-15)]), signs, d, k)[0]


def _states(a: np.ndarray, signs: np.ndarray, d: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return the states with these first weights and signs, (m, n); NaN where there are none."""
    forward, channel = [a], []
    for sign, own_d, own_k in zip(signs, d, k, strict=True):
        channel.append(sign * np.sqrt(forward[-1] ** 2 + own_k))
        forward.append(channel[-1] + own_d)
    return np.stack([*forward, *channel], axis=1)


def _error(form: LinearFlow, states: np.ndarray) -> np.ndarray:
    error: np.ndarray = form.error(states)[:, 0, 0]
    return error
