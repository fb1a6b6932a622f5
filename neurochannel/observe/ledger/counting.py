"""Counts what the instructions of a compiled program do, and for which bundle."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.program import Program
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.kernels import message
from neurochannel.kernels.opcodes import LAYOUT, Op
from neurochannel.model.network import Network

_DENSE = (Op.DELIVER, Op.DELIVER_TIED)
_SPARSE = (Op.DELIVER_EDGES, Op.DELIVER_EDGES_TIED)
_TIED = (Op.DELIVER_TIED, Op.DELIVER_EDGES_TIED)
_OWNER = re.compile(r"(?:change:|magnitude:)?((?:weights|channel|bias):.+)")
_PRODUCT = re.compile(r"product:(.+? -> \S+)(?: at \S+)?")


class Flow(NamedTuple):
    """What a buffer of the channel carries: after how many deliveries, and bits of each number."""

    steps: int
    bits: int
    signed: bool = True


class Row(NamedTuple):
    """One instruction by the names of its whole numbers."""

    op: int
    x: int
    w: int
    z: int
    m: int
    n: int
    path: int
    wires: int
    stream: int
    bits: int
    stride: int


assert Row._fields == LAYOUT


def owner_of(name: str) -> str:
    """Return the key of the bundle or bias that a stretch of the values serves."""
    product = _PRODUCT.fullmatch(name)
    if product:
        return channel_key(product[1])
    found = _OWNER.fullmatch(name)
    assert found, name
    return found[1]


@dataclass
class Count:
    """Totals by the key of a bundle, such as "weights:a -> b" or "channel:error -> b".

    See `BundleCost` for what each of them means; `flows` are those of the channel's buffers by
    address.
    """

    multiply_adds: Counter[str] = field(default_factory=Counter)
    update_multiply_adds: Counter[str] = field(default_factory=Counter)
    making_multiply_adds: Counter[str] = field(default_factory=Counter)
    draws: Counter[str] = field(default_factory=Counter)
    copies: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    message_bits: Counter[str] = field(default_factory=Counter)
    flows: dict[int, Flow] = field(default_factory=dict)


class Counting:
    """A walk through the instructions of a training step for a single example.

    Parameters
    ----------
    network, edges, program
        The network, its single edges, and what it was compiled to.
    width
        Bits of a number.
    """

    def __init__(
        self, network: Network, edges: dict[str, EdgeList], program: Program, width: int
    ) -> None:
        self._width = width
        self._wires = program.wires.array
        # A stretch without elements begins where the next one does, which takes its place here.
        stretches = (program.memory.values | program.memory.scratch).items()
        self._values = {span.start: owner_of(name) for name, span in stretches}
        self._lists = {program.wires.add(key): key for key in edges if key in program.wires}
        self._mirrors = {
            weights_key(mirror(network, bundle)): channel_key(bundle.name)
            for bundle in network.channel_bundles
            if bundle.edges.weights == "tied"
        }
        self.count = Count()
        for numbers in program.train.rows:
            self._meet(Row(*map(int, numbers)))

    def _n_edges(self, row: Row) -> int:
        return int(self._wires[row.wires + row.m])

    def _meet(self, row: Row) -> None:
        op = row.op
        if op == Op.ERROR:
            self.count.flows[row.z] = Flow(0, self._width)
        elif op == Op.KEEP:
            one, flow = row.path == message.SIGN, self.count.flows[row.x]
            self.count.flows[row.z] = Flow(flow.steps, 1 if one else flow.bits - 1, one)
        elif op == Op.QUANTIZE:
            steps, bits, signed = self.count.flows[row.x]
            limited = min(bits, row.bits if signed else row.bits - 1)
            self.count.flows[row.z] = Flow(steps, limited, signed)
        elif op in _DENSE or op in _SPARSE:
            self._deliver(row)
        elif op == Op.UPDATE:
            self.count.update_multiply_adds[self._values[row.z]] += row.m * row.n
        elif op == Op.UPDATE_EDGES:
            self.count.update_multiply_adds[self._lists[row.wires]] += self._n_edges(row)
        else:
            self._make(row)

    def _deliver(self, row: Row) -> None:
        sparse = row.op in _SPARSE
        key = self._lists[row.wires] if sparse else self._values[row.w]
        n = self._n_edges(row) if sparse else row.m * row.n
        if row.x not in self.count.flows:
            comes_back = row.op in _TIED
            counter = self.count.update_multiply_adds if comes_back else self.count.multiply_adds
            counter[key] += n
            return
        flow, bundle = self.count.flows[row.x], self._mirrors.get(key, key)
        before = self.count.flows.get(row.z)
        steps = max(flow.steps + 1, before.steps if before else 0)
        self.count.flows[row.z] = Flow(steps, self._width)
        self.count.multiply_adds[bundle] += n
        self.count.messages[bundle] += self._senders(row)
        self.count.message_bits[bundle] = flow.bits

    def _senders(self, row: Row) -> int:
        """Count the neurons at the sending end of a delivery that have an edge."""
        if row.op in _DENSE:
            return row.n if row.op == Op.DELIVER_TIED else row.m
        start = self._wires[row.wires : row.wires + row.m + 1]
        if row.op == Op.DELIVER_EDGES:
            return int(np.count_nonzero(np.diff(start)))
        first = row.wires + row.m + 1
        return len(np.unique(self._wires[first : first + int(start[-1])]))

    def _make(self, row: Row) -> None:
        """Count the work of making weights."""
        count, op = self.count, row.op
        if op == Op.MULTIPLY_TIED:
            count.making_multiply_adds[self._values[row.z]] += row.bits * row.m * row.n
        elif op == Op.MULTIPLY_EDGES_TIED:
            count.making_multiply_adds[self._values[row.z]] += row.bits * self._n_edges(row)
        elif op == Op.TRANSPOSE:
            count.copies[self._values[row.z]] += row.m * row.n
        elif op == Op.TRANSPOSE_EDGES:
            count.copies[self._values[row.z]] += self._n_edges(row)
        elif op in (Op.TAKE, Op.COPY_SIGNS) and row.n:
            count.copies[self._values[row.z]] += row.n
        elif op == Op.DRAW and row.n:
            count.draws[self._values[row.z]] += row.n
