"""Whole matrices of a channel that are made at each step, and what happens to whole bundles.

They work on values, once for each batch.
"""

from __future__ import annotations

import numpy as np

from neurochannel.kernels.declare import (
    CHANGES,
    RATE,
    REAL,
    SEED,
    STATE,
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
from neurochannel.kernels.random import below, fill


@kernel(out=sets(VALUES, "n"))
def clear_values(out):
    """out = 0."""
    for i in range(out.shape[0]):
        out[i] = 0.0


@kernel(out=sets(VALUES, "n"), value=REAL)
def set_values(out, value):
    """out = value."""
    for i in range(out.shape[0]):
        out[i] = value


@kernel(
    work=Making("draws", ("n",)),
    out=sets(VALUES, "n"),
    distribution=WHOLE,
    spread=REAL,
    mean=REAL,
    sets=WHOLE,
    seed=SEED,
    stream=STREAM,
    choice=STREAM,
    update=UPDATE,
)
def draw(out, distribution, spread, mean, sets, seed, stream, choice, update):
    """out[i] = mean + spread * z(i), drawn for this update; see `random.fill`.

    Where there are `sets`, z is that of update number 0 .. sets - 1, which is chosen at random by
    the stream `choice`.
    """
    step = update
    if sets > 0:
        step = np.uint64(below(sets, update, choice, seed))
    fill(out, distribution, spread, mean, seed, stream, step)


@kernel(
    work=Making("copies", ("m", "n")),
    weight=reads(VALUES, "m", "stride"),
    out=adds(VALUES, "n", "m"),
)
def transpose(weight, out):
    """out[d, s] += weight[s, d]."""
    for s in range(out.shape[1]):
        for d in range(out.shape[0]):
            out[d, s] += weight[s, d]


@kernel(
    work=Making("copies", ("n",)),
    magnitude=reads(VALUES, "n"),
    example=reads(VALUES, "n"),
    out=sets(VALUES, "n"),
)
def copy_signs(magnitude, example, out):
    """out = |magnitude| * sign(example): sign concordance."""
    for i in range(out.shape[0]):
        out[i] = abs(magnitude[i]) * np.sign(example[i])


@kernel(
    change=changes(CHANGES, "m", "stride"),
    velocity=changes(STATE, "m", "stride"),
    weight=adds(CHANGES, "m", "stride"),
    momentum=REAL,
    n=WHOLE,
)
def add_momentum(change, velocity, weight, momentum, n):
    """velocity = momentum * velocity + change, weight += velocity; change = 0 for the next step.

    Notes
    -----
    Heavy-ball momentum after B. T. Polyak (1964), doi:10.1016/0041-5553(64)90137-5.
    """
    for s in range(change.shape[0]):
        for d in range(n):
            v = momentum * velocity[s, d] + change[s, d]
            velocity[s, d] = v
            weight[s, d] += v
            change[s, d] = 0.0


@kernel(value=reads(VALUES, "n"), change=changes(CHANGES, "n"), rate=RATE, decay=REAL)
def decay(value, change, rate, decay):
    """value -= rate * decay * value, for training; else the same is added to changes elsewhere."""
    lost = rate * decay
    if value.ctypes.data == change.ctypes.data:
        kept = value.dtype.type(1.0) - lost
        for i in range(change.shape[0]):
            change[i] *= kept
    else:
        for i in range(change.shape[0]):
            change[i] -= lost * value[i]
