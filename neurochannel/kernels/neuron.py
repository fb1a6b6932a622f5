"""What single neurons do otherwise than ideal ones; the maps of the chip tell how each differs."""

# b = example, j = neuron

from __future__ import annotations

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    BUFFER,
    CHANGES,
    FIRST_ELEMENT,
    FLAT,
    RATE,
    REAL,
    SEED,
    STATE,
    STREAM,
    UPDATE,
    VALUES,
    WHOLE,
    adds,
    changes,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.matrices import add_momentum, decay


@kernel(total=changes(BUFFER, "n"), gain=reads(VALUES, "n"))
def scale_neurons(total, gain):
    """total[b, j] *= gain[j]."""
    for b in range(total.shape[0]):
        for j in range(total.shape[1]):
            total[b, j] *= gain[j]


@kernel(total=changes(BUFFER, "n"), threshold=reads(VALUES, "n"))
def shift_neurons(total, threshold):
    """total[b, j] -= threshold[j]."""
    for b in range(total.shape[0]):
        for j in range(total.shape[1]):
            total[b, j] -= threshold[j]


# Stages may work in place. Of two arrays that are one, no loop takes whole vectors: kernels have
# another loop then, or give the same one a single array twice.


@inner
def _clip_to_positive(x, out, limit):
    zero = x.dtype.type(0.0)
    for i in range(x.shape[0]):
        clipped = limit if x[i] > limit else x[i]
        out[i] = zero if clipped < zero else clipped


@kernel(x=reads(FLAT, "n"), out=sets(FLAT, "n"), limit=REAL)
def clip_to_positive(x, out, limit):
    """out = x, but not below 0 or beyond the limit."""
    if x.ctypes.data == out.ctypes.data:
        _clip_to_positive(out, out, limit)
    else:
        _clip_to_positive(x, out, limit)


@kernel(x=reads(BUFFER, "n"), dead=reads(VALUES, "n"), out=sets(BUFFER, "n"))
def silence_neurons(x, dead, out):
    """out[b, j] = 0 where dead[j], else x[b, j]."""
    zero = x.dtype.type(0.0)
    if x.ctypes.data == out.ctypes.data:
        for j in range(x.shape[1]):
            if dead[j] > zero:
                for b in range(x.shape[0]):
                    out[b, j] = zero
        return
    for b in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[b, j] = zero if dead[j] > zero else x[b, j]


@kernel(
    clock=sets(FLAT, "n"),
    chance=REAL,
    seed=SEED,
    stream=STREAM,
    update=UPDATE,
    begin=FIRST_ELEMENT,
)
def draw_clock(clock, chance, seed, stream, update, begin):
    """clock[b] = 1 with this chance, else 0."""
    key, one = bulk.key(seed, stream, update), clock.dtype.type(1.0)
    for b in range(clock.shape[0]):
        clock[b] = one if bulk.unit24(bulk.word(key, begin + b)) < chance else one - one


@inner
def _keep_ticks(x, clock, out):
    zero = x.dtype.type(0.0)
    for b in range(x.shape[0]):
        ticks = clock[b, 0] > zero
        for j in range(x.shape[1]):
            out[b, j] = x[b, j] if ticks else zero


@kernel(x=reads(BUFFER, "n"), clock=reads(BUFFER, "one"), out=sets(BUFFER, "n"))
def keep_ticks(x, clock, out):
    """out[b, j] = x[b, j] where clock[b] ticks, else 0."""
    if x.ctypes.data == out.ctypes.data:
        _keep_ticks(out, clock, out)
    else:
        _keep_ticks(x, clock, out)


@inner
def _ticks(clock):
    """Tell whether a clock ticks for any example of the batch."""
    ticks = False
    for b in range(clock.shape[0]):
        ticks = ticks or clock[b, 0] > 0.0
    return ticks


_add_momentum, _decay = inner(add_momentum.function), inner(decay.function)


@kernel(
    change=changes(CHANGES, "m", "stride"),
    velocity=changes(STATE, "m", "stride"),
    weight=adds(CHANGES, "m", "stride"),
    clock=reads(BUFFER, "one"),
    momentum=REAL,
    n=WHOLE,
)
def add_momentum_if_ticking(change, velocity, weight, clock, momentum, n):
    """Do as `add_momentum` if the clock ticks for any example, else nothing."""
    if _ticks(clock):
        _add_momentum(change, velocity, weight, momentum, n)


@kernel(
    value=reads(VALUES, "n"),
    change=changes(CHANGES, "n"),
    clock=reads(BUFFER, "one"),
    rate=RATE,
    decay=REAL,
)
def decay_if_ticking(value, change, clock, rate, decay):
    """Do as `decay` if the clock ticks for any example, else nothing."""
    if _ticks(clock):
        _decay(value, change, rate, decay)
