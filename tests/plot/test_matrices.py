"""Weights as images."""

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError, OptionError
from neurochannel.plot import matrices, save

RBP = nc.mlp(4, 3, 2).with_channel(nc.rbp())


def images(figure):
    return {axes.get_title(): axes.images[0] for axes in figure.axes if axes.images}


def test_the_channel_stands_beside_the_transposed_forward_weights():
    run = nc.Simulation(RBP)
    shown = images(matrices(run))
    assert list(shown) == ["error -> hidden1", "(hidden1 -> output)ᵀ"]
    assert np.allclose(
        shown["error -> hidden1"].get_array(), run.channel_weights["error -> hidden1"]
    )
    assert np.allclose(
        shown["(hidden1 -> output)ᵀ"].get_array(), run.weights["hidden1 -> output"].T
    )


def test_a_tied_channel_looks_like_the_transposed_forward_weights():
    shown = images(matrices(nc.mlp(4, 3, 2).with_channel(nc.bp())))
    channel, forward = (image.get_array() for image in shown.values())
    assert np.array_equal(channel, forward)


def test_without_a_channel_the_forward_weights_are_shown():
    assert list(images(matrices(nc.mlp(4, 3, 2)))) == ["input -> hidden1", "hidden1 -> output"]


def test_a_network_is_drawn_with_its_initial_weights_of_seed_0():
    shown = images(matrices(RBP, "input -> hidden1"))
    expected = nc.Simulation(RBP, seed=0).weights["input -> hidden1"]
    assert np.allclose(shown["input -> hidden1"].get_array(), expected)


def test_a_bundle_of_both_kinds_is_shown_twice():
    network = nc.Network(
        populations={n: {"size": 3} for n in ("input", "a", "b", "output")},
        forward=[{"path": "input -> a -> b -> output"}, {"path": "input -> b"}],
        channel=[{"path": "error -> a"}, {"path": "a -> b"}],
    )
    figure = matrices(network, "a -> b")
    assert sum(bool(axes.images) for axes in figure.axes) == 2


def test_colors_are_centered_at_zero_and_shared_by_kind():
    run = nc.Simulation(nc.mlp(4, 3, 3, 2).with_channel(nc.rbp()))
    run.channel_weights["error -> hidden2"] = np.full((2, 3), -5.0)
    shown = images(matrices(run))
    limits = {name: image.get_clim() for name, image in shown.items()}
    assert limits["error -> hidden2"] == limits["hidden2 -> hidden1"] == (-5.0, 5.0)
    low, high = limits["(hidden2 -> output)ᵀ"]
    assert -low == high < 5.0


def test_each_kind_has_a_bar_of_its_own():
    titles = [axes.get_title() for axes in matrices(RBP).axes if not axes.images]
    assert sorted(titles) == ["channel weights", "weights"]


def test_weights_that_are_all_zero_can_be_drawn():
    shown = images(matrices(nc.mlp(4, 2, init="zeros")))
    assert shown["input -> output"].get_clim() == (-1.0, 1.0)


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_the_figure_has_the_width_asked_for(width):
    assert matrices(RBP, width=width).get_size_inches()[0] == width


def test_the_same_weights_give_the_same_file(tmp_path):
    files = [save(matrices(RBP), tmp_path / f"{name}.svg") for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_titles_do_not_overlap():
    figure = matrices(nc.mlp(30, 20, 10, 5, name="x").with_channel(nc.rbp()))
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    for i, a in enumerate(boxes):
        assert not any(a.overlaps(b) for b in boxes[i + 1 :])


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("error -> hiden1", "names must be of bundles, got 'error -> hiden1'; did you mean"),
        ([], "names must be between 1 and 24 bundles to draw, got 0; "),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(names, sentence):
    with pytest.raises(OptionError) as caught:
        matrices(RBP, names)
    assert sentence in str(caught.value)


def test_an_image_that_is_too_large_is_refused():
    network = nc.Network(
        populations={"input": {"size": 10_000}, "output": {"size": 10_000}},
        forward=[{"path": "input -> output", "fan_in": 1}],
    )
    with pytest.raises(OptionError, match="at most 16,777,216 possible edges"):
        matrices(network)


def test_sizes_must_be_known():
    with pytest.raises(NetworkError, match="size is left to the data"):
        matrices(nc.mlp(None, 3, None))
