"""Figures of flows show what is computed."""

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.theory import Nonlinear, chain

PAIR = [[-0.8, 1.0], [0.5, 0.4]]


def labels_of(figure):
    (axes,) = figure.axes
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_phase_portrait_shows_fixed_points_of_both_kinds_and_training():
    figure = nc.plot.flow(chain([0.8]), PAIR, rates=(0.1,), until=4.0)
    assert labels_of(figure) == [
        *("a1' = 0", "a2' = 0", "stable", "unstable", "flow", "training, rate 0.1")
    ]
    (axes,) = figure.axes
    stable = next(line for line in axes.lines if line.get_label() == "stable")
    a1, a2 = stable.get_data()
    np.testing.assert_allclose(a1 * a2, 1, atol=0.05)
    assert np.all(0.8 * a2 + a1 * a1 > 0)


def test_basins_have_a_color_for_each_limit():
    figure = nc.plot.flow(chain([0.8]), PAIR[0], "basins")
    assert labels_of(figure)[:2] == ["++", "\u2212\u2212"]


def test_drift_and_distance_fall_with_the_rate():
    form, starts = chain([0.7, -0.5]), [[0.5, -0.6, 0.9]]
    drifts = nc.plot.flow(form, starts, "conserved", rates=(0.1, 0.05), until=2.0).axes[0].lines
    one, other = (line.get_ydata()[-1] for line in drifts)
    assert one / other == pytest.approx(2, rel=0.15)
    lines = nc.plot.flow(form, starts, "order", rates=(0.1, 0.05, 0.025), until=2.0).axes[0].lines
    apart = lines[0].get_ydata()
    np.testing.assert_allclose(apart[:-1] / apart[1:], 2, rtol=0.15)


def test_the_error_of_training_lies_on_that_of_the_flow():
    lines = (
        nc.plot.flow(chain([0.7]), [[0.5, 0.6]], "error", rates=(0.01,), until=3.0).axes[0].lines
    )
    flow, training = lines[0].get_data(), lines[1].get_data()
    np.testing.assert_allclose(np.interp(training[0], *flow), training[1], rtol=0.05, atol=1e-3)


def test_figures_are_files_in_all_formats(tmp_path):
    figure = nc.plot.flow(chain([0.7]), [[0.5, 0.6]], "error", rates=(0.1,), until=1.0)
    for suffix in (".png", ".svg", ".pdf"):
        assert nc.plot.save(figure, tmp_path / f"flow{suffix}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("show", "options", "sentence"),
    [
        ("cloud", {}, "show must be one of phase, basins, conserved, error, order, got 'cloud'"),
        ("phase", {}, "phase needs two weights, got 3"),
        ("order", {"rates": ()}, "order needs at least one rate"),
        ("error", {"until": -1}, "until must be above 0, got -1"),
        ("error", {"rates": (0,)}, "rates must be above 0, got 0"),
    ],
)
def test_figures_that_cannot_be_drawn_are_told(show, options, sentence):
    with pytest.raises(nc.OptionError, match=sentence):
        nc.plot.flow(chain([0.7, 0.5]), [[0.1, 0.2, 0.3]], show, **options)
    form = Nonlinear([1.0, 0.5], [1.0, 0.2], "tanh", [0.5])
    with pytest.raises(nc.OptionError, match="no known conserved quantity"):
        nc.plot.flow(form, [[0.1, 0.2]], "conserved", until=1.0)


def test_fixed_points_are_classed_where_they_are(tmp_path):
    """c1 a2 + a1^2 < 0 is where the hyperbola repels."""
    axes = nc.plot.flow(chain([1.0]), PAIR[0], rates=()).axes[0]
    found = {line.get_label(): np.array(line.get_data()) for line in axes.lines}
    for kind, sign in (("stable", 1), ("unstable", -1)):
        a1, a2 = found[kind]
        np.testing.assert_allclose(a1 * a2, 1, atol=1e-9)
        assert np.all(sign * (a2 + a1 * a1) > -1e-6)
        assert len(a1) > 20


@pytest.mark.parametrize("show", ["phase", "basins", "conserved", "error", "order"])
def test_legends_do_not_cover_the_curves(show):
    figure = nc.plot.flow(chain([0.7]), PAIR[0], show, rates=(0.1, 0.05), until=1.0)
    figure.canvas.draw()
    (axes,) = figure.axes
    box = axes.get_legend().get_window_extent()
    assert box.x0 >= axes.bbox.x1
    assert box.x1 <= figure.bbox.x1


def test_a_loss_that_hardly_changes_has_ticks():
    form = nc.theory.autoencoder(3, 1, np.diag([1.0, 2.0, 4.0]), c=np.ones((1, 3)))
    figure = nc.plot.flow(form, np.full(6, 0.3), "error", rates=(), until=1.0)
    low, high = figure.axes[0].get_ylim()
    ticks = figure.axes[0].get_yticks()
    assert np.sum((ticks >= low) & (ticks <= high)) >= 2
