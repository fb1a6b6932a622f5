"""Reads from a program's memory map how many bytes each part of a network takes."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from neurochannel.engine.memory import MARGIN, rounded_up
from neurochannel.engine.program import Program
from neurochannel.engine.streams import CLOCK
from neurochannel.kernels.devices import KEPT_KEYS
from neurochannel.observe.ledger.costs import MemoryUse

WORD = 4
"""Bytes of an entry of an edge list."""

TOTALS = 16
"""Bytes of the two running totals of scoring, the same in all precisions."""

KEYS = 3 * 8 * KEPT_KEYS
"""Bytes of the keys that noise of pulses is drawn by, the same in all precisions."""


def stretch_bytes(program: Program, item: int) -> Counter[str]:
    """Return bytes of weights, maps, scratch, state and edge lists by the key of their owner.

    That is a bundle or bias, or a population for the maps of its neurons.

    Parameters
    ----------
    item
        Bytes of a number.
    """
    memory, used = program.memory, Counter[str]()
    rooms = memory.values, memory.kept, memory.maps, memory.constants, memory.scratch
    values = sorted((span for room in rooms for span in room.values()), key=lambda s: s.start)
    for spans, end in (
        (values, memory.n_values),
        ([*memory.state.values()], memory.n_state),
    ):
        starts = [*(span.start for span in spans), end]
        for span, (first, stop) in zip(spans, pairwise(starts), strict=True):
            used[span.owner] += (stop - first) * item
    for listed in memory.wires.spans.values():
        used[listed.owner] += WORD * listed.size
    return used


def memory_use(program: Program, item: int) -> MemoryUse:
    """Return the bytes of all arrays that a machine works on, for batches of one example."""
    memory, stretches = program.memory, stretch_bytes(program, item)
    channel = sum(n for key, n in stretches.items() if key == CLOCK or key.startswith("channel:"))
    columns = list(memory.columns.values())
    ends = [*(column.start for column in columns), memory.n_columns]
    widths = [stop - first for first, stop in pairwise(ends)]
    signals = sum(w for column, w in zip(columns, widths, strict=True) if column.of_channel) * item
    told = Counter[bool]()
    for column in memory.joint.values():
        told[column.of_channel] += item * rounded_up(column.width) * rounded_up(1)
    widest = program.widest
    lists = (WORD + item) * (widest + MARGIN) + (WORD + 1) * widest
    if program.pulses:
        lists += WORD * (2 * widest + MARGIN) + item * (widest + MARGIN) + KEYS
    return MemoryUse(
        forward=stretches.total() - channel,
        activity=memory.n_columns * item - signals + told[False],
        channel=channel,
        signals=signals + told[True],
        workspace=lists + program.lanes // item * item + TOTALS,
    )
