"""Convolution and local windows: each position of a window is a short all-to-all bundle.

Weights have a row for each tap (i, j, c) of the window; those of local windows have as many rows
for each position, one after another. Images lie row by row, the maps of a pixel side by side.
"""

# b = example, p = position of the window in the target, k = number of a listed tap or position

from __future__ import annotations

import numpy as np

from neurochannel.kernels.declare import (
    ACTIVE,
    AMOUNT,
    BUFFER,
    CHANGES,
    FACTOR,
    VALUES,
    WHOLE,
    WIRES,
    adds,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.rows import add_rows
from neurochannel.kernels.views import part, row, rows_from, split


@inner
def unpacked(window):
    """Return the twelve numbers of a window as int64.

    They are height, width and maps of the source, the same of the target, and rows and columns of
    the kernel, of the stride and of the margin.
    """
    return (
        (np.int64(window[0]), np.int64(window[1]), np.int64(window[2])),
        (np.int64(window[3]), np.int64(window[4]), np.int64(window[5])),
        (np.int64(window[6]), np.int64(window[7])),
        (np.int64(window[8]), np.int64(window[9])),
        (np.int64(window[10]), np.int64(window[11])),
    )


@inner
def list_taps(source, window, p, active, amount):
    """List the taps of a window that lie inside the image, with what the source has there.

    Parameters
    ----------
    source
        (height * width * maps,).
    active, amount
        Overwritten.
    """
    image, target, kernel, stride, margin = unpacked(window)
    height, width, maps = image
    y = (p // target[1]) * stride[0] - margin[0]
    x = (p % target[1]) * stride[1] - margin[1]
    count = 0
    for i in range(max(0, -y), min(kernel[0], height - y)):
        for j in range(max(0, -x), min(kernel[1], width - x)):
            here, tap = ((y + i) * width + x + j) * maps, (i * kernel[1] + j) * maps
            for c in range(maps):
                active[count] = tap + c
                amount[count] = source[here + c]
                count += 1
    return count


@inner
def list_positions(source, window, tap, active, amount):
    """List the positions at which a tap lies inside the image, with what the source has there."""
    image, target, kernel, stride, margin = unpacked(window)
    height, width, maps = image
    c, j, i = tap % maps, tap // maps % kernel[1], tap // maps // kernel[1]
    count = 0
    for y in range(target[0]):
        row_in = y * stride[0] + i - margin[0]
        if row_in < 0 or row_in >= height:
            continue
        for x in range(target[1]):
            column = x * stride[1] + j - margin[1]
            if column >= 0 and column < width:
                active[count] = y * target[1] + x
                amount[count] = source[(row_in * width + column) * maps + c]
                count += 1
    return count


@inner
def list_receivers(signal, window, q, active, amount):
    """List the turned taps (i, j, m) whose windows hold pixel q, with the signals m there."""
    image, target, kernel, stride, margin = unpacked(window)
    y, x, n = q // image[1] + margin[0], q % image[1] + margin[1], target[2]
    count = 0
    for i in range(kernel[0]):
        if y < i or (y - i) % stride[0] != 0 or (y - i) // stride[0] >= target[0]:
            continue
        for j in range(kernel[1]):
            if x < j or (x - j) % stride[1] != 0 or (x - j) // stride[1] >= target[1]:
                continue
            here = ((y - i) // stride[0] * target[1] + (x - j) // stride[1]) * n
            tap = (i * kernel[1] + j) * n
            for m in range(n):
                active[count] = tap + m
                amount[count] = signal[here + m]
                count += 1
    return count


@kernel(
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "n"),
    window=reads(WIRES, "numbers"),
    active=ACTIVE,
    amount=AMOUNT,
    taps=WHOLE,
)
def deliver_windows(source, weight, total, window, active, amount, taps):
    """total += the windows of source times their weights; taps = 0 where all windows share them."""
    n, n_taps = np.int64(window[5]), np.int64(window[6]) * window[7] * window[2]
    for b in range(source.shape[0]):
        for p in range(total.shape[1] // n):
            count = list_taps(row(source, b), window, p, active, amount)
            own = rows_from(weight, p * taps, n_taps)
            add_rows(active, amount, count, own, part(row(total, b), p * n, n), True)


@kernel(
    weight=reads(VALUES, "rows", "stride"),
    out=sets(VALUES, "m", "n"),
    window=reads(WIRES, "numbers"),
)
def turn_windows(weight, out, window):
    """out[(i, j, m), c] = weight[(i, j, c), m]."""
    maps, n = np.int64(window[2]), np.int64(window[5])
    for tap in range(np.int64(window[6]) * np.int64(window[7])):
        for m in range(n):
            for c in range(maps):
                out[tap * n + m, c] = weight[tap * maps + c, m]


@kernel(
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "m"),
    window=reads(WIRES, "numbers"),
    active=ACTIVE,
    amount=AMOUNT,
)
def deliver_turned_windows(source, weight, total, window, active, amount):
    """total += source against the windows; weights are turned, shared by all windows."""
    maps = np.int64(window[2])
    for b in range(source.shape[0]):
        for q in range(total.shape[1] // maps):
            count = list_receivers(row(source, b), window, q, active, amount)
            add_rows(active, amount, count, weight, part(row(total, b), q * maps, maps), True)


@kernel(
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "m"),
    window=reads(WIRES, "numbers"),
)
def deliver_local_back(source, weight, total, window):
    """total += source against local windows."""
    image, target, kernel, stride, margin = unpacked(window)
    height, width, maps = image
    n, taps = target[2], kernel[0] * kernel[1] * maps
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            y = (p // target[1]) * stride[0] - margin[0]
            x = (p % target[1]) * stride[1] - margin[1]
            for i in range(max(0, -y), min(kernel[0], height - y)):
                for j in range(max(0, -x), min(kernel[1], width - x)):
                    here = ((y + i) * width + x + j) * maps
                    first = p * taps + (i * kernel[1] + j) * maps
                    for c in range(maps):
                        dot = weight.dtype.type(0.0)
                        for m in range(n):
                            dot += source[b, p * n + m] * weight[first + c, m]
                        total[b, here + c] += dot


@kernel(
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    window=reads(WIRES, "numbers"),
    active=ACTIVE,
    amount=AMOUNT,
    first=WHOLE,
)
def update_windows(source, signal, weight, factor, window, active, amount, first):
    """weight[tap] += factor * sum over examples and positions of source there times signal."""
    n = np.int64(window[5])
    for b in range(source.shape[0]):
        signals = split(row(signal, b), n)
        for r in range(weight.shape[0]):
            count = list_positions(row(source, b), window, first + r, active, amount)
            for k in range(count):
                amount[k] *= factor
            add_rows(active, amount, count, signals, part(row(weight, r), 0, n), True)


@kernel(
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    window=reads(WIRES, "numbers"),
    first=WHOLE,
)
def update_local(source, signal, weight, factor, window, first):
    """weight[position, tap] += factor * sum over examples of source there times signal."""
    image, target, kernel, stride, margin = unpacked(window)
    height, width, maps = image
    n, taps = target[2], kernel[0] * kernel[1] * maps
    for b in range(source.shape[0]):
        for r in range(weight.shape[0]):
            p, tap = (first + r) // taps, (first + r) % taps
            c, j, i = tap % maps, tap // maps % kernel[1], tap // maps // kernel[1]
            y = (p // target[1]) * stride[0] - margin[0] + i
            x = (p % target[1]) * stride[1] - margin[1] + j
            if y >= 0 and y < height and x >= 0 and x < width:
                a = factor * source[b, (y * width + x) * maps + c]
                for m in range(n):
                    weight[r, m] += a * signal[b, p * n + m]


# --- maps ------------------------------------------------------------------------------------


@kernel(bias=reads(VALUES, "maps"), total=sets(BUFFER, "n"))
def set_bias_maps(bias, total):
    """total[b, p, m] = bias[m]."""
    n = bias.shape[0]
    for b in range(total.shape[0]):
        for p in range(total.shape[1] // n):
            for m in range(n):
                total[b, p * n + m] = bias[m]


@kernel(
    signal=reads(BUFFER, "n"), bias=adds(CHANGES, "rows"), factor=FACTOR, maps=WHOLE, first=WHOLE
)
def update_bias_maps(signal, bias, factor, maps, first):
    """bias[m] += factor * sum over examples and positions of signal[b, p, first + m]."""
    for b in range(signal.shape[0]):
        for p in range(signal.shape[1] // maps):
            for m in range(bias.shape[0]):
                bias[m] += factor * signal[b, p * maps + first + m]


@kernel(source=reads(BUFFER, "maps"), total=adds(BUFFER, "n"))
def spread_maps(source, total):
    """total[b, p, m] += source[b, m]."""
    n = source.shape[1]
    for b in range(source.shape[0]):
        for p in range(total.shape[1] // n):
            for m in range(n):
                total[b, p * n + m] += source[b, m]


@kernel(source=reads(BUFFER, "n"), out=sets(BUFFER, "maps"))
def sum_maps(source, out):
    """out[b, m] = sum over positions of source[b, p, m]."""
    n = out.shape[1]
    for b in range(source.shape[0]):
        for m in range(n):
            out[b, m] = 0.0
        for p in range(source.shape[1] // n):
            for m in range(n):
                out[b, m] += source[b, p * n + m]


# --- pooling ---------------------------------------------------------------------------------


@inner
def _corner(window, p):
    """Return the number of the source's first neuron in the window at position p."""
    return (
        (p // np.int64(window[4])) * np.int64(window[8]) * np.int64(window[1])
        + (p % np.int64(window[4])) * np.int64(window[9])
    ) * np.int64(window[2])


@kernel(
    source=reads(BUFFER, "m"),
    out=sets(BUFFER, "n"),
    winner=sets(BUFFER, "n"),
    window=reads(WIRES, "numbers"),
)
def pool_max(source, out, winner, window):
    """out[p, m] = the largest of a window, winner[p, m] = the tap i * columns + j of the first one.

    What is no number wins, so that it is seen.
    """
    image, target, kernel, _, _ = unpacked(window)
    width, n = image[1], image[2]
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            corner = _corner(window, p)
            for m in range(n):
                out[b, p * n + m] = source[b, corner + m]
                winner[b, p * n + m] = 0.0
            for tap in range(1, kernel[0] * kernel[1]):
                here = corner + (tap // kernel[1] * width + tap % kernel[1]) * n
                for m in range(n):
                    new, old = source[b, here + m], out[b, p * n + m]
                    wins = new > old or (new != new and old == old)
                    out[b, p * n + m] = new if wins else old
                    winner[b, p * n + m] = tap if wins else winner[b, p * n + m]


@kernel(
    source=reads(BUFFER, "n"),
    winner=reads(BUFFER, "n"),
    total=adds(BUFFER, "m"),
    window=reads(WIRES, "numbers"),
)
def unpool_max(source, winner, total, window):
    """total[winner of p, m] += source[p, m]."""
    image, target, kernel, _, _ = unpacked(window)
    width, n = image[1], image[2]
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            corner = _corner(window, p)
            for m in range(n):
                tap = np.int64(winner[b, p * n + m])
                here = corner + (tap // kernel[1] * width + tap % kernel[1]) * n
                total[b, here + m] += source[b, p * n + m]


@kernel(source=reads(BUFFER, "m"), out=sets(BUFFER, "n"), window=reads(WIRES, "numbers"))
def pool_mean(source, out, window):
    """out[p, m] = the mean of a window."""
    image, target, kernel, _, _ = unpacked(window)
    width, n = image[1], image[2]
    share = source.dtype.type(1.0 / (kernel[0] * kernel[1]))
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            corner = _corner(window, p)
            for m in range(n):
                out[b, p * n + m] = 0.0
            for tap in range(kernel[0] * kernel[1]):
                here = corner + (tap // kernel[1] * width + tap % kernel[1]) * n
                for m in range(n):
                    out[b, p * n + m] += share * source[b, here + m]


@kernel(source=reads(BUFFER, "n"), total=adds(BUFFER, "m"), window=reads(WIRES, "numbers"))
def unpool_mean(source, total, window):
    """total of each neuron of the window += source[p, m] / neurons of a window."""
    image, target, kernel, _, _ = unpacked(window)
    width, n = image[1], image[2]
    share = source.dtype.type(1.0 / (kernel[0] * kernel[1]))
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            corner = _corner(window, p)
            for tap in range(kernel[0] * kernel[1]):
                here = corner + (tap // kernel[1] * width + tap % kernel[1]) * n
                for m in range(n):
                    total[b, here + m] += share * source[b, p * n + m]
