from itertools import pairwise
from types import MappingProxyType

import matplotlib
import numpy as np
import pandas as pd
import pytest

import neurochannel as nc
from neurochannel.errors import CheckpointError, OptionError
from neurochannel.plot import learning_curves

EPOCHS = np.arange(1, 6)


def history(test=0.9, n=5):
    """Return a history of n epochs that approaches an accuracy."""
    epochs = np.arange(1, n + 1)
    accuracy = test - 0.5 / epochs
    return {
        "epoch": epochs,
        "train_loss": 1 / epochs,
        "train_accuracy": accuracy + 0.05,
        "test_loss": 1.1 / epochs,
        "test_accuracy": accuracy,
        "seconds": np.full(n, 0.1),
    }


def curves(axes):
    """Return the lines in data coordinates."""
    return [line for line in axes.lines if line.get_transform() == axes.transData]


def labels(axes):
    return [text.get_text() for text in axes.texts]


def test_accuracy_is_drawn_in_percent_over_epochs():
    (axes,) = learning_curves(history()).axes
    (line,) = curves(axes)
    assert np.array_equal(line.get_xdata(), EPOCHS)
    assert np.allclose(line.get_ydata(), 100 * history()["test_accuracy"])
    assert axes.get_xlabel() == "epoch"
    assert axes.get_ylabel() == "test accuracy (%)"
    assert axes.get_yscale() == "linear"


def test_an_error_is_what_accuracy_lacks():
    (axes,) = learning_curves(history(), "test_error").axes
    assert np.allclose(curves(axes)[0].get_ydata(), 100 - 100 * history()["test_accuracy"])
    assert axes.get_yscale() == "log"


def test_an_error_of_zero_can_be_drawn():
    perfect = history() | {"test_accuracy": np.array([0.5, 0.9, 1.0, 1.0, 1.0])}
    learning_curves(perfect, "test_error").draw_without_rendering()
    faultless = history() | {"test_accuracy": np.ones(5)}
    learning_curves(faultless, "test_error").draw_without_rendering()


def test_each_quantity_gets_a_panel():
    figure = learning_curves([history(), history(0.8)], ["train_loss", "test_accuracy", "seconds"])
    words = [axes.get_ylabel() for axes in figure.axes]
    assert words == ["training loss", "test accuracy (%)", "seconds per epoch"]
    assert [len(labels(axes)) for axes in figure.axes] == [0, 0, 2]


def test_both_splits_can_share_a_panel_with_a_key():
    (axes,) = learning_curves(history(), "loss").axes
    assert len(curves(axes)) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["test", "train"]


def test_seeds_are_drawn_as_their_mean_over_their_range():
    (axes,) = learning_curves([[history(0.8), history(0.9)]]).axes
    (line,) = curves(axes)
    middle = history(0.85)["test_accuracy"]
    assert np.allclose(line.get_ydata(), 100 * middle)
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert np.isclose(heights.max(), 100 * history(0.9)["test_accuracy"].max())
    assert np.isclose(heights.min(), 100 * history(0.8)["test_accuracy"].min())


def test_seeds_of_different_length_are_compared_where_all_have_been_measured():
    (axes,) = learning_curves([[history(n=3), history(n=5)]]).axes
    assert np.array_equal(curves(axes)[0].get_xdata(), [1, 2, 3])


def test_epochs_without_a_score_are_left_out():
    accuracy = np.array([np.nan, 0.5, np.nan, 0.7, 0.8])
    (axes,) = learning_curves(history() | {"test_accuracy": accuracy}).axes
    assert np.array_equal(curves(axes)[0].get_xdata(), [2, 4, 5])


def test_a_single_epoch_is_a_visible_point():
    (axes,) = learning_curves(history(n=1)).axes
    assert curves(axes)[0].get_marker() == "o"


def test_labels_do_not_hide_each_other():
    runs = {f"run {number}": history(0.9 + number / 1e4) for number in range(12)}
    figure = learning_curves(runs)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert sorted(labels(axes)) == sorted(runs)
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_labels_stay_on_the_page():
    figure = learning_curves({"a rather long name of a learner": history(), "short": history(0.7)})
    figure.draw_without_rendering()
    page = figure.bbox
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert page.x0 <= box.x0 < box.x1 <= page.x1


def test_a_label_is_text_and_not_mathematics():
    figure = learning_curves({"$\\frac{1$": history(), "b": history(0.5)})
    figure.draw_without_rendering()
    assert "$\\frac{1$" in labels(figure.axes[0])


def test_every_run_has_a_look_of_its_own():
    runs = [history(0.5 + number / 100) for number in range(20)]
    (axes,) = learning_curves(runs).axes
    looks = {(line.get_color(), str(line._dash_pattern)) for line in curves(axes)}
    assert len(looks) == len(runs)


def test_runs_of_one_name_are_numbered():
    data = nc.data.load("digits")
    runs = []
    for seed in range(2):
        network = nc.mlp(None, None, name="twin").with_channel(nc.top_only())
        run = nc.Simulation(network, data, seed=seed)
        run.train(1)
        runs.append(run)
    (axes,) = learning_curves(runs).axes
    assert sorted(labels(axes)) == ["twin (1)", "twin (2)"]


def test_checkpoints_are_named_after_their_files(tmp_path):
    run = nc.Simulation(nc.mlp(None, None), nc.data.load("digits"))
    run.train(2)
    nc.save(run, tmp_path / "one.h5")
    nc.save(run, tmp_path / "two.h5")
    (axes,) = learning_curves([tmp_path / "one.h5", str(tmp_path / "two.h5")]).axes
    assert sorted(labels(axes)) == ["one", "two"]
    assert np.allclose(curves(axes)[0].get_ydata(), 100 * run.history["test_accuracy"])


def test_given_labels_are_used():
    (axes,) = learning_curves([history(), history(0.8)], labels=["BP", "RBP"]).axes
    assert sorted(labels(axes)) == ["BP", "RBP"]


def test_any_mapping_of_arrays_is_a_history():
    (axes,) = learning_curves(MappingProxyType(history())).axes
    assert len(curves(axes)) == 1


def test_the_users_own_settings_neither_disturb_nor_are_disturbed():
    with matplotlib.rc_context({"font.size": 30, "axes.grid": False}):
        figure = learning_curves(history())
        assert matplotlib.rcParams["font.size"] == 30
    assert figure.axes[0].xaxis.label.get_size() == 8


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([],), "runs must hold at least one run, got none; train a network first"),
        (([[]],), "runs must hold at least one run, got none; train a network first"),
        ((history(), "test_acuracy"), "got 'test_acuracy'; did you mean 'test_accuracy'?"),
        ((history(), []), "quantity must name at least one, got none; try 'test_accuracy'"),
        ((history(), "loss", ["a", "b"]), "labels must be as many as the runs, got 2 for 1; "),
        (([3.5],), "a run must be a simulation, a history or the path of a checkpoint, got 3.5"),
        (([[3.5]],), "a run must be a simulation, a history or the path of a checkpoint, got 3.5"),
        (
            (history() | {"test_accuracy": np.full(5, np.nan)},),
            "test_accuracy must have been measured to be drawn, got none; ",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(OptionError) as caught:
        learning_curves(*arguments)
    assert sentence in str(caught.value)


def test_a_missing_checkpoint_is_named():
    with pytest.raises(CheckpointError, match="nowhere.h5 does not exist"):
        learning_curves("nowhere.h5")


def test_a_logarithmic_axis_shows_the_means_where_intervals_reach_below_0():
    """The interval of two seeds is more than twelve standard errors wide on each side."""
    epochs = np.tile(np.arange(1, 6), 2)
    losses = np.concatenate([np.geomspace(1, 0.1, 5), np.geomspace(1.2, 0.3, 5)])
    frame = pd.DataFrame(
        {"point": np.repeat(["a", "b"], 5), "seed": np.repeat([0, 1], 5), "epoch": epochs}
    ).assign(status="done", train_loss=losses)
    (axes,) = nc.plot.study_curves(frame, "train_loss").axes
    assert axes.get_yscale() == "log"
    low, high = axes.get_ylim()
    assert 0.05 < low < 0.2 and 1.1 < high < 3
