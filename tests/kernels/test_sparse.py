"""Single edges against plain NumPy: example after example, and many examples side by side."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.kernels import lanes, sparse
from neurochannel.kernels.jit import jit
from tests.kernels.calls import compiled

BATCHES = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64, 70]
SHAPES = [(1, 1), (5, 40), (40, 5), (33, 17)]
BOTH_TYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


class Bundle:
    """A random bundle in which some sources send nothing and some receivers hear a source twice."""

    def __init__(self, n_source, n_target, dtype, n_edges=None):
        self.rng = np.random.default_rng(n_source + n_target)
        n = 3 * (n_source + n_target) if n_edges is None else n_edges
        self.sources = np.sort(self.rng.integers(0, n_source, n)).astype(np.uint32)
        self.receivers = self.rng.integers(0, n_target, n).astype(np.uint32)
        self.start = np.searchsorted(self.sources, np.arange(n_source + 1)).astype(np.uint32)
        self.weight = self.rng.normal(size=n).astype(dtype)
        self.n_source, self.n_target, self.dtype = n_source, n_target, dtype
        room = np.zeros(lanes.MOST_BYTES * (n_source + n_target) // weight_bytes(dtype) + 16, dtype)
        self.room = room
        self.room[:] = np.nan

    def matrix(self):
        dense = np.zeros((self.n_source, self.n_target))
        np.add.at(dense, (self.sources, self.receivers), self.weight)
        return dense

    def draw(self, batch, width):
        drawn = self.rng.normal(size=(batch, width)).astype(self.dtype)
        drawn[self.rng.random((batch, width)) < 0.3] = 0
        return drawn

    def close(self, one, other):
        tolerance = 2e-5 if self.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=10 * tolerance)


def weight_bytes(dtype):
    return np.dtype(dtype).itemsize


def deliver(bundle, activity, total, by_lanes):
    operands = activity, total, bundle.weight, bundle.start, bundle.receivers
    if by_lanes:
        compiled(sparse.deliver_edges_by_lanes)(*operands, bundle.room.ctypes.data)
    else:
        compiled(sparse.deliver_edges)(*operands)


def deliver_tied(bundle, message, total, by_lanes):
    operands = message, total, bundle.weight, bundle.start, bundle.receivers
    if by_lanes:
        compiled(sparse.deliver_edges_tied_by_lanes)(*operands, bundle.room.ctypes.data)
    else:
        compiled(sparse.deliver_edges_tied)(*operands)


def update(bundle, activity, signal, factor, by_lanes):
    operands = (
        activity,
        signal,
        bundle.weight,
        bundle.dtype(factor),
        bundle.start,
        bundle.receivers,
        0,
    )
    if by_lanes:
        compiled(sparse.update_edges_by_lanes)(*operands, bundle.room.ctypes.data)
    else:
        compiled(sparse.update_edges)(*operands)


@BOTH_TYPES
@pytest.mark.parametrize("by_lanes", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("batch", BATCHES)
def test_every_path_equals_a_matrix_with_zeros(batch, shape, by_lanes, dtype):
    bundle = Bundle(*shape, dtype)
    matrix = bundle.matrix()
    activity, signal = bundle.draw(batch, shape[0]), bundle.draw(batch, shape[1])

    total = bundle.draw(batch, shape[1])
    expected = total + activity @ matrix
    deliver(bundle, activity, total, by_lanes)
    bundle.close(total, expected)

    back = bundle.draw(batch, shape[0])
    expected = back + signal @ matrix.T
    deliver_tied(bundle, signal, back, by_lanes)
    bundle.close(back, expected)

    outer = activity.T.astype(np.float64) @ signal
    expected = bundle.weight + 0.3 * outer[bundle.sources, bundle.receivers]
    update(bundle, activity, signal, 0.3, by_lanes)
    bundle.close(bundle.weight, expected)


def blocks_of(bundle, size):
    """The edges of a bundle by blocks of receivers, sorted within each source as they must be."""
    order = np.lexsort((bundle.receivers, bundle.sources))
    bundle.receivers, bundle.weight = bundle.receivers[order], bundle.weight[order]
    ends = np.empty((-(-bundle.n_target // size) + 1, bundle.n_source), np.uint32)
    sparse.split_by_receivers(bundle.start, bundle.receivers, size, ends)
    return ends


@pytest.mark.parametrize("size", [1, 4, 7, 100])
def test_blocks_of_receivers_are_all_edges_once(size):
    bundle = Bundle(9, 23, np.float32)
    ends = blocks_of(bundle, size)
    np.testing.assert_array_equal(ends[0], bundle.start[:-1])
    np.testing.assert_array_equal(ends[-1], bundle.start[1:])
    for k, block in enumerate(np.unique(bundle.receivers // size)):
        for first, stop in zip(ends[block], ends[block + 1], strict=True):
            assert set(bundle.receivers[first:stop] // size) <= {block}, k


@BOTH_TYPES
@pytest.mark.parametrize("shape", [(5, 40), (33, 17)])
@pytest.mark.parametrize("batch", [7, 16, 33])
def test_block_after_block_equals_a_matrix_with_zeros(batch, shape, dtype):
    bundle = Bundle(*shape, dtype)
    ends, room = blocks_of(bundle, 6), bundle.room.ctypes.data
    matrix, listed = bundle.matrix(), (bundle.weight, ends, bundle.receivers, room)
    activity, signal = bundle.draw(batch, shape[0]), bundle.draw(batch, shape[1])

    total = bundle.draw(batch, shape[1])
    expected = total + activity @ matrix
    compiled(sparse.deliver_edges_by_blocks)(activity, total, *listed)
    bundle.close(total, expected)

    back = bundle.draw(batch, shape[0])
    expected = back + signal @ matrix.T
    compiled(sparse.deliver_edges_tied_by_blocks)(signal, back, *listed)
    bundle.close(back, expected)

    outer = activity.T.astype(np.float64) @ signal
    for first, rows in ((0, 3), (3, shape[0] - 3)):
        some = (bundle.start[first : first + rows + 1], bundle.receivers, first, ends, room)
        change = compiled(sparse.update_edges_by_blocks)
        before = bundle.weight.copy()
        change(activity, signal, bundle.weight, dtype(0.3), *some)
        mine = (bundle.sources >= first) & (bundle.sources < first + rows)
        expected = before + 0.3 * outer[bundle.sources, bundle.receivers] * mine
        bundle.close(bundle.weight, expected)


@pytest.mark.parametrize("by_lanes", [False, True])
def test_a_bundle_without_edges_changes_nothing(by_lanes):
    bundle = Bundle(3, 4, np.float32, n_edges=0)
    activity, signal = bundle.draw(20, 3), bundle.draw(20, 4)
    total, back = signal.copy(), activity.copy()
    deliver(bundle, activity, total, by_lanes)
    deliver_tied(bundle, signal, back, by_lanes)
    update(bundle, activity, signal, 1.0, by_lanes)
    np.testing.assert_array_equal(total, signal)
    np.testing.assert_array_equal(back, activity)


@pytest.mark.parametrize("by_lanes", [False, True])
def test_a_receiver_that_is_hit_many_times_gets_all_of_it(by_lanes):
    bundle = Bundle(50, 1, np.float64, n_edges=400)
    activity, total = bundle.draw(18, 50), np.zeros((18, 1))
    deliver(bundle, activity, total, by_lanes)
    bundle.close(total, activity @ bundle.matrix())


@BOTH_TYPES
@pytest.mark.parametrize("by_lanes", [False, True])
def test_a_nan_survives_in_its_own_example(by_lanes, dtype):
    bundle = Bundle(20, 20, dtype)
    batch, lost = 20, int(np.flatnonzero(np.diff(bundle.start))[0])
    activity, total = bundle.draw(batch, 20), np.zeros((batch, 20), dtype)
    activity[17, lost] = np.nan
    deliver(bundle, activity, total, by_lanes)
    assert np.isnan(total[17]).any() and np.isfinite(np.delete(total, 17, axis=0)).all()

    back = np.zeros((batch, 20), dtype)
    deliver_tied(bundle, total, back, by_lanes)
    assert np.isnan(back[17]).any() and np.isfinite(np.delete(back, 17, axis=0)).all()

    update(bundle, activity, bundle.draw(batch, 20), 1.0, by_lanes)
    hit = bundle.sources == lost
    assert np.isnan(bundle.weight[hit]).all() and np.isfinite(bundle.weight[~hit]).all()


def test_silent_sources_are_skipped_side_by_side_too():
    bundle = Bundle(6, 6, np.float32)
    bundle.weight[bundle.sources == 2] = np.nan
    activity, total = bundle.draw(20, 6), np.zeros((20, 6), np.float32)
    activity[:, 2] = 0
    deliver(bundle, activity, total, True)
    assert np.isfinite(total).all()


@jit
def send(start, receivers, weight, own, other):
    lanes.send(start, receivers, weight, own, other)


@jit
def collect(start, receivers, weight, own, other):
    lanes.collect(start, receivers, weight, own, other)


@jit
def change(factor, start, receivers, weight, own, other):
    lanes.change(factor, start, receivers, weight, own, other)


@jit
def send_apart(ends, receivers, weight, own, other):
    lanes.send_apart(ends, receivers, weight, own, other)


@jit
def collect_apart(ends, receivers, weight, own, other):
    lanes.collect_apart(ends, receivers, weight, own, other)


@jit
def change_apart(factor, ends, receivers, weight, own, other):
    lanes.change_apart(factor, ends, receivers, weight, own, other)


@BOTH_TYPES
@pytest.mark.parametrize("vectors", [1, 2])
def test_vectors_equal_their_plain_twins(vectors, dtype):
    bundle, width = Bundle(9, 11, dtype), vectors * 64 // weight_bytes(dtype)
    own, other = bundle.draw(9, width), bundle.draw(11, width)
    own[4] = 0
    whole, apart = bundle.start, (bundle.start[:-1], bundle.start[1:] - bundle.start[1:] % 2)
    for fast, twin, edges, first in (
        (send, lanes.send, whole, ()),
        (collect, lanes.collect, whole, ()),
        (change, lanes.change, whole, (dtype(0.4),)),
        (send_apart, lanes.send_apart, apart, ()),
        (collect_apart, lanes.collect_apart, apart, ()),
        (change_apart, lanes.change_apart, apart, (dtype(0.4),)),
    ):
        results = []
        for kernel in (fast, twin):
            changed = bundle.weight.copy(), own.copy(), other.copy()
            kernel(*first, edges, bundle.receivers, *changed)
            results.append(np.concatenate([part.ravel() for part in changed]))
        bundle.close(*results)


@jit
def spread(batch, begin, out):
    lanes.spread(batch, begin, out)


@jit
def gather(spread_out, begin, batch):
    lanes.gather(spread_out, begin, batch)


@BOTH_TYPES
@pytest.mark.parametrize("n", [1, 15, 16, 17, 40])
@pytest.mark.parametrize("batch", [1, 5, 16, 20, 32, 37])
def test_examples_laid_out_neuron_by_neuron_come_back_as_they_were(batch, n, dtype):
    rng = np.random.default_rng(batch)
    examples = rng.normal(size=(batch, n)).astype(dtype)
    width = 128 // weight_bytes(dtype)
    back = np.zeros((batch + 1, n), dtype)
    for begin in range(0, batch, width):
        laid = np.full((n, width), np.nan, dtype)
        spread(examples, begin, laid)
        here = examples[begin : begin + width].T
        np.testing.assert_array_equal(laid[:, : here.shape[1]], here)
        assert not laid[:, here.shape[1] :].any()
        gather(laid, begin, back[:batch])
    np.testing.assert_array_equal(back[:batch], examples)
    assert not back[batch:].any()


@pytest.mark.parametrize("n_edges", [0, 1, 500])
def test_edges_are_counted_split_and_found_sorted(n_edges):
    rng = np.random.default_rng(n_edges)
    pairs = np.sort(rng.choice(40 * 30, n_edges, replace=False))
    start, receivers = np.zeros(41, np.uint32), np.empty(n_edges, np.uint32)
    sparse.split_pairs(pairs, 30, start, receivers)
    np.testing.assert_array_equal(receivers, pairs % 30)
    np.testing.assert_array_equal(np.diff(start), np.bincount(pairs // 30, minlength=40))
    sources, counted = (pairs // 30).astype(np.uint32), np.zeros(41, np.uint32)
    sparse.count_by_source(sources, counted)
    np.testing.assert_array_equal(counted, start)
    assert sparse.is_sorted(sources, receivers)
    assert n_edges < 2 or not sparse.is_sorted(sources[::-1].copy(), receivers[::-1].copy())
