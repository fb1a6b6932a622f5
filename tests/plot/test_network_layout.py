"""Nothing in a drawing overlaps, whatever the network."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import neurochannel as nc
from neurochannel.plot import network
from neurochannel.plot.layout.arrange import arrange
from neurochannel.plot.layout.depth_rows import rows_of
from neurochannel.plot.layout.positions import apart
from neurochannel.plot.layout.scene import scene_of
from tests.networks import networks
from tests.plot.drawn_networks import branched, deep, layered, twin
from tests.plot.geometry import blocks, enters, faults, lines, texts

TOPOLOGIES = sorted((Path(__file__).parents[2] / "topologies").glob("*.toml"))


@pytest.mark.parametrize("path", TOPOLOGIES, ids=lambda path: path.stem)
def test_no_topology_of_the_gallery_overlaps(path):
    assert faults(network(nc.Network.from_toml(path))) == []


def test_a_drawing_that_needs_more_width_than_the_page_is_not_cut():
    path = TOPOLOGIES[0].parent / "small_world.graphml"
    drawn = nc.read(path)
    layout = arrange(scene_of(drawn), 3.5)
    assert layout.width > 3.5
    for line in layout.lines.values():
        assert line.points.min() >= 0
        assert line.points[:, 0].max() <= layout.width
    figure = network(drawn, level="population")
    assert [fault for fault in faults(figure) if "off the page" in fault] == []


def test_single_neurons_in_a_small_world_are_a_page_that_can_be_read():
    figure = network(nc.read(TOPOLOGIES[0].parent / "small_world.graphml"))
    width, height = figure.get_size_inches()
    assert width == 3.5 and height <= 1.5 * width
    figure.draw_without_rendering()
    assert [fault for fault in faults(figure) if "text" in fault] == []
    assert min(text.get_fontsize() for text in figure.axes[0].texts) >= 7


@settings(max_examples=8)
@given(networks())
def test_no_random_network_overlaps(drawn):
    assert faults(network(drawn, level="population")) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [6, 12])
def test_no_network_of_up_to_twelve_populations_overlaps(n, seed):
    figure = network(layered(seed, n))
    assert faults(figure) == []
    assert figure.axes[0].texts[0].get_fontsize() <= 8


@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize("make", [branched, twin])
def test_branches_and_relays_do_not_overlap(make, width):
    assert faults(network(make(), width=width)) == []


@pytest.mark.parametrize("recipe", [nc.bp, nc.srbp, nc.sbp])
def test_deep_chains_with_skips_do_not_overlap_at_eight_points(recipe):
    figure = network(deep(10).with_channel(recipe()))
    assert faults(figure) == []
    named = [text for text in figure.axes[0].texts if text.get_text() in figure_names()]
    assert {text.get_fontsize() for text in named} == {8.0}


def figure_names():
    return {"input", "output", "error", *(f"h{i}" for i in range(1, 11))}


def test_the_faults_of_a_bad_drawing_are_seen():
    figure = network(twin())
    axes = figure.axes[0]
    label = axes.texts[-1]
    label.set_position(axes.texts[-2].get_position())
    assert faults(figure)


def test_a_skip_is_a_line_of_its_own_round_the_blocks():
    figure = network(deep(10))
    (skip,) = [line for line in lines(figure) if line.bundle == "h2 -> h5"]
    boxes = blocks(figure)
    assert not any(enters(skip.points, box) for box in boxes.values())
    start, end = skip.points[0], skip.points[-1]
    assert np.isclose(start[1], boxes["h2"].y1, atol=0.02)
    assert boxes["h2"].x0 < start[0] < boxes["h2"].x1
    assert boxes["h5"].x0 < end[0] < boxes["h5"].x1
    # Beside what it skips, it is outside of it.
    side = skip.points[(skip.points[:, 1] > boxes["h3"].y0) & (skip.points[:, 1] < boxes["h3"].y1)]
    assert np.all((side[:, 0] < boxes["h3"].x0) | (side[:, 0] > boxes["h3"].x1))


def test_every_line_leads_from_its_source_to_its_target():
    drawn = branched()
    figure = network(drawn)
    figure.draw_without_rendering()
    boxes = blocks(figure)
    assert {line.bundle for line in lines(figure)} == {
        bundle.name for bundle in (*drawn.forward_bundles, *drawn.channel_bundles)
    }
    for line in lines(figure):
        source, target = line.bundle.split(" -> ")
        # A head of an arrow takes the last part of the way.
        assert touches(boxes[source], line.points[0], 0.02), line.name
        assert touches(boxes[target], line.points[-1], 0.08), line.name


def touches(box, point, slack):
    return bool(
        np.all(point >= box.get_points()[0] - slack)
        and np.all(point <= box.get_points()[1] + slack)
    )


def test_forward_goes_up_and_the_channel_down():
    figure = network(deep(10).with_channel(nc.bp()))
    for line in lines(figure):
        rises = line.points[-1][1] > line.points[0][1]
        assert rises == (line.look == "forward"), line.name


def test_a_short_network_runs_from_left_to_right_where_it_fits():
    short = nc.mlp(64, 30, 10).with_channel(nc.rbp())
    wide, narrow = network(short, width=7.0), network(short, width=2.0)
    for figure, axis in ((wide, 0), (narrow, 1)):
        figure.draw_without_rendering()
        centers = [np.mean(blocks(figure)[n].get_points(), axis=0) for n in ("input", "output")]
        assert centers[1][axis] > centers[0][axis] + 0.5
        assert faults(figure) == []


def test_the_error_stands_next_to_the_output():
    figure = network(deep(10).with_channel(nc.rbp()))
    figure.draw_without_rendering()
    output, error = blocks(figure)["output"], blocks(figure)["error"]
    assert output.x1 < error.x0 < output.x1 + 0.3
    assert output.y0 < (error.y0 + error.y1) / 2 < output.y1


def test_twins_stand_next_to_those_they_serve_and_deliver_straight():
    figure = network(twin())
    figure.draw_without_rendering()
    boxes = blocks(figure)
    for line in lines(figure):
        if line.bundle.startswith("twin") and "hidden" in line.bundle:
            assert np.ptp(line.points[:, 1]) == 0
    assert boxes["twin2"].y0 < np.mean(boxes["hidden2"].get_points(), axis=0)[1] < boxes["twin2"].y1


def test_rows_follow_the_depth_of_the_forward_graph():
    rows = rows_of(scene_of(branched()))
    assert rows[0] == ["input"] and rows[-1] == ["output"]
    assert set(rows[1]) == {"left", "middle", "right", "relay"}
    assert all(len(row) <= 2 for row in rows_of(scene_of(branched()), 2))


def test_what_is_too_wide_for_the_page_is_made_smaller_as_a_whole():
    many = [f"relay{i}" for i in range(40)]
    populations = {name: {"size": 2} for name in ["input", "h", *many]} | {"output": {"size": 3}}
    wide = nc.Network(
        populations=populations,
        forward=[{"path": "input -> h -> output"}],
        channel=[{"path": f"error -> {name} -> h"} for name in many],
    )
    figure = network(wide, width=1.2)
    assert figure.get_size_inches()[0] == 1.2
    (name,) = [text for text in figure.axes[0].texts if text.get_text() == "relay7"]
    assert name.get_fontsize() < 8
    boxes = texts(figure)
    assert len(boxes) > 80


def test_positions_are_as_near_as_can_be_to_the_wanted_ones():
    placed = apart([0.0, 0.0, 5.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0], -9.0, 9.0)
    # Two that want the same place part by 1: x minimizes x^2 + 3 (x + 1)^2.
    assert np.allclose(placed, [-0.75, 0.25, 5.0])
    assert np.allclose(apart([0.0, 0.0], [1.0, 1.0], [0.0, 1.0], 0.0, 9.0), [0.0, 1.0])
