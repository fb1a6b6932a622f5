"""Weights that devices cannot have, hardly tell apart, soon forget, or do not keep."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.data import Data
from neurochannel.engine.device_places import chip_place, stored_weights
from neurochannel.engine.parameters import device_rules, sides_of
from neurochannel.model.synapses import Synapse
from neurochannel.observe.lint.finding import Finding, warning
from neurochannel.observe.lint.first_batch import FirstBatch

MOST_CLIPPED = 0.05
"""Part of the initial weights at a bound from which on that is worth a warning."""
FEWEST_STATES = 16
"""Steps between the bounds below which most of a weight is rounding."""
FINEST = 2.0**-24
"""Half a step of a 32-bit weight of 1."""
FAR = 0.5
"""Part of the way to a bound at which a symmetry point is worth a warning."""
_STEPS = (
    *("model", "asymmetry", "bounds", "soft", "exponent", "pair"),
    *("slope", "offset", "amplitude", "growth", "curvature"),
)
"""Fields on which the steps of a device without spread depend."""
LEAP = 5.0
"""Pulse at weight 0, in steps by which pulses are counted, above which it is worth a warning."""
TILTED = 0.01
"""Difference of steps up and down, as a part of both, from which on weights drift."""


def device_findings(probe: FirstBatch, data: Data | None) -> Iterator[Finding]:
    """Find what is questionable about devices whatever they are asked for."""
    machine, learning = probe.run.machine, {lines.key for lines in probe.lines()}
    n = len(data.train.x) if data is not None else None
    for key, synapse in device_rules(probe.network):
        shown = machine.memory.values[key].view(machine.values)
        weights = shown if synapse.pair else stored_weights(machine.memory, machine.values, key)
        if weights.size and np.any(weights):
            yield from _initial(probe, key, synapse, weights)
            yield from _noisy(key, synapse, shown)
        yield from _states(key, synapse)
        yield from _forgetful(key, synapse, n)
        if key in learning or synapse.gains:
            yield from _drifting(key, synapse)
            yield from _leaping(key, synapse)


def _initial(
    probe: FirstBatch, key: str, synapse: Synapse, weights: np.ndarray
) -> Iterator[Finding]:
    machine = probe.run.machine
    low, high = (
        chip_place(machine.memory, side, name).view(machine.values)
        for side, name in ((sides_of(key, synapse)[-1], "low"), (key, "high"))
    )
    clipped = float(np.mean((weights <= low) | (weights >= high)))
    if synapse.bounds is not None and clipped > MOST_CLIPPED:
        yield warning(
            key,
            f"starts with {clipped:.0%} of its weights at the bounds of their devices; draw "
            "smaller weights, for example by init = { scale = 0.5 }, or take wider bounds",
        )
    spread = float(np.sqrt(np.mean(np.square(weights))))
    if synapse.step is not None and synapse.step > spread:
        yield warning(
            key,
            f"starts with weights of {spread:.2g} on average, less than a single step of their "
            f"devices, {synapse.step:g}; draw larger weights, or take smaller steps",
        )


def _noisy(key: str, synapse: Synapse, shown: np.ndarray) -> Iterator[Finding]:
    """Find noise of reading that covers the weights."""
    relative = synapse.read == "relative"
    spread = 1.0 if relative else float(np.sqrt(np.mean(np.square(shown))))
    if synapse.read_noise > spread:
        what = "the weights themselves" if relative else f"weights of {spread:.2g} on average"
        yield warning(
            key,
            f"is read with a noise of {synapse.read_noise:g}, more than {what}; take less "
            "read_noise, or larger weights",
        )


def _states(key: str, synapse: Synapse) -> Iterator[Finding]:
    """Find steps that are coarse for the bounds, or too fine for numbers of 32 bits."""
    if synapse.step is None or synapse.bounds is None:
        return
    low, high = synapse.bounds
    n = (high - low) / synapse.step
    if n < FEWEST_STATES:
        yield warning(
            key,
            f"has devices of {n:.3g} steps from bound to bound, so that most of a weight is "
            "rounding; take smaller steps, or wider bounds",
        )
    elif synapse.step < FINEST * max(-low, high):
        yield warning(
            key,
            f"has steps of {synapse.step:g}, which are lost next to a weight of "
            f'{max(-low, high):g} in 32 bits; take larger steps, or dtype = "float64"',
        )


def _forgetful(key: str, synapse: Synapse, n: int | None) -> Iterator[Finding]:
    """Find a leak that is quicker than an epoch of n examples."""
    if synapse.leak is not None and n is not None and synapse.leak < n:
        yield warning(
            key,
            f"loses all but 1/e of a weight in {synapse.leak:,g} examples, less than an epoch of "
            f"{n:,}; choose a longer leak, or fewer examples",
        )


def _drifting(key: str, synapse: Synapse) -> Iterator[Finding]:
    """Find devices that pulses up and down drive away from 0."""
    if synapse.pair or synapse.bounds is None:
        return
    point, (low, high) = synapse.symmetry_point, synapse.bounds
    remedy = "subtract it by a reference, or take devices of less asymmetry"
    if point is not None and abs(point) > FAR * (high if point > 0 else -low):
        yield warning(
            key,
            f"has devices whose steps up and down are equal at {point:.2g}, where pulses in both "
            f"directions drive their weights within [{low:g}, {high:g}]; {remedy}",
        )
    elif point is None and abs(tilt := _tilt(synapse)) > TILTED:
        way, bound = ("up", high) if tilt > 0 else ("down", low)
        yield warning(
            key,
            f"has devices whose steps {way} are the larger ones wherever the weight is, so that "
            f"pulses in both directions drive it to {bound:g}; take devices of less asymmetry",
        )


def _leaping(key: str, synapse: Synapse) -> Iterator[Finding]:
    """Find pulses that move a weight at 0 by far more than the step that counts them."""
    if synapse.step is None:
        return
    largest = max(_at_zero(synapse))
    if largest > LEAP * synapse.step:
        factor = largest / synapse.step
        yield warning(
            key,
            f"has devices of which a pulse moves a weight at 0 by {largest:.2g}, {factor:.2g} "
            f"times the step of {synapse.step:g} by which pulses are counted, so that small "
            f"weights learn as if at {factor:.2g} times the rate; lower it",
        )


def _tilt(synapse: Synapse) -> float:
    """Return (up - down) / (up + down) of steps at weight 0, without spread."""
    rise, fall = _at_zero(synapse)
    return (rise - fall) / (rise + fall) if rise + fall else 0.0


def _at_zero(synapse: Synapse) -> tuple[float, float]:
    """Return the steps up and down at weight 0, without spread."""
    low, high = synapse.bounds or (-1.0, 1.0)
    steps = {name: value for name, value in synapse.at_work.items() if name in _STEPS}
    quiet = Synapse(**{**steps, "step": synapse.step or (high - low) / 1000})
    up = quiet.response(1, 0, 1, noise=False)[:, 0]
    down = quiet.response(0, 1, 1, noise=False)[:, 0]
    return float(up[1] - up[0]), float(down[0] - down[1])
