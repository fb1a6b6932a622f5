"""The interpreter: one call runs a program over many batches without touching Python."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurochannel.kernels import activation, blas, dense, message, random, scores, sparse
from neurochannel.kernels.jit import inner, jit
from neurochannel.kernels.opcodes import (
    GEMM,
    LANES,
    LAST_FORWARD,
    LAST_OUTSIDE,
    LAST_UPDATE,
    ROWS,
    Op,
)
from neurochannel.kernels.views import matrix, vector

WORD = np.uint32(0)


class Feed(NamedTuple):
    """A data set as kernels see it; of bytes and reals, labels and targets one is empty.

    bytes (n, inputs) uint8, reals (n, inputs), scale (a scalar, the worth of one byte step);
    pixel_start (n + 1,), pixel_index, pixel_value: the non-zero bytes of each example;
    labels (n,) int64, targets (n, outputs).
    """

    bytes: np.ndarray
    reals: np.ndarray
    scale: np.floating
    pixel_start: np.ndarray
    pixel_index: np.ndarray
    pixel_value: np.ndarray
    labels: np.ndarray
    targets: np.ndarray


class Memory(NamedTuple):
    """All that a program reads and writes.

    buffers (flat): activity of a batch; values (flat): weights and scratch as they are read;
    changes (flat): where updates go, the same array as values while training; wires (flat, uint32):
    edge lists; active, amount: room for one list of active sources; numbers: 0, 1, 2, ...; lanes:
    room for a block of examples, laid out neuron by neuron; totals (2,): loss and right answers.
    """

    buffers: np.ndarray
    values: np.ndarray
    changes: np.ndarray
    wires: np.ndarray
    active: np.ndarray
    amount: np.ndarray
    numbers: np.ndarray
    lanes: np.ndarray
    totals: np.ndarray


class Course(NamedTuple):
    """Which examples meet which rate.

    order (n,): uint32 numbers of examples, taken in batches of `batch_size` from `start`; rates
    (batches,); seed and number of the first update of all draws; control (2,) int64: set [0] to
    stop after the running batch, read [1] for the examples that are done.
    """

    order: np.ndarray
    rates: np.ndarray
    batch_size: int
    start: int
    seed: np.uint64
    update: np.uint64
    control: np.ndarray


class _Batch(NamedTuple):
    """One batch in plain numbers, so that handing it on counts no references.

    Addresses of buffers, values, changes, wires and the lists of sources, with the room in these;
    element size; room for examples in a buffer; examples; rate / examples; and what draws need.
    """

    buffers: int
    values: int
    changes: int
    wires: int
    active: int
    amount: int
    numbers: int
    lanes: int
    widest: int
    item: int
    capacity: int
    size: int
    factor: np.floating
    seed: np.uint64
    update: np.uint64


@inner
def _buffer(batch, start, width):
    address = batch.buffers + start * batch.capacity * batch.item
    return matrix(batch.factor, address, batch.size, width)


@inner
def _flat_buffer(batch, start, width):
    address = batch.buffers + start * batch.capacity * batch.item
    return vector(batch.factor, address, batch.size * width)


@inner
def _values(batch, start, n):
    return vector(batch.factor, batch.values + start * batch.item, n)


@inner
def _weights(batch, start, rows, columns):
    return matrix(batch.factor, batch.values + start * batch.item, rows, columns)


@inner
def _changes(batch, start, n):
    return vector(batch.factor, batch.changes + start * batch.item, n)


@inner
def _changed_weights(batch, start, rows, columns):
    return matrix(batch.factor, batch.changes + start * batch.item, rows, columns)


@inner
def _wires(batch, address, n):
    return vector(WORD, batch.wires + 4 * address, n)


@inner
def _lists(batch):
    """Room for the numbers and the activities of active sources."""
    return vector(WORD, batch.active, batch.widest), vector(
        batch.factor, batch.amount, batch.widest
    )


@inner
def _numbers(batch):
    return vector(WORD, batch.numbers, batch.widest)


@inner
def _edges(batch, address, n_source):
    start = _wires(batch, address, n_source + 1)
    return start, _wires(batch, address + n_source + 1, np.int64(start[n_source]))


@inner
def _gather(feed, examples, out):
    if feed.bytes.size > 0:
        for b in range(out.shape[0]):
            source = feed.bytes[examples[b]]
            for i in range(out.shape[1]):
                out[b, i] = source[i] * feed.scale
    else:
        for b in range(out.shape[0]):
            source = feed.reals[examples[b]]
            for i in range(out.shape[1]):
                out[b, i] = source[i]


@inner
def _forward(row, mu, batch):
    """Instructions that work on buffers: activity and learning signals."""
    op, x, w, z, m, n = row[0], row[1], row[2], row[3], row[4], row[5]
    path, wires, stride = row[6], row[7], row[10]
    if op == Op.BIAS:
        dense.set_bias(_values(batch, w, n), _buffer(batch, z, n))
    elif op == Op.CLEAR:
        dense.clear(_flat_buffer(batch, z, n))
    elif op == Op.DELIVER:
        source, weight = _buffer(batch, x, m), _weights(batch, w, m, stride)
        total = _buffer(batch, z, n)
        if path == GEMM:
            blas.multiply(source, weight, total, 1.0)
        elif path == ROWS:
            dense.deliver_all_rows(source, weight, total, _numbers(batch))
        else:
            active, amount = _lists(batch)
            dense.deliver_rows(source, weight, total, active, amount)
    elif op == Op.DELIVER_TIED:
        source, weight = _buffer(batch, x, n), _weights(batch, w, m, stride)
        total = _buffer(batch, z, m)
        if path == GEMM:
            blas.multiply_transposed(source, weight, total, 1.0)
        else:
            dense.deliver_rows_tied(source, weight, total)
    elif op == Op.DELIVER_EDGES:
        start, receivers = _edges(batch, wires, m)
        weight = _values(batch, w, receivers.shape[0])
        source, total = _buffer(batch, x, m), _buffer(batch, z, n)
        if path == LANES:
            sparse.deliver_edges_by_lanes(source, start, receivers, weight, total, batch.lanes)
        else:
            sparse.deliver_edges(source, start, receivers, weight, total)
    elif op == Op.DELIVER_EDGES_TIED:
        start, receivers = _edges(batch, wires, m)
        weight = _values(batch, w, receivers.shape[0])
        source, total = _buffer(batch, x, n), _buffer(batch, z, m)
        if path == LANES:
            sparse.deliver_edges_tied_by_lanes(source, start, receivers, weight, total, batch.lanes)
        else:
            sparse.deliver_edges_tied(source, start, receivers, weight, total)
    elif op == Op.ACTIVATE:
        if x != z:
            dense.copy(_flat_buffer(batch, x, n), _flat_buffer(batch, z, n))
        activation.activate(path, mu, _buffer(batch, z, n))
    elif op == Op.GATE:
        total, activity = _buffer(batch, x, n), _buffer(batch, w, n)
        activation.gate(path, mu, total, activity, _buffer(batch, z, n))


@inner
def _outside(row, batch, memory, feed, examples):
    """Instructions that read the data set; False if an error is not finite."""
    op, x, w, z, m, n = row[0], row[1], row[2], row[3], row[4], row[5]
    stride = row[10]
    if op == Op.DELIVER_PIXELS:
        dense.deliver_pixels(
            feed,
            examples,
            _weights(batch, w, m, stride),
            _buffer(batch, z, n),
            memory.active,
            memory.amount,
        )
    elif op == Op.UPDATE_PIXELS:
        weight = _changed_weights(batch, z, m, stride)
        dense.update_pixels(
            feed, examples, _buffer(batch, w, n), batch.factor, weight, memory.active, memory.amount
        )
    elif op == Op.GATHER:
        _gather(feed, examples, _buffer(batch, z, n))
    elif op == Op.SCORE:
        scores.add_scores(row[6], _buffer(batch, x, n), _buffer(batch, z, n), memory.totals)
    else:
        activity, error = _buffer(batch, x, n), _buffer(batch, z, n)
        if row[7] == 1:
            scores.error_of_labels(activity, feed.labels, examples, error)
        else:
            scores.error_of_targets(activity, feed.targets, examples, error)
        return scores.is_finite(error)
    return True


@inner
def _update(row, batch):
    """Instructions that change weights and biases."""
    op, x, w, z, m, n = row[0], row[1], row[2], row[3], row[4], row[5]
    stride = row[10]
    if op == Op.UPDATE_BIAS:
        dense.update_bias(_buffer(batch, x, n), batch.factor, _changes(batch, z, n))
    elif op == Op.UPDATE:
        activity, signal = _buffer(batch, x, m), _buffer(batch, w, n)
        weight = _changed_weights(batch, z, m, stride)
        if row[6] == GEMM:
            blas.add_outer(activity, signal, weight, batch.factor)
        elif row[6] == ROWS:
            dense.update_all_rows(activity, signal, batch.factor, weight, _numbers(batch))
        else:
            active, amount = _lists(batch)
            dense.update_rows(activity, signal, batch.factor, weight, active, amount)
    else:
        start, receivers = _edges(batch, row[7], m)
        weight = _changes(batch, z, receivers.shape[0])
        activity, signal = _buffer(batch, x, m), _buffer(batch, w, n)
        if row[6] == LANES:
            sparse.update_edges_by_lanes(
                activity, signal, batch.factor, start, receivers, weight, batch.lanes
            )
        else:
            sparse.update_edges(activity, signal, batch.factor, start, receivers, weight)


@inner
def _prepare(row, first, second, batch):
    """Instructions on messages and whole matrices: limits, and weights that are born anew."""
    op, x, w, z, m, n = row[0], row[1], row[2], row[3], row[4], row[5]
    path, wires, stream, bits, stride = (row[6], row[7], np.uint64(row[8]), row[9], row[10])
    if op == Op.KEEP:
        message.keep_part(_flat_buffer(batch, x, n), _flat_buffer(batch, z, n), path, first)
    elif op == Op.QUANTIZE:
        source, out = _flat_buffer(batch, x, n), _flat_buffer(batch, z, n)
        message.quantize(source, out, path, bits, first, batch.seed, stream, batch.update)
    elif op == Op.CLEAR_CHANGES:
        dense.clear(_changes(batch, z, n))
    elif op == Op.QUANTIZE_CHANGES:
        change = _changes(batch, z, n)
        message.quantize(change, change, path, bits, first, batch.seed, stream, batch.update)
    elif op == Op.ADD_CHANGES:
        dense.add(_changed_weights(batch, x, m, n), _changed_weights(batch, z, m, stride))
    elif op == Op.DRAW:
        random.fill(_values(batch, z, n), path, first, second, batch.seed, stream, batch.update)
    elif op == Op.CLEAR_VALUES:
        dense.clear(_values(batch, z, n))
    elif op == Op.MULTIPLY_TIED:
        product, weight = _weights(batch, z, bits, m), _weights(batch, w, m, stride)
        blas.multiply_transposed(_weights(batch, x, bits, n), weight, product, 1.0)
    elif op == Op.MULTIPLY_EDGES_TIED:
        start, receivers = _edges(batch, wires, m)
        product, factor = _weights(batch, z, bits, m), _weights(batch, x, bits, n)
        weight = _values(batch, w, receivers.shape[0])
        sparse.deliver_edges_tied(factor, start, receivers, weight, product)
    elif op == Op.TRANSPOSE:
        dense.transpose_into(_weights(batch, w, m, stride), _weights(batch, z, n, m))
    elif op == Op.TRANSPOSE_EDGES:
        start, receivers = _edges(batch, wires, m)
        weight = _values(batch, w, receivers.shape[0])
        sparse.transpose_edges_into(start, receivers, weight, _weights(batch, z, n, m))
    elif op == Op.TAKE:
        sparse.take(_values(batch, w, m), _wires(batch, wires, n), _values(batch, z, n))
    elif op == Op.COPY_SIGNS:
        dense.copy_signs(_values(batch, x, n), _values(batch, w, n), _values(batch, z, n))


@jit
def run_program(program, reals, memory, feed, course):
    """Run a program over the examples of a course, batch after batch.

    Parameters
    ----------
    program, reals
        (n_instructions, 11) int64 and (n_instructions, 2) float64, see `Op`.

    Returns
    -------
    bool
        False if it stopped at an error that was NaN or infinite; `course.control[1]` tells how
        far it came.
    """
    n, capacity, begin = course.order.shape[0], course.batch_size, course.start
    for index in range(course.rates.shape[0]):
        size = min(capacity, n - begin)
        examples = course.order[begin : begin + size]
        if feed.pixel_index.shape[0] > 0 and begin + size < n:
            dense.fetch_pixels(feed, course.order[begin + size])
        batch = _Batch(
            memory.buffers.ctypes.data,
            memory.values.ctypes.data,
            memory.changes.ctypes.data,
            memory.wires.ctypes.data,
            memory.active.ctypes.data,
            memory.amount.ctypes.data,
            memory.numbers.ctypes.data,
            memory.lanes.ctypes.data,
            memory.active.shape[0],
            memory.values.itemsize,
            capacity,
            size,
            memory.values.dtype.type(course.rates[index] / size),
            course.seed,
            course.update + np.uint64(index),
        )
        for i in range(program.shape[0]):
            op, row = program[i, 0], program[i]
            if op <= LAST_FORWARD:
                _forward(row, reals[i, 0], batch)
            elif op <= LAST_UPDATE:
                _update(row, batch)
            elif op > LAST_OUTSIDE:
                _prepare(row, reals[i, 0], reals[i, 1], batch)
            elif not _outside(row, batch, memory, feed, examples):
                return False
        begin += size
        course.control[1] = begin
        if course.control[0] != 0:
            break
    return True
