"""Where closed forms and the engine meet: runs of closed forms, and their states in runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.engine.rates import Rate
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.model.network import Network
from neurochannel.theory.forms.form import Form


def simulation(form: Form, start: Any, rate: Rate = 0.01) -> Simulation:
    """Return a run that is the same system as a closed form, in float64, with full batches.

    Parameters
    ----------
    form
        A closed form.
    start
        Its state at the beginning.
    rate
        Learning rate: an update is a step of this length in time.

    Raises
    ------
    OptionError
        If the start does not suit the form.
    NetworkError
        If the engine does not have the form's activation.
    """
    weights = form.weights(start)
    data, network = form.data(), form.network()
    n = len(data.train.x)
    run = Simulation(network, data, rate=rate, batch_size=n, dtype="float64")
    forward = {bundle.name for bundle in network.forward_bundles}
    for name, matrix in weights.items():
        if name in forward:
            run.weights[name] = matrix
        else:
            run.channel_weights[name] = matrix
    return run


def state_of(form: Form, parameters: dict[str, np.ndarray]) -> np.ndarray:
    """Return states of a closed form from matrices by bundle name.

    Parameters
    ----------
    form
        A closed form.
    parameters
        As `FlowPath.parameters`, (k, n_source, n_receiver) each, or `FlowPath.final`.

    Returns
    -------
    ndarray
        (k, n), or (n,).
    """
    positions = {
        name: places.astype(int)
        for name, places in form.weights(np.arange(form.n, dtype=float)).items()
        if name in _learning(form.network())
    }
    lead = parameters[next(iter(positions))].shape[:-2]
    state = np.zeros((*lead, form.n))
    for name, places in positions.items():
        state[..., places] = parameters[name]
    return state


def state_in(form: Form, run: Simulation) -> np.ndarray:
    """Return the present state of a closed form in a run of its network, (n,)."""
    names = _learning(run.network)
    parameters = {name: run.weights[name] for name in run.weights}
    parameters |= {name: run.channel_weights[name] for name in names - parameters.keys()}
    return state_of(form, parameters)


def _learning(network: Network) -> set[str]:
    """Return the names of all bundles that learn."""
    adaptive = {b.name for b in network.channel_bundles if b.edges.weights == "adaptive"}
    return adaptive | {bundle.name for bundle in network.forward_bundles}


def trained(
    form: Form, start: Any, rate: float, until: float, points: int = 200
) -> tuple[np.ndarray, np.ndarray]:
    """Train a closed form on the engine; return times, (k,), and states, (k, n).

    Parameters
    ----------
    form, start
        As in `simulation`.
    rate
        Learning rate.
    until
        Time at the end, the sum of the rates of all updates.
    points
        About how many states to keep.

    Raises
    ------
    OptionError
        If `until` is not at least one update away, or an option is out of range.
    DivergenceError
        If training meets numbers that are not finite.
    """
    run = simulation(form, start, rate)
    updates = round(until / rate)
    if updates < 1:
        raise OptionError(f"until must be at least one rate, {rate:g}, got {until:g}")
    each = max(1, updates // points)
    states = [state_in(form, run)]
    for done in range(0, updates, each):
        run.train(min(each, updates - done), progress=False, evaluate_every=None)
        states.append(state_in(form, run))
    times = np.minimum(np.arange(len(states)) * each, updates) * rate
    return times, np.array(states)
