"""Weights as devices: what a pulse does to one, and what is read from it later.

A device has six numbers, in rows `a`, `b`, `c`, `d`, `low` and `high` of its chip: the size of a
step at weight w is made of a and b upward, of c and d downward, by one of three models, and a
weight stays between low and high. Devices that do not move have a = b = c = d = 0.

- linear: a + b w up, c + d w down
- power: a ((high - w) / (high - low))**p up, c ((w - low) / (high - low))**q down; p, q = e_0, e_1
- exponential: a max(1 - e_2 exp(e_4 z), 0) up, c max(1 - e_3 exp(-e_5 z), 0) down, with
  z = 2 e_0 w / (high - low) + e_1

A step with noise is size (1 + relative z) + (own s + flat) z, where s is a or c, and z is drawn for
each pulse.
"""

# d = device of a row, k = pulse

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.jit import inner, jit
from neurochannel.kernels.magnitudes import largest
from neurochannel.kernels.views import part

_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
LANES = 16
"""Devices that are moved together by noisy pulses: as many as there are pulses for any of them."""
KEPT_KEYS = 32
"""Pulses whose keys of noise are kept: as many as the longest train has."""


class Shape(NamedTuple):
    """The numbers of a model, and how noisy its steps are."""

    e_0: Any
    e_1: Any
    e_2: Any
    e_3: Any
    e_4: Any
    e_5: Any
    relative: Any
    own: Any
    flat: Any


class Chip(NamedTuple):
    """A row of devices, or of what a matrix has of them."""

    a: Any
    b: Any
    c: Any
    d: Any
    low: Any
    high: Any


class NoiseKeys(NamedTuple):
    """Where normal numbers for each pulse come from: a key, and what follows from it at once.

    Parameters
    ----------
    keys
        (rows of 3,) uint64: those that `bulk.normal` wants for the pulses with the lowest numbers.
    """

    key: Any
    keys: Any


@inner
def extend_keys(noise, known, most):
    """Make the keys of pulses number known, ..., as far as `most` and the room go; return how far.

    They are the same for all rows of a bundle.
    """
    while known < most and known < noise.keys.shape[0]:
        key_1, key_2, key_3 = bulk.normal_keys(bulk.block_key(noise.key, np.uint64(known)))
        noise.keys[known, 0], noise.keys[known, 1], noise.keys[known, 2] = key_1, key_2, key_3
        known += 1
    return known


@inner
def keys_of(noise, k):
    """Return the three keys of pulse number k."""
    if k < noise.keys.shape[0]:
        return noise.keys[k, 0], noise.keys[k, 1], noise.keys[k, 2]
    return bulk.normal_keys(bulk.block_key(noise.key, np.uint64(k)))


@inner
def linear_size(w, rising, a, b, c, d, low, high, shape):
    """Return the size of a step of the linear model."""
    return (a if rising else c) + (b if rising else d) * w


@inner
def power_size(w, rising, a, b, c, d, low, high, shape):
    """Return the size of a step of the power model."""
    wide = high - low
    left = (high - w if rising else w - low) / (wide if wide > 0.0 else _ONE)
    left = left if left > 0.0 else left * _ZERO
    return (a if rising else c) * left ** (shape.e_0 if rising else shape.e_1)


@inner
def exponential_size(w, rising, a, b, c, d, low, high, shape):
    """Return the size of a step of the exponential model."""
    wide = high - low
    z = (shape.e_0 + shape.e_0) * w / (wide if wide > 0.0 else _ONE) + shape.e_1
    loss = (shape.e_2 if rising else shape.e_3) * math.exp(
        shape.e_4 * z if rising else -shape.e_5 * z
    )
    left = _ONE - loss
    return (a if rising else c) * (left if left > 0.0 else left * _ZERO)


SIZES = {"linear": linear_size, "power": power_size, "exponential": exponential_size}
"""The models by name."""


@inner
def clipped(v, low, high):
    """Return v, but nothing beyond its bounds."""
    v = low if v < low else v
    return high if v > high else v


@inner
def shift_row(count, weight, chip, shape, noise, first):
    """weight[d] += count[d] steps whose size does not depend on the weight, then the bounds.

    Parameters
    ----------
    count
        Pulses, negative ones downward.
    noise, first
        See `NoiseKeys`; the number of the first device.
    """
    if shape.relative + shape.own + shape.flat == 0.0:
        for d in range(weight.shape[0]):
            n = count[d]
            v = clipped(
                weight[d] + n * (chip.a[d] if n > 0.0 else chip.c[d]), chip.low[d], chip.high[d]
            )
            weight[d] = v if n != 0.0 else weight[d]
        return
    key_1, key_2, key_3 = keys_of(noise, 0)
    for d in range(weight.shape[0]):
        n = count[d]
        z = np.sqrt(abs(n)) * bulk.normal(key_1, key_2, key_3, first + d)
        size = chip.a[d] if n > 0.0 else chip.c[d]
        spread = (shape.relative + shape.own) * size + (shape.flat if size != 0.0 else _ZERO * size)
        v = clipped(weight[d] + n * size + spread * z, chip.low[d], chip.high[d])
        weight[d] = v if n != 0.0 else weight[d]


def _move_row(size_of):
    """Return the function that moves a row pulse by pulse."""

    @inner
    def move_exactly(count, weight, chip, shape):
        """Move by steps without noise: the whole row by one pulse, then by the next."""
        most, k = largest(count), count.dtype.type(0.0)
        while k < most:
            for d in range(weight.shape[0]):
                n, w = count[d], weight[d]
                rising, low, high = n > 0.0, chip.low[d], chip.high[d]
                size = size_of(
                    w, rising, chip.a[d], chip.b[d], chip.c[d], chip.d[d], low, high, shape
                )
                v = clipped(w + (size if rising else -size), low, high)
                weight[d] = v if abs(n) > k else w
            k = k + _ONE

    @inner
    def move_lanes(count, begin, lanes, weight, chip, shape, noise, first):
        """Move some devices from number `begin` on by steps with noise, by all of their pulses."""
        most, k, pulse = largest(part(count, begin, lanes)), count.dtype.type(0.0), 0
        while k < most:
            key_1, key_2, key_3 = keys_of(noise, pulse)
            for d in range(begin, begin + lanes):
                n, w = count[d], weight[d]
                rising, low, high = n > 0.0, chip.low[d], chip.high[d]
                a, c = chip.a[d], chip.c[d]
                size = size_of(w, rising, a, chip.b[d], c, chip.d[d], low, high, shape)
                z = bulk.normal(key_1, key_2, key_3, first + d)
                flat = shape.flat if size != 0.0 else _ZERO * size
                size = size + z * (shape.relative * size + shape.own * (a if rising else c) + flat)
                v = clipped(w + (size if rising else -size), low, high)
                weight[d] = v if abs(n) > k else w
            k, pulse = k + _ONE, pulse + 1

    @inner
    def move_row(count, weight, chip, shape, noise, first):
        """Move weight[d] by count[d] pulses, each followed by the bounds."""
        if shape.relative + shape.own + shape.flat == 0.0:
            move_exactly(count, weight, chip, shape)
            return
        begin, n = 0, weight.shape[0]
        while begin + LANES <= n:
            move_lanes(count, begin, LANES, weight, chip, shape, noise, first)
            begin += LANES
        if begin < n:
            move_lanes(count, begin, n - begin, weight, chip, shape, noise, first)

    return move_row


def _nudge_row(size_of):
    """Return the function that moves a row by changes of any size."""

    @inner
    def nudge_row(change, weight, chip, shape):
        """weight[d] += change[d] times the size at this weight, then the bounds."""
        for d in range(weight.shape[0]):
            x, w = change[d], weight[d]
            low, high = chip.low[d], chip.high[d]
            size = size_of(w, x > 0.0, chip.a[d], chip.b[d], chip.c[d], chip.d[d], low, high, shape)
            weight[d] = clipped(w + x * size, low, high)

    return nudge_row


MOVES = {name: _move_row(size) for name, size in SIZES.items()}
NUDGES = {name: _nudge_row(size) for name, size in SIZES.items()}


def _pulse(name, move_row):
    def pulse(count, weight, chip, shape, key):
        """Move devices by pulses, for those who look at devices alone; all (n,)."""
        noise = NoiseKeys(key, np.empty((KEPT_KEYS, 3), np.uint64))
        extend_keys(noise, 0, largest(count))
        move_row(count, weight, chip, shape, noise, np.uint32(0))

    pulse.__name__ = pulse.__qualname__ = f"pulse_{name}"
    return jit(pulse)


PULSES = {name: _pulse(name, move) for name, move in MOVES.items()}
"""Moves devices by pulses, by model, for those who look at devices alone."""
