"""Large networks are drawn as a matrix of their neurons by depth."""

from __future__ import annotations

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.plot.graph.adjacency import _counted
from neurochannel.plot.graph.neurons import curves_of
from neurochannel.plot.layout.depth_order import MOST_CELLS, depth_order
from neurochannel.plot.layout.looks import CHANNEL, FORWARD


def random_dag(n: int, n_edges: int, seed: int = 0) -> nc.Network:
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.integers(0, n, (n_edges, 2)), axis=1)
    edges = np.unique(ends[ends[:, 0] < ends[:, 1]], axis=0)
    return nc.from_arrays(np.unique(edges, return_inverse=True)[1].reshape(-1, 2))


def pixels(figure) -> np.ndarray:
    (image,) = figure.axes[0].images
    return np.asarray(image.get_array())


@pytest.mark.parametrize("channel", ["bp", "rbp", "srbp", "srbp(fan_in=2)"])
def test_every_edge_is_counted_and_each_kind_is_on_its_side(channel: str) -> None:
    recipe = nc.srbp(fan_in=2) if "(" in channel else getattr(nc, channel)()
    network = random_dag(120, 500).with_channel(recipe)
    order = depth_order(network)
    forward, back = _counted(network, None, order)
    graph = nc.to_networkx(network, "neuron", nc.Simulation(network))
    kinds = [kind for _, _, kind in graph.edges(data="kind")]
    assert (forward.n_edges, back.n_edges) == (kinds.count("forward"), kinds.count("channel"))
    for counts, total in ((forward.counts(), forward.n_edges), (back.counts(), back.n_edges)):
        assert counts.sum() == total
    assert not np.triu(forward.counts()).any()
    assert not np.tril(back.counts(), -1).any()


def test_a_cell_holds_the_edges_of_its_senders_and_receivers() -> None:
    network = nc.mlp(500, 300, 200).with_channel(nc.srbp())
    order = depth_order(network)
    assert order.n_cells == MOST_CELLS
    forward, _ = _counted(network, None, order)
    assert forward.n_edges == 500 * 300 + 300 * 200
    density = forward.counts() / order.room()
    place = [name * MOST_CELLS // 1000 for name in (250, 650, 900)]
    assert density[place[1], place[0]] == density[place[2], place[1]] == 1
    assert density[place[2], place[0]] == density[place[0], place[1]] == 0


def test_many_bundles_are_a_picture_and_few_are_blocks() -> None:
    large, small = random_dag(300, 900).with_channel(nc.bp()), nc.mlp(4, 3, 2)
    assert len(large.forward_bundles) + len(large.channel_bundles) > 120
    found = pixels(nc.plot.network(large, title="large"))
    for color, half in ((FORWARD, np.tril), (CHANNEL, np.triu)):
        rgb = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
        shaded = (found < 0.999).any(axis=2)
        darkest = np.abs(found - rgb).sum(axis=2).min()
        assert darkest < 0.01
        assert half(shaded).any()
    assert not nc.plot.network(small).axes[0].images
    assert nc.plot.network(small, level="adjacency").axes[0].images


def test_few_named_neurons_are_drawn_as_neurons() -> None:
    graph = nc.Network(
        populations={
            "input": {"neurons": ["a", "b", "c"]},
            "h": {"neurons": ["d", "e", "f", "g"]},
            "output": {"neurons": ["h", "i"]},
        },
        forward=[{"path": "input -> h -> output"}],
    )
    texts = {text.get_text() for text in nc.plot.network(graph).axes[0].texts}
    assert set("abcdefghi") <= texts


def test_drawn_neurons_have_the_edges_of_the_forward_graph_in_a_tied_channel() -> None:
    network = random_dag(60, 80).with_channel(nc.bp())
    first = depth_order(network).first | {"error": depth_order(network).first[network.output]}
    found = curves_of(network, None, first)
    pairs = {
        kind: {
            (int(a), int(b))
            for curves in found
            if curves.kind == kind
            for a, b in zip(curves.sources, curves.targets, strict=True)
        }
        for kind in ("forward", "channel")
    }
    assert pairs["channel"] < {(b, a) for a, b in pairs["forward"]}
