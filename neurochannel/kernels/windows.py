"""Convolution: each position of a window is a short all-to-all bundle with the same weights.

Weights have a row for each tap (i, j, c) of the window. Images lie row by row, the maps of a pixel
side by side. `local_windows` have weights of their own for each position.
"""

# b = example, p = position of the window in the target, y, x = its row and column,
# i, j, c = row, column and source map of a tap, m = map of the target

from __future__ import annotations

import numpy as np

from neurochannel.kernels.declare import (
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
from neurochannel.kernels.tiles import add_block, add_products, bind_blocks, bind_products
from neurochannel.kernels.views import flat


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
def reach(n_source, n_target, kernel, stride, margin):
    """Return the first position whose window lies inside, and the one after the last of them.

    Positions are along one axis.
    """
    first = min(max(-(-margin // stride), 0), n_target)
    return first, max(first, min((n_source + margin - kernel) // stride + 1, n_target))


@inner
def inside(at, n, kernel):
    """Return the first tap of a window from `at` on that lies inside, and the one after the last.

    There are none if both are the same.
    """
    first = min(max(0, -at), kernel)
    return first, max(first, min(kernel, n - at))


@inner
def convolve(source, at, weight, tap, total, to, sizes, steps):
    """total[y, x, m] += sum_i sum_j sum_c source[y, x, i, j, c] * weight[i, j, c, m], of one image.

    Positions whose windows are whole are taken along rows, those at the left and right border along
    columns.

    Parameters
    ----------
    source, total
        Vectors.
    at, to
        First elements of the image and of the target.
    tap
        First row of the weights.
    sizes
        As of `unpacked`.
    steps
        Elements of the target from one row and from one position of a row to the next.
    """
    (height, width, maps), target, kernel, stride, margin = sizes
    rows, columns, n = target
    line, across = width * maps, kernel[1] * maps
    left, right = reach(width, columns, kernel[1], stride[1], margin[1])
    top, bottom = reach(height, rows, kernel[0], stride[0], margin[0])
    for y in range(rows):
        row_in = y * stride[0] - margin[0]
        i, i_stop = inside(row_in, height, kernel[0])
        begin = at + (row_in + i) * line + (left * stride[1] - margin[1]) * maps
        place = to + y * steps[0] + left * steps[1]
        add_block(
            source, (begin, stride[1] * maps, line), weight, (tap + i * across, across),
            total, (place, steps[1]), (right - left, i_stop - i, across, n),
        )  # fmt: skip
    for k in range(columns - (right - left)):
        x = k if k < left else k + right - left
        column = x * stride[1] - margin[1]
        j, j_stop = inside(column, width, kernel[1])
        y = 0
        while y < rows:
            row_in = y * stride[0] - margin[0]
            i, i_stop = inside(row_in, height, kernel[0])
            count = bottom - y if y == top and bottom > top else 1
            add_block(
                source, (at + (row_in + i) * line + (column + j) * maps, stride[0] * line, line),
                weight, (tap + i * across + j * maps, across),
                total, (to + y * steps[0] + x * steps[1], steps[0]),
                (count, i_stop - i, (j_stop - j) * maps, n),
            )  # fmt: skip
            y += count


@kernel(
    before=bind_blocks,
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "n"),
    window=reads(WIRES, "numbers"),
)
def deliver_windows(source, weight, total, window):
    """total += the windows of source times the weights that all of them share."""
    sizes = unpacked(window)
    n, columns = sizes[1][2], sizes[1][1]
    for b in range(source.shape[0]):
        at, to = b * source.shape[1], b * total.shape[1]
        convolve(flat(source), at, weight, 0, flat(total), to, sizes, (columns * n, n))


@inner
def phase(size, kernel, stride, margin, first):
    """Return what one in `stride` pixels of an axis, from tap `first` on, gets from which windows.

    That is: the taps that reach it, the first of these pixels and how many there are, and the
    margin of a convolution of the signals with the taps in reverse order.
    """
    taps = max(0, (kernel - first + stride - 1) // stride)
    pixel = (first - margin) % stride
    count = max(0, (size - pixel + stride - 1) // stride)
    return taps, pixel, count, taps - 1 - (pixel + margin - first) // stride


@kernel(
    weight=reads(VALUES, "rows", "stride"),
    out=sets(VALUES, "m", "n"),
    window=reads(WIRES, "numbers"),
)
def turn_windows(weight, out, window):
    """out[(i, j, m), c] = weight[(i, j, c), m], taps in reverse order.

    Taps that reach the same pixels, which are `stride` apart, lie together.
    """
    image, target, kernel, stride, _ = unpacked(window)
    maps, n, row_out = image[2], target[2], 0
    for down in range(stride[0]):
        for right in range(stride[1]):
            for i in range(kernel[0] - 1, -1, -1):
                for j in range(kernel[1] - 1, -1, -1):
                    if i % stride[0] != down or j % stride[1] != right:
                        continue
                    tap = (i * kernel[1] + j) * maps
                    for c in range(maps):
                        for m in range(n):
                            out[row_out + m, c] = weight[tap + c, m]
                    row_out += n


@kernel(
    before=bind_blocks,
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "m"),
    window=reads(WIRES, "numbers"),
)
def deliver_turned_windows(source, weight, total, window):
    """total += source against the windows; weights are turned, shared by all windows."""
    image, target, kernel, stride, margin = unpacked(window)
    maps, line, tap = image[2], image[1] * image[2], np.int64(0)
    for down in range(stride[0]):
        rows, y, high, above = phase(image[0], kernel[0], stride[0], margin[0], down)
        for right in range(stride[1]):
            columns, x, wide, before = phase(image[1], kernel[1], stride[1], margin[1], right)
            sizes = (target, (high, wide, maps), (rows, columns), (1, 1), (above, before))
            for b in range(source.shape[0]):
                at, to = b * source.shape[1], b * total.shape[1] + y * line + x * maps
                convolve(
                    flat(source), at, weight, tap, flat(total), to, sizes,
                    (stride[0] * line, stride[1] * maps),
                )  # fmt: skip
            tap += rows * columns * target[2]


@kernel(
    before=bind_products,
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    window=reads(WIRES, "numbers"),
    first=WHOLE,
)
def update_windows(source, signal, weight, factor, window, first):
    """weight[tap] += factor * sum over examples and positions of source there times signal."""
    sizes = unpacked(window)
    for b in range(source.shape[0]):
        at, to = b * source.shape[1], b * signal.shape[1]
        for i in range(sizes[2][0]):
            update_row(flat(source), at, flat(signal), to, factor, weight, first, i, sizes)


@inner
def update_row(source, at, signal, to, factor, weight, first, i, sizes):
    """Change the weights of row i of the kernel as one image says.

    Parameters
    ----------
    source, signal
        Vectors.
    at, to
        First elements of the image and of its signals.
    weight
        Rows of the weights from number `first` on.
    sizes
        As of `unpacked`.
    """
    (height, width, maps), (rows, columns, n), kernel, stride, margin = sizes
    across, line, stop = kernel[1] * maps, stride[0] * width * maps, first + weight.shape[0]
    top, bottom = reach(height, rows, 1, stride[0], margin[0] - i)
    left, right = reach(width, columns, kernel[1], stride[1], margin[1])
    begin = at + ((top * stride[0] - margin[0] + i) * width - margin[1]) * maps
    begin, to = begin - i * across, to + top * columns * n
    low, high = max(first, i * across), min(stop, (i + 1) * across)
    add_products(
        source, (begin + left * stride[1] * maps + low, line, stride[1] * maps),
        signal, (to + left * n, columns * n, n), factor,
        weight, low - first, (bottom - top, right - left, high - low, n),
    )  # fmt: skip
    for k in range(columns - (right - left)):
        x = k if k < left else k + right - left
        j, j_stop = inside(x * stride[1] - margin[1], width, kernel[1])
        low, high = (
            max(first, i * across + j * maps),
            min(stop, i * across + j_stop * maps),
        )
        add_products(
            source, (begin + x * stride[1] * maps + low, 0, line),
            signal, (to + x * n, 0, columns * n), factor,
            weight, low - first, (1, bottom - top, high - low, n),
        )  # fmt: skip
