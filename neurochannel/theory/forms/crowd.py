"""Many starts of one flow at once, each with steps of its own size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERRORS = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
LARGEST = 1e6


def settle(
    velocity: Callable[[np.ndarray], np.ndarray],
    starts: np.ndarray,
    until: float,
    tolerance: float = 1e-9,
    still: float = 1e-7,
    most: int = 20_000,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Integrate many starts until each rests, blows up or has no time left.

    Parameters
    ----------
    velocity
        Of (m, n) to (m, n).
    starts
        (m, n).
    until
        Longest time.
    tolerance
        Relative error of a step, and the absolute one of numbers below 1.
    still
        A start has converged when none of its numbers changes faster.
    most
        Steps after which the others count as not converged.

    Returns
    -------
    states, times, status
        (m, n), (m,) and (m,) of "converged", "blew up" or "not converged".

    Notes
    -----
    After Dormand & Prince (1980), order 5 with an estimate of order 4.
    """
    states, times = starts.astype(float).copy(), np.zeros(len(starts))
    status = np.full(len(starts), "not converged", dtype=object)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        pace = velocity(states)
        step = 0.01 / np.maximum(np.abs(pace).max(axis=1), 1e-3)
        left = np.arange(len(starts))
        for _ in range(most):
            status[left[np.abs(pace[left]).max(axis=1) < still]] = "converged"
            status[left[~(np.abs(states[left]).max(axis=1) < LARGEST)]] = "blew up"
            status[left[step[left] < 1e-14 * (1 + times[left])]] = "blew up"
            left = left[(status[left] == "not converged") & (times[left] < until)]
            if len(left) == 0:
                break
            h = np.minimum(step[left], until - times[left])
            ahead, after, off = _step(velocity, states[left], pace[left], h[:, None])
            scale = tolerance * np.maximum(1.0, np.maximum(np.abs(states[left]), np.abs(ahead)))
            error = np.nan_to_num(np.abs(off / scale).max(axis=1), nan=np.inf)
            good = error <= 1
            moved = left[good]
            states[moved], pace[moved] = ahead[good], after[good]
            times[moved] += h[good]
            step[left] = h * np.clip(0.9 * np.maximum(error, 1e-10) ** -0.2, 0.2, 5.0)
    return states, times, status


def _step(
    velocity: Callable[[np.ndarray], np.ndarray], state: np.ndarray, pace: np.ndarray, h: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the states after a step, their velocities and the estimated errors."""
    stages, ahead = [pace], state
    for row in STAGES[1:]:
        ahead = state + h * sum(part * own for part, own in zip(row, stages, strict=True))
        stages.append(velocity(ahead))
    off = h * sum(part * own for part, own in zip(ERRORS, stages, strict=True))
    return ahead, stages[-1], np.asarray(off)
