"""Finds where numbers stopped being finite."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurochannel.engine.machine import Machine
from neurochannel.engine.streams import VELOCITY, WAITING
from neurochannel.engine.workspace import Workspace
from neurochannel.errors import DivergenceError

STATES = {VELOCITY: "velocities of {}", WAITING: "messages on their way over"}
"""What state is called, with a place for the words of weights."""

HINT = "lower the rate, limit the messages or start from smaller weights"


def first_bad_in(machine: Machine) -> str | None:
    """Return the key of the first parameter or state with a NaN or Inf, None if all are finite."""
    if np.isfinite(machine.values.sum()) and np.isfinite(machine.state.sum()):
        return None
    return first_bad({key: machine.parameter(key) for key in machine.spans} | machine.states())


def first_bad(arrays: Mapping[str, np.ndarray]) -> str | None:
    """Return the key of the first of these arrays with a NaN or Inf, None if all are finite."""
    bad = (key for key, array in arrays.items() if not np.all(np.isfinite(array)))
    return next(bad, None)


def describe_weights(key: str, epoch: int) -> DivergenceError:
    """Say which weights, or velocities of weights, are no longer finite after an epoch."""
    kind, name = key.split(":", 1)
    state = ""
    if kind in STATES:
        state = kind
        kind, name = name.split(":", 1)
    words = {"weights": "weights of", "bias": "biases of", "channel": "channel weights of"}[kind]
    words = STATES.get(state, "{}").format(words)
    population = name.split(" -> ")[-1]
    return DivergenceError(
        f"training diverged in epoch {epoch}: {words} '{name}' "
        f"(population '{population}') hold NaN or Inf; {HINT}"
    )


def describe_batch(machine: Machine, workspace: Workspace, n: int, when: str) -> DivergenceError:
    """Say which population's activity was the first that is no longer finite.

    Parameters
    ----------
    n
        Examples in the failing batch.
    when
        The update, in words.
    """
    culprit = machine.network.output
    for population in machine.network.forward_order:
        activity = workspace.column(f"activity:{population}", n)
        if activity is None or population == machine.network.input:
            continue
        if not np.all(np.isfinite(activity)):
            culprit = population
            break
    return DivergenceError(
        f"training diverged at {when}: "
        f"the activity of population '{culprit}' holds NaN or Inf; {HINT}"
    )
