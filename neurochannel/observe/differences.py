"""Derivatives of the loss by finite differences, for a few weights of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurochannel.engine.activations import activation_of
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import bias_may_learn
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.threads import one_blas_thread
from neurochannel.engine.window_edges import winners
from neurochannel.kernels.activation import LEAST_TOTAL
from neurochannel.model.network import Bundle, ForwardEdges, Network

MOST = 12
"""Weights that are tried in each bundle."""

MOST_BUNDLES = 20
"""Bundles into each population whose weights are tried."""

BY = 1e-5
RELATIVE = 1e-4
"""Largest difference from an update, as a fraction of the largest one tried."""


def loss_of(run: Simulation, x: np.ndarray, t: np.ndarray) -> float:
    """Return the mean loss over a batch with targets (n, outputs), in plain NumPy."""
    return _loss_and_rounding(run.network, run.predict(x), t)[0]


def _loss_and_rounding(network: Network, output: np.ndarray, t: np.ndarray) -> tuple[float, float]:
    """Return the loss, and by how much it may be off because outputs are floats.

    The second is much larger than the last bit of the loss where an output is so small, or so close
    to 1, that floats are far apart there.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if network.loss_name == "squared_error":
            each, steep = (t - output) ** 2 / 2, np.abs(t - output)
        elif network.loss_name == "cross_entropy":
            each, steep = -t * np.log(output), t / output
        else:
            each = -t * np.log(output) - (1 - t) * np.log1p(-output)
            steep = t / output + (1 - t) / (1 - output)
        off = np.sum(steep * np.spacing(output)) / len(t)
    return float(np.sum(each) / len(t)), float(off)


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


def unlike(one: Changes, other: Changes) -> list[str]:
    """Return the keys of both under which changes are not the same to the last bit."""
    n = min(len(one.changes), len(other.changes))
    apart = np.concatenate([[0], np.cumsum(one.changes[:n] != other.changes[:n])])
    found = []
    for key, span in one.spans.items():
        if key not in other.spans:
            continue
        if other.spans[key] != span:
            same = np.array_equal(one[key], other[key])
        else:
            same = apart[span.start + span.size] == apart[span.start]
        if not same:
            found.append(key)
    return found


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


class Slopes(NamedTuple):
    """What comes of holding updates against slopes of the loss.

    Parameters
    ----------
    fits
        Whether they agree.
    compared, of
        How many were compared, and how many there are.
    worst
        The largest difference relative to the largest of them.
    """

    fits: bool
    compared: int
    of: int
    worst: float


def slope_check(
    run: Simulation,
    population: str,
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    skipped: Container[str] = (),
    most: int = MOST * MOST_BUNDLES,
) -> Slopes:
    """Compare updates at rate 1 into a population with minus the slopes of the loss.

    Weights at which the loss has a kink are passed over.

    Parameters
    ----------
    skipped
        Keys of weights and biases that are not compared.
    most
        About how many weights to compare, at least `MOST` of a bundle and of the biases.
    """
    keys = chosen_keys(run.network, population, rng, most // MOST)
    keys = [key for key in dict.fromkeys(keys) if key not in skipped]
    with one_blas_thread():
        pairs = np.array(list(_pairs(run, keys, batch, rng))).reshape(-1, 2)
    n_weights = sum(run.machine.parameter(key).size for key in _all_keys(run.network, population))
    if not len(pairs):
        return Slopes(True, 0, n_weights, 0.0)
    off = float(np.abs(pairs[:, 0] - pairs[:, 1]).max())
    largest = float(np.abs(pairs).max())
    noise = 1e-9 * max(1.0, abs(loss_of(run, *batch)))
    worst = off / largest if largest else 0.0
    return Slopes(off <= RELATIVE * largest + noise, len(pairs), n_weights, worst)


def _learning_into(network: Network, population: str) -> list[Bundle[ForwardEdges]]:
    into = network.forward_at.into(population)
    return [b for b in into if b.edges.learn and not b.edges.pool]


def _all_keys(network: Network, population: str) -> set[str]:
    """Return the keys of all weights and biases into a population that may learn."""
    biases = {kept_biases(network, population)} if bias_may_learn(network, population) else set()
    return {kept_weights(network, b.name) for b in _learning_into(network, population)} | biases


def chosen_keys(
    network: Network, population: str, rng: np.random.Generator, most: int
) -> list[str]:
    """Choose bundles at random, of each kind of settings if there are many, and the biases."""
    bundles = _learning_into(network, population)
    chosen = [bundles[number] for number in rng.permutation(len(bundles))]
    if len(chosen) > MOST_BUNDLES:
        turn = Counter[tuple[object, ...]]()
        turns = []
        for one in chosen:
            kind = _kind(one.edges)
            turn[kind] += 1
            turns.append(turn[kind])
        chosen = [chosen[number] for number in np.argsort(turns, kind="stable")]
    keys = [kept_weights(network, b.name) for b in chosen[: max(1, min(most, MOST_BUNDLES))]]
    return keys + (
        [kept_biases(network, population)] if bias_may_learn(network, population) else []
    )


def _kind(edges: ForwardEdges) -> tuple[object, ...]:
    """Return what decides how a bundle is compiled."""
    sparse = edges.fan_in or edges.density or edges.edges is not None
    return bool(sparse), edges.one_to_one, edges.share is None, edges.rule, edges.synapse


def _pairs(
    run: Simulation,
    keys: Sequence[str],
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> Iterator[tuple[float, float]]:
    changes, passed = parameter_changes(run, *batch), _Pass(run, *batch)
    for key in keys:
        change, values = changes[key], run.machine.parameter(key)
        for number in rng.permutation(values.size)[:MOST]:
            place = np.unravel_index(number, values.shape)
            slope = _slope(passed, values, place)
            if slope is not None:
                yield float(change[place]), -slope


class _Pass:
    """A batch that goes through a run again whenever its weights have changed."""

    def __init__(self, run: Simulation, x: np.ndarray, t: np.ndarray) -> None:
        self._network, self._targets = run.network, t
        self._send, self._activity = run.repeatable_forward(x)
        # It is NaN, equal to nothing, where a root is so steep that its slope is not the channel's.
        self._least = {
            name: LEAST_TOTAL**mu if 0 < mu < 1 else -1.0
            for name, one in run.network.populations.items()
            for kind, mu in [activation_of(one)]
            if (kind.falls_silent or 0 < mu < 1) and name in self._activity
        }
        geometries = run.network.geometries
        self._pools = {name: made for name, made in geometries.items() if made.kind == "max"}

    def loss(self) -> tuple[float, float, list[np.ndarray]]:
        """Return the loss, by how much it may be off, and which neurons are active or win a pool.

        These decide about slopes.
        """
        self._send()
        activity = self._activity
        loss = _loss_and_rounding(self._network, activity[self._network.output], self._targets)
        taken = [
            winners(made, activity[name.split(" -> ")[0]]) for name, made in self._pools.items()
        ]
        taken += [
            np.where(np.abs(activity[name]) <= steep, np.nan, activity[name] > 0)
            for name, steep in self._least.items()
        ]
        return *loss, taken


def _slope(passed: _Pass, values: np.ndarray, place: tuple[np.intp, ...]) -> float | None:
    """Return the derivative of the loss by one weight, None where a kink or rounding hides it."""
    kept, found, unsure = values[place], [], 0.0
    for by in (BY, BY / 2):
        values[place] = kept + by
        above, off, active = passed.loss()
        values[place] = kept - by
        below, off_below, active_below = passed.loss()
        values[place] = kept
        unsure = (off + off_below) / (2 * by)
        if any(not np.array_equal(a, b) for a, b in zip(active, active_below, strict=True)):
            return None
        found.append((above - below) / (2 * by))
    first, second = found
    allowed = RELATIVE / 10 * max(abs(first), abs(second)) + 1e-9
    rough = abs(first - second) > allowed or unsure > allowed
    return None if rough or not np.isfinite(second) else second
