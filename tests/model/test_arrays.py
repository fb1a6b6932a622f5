"""Explicit weights and edges: arrays from end to end, checked as arrays."""

import numpy as np
import pytest

from neurochannel.errors import NetworkError
from neurochannel.model.network import ChannelEdges, ForwardEdges, Network
from neurochannel.model.populations import Bias, Population


def explicit(values):
    return ForwardEdges(path="a -> b", init=values).init.values


def edges(pairs):
    return ForwardEdges(path="a -> b", edges=pairs).edges


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint64])
def test_weights_are_kept_as_read_only_float64(dtype):
    given = np.arange(6, dtype=dtype).reshape(2, 3)
    kept = explicit(given)
    assert kept.dtype == np.float64
    assert not kept.flags.writeable
    given[0, 0] = 9
    assert kept[0, 0] == 0


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.uint8, np.uint64])
def test_edges_are_kept_as_read_only_int32(dtype):
    given = np.array([[0, 1], [1, 0]], dtype=dtype)
    kept = edges(given)
    assert kept.dtype == np.int32
    assert not kept.flags.writeable
    given[0, 0] = 9
    assert kept[0, 0] == 0


def test_an_array_that_nobody_can_change_is_not_copied():
    kept = edges([[0, 1]])
    assert edges(kept) is kept


def test_a_view_of_other_memory_is_copied():
    own = np.zeros((2, 2))
    view = own[:]
    view.flags.writeable = False
    kept = explicit(view)
    own[0, 0] = 1.0
    assert kept[0, 0] == 0.0


def test_rows_of_another_memory_order_are_put_in_order():
    given = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    given.flags.writeable = False
    assert explicit(given).flags.c_contiguous


@pytest.mark.parametrize(
    ("values", "essential"),
    [
        ([[1.0, 2.0], [3.0]], "be an array of numbers.*make all its rows equally long"),
        ([[1.0, float("nan")]], r"hold finite numbers only, got nan at \[0, 1\]; write a"),
        ([[1.0], [float("-inf")]], r"hold finite numbers only, got -inf at \[1, 0\]"),
        ([["1"]], "be an array of numbers.*got.*; write numbers only"),
        ([[True]], "be an array of numbers.*; write numbers only"),
        ([[1j]], "be an array of numbers.*; write numbers only"),
        ([], r"at least one number, got shape \(0,\); write a row"),
        ([[[1.0]]], r"one or two dimensions and at least one number, got shape \(1, 1, 1\)"),
        ([[10**400]], "be an array of numbers"),
        (np.array([["a"] * 9] * 9), r"got an array of shape \(9, 9\)"),
    ],
)
def test_wrong_weights_get_a_sentence(values, essential):
    with pytest.raises(NetworkError, match=f"^init.values must .*{essential}"):
        explicit(values)


@pytest.mark.parametrize(
    ("pairs", "essential"),
    [
        ([[0, 1], [2, 3], [0, 1]], r"must list each edge once, got \[0, 1\] twice; remove one"),
        ([[0, -1]], "must number neurons from 0 up to their size, got -1; fix that pair"),
        ([[0, 2**31]], "must number neurons from 0 up to their size, got 2147483648"),
        (np.array([[0, 2**63]], dtype=np.uint64), "up to their size, got 9223372036854775808"),
        ([[0, 2**70]], "whole numbers only"),
        ([[0, 1.5]], "must be a list of .* numbers, got .*; write whole numbers only"),
        ([[0, 1, 2]], r"must be a list of .* numbers, got shape \(1, 3\); write at least one pair"),
        ([0, 1], r"got shape \(2,\)"),
        ([], r"got shape \(0,\)"),
        ([[0, 1], [2]], "make all its rows equally long"),
        ("0 -> 1", "write whole numbers only"),
        ({0: 1}, "write whole numbers only"),
    ],
)
def test_wrong_edges_get_a_sentence(pairs, essential):
    with pytest.raises(NetworkError, match=f"^edges {essential}|^edges must.*{essential}"):
        edges(pairs)


@pytest.mark.parametrize(
    ("names", "essential"),
    [
        (["a", ""], "must have names of at least one character, got ''; name that neuron"),
        (["a", 1], "all text or all whole numbers, got .*; write all of them alike"),
        (["", 1], "write all of them alike"),
        (["a", "a"], "must name each neuron once, got 'a' twice; rename one"),
        ([], "got none; leave it out or name each neuron"),
    ],
)
def test_wrong_names_get_a_sentence(names, essential):
    with pytest.raises(NetworkError, match=f"^neurons .*{essential}|^neurons {essential}"):
        Population(neurons=names)


def test_millions_of_edges_stay_arrays():
    n = 2_000_000
    numbers = np.random.default_rng(0).permutation(n)
    pairs = np.stack([numbers, numbers[::-1]], axis=1)
    values = np.linspace(-1, 1, n)
    channel = ChannelEdges(path="error -> a", edges=pairs, init=values)
    assert isinstance(channel.edges, np.ndarray)
    assert isinstance(channel.init.values, np.ndarray)
    assert (channel.edges == pairs).all()
    network = Network(
        populations={"x": {}, "a": {"size": n}, "y": {"size": n}},
        forward=[{"path": "x -> a", "fan_in": 1}, {"path": "a -> y", "one_to_one": True}],
        channel=[channel],
    )
    assert network.channel[0].edges is channel.edges
    assert network.sized(3, n).channel[0].edges is channel.edges
    pairs[-1] = pairs[0]
    with pytest.raises(NetworkError, match="must list each edge once"):
        ChannelEdges(path="error -> a", edges=pairs)


@pytest.mark.parametrize(
    "describe",
    [
        explicit,
        edges,
        lambda values: Bias(value=values[0]),
    ],
)
def test_masked_values_are_refused_and_not_unmasked(describe):
    values = np.ma.masked_array([[0, 1], [1, 0]], [[True, False], [False, False]])
    with pytest.raises(NetworkError, match="got masked values; fill them"):
        describe(values)
