"""What a drawing of a network shows, and what it refuses."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

import neurochannel as nc
from neurochannel.errors import NetworkError, OptionError
from neurochannel.plot import network, save
from neurochannel.plot.graph.neurons import curves_of
from neurochannel.plot.layout.circles import bent, place_neurons, sampled
from neurochannel.plot.layout.looks import LOOKS
from neurochannel.plot.layout.routes import GAP, HEAD
from neurochannel.plot.layout.scene import scene_of
from tests.plot.drawn_networks import branched, hand, layered, twin
from tests.plot.geometry import blocks, lines

SMALL = nc.mlp(4, 3, 2)


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def patches(figure, beginning):
    return [p for p in figure.axes[0].patches if (p.get_gid() or "").startswith(beginning)]


def channel(**fields):
    return SMALL.with_channel(nc.ChannelEdges(path="error -> hidden1", **fields))


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        (channel(fan_in=2), "k = 2"),
        (channel(density=0.25), "p = 0.25"),
        (channel(message={"bits": 3}), "3 bits"),
        (channel(message={"bits": 1}), "1 bit"),
        (channel(message={"keep": "sign"}), "sign"),
        (channel(derivative=False), "no f′"),
        (channel(edges=[[0, 0], [1, 2]]), "2 edges"),
        (channel(fan_in=1, message={"bits": 3}), "k = 1, 3 bits"),
        (channel(weights="adaptive", update={"bits": 4, "scale": 0.1}), "Δ 4 bits"),
        (twin(), "1 : 1"),
        (branched(), "concordant"),
        (branched(), "redrawn, no f′"),
        (branched(), "k = 8"),
    ],
)
def test_labels_say_what_limits_an_edge(drawn, shown):
    assert shown in words(network(drawn, level="population"))


def test_blocks_say_name_size_and_activation():
    figure = network(nc.mlp(None, 1000, None).with_channel(nc.rbp()))
    assert {"hidden1", "1,000 · tanh", "from data", "from data · softmax", "error"} <= set(
        words(figure)
    )


def test_a_network_without_a_channel_has_no_error():
    assert "error" not in words(network(SMALL))


def test_every_kind_of_edge_has_a_look_of_its_own():
    looks = {(look.color, str(look.dashes), look.double) for look in LOOKS.values()}
    assert len(looks) == len(LOOKS)


@pytest.mark.parametrize("name", [n for n, look in LOOKS.items() if look.dashes != "-"])
def test_dashes_are_seen_whole_on_the_shortest_arrow(name):
    shaft = (GAP + HEAD - 0.8 * HEAD) * 72
    assert LOOKS[name].width * sum(LOOKS[name].dashes[1]) <= shaft


def test_lines_have_the_look_of_their_kind():
    figure = network(branched())
    for patch in figure.axes[0].patches:
        gid = patch.get_gid() or ""
        if isinstance(patch, PathPatch) and " -> " in gid:
            look = LOOKS[gid.split(": ")[0]]
            assert to_hex(patch.get_edgecolor()).upper() == look.color
            assert (patch.get_linestyle() in ("-", "solid")) == (look.dashes == "-")
    assert {line.look for line in lines(figure)} == {
        "forward",
        "tied",
        "random",
        "redrawn",
        "adaptive",
        "concordant",
    }


def test_frozen_edges_are_marked():
    frozen = nc.Network(
        populations={"input": {"size": 4}, "output": {"size": 3}},
        forward=[{"path": "input -> output", "learn": False}],
    )
    figure = network(frozen)
    assert {"frozen", "forward, frozen"} <= set(words(figure))
    assert [line.look for line in lines(figure)] == ["frozen"]


def test_relays_and_the_error_have_shapes_of_their_own():
    figure = network(branched())
    shapes = {name: type(patches(figure, f"block {name}")[0]).__name__ for name in blocks(figure)}
    assert (
        shapes["relay"] != shapes["left"] == shapes["input"] != shapes["error"] != shapes["relay"]
    )


def test_the_legend_explains_what_is_used_and_nothing_else():
    shown = words(network(channel(fan_in=2)))
    assert {"forward", "random channel", "k  edges per receiver"} <= set(shown)
    others = [look.words for key, look in LOOKS.items() if key not in ("forward", "random")]
    assert not set(others) & set(shown)
    assert not [text for text in shown if text.startswith(("p  ", "Δ  ", "relay "))]


def test_long_names_lose_their_middle():
    name = "a_population_whose_name_is_longer_than_any_block"
    long = nc.Network(
        populations={"input": {"size": 2}, name: {"size": 2}, "output": {"size": 2}},
        forward=[{"path": f"input -> {name} -> output"}],
    )
    (shown,) = [text for text in words(network(long)) if "…" in text]
    assert name.startswith(shown.split("…")[0]) and name.endswith(shown.split("…")[1])


def test_a_title_is_text_above_the_drawing():
    figure = network(SMALL, title="$x$ and more")
    figure.draw_without_rendering()
    (title,) = [text for text in figure.axes[0].texts if text.get_text() == "$x$ and more"]
    top = max(box.y1 for box in blocks(figure).values())
    assert title.get_window_extent().y0 / figure.dpi > top


@pytest.mark.parametrize("width", [2.5, 3.5, 7.0])
@pytest.mark.parametrize("make", [branched, hand, lambda: layered(1)])
def test_the_figure_has_the_width_asked_for(make, width):
    assert np.isclose(network(make(), width=width).get_size_inches()[0], width)


@pytest.mark.parametrize("make", [branched, hand])
def test_the_same_network_gives_the_same_file(tmp_path, make):
    files = [save(network(make()), tmp_path / f"{name}.svg") for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_widths_of_lines_follow_the_weights_of_a_run():
    run = nc.Simulation(nc.mlp(4, 3, 2).with_channel(nc.rbp()))
    run.weights["input -> hidden1"] = np.full((4, 3), 4.0)
    run.weights["hidden1 -> output"] = np.full((3, 2), 1.0)
    figure = network(run.network, run=run)
    strong, weak = (
        patches(figure, f"forward: {name}")[0].get_linewidth()
        for name in ("input -> hidden1", "hidden1 -> output")
    )
    assert strong > 1.5 * weak


# --- single neurons --------------------------------------------------------------------------


def test_few_neurons_with_listed_edges_are_drawn_singly_with_their_names():
    shown = words(network(hand()))
    assert {"x1", "a4", "b2", "y2", "input", "error"} <= set(shown)
    assert "x1" not in words(network(hand(), level="population"))


def test_there_is_one_curve_for_each_edge():
    figure = network(SMALL.with_channel(nc.srbp(fan_in=1)), level="neuron")
    curves = {
        c.get_gid(): len(c.get_paths())
        for c in figure.axes[0].collections
        if isinstance(c, PathCollection)
    }
    assert curves == {"line forward": 6, "line random": 3}


def test_curves_go_round_neurons_that_are_in_their_way():
    drawn = hand()
    scene = scene_of(drawn)
    neurons = place_neurons(drawn, scene, 3.5, 0.5)
    for some in curves_of(drawn, None, neurons.first):
        points = sampled(bent(neurons, some.sources, some.targets, careful=True))
        for curve, ends in zip(points, zip(some.sources, some.targets, strict=True), strict=True):
            others = np.delete(neurons.at, ends, axis=0)
            away = np.hypot(*(curve[:, None] - others[None]).transpose(2, 0, 1))
            assert away.min() > neurons.radius


def test_each_start_of_a_channel_has_neurons_and_a_name_of_its_own():
    starts = ("error", "target", "prediction")
    channel = [{"path": f"{start} -> hidden1"} for start in starts]
    drawn = SMALL.model_copy(update={"channel": channel})
    neurons = place_neurons(drawn, scene_of(drawn), 3.5, 0.5)
    assert len({neurons.first[start] for start in starts}) == 3
    away = np.hypot(*(neurons.at[:, None] - neurons.at[None]).transpose(2, 0, 1))
    assert away[np.triu_indices(len(away), 1)].min() > 2 * neurons.radius
    figure = network(drawn, level="neuron")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {*starts} <= {*texts}
    groups = {c.get_gid() for c in figure.axes[0].collections}
    assert {f"block {start}" for start in starts} <= groups


def test_circles_do_not_overlap():
    drawn = nc.mlp(30, 20, 10).with_channel(nc.rbp())
    neurons = place_neurons(drawn, scene_of(drawn), 3.5, 0.5)
    away = np.hypot(*(neurons.at[:, None] - neurons.at[None]).transpose(2, 0, 1))
    assert away[np.triu_indices(len(away), 1)].min() > 2 * neurons.radius


def test_negative_weights_are_dashed_and_large_ones_wide():
    run = nc.Simulation(hand())
    run.weights["input -> b"] = [[0, 0, -9], [0, 0, 0], [0, 0, 0]]
    figure = network(run.network, run=run)
    assert "width: |weight|, dashed: negative" in words(figure)
    curves = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    dashed = [c for c in curves if c.get_paths() and c.get_linestyle()[0][1] is not None]
    widest = max(max(c.get_linewidth()) for c in curves if c.get_paths())
    assert any(max(c.get_linewidth()) == widest for c in dashed)


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"width": 0.2}, "width must lie between 1 and 40 inches, got 0.2; "),
        ({"width": float("nan")}, "width must lie between 1 and 40 inches, got nan; "),
        ({"level": "layer"}, "level must be 'population', 'neuron' or 'adjacency', got 'layer'; "),
        (
            {"run": nc.Simulation(nc.mlp(2, 2))},
            "run must be one of the network 'mlp', got a run of 'mlp', which is another; ",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(options, sentence):
    with pytest.raises(OptionError) as caught:
        network(SMALL, **options)
    assert sentence in str(caught.value)


def test_too_many_edges_are_refused():
    with pytest.raises(OptionError, match="at most 200,000 edges to draw, got 600,000 or more"):
        network(nc.mlp(600, 1000, 2), level="neuron")


def test_neurons_need_sizes():
    with pytest.raises(NetworkError, match="size is left to the data"):
        network(nc.mlp(None, 3, None), level="neuron")
