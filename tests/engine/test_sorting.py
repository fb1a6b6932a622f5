"""Orders of many numbers, against those of NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurochannel.engine import sorting

MOSTS = st.sampled_from((1, 2, 50, 2**16, 2**16 + 1, 2**32 + 5, 2**45))


@st.composite
def numbers(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    most = draw(MOSTS)
    several = st.lists(st.integers(0, most - 1), max_size=40)
    return np.array(draw(several), np.int64), most


@given(numbers())
def test_numbers_are_sorted_and_equal_ones_keep_their_order(given_numbers) -> None:
    codes, most = given_numbers
    order = sorting.order_of(codes, most)
    np.testing.assert_array_equal(order, np.argsort(codes, kind="stable"))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60, unique=True))
def test_edges_are_sorted_by_both_ends(edges: list[tuple[int, int]]) -> None:
    sources, targets = np.array(edges, np.int64).reshape(-1, 2).T
    order = sorting.order_of_edges(sources, targets)
    assert list(map(tuple, np.array(edges).reshape(-1, 2)[order].tolist())) == sorted(edges)


@pytest.mark.parametrize("most_marks", [0, 2**24])
@given(given_numbers=numbers())
def test_different_numbers_are_found_with_and_without_marks(most_marks, given_numbers) -> None:
    codes, most = given_numbers
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "MOST_MARKS", most_marks)
        np.testing.assert_array_equal(sorting.different(codes, most), np.unique(codes))


@pytest.mark.parametrize(
    ("values", "alike"), [([], True), ([3], True), ([3, 3], True), ([3, 4], False)]
)
def test_values_are_alike_if_there_is_one_at_most(values: list[int], alike: bool) -> None:
    assert sorting.are_alike(np.array(values)) == alike
