"""Limits of linear networks from a start: in closed form where the flow is one-dimensional.

- chains: `Rays`; for bp all a_h^2 - a_m^2 are conserved, so that y = a_m^2 of the smallest weight
  solves y prod (y + k_h) = (alpha / beta)^2, which has one positive root
- A[1, N, 1] with a fixed channel: A1 = A1(0) + C tau, A2 = A2(0) + A1(0)^T tau + C^T tau^2 / 2, so
  that the error is a cubic in tau
- A[N, 1, M] with a fixed channel: A1 -> b v with v = C S_TI S_II^-1, b the positive root of
  |v|^2 b^3 / 2 - K b - 1 = 0 and K = |A1|^2 / 2 - C A2, and A2 -> S_TI v^T / (b v S_II v^T)
- chains with relayed adaptive channels: `relayed`, the flow integrated until it rests or closes
- all others: the flow itself, integrated
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurochannel.theory.forms import relayed
from neurochannel.theory.forms.form import Limit
from neurochannel.theory.forms.linear_flow import LinearFlow
from neurochannel.theory.forms.rays import Rays
from neurochannel.theory.forms.settling import integrated

ALIKE = 1e-12
FLAT = 1e-7


def limit(form: LinearFlow, start: np.ndarray) -> Limit:
    """Return where the flow from a start, (n,), ends."""
    if not np.any(form.velocity(start)):
        return _resting(form, start)
    if goes_by_ray(form):
        return _along_ray(form, start)
    if form.is_chain and form.channel == "bp":
        return _descent(form, start)
    if _by_cubic(form):
        return _through_cubic(form, start)
    if _by_one(form):
        found = _one_hidden(form, start)
        if found is not None:
            return found
    if _is_relayed(form):
        return relayed.limit(form, start)
    return integrated(form, start)


def fixed_points(form: LinearFlow, start: np.ndarray) -> list[np.ndarray]:
    """Return the known fixed points with the conserved quantities of a start, (n,) each."""
    if goes_by_ray(form):
        rays = rays_of(form, start[None])
        return [_state_at(form, rays, tau) for tau in all_roots(rays)]
    if _by_cubic(form):
        cubic, at = _cubic(form, start)
        return [at(tau) for tau in _real_roots(cubic)]
    if _by_one(form):
        return [_one_hidden_at(form, b) for b in _real_roots(_hidden_cubic(form, start)[::-1])]
    if _is_relayed(form):
        return relayed.roots(form, start)
    found = limit(form, start)
    return [found.state] if found.status in ("converged", "unstable") else []


def goes_by_ray(form: LinearFlow) -> bool:
    """Tell whether all weights follow from one number by a known function, see `Rays`."""
    return form.is_chain and (
        form.channel in ("rbp", "srbp", "asrbp") or (form.channel == "arbp" and form.depth <= 2)
    )


def rays_of(form: LinearFlow, starts: np.ndarray) -> Rays:
    """Return chains with starts, (m, n), as rays."""
    a, c = starts[:, : form.depth], starts[:, form.depth :]
    if not form.adaptive:
        c = np.tile([own[0, 0] for own in form.skipped], (len(starts), 1))
        c = c.reshape(len(starts), form.depth - 1)
    n = len(starts)
    alpha, beta = np.full(n, form.s_ti[0, 0]), np.full(n, form.s_ii[0, 0])
    return Rays(a, c, alpha, beta, form.adaptive)


def all_roots(rays: Rays) -> list[float]:
    """Return all roots of one chain's error, in order."""
    found: set[float] = set()
    for direction in (1.0, -1.0):
        here = rays
        begin = 0.0
        for _ in range(2 ** rays.a.shape[1]):
            tau, is_there = here.roots(np.full(1, direction))
            if not is_there[0] and here.error(np.zeros(1))[0] != 0:
                break
            root = begin + float(tau[0])
            found.add(root)
            begin = root + direction * FLAT * (1 + abs(root))
            a, c = rays.at(np.full(1, begin))
            here = Rays(a, c, rays.alpha, rays.beta, rays.adaptive)
    distinct: list[float] = []
    for root in sorted(found):
        if not distinct or root - distinct[-1] > 2 * FLAT * (1 + abs(root)):
            distinct.append(root)
    return distinct


def unstable_note(slope: float) -> str:
    """Return what is said of a limit that a small disturbance leaves."""
    return (
        f"the fixed point repels on one side (eigenvalue {slope:.3g}): the start lies on a "
        "separatrix, and the smallest disturbance leads elsewhere"
    )


def _by_cubic(form: LinearFlow) -> bool:
    return form.depth == 2 and form.sizes[0] == form.sizes[2] == 1 and not _moving(form)


def _is_relayed(form: LinearFlow) -> bool:
    return form.is_chain and form.channel == "arbp" and form.depth > 2


def _by_one(form: LinearFlow) -> bool:
    if form.depth != 2 or form.sizes[1] != 1 or _moving(form) or form.singular:
        return False
    return bool(np.any(form.c[0] @ form.s_ti))


def _moving(form: LinearFlow) -> bool:
    return form.channel not in ("rbp", "srbp")


def _resting(form: LinearFlow, start: np.ndarray) -> Limit:
    at = form.fixed_point(start)
    if at.stability == "unstable":
        note = unstable_note(float(at.eigenvalues[0].real))
        return Limit(start, "unstable", "closed form", note, 0.0)
    note = "" if at.stable else "no weight changes at first order: nothing is learned from here"
    return Limit(start, "converged", "closed form", note, 0.0)


def _state_at(form: LinearFlow, rays: Rays, tau: float) -> np.ndarray:
    a, c = rays.at(np.full(len(rays.alpha), tau))
    return np.concatenate([a[0], c[0]]) if form.adaptive else a[0]


def _along_ray(form: LinearFlow, start: np.ndarray) -> Limit:
    rays = rays_of(form, start[None])
    tau, found = rays.roots()
    state = _state_at(form, rays, float(tau[0]))
    if not found[0]:
        return integrated(form, start)
    slope = float(rays.slope(tau)[0])
    scale = float(rays.beta[0]) * max(1.0, float(np.abs(state).max())) ** 2
    if abs(slope) <= FLAT * scale:
        note = "two fixed points meet here, so the approach is slower than exponential"
        return Limit(state, "unstable", "closed form", note, float("inf"))
    return Limit(state, "converged", "closed form", "", float(rays.times(tau)[0]))


def _descent(form: LinearFlow, start: np.ndarray) -> Limit:
    """Gradient descent in a chain: the smallest weight may pass 0 once, unless it has an equal."""
    goal = float(form.target[0, 0])
    small = int(np.argmin(np.abs(start)))
    others = np.delete(start, small)
    k = others**2 - start[small] ** 2
    equal = bool(np.any(k <= ALIKE * np.max(start**2)))
    sign = float(np.prod(np.sign(others)))
    if equal and start[small] * sign * goal <= 0:
        state = np.sign(start) * np.sqrt(np.maximum(start**2 - start[small] ** 2, 0))
        if not form.velocity(state).any():
            note = "two weights of equal size reach 0 together, and nothing is learned from there"
            return Limit(state, "unstable", "closed form", note, float("inf"))
    y = _positive_root(k, goal * goal)
    state = np.sign(start) * np.sqrt(y + np.maximum(start**2 - start[small] ** 2, 0))
    state[small] = np.sqrt(y) * (np.sign(goal) * sign if not equal else np.sign(start[small]))
    return Limit(state, "converged", "closed form")


def _positive_root(k: np.ndarray, goal: float) -> float:
    """Return the one root y >= 0 of y prod (y + k) = goal, by bisection of a rising function."""
    low, high = 0.0, 1.0
    k = np.maximum(k, 0)
    while high * np.prod(high + k) < goal:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if middle * np.prod(middle + k) < goal else (low, middle)
    return (low + high) / 2


def _cubic(form: LinearFlow, start: np.ndarray) -> tuple[np.ndarray, Callable[[float], np.ndarray]]:
    """Return the error of A[1, N, 1] as a polynomial of tau, highest power first, and the state."""
    a, b, c = start[: form.sizes[1]], start[form.sizes[1] :], form.c[0][:, 0]
    alpha, beta = form.s_ti[0, 0], form.s_ii[0, 0]
    product = np.array([c @ c / 2, 1.5 * (a @ c), c @ b + a @ a, a @ b])
    error = -beta * product
    error[-1] += alpha

    def at(tau: float) -> np.ndarray:
        return np.concatenate([a + c * tau, b + a * tau + c * tau * tau / 2])

    return error, at


def _through_cubic(form: LinearFlow, start: np.ndarray) -> Limit:
    error, at = _cubic(form, start)
    roots = _real_roots(error)
    sign = np.sign(error[-1])
    ahead = [root for root in roots if root * sign > 0]
    if not ahead:  # C is 0 and the error falls to its root only in the limit
        return integrated(form, start)
    tau = min(ahead, key=abs)
    slope = float(np.polyval(np.polyder(error), tau))
    if abs(slope) <= FLAT * float(np.abs(error).max()):
        note = "two fixed points meet here, so the approach is slower than exponential"
        return Limit(at(tau), "unstable", "closed form", note, float("inf"))
    return Limit(at(tau), "converged", "closed form")


def _hidden_cubic(form: LinearFlow, start: np.ndarray) -> np.ndarray:
    """Return the coefficients of |v|^2 b^3 / 2 - K b - 1, lowest power first."""
    a, b = start[: form.sizes[0]], start[form.sizes[0] :]
    v = (form.c[0] @ form.target)[0]
    k = a @ a / 2 - float(form.c[0][0] @ b)
    return np.array([-1.0, -k, 0.0, v @ v / 2])


def _one_hidden_at(form: LinearFlow, b: float) -> np.ndarray:
    v = (form.c[0] @ form.target)[0]
    return np.concatenate([b * v, form.s_ti @ v / (b * (v @ form.s_ii @ v))])


def _one_hidden(form: LinearFlow, start: np.ndarray) -> Limit | None:
    """Return the fixed point of the positive root, unless the start can reach another one.

    With only one input, or A1 along v, the flow may end at a negative root: then it is integrated.
    """
    v = (form.c[0] @ form.target)[0]
    a = start[: form.sizes[0]]
    along = a - v * (a @ v) / (v @ v)
    if form.sizes[0] == 1 or np.abs(along).max() <= ALIKE * max(1.0, float(np.abs(a).max())):
        return None
    positive = [b for b in _real_roots(_hidden_cubic(form, start)[::-1]) if b > 0]
    return Limit(_one_hidden_at(form, positive[0]), "converged", "closed form")


def _real_roots(polynomial: np.ndarray) -> list[float]:
    """Return the real roots of a polynomial, highest power first, polished, in order."""
    lead = np.trim_zeros(polynomial, "f")
    if len(lead) < 2:
        return []
    slope, roots = np.polyder(lead), []
    for root in np.roots(lead):
        if abs(root.imag) > 1e-7 * (1 + abs(root)):
            continue
        x = float(root.real)
        for _ in range(3):
            steep = np.polyval(slope, x)
            x -= float(np.polyval(lead, x) / steep) if abs(steep) > FLAT else 0.0
        roots.append(x)
    return sorted(roots)
