"""What devices keep of what was written, and what is read of them."""

# s = source, d = receiver

from __future__ import annotations

import math

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    CHANGES,
    EXAMPLES,
    MARKS,
    REAL,
    SEED,
    STREAM,
    UPDATE,
    VALUES,
    WHOLE,
    Making,
    adds,
    changes,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.devices import clipped
from neurochannel.kernels.jit import inner
from neurochannel.kernels.views import row

_ONE, _HALF = np.float32(1.0), np.float32(0.5)
_THIRD, _QUARTER = np.float32(1.0 / 3.0), np.float32(0.25)
SMALL = np.float32(0.03)
"""Up to here four terms give exp(-x) to the last bits of a float32."""


@kernel(value=reads(VALUES, "n"), change=changes(CHANGES, "n"))
def take_value(value, change):
    """change += value where changes lie apart: a dry run moves devices from where they are."""
    if value.ctypes.data != change.ctypes.data:
        for i in range(change.shape[0]):
            change[i] += value[i]


@kernel(value=reads(VALUES, "n"), change=changes(CHANGES, "n"))
def leave_change(value, change):
    """change -= value where changes lie apart: what is left of a dry run."""
    if value.ctypes.data != change.ctypes.data:
        for i in range(change.shape[0]):
            change[i] -= value[i]


@kernel(hidden=reads(CHANGES, "n"), old=sets(CHANGES, "n"))
def note_stored(hidden, old):
    """old = hidden, so that what moved can be told afterwards."""
    for i in range(old.shape[0]):
        old[i] = hidden[i]


@kernel(
    hidden=reads(CHANGES, "m", "stride"),
    old=reads(CHANGES, "m", "stride"),
    error=changes(CHANGES, "m", "stride"),
    least=REAL,
    noise=REAL,
    begin=WHOLE,
    n=WHOLE,
    seed=SEED,
    stream=STREAM,
    update=UPDATE,
)
def draw_errors(hidden, old, error, least, noise, begin, n, seed, stream, update):
    """error = noise * z where a device moved by more than `least`, so that it was written."""
    key_1, key_2, key_3 = bulk.normal_keys(bulk.key(seed, stream, update))
    for s in range(hidden.shape[0]):
        now, was, wrong, first = row(hidden, s), row(old, s), row(error, s), begin + s * n
        for d in range(now.shape[0]):
            z = bulk.normal(key_1, key_2, key_3, first + d)
            wrong[d] = noise * z if abs(now[d] - was[d]) > least else wrong[d]


@kernel(
    hidden=reads(CHANGES, "n"),
    old=reads(CHANGES, "n"),
    age=changes(CHANGES, "n"),
    least=REAL,
    examples=EXAMPLES,
)
def grow_older(hidden, old, age, least, examples):
    """age = 0 where a device moved by more than `least`, else it grows by the batch's examples."""
    zero, more = age.dtype.type(0.0), age.dtype.type(examples.shape[0])
    for i in range(age.shape[0]):
        age[i] = zero if abs(hidden[i] - old[i]) > least else age[i] + more


@kernel(
    weight=reads(CHANGES, "m", "stride"),
    rising=changes(CHANGES, "m", "stride"),
    falling=changes(CHANGES, "m", "stride"),
    up=reads(VALUES, "devices", "stride"),
    down=reads(VALUES, "devices", "stride"),
    high=reads(VALUES, "devices", "stride"),
    low=reads(VALUES, "devices", "stride"),
    every=WHOLE,
    update=UPDATE,
)
def refresh_pairs(weight, rising, falling, up, down, high, low, every, update):
    """After each `every` updates write what pairs show again: rising - falling' with one of them 0.

    What cannot move stays.
    """
    if update == 0 or np.int64(update) % every != 0:
        return
    last, zero = up.shape[0] - 1, weight.dtype.type(0.0)
    for s in range(weight.shape[0]):
        shown, more, less = row(weight, s), row(rising, s), row(falling, s)
        r = s if s < last else last
        grow, shrink, most, least = row(up, r), row(down, r), row(high, r), row(low, r)
        for d in range(shown.shape[0]):
            w = shown[d]
            more[d] = clipped(w, zero, most[d]) if grow[d] != 0.0 else more[d]
            less[d] = clipped(w, least[d], zero) if shrink[d] != 0.0 else less[d]


@kernel(
    weight=changes(CHANGES, "m", "stride"),
    low=reads(VALUES, "devices", "stride"),
    high=reads(VALUES, "devices", "stride"),
    marks=MARKS,
)
def keep_within(weight, low, high, marks):
    """Clip rows of weights that may have changed to their bounds."""
    last = low.shape[0] - 1
    for s in range(weight.shape[0]):
        if marks[s] != 0:
            marks[s] = 0
            moved, r = row(weight, s), s if s < last else last
            least, most = row(low, r), row(high, r)
            for d in range(moved.shape[0]):
                moved[d] = clipped(moved[d], least[d], most[d])


@inner
def kept_of(x):
    """Return exp(-x), x >= 0."""
    if x > SMALL:
        return math.exp(-x)
    return _ONE - x * (_ONE - x * _HALF * (_ONE - x * _THIRD * (_ONE - x * _QUARTER)))


@kernel(
    hidden=changes(CHANGES, "m", "stride"),
    leak=reads(VALUES, "devices", "stride"),
    rest=REAL,
    n=WHOLE,
    examples=EXAMPLES,
)
def leak_away(hidden, leak, rest, n, examples):
    """hidden <- rest + (hidden - rest) exp(-examples * leak); left as it is without a leak."""
    last, time = leak.shape[0] - 1, leak.dtype.type(examples.shape[0])
    width = min(n, hidden.shape[1])
    for s in range(hidden.shape[0]):
        stored, rate = row(hidden, s), row(leak, s if s < last else last)
        for d in range(width):
            if rate[d] != 0.0:
                stored[d] = rest + (stored[d] - rest) * kept_of(time * rate[d])


@kernel(
    hidden=reads(CHANGES, "m", "stride"),
    reference=reads(VALUES, "devices", "stride"),
    weight=sets(CHANGES, "m", "stride"),
)
def show_stored(hidden, reference, weight):
    """weight = hidden - reference."""
    last = reference.shape[0] - 1
    for s in range(hidden.shape[0]):
        stored, shown = row(hidden, s), row(weight, s)
        zero = row(reference, s if s < last else last)
        for d in range(stored.shape[0]):
            shown[d] = stored[d] - zero[d]


@kernel(
    age=reads(CHANGES, "m", "stride"),
    drift=reads(VALUES, "devices", "stride"),
    hidden=reads(CHANGES, "m", "stride"),
    weight=adds(CHANGES, "m", "stride"),
    start=REAL,
)
def show_drift(age, drift, hidden, weight, start):
    """weight -= what hidden has lost since it moved: (1 - max(age / start, 1)^-drift) hidden."""
    last = drift.shape[0] - 1
    for s in range(hidden.shape[0]):
        past, stored, shown = row(age, s), row(hidden, s), row(weight, s)
        exponent = row(drift, s if s < last else last)
        for d in range(stored.shape[0]):
            if past[d] > start and stored[d] != 0.0:
                left = weight.dtype.type(math.exp(-exponent[d] * math.log(past[d] / start)))
                shown[d] -= (_ONE - left) * stored[d]


@kernel(error=reads(CHANGES, "n"), weight=adds(CHANGES, "n"))
def add_errors(error, weight):
    """weight += error, or what another device holds."""
    for i in range(weight.shape[0]):
        weight[i] += error[i]


@kernel(weight=changes(CHANGES, "n"), levels=REAL, most=REAL)
def show_levels(weight, levels, most):
    """weight becomes the nearest of 2 levels + 1 equal levels from -most to most."""
    for i in range(weight.shape[0]):
        y = clipped(weight[i] * (levels / most), -levels, levels)
        weight[i] = np.rint(y) * (most / levels)


@kernel(
    weight=reads(VALUES, "m", "stride"),
    out=sets(VALUES, "m", "stride"),
    levels=REAL,
    most=REAL,
)
def read_levels(weight, out, levels, most):
    """out = the nearest of 2 levels + 1 equal levels from -most to most, as one reader sees it."""
    for s in range(weight.shape[0]):
        held, seen = row(weight, s), row(out, s)
        for d in range(held.shape[0]):
            y = clipped(held[d] * (levels / most), -levels, levels)
            seen[d] = np.rint(y) * (most / levels)


@kernel(
    work=Making("draws", ("m", "stride")),
    weight=reads(VALUES, "m", "stride"),
    out=sets(VALUES, "m", "stride"),
    absolute=REAL,
    relative=REAL,
    n=WHOLE,
    seed=SEED,
    stream=STREAM,
    update=UPDATE,
)
def read_weights(weight, out, absolute, relative, n, seed, stream, update):
    """out = weight + (absolute + relative |weight|) z, as this update reads it."""
    key_1, key_2, key_3 = bulk.normal_keys(bulk.key(seed, stream, update))
    width = min(n, weight.shape[1])
    for s in range(weight.shape[0]):
        held, seen, first = row(weight, s), row(out, s), s * n
        for d in range(width):
            z = bulk.normal(key_1, key_2, key_3, first + d)
            seen[d] = held[d] + (absolute + relative * abs(held[d])) * z
        for d in range(width, weight.shape[1]):
            seen[d] = held[d]
