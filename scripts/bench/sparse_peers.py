"""One sparse step, a bundle's forward pass, channel and update, here and in PyTorch.

A step multiplies activity by sparse weights, sends an error over a sparse channel of its own, and
changes the weights along their edges by rate * activity' signal. Every function takes a `Graph` and
a batch size and returns a function that makes that many steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from neurochannel.engine.compiler.edge_operands import kernel_of_edges
from neurochannel.engine.compiler.paths import LANES_FROM
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.memory import MemoryMap, Span, aligned_zeros
from neurochannel.engine.program import Call, call
from neurochannel.kernels import dense
from neurochannel.kernels.declare import BATCH
from neurochannel.kernels.driver import drive
from neurochannel.kernels.entry import entry_address
from neurochannel.kernels.lanes import MOST_BYTES

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


def _calls(
    graph: Graph, lists: tuple[EdgeList, EdgeList], memory: MemoryMap, batch: int
) -> list[Call]:
    """Return the step as calls of three kernels, and of two that clear what they fill."""
    n, edges = graph.n, graph.n_edges
    activity, total, error, signal = (
        memory.column(name, name, n) for name in ("activity", "total", "error", "signal")
    )
    forward, channel = (Span("weights", "", place, (edges,), edges) for place in (0, edges))

    def over(what: str, key: str, one: EdgeList, **operands: Any) -> Call:
        made, listed = kernel_of_edges(what, memory.wires, key, one, batch >= LANES_FROM)
        return call(made, **operands, **listed)

    learning = {"signal": signal, "first": 0, "rows": n, "rate_factor": 1.0}
    return [
        call(dense.clear, out=total),
        call(dense.clear, out=signal),
        over("deliver", "own", lists[0], source=activity, weight=forward, total=total),
        over("deliver", "other", lists[1], source=error, weight=channel, total=signal),
        over("update", "own", lists[0], source=activity, weight=forward, **learning),
    ]


def ours(graph: Graph, batch: int) -> Steps:
    """Return the step as calls of our kernels."""
    (start, receivers, weights), (channel_start, channel_receivers, channel) = map(
        graph.bundle, (0, 1)
    )
    n, memory = graph.n, MemoryMap()
    lists = EdgeList(start, receivers, n), EdgeList(channel_start, channel_receivers, n)
    calls = _calls(graph, lists, memory, batch)
    buffers = aligned_zeros(memory.n_columns * batch, np.float32)
    for name, rows in zip(("activity", "error"), graph.inputs(batch), strict=True):
        first = memory.columns[name].start * batch
        buffers[first : first + n * batch] = rows.ravel()
    values = aligned_zeros(2 * graph.n_edges, np.float32)
    values[: graph.n_edges], values[graph.n_edges :] = weights, channel
    rooms = {
        "buffers": buffers,
        "values": values,
        "changes": values,
        "wires": memory.wires.array,
        "lanes": aligned_zeros(2 * n * MOST_BYTES // 4, np.float32),
    }
    given = np.zeros(1, BATCH)
    for name, array in rooms.items():
        given[name] = array.ctypes.data
    given["capacity"], given["widest"] = batch, n
    records = [np.array([tuple(one.record())], one.declared.record) for one in calls]
    table = np.array(
        [
            (entry_address(one.declared, "float32"), record.ctypes.data)
            for one, record in zip(calls, records, strict=True)
        ]
    )
    held = [*rooms.values(), *records]

    def steps(count: int) -> None:
        assert held, "the table knows them by address"
        order, rates = np.zeros(count * batch, np.uint32), np.full(count, RATE)
        drive(table, given.copy(), order, rates, 0, np.zeros(2, np.int64))

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
