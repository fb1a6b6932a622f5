"""Which rows of weights may have changed: a change of 0 stays 0, so the others need no limits."""

from __future__ import annotations

from neurochannel.kernels.declare import (
    BUFFER,
    EXAMPLES,
    MARKS,
    PIXEL_INDEX,
    PIXEL_START,
    WHOLE,
    kernel,
    reads,
)


@kernel(marks=MARKS, m=WHOLE)
def mark_all(marks, m):
    """marks[s] = 1 for all of m sources."""
    for s in range(m):
        marks[s] = 1


@kernel(source=reads(BUFFER, "m"), marks=MARKS, first=WHOLE, rows=WHOLE)
def mark_rows(source, marks, first, rows):
    """marks[s] = 1 for each source, from number `first` on, that was active in an example."""
    for b in range(source.shape[0]):
        for s in range(rows):
            marks[s] = marks[s] | (source[b, first + s] != 0.0)


@kernel(
    start=PIXEL_START, index=PIXEL_INDEX, examples=EXAMPLES, marks=MARKS, first=WHOLE, rows=WHOLE
)
def mark_pixels(start, index, examples, marks, first, rows):
    """marks[s] = 1 for each input, from number `first` on, that was active in an example."""
    for b in range(examples.shape[0]):
        example = examples[b]
        for k in range(start[example], start[example + 1]):
            if first <= index[k] < first + rows:
                marks[index[k] - first] = 1
