"""Where a flow ends, by integrating it: for systems without a closed form of their limit."""

from __future__ import annotations

import numpy as np

from neurochannel.theory.forms.form import Form, Limit
from neurochannel.theory.integrate import BLOWN, GAVE_UP, Path, integrate

LONGEST = 1e5
TOLERANCE = 1e-12
STILL = 1e-9
MOST, MOST_IMPLICIT = 10_000, 40_000
STIFF, STIFF_TOLERANCE = 200, 1e-8
"""Most numbers of a state for which a solver of stiff flows takes over, and its tolerance."""


def integrated(form: Form, start: np.ndarray, until: float = LONGEST) -> Limit:
    """Return where the flow of a form from a start, (n,), ends, or where it is after `until`.

    Status "unstable" if the limit is a fixed point that a small disturbance leaves. Where the
    explicit solver needs too many steps an implicit one continues: some weights then move much
    faster than others, as before most poles.
    """
    explicit = integrate(
        form.velocity,
        start,
        until=until,
        tolerance=TOLERANCE,
        still=STILL,
        save_at=[until],
        most=MOST,
    )
    passed = float(explicit.times[-1])
    if explicit.status != GAVE_UP or form.n > STIFF or passed >= until:
        return ended_at(form, explicit)
    implicit = integrate(
        form.velocity,
        explicit.states[-1],
        until=until - passed,
        tolerance=STIFF_TOLERANCE,
        still=STILL,
        save_at=[until - passed],
        method="Radau",
        most=MOST_IMPLICIT,
    )
    return ended_at(form, implicit, passed)


def ended_at(form: Form, done: Path, before: float = 0.0) -> Limit:
    """Return the limit that a path of a form shows.

    Parameters
    ----------
    before
        Time that passed before the path.
    """
    state, time = done.states[-1], before + float(done.times[-1])
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
