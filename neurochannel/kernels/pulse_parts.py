"""What all kernels of pulses do for a row of devices: chances, counts and trains."""

# s = source, d = receiver

from __future__ import annotations

import math

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.devices import Chip, Shape
from neurochannel.kernels.jit import inner
from neurochannel.kernels.magnitudes import rank, ranked
from neurochannel.kernels.views import part, row
from neurochannel.kernels.windows import unpacked

BY_CHANCE, NEAREST, UNROUNDED = range(3)
"""How the change of a batch becomes a number of steps; unrounded it is no number of steps."""

_MOST_SLOTS = np.uint64(32)
_BIT = np.uint64(1)


@inner
def chip_row(chip, s):
    """Return the chip numbers of row s; those of the last row also stand for all after it."""
    last = chip.a.shape[0] - 1
    r = s if s < last else last
    return Chip(
        row(chip.a, r),
        row(chip.b, r),
        row(chip.c, r),
        row(chip.d, r),
        row(chip.low, r),
        row(chip.high, r),
    )


@inner
def shape_from(numbers):
    """Return a `Shape` of its numbers in a row."""
    return Shape(
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        numbers[5],
        numbers[6],
        numbers[7],
        numbers[8],
    )


@inner
def not_all_zero(numbers):
    """Tell whether any number is not 0, by a look at all of them: it takes whole vectors."""
    found = np.int32(0)
    for d in range(numbers.shape[0]):
        found = np.int32(found | np.int32(numbers[d] != 0.0))
    return found != 0


@inner
def count_row(change, inverse, rounding, key, first):
    """Turn changes into numbers of steps, by chance or the nearest; return the most of a device."""
    like = change.dtype.type(0.0)
    most = rank(like)
    if rounding == BY_CHANCE:
        for d in range(change.shape[0]):
            x = change[d] * inverse
            unit = bulk.unit24(bulk.word(key, first + d))
            n = np.floor(abs(x) + unit)
            own = rank(n)
            most = own if own > most else most
            change[d] = np.copysign(n, x)
    else:
        for d in range(change.shape[0]):
            n = np.rint(change[d] * inverse)
            own = rank(n)
            most = own if own > most else most
            change[d] = n
    return ranked(most, like)


@inner
def plan(most_x, most_d, gain, most, managed):
    """Return length and both factors of the trains of an example; gain = rate / (B step)."""
    length, to, own = most, most_d, gain * most_x * most_d
    if managed == 0:
        g = np.sqrt(gain / most)
        return length, g, g
    if own <= most:
        length = max(math.ceil(own), 1)
    else:
        to = most_d * (most / own)
    g = gain / length
    return length, np.sqrt(g * to / most_x), np.sqrt(g * most_x / to)


@inner
def fill_words(words, numbers, n, size, key, side, length):
    """Give each of `length` slots of words[k] a pulse with probability size[k], for numbers[k]."""
    for k in range(n):
        words[k] = 0
    for slot in range(length):
        own = bulk.block_key(key, np.uint64(side) * _MOST_SLOTS + np.uint64(slot))
        shift = np.uint32(slot)
        for k in range(n):
            hit = bulk.unit24(bulk.word(own, numbers[k])) < size[k]
            words[k] = np.uint32(words[k] | np.uint32(np.uint32(hit) << shift))


@inner
def scaled(numbers, n, factor, out):
    """out[k] = factor * |numbers[k]|."""
    for k in range(n):
        out[k] = factor * abs(numbers[k])


@inner
def chip_part(chip, first, n):
    """Return n chip numbers of what has no rows, from number `first` on."""
    return Chip(
        part(chip.a, first, n),
        part(chip.b, first, n),
        part(chip.c, first, n),
        part(chip.d, first, n),
        part(chip.low, first, n),
        part(chip.high, first, n),
    )


@inner
def list_all(activity, active, amount):
    """List all sources, so that each has the place of its number; return how many there are."""
    for s in range(activity.shape[0]):
        active[s], amount[s] = s, activity[s]
    return activity.shape[0]


@inner
def plan_either(most_x, most_d, gain, most, managed, against):
    """Return what `plan` does, with both ends exchanged where signals run against windows."""
    if against == 0:
        return plan(most_x, most_d, gain, most, managed)
    length, of_d, of_x = plan(most_d, most_x, gain, most, managed)
    return length, of_x, of_d


@inner
def window_sizes(window):
    """Return maps of the target and taps of a window."""
    source, target, kernel, _, _ = unpacked(window)
    return target[2], kernel[0] * kernel[1] * source[2]


@inner
def one_source(active, amount):
    """List a single source whose activity is 1."""
    active[0], amount[0] = 0, 1.0
    return 1
