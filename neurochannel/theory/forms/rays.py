"""Chains as one-dimensional flows, many at once: the next root of the error in its direction.

Every weight of a linear chain changes by the error D = alpha - beta P times a function of the
weights alone, so the path through weight space is a known curve and only the pace along it depends
on D. With tau' = D, sigma_1 = tau and sigma_{h+1} = the integral of a_h over sigma_h:

- fixed channel weights c_h: a_h = a_h(0) + c_h sigma_h, so that all weights are polynomials in tau
- adaptive skipped channels: a_h = a_h(0) cosh sigma_h + c_h(0) sinh sigma_h, the same with a and c
  exchanged for c_h, and sigma_{h+1} = c_h - c_h(0)
- in both: a_L = a_L(0) + sigma_L

Since P = d sigma_{L+1} / d tau and sigma_{L+1} is bounded from below, D has a root in the direction
of its sign, unless P approaches a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)
STEPS = 4000
FARTHEST = 1e9
"""How far tau is followed, in units of the size of the weights."""
NODES = 48


@dataclass(frozen=True)
class Rays:
    """Chains A[1, ..., 1] of one length, n of them.

    Parameters
    ----------
    a
        (n, L) weights at tau = 0.
    c
        (n, L - 1) channel weights then, from the error to each hidden neuron.
    alpha, beta
        (n,) mean of T I, and of I^2.
    adaptive
        Whether the channel weights learn too.
    """

    a: np.ndarray
    c: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    adaptive: bool = False

    def some(self, chosen: np.ndarray) -> Rays:
        """Return some of the chains."""
        a, c, alpha, beta = (own[chosen] for own in (self.a, self.c, self.alpha, self.beta))
        return Rays(a, c, alpha, beta, self.adaptive)

    def at(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return forward and channel weights at places tau, (n, L) and (n, L - 1)."""
        a, c, sigma = self.a.copy(), self.c.copy(), tau
        for h in range(self.c.shape[1]):
            a[:, h], c[:, h], sigma = self._layer(h, sigma)
        a[:, -1] = self.a[:, -1] + sigma
        return a, c

    def error(self, tau: np.ndarray) -> np.ndarray:
        """Return alpha - beta P, (n,)."""
        error: np.ndarray = self.alpha - self.beta * np.prod(self.at(tau)[0], axis=1)
        return error

    def slope(self, tau: np.ndarray) -> np.ndarray:
        """Return d error / d tau, (n,): the one eigenvalue of the Jacobian that may differ from 0.

        dP = sum over h of P / a_h d a_h, d a_h = c_h b_{h-1}, with b_h = a_1 ... a_h and c_L = 1.
        """
        a, c = self.at(tau)
        pace = np.concatenate([c, np.ones((len(c), 1))], axis=1)
        below = np.cumprod(np.concatenate([np.ones((len(a), 1)), a[:, :-1]], axis=1), axis=1)
        above = np.concatenate(
            [np.cumprod(a[:, :0:-1], axis=1)[:, ::-1], np.ones((len(a), 1))], axis=1
        )
        slope: np.ndarray = -self.beta * np.sum(pace * below**2 * above, axis=1)
        return slope

    def roots(self, direction: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the first root in the direction of the error, and whether there is one, (n,) each.

        Notes
        -----
        Steps are proved free of roots by intervals: a step is made if the range of the error over
        it excludes 0, and is longer next time; otherwise it is shortened. What remains is bisected.
        """
        n = len(self.alpha)
        tau, start = np.zeros(n), self.error(np.zeros(n))
        sign = np.sign(start) if direction is None else direction
        size = 1 + np.abs(self.a).max(axis=1) + np.abs(self.c).max(axis=1, initial=0)
        step, left = 1e-3 / size, np.flatnonzero(start != 0)
        beyond = np.zeros(n, bool)
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(STEPS):
                if len(left) == 0:
                    break
                here = self.some(left)
                ahead = tau[left] + sign[left] * step[left]
                ends = np.minimum(tau[left], ahead), np.maximum(tau[left], ahead)
                low, high = here.error_range(*ends)
                free = (low > 0) | (high < 0)
                tau[left] = np.where(free, ahead, tau[left])
                step[left] *= np.where(free, 2.0, 0.25)
                beyond[left] = np.abs(tau[left]) > FARTHEST * size[left]
                done = step[left] < 4 * EPSILON * (np.abs(tau[left]) + 1 / size[left])
                left = left[~done & ~beyond[left]]
            tau, met = self._polished(tau, sign, step)
        met[left] = False
        return tau, met & ~beyond

    def error_range(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return bounds of the error over tau from `low` to `high`."""
        product = np.ones_like(low), np.ones_like(low)
        with np.errstate(over="ignore", invalid="ignore"):
            for h in range(self.c.shape[1]):
                (a_low, a_high), ends = self._layer_range(h, low, high)
                product = _times(product, (a_low, a_high))
                low, high = ends
            last = self.a[:, -1]
            product = _times(product, (last + low, last + high))
            first, second = self.alpha - self.beta * product[1], self.alpha - self.beta * product[0]
        slack = 8 * EPSILON * (np.abs(self.alpha) + self.beta * np.maximum(*map(np.abs, product)))
        bad = ~np.isfinite(slack)
        return (
            np.where(bad, -np.inf, first - slack),
            np.where(bad, np.inf, second + slack),
        )

    def times(self, root: np.ndarray, part: float = 1e-6) -> np.ndarray:
        """Return how long tau takes until a part of the way to the root is left, (n,).

        t = integral of d tau / error; with tau = root (1 - e^-s) the integrand is smooth.
        """
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        end = -np.log(part)
        total = np.zeros(len(root))
        pieces = 6
        for piece in range(pieces):
            for node, weight in zip(nodes, weights, strict=True):
                s = end / pieces * (piece + (node + 1) / 2)
                away = root * np.exp(-s)
                with np.errstate(divide="ignore", invalid="ignore"):
                    total += weight / 2 * end / pieces * away / self.error(root - away)
        return np.where(root == 0, 0.0, total)

    def _layer(self, h: int, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a, c = self.a[:, h], self.c[:, h]
        if not self.adaptive:
            return a + c * sigma, c, sigma * (a + c * sigma / 2)
        half = np.sinh(sigma / 2)
        rise, bend = np.sinh(sigma), 2 * half**2
        return a + a * bend + c * rise, c + c * bend + a * rise, a * rise + c * bend

    def _layer_range(
        self, h: int, low: np.ndarray, high: np.ndarray
    ) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Return the exact ranges of a_h and of sigma_{h+1} over a range of sigma_h."""
        a_low, c_low, below = self._layer(h, low)
        a_high, c_high, above = self._layer(h, high)
        a, c = self.a[:, h], self.c[:, h]
        ends = np.minimum(below, above), np.maximum(below, above)
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = -np.arctanh(a / c) if self.adaptive else -a / c
            at_turn = self._layer(h, np.where(np.isfinite(turn), turn, low))[2]
        inside = (turn > low) & (turn < high)
        ends = (
            np.where(inside, np.minimum(ends[0], at_turn), ends[0]),
            np.where(inside, np.maximum(ends[1], at_turn), ends[1]),
        )
        if not self.adaptive:
            return (np.minimum(a_low, a_high), np.maximum(a_low, a_high)), ends
        return self._bent(h, (low, high), (a_low, a_high), (c_low, c_high)), ends

    def _bent(
        self,
        h: int,
        sigma: tuple[np.ndarray, np.ndarray],
        a: tuple[np.ndarray, np.ndarray],
        c: tuple[np.ndarray, np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the range of an adaptive a_h, which turns where c_h is 0."""
        low, high = np.minimum(*a), np.maximum(*a)
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = -np.arctanh(self.c[:, h] / self.a[:, h])
        inside = (turn > sigma[0]) & (turn < sigma[1]) & np.isfinite(turn)
        at_turn = self._layer(h, np.where(inside, turn, sigma[0]))[0]
        return (
            np.where(inside, np.minimum(low, at_turn), low),
            np.where(inside, np.maximum(high, at_turn), high),
        )

    def _polished(
        self, tau: np.ndarray, sign: np.ndarray, step: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Bisect between the last place without a root and one a little further on.

        Also returned: whether there is a root, of which two may be so close that nothing changes
        its sign.
        """
        start = np.sign(self.error(np.zeros_like(tau)))
        start = np.where(start == 0, sign, start)
        near, far = tau, tau + sign * np.maximum(64 * step, 256 * EPSILON * (np.abs(tau) + 1e-3))
        crossed = np.sign(self.error(far)) != start
        for _ in range(60):
            middle = (near + far) / 2
            before = np.sign(self.error(middle)) == start
            near, far = np.where(before, middle, near), np.where(before, far, middle)
        product = np.abs(np.prod(self.at(tau)[0], axis=1))
        touched = np.abs(self.error(tau)) < 1e-9 * (np.abs(self.alpha) + self.beta * product)
        return np.where(crossed, near, tau), crossed | touched


def _times(
    a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    corners = a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    return low, high
