"""The exact flow of any network: what training becomes as the rate goes to 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.theory.integrate import IMPLICIT, Path, integrate
from neurochannel.theory.right_hand_side import RightHandSide

MOST_IMPLICIT = 1000
"""Most parameters for which a solver that needs the Jacobian is allowed."""

Parameters = dict[str, np.ndarray]
Event = Callable[[float, Parameters], float]


@dataclass(frozen=True, eq=False)
class FlowPath:
    """The path of all weights through time.

    Parameters
    ----------
    path
        The solution in flat form.
    named
        A function from a flat state to its matrices by name.
    loss
        (k,) mean loss over the training data.
    """

    path: Path = field(repr=False)
    named: Callable[[np.ndarray], Parameters] = field(repr=False)
    loss: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """(k,) times: those of `save_at`, or of the solver's steps."""
        return self.path.times

    @property
    def status(self) -> str:
        """What ended it.

        "converged", "blew up" (at the last time), "stopped by an event", "end of the interval" or
        "too many evaluations".
        """
        return self.path.status

    @property
    def converged(self) -> bool:
        """Whether nothing moved any more at the end."""
        return self.path.converged

    @property
    def evaluations(self) -> int:
        """How often the right-hand side was computed."""
        return self.path.evaluations

    @property
    def event_times(self) -> tuple[np.ndarray, ...]:
        """For each event the times at which it was 0."""
        return self.path.event_times

    @cached_property
    def parameters(self) -> Parameters:
        """Weights of both graphs and biases over time, (k, n_source, n_receiver) and (k, n).

        Named as in `Simulation.updates`.
        """
        each = [self.named(state) for state in self.path.states]
        return {name: np.stack([one[name] for one in each]) for name in each[0]}

    def at(self, t: float) -> Parameters:
        """Return the parameters at any time that was passed, by name.

        Raises
        ------
        OptionError
            If the time is outside, or the flow was made with `save_at`.
        """
        if self.path.between is None:
            raise OptionError("at(t) needs a flow of all times; leave out save_at")
        if not 0 <= t <= self.times[-1]:
            raise OptionError(f"t must lie between 0 and {self.times[-1]:g}, got {t:g}")
        return self.named(self.path.between(t))

    @property
    def final(self) -> Parameters:
        """The parameters at the end, by name."""
        return self.named(self.path.states[-1])


def flow(
    run: Simulation,
    until: float = 1e4,
    *,
    tolerance: float = 1e-10,
    still: float = 1e-8,
    save_at: Sequence[float] | np.ndarray | None = None,
    method: str = "DOP853",
    events: Sequence[Event] = (),
) -> FlowPath:
    """Integrate the flow of a network from the present weights of a run.

    d theta / dt = (the changes of one step with all training examples) / rate, in float64, for all
    weights and biases that learn, adaptive channels included.

    Parameters
    ----------
    run
        Any simulation with data and batches of all of it; it is only read.
    until
        Longest time; t is the sum of the rates of all updates.
    tolerance
        Relative error of a step of the solver.
    still
        The flow has converged when no parameter changes faster.
    save_at
        Times to keep; without it each of the solver's steps, and what is between.
    method
        A solver of `scipy.integrate.solve_ivp`: "DOP853", "RK45" or "RK23", and below 1,000
        parameters also "LSODA", "Radau" and "BDF".
    events
        Functions of (t, parameters by name) whose zeros are reported; one with an attribute
        `terminal` that is true ends the flow.

    Raises
    ------
    OptionError
        If the network has no flow, as with redrawn weights, noise, rounding, limited changes or
        momentum, or an option is out of range.
    DataError
        If the run has no data.
    """
    velocity = RightHandSide(run)
    if method in IMPLICIT and velocity.n > MOST_IMPLICIT:
        raise OptionError(
            f"method {method} is for at most {MOST_IMPLICIT} parameters, got {velocity.n}; "
            "take DOP853"
        )
    flat = [_flat_event(event, velocity.named) for event in events]
    path = integrate(
        velocity,
        velocity.start,
        until=until,
        tolerance=tolerance,
        still=still,
        save_at=save_at,
        dense=save_at is None,
        method=method,
        events=flat,
    )
    loss = np.array([velocity.loss(state) for state in path.states])
    return FlowPath(path, velocity.named, loss)


def _flat_event(
    event: Event, named: Callable[[np.ndarray], Mapping[str, np.ndarray]]
) -> Callable[[float, np.ndarray], float]:
    def flat(t: float, state: np.ndarray) -> float:
        return float(event(t, dict(named(state))))

    flat.terminal = getattr(event, "terminal", False)  # type: ignore[attr-defined]
    return flat
