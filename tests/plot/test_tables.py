"""Figures of frames: what is drawn, what is refused, and that no text hides another."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurochannel.errors import OptionError
from neurochannel.plot.bands import study_curves
from neurochannel.plot.heat_maps import heat_map
from neurochannel.plot.outcomes import outcome
from neurochannel.plot.style import styled
from neurochannel.study.statistics import summary

BITS = "channel.*.message.bits"


def study(channels=("bp", "rbp"), bits=(1, 2, 3), seeds=3, lost=()):
    return pd.DataFrame(
        {
            "learner": channel,
            BITS: n,
            "seed": seed,
            "status": "diverged" if (channel, n, seed) in lost else "done",
            "test_accuracy": 0.9 - 0.1 * i - 0.2 / (j + 1) + 0.01 * seed,
            "point": f"{channel}{n}{seed}",
        }
        for i, channel in enumerate(channels)
        for j, n in enumerate(bits)
        for seed in range(seeds)
    )


def over_epochs(**more):
    return study(**more).merge(pd.DataFrame({"epoch": [1, 2, 3]}), how="cross")


def lines(axes):
    """Return the lines between means: those with their own dots, in data coordinates."""
    inside = [line for line in axes.lines if line.get_transform() == axes.transData]
    return [line for line in inside if line.get_marker() == "o" and len(line.get_xdata()) > 1]


def collisions(figure):
    """Draw a figure and return the texts that leave it or overlap another by a pixel or more."""
    with styled():
        figure.draw_without_rendering()
    found, boxes = [], []
    for axes in figure.axes:
        pieces = [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            pieces += [piece for tick in ticks for piece in (tick.label1, tick.label2)]
        shown = [piece for piece in pieces if piece.get_visible() and piece.get_text().strip()]
        boxes += [
            (piece.get_text(), piece.get_window_extent(), piece.get_rotation()) for piece in shown
        ]
    width, height = figure.get_size_inches() * figure.dpi
    found += [
        text
        for text, box, _ in boxes
        if min(box.x0, box.y0, width - box.x1, height - box.y1) < -1.5
    ]
    pairs = combinations(boxes, 2)
    return found + [(one[0], other[0]) for one, other in pairs if overlap(one, other)]


def overlap(one, other):
    """Tell whether two texts overlap; those that are turned alike can lie close side by side."""
    (_, a, turn), (_, b, other_turn) = one, other
    if turn == other_turn not in (0, 90):
        between = abs(a.x1 - b.x1) * np.sin(np.radians(turn))
        return between < 7 * 100 / 72
    return a.x0 < b.x1 - 1 and b.x0 < a.x1 - 1 and a.y0 < b.y1 - 1 and b.y0 < a.y1 - 1


def test_means_are_drawn_in_percent_at_the_values_of_the_axis():
    frame = study(channels=("bp",), bits=(1, 2, 3))
    (axes,) = outcome(frame, against=BITS).axes
    (line,) = lines(axes)
    assert np.allclose(line.get_xdata(), [1, 2, 3])
    assert np.allclose(line.get_ydata(), 100 * summary(frame, by=BITS)["mean"])
    assert axes.get_xlabel() == "bits"
    assert axes.get_ylabel() == "test accuracy (%)"


def test_intervals_and_seeds_are_drawn():
    frame = study(channels=("bp",))
    (axes,) = outcome(frame, against=BITS).axes
    found = summary(frame, by=BITS)
    (bars,) = axes.collections
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert np.allclose(ends, 100 * np.stack([found["low"], found["high"]], axis=1))
    dots = axes.lines[0]
    assert np.allclose(dots.get_ydata(), 100 * frame["test_accuracy"])


def test_of_a_share_only_the_possible_part_of_an_interval_is_drawn():
    frame = study(channels=("bp",), bits=(1,)).assign(test_accuracy=[0.0, 0.3, 0.9])
    (low, high) = summary(frame)[["low", "high"]].to_numpy()[0]
    assert low < 0 and high > 1
    (bars,) = outcome(frame, against=BITS).axes[0].collections
    assert bars.get_segments()[0][:, 1].tolist() == [0.0, 100.0]
    loss = frame.assign(loss=frame["test_accuracy"])
    (bars,) = outcome(loss, "loss", against=BITS).axes[0].collections
    assert np.allclose(bars.get_segments()[0][:, 1], [low, high])


def test_numbers_among_texts_are_named_as_numbers_are():
    (axes,) = outcome(study(bits=("none", "3")), against="learner").axes
    assert {text.get_text() for text in axes.texts} >= {"bits none", "bits 3"}


def test_groups_are_named_and_stand_beside_each_other():
    (axes,) = outcome(study(), against=BITS).axes
    one, other = lines(axes)
    assert np.all(one.get_xdata() < other.get_xdata())
    assert {text.get_text() for text in axes.texts} >= {"bp", "rbp"}
    (axes,) = outcome(study(), against="learner", by=BITS).axes
    assert {text.get_text() for text in axes.texts} >= {"bits 1", "bits 2", "bits 3"}


def test_an_error_is_made_from_the_accuracy():
    frame = study(channels=("bp",))
    (axes,) = outcome(frame, "test_error", against=BITS).axes
    assert np.allclose(lines(axes)[0].get_ydata(), 100 - 100 * summary(frame, by=BITS)["mean"])


def test_points_that_diverged_are_not_drawn_but_told():
    frame = study(lost=[("bp", 2, 0), ("bp", 2, 1), ("bp", 2, 2), ("rbp", 1, 0)])
    (axes,) = outcome(frame, against=BITS).axes
    assert np.allclose(np.round(lines(axes)[0].get_xdata()), [1, 3])
    assert "not drawn: 4 diverged of 18 points" in {text.get_text() for text in axes.texts}
    figure = study_curves(over_epochs(lost=[("rbp", 1, 0)]))
    assert "not drawn: 1 diverged of 18 points" in {t.get_text() for t in figure.axes[0].texts}


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ((1, 2, 3), "linear"),
        ((1, 2, 4, 8, 64), "log"),
        ((0, 1, 10, 100), "linear"),
        ((5, 9), "linear"),
        ((7,), "linear"),
        ((0.001, 0.01, 0.1), "log"),
    ],
)
def test_the_scale_is_the_one_that_spreads_values_evenly(values, scale):
    (axes,) = outcome(study(bits=values), against=BITS).axes
    assert axes.get_xscale() == scale
    (axes,) = outcome(study(bits=values), against=BITS, scale="category").axes
    assert np.allclose(axes.get_xticks(), range(len(values)))


def test_categories_are_in_the_order_of_the_frame_and_not_joined():
    (axes,) = outcome(study(channels=("z", "a", "m"), bits=(1,)), against="learner").axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["z", "a", "m"]
    assert lines(axes)[0].get_linestyle() == "None"


def test_a_heat_map_holds_the_means():
    frame = study(lost=[("bp", 2, seed) for seed in range(3)])
    axes, bar = heat_map(frame, x=BITS, y="learner").axes
    (mesh,) = axes.collections
    cells = mesh.get_array()
    assert np.ma.is_masked(cells[0, 1])
    means = summary(frame[frame["learner"] == "rbp"], by=BITS)["mean"]
    assert np.allclose(cells[1], 100 * means)
    written = {text.get_text() for text in axes.texts}
    assert {f"{100 * mean:.1f}" for mean in means} < written
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bp", "rbp"]
    assert bar.get_ylabel() == "test accuracy (%)"


def test_rows_without_a_value_of_an_axis_have_no_place():
    frame = study().assign(rate=[None, 1, 2] * 6).convert_dtypes()
    (axes,) = outcome(frame, against="rate", by=[BITS, "learner"]).axes
    assert axes.get_xticks().tolist() == [1, 2]
    axes, _ = heat_map(frame[frame[BITS] == 1], x="rate", y="learner").axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2"]


def test_a_heat_map_of_one_value_can_be_drawn():
    heat_map(
        study(channels=("bp",), bits=(1,), seeds=1), x=BITS, y="learner"
    ).draw_without_rendering()
    same = pd.DataFrame({"a": [1, 2], "b": [1, 1], "seed": [0, 0], "loss": [0.0, 0.0]})
    heat_map(same, "loss", x="a", y="b").draw_without_rendering()


def test_curves_are_means_over_seeds_with_bands():
    frame = over_epochs(channels=("bp",), bits=(1,))
    (axes,) = study_curves(frame).axes
    (line,) = (line for line in axes.lines if line.get_transform() == axes.transData)
    assert np.allclose(line.get_xdata(), [1, 2, 3])
    assert np.allclose(line.get_ydata(), 100 * summary(frame, by="epoch")["mean"])
    assert len(axes.collections) == 1
    assert axes.get_xlabel() == "epoch"


def test_one_seed_is_drawn_without_an_interval():
    study_curves(over_epochs(seeds=1)).draw_without_rendering()
    outcome(study(seeds=1), against=BITS).draw_without_rendering()


def test_a_note_stays_in_the_figure():
    frame = study(channels=("a", "b" * 22), bits=(1, 2), seeds=5, lost=[("a", 1, 0)])
    assert not collisions(heat_map(frame, x=BITS, y="learner"))


LABELS = st.lists(st.text("abcdefg hi", min_size=1, max_size=24), max_size=9, unique=True)


@settings(max_examples=5)
@given(
    names=LABELS.filter(lambda names: names and all(name.strip() == name for name in names)),
    bits=st.lists(st.integers(1, 200), min_size=1, max_size=12, unique=True),
    seeds=st.integers(1, 2),
)
def test_no_text_hides_another(names, bits, seeds):
    frame = study(channels=names, bits=bits, seeds=seeds, lost=[(names[0], bits[0], 0)])
    if not np.any((frame["status"] == "done") & np.isfinite(frame["test_accuracy"])):
        return
    assert not collisions(outcome(frame, against=BITS, by="learner"))
    assert not collisions(outcome(frame, against="learner", by=BITS))
    assert not collisions(heat_map(frame, x=BITS, y="learner"))


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda t: outcome(t, against=BITS, by=()), "must not differ in 'learner', got 2 values"),
        (lambda t: outcome(t, "loss", against=BITS), "must be one of the frame, got 'loss'"),
        (lambda t: outcome(t, "learner", against=BITS), "must hold numbers"),
        (lambda t: outcome(t, against="learner", scale="log"), "must be 'category' where 'learne"),
        (lambda t: outcome(t, against=BITS, scale="x"), "scale must be linear, log or category"),
        (lambda t: outcome(study(bits=(0, 1)), against=BITS, scale="log"), "of 0 or below"),
        (
            lambda t: outcome(study(bits=range(1, 30)), against="learner"),
            "at most 24 lines, got 29",
        ),
        (lambda t: heat_map(t, x=BITS, y=BITS), "x and y must be two columns"),
        (lambda t: heat_map(t, x="seed", y=BITS), "must not differ in 'learner'"),
        (lambda t: study_curves(t), "must be one of the frame, got 'epoch'"),
        (
            lambda t: outcome(t.assign(status="failed"), against=BITS),
            "must have been measured to be drawn, got no value in 18 rows",
        ),
    ],
)
def test_mistakes_are_sentences(draw, sentence):
    with pytest.raises(OptionError, match=sentence):
        draw(study())


def test_the_learner_without_a_channel_is_a_labeled_line_across():
    table = study(channels=("bp", "rbp", "top only"), bits=(1,))
    figure = outcome(table, against="learner")
    (axes,) = figure.axes
    (line,) = [line for line in axes.lines if line.get_transform() == axes.get_yaxis_transform()]
    # Means over seeds of 0.9 - 0.2 - 0.2 + 0.01 seed, in percent.
    assert np.allclose(line.get_ydata(), 51.0)
    assert "top only" in [text.get_text() for text in axes.texts]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["bp", "rbp"]
    assert not collisions(figure)


def test_the_learner_without_a_channel_alone_is_a_category():
    (axes,) = outcome(study(channels=("top only",), bits=(1,)), against="learner").axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["top only"]


@pytest.mark.parametrize("n", [3, 14, 40])
def test_digits_are_never_turned(n):
    table = study(bits=tuple(range(1000, 1000 + 2500 * n, 2500)))
    figures = [
        heat_map(table, x=BITS, y="learner"),
        outcome(table, against=BITS, scale="category"),
        outcome(table, against=BITS),
    ]
    for figure in figures:
        labels = figure.axes[0].get_xticklabels()
        assert len(labels) >= 3
        assert {label.get_rotation() for label in labels} == {0.0}
        assert not collisions(figure)


def test_one_word_among_digits_is_written_and_turns_none_of_them():
    names = (*map(str, range(1, 11)), "unlimited", "top only")
    figure = outcome(study(channels=names, bits=(1,)), against="learner")
    labels = figure.axes[0].get_xticklabels()
    assert {label.get_rotation() for label in labels} == {0.0}
    assert {"1", "2", "8", "unlimited"} <= {label.get_text() for label in labels}
    assert not collisions(figure)
