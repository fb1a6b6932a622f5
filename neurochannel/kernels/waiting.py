"""Messages of some examples, or that wait for later ones, and the clock that counts examples.

A message of example e goes to slot e mod d of a ring of d slots, where that of example e + d finds
it; or those of all examples of update u to slot u mod d. A step only reads what waits; when it is
complete, its messages and then the clock are kept.
"""

# b = example, d = receiver

from __future__ import annotations

from neurochannel.kernels.declare import (
    BUFFER,
    COUNTS,
    FIRST,
    SIZE,
    STATE,
    WHOLE,
    changes,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.views import row

HANDS = 2
"""Numbers of the clock: examples and updates since the start."""
_EXAMPLES, _UPDATES = 0, 1


@kernel(clock=changes(COUNTS, "hands"), size=SIZE, whole=True)
def tick(clock, size):
    """Count the examples of a batch, and the update that they made."""
    clock[_EXAMPLES] += size
    clock[_UPDATES] += 1


@kernel(
    x=reads(BUFFER, "n"),
    clock=reads(COUNTS, "hands"),
    out=sets(BUFFER, "n"),
    every=WHOLE,
    first=FIRST,
)
def send_every(x, clock, out, every, first):
    """out[b] = x[b] for the first of this number of examples since the start, else 0."""
    n, now = x.shape[1], clock[_EXAMPLES] + first
    for b in range(x.shape[0]):
        told, left = row(x, b), row(out, b)
        is_open = (now + b) % every == 0
        for d in range(n):
            left[d] = told[d] if is_open else 0.0


@kernel(
    x=reads(BUFFER, "n"),
    ring=reads(STATE, "rows", "n"),
    clock=reads(COUNTS, "hands"),
    out=sets(BUFFER, "n"),
    whole=True,
)
def delay_examples(x, ring, clock, out):
    """out[b] = x of as many examples earlier as the ring has slots, in this batch or before."""
    n, slots, now = x.shape[1], ring.shape[0], clock[_EXAMPLES]
    for b in range(x.shape[0]):
        late = row(out, b)
        early = row(x, b - slots) if b >= slots else row(ring, (now + b) % slots)
        for d in range(n):
            late[d] = early[d]


@kernel(
    x=reads(BUFFER, "n"),
    ring=changes(STATE, "rows", "n"),
    clock=reads(COUNTS, "hands"),
    whole=True,
)
def keep_examples(x, ring, clock):
    """Keep the last messages of a batch, as many as the ring has slots."""
    n, slots, now = x.shape[1], ring.shape[0], clock[_EXAMPLES]
    for b in range(max(0, x.shape[0] - slots), x.shape[0]):
        kept, sent = row(ring, (now + b) % slots), row(x, b)
        for d in range(n):
            kept[d] = sent[d]


@kernel(
    x=reads(BUFFER, "n"),
    ring=reads(STATE, "rows", "n"),
    filled=reads(COUNTS, "slots"),
    clock=reads(COUNTS, "hands"),
    out=sets(BUFFER, "n"),
    whole=True,
)
def delay_updates(x, ring, filled, clock, out):
    """out[b] = x of example b as many updates earlier as there are slots; 0 if it had fewer."""
    n, slots, now = x.shape[1], filled.shape[0], clock[_UPDATES]
    room, slot = ring.shape[0] // slots, now % slots
    waiting = min(filled[slot], room)
    for b in range(x.shape[0]):
        late, early = row(out, b), row(ring, slot * room + min(b, room - 1))
        for d in range(n):
            late[d] = early[d] if b < waiting else 0.0


@kernel(
    x=reads(BUFFER, "n"),
    ring=changes(STATE, "rows", "n"),
    filled=changes(COUNTS, "slots"),
    clock=reads(COUNTS, "hands"),
    whole=True,
)
def keep_updates(x, ring, filled, clock):
    """Keep the messages of a batch, and how many there were."""
    n, slots, now = x.shape[1], filled.shape[0], clock[_UPDATES]
    room, slot = ring.shape[0] // slots, now % slots
    size = min(x.shape[0], room)
    filled[slot] = size
    for b in range(size):
        kept, sent = row(ring, slot * room + b), row(x, b)
        for d in range(n):
            kept[d] = sent[d]
