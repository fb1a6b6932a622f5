"""Derivatives of the loss by finite differences, for a few weights of a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.activations import activation_of
from neurochannel.engine.parameters import bias_may_learn
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.streams import bias_key, weights_key

MOST = 12
"""Weights that are tried in each bundle."""

BY = 1e-5
RELATIVE = 1e-4
"""Largest difference from an update, as a fraction of the largest one tried."""


def loss_of(run: Simulation, x: np.ndarray, t: np.ndarray) -> float:
    """Return the mean loss over a batch with targets (n, outputs), in plain NumPy."""
    output = run.forward(x)[run.network.output]
    with np.errstate(divide="ignore", invalid="ignore"):
        if run.network.loss_name == "squared_error":
            each = (t - output) ** 2 / 2
        elif run.network.loss_name == "cross_entropy":
            each = -t * np.log(output)
        else:
            each = -t * np.log(output) - (1 - t) * np.log1p(-output)
    return float(np.sum(each) / len(x))


def parameter_changes(run: Simulation, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
    """Return what a step changes in each stored parameter, by key; the run stays as it is."""
    machine = run.machine
    before, state = machine.values.copy(), machine.state.copy()
    run.step(x, t)
    changes = {
        key: machine.parameter(key) - span.view(before) for key, span in machine.spans.items()
    }
    machine.values[:], machine.state[:] = before, state
    run.progress.updates -= 1
    return changes


def slope_check(
    run: Simulation,
    population: str,
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> tuple[bool, int, float]:
    """Compare updates at rate 1 into a population with minus the slopes of the loss.

    Returns
    -------
    Whether they agree, how many were compared, and the largest difference relative to the largest
    of them. Weights at which the loss has a kink are passed over.
    """
    pairs = np.array(list(_pairs(run, population, batch, rng))).reshape(-1, 2)
    if not len(pairs):
        return True, 0, 0.0
    off = float(np.abs(pairs[:, 0] - pairs[:, 1]).max())
    largest = float(np.abs(pairs).max())
    noise = 1e-9 * max(1.0, abs(loss_of(run, *batch)))
    return off <= RELATIVE * largest + noise, len(pairs), off / largest if largest else 0.0


def _pairs(
    run: Simulation,
    population: str,
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> Iterator[tuple[float, float]]:
    changes = parameter_changes(run, *batch)
    network = run.network
    keys = [
        weights_key(b.name)
        for b in network.forward_bundles
        if b.target == population and b.edges.learn
    ]
    keys += [bias_key(population)] if bias_may_learn(network, population) else []
    for key in keys:
        change, values = changes[key], run.machine.parameter(key)
        for number in rng.permutation(values.size)[:MOST]:
            place = np.unravel_index(number, values.shape)
            slope = _slope(run, values, place, batch)
            if slope is not None:
                yield float(change[place]), -slope


def _slope(
    run: Simulation,
    values: np.ndarray,
    place: tuple[np.intp, ...],
    batch: tuple[np.ndarray, np.ndarray],
) -> float | None:
    """Return the derivative of the loss by one weight, None where there is a kink."""
    kept, found = values[place], []
    for by in (BY, BY / 2):
        values[place] = kept + by
        above, active = loss_of(run, *batch), _active(run, batch[0])
        values[place] = kept - by
        below, active_below = loss_of(run, *batch), _active(run, batch[0])
        values[place] = kept
        if any(not np.array_equal(a, b) for a, b in zip(active, active_below, strict=True)):
            return None
        found.append((above - below) / (2 * by))
    first, second = found
    rough = abs(first - second) > RELATIVE / 10 * max(abs(first), abs(second)) + 1e-9
    return None if rough or not np.isfinite(second) else second


def _active(run: Simulation, x: np.ndarray) -> list[np.ndarray]:
    """Return which neurons are above 0 where that decides about the slope."""
    populations = run.network.populations.items()
    kinked = [name for name, one in populations if activation_of(one)[0].falls_silent]
    activity = run.forward(x) if kinked else {}
    return [activity[name] > 0 for name in kinked if name in activity]
