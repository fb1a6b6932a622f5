"""Limits of non-linear chains: for powers with f' in A[1, 1, 1] in closed form.

With k = a_2 - a_1^2 / (2 mu c_1), a_1' = c_1 mu f(a_1) / a_1 (alpha - beta g(a_1)) and
g(a) = f(a) (k + a^2 / (2 mu c_1)). On each side of 0 g has at most one turning point, at
a^2 = -2 mu^2 c_1 k / (mu + 2), so that its roots are found by bisection. For mu > 1 there is a
fixed point at a_1 = 0 as well, which the flow does not pass.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from neurochannel.theory.forms.form import Limit
from neurochannel.theory.forms.nonlinear_flow import NonlinearFlow
from neurochannel.theory.forms.settling import integrated

LONGEST = 1e3
TOUCHING = 1e-7


def limit(form: NonlinearFlow, start: np.ndarray) -> Limit:
    """Return where the flow from a start, (n,), ends."""
    if not np.any(form.velocity(start)):
        return Limit(start, "converged", "closed form", "no weight changes from this start", 0.0)
    if not _is_solved(form):
        found = integrated(form, start, LONGEST)
        note = _without_slope(form)
        return Limit(found.state, found.status, found.how, note or found.note, found.time)
    a, pace = start[0], form.velocity(start)[0]
    ahead = [root for root in _ends(form, start) if (root - a) * pace > 0]
    root = min(ahead, key=lambda root: abs(root - a))
    state = _at(form, start, root)
    point = form.fixed_point(state)
    if root == 0:
        note = "a1 goes to 0, where f' is 0 and nothing more is learned"
        return Limit(state, "unstable", "closed form", note)
    if point.stability != "stable":
        note = "two fixed points meet here, so the approach is slower than exponential"
        return Limit(state, "unstable", "closed form", note, float("inf"))
    return Limit(state, "converged", "closed form")


def fixed_points(form: NonlinearFlow, start: np.ndarray) -> list[np.ndarray]:
    """Return the fixed points with the conserved quantities of a start that are known."""
    if _is_solved(form):
        return [_at(form, start, root) for root in _ends(form, start)]
    found = limit(form, start)
    return [found.state] if found.converged else []


def _is_solved(form: NonlinearFlow) -> bool:
    straight = form.channel in ("rbp", "srbp") and form.depth == 2 and form.derivative
    return straight and form.exponent is not None and form.moments[1] > 0 and form.c[0] != 0


def _without_slope(form: NonlinearFlow) -> str:
    """Return the sentence that without f' there is no fixed point, where that is so."""
    if form.derivative or form.exponent in (None, 1.0) or form.depth != 2:
        return ""
    (alpha, beta), (straight, mixed) = form.moments, form.straight_moments
    if abs(straight * beta - mixed * alpha) <= 1e-12 * abs(straight * beta):
        return ""
    return (
        "without f' there is no fixed point: it would need mean(T I) / mean(I f(I)), "
        f"{straight / mixed:.6g}, to equal mean(T f(I)) / mean(f(I)^2), {alpha / beta:.6g}"
    )


def _ends(form: NonlinearFlow, start: np.ndarray) -> list[float]:
    """Return all a_1 that do not change on the curve of a start, in order."""
    mu, c = float(form.exponent or 1), float(form.c[0])
    k = start[1] - start[0] ** 2 / (2 * mu * c)
    alpha, beta = form.moments

    def error(a: float) -> float:
        return float(alpha - beta * form.function(np.array(a)) * (k + a * a / (2 * mu * c)))

    turn = np.sqrt(max(0.0, -2 * mu * mu * c * k / (mu + 2)))
    far = 1.0 + 2 * turn
    while (
        error(far) * c > 0 or error(-far) * error(-2 * far) < 0 or error(far) * error(2 * far) < 0
    ):
        far *= 2
    far *= 4
    borders = [-far, -turn, 0.0, turn, far] if turn > 0 else [-far, 0.0, far]
    roots = {0.0} if mu > 1 else set()
    for low, high in pairwise(borders):
        if error(low) == 0:
            roots.add(low)
        if error(low) * error(high) < 0:
            roots.add(_bisect(error, low, high))
    return sorted(roots)


def _bisect(error: Callable[[float], float], low: float, high: float) -> float:
    sign = np.sign(error(low))
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if np.sign(error(middle)) == sign else (low, middle)
    return low if abs(error(low)) < abs(error(high)) else high


def _at(form: NonlinearFlow, start: np.ndarray, a: float) -> np.ndarray:
    mu, c = float(form.exponent or 1), float(form.c[0])
    return np.array([a, start[1] + (a * a - start[0] ** 2) / (2 * mu * c)])
