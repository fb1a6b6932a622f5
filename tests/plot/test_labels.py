import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurochannel.plot.labels import label_width, spread

HEIGHTS = st.lists(st.floats(0, 100), min_size=1, max_size=12).map(np.array)


@given(HEIGHTS)
def test_labels_stand_apart_in_the_order_of_their_curves(wanted):
    placed = spread(wanted, 7.0, 0.0, 100.0)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= 7.0 - 1e-9)


@given(HEIGHTS)
def test_labels_stay_within_the_panel_where_they_fit(wanted):
    placed = spread(wanted, 7.0, 0.0, 100.0)
    assert placed.min() >= -1e-9
    assert placed.max() <= 100.0 + 1e-9


def test_labels_that_do_not_fit_are_centered():
    placed = spread(np.full(5, 90.0), 10.0, 0.0, 20.0)
    assert np.allclose(placed, [-10, 0, 10, 20, 30])


def test_labels_that_are_apart_stay_where_they_are():
    wanted = np.array([50.0, 10.0, 90.0])
    assert np.array_equal(spread(wanted, 10.0, 0.0, 100.0), wanted)


def test_two_labels_at_one_place_move_apart_evenly():
    assert np.allclose(spread(np.array([50.0, 50.0]), 10.0, 0.0, 100.0), [45, 55])


def test_a_column_of_labels_is_as_wide_as_the_longest():
    assert label_width(["a", "a long label"]) == label_width(["a long label"]) > label_width(["a"])
    assert label_width([""]) > 0
