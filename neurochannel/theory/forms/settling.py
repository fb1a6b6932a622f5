"""Where a flow ends, by integrating it: for systems without a closed form of their limit."""

from __future__ import annotations

import numpy as np

from neurochannel.theory.forms.form import Form, Limit
from neurochannel.theory.integrate import BLOWN, integrate

LONGEST = 1e5
TOLERANCE = 1e-12
STILL = 1e-9
MOST = 40_000


def integrated(form: Form, start: np.ndarray, until: float = LONGEST) -> Limit:
    """Return where the flow of a form from a start, (n,), ends, or where it is after `until`.

    Status "unstable" if the limit is a fixed point that a small disturbance leaves.
    """
    done = integrate(
        form.velocity,
        start,
        until=until,
        tolerance=TOLERANCE,
        still=STILL,
        save_at=[until],
        most=MOST,
    )
    state, time = done.states[-1], float(done.times[-1])
    if done.status == BLOWN:
        note = f"a weight grows beyond all bounds after a time of {time:.6g}"
        return Limit(state, "blew up", "integrated", note, time)
    if not done.converged:
        note = (
            f"after a time of {time:g} the fastest weight still changes by "
            f"{float(np.abs(form.velocity(state)).max()):.2g} per unit of time"
        )
        return Limit(state, "not converged", "integrated", note, time)
    at = form.fixed_point(state)
    if at.stability == "unstable":
        note = "the fixed point repels: the start lies on a separatrix, or close to it"
        return Limit(state, "unstable", "integrated", note, time)
    return Limit(state, "converged", "integrated", "", time)
