"""Derivatives of the loss by finite differences, for a few weights of a run."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from neurochannel.engine.activations import activation_of
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import bias_may_learn
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.window_edges import winners
from neurochannel.kernels.activation import LEAST_TOTAL

MOST = 12
"""Weights that are tried in each bundle."""

MOST_BUNDLES = 20
"""Bundles into each population whose weights are tried."""

BY = 1e-5
RELATIVE = 1e-4
"""Largest difference from an update, as a fraction of the largest one tried."""


def loss_of(run: Simulation, x: np.ndarray, t: np.ndarray) -> float:
    """Return the mean loss over a batch with targets (n, outputs), in plain NumPy."""
    return _loss_and_rounding(run, x, t)[0]


def _loss_and_rounding(run: Simulation, x: np.ndarray, t: np.ndarray) -> tuple[float, float]:
    """Return the loss, and by how much it may be off because outputs are floats.

    The second is much larger than the last bit of the loss where an output is so small, or so close
    to 1, that floats are far apart there.
    """
    output = run.forward(x)[run.network.output]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if run.network.loss_name == "squared_error":
            each, steep = (t - output) ** 2 / 2, np.abs(t - output)
        elif run.network.loss_name == "cross_entropy":
            each, steep = -t * np.log(output), t / output
        else:
            each = -t * np.log(output) - (1 - t) * np.log1p(-output)
            steep = t / output + (1 - t) / (1 - output)
        off = np.sum(steep * np.spacing(output)) / len(x)
    return float(np.sum(each) / len(x)), float(off)


@dataclass(frozen=True, eq=False)
class Changes(Mapping[str, np.ndarray]):
    """Changes of all stored parameters by key, each looked up only when it is asked for."""

    spans: Mapping[str, Span]
    changes: np.ndarray

    def __getitem__(self, key: str) -> np.ndarray:
        return self.spans[key].view(self.changes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.spans)

    def __len__(self) -> int:
        return len(self.spans)


def parameter_changes(run: Simulation, x: np.ndarray, t: np.ndarray) -> Changes:
    """Return what a step changes in each stored parameter, by key; the run stays as it is."""
    machine = run.machine
    before, state = machine.values.copy(), machine.state.copy()
    run.step(x, t)
    with np.errstate(all="ignore"):  # What is no parameter may be no number either.
        changes = machine.values - before
    machine.values[:], machine.state[:] = before, state
    run.progress.updates -= 1
    return Changes(machine.spans, changes)


def slope_check(
    run: Simulation,
    population: str,
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    skipped: Container[str] = (),
) -> tuple[bool, int, float]:
    """Compare updates at rate 1 into a population with minus the slopes of the loss.

    Parameters
    ----------
    skipped
        Keys of weights and biases that are not compared.

    Returns
    -------
    Whether they agree, how many were compared, and the largest difference relative to the largest
    of them. Weights at which the loss has a kink are passed over.
    """
    pairs = np.array(list(_pairs(run, population, batch, rng, skipped))).reshape(-1, 2)
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
    skipped: Container[str],
) -> Iterator[tuple[float, float]]:
    changes = parameter_changes(run, *batch)
    network = run.network
    keys = [
        kept_weights(network, b.name)
        for b in network.forward_at.into(population)
        if b.edges.learn and not b.edges.pool
    ]
    keys = [keys[number] for number in rng.permutation(len(keys))[:MOST_BUNDLES]]
    keys += [kept_biases(network, population)] if bias_may_learn(network, population) else []
    for key in dict.fromkeys(key for key in keys if key not in skipped):
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
    """Return the derivative of the loss by one weight, None where a kink or rounding hides it."""
    kept, found, unsure = values[place], [], 0.0
    for by in (BY, BY / 2):
        values[place] = kept + by
        (above, off), active = _loss_and_rounding(run, *batch), _active(run, batch[0])
        values[place] = kept - by
        (below, off_below), active_below = _loss_and_rounding(run, *batch), _active(run, batch[0])
        values[place] = kept
        unsure = (off + off_below) / (2 * by)
        if any(not np.array_equal(a, b) for a, b in zip(active, active_below, strict=True)):
            return None
        found.append((above - below) / (2 * by))
    first, second = found
    allowed = RELATIVE / 10 * max(abs(first), abs(second)) + 1e-9
    rough = abs(first - second) > allowed or unsure > allowed
    return None if rough or not np.isfinite(second) else second


def _active(run: Simulation, x: np.ndarray) -> list[np.ndarray]:
    """Return which neurons are above 0 or win a pool, where that decides about the slope.

    It is NaN, equal to nothing, where a root is so steep that its slope is not that of the channel.
    """
    least = {
        name: LEAST_TOTAL**mu if 0 < mu < 1 else -1.0
        for name, one in run.network.populations.items()
        for kind, mu in [activation_of(one)]
        if kind.falls_silent or 0 < mu < 1
    }
    pools = {name: made for name, made in run.network.geometries.items() if made.kind == "max"}
    activity = run.forward(x) if least or pools else {}
    taken = [winners(made, activity[name.split(" -> ")[0]]) for name, made in pools.items()]
    return taken + [
        np.where(np.abs(activity[name]) <= steep, np.nan, activity[name] > 0)
        for name, steep in least.items()
        if name in activity
    ]
