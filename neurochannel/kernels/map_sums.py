"""One number for each map of an image, for all its neurons: biases and weights that maps share."""

# b = example, p = position in an image, m = map

from __future__ import annotations

from neurochannel.kernels.declare import (
    AMOUNT,
    BUFFER,
    CHANGES,
    FACTOR,
    VALUES,
    WHOLE,
    adds,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.tiles import add_products, bind_products
from neurochannel.kernels.views import flat, split


@kernel(bias=reads(VALUES, "maps"), total=sets(BUFFER, "n"))
def set_bias_maps(bias, total):
    """total[b, p, m] = bias[m]."""
    n = bias.shape[0]
    for b in range(total.shape[0]):
        for p in range(total.shape[1] // n):
            for m in range(n):
                total[b, p * n + m] = bias[m]


@kernel(
    before=bind_products,
    signal=reads(BUFFER, "n"),
    bias=adds(CHANGES, "rows"),
    factor=FACTOR,
    maps=WHOLE,
    first=WHOLE,
    amount=AMOUNT,
)
def update_bias_maps(signal, bias, factor, maps, first, amount):
    """bias[m] += factor * sum over examples and positions of signal[b, p, first + m]."""
    n, amount[0] = bias.shape[0], 1.0
    for b in range(signal.shape[0]):
        add_products(
            amount, (0, 0, 0), flat(signal), (b * signal.shape[1] + first, 0, maps), factor,
            split(bias, n), 0, (1, signal.shape[1] // maps, 1, n),
        )  # fmt: skip


@kernel(source=reads(BUFFER, "maps"), total=adds(BUFFER, "n"))
def spread_maps(source, total):
    """total[b, p, m] += source[b, m]."""
    n = source.shape[1]
    for b in range(source.shape[0]):
        for p in range(total.shape[1] // n):
            for m in range(n):
                total[b, p * n + m] += source[b, m]


@kernel(before=bind_products, source=reads(BUFFER, "n"), out=sets(BUFFER, "maps"), amount=AMOUNT)
def sum_maps(source, out, amount):
    """out[b, m] = sum over positions of source[b, p, m]."""
    n, one, amount[0] = out.shape[1], source.dtype.type(1.0), 1.0
    for b in range(source.shape[0]):
        for m in range(n):
            out[b, m] = 0.0
        add_products(
            amount, (0, 0, 0), flat(source), (b * source.shape[1], 0, n), one,
            out, b, (1, source.shape[1] // n, 1, n),
        )  # fmt: skip
