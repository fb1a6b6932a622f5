"""Changes of weights on many wires, limited example by example after the sum over these wires.

weight += mean over the batch of Q(rate * sum over the wires of O R), where the wires of a weight
are those of all positions of a window, or of all bundles that share it. Ends of such bundles lie
side by side, in one buffer for each end. Q is told by a number, so that there is one kernel for
all limits: windows are long to compile. Local windows have one wire for each weight.
"""

# b = example, k = bundle of those that share weights, p = position of a window,
# i, j, c = row, column and source map of a tap, s = row of the weights, d, m = receiver, e = edge

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    AMOUNT,
    BUFFER,
    CHANGES,
    RATE,
    REAL,
    SEED,
    SHARE,
    STREAM,
    UPDATE,
    WHOLE,
    WIRES,
    Change,
    adds,
    changes,
    kernel,
    reads,
)
from neurochannel.kernels.dense import is_silent
from neurochannel.kernels.examples import of_sign, unit_of
from neurochannel.kernels.jit import inner
from neurochannel.kernels.message import STAGES, UNIFORM, function_of
from neurochannel.kernels.tiles import bind_products
from neurochannel.kernels.views import flat, part, row
from neurochannel.kernels.windows import inside, unpacked, update_row

LIMITS = tuple(name for name in STAGES if name.startswith(("keep_", "round_")))
"""The limits of changes: `how` is a place in this list."""

_HEAD = """\
def add_limited(each, change, share, limit, key, begin):
    how, number, scale, magnitude = limit
"""
_BRANCH = """\
    {word} how == {how}:
        for d in range(each.shape[0]):
            change[d] += share * {value}
"""


def _value(name: str) -> str:
    """Return what a limit leaves of a change as text."""
    given = STAGES[name]
    words = ["scale" if one == "scale" else "number" for one in given.numbers]
    drawn = ["unit_of(key, begin, d)"] * (given.draw == UNIFORM)
    text = f"{name}({', '.join(['each[d]', *words, *drawn])})"
    return f"of_sign({text}, magnitude)" if name.startswith("round_") else text


_branches = (
    _BRANCH.format(word="elif" if how else "if", how=how, value=_value(name))
    for how, name in enumerate(LIMITS)
)
_scope: dict[str, Any] = {name: inner(STAGES[name].function) for name in LIMITS}
_scope |= {"of_sign": of_sign, "unit_of": unit_of, "__name__": __name__}
add_limited = inner(function_of("add_limited", _HEAD + "".join(_branches), _scope))
"""change[d] += share * Q(each[d]); element d is number begin + d of all that are drawn for."""

_LIMIT: dict[str, Any] = {"how": WHOLE, "number": REAL, "scale": REAL, "magnitude": WHOLE}
_DRAWN: dict[str, Any] = {"seed": SEED, "stream": STREAM, "update": UPDATE}
_ENDS: dict[str, Any] = {"source": reads(BUFFER, "m"), "signal": reads(BUFFER, "n")}


@inner
def _clear(numbers):
    for d in range(numbers.shape[0]):
        numbers[d] = 0.0


@kernel(
    work=Change(("rows", "stride")),
    before=bind_products,
    **_ENDS,
    each=changes(CHANGES, "rows", "stride"),
    weight=adds(CHANGES, "rows", "stride"),
    rate=RATE,
    share=SHARE,
    window=reads(WIRES, "numbers"),
    first=WHOLE,
    **_LIMIT,
    **_DRAWN,
)
def update_windows_by_example(
    source, signal, each, weight, rate, share, window, first, how, number, scale, magnitude,
    seed, stream, update,
):  # fmt: skip
    """weight[tap] += share * Q(rate * sum over positions of source there times signal).

    `each` is 0 before and after, and holds the change of one example.
    """
    sizes, limit = unpacked(window), (how, number, scale, magnitude)
    image = sizes[0][0] * sizes[0][1] * sizes[0][2]
    positions = sizes[1][0] * sizes[1][1] * sizes[1][2]
    key = bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        if is_silent(row(signal, b)):
            continue
        for k in range(source.shape[1] // image):
            at, to = b * source.shape[1] + k * image, b * signal.shape[1] + k * positions
            for i in range(sizes[2][0]):
                update_row(flat(source), at, flat(signal), to, rate, each, first, i, sizes)
        own_key = bulk.block_key(key, b)
        for s in range(weight.shape[0]):
            begin = (first + s) * sizes[1][2]
            add_limited(row(each, s), row(weight, s), share, limit, own_key, begin)
            _clear(row(each, s))


@kernel(
    work=Change(("rows", "stride")),
    **_ENDS,
    weight=adds(CHANGES, "rows", "stride"),
    rate=RATE,
    share=SHARE,
    own=AMOUNT,
    window=reads(WIRES, "numbers"),
    first=WHOLE,
    **_LIMIT,
    **_DRAWN,
)
def update_local_by_example(
    source, signal, weight, rate, share, own, window, first, how, number, scale, magnitude,
    seed, stream, update,
):  # fmt: skip
    """weight[position, tap] += share * Q(rate * source there times signal)."""
    (height, width, maps), target, kernel, stride, margin = unpacked(window)
    limit, n, taps = (how, number, scale, magnitude), target[2], kernel[0] * kernel[1] * maps
    image, positions, stop = height * width * maps, target[0] * target[1], first + weight.shape[0]
    each = part(own, 0, min(weight.shape[1], own.shape[0]))
    key = bulk.key(seed, stream, update)
    for p in range(first // taps, (stop + taps - 1) // taps):
        y = (p // target[1]) * stride[0] - margin[0]
        x = (p % target[1]) * stride[1] - margin[1]
        i, i_stop = inside(y, height, kernel[0])
        j, j_stop = inside(x, width, kernel[1])
        run = (j_stop - j) * maps
        for b in range(source.shape[0]):
            own_key = bulk.block_key(key, b)
            for tap in range((i_stop - i) * run):
                down, along = i + tap // run, j * maps + tap % run
                s = p * taps + down * kernel[1] * maps + along
                if first <= s < stop:
                    here = ((y + down) * width + x) * maps + along
                    _clear(each)
                    for k in range(source.shape[1] // image):
                        a = rate * source[b, k * image + here]
                        for m in range(n):
                            each[m] += a * signal[b, (k * positions + p) * n + m]
                    add_limited(each, row(weight, s - first), share, limit, own_key, s * n)


@kernel(
    work=Change(("edges",)),
    **_ENDS,
    weight=adds(CHANGES, "edges"),
    rate=RATE,
    share=SHARE,
    own=AMOUNT,
    start=reads(WIRES, "rows+1"),
    receivers=reads(WIRES, "edges"),
    first=WHOLE,
    bundles=WHOLE,
    **_LIMIT,
    **_DRAWN,
)
def update_shared_edges_by_example(
    source, signal, weight, rate, share, own, start, receivers, first, bundles,
    how, number, scale, magnitude, seed, stream, update,
):  # fmt: skip
    """weight[e] += share * Q(rate * sum over bundles of source at its start times signal)."""
    limit = how, number, scale, magnitude
    n_source, n_target = source.shape[1] // bundles, signal.shape[1] // bundles
    key = bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        own_key = bulk.block_key(key, b)
        for s in range(start.shape[0] - 1):
            begin, count = np.int64(start[s]), np.int64(start[s + 1]) - np.int64(start[s])
            each = part(own, 0, count)
            _clear(each)
            for k in range(bundles):
                a = rate * source[b, k * n_source + first + s]
                for e in range(count):
                    each[e] += a * signal[b, k * n_target + receivers[begin + e]]
            add_limited(each, part(weight, begin, count), share, limit, own_key, begin)
