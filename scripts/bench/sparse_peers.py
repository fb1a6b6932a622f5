"""One sparse step, a bundle's forward pass, channel and update, here and in PyTorch.

A step multiplies activity by sparse weights, sends an error over a sparse channel of its own, and
changes the weights along their edges by rate * activity' signal. Every function takes a `Graph` and
a batch size and returns a function that makes so many steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from neurochannel.engine.compiler.coder import LANES_FROM
from neurochannel.engine.feed import make_feed
from neurochannel.engine.machine import run
from neurochannel.engine.memory import aligned_zeros
from neurochannel.engine.program import Instruction, Table
from neurochannel.kernels.lanes import MOST_BYTES
from neurochannel.kernels.opcodes import EACH, LANES, Op
from neurochannel.kernels.run import Course, Memory

Steps = Callable[[int], None]
RATE = 1e-6


@dataclass(frozen=True)
class Graph:
    """n x n neurons; each sends `degree` edges forward and as many over the channel."""

    n: int
    degree: int

    @property
    def n_edges(self) -> int:
        """Edges of one bundle."""
        return self.n * self.degree

    def bundle(self, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (start, receivers, weights) of one bundle, sorted by source and receiver."""
        rng = np.random.default_rng(seed)
        start = np.arange(0, self.n_edges + 1, self.degree).astype(np.uint32)
        receivers = rng.integers(0, self.n, (self.n, self.degree), np.uint32)
        receivers.sort(axis=1)
        weights = rng.standard_normal(self.n_edges, np.float32) * np.float32(0.01)
        return start, receivers.ravel(), weights

    def inputs(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """Return activity and error, (batch, n)."""
        rng = np.random.default_rng(7)
        activity, error = rng.standard_normal((2, batch, self.n), np.float32)
        return activity, error


def ours(graph: Graph, batch: int) -> Steps:
    """Return the step as a program of three instructions, and two that clear what they fill."""
    (start, receivers, weights), (channel_start, channel_receivers, channel) = map(
        graph.bundle, (0, 1)
    )
    n, path = graph.n, LANES if batch >= LANES_FROM else EACH
    activity, total, error, signal = range(0, 4 * n, n)
    own, other = 0, len(start) + len(receivers)
    place = len(weights)
    common: dict[str, Any] = {"m": n, "n": n, "path": path}
    table = Table.of(
        [
            Instruction(Op.CLEAR, z=total, n=n),
            Instruction(Op.CLEAR, z=signal, n=n),
            Instruction(Op.DELIVER_EDGES, x=activity, w=0, z=total, wires=own, **common),
            Instruction(Op.DELIVER_EDGES, x=error, w=place, z=signal, wires=other, **common),
            Instruction(Op.UPDATE_EDGES, x=activity, w=signal, z=0, wires=own, **common),
        ]
    )
    values = aligned_zeros(2 * graph.n_edges, np.float32)
    values[:place], values[place:] = weights, channel
    buffers = aligned_zeros(4 * n * batch, np.float32)
    rows = buffers.reshape(4, batch, n)
    rows[0], rows[2] = graph.inputs(batch)
    memory = Memory(
        buffers=buffers,
        values=values,
        changes=values,
        wires=np.concatenate([start, receivers, channel_start, channel_receivers]),
        active=np.zeros(n, np.uint32),
        amount=np.zeros(n, np.float32),
        numbers=np.zeros(n, np.uint32),
        lanes=aligned_zeros(2 * n * MOST_BYTES // 4, np.float32),
        totals=np.zeros(2),
    )
    feed = make_feed(np.zeros((1, 1)), None, 1.0, np.dtype(np.float32), 1)

    def steps(count: int) -> None:
        order, rates = np.zeros(count * batch, np.uint32), np.full(count, RATE)
        zero, control = np.uint64(0), np.zeros(2, np.int64)
        run(table, memory, feed, Course(order, rates, batch, 0, zero, zero, control))

    return steps


def torch_csr(graph: Graph, batch: int) -> Steps:
    """Return the step in PyTorch: CSR times dense, and sampled_addmm in place.

    Activities lie neuron by neuron and weights receiver by receiver, as suits PyTorch best; to
    change weights by gathering over the list of their edges takes it 2.5 times as long.
    """
    import torch

    warnings.filterwarnings("ignore", message="Sparse")
    activity, error = (
        torch.from_numpy(np.ascontiguousarray(part.T)) for part in graph.inputs(batch)
    )
    turned = activity.t().contiguous()
    weights, channel = (_torch_matrix(graph, seed) for seed in (0, 1))

    def steps(count: int) -> None:
        for _ in range(count):
            weights @ activity
            signal = channel @ error
            torch.sparse.sampled_addmm(
                weights, signal, turned, beta=1.0, alpha=RATE / batch, out=weights
            )

    return steps


def _torch_matrix(graph: Graph, seed: int) -> Any:
    import torch

    start, receivers, weights = graph.bundle(seed)
    shape = graph.n, graph.n
    forward = sparse.csr_array((weights, receivers.astype(np.int32), start.astype(np.int32)), shape)
    matrix = forward.T.tocsr()
    matrix.sum_duplicates()
    parts = (matrix.indptr, matrix.indices, matrix.data)
    return torch.sparse_csr_tensor(*map(torch.from_numpy, parts), size=shape)
