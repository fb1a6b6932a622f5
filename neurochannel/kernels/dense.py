"""Activity of populations and all-to-all bundles, row by row; `blas` does the same for batches."""

# b = example, s = source, d = receiver, k = position in the list of active sources

from __future__ import annotations

from neurochannel.kernels.declare import (
    ACTIVE,
    AMOUNT,
    BUFFER,
    CHANGES,
    FACTOR,
    FLAT,
    NUMBERS,
    VALUES,
    WHOLE,
    Change,
    Delivery,
    adds,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.rows import add_rows, change_rows, clear_row, leaves, set_row
from neurochannel.kernels.views import part, row


@inner
def list_active(activity, active, amount):
    """List the sources that are not silent; return how many there are.

    Parameters
    ----------
    activity
        (n_source,).
    active, amount
        (>= n_source,) uint32 and real; overwritten.
    """
    count = 0
    for s in range(activity.shape[0]):
        active[count] = s
        amount[count] = activity[s]
        count += activity[s] != 0.0
    return count


@inner
def is_silent(signal):
    """Tell whether every neuron's signal is exactly 0."""
    d = 0
    while d < signal.shape[0] and signal[d] == 0.0:
        d += 1
    return d == signal.shape[0]


# --- activity --------------------------------------------------------------------------------


@kernel(bias=reads(VALUES, "n"), total=sets(BUFFER, "n"))
def set_bias(bias, total):
    """total[b, d] = bias[d]."""
    for b in range(total.shape[0]):
        if leaves(total, b):
            for d in range(bias.shape[0]):
                total[b, d] = bias[d]
        else:
            set_row(bias, row(total, b))


@kernel(out=sets(FLAT, "n"))
def clear(out):
    """out = 0."""
    clear_row(out)


@kernel(source=reads(FLAT, "n"), out=sets(FLAT, "n"))
def copy(source, out):
    """out = source."""
    set_row(source, out)


@kernel(source=reads(FLAT, "n"), total=adds(FLAT, "n"))
def add(source, total):
    """total += source."""
    for k in range(total.shape[0]):
        total[k] += source[k]


@kernel(source=reads(BUFFER, "rows"), total=adds(BUFFER, "n"), first=WHOLE)
def add_part(source, total, first):
    """total[b, first + s] += source[b, s]."""
    for b in range(source.shape[0]):
        for s in range(source.shape[1]):
            total[b, first + s] += source[b, s]


# --- deliveries ------------------------------------------------------------------------------


@kernel(
    work=Delivery(("m", "n")),
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "m", "stride"),
    total=adds(BUFFER, "n"),
    numbers=NUMBERS,
)
def deliver_rows(source, weight, total, numbers):
    """total += source weight, no source being skipped; numbers = 0, 1, 2, ..."""
    for b in range(source.shape[0]):
        add_rows(numbers, row(source, b), source.shape[1], weight, row(total, b), leaves(total, b))


@kernel(
    work=Delivery(("m", "n")),
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "m", "stride"),
    total=adds(BUFFER, "n"),
    active=ACTIVE,
    amount=AMOUNT,
)
def deliver_active_rows(source, weight, total, active, amount):
    """total += source weight, the rows of silent sources being skipped."""
    for b in range(source.shape[0]):
        count = list_active(row(source, b), active, amount)
        add_rows(active, amount, count, weight, row(total, b), leaves(total, b))


@kernel(
    work=Delivery(("m", "n"), backwards=True),
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "m", "stride"),
    total=adds(BUFFER, "m"),
)
def deliver_tied_rows(source, weight, total):
    """total += source weight'; shapes (b, d), (s, d), (b, s)."""
    for b in range(source.shape[0]):
        for s in range(weight.shape[0]):
            dot = weight.dtype.type(0.0)
            for d in range(source.shape[1]):
                dot += source[b, d] * weight[s, d]
            total[b, s] += dot


# --- changes ---------------------------------------------------------------------------------

# Row r of what changes is that of source `first` + r: threads share the rows of a bundle.


@kernel(
    work=Change(("rows", "n")),
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    numbers=NUMBERS,
    first=WHOLE,
)
def update_rows(source, signal, weight, factor, numbers, first):
    """weight += factor * source' signal, no source being skipped; numbers = 0, 1, 2, ..."""
    n = weight.shape[0]
    for b in range(source.shape[0]):
        if not is_silent(row(signal, b)):
            own = part(row(source, b), first, n)
            change_rows(numbers, own, n, factor, row(signal, b), weight)


@kernel(
    work=Change(("rows", "n")),
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    active=ACTIVE,
    amount=AMOUNT,
    first=WHOLE,
)
def update_active_rows(source, signal, weight, factor, active, amount, first):
    """weight += factor * source' signal, the rows of silent sources being skipped."""
    for b in range(source.shape[0]):
        if not is_silent(row(signal, b)):
            count = list_active(part(row(source, b), first, weight.shape[0]), active, amount)
            change_rows(active, amount, count, factor, row(signal, b), weight)


@kernel(signal=reads(BUFFER, "n"), bias=adds(CHANGES, "rows"), factor=FACTOR, first=WHOLE)
def update_bias(signal, bias, factor, first):
    """bias[d] += factor * sum_b signal[b, first + d]."""
    for b in range(signal.shape[0]):
        for d in range(bias.shape[0]):
            bias[d] += factor * signal[b, first + d]
