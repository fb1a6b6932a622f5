"""Products of forward weights past convolutions, local windows and means of pools.

Rows of a matrix, one for each neuron at the top, are pushed against a bundle.
"""

# r = row of the matrix, p = position of a window, i, j, c = row, column and source map of a tap,
# m = map of the target

from __future__ import annotations

from neurochannel.kernels.declare import VALUES, WIRES, Making, adds, kernel, reads, sets
from neurochannel.kernels.windows import inside, unpacked


@kernel(out=sets(VALUES, "m", "n"))
def set_identity(out):
    """out = 1."""
    for r in range(out.shape[0]):
        for s in range(out.shape[1]):
            out[r, s] = 1.0 if r == s else 0.0


@kernel(
    work=Making("multiply_adds", ("m", "n")),
    factor=reads(VALUES, "m", "n"),
    weight=reads(VALUES, "rows", "stride"),
    product=adds(VALUES, "m", "width"),
    window=reads(WIRES, "numbers"),
)
def multiply_windows_tied(factor, weight, product, window):
    """product += factor against the windows, whose weights are shared or those of each position."""
    (height, width, maps), target, kernel, stride, margin = unpacked(window)
    n, taps = target[2], kernel[0] * kernel[1] * maps
    own = taps if weight.shape[0] > taps else 0
    for r in range(factor.shape[0]):
        for p in range(target[0] * target[1]):
            y = (p // target[1]) * stride[0] - margin[0]
            x = (p % target[1]) * stride[1] - margin[1]
            i, i_stop = inside(y, height, kernel[0])
            j, j_stop = inside(x, width, kernel[1])
            for down in range(i, i_stop):
                for along in range(j * maps, j_stop * maps):
                    tap, total = p * own + down * kernel[1] * maps + along, factor.dtype.type(0.0)
                    for m in range(n):
                        total += factor[r, p * n + m] * weight[tap, m]
                    product[r, ((y + down) * width + x) * maps + along] += total


@kernel(
    work=Making("multiply_adds", ("m", "n")),
    factor=reads(VALUES, "m", "n"),
    product=adds(VALUES, "m", "width"),
    window=reads(WIRES, "numbers"),
)
def multiply_means_tied(factor, product, window):
    """product of each neuron of a window += factor / neurons of a window."""
    image, target, kernel, stride, _ = unpacked(window)
    n, share = image[2], factor.dtype.type(1.0 / (kernel[0] * kernel[1]))
    for r in range(factor.shape[0]):
        for p in range(target[0] * target[1]):
            y, x = (p // target[1]) * stride[0], (p % target[1]) * stride[1]
            for tap in range(kernel[0] * kernel[1]):
                here = ((y + tap // kernel[1]) * image[1] + x + tap % kernel[1]) * n
                for m in range(n):
                    product[r, here + m] += share * factor[r, p * n + m]
