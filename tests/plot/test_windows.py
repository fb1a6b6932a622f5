"""Drawings of convolutional networks, and images of their kernels."""

from __future__ import annotations

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import arbp, asrbp, bp, conv, convnet, local, pool, srbp, top_only
from neurochannel.engine.window_edges import wires_of
from neurochannel.errors import OptionError
from neurochannel.graphs.run_weights import wire_weights
from neurochannel.plot.layout.scene import scene_of
from neurochannel.plot.layout.sheets import sheets
from tests.engine.test_windows import NETS, RECIPES, run_of
from tests.plot.geometry import blocks, faults
from tests.windows import Twin

SMALL = convnet((4, 4), conv(2, 3), pool(2), local(2, 1), 3)


@pytest.mark.parametrize("recipe", ["bp", "arbp", "asrbp of maps"])
@pytest.mark.parametrize("net", ["conv", "two", "local", "mixed"])
def test_nothing_overlaps(net: str, recipe: str) -> None:
    assert faults(nc.plot.network(NETS[net].with_channel(RECIPES[recipe]))) == []


def test_maps_are_stacked_sheets_and_arrows_say_what_joins_them() -> None:
    network = convnet((9, 8), conv(3, 3), pool(2), local(1, 3), 4).with_channel(bp())
    scene = scene_of(network)
    shapes = {name: block.shape for name, block in scene.blocks.items()}
    assert [name for name, shape in shapes.items() if shape == "maps"] == ["conv1", "pool1"]
    lines = {name: block.lines[1:] for name, block in scene.blocks.items()}
    assert lines["input"] == ("9 × 8",)
    assert lines["conv1"] == ("9 × 8 × 3 · tanh",)
    assert lines["pool1"] == ("4 × 4 × 3",)
    labels = {arrow.name: arrow.label for arrow in scene.arrows if arrow.kind == "forward"}
    assert labels["input -> conv1"] == ("conv 3 × 3",)
    assert labels["conv1 -> pool1"] == ("max of 2 × 2",)
    figure = nc.plot.network(network)
    figure.draw_without_rendering()
    box = blocks(figure)["conv1"]
    assert box.width == pytest.approx(scene.blocks["conv1"].width, abs=0.05)


def test_shapes_that_are_left_to_the_data_are_stacked_where_windows_are() -> None:
    network = convnet(None, conv(3, 3), pool(2), 5, None)
    shapes = {name: block.shape for name, block in scene_of(network).blocks.items()}
    assert shapes == {
        "input": "maps",
        "conv1": "maps",
        "pool1": "maps",
        "hidden1": "population",
        "output": "population",
    }


def test_sheets_do_not_cover_each_other_and_fill_the_stack() -> None:
    parts = [np.array(corners) for corners in sheets(1.0, 2.0, 0.8, 0.5)]
    everything = np.concatenate(parts)
    np.testing.assert_allclose(everything.min(axis=0), (1.0, 2.0))
    np.testing.assert_allclose(everything.max(axis=0), (1.8, 2.5))
    front = parts[0]
    for behind in parts[1:]:
        inside = np.all((behind > front.min(axis=0)) & (behind < front.max(axis=0)), axis=1)
        assert not inside.any()


@pytest.mark.parametrize("level", ["neuron", "adjacency", "population"])
@pytest.mark.parametrize("recipe", [bp(), arbp(), asrbp(shared="maps"), srbp(through="pool")])
def test_all_levels_draw_windows(level: str, recipe: object) -> None:
    run = nc.Simulation(SMALL.with_channel(recipe))
    for given in (None, run):
        assert nc.plot.network(run.network, run=given, level=level).axes


def test_too_many_wires_are_not_drawn_one_by_one() -> None:
    big = convnet((32, 32, 3), conv(32, 5), 10)
    with pytest.raises(OptionError, match="at most 200,000 edges to draw, got 2,276,736"):
        nc.plot.network(big, level="neuron")


@pytest.mark.parametrize("recipe", ["bp", "arbp", "asrbp of maps"])
@pytest.mark.parametrize("net", ["two", "local", "mixed"])
def test_wires_and_their_weights_are_those_of_dense_matrices(net: str, recipe: str) -> None:
    run = run_of(NETS[net].with_channel(RECIPES[recipe]))
    twin, network = Twin(run), run.network
    for bundle in (*network.forward_bundles, *network.channel_bundles):
        wires = wires_of(network, bundle)
        if wires is None:
            continue
        pairs = wires.sources.astype(int) * network.size(bundle.target) + wires.receivers
        assert np.all(np.diff(pairs) > 0)
        weights = wire_weights(run, bundle, wires)
        forward = bundle.name in network.geometries
        name = bundle.name if forward else getattr(twin.against(bundle), "name", None)
        if name is None or getattr(bundle.edges, "shared", None) == "maps":
            own = run.channel_weights[bundle.name][:, twin.by_map(bundle.target)]
        elif network.geometries[name].pools:
            s, t, _ = twin.edges[name].T
            mean = network.geometries[name].kind == "mean"
            own = np.zeros(sizes(network, name))
            own[s, t] = 1 / np.bincount(t)[0] if mean else 1
            own = own if forward else own.T
        else:
            views = run.weights if forward else run.channel_weights
            own = twin.dense(name, views[bundle.name], sizes(network, name))
            own = own if forward else own.T
        np.testing.assert_array_equal(own[wires.sources, wires.receivers], weights)
        assert np.count_nonzero(own) == len(weights)


def sizes(network: nc.Network, name: str) -> tuple[int, int]:
    source, target = name.split(" -> ")
    return network.size(source), network.size(target)


def test_kernels_are_pictures_for_each_pair_of_maps() -> None:
    network = convnet((6, 6), conv(4, 3), conv(2, (3, 1)), 3).with_channel(arbp())
    run = nc.Simulation(network)
    figure = nc.plot.matrices(run, "conv1 -> conv2")
    (image,) = (axes.images[0].get_array() for axes in figure.axes if axes.images)
    kernels = run.weights["conv1 -> conv2"]
    assert image.shape == (4 * 4 - 1, 2 * 2 - 1)
    for c, m in np.ndindex(4, 2):
        np.testing.assert_allclose(image[4 * c : 4 * c + 3, 2 * m], kernels[:, 0, c, m])
    both = nc.plot.matrices(run, "conv2 -> conv1")
    titles = [axes.get_title() for axes in both.axes if axes.images]
    assert titles == ["conv2 -> conv1", "conv1 -> conv2"]


def test_a_low_picture_of_kernels_keeps_the_name_of_its_source() -> None:
    flat = convnet((8, 8), conv(8, 3), 3)
    (axes, *_) = nc.plot.matrices(nc.Simulation(flat), "input -> conv1").axes
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("input", "maps of conv1")
    (axes, *_) = nc.plot.matrices(nc.Simulation(flat), "input -> conv1", width=14).axes
    assert axes.get_ylabel() == "maps of input"


@pytest.mark.parametrize("recipe", [*RECIPES.values(), top_only()])
def test_all_weights_of_convolutional_networks_can_be_images(recipe: object) -> None:
    network = SMALL.with_channel(recipe)
    figure = nc.plot.matrices(nc.Simulation(network))
    assert [axes for axes in figure.axes if axes.images]
    with pytest.raises(OptionError, match="names must be of bundles, got 'conv1 -> pool1'"):
        nc.plot.matrices(network, "conv1 -> pool1")
