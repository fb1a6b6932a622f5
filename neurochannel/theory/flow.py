"""The exact flow of any network: what training becomes as the rate goes to 0."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.theory.integrate import IMPLICIT, LATE, Path, integrate
from neurochannel.theory.right_hand_side import RightHandSide

SMOOTH, JUMPING = 1e-10, 1e-6
"""Relative errors of a step, where the velocity is smooth and where it jumps."""

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
    note
        What to do about a flow that was out of time, and "" otherwise.
    """

    path: Path = field(repr=False)
    named: Callable[[np.ndarray], Parameters] = field(repr=False)
    loss: np.ndarray
    note: str = ""

    @property
    def times(self) -> np.ndarray:
        """(k,) times: those of `save_at`, or of the solver's steps."""
        return self.path.times

    @property
    def status(self) -> str:
        """What ended it.

        "converged", "blew up" (at the last time), "stopped by an event", "end of the interval",
        "too many evaluations" or "out of time", see `note`.
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
    tolerance: float | None = None,
    still: float = 1e-8,
    save_at: Sequence[float] | np.ndarray | None = None,
    method: str | None = None,
    events: Sequence[Event] = (),
    seconds: float = 600.0,
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
        Relative error of a step of the solver; None for 1e-10, and 1e-6 where pools take the
        largest: the velocity jumps there whenever another neuron wins, and a solver finds each of
        these times by ever smaller steps.
    still
        The flow has converged when no parameter changes faster.
    save_at
        Times to keep; without it each of the solver's steps, and what is between.
    method
        A solver of `scipy.integrate.solve_ivp`: "DOP853", "RK45" or "RK23", and below 1,000
        parameters also "LSODA", "Radau" and "BDF"; None for "DOP853", and for "RK45" where pools
        take the largest, since higher orders gain nothing from a velocity that jumps.
    events
        Functions of (t, parameters by name) whose zeros are reported; one with an attribute
        `terminal` that is true ends the flow.
    seconds
        Longest time to compute. A flow that is not at its end by then is "out of time", and its
        `note` says how far it came, how long the rest would take and what makes it shorter.

    Raises
    ------
    OptionError
        If the network has no flow, as with redrawn weights, noise, rounding, limited changes or
        momentum, or an option is out of range.
    DataError
        If the run has no data.
    """
    velocity = RightHandSide(run)
    maxima = [name for name, made in run.network.geometries.items() if made.kind == "max"]
    tolerance = _tolerance(maxima, tolerance)
    method = method or ("RK45" if maxima else "DOP853")
    _check_seconds(seconds)
    if method in IMPLICIT and velocity.n > MOST_IMPLICIT:
        raise OptionError(
            f"method {method} is for at most {MOST_IMPLICIT} parameters, got {velocity.n}; "
            "take DOP853"
        )
    flat = [_flat_event(event, velocity.named) for event in events]
    begin = time.monotonic()
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
        seconds=seconds,
    )
    note = _advice(run, path, until, time.monotonic() - begin) if path.status == LATE else ""
    loss = np.array([velocity.loss(state) for state in path.states])
    return FlowPath(path, velocity.named, loss, note)


def _tolerance(maxima: Sequence[str], given: float | None) -> float:
    """Return the tolerance of a flow, which is not small where its velocity jumps."""
    if not maxima:
        return SMOOTH if given is None else given
    number = isinstance(given, int | float | np.number)
    if given is not None and number and given < JUMPING:
        raise OptionError(
            f"tolerance must be at least {JUMPING:g} for a network with '{maxima[0]}', which takes "
            f"the largest: its velocity jumps when another neuron wins, got {given:g}; leave it "
            'out, or pool with kind = "mean"'
        )
    return JUMPING if given is None else given


def _check_seconds(seconds: float) -> None:
    real = isinstance(seconds, int | float | np.number) and not isinstance(seconds, bool)
    if not real or not seconds > 0:
        raise OptionError(f"seconds must be a number above 0, got {seconds!r:.40}")


def _advice(run: Simulation, path: Path, until: float, seconds: float) -> str:
    """Say how far a flow came, how long the rest would take and what makes it shorter."""
    assert run.data is not None
    came, n = float(path.times[-1]), len(run.data.train.x)
    each = 1000 * seconds / max(path.evaluations, 1)
    rest = "more than that" if came == 0 else _spoken(seconds * (until / came - 1))
    return (
        f"the flow came to t = {came:.3g} of {until:g} in {_spoken(seconds)}, {each:.3g} ms for "
        f"each of {path.evaluations:,} evaluations over {n:,} examples, and the rest would take "
        f"about {rest} at this pace; take fewer examples, as data.first(200) or a name such as "
        "'digits+first=200' does, a smaller until, a larger tolerance, or more seconds"
    )


def _spoken(seconds: float) -> str:
    """Return a time in words."""
    for name, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {name}"
    return f"{seconds:.2g} s"


def _flat_event(
    event: Event, named: Callable[[np.ndarray], Mapping[str, np.ndarray]]
) -> Callable[[float, np.ndarray], float]:
    def flat(t: float, state: np.ndarray) -> float:
        return float(event(t, dict(named(state))))

    flat.terminal = getattr(event, "terminal", False)  # type: ignore[attr-defined]
    return flat
