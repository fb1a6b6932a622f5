"""Chains of populations stand on one straight line through the middles of their blocks."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.plot.layout.arrange import arrange
from neurochannel.plot.layout.chains import Alignment, chain_arrows
from neurochannel.plot.layout.scene import scene_of
from tests.plot.drawn_networks import branched, deep, layered, twin

TOPOLOGIES = [
    path
    for path in sorted((Path(__file__).parents[2] / "topologies").iterdir())
    if path.suffix in (".toml", ".json", ".graphml") and path.stem != "schema"
]
RECIPES = (nc.bp, nc.sbp, nc.rbp, nc.srbp, nc.arbp, nc.asrbp)
MLP = nc.mlp(784, 100, 30, 10)
DRAWN = {path.stem: nc.read(path) for path in TOPOLOGIES if path.stem != "small_world"}
DRAWN |= {f"mlp, {recipe.__name__}": MLP.with_channel(recipe()) for recipe in RECIPES}
DRAWN |= {
    "mlp": MLP,
    "deep mlp": nc.mlp(8, *[20] * 12, 3).with_channel(nc.srbp(bits=3)),
    "deep": deep(10),
    "deep, srbp": deep(10).with_channel(nc.srbp()),
    "branched": branched(),
    "twin": twin(),
}
LAYERED = {f"layered {n}, {seed}": layered(seed, n) for n in (6, 9) for seed in range(3)}


def only_pairs(scene):
    """Forward arrows that are the only one out of their source and the only one into their target.

    Every such arrow is part of a chain, whatever the rest of the network is like.
    """
    arrows = {n: a for n, a in enumerate(scene.arrows) if a.kind == "forward"}
    out = Counter(a.source for a in arrows.values())
    into = Counter(a.target for a in arrows.values())
    return {n for n, a in arrows.items() if out[a.source] == into[a.target] == 1}


def is_straight(scene, layout, number):
    arrow, points = scene.arrows[number], layout.lines[number].points
    source, target = layout.boxes[arrow.source], layout.boxes[arrow.target]
    across = 0 if abs(source.x - target.x) < abs(source.y - target.y) else 1
    middles = [(box.x, box.y)[across] for box in (source, target)]
    return np.allclose(points[:, across], middles[0], atol=1e-9) and np.isclose(*middles)


CASES = [(name, width) for name in DRAWN for width in (3.5, 7.0)]
# Wider branches need the wider page to leave their chains straight.
CASES += [(name, 7.0) for name in LAYERED]


@pytest.mark.parametrize(("name", "width"), CASES)
def test_forward_arrows_of_a_chain_are_straight(name, width):
    scene = scene_of((DRAWN | LAYERED)[name])
    layout = arrange(scene, width)
    wanted = only_pairs(scene)
    assert wanted <= chain_arrows(scene)
    assert [n for n in chain_arrows(scene) if not is_straight(scene, layout, n)] == []


@pytest.mark.parametrize(
    ("network", "chain"),
    [
        (MLP, {"input -> hidden1", "hidden1 -> hidden2", "hidden2 -> output"}),
        (deep(5), {f"h{i} -> h{i + 1}" for i in range(1, 5)} | {"input -> h1", "h5 -> output"}),
        (branched(), {"top -> output"}),
    ],
    ids=["mlp", "skips", "branches"],
)
def test_skips_leave_a_chain_whole_and_branches_end_it(network, chain):
    scene = scene_of(network)
    assert {scene.arrows[n].name for n in chain_arrows(scene)} == chain


def aligned(rows, groups, low=0.0, high=9.0):
    n = sum(map(len, rows))
    steps = [np.arange(float(len(row))) for row in rows]
    return Alignment(rows, steps, np.full(n, 0.5), np.zeros(n), groups, low, high)


def test_what_stands_beside_a_chain_makes_room_for_it():
    alignment = aligned([[0, 1], [2, 3]], [[1, 2]], high=3.0)
    # One stands to the left of the line and one to the right: it can only be in the middle.
    assert alignment.lines(np.zeros(4)) == [1.5]
    assert alignment.lines(np.full(4, 9.0)) == [1.5]


@pytest.mark.parametrize("groups", [[[0, 3], [1, 2]], [[1, 2], [0, 3]]])
def test_of_chains_that_cross_one_is_straight(groups):
    assert aligned([[0, 1], [2, 3]], groups).groups == groups[:1]


def test_a_chain_that_the_page_is_too_narrow_for_bends():
    assert aligned([[0, 1], [2, 3]], [[1, 2]], high=2.5).groups == []
