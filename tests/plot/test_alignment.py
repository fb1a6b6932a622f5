"""Angles and messages over epochs, as observers leave them in a history."""

from itertools import pairwise

import numpy as np
import pytest

from neurochannel.engine.history import History
from neurochannel.engine.observations import Series
from neurochannel.errors import OptionError
from neurochannel.plot import alignment, messages, save
from tests.plot.geometry import overlaps, texts

LEVELS = ("-1", "0", "1")


def history(shift=0.0, populations=("hidden1", "hidden2"), n=4):
    epochs = np.arange(n)
    series = {
        f"alignment: {name}": Series(epochs, 90.0 - (10.0 + 5 * i) * epochs + shift)
        for i, name in enumerate(populations)
    }
    series["symmetry: hidden2 -> hidden1"] = Series(epochs, 90.0 - 2.0 * epochs)
    fractions = np.tile([0.25, 0.5, 0.25], (n, 1))
    fractions[-1] = [0.0, 1.0, 0.0]
    series["messages: error -> hidden1"] = Series(epochs, fractions, LEVELS)
    return History([], series)


def curves(axes):
    return [line for line in axes.lines if line.get_transform() == axes.transData]


def labels(axes):
    return [text.get_text() for text in axes.texts]


# --- angles ----------------------------------------------------------------------------------


def test_one_learner_has_a_line_for_each_population():
    (axes,) = alignment(history()).axes
    first, second, *_ = curves(axes)
    assert np.allclose(first.get_ydata(), [90, 80, 70, 60])
    assert np.allclose(second.get_ydata(), [90, 75, 60, 45])
    assert sorted(labels(axes)) == ["hidden1", "hidden2"]


def test_a_line_marks_the_right_angle():
    (axes,) = alignment(history()).axes
    assert any(np.all(np.asarray(line.get_ydata()) == 90) for line in axes.lines)
    assert axes.get_ylim()[1] > 90


def test_several_learners_have_a_panel_for_each_population():
    figure = alignment({"RBP": history(), "SRBP": history(-5.0)})
    assert [axes.get_title() for axes in figure.axes] == ["hidden1", "hidden2"]
    assert sorted(labels(figure.axes[-1])) == ["RBP", "SRBP"]
    rbp, srbp, *_ = curves(figure.axes[0])
    assert np.allclose(rbp.get_ydata() - srbp.get_ydata(), 5.0)


def test_panels_share_their_axis_of_angles_and_show_0():
    epochs = np.arange(3)
    angles = {"hidden1": np.full(3, 150.0), "hidden2": np.zeros(3)}
    seen = {f"alignment: {name}": Series(epochs, values) for name, values in angles.items()}
    figure = alignment([History([], seen), History([], seen)], labels=["a", "b"])
    limits = {axes.get_ylim() for axes in figure.axes}
    assert len(figure.axes) == 2 and len(limits) == 1
    assert limits.pop()[0] < -1
    assert len({tuple(axes.get_yticks()) for axes in figure.axes}) == 1


def test_titles_stay_on_the_page():
    figure = alignment({"RBP": history(), "SRBP": history(-5.0)})
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert axes.title.get_window_extent().y1 <= figure.bbox.y1


def test_seeds_are_drawn_as_mean_and_range():
    (axes,) = alignment([[history(), history(-2.0), history(-7.0)]], "hidden1").axes
    assert np.allclose(curves(axes)[0].get_ydata(), np.array([90, 80, 70, 60]) - 3)
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert np.isclose(heights.max(), 90) and np.isclose(heights.min(), 53)


def test_seeds_are_compared_where_all_have_been_observed():
    (axes,) = alignment([[history(n=2), history(n=4)]], "hidden1").axes
    assert np.array_equal(curves(axes)[0].get_xdata(), [0, 1])


def test_angles_that_are_not_defined_are_left_out():
    seen = {"alignment: a": Series(np.arange(3), np.array([np.nan, 80.0, 70.0]))}
    (axes,) = alignment(History([], seen)).axes
    assert np.array_equal(curves(axes)[0].get_xdata(), [1, 2])


def test_angles_between_weights_are_drawn_by_bundle():
    (axes,) = alignment(history(), quantity="symmetry").axes
    assert axes.get_title() == "hidden2 -> hidden1"
    assert np.allclose(curves(axes)[0].get_ydata(), [90, 88, 86, 84])


def test_angles_above_the_right_one_are_seen():
    seen = {"alignment: a": Series(np.arange(2), np.array([90.0, 150.0]))}
    (axes,) = alignment(History([], seen)).axes
    assert axes.get_ylim()[1] > 150


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"runs": History()}, "alignment must have been observed to be drawn, got no such"),
        ({"runs": {"epoch": np.arange(2)}}, "alignment must have been observed to be drawn"),
        ({"runs": history(), "names": "hiden1"}, "got 'hiden1'; did you mean 'hidden1'?"),
        ({"runs": history(), "names": []}, "names must be between 1 and 24 to draw, got 0; "),
        ({"runs": history(), "quantity": "loss"}, "must be 'alignment' or 'symmetry', got 'loss'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(OptionError) as caught:
        alignment(**arguments)
    assert sentence in str(caught.value)


# --- messages --------------------------------------------------------------------------------


def bars(axes):
    return [bar.get_height() for bar in axes.patches]


def test_messages_are_bars_by_level_at_the_first_and_the_last_epoch():
    first, last = messages(history()).axes
    assert bars(first) == [0.25, 0.5, 0.25]
    assert bars(last) == [0.0, 1.0, 0.0]
    assert [text.get_text() for text in first.get_xticklabels()] == list(LEVELS)


def test_titles_tell_the_entropy_in_bits():
    titles = [axes.get_title() for axes in messages(history()).axes]
    assert titles == ["epoch 0: 1.50 bits", "epoch 3: 0.00 bits"]


def test_epochs_can_be_chosen():
    titles = [axes.get_title() for axes in messages(history(), epochs=[1, 2, 3]).axes]
    assert [title.split()[1].rstrip(":") for title in titles] == ["1", "2", "3"]
    (axes,) = messages(history(), epochs=2).axes
    assert axes.get_title() == "epoch 2: 1.50 bits"


def test_of_seeds_the_mean_is_drawn():
    other = history()
    changed = dict(other.observations)
    changed["messages: error -> hidden1"] = Series(
        np.arange(4), np.tile([0.0, 1.0, 0.0], (4, 1)), LEVELS
    )
    (axes,) = messages([[history(), History([], changed)]], epochs=0).axes
    assert bars(axes) == [0.125, 0.75, 0.125]
    assert axes.get_title() == "epoch 0: 0.75 bits"


def test_several_learners_have_rows_of_their_own():
    figure = messages({"A": history(), "B": history()}, epochs=0)
    assert [text.get_text() for text in figure.texts] == [
        "error -> hidden1, A",
        "error -> hidden1, B",
    ]


def test_unused_levels_at_both_ends_are_cut_where_there_are_many():
    names = tuple(f"{i}" for i in range(-20, 21))
    fractions = np.zeros((1, 41))
    fractions[0, 18:25] = 1 / 7
    seen = {"messages: error -> a": Series(np.zeros(1, int), fractions, names)}
    (axes,) = messages(History([], seen)).axes
    assert np.allclose(bars(axes), 1 / 7) and len(bars(axes)) == 7
    assert "0" in [text.get_text() for text in axes.get_xticklabels()]


@pytest.mark.parametrize("n", [3, 7, 9])
def test_few_levels_are_all_named_since_they_may_be_uneven(n):
    """-0.5, 0 and 0.5 alone would look like an even axis where the levels are powers."""
    half = [0.5**power for power in range(n // 2)]
    names = tuple(f"{v:g}" for v in (*(-v for v in half), 0, *reversed(half)))
    seen = {"messages: error -> a": Series(np.arange(2), np.full((2, n), 1 / n), names)}
    figure = messages(History([], seen))
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert [text.get_text() for text in axes.get_xticklabels()] == list(names)
        boxes = [tick.get_window_extent() for tick in axes.get_xticklabels()]
        assert not any(a.overlaps(b) for a, b in pairwise(boxes))
        below = axes.xaxis.label.get_window_extent()
        assert below.y0 >= 0 and not any(below.overlaps(box) for box in boxes)


def test_no_text_overlaps_in_narrow_panels():
    names = tuple(f"-2^-{i}" for i in range(30))
    fractions = np.full((5, 30), 1 / 30)
    seen = {f"messages: error -> {n}": Series(np.arange(5), fractions, names) for n in "ab"}
    figure = messages(History([], seen), epochs=[0, 2, 4])
    figure.draw_without_rendering()
    for row in (figure.axes[:3], figure.axes[3:]):
        named = [tick for axes in row for tick in axes.get_xticklabels() if tick.get_text()]
        assert len(named) >= 3
        boxes = [tick.get_window_extent() for tick in named]
        assert not any(a.overlaps(b) for a, b in pairwise(boxes))
    titles = [axes.title.get_window_extent() for axes in figure.axes]
    others = [text.get_window_extent() for text in figure.texts]
    assert not any(title.overlaps(other) for title in titles for other in others)
    assert not any(overlaps(a, b) for i, a in enumerate(titles) for b in titles[i + 1 :])
    assert texts(figure) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"epochs": 9},
            "at which messages of 'error -> hidden1' were observed, got 9; there are 0",
        ),
        ({"epochs": []}, "epochs must name at least one, got none; "),
        ({"names": "error -> hiden1"}, "did you mean 'error -> hidden1'?"),
    ],
)
def test_messages_that_cannot_be_drawn_are_refused_with_a_sentence(options, sentence):
    with pytest.raises(OptionError) as caught:
        messages(history(), **options)
    assert sentence in str(caught.value)


def test_seeds_with_other_levels_are_refused():
    other = {"messages: error -> hidden1": Series(np.arange(4), np.full((4, 2), 0.5), ("0", "1"))}
    with pytest.raises(OptionError, match="observed with the same levels in all seeds"):
        messages([[history(), History([], other)]])


@pytest.mark.parametrize("draw", [alignment, messages])
def test_the_same_history_gives_the_same_file(tmp_path, draw):
    files = [save(draw(history()), tmp_path / f"{name}.svg") for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()
