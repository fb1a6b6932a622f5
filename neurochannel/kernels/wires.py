"""Wires that lose what they carry, each on its own: one draw for each wire and example.

Element e of a bundle is edge e in the order of storage; where all are joined it is s * n + d. What
is delivered back over forward wires counts those. Each example has a key of its own.
"""

# b = example, s = source, d = receiver, e = edge

from __future__ import annotations

from typing import Any

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
)
from neurochannel.kernels.examples import unit_of
from neurochannel.kernels.views import row

_LOSSY: dict[str, Any] = {
    "loss": REAL,
    "gain": REAL,
    "seed": SEED,
    "stream": STREAM,
    "update": UPDATE,
}


@kernel(
    work=Delivery(("m", "n")),
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "m", "stride"),
    total=adds(BUFFER, "n"),
    **_LOSSY,
    first=FIRST,
)
def deliver_lossy_rows(source, weight, total, loss, gain, seed, stream, update, first):
    """total += gain * source weight, without the wires that lose their message."""
    n, key = total.shape[1], bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        own, out = bulk.block_key(key, first + b), row(total, b)
        for s in range(source.shape[1]):
            a = gain * source[b, s]
            if a != 0.0:
                wire, begin = row(weight, s), s * n
                for d in range(n):
                    arrives = unit_of(own, begin, d) >= loss
                    out[d] += a * wire[d] if arrives else 0.0


@kernel(
    work=Delivery(("m", "n"), backwards=True),
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "m", "stride"),
    total=adds(BUFFER, "m"),
    **_LOSSY,
    first=FIRST,
)
def deliver_lossy_rows_back(source, weight, total, loss, gain, seed, stream, update, first):
    """total += gain * source weight', without the wires that lose their message."""
    n, key = source.shape[1], bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        own, told = bulk.block_key(key, first + b), row(source, b)
        for s in range(total.shape[1]):
            wire, begin, dot = row(weight, s), s * n, weight.dtype.type(0.0)
            for d in range(n):
                arrives = unit_of(own, begin, d) >= loss
                dot += told[d] * wire[d] if arrives else 0.0
            total[b, s] += gain * dot


@kernel(
    work=Delivery(("edges",)),
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "edges"),
    total=adds(BUFFER, "n"),
    start=reads(WIRES, "m+1"),
    receivers=reads(WIRES, "edges"),
    **_LOSSY,
    first=FIRST,
)
def deliver_lossy_edges(
    source, weight, total, start, receivers, loss, gain, seed, stream, update, first
):
    """total += gain * source weight over single edges, without those that lose their message."""
    key = bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        own = bulk.block_key(key, first + b)
        for s in range(source.shape[1]):
            a = gain * source[b, s]
            if a != 0.0:
                for e in range(start[s], start[s + 1]):
                    if unit_of(own, 0, e) >= loss:
                        total[b, receivers[e]] += a * weight[e]


@kernel(
    work=Delivery(("edges",), backwards=True),
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "edges"),
    total=adds(BUFFER, "m"),
    start=reads(WIRES, "m+1"),
    receivers=reads(WIRES, "edges"),
    **_LOSSY,
    first=FIRST,
)
def deliver_lossy_edges_back(
    source, weight, total, start, receivers, loss, gain, seed, stream, update, first
):
    """total += gain * source weight' against single edges, without those that lose theirs."""
    key = bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        own = bulk.block_key(key, first + b)
        for s in range(total.shape[1]):
            for e in range(start[s], start[s + 1]):
                if unit_of(own, 0, e) >= loss:
                    total[b, s] += gain * source[b, receivers[e]] * weight[e]


@kernel(
    work=Change(("rows", "n")),
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    first=WHOLE,
    **_LOSSY,
)
def update_lossy_rows(source, signal, weight, factor, first, loss, gain, seed, stream, update):
    """weight += factor * gain * source' signal, of what arrives over each wire."""
    n, key = signal.shape[1], bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        own, told = bulk.block_key(key, b), row(signal, b)
        for s in range(weight.shape[0]):
            a = factor * gain * source[b, first + s]
            if a != 0.0:
                changed, begin = row(weight, s), (first + s) * n
                for d in range(n):
                    arrives = unit_of(own, begin, d) >= loss
                    changed[d] += a * told[d] if arrives else 0.0


@kernel(
    work=Change(("edges",)),
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "edges"),
    factor=FACTOR,
    start=reads(WIRES, "rows+1"),
    receivers=reads(WIRES, "edges"),
    first=WHOLE,
    **_LOSSY,
)
def update_lossy_edges(
    source, signal, weight, factor, start, receivers, first, loss, gain, seed, stream, update
):
    """weight[e] += factor * gain * source[s] * signal[d] of edge e, where it arrives."""
    key = bulk.key(seed, stream, update)
    for b in range(source.shape[0]):
        own = bulk.block_key(key, b)
        for s in range(start.shape[0] - 1):
            a = factor * gain * source[b, first + s]
            if a != 0.0:
                for e in range(start[s], start[s + 1]):
                    if unit_of(own, 0, e) >= loss:
                        weight[e] += a * signal[b, receivers[e]]
