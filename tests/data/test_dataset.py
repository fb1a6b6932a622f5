from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurochannel.data import Data
from neurochannel.data.array_checks import as_inputs
from neurochannel.errors import DataError

X = np.arange(12, dtype=np.float32).reshape(4, 3)
T = np.array([0, 1, 2, 1])


def test_bytes_stay_bytes_and_images_are_flattened() -> None:
    data = Data(np.zeros((4, 2, 3), np.uint8), T)
    assert data.train.x.shape == (4, 6)
    assert data.train.x.dtype == np.uint8
    assert data.scale == 1 / 255
    assert data.test is None


@pytest.mark.parametrize(
    ("given_type", "kept_type"),
    [
        ("uint8", "uint8"),
        ("float32", "float32"),
        ("float64", "float64"),
        (">f8", "float64"),
        ("float16", "float32"),
        ("int64", "float32"),
        ("uint16", "float32"),
        ("bool", "float32"),
    ],
)
def test_inputs_keep_or_get_a_type_that_the_engine_knows(given_type: str, kept_type: str) -> None:
    values = np.array([[0, 1], [1, 1]]).astype(given_type)
    data = Data(values, [0, 1])
    assert data.train.x.dtype == np.dtype(kept_type)
    assert data.train.x.dtype.isnative
    np.testing.assert_array_equal(data.train.x, values)


def test_outputs_of_labels_are_counted_over_both_splits() -> None:
    data = Data(X, T, X, np.array([0, 1, 2, 6], np.uint8))
    assert data.has_labels
    assert data.train.t.dtype == np.int64
    assert (data.n_inputs, data.n_outputs) == (3, 7)


def test_targets_keep_their_columns() -> None:
    data = Data(X, np.eye(4, 5, dtype=int))
    assert not data.has_labels
    assert data.train.t.dtype == np.float32
    assert data.n_outputs == 5


def test_plain_lists_will_do() -> None:
    data = Data([[0.5, 1.0], [2.0, 3.0]], [1, 0])
    assert data.train.x.dtype == np.float64
    assert data.n_outputs == 2


def test_floats_of_two_widths_become_the_wider() -> None:
    data = Data(X, T, X.astype(np.float64), T)
    assert data.train.x.dtype == data.test.x.dtype == np.float64


def test_arrays_are_contiguous_and_read_only_without_a_copy() -> None:
    values = X.copy()
    data = Data(values, T, np.asfortranarray(X), T[::-1])
    for split in (data.train, data.test):
        for array in split:
            assert array.flags.c_contiguous
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
    assert np.shares_memory(data.train.x, values)
    values[0, 0] = 5  # the owner's array is not locked


def test_data_cannot_be_exchanged() -> None:
    with pytest.raises(AttributeError):
        Data(X, T).name = "other"


def test_fingerprint_sees_every_part() -> None:
    base = Data(X, T, X, T)
    others = [
        Data(X + np.float32(1e-6), T, X, T),
        Data(X, T[::-1], X, T),
        Data(X, T),
        Data(X, T, X, T, scale=0.5),
        Data(X.astype(np.float64), T, X, T),
        Data(X.reshape(4, 3)[:, :, None].repeat(2, axis=2), T),
    ]
    prints = {data.fingerprint for data in (base, *others)}
    assert len(prints) == len(others) + 1
    assert Data(X.copy(), list(T), X, T, name="other").fingerprint == base.fingerprint
    assert pickle.loads(pickle.dumps(base)).fingerprint == base.fingerprint


def test_repr_is_one_short_line() -> None:
    assert repr(Data(X, T, X, T)) == "Data(name=None, train=4, test=4, inputs=3, outputs=3)"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((X, T[:3]), "train_x and train_t must be of the same length, got 4 examples and 3"),
        ((X, T, X, T[:3]), "test_x and test_t must be of the same length"),
        ((X, [0, 1, -1, 2]), "train_t must hold labels from 0 to 2147483647, got -1"),
        ((X, [0, 1, 2**40, 2]), "got 1099511627776"),
        ((X, [0.0, 1.0, 0.5, 2.0]), r"use train_t.astype\(int\) for labels or train_t\[:, None\]"),
        ((X, T.reshape(1, 2, 2)), r"got the shape \(1, 2, 2\)"),
        ((X, np.full((4, 2), np.inf)), r"train_t must be finite, got inf at \[0, 0\]"),
        ((np.where(X == 7, np.nan, X), T), r"train_x must be finite, got nan at \[2, 1\]"),
        ((X[:0], T[:0]), r"train_x is empty, it has the shape \(0, 3\)"),
        ((X[:, :0], T), r"train_x is empty, it has the shape \(4, 0\)"),
        ((X[0], T), r"train_x must have the shape \(n, inputs\), got \(3,\)"),
        ((3.5, T), r"train_x must have the shape \(n, inputs\), got \(\)"),
        (([[1, 2], [3]], T), "train_x must be one array, but its rows differ in length"),
        (([["a"]], T), "train_x must hold real numbers"),
        ((X + 1j, T), "train_x must hold real numbers, got the type complex64"),
        ((X, T, X), "test_t is missing; give examples and targets together"),
        ((X, T, None, T), "test_x is missing"),
        ((X, T, X[:, :2], T), "as many inputs, got 3 and 2"),
        ((X, T, X, np.eye(4)), "must both hold labels or as many outputs"),
        ((X, np.eye(4), X, np.eye(4, 3)), "must both hold labels or as many outputs"),
        ((X, T, X.astype(np.uint8), T), "must be of one type, since uint8 is multiplied by scale"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(arguments: tuple, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        Data(*arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scale", [0, -1, np.nan, np.inf, "wide", [1], np.ones(1), np.eye(2)])
def test_scale_is_a_finite_number_above_0(scale: object) -> None:
    with pytest.raises(DataError, match="scale must be a finite number above 0, got") as caught:
        Data(X, T, scale=scale)
    assert "\n" not in str(caught.value)


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.float32, np.float64]),
        hnp.array_shapes(min_dims=2, max_dims=4, max_side=4),
    )
)
def test_finite_inputs_keep_their_values_and_others_are_refused(values: np.ndarray) -> None:
    if np.isfinite(values).all():
        np.testing.assert_array_equal(as_inputs(values), values.reshape(len(values), -1))
    else:
        with pytest.raises(DataError, match="must be finite"):
            as_inputs(values)
