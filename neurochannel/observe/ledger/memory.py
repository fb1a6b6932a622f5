"""Reads from a compiled program's memory map how many bytes each part of a network takes."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.program import Program
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network
from neurochannel.observe.ledger.costs import MemoryUse
from neurochannel.observe.ledger.counting import owner_of

WORD = 4
"""Bytes of an entry of an edge list."""

TOTALS = 16
"""Bytes of the two running totals of scoring, the same in all precisions."""


def stretch_bytes(program: Program, edges: dict[str, EdgeList], item: int) -> Counter[str]:
    """Return bytes of weights, scratch and edge lists by the key of a bundle or bias.

    Parameters
    ----------
    item
        Bytes of a number.
    """
    memory, used = program.memory, Counter[str]()
    spans = memory.values | memory.scratch
    ends = [*(span.start for span in spans.values()), memory.n_values]
    for name, (start, end) in zip(spans, pairwise(ends), strict=True):
        used[owner_of(name)] += (end - start) * item
    for key, listed in edges.items():
        if key in program.wires:
            used[key] += WORD * (listed.n_source + 1 + listed.n_edges)
        if f"positions:{key}" in program.wires:
            used[key] += WORD * listed.n_edges
    return used


def memory_use(
    network: Network, program: Program, edges: dict[str, EdgeList], item: int
) -> MemoryUse:
    """Return the bytes of all arrays that a machine works on, for batches of one example."""
    stretches = stretch_bytes(program, edges, item)
    channel = sum(size for key, size in stretches.items() if key.startswith("channel:"))
    columns = program.memory.columns.items()
    signals = sum(column.width for name, column in columns if _of_channel(network, name)) * item
    lists = 2 * WORD * program.widest + item * program.widest
    return MemoryUse(
        forward=stretches.total() - channel,
        activity=program.memory.n_columns * item - signals,
        channel=channel,
        signals=signals,
        workspace=lists + program.room // item * item + TOTALS,
    )


def _of_channel(network: Network, column: str) -> bool:
    kind, _, name = column.partition(":")
    if kind == "signal":
        return name != ERROR
    return kind == "message" or name in network.relays
