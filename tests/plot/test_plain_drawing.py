"""A drawing as plain data says all that a page needs, and needs no matplotlib."""

import json
import subprocess
import sys

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.plot.layout.plain import plain_drawing
from tests.plot.drawn_networks import branched, deep, twin

NETWORKS = {
    "mlp": nc.mlp(784, 100, 30, 10).with_channel(nc.srbp(bits=3)),
    "deep": deep(10),
    "branched": branched(),
    "twin": twin(),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_plain_data_survives_json(name):
    found = plain_drawing(NETWORKS[name]).to_dict()
    # allow_nan=False: a page cannot read NaN.
    again = json.loads(json.dumps(found, allow_nan=False))
    assert set(again) == {"width", "height", "blocks", "routes"}
    assert again == json.loads(json.dumps(again))
    assert [block["name"] for block in again["blocks"]] == [b["name"] for b in found["blocks"]]


@pytest.mark.parametrize("name", NETWORKS)
def test_routes_lead_from_block_to_block_on_the_page(name):
    network = NETWORKS[name]
    drawing = plain_drawing(network)
    blocks = {block.name: block for block in drawing.blocks}
    bundles = [*network.forward_bundles, *network.channel_bundles]
    assert [route.name for route in drawing.routes] == [bundle.name for bundle in bundles]
    for route in drawing.routes:
        for end, (x, y) in ((route.source, route.start), (route.target, route.segments[-1][-1])):
            block = blocks[end]
            # On the border: at the distance of one of its sides, and not beyond the other.
            dx, dy = 2 * abs(x - block.x) / block.width, 2 * abs(y - block.y) / block.height
            assert max(dx, dy) == pytest.approx(1), route.name
        assert {len(segment) for segment in route.segments} <= {1, 3}
        points = np.array([route.start, *(p for part in route.segments for p in part)])
        assert np.all(points > 0) and np.all(points < [drawing.width, drawing.height])
        assert (route.label_at is None) == (route.label == ())


def test_one_block_stands_for_all_that_the_channel_starts_from():
    network = nc.mlp(4, 5, 3).with_channel(
        nc.ChannelEdges(path="target -> hidden1"),
        nc.ChannelEdges(path="error -> hidden1"),
        nc.ChannelEdges(path="error -> output", weights="tied", one_to_one=True),
    )
    drawing = plain_drawing(network)
    lines = {block.name: block.lines for block in drawing.blocks}
    assert lines["error"] == ("error, target",)
    assert lines["output"][-2:] == ("R: error, tied", "1 : 1")
    labels = {route.name: route.label for route in drawing.routes}
    assert labels["target -> hidden1"][0].startswith("target")
    assert "error -> output" not in labels


def test_looks_tell_the_kinds_of_edges_apart():
    routes = plain_drawing(branched()).routes
    looks = {(route.look, route.color, route.dashes, route.double) for route in routes}
    assert len(looks) == len({route.look for route in routes}) > 3
    assert len({look[1:] for look in looks}) == len(looks)


def test_plain_data_needs_no_matplotlib():
    code = (
        "import sys, neurochannel as nc\n"
        "from neurochannel.plot.layout.plain import plain_drawing\n"
        "plain_drawing(nc.mlp(4, 3, 2)).to_dict()\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
