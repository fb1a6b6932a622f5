"""Wires that lose what they carry, each on its own, or are broken.

Element e of a bundle is edge e in the order of storage; where all are joined it is s * n + d. What
is delivered back over forward wires counts those. Where wires lose messages there is one draw for
each wire and example, and each example has a key of its own. A map of faults says for each wire: 0
if it is sound, NaN if it is dead and says nothing, else what it always says.
"""

# b = example, s = source, d = receiver, e = edge

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    BUFFER,
    CHANGES,
    FACTOR,
    FIRST,
    REAL,
    SEED,
    STREAM,
    UPDATE,
    VALUES,
    WHOLE,
    WIRES,
    Change,
    Delivery,
    adds,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.examples import unit_of
from neurochannel.kernels.jit import inner
from neurochannel.kernels.views import row

_CHANCE: dict[str, Any] = {
    "faulty": WHOLE,
    "loss": REAL,
    "gain": REAL,
    "seed": SEED,
    "stream": STREAM,
    "update": UPDATE,
}
"""Whether any wire is broken, the probability of a loss, the factor of what arrives, and draws."""
_NOTHING = np.float32(0.0)
_EDGES: dict[str, Any] = {"start": reads(WIRES, "m+1"), "receivers": reads(WIRES, "edges")}


@inner
def broken(x, fault):
    """Return what a wire says that is to say x."""
    said = fault if fault == fault else _NOTHING
    return x if fault == 0.0 else said


@kernel(x=reads(BUFFER, "n"), fault=reads(VALUES, "n"), out=sets(BUFFER, "n"))
def break_messages(x, fault, out):
    """out[b, d] = x[b, d], or what neuron d always says."""
    for b in range(x.shape[0]):
        told, left = row(x, b), row(out, b)
        for d in range(x.shape[1]):
            left[d] = broken(told[d], fault[d])


@kernel(
    work=Delivery(("m", "n")),
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "m", "stride"),
    fault=reads(VALUES, "m", "n"),
    total=adds(BUFFER, "n"),
    **_CHANCE,
    first=FIRST,
)
def deliver_lossy_rows(
    source, weight, fault, total, faulty, loss, gain, seed, stream, update, first
):
    """total += gain * source weight, without the wires that lose their message."""
    n, key, nothing = total.shape[1], bulk.key(seed, stream, update), weight.dtype.type(0.0)
    for b in range(source.shape[0]):
        own, out = bulk.block_key(key, first + b), row(total, b)
        for s in range(source.shape[1]):
            a = gain * source[b, s]
            if faulty != 0 and loss <= 0.0:
                wire, faults = row(weight, s), row(fault, s)
                for d in range(n):
                    out[d] += broken(a, faults[d]) * wire[d]
            elif faulty != 0:
                wire, faults, begin = row(weight, s), row(fault, s), s * n
                for d in range(n):
                    x = a if unit_of(own, begin, d) >= loss else nothing
                    out[d] += broken(x, faults[d]) * wire[d]
            elif a != 0.0:
                wire, begin = row(weight, s), s * n
                for d in range(n):
                    arrives = unit_of(own, begin, d) >= loss
                    out[d] += a * wire[d] if arrives else nothing


@kernel(
    work=Delivery(("m", "n"), backwards=True),
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "m", "stride"),
    fault=reads(VALUES, "m", "n"),
    total=adds(BUFFER, "m"),
    **_CHANCE,
    first=FIRST,
)
def deliver_lossy_rows_back(
    source, weight, fault, total, faulty, loss, gain, seed, stream, update, first
):
    """total += gain * source weight', without the wires that lose their message."""
    n, key, nothing = source.shape[1], bulk.key(seed, stream, update), weight.dtype.type(0.0)
    for b in range(source.shape[0]):
        own, told = bulk.block_key(key, first + b), row(source, b)
        for s in range(total.shape[1]):
            wire, faults, begin, dot = row(weight, s), row(fault, s), s * n, nothing
            if loss <= 0.0:
                for d in range(n):
                    dot += broken(gain * told[d], faults[d]) * wire[d]
            else:
                for d in range(n):
                    x = gain * told[d] if unit_of(own, begin, d) >= loss else nothing
                    dot += broken(x, faults[d]) * wire[d]
            total[b, s] += dot


@kernel(
    work=Delivery(("edges",)),
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "edges"),
    fault=reads(VALUES, "edges"),
    total=adds(BUFFER, "n"),
    **_EDGES,
    **_CHANCE,
    first=FIRST,
)
def deliver_lossy_edges(
    source,
    weight,
    fault,
    total,
    start,
    receivers,
    faulty,
    loss,
    gain,
    seed,
    stream,
    update,
    first,
):
    """total += gain * source weight over single edges, without those that lose their message."""
    key, nothing = bulk.key(seed, stream, update), weight.dtype.type(0.0)
    for b in range(source.shape[0]):
        own = bulk.block_key(key, first + b)
        for s in range(source.shape[1]):
            a = gain * source[b, s]
            if a != 0.0 or faulty != 0:
                for e in range(start[s], start[s + 1]):
                    x = a if loss <= 0.0 or unit_of(own, 0, e) >= loss else nothing
                    total[b, receivers[e]] += broken(x, fault[e]) * weight[e]


@kernel(
    work=Delivery(("edges",), backwards=True),
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "edges"),
    fault=reads(VALUES, "edges"),
    total=adds(BUFFER, "m"),
    **_EDGES,
    **_CHANCE,
    first=FIRST,
)
def deliver_lossy_edges_back(
    source,
    weight,
    fault,
    total,
    start,
    receivers,
    faulty,
    loss,
    gain,
    seed,
    stream,
    update,
    first,
):
    """total += gain * source weight' against single edges, without those that lose theirs."""
    key, nothing = bulk.key(seed, stream, update), weight.dtype.type(0.0)
    for b in range(source.shape[0]):
        own = bulk.block_key(key, first + b)
        for s in range(total.shape[1]):
            for e in range(start[s], start[s + 1]):
                a = gain * source[b, receivers[e]]
                x = a if loss <= 0.0 or unit_of(own, 0, e) >= loss else nothing
                total[b, s] += broken(x, fault[e]) * weight[e]


@kernel(
    work=Change(("rows", "n")),
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    fault=reads(VALUES, "m", "n"),
    factor=FACTOR,
    first=WHOLE,
    **_CHANCE,
)
def update_lossy_rows(
    source, signal, weight, fault, factor, first, faulty, loss, gain, seed, stream, update
):
    """weight += factor * gain * source' signal, of what arrives over each wire."""
    n, key, nothing = signal.shape[1], bulk.key(seed, stream, update), weight.dtype.type(0.0)
    for b in range(source.shape[0]):
        own, told = bulk.block_key(key, b), row(signal, b)
        for s in range(weight.shape[0]):
            a = gain * source[b, first + s]
            if faulty != 0 and loss <= 0.0:
                changed, faults = row(weight, s), row(fault, first + s)
                for d in range(n):
                    changed[d] += factor * broken(a, faults[d]) * told[d]
            elif faulty != 0:
                changed, faults, begin = row(weight, s), row(fault, first + s), (first + s) * n
                for d in range(n):
                    x = a if unit_of(own, begin, d) >= loss else nothing
                    changed[d] += factor * broken(x, faults[d]) * told[d]
            elif a != 0.0:
                changed, begin = row(weight, s), (first + s) * n
                for d in range(n):
                    arrives = unit_of(own, begin, d) >= loss
                    changed[d] += factor * a * told[d] if arrives else nothing


@kernel(
    work=Change(("edges",)),
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "edges"),
    fault=reads(VALUES, "edges"),
    factor=FACTOR,
    start=reads(WIRES, "rows+1"),
    receivers=reads(WIRES, "edges"),
    first=WHOLE,
    **_CHANCE,
)
def update_lossy_edges(
    source,
    signal,
    weight,
    fault,
    factor,
    start,
    receivers,
    first,
    faulty,
    loss,
    gain,
    seed,
    stream,
    update,
):
    """weight[e] += factor * gain * source[s] * signal[d] of edge e, where it arrives."""
    key, nothing = bulk.key(seed, stream, update), weight.dtype.type(0.0)
    for b in range(source.shape[0]):
        own = bulk.block_key(key, b)
        for s in range(start.shape[0] - 1):
            a = gain * source[b, first + s]
            if a != 0.0 or faulty != 0:
                for e in range(start[s], start[s + 1]):
                    x = a if loss <= 0.0 or unit_of(own, 0, e) >= loss else nothing
                    weight[e] += factor * broken(x, fault[e]) * signal[b, receivers[e]]
