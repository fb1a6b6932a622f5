"""Devices of synapses: what their spreads make of each one, and how they respond to pulses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from neurochannel.engine.parameters import sides_of
from neurochannel.engine.streams import OPPOSITE, stream
from neurochannel.errors import OptionError
from neurochannel.kernels import bulk, random
from neurochannel.kernels.devices import PULSES, Chip, Shape
from neurochannel.model.problems import short
from neurochannel.model.synapse_rules import READING
from neurochannel.model.synapses import Synapse

UNBOUNDED = 1e30
Draw = Callable[[str], np.ndarray]
"""Gives numbers for all devices by what they are for: normal, or "... uniform" ones in [0, 1)."""


class Devices(NamedTuple):
    """What differs among devices: arrays of one element each, or (n,); float64.

    Parameters
    ----------
    a, b, c, d, low, high
        See `kernels.devices`.
    stuck
        The weight at which a device is stuck, NaN where it moves.
    leak, drift, reference
        1 / time constant, exponent, and what is subtracted.
    """

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    d: np.ndarray
    low: np.ndarray
    high: np.ndarray
    stuck: np.ndarray
    leak: np.ndarray
    drift: np.ndarray
    reference: np.ndarray


def draw_devices(synapse: Synapse, draw: Draw) -> Devices:
    """Return the devices of a synapse; what has no spread is one number for all.

    Parameters
    ----------
    draw
        Called only for what is spread.
    """

    def spread(what: str, amount: float) -> np.ndarray:
        return amount * draw(what) if amount else np.zeros(1)

    low, high = _bounds(synapse, spread)
    rising, falling = _steps(synapse, spread)
    if synapse.model == "saturating":
        a, b, c, d = _saturating(synapse, rising, falling, low, high)
    elif synapse.model == "linear":
        a, b, c, d = _linear(synapse, rising, falling, low, high, spread)
    else:
        a, b, c, d = rising, np.zeros(1), falling, np.zeros(1)
    stuck = _stuck(synapse, low, high, draw)
    if synapse.stuck:
        moving = np.isnan(stuck)
        a, b, c, d = (np.where(moving, part, 0.0) for part in (a, b, c, d))
    leak = np.zeros(1)
    if synapse.leak is not None:
        leak = 1.0 / np.maximum(synapse.leak * (1.0 + spread("leak", synapse.leak_spread)), 1e-30)
        leak = np.where(np.isnan(stuck), leak, 0.0)
    drift = np.maximum(synapse.drift * (1.0 + spread("drift", synapse.drift_spread)), 0.0)
    reference = synapse.reference + spread("reference", synapse.reference_spread)
    return Devices(a, b, c, d, low, high, stuck, leak, drift, reference)


Spread = Callable[[str, float], np.ndarray]


def _bounds(synapse: Synapse, spread: Spread) -> tuple[np.ndarray, np.ndarray]:
    if synapse.bounds is None:
        return np.full(1, -UNBOUNDED), np.full(1, UNBOUNDED)
    of_low, of_high = synapse.both("bounds_spread")
    low = -np.abs(synapse.bounds[0] * (1.0 + spread("lower bound", of_low)))
    return low, np.abs(synapse.bounds[1] * (1.0 + spread("upper bound", of_high)))


def _steps(synapse: Synapse, spread: Spread) -> tuple[np.ndarray, np.ndarray]:
    """Return s+ and s-, as parts of 1 where there is no step."""
    varied = spread("step", synapse.step_spread)
    gain = np.exp(varied) if synapse.lognormal else 1.0 + varied
    tilt = spread("asymmetry", synapse.asymmetry_spread)
    weaker, step = synapse.asymmetry, synapse.step or 1.0
    rising = step * np.abs(gain + min(weaker, 0.0) + tilt)
    falling = step * np.abs(gain - max(weaker, 0.0) - tilt)
    return rising, falling


def _linear(
    synapse: Synapse,
    rising: np.ndarray,
    falling: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    spread: Spread,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    up, down = synapse.both("soft")
    if synapse.soft_bound == "mean" and synapse.bounds is not None:
        low, high = np.full(1, synapse.bounds[0]), np.full(1, synapse.bounds[1])
    of_up = up * (1.0 + spread("soft up", synapse.soft_spread)) if up else np.zeros(1)
    of_down = down * (1.0 + spread("soft down", synapse.soft_spread)) if down else np.zeros(1)
    b = -of_up * rising / np.where(high == 0.0, 1.0, high)
    d = -of_down * falling / np.where(low == 0.0, 1.0, low)
    return rising, b, falling, d


def _saturating(
    synapse: Synapse, rising: np.ndarray, falling: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps of (1 - exp(-c n s / range)) / (1 - exp(-c)), linear in the weight."""
    up, down = synapse.both("curvature")
    wide = np.where(high > low, high - low, 1.0)

    def of_one(curvature: float, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if curvature == 0.0:
            return step, np.zeros(1)
        lost = -np.expm1(-curvature * step / wide)
        return wide / -np.expm1(-curvature) * lost, lost

    (first_up, lost_up), (first_down, lost_down) = of_one(up, rising), of_one(down, falling)
    a, b = first_up + low * lost_up, -lost_up
    return a, b, first_down - high * lost_down, lost_down


def _stuck(synapse: Synapse, low: np.ndarray, high: np.ndarray, draw: Draw) -> np.ndarray:
    if not synapse.stuck:
        return np.full(1, np.nan)
    limits = synapse.stuck_range or synapse.bounds or (0.0, 0.0)
    where = limits[0] + (limits[1] - limits[0]) * draw("stuck at uniform")
    where = np.minimum(np.maximum(where, low), high)
    return np.where(draw("stuck uniform") < synapse.stuck, where, np.nan)


def growing(made: Devices, *, opposite: bool) -> Devices:
    """Return the devices of one side of pairs, which pulses up only move, from 0 on.

    Those of the opposite side are mirrored: what they hold is at most 0, pulses down only move
    them, and a weight is the sum of both.
    """
    zero = np.zeros(1)
    if not opposite:
        return made._replace(c=zero, d=zero, low=zero)
    mirrored = made._replace(a=zero, b=zero, c=made.a, d=-made.b, low=-made.high, high=zero)
    return mirrored._replace(stuck=-made.stuck)


def shape_of(synapse: Synapse, *, opposite: bool = False) -> tuple[str, Shape]:
    """Return the name of the model and its numbers, as `kernels.devices` has them.

    Parameters
    ----------
    opposite
        Whether for mirrored devices, see `growing`, whose steps down are those of others up.
    """
    name = "linear" if synapse.model == "saturating" else synapse.model
    way, sign = (-1, -1.0) if opposite else (1, 1.0)
    own = {
        "power": synapse.both("exponent")[::way],
        "exponential": (
            synapse.slope,
            sign * synapse.offset,
            *synapse.both("amplitude")[::way],
            *synapse.both("growth")[::way],
        ),
    }.get(name, ())
    noise, step = synapse.cycle_noise, synapse.step or 1.0
    by_weight, curved = synapse.cycle == "weight", synapse.model == "saturating"
    noises = (
        noise * (not by_weight),
        noise * (by_weight and not curved),
        noise * step * (by_weight and curved),
    )
    numbers: list[Any] = [*own, *([0.0] * (6 - len(own))), *noises]
    return name, Shape(*numbers)


def chip_numbers(chip_seed: int, key: str, n: int) -> Draw:
    """Return what draws n numbers of a chip for the devices of a key."""

    def draw(what: str) -> np.ndarray:
        out = np.empty(n)
        uniform = what.endswith(" uniform")
        kind, scale, mean = (random.UNIFORM, 0.5, 0.5) if uniform else (random.NORMAL, 1.0, 0.0)
        name = stream(f"chip:{what.removesuffix(' uniform')}:{key}")
        random.fill(out, kind, scale, mean, np.uint64(chip_seed), name, np.uint64(0))
        return out

    return draw


def drawn_for(synapse: Synapse, key: str, n: int, chip_seed: int) -> Devices:
    """Return the devices of a key, n numbers of each kind; those of a side of pairs only grow."""
    made = draw_devices(synapse, chip_numbers(chip_seed, key, n))
    made = growing(made, opposite=key.startswith(OPPOSITE)) if synapse.pair else made
    return Devices(*(np.broadcast_to(part, n) for part in made))


# -- looking at devices alone ---------------------------------------------------------------------

ALONE = "response"
"""The key of devices that belong to no bundle."""


def response(
    synapse: Synapse,
    up: int,
    down: int,
    devices: int,
    chip_seed: int,
    noise: bool,
    seed: int,
    start: float,
) -> np.ndarray:
    """Return what devices show after each pulse, see `Synapse.response`."""
    for name, value, least in (("up", up, 0), ("down", down, 0), ("devices", devices, 1)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise OptionError(
                f"{name} must be a whole number of at least {least}, got {short(value)}"
            )
    for name, value in (("chip_seed", chip_seed), ("seed", seed)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            raise OptionError(f"{name} must be a whole number of at least 0, got {short(value)}")
    if synapse.step is None:
        raise OptionError(
            "a response must have a step to count pulses in, got none; give step = 0.002, say"
        )
    counts = [1] * up + [-1] * down
    looks = [
        _Look(synapse, devices, chip_seed, noise, seed, side) for side in sides_of(ALONE, synapse)
    ]
    held = sum(look.after(counts, start) for look in looks)
    return looks[0].read(np.asarray(held))


class _Look:
    """Devices on their own, at which one pulse arrives after the other."""

    def __init__(
        self, synapse: Synapse, n: int, chip_seed: int, noise: bool, seed: int, key: str
    ) -> None:
        self._synapse, self._n, self._key = synapse, n, key
        self._seed, self._noise = np.uint64(seed), noise
        self._made, self._opposite = drawn_for(synapse, key, n, chip_seed), key.startswith(OPPOSITE)
        self._chip = Chip(*(part.astype(np.float32) for part in self._made[:6]))
        name, shape = shape_of(synapse, opposite=self._opposite)
        noises = shape[6:] if noise else (0.0, 0.0, 0.0)
        self._shape = Shape(*(np.float32(part) for part in (*shape[:6], *noises)))
        self._pulse = PULSES[name]

    def after(self, counts: list[int], start: float) -> np.ndarray:
        """Return what is held at the start and after each count of pulses, (1 + counts, n)."""
        synapse, made = self._synapse, self._made
        rest = -synapse.rest if self._opposite else synapse.rest
        hidden = np.clip(np.full(self._n, start) + made.reference, made.low, made.high)
        hidden = np.where(np.isnan(made.stuck), hidden, made.stuck).astype(np.float32)
        since, written = np.zeros(self._n), self._written(hidden, 0)
        held = [self._held(hidden, written, since)]
        for number, count in enumerate(counts, 1):
            before = hidden.copy()
            key = self._bulk_key("cycle", number)
            pulses = np.full(self._n, count, np.float32)
            self._pulse(pulses, hidden, self._chip, self._shape, key)
            moved = hidden != before
            if synapse.leak is not None:
                kept = np.exp(-made.leak)
                hidden[:] = rest + (hidden - rest) * kept
            if count and synapse.write_noise:
                written = np.where(moved, self._written(hidden, number), written)
            since = np.where(moved, 0.0, since + 1.0)
            held.append(self._held(hidden, written, since))
        return np.array(held)

    def read(self, held: np.ndarray) -> np.ndarray:
        """Return what is read of what is held, (1 + counts, n), in its bits and with its noise."""
        synapse, w = self._synapse, held
        if synapse.bits is not None:
            most = synapse.range or max(map(abs, synapse.bounds or (1.0, 1.0)))
            levels = 2 ** (synapse.bits - 1) - 1
            w = np.clip(np.rint(w / most * levels), -levels, levels) * (most / levels)
        if self._noise and synapse.read_noise:
            size = synapse.read_noise * (np.abs(w) if synapse.read == "relative" else 1.0)
            w = w + size * np.array([self._normals("read", number) for number in range(len(w))])
        return np.asarray(w, np.float32)

    def _normals(self, what: str, number: int) -> np.ndarray:
        out = np.empty(self._n, np.float32)
        bulk.fill_normals(out, self._bulk_key(what, number), np.uint32(0))
        return out

    def _bulk_key(self, what: str, number: int) -> np.uint64:
        name = stream(f"{what}:{self._key}")
        return np.uint64(bulk.key(self._seed, name, np.uint64(number)))

    def _written(self, hidden: np.ndarray, number: int) -> np.ndarray:
        """Return the error with which weights are written, drawn again for each."""
        if not (self._noise and self._synapse.write_noise):
            return np.zeros(self._n)
        return self._synapse.write_noise * self._normals("write", number)

    def _held(self, hidden: np.ndarray, written: np.ndarray, since: np.ndarray) -> np.ndarray:
        synapse, made = self._synapse, self._made
        w = hidden.astype(np.float64)
        if synapse.drift:
            w = w * np.maximum(since / synapse.t0, 1.0) ** -made.drift
        return np.asarray(w - made.reference + written)


def symmetry_point(synapse: Synapse) -> float | None:
    """Return the weight at which steps up and down are equal, see `Synapse.symmetry_point`."""
    if synapse.pair:
        return None
    if synapse.model not in ("linear", "saturating"):
        return _found(synapse)
    made = draw_devices(synapse.model_copy(update=_WITHOUT_SPREAD), lambda what: np.ones(1))
    slopes = float(made.d[0] - made.b[0])
    if slopes <= 0.0:
        return None
    point = float(made.a[0] - made.c[0]) / slopes
    if not float(made.low[0]) <= point <= float(made.high[0]):
        return None
    return point - synapse.reference


_WITHOUT_SPREAD = {
    name: 0.0 for name in Synapse.model_fields if name.endswith("_spread") or name == "stuck"
} | {"lognormal": False, "soft_bound": "own", "stuck_range": None}


def _found(synapse: Synapse) -> float | None:
    """Return the same of models that have no formula for it, by bisection."""
    if synapse.bounds is None:
        return None
    low, high = synapse.bounds
    unread = {name: Synapse.model_fields[name].default for name in READING}
    plain = synapse.model_copy(update=_WITHOUT_SPREAD | unread | {"write_noise": 0.0})

    def gap(at: float) -> float:
        look = _Look(plain, 1, 0, False, 0, ALONE)
        up, down = (look.after([sign], at + plain.reference) for sign in (1, -1))
        return float(up[1, 0] + down[1, 0] - up[0, 0] - down[0, 0])

    first, last = low + (high - low) * 0.01, high - (high - low) * 0.01
    if gap(first) * gap(last) > 0:
        return None
    for _ in range(40):
        middle = (first + last) / 2
        first, last = (middle, last) if gap(middle) * gap(first) > 0 else (first, middle)
    return (first + last) / 2
