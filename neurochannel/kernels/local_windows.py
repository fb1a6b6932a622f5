"""Local windows: each position of a window is an all-to-all bundle with weights of its own.

Weights have a row for each tap (i, j, c) of the window, those of one position after those of the
one before. Windows of several examples are copied to lie side by side, so that examples are the
rows of a tile.
"""

# b = example, p = position of the window in the target, y, x = its row and column,
# i, j, c = row, column and source map of a tap, m = map of the target

from __future__ import annotations

from neurochannel.kernels.declare import (
    BUFFER,
    CHANGES,
    FACTOR,
    LANES,
    VALUES,
    WHOLE,
    WIRES,
    adds,
    kernel,
    reads,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.tiles import add_block, add_products, bind_blocks, bind_products
from neurochannel.kernels.views import flat, matrix, part, row, rows_from, split, vector
from neurochannel.kernels.windows import inside, unpacked

MOST_EXAMPLES = 32
"""Examples whose windows are copied to lie side by side."""


def work_elements(taps: int, n: int) -> int:
    """Return the elements of scratch that kernels of local windows need."""
    return MOST_EXAMPLES * (taps + n) + taps * n


@inner
def _copy(source, out):
    for k in range(out.shape[0]):
        out[k] = source[k]


@inner
def _clear(out):
    for k in range(out.shape[0]):
        out[k] = 0.0


@inner
def copy_windows(source, window, p, out):
    """out[b, (i, j, c)] = source[b] in the window at position p, 0 outside of the image."""
    (height, width, maps), target, kernel, stride, margin = unpacked(window)
    y = (p // target[1]) * stride[0] - margin[0]
    x = (p % target[1]) * stride[1] - margin[1]
    across = kernel[1] * maps
    i, i_stop = inside(y, height, kernel[0])
    j, j_stop = inside(x, width, kernel[1])
    is_whole = i == 0 and j == 0 and i_stop == kernel[0] and j_stop == kernel[1]
    for b in range(out.shape[0]):
        copied = row(out, b)
        if not is_whole:
            _clear(copied)
        for k in range(i, i_stop):
            begin, run = k * across + j * maps, (j_stop - j) * maps
            here = ((y + k) * width + x + j) * maps
            _copy(part(row(source, b), here, run), part(copied, begin, run))


@inner
def copy_part(source, first, out):
    """out[b] = source[b, first:]."""
    for b in range(out.shape[0]):
        _copy(part(row(source, b), first, out.shape[1]), row(out, b))


@kernel(
    before=bind_blocks,
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "n"),
    window=reads(WIRES, "numbers"),
    room=LANES,
)
def deliver_local(source, weight, total, window, room):
    """total += the windows of source times their weights."""
    target = unpacked(window)[1]
    n, like = target[2], source.dtype.type(0.0)
    taps = weight.shape[0] // (target[0] * target[1])
    for p in range(target[0] * target[1]):
        for b in range(0, source.shape[0], MOST_EXAMPLES):
            count = min(MOST_EXAMPLES, source.shape[0] - b)
            windows = matrix(like, room, count, taps)
            copy_windows(rows_from(source, b, count), window, p, windows)
            add_block(
                flat(windows), (0, taps, 0), weight, (p * taps, 0),
                flat(total), (b * total.shape[1] + p * n, total.shape[1]), (count, 1, taps, n),
            )  # fmt: skip


@kernel(
    before=bind_blocks,
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "m"),
    window=reads(WIRES, "numbers"),
    room=LANES,
)
def deliver_local_back(source, weight, total, window, room):
    """total += source against local windows."""
    (height, width, maps), target, kernel, stride, margin = unpacked(window)
    n, like, across = target[2], source.dtype.type(0.0), kernel[1] * maps
    turned = vector(like, room + MOST_EXAMPLES * n * source.itemsize, n * across)
    for p in range(target[0] * target[1]):
        y = (p // target[1]) * stride[0] - margin[0]
        x = (p % target[1]) * stride[1] - margin[1]
        j, j_stop = inside(x, width, kernel[1])
        i, i_stop = inside(y, height, kernel[0])
        run = (j_stop - j) * maps
        for row_in in range(i, i_stop):
            tap = (p * kernel[0] + row_in) * across + j * maps
            back = split(part(turned, 0, n * run), run)
            for m in range(n):
                turned_row = row(back, m)
                for k in range(run):
                    turned_row[k] = weight[tap + k, m]
            for b in range(0, source.shape[0], MOST_EXAMPLES):
                count = min(MOST_EXAMPLES, source.shape[0] - b)
                signals = matrix(like, room, count, n)
                copy_part(rows_from(source, b, count), p * n, signals)
                to = b * total.shape[1] + ((y + row_in) * width + x + j) * maps
                add_block(
                    flat(signals), (0, n, 0), back, (0, 0),
                    flat(total), (to, total.shape[1]), (count, 1, n, run),
                )  # fmt: skip


@kernel(
    before=bind_products,
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    window=reads(WIRES, "numbers"),
    first=WHOLE,
    room=LANES,
)
def update_local(source, signal, weight, factor, window, first, room):
    """weight[position, tap] += factor * sum over examples of source there times signal."""
    (_, _, maps), target, kernel, _, _ = unpacked(window)
    n, taps, like = target[2], kernel[0] * kernel[1] * maps, source.dtype.type(0.0)
    stop = first + weight.shape[0]
    for p in range(first // taps, (stop + taps - 1) // taps):
        low, high = max(first, p * taps), min(stop, (p + 1) * taps)
        for b in range(0, source.shape[0], MOST_EXAMPLES):
            count = min(MOST_EXAMPLES, source.shape[0] - b)
            windows = matrix(like, room, count, taps)
            signals = matrix(like, room + MOST_EXAMPLES * taps * source.itemsize, count, n)
            copy_windows(rows_from(source, b, count), window, p, windows)
            copy_part(rows_from(signal, b, count), p * n, signals)
            add_products(
                flat(windows), (low - p * taps, 0, taps), flat(signals), (0, 0, n), factor,
                weight, low - first, (1, count, high - low, n),
            )  # fmt: skip
