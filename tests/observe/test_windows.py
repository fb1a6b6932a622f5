"""What is said before training of convolution, local windows and pooling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import arbp, asrbp, bp, conv, convnet, local, pool, rbp, srbp
from neurochannel.engine.compiler import channel
from neurochannel.observe.ledger import ledger
from neurochannel.observe.lint import lint
from neurochannel.observe.locality import locality
from neurochannel.observe.selftest import self_test
from tests.engine.test_windows import NETS, RECIPES
from tests.windows import Twin

KINDS = [(net, recipe) for net in NETS for recipe in RECIPES]
PAPER = convnet((32, 32, 3), conv(32, 5), pool(2), conv(32, 5), pool(2), 256, 10)


def books(network: nc.Network) -> dict:
    rows = ledger(network).bundles
    return {row.bundle: row for row in rows}


# --- ledger ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("net", "recipe"), KINDS)
def test_wires_and_shared_weights_are_those_of_the_dense_twin(net: str, recipe: str) -> None:
    network = NETS[net].with_channel(RECIPES[recipe])
    twin, rows = Twin(nc.Simulation(network)), ledger(network).bundles
    described = {("forward", b.name): b for b in network.forward_bundles}
    described |= {("channel", b.name): b for b in network.channel_bundles}
    assert len(rows) == len(described)
    for row in rows:
        bundle = described[row.kind, row.bundle]
        against = bundle.edges.weights == "tied" if row.kind == "channel" else False
        sharing = getattr(bundle.edges, "shared", None)
        forward = bundle
        if row.kind == "channel":
            forward = twin.against(bundle) if against or sharing == "kernel" else None
        edges = twin.edges.get(forward.name) if forward else None
        n, maps = network.size(bundle.source) * network.size(bundle.target), sharing == "maps"
        assert row.wires == (n if edges is None else len(edges))
        pools = edges is not None and forward.edges.pool
        assert row.multiply_adds == _work(row, network, bundle, pools, maps)
        if pools or against:
            assert (row.parameters, row.shared) == (0, 0)
        elif edges is not None:
            assert row.shared == len(edges) - len(np.unique(edges[:, 2]))
        else:
            assert (
                row.shared == row.wires - row.parameters == (n - n // _places(twin, bundle)) * maps
            )
        assert row.remembered == _winners(twin, row, network, forward)


def _places(twin: Twin, bundle: object) -> int:
    """Neurons of a map of the target."""
    height, width, _ = twin.shape.get(bundle.target, (1, 1, 1))
    return height * width


def _work(row: object, network: nc.Network, bundle: object, pools: object, maps: bool) -> int:
    if pools and pools.kind == "max":
        return 0
    return row.parameters if maps else row.wires


def _winners(twin: Twin, row: object, network: nc.Network, forward: object) -> float:
    pools = row.kind == "channel" and forward and forward.edges.pool
    if not pools or pools.kind == "mean":
        return 0
    taps = np.bincount(twin.edges[forward.name][:, 1])[0]
    return network.size(forward.target) * np.log2(taps)


def test_the_costs_of_the_small_cifar_net() -> None:
    rows = books(PAPER.with_channel(bp()))
    counts = {name: (row.wires, row.parameters, row.shared) for name, row in rows.items()}
    assert counts["input -> conv1"] == (2_276_736, 2_400, 2_274_336)
    assert counts["pool1 -> conv2"] == (5_607_424, 25_600, 5_581_824)
    assert rows["conv1 -> pool1"].comparisons == 24_576
    assert (rows["pool1 -> conv1"].messages, rows["pool1 -> conv1"].remembered) == (8_192, 16_384)
    assert rows["pool1 -> conv1"].transported == 0
    assert rows["conv2 -> pool1"].transported == 5_607_424
    full, maps, pooled = (
        books(PAPER.with_channel(one))
        for one in (srbp(), srbp(shared="maps"), srbp(through="pool"))
    )
    into = "error -> conv1"
    assert (full[into].wires, full[into].parameters) == (327_680, 327_680)
    assert (maps[into].wires, maps[into].parameters, maps[into].shared) == (327_680, 320, 327_360)
    assert (pooled["error -> pool1"].wires, pooled["pool1 -> conv1"].messages) == (81_920, 8_192)


@pytest.mark.parametrize(("net", "recipe"), KINDS)
def test_steps_and_changes_are_counted_through_windows(net: str, recipe: str) -> None:
    network = NETS[net].with_channel(RECIPES[recipe])
    book, depth = ledger(network), {"error": 0}
    for name in network.channel_order:
        depth[name] = 1 + max(depth[b.source] for b in network.channel_bundles if b.target == name)
    for row in book.populations:
        if row.population not in (network.input, network.output):
            assert row.steps == depth.get(row.population)
    for row in book.bundles:
        target = row.bundle.split(" -> ")[1]
        learns = row.weights in ("learning", "adaptive") and target in {*depth, network.output}
        one_each = row.parameters if row.kind == "channel" and row.shared else row.wires
        by_kernel = [b.name for b in network.channel_bundles if b.edges.shared == "kernel"]
        one_each = row.wires if row.bundle in by_kernel else one_each
        assert row.update_multiply_adds == learns * one_each


def test_bits_pass_through_pools_and_windows() -> None:
    network = PAPER.with_channel(rbp(bits=3, scale=0.1))
    for row in ledger(network).bundles:
        if row.kind == "channel":
            assert row.message_bits == 3
            assert row.messages == network.size(
                row.bundle.split(" -> ")[0].replace("error", "output")
            )


# --- locality ----------------------------------------------------------------------------------


def test_a_shared_weight_is_not_local_and_a_local_window_is() -> None:
    network = convnet((8, 8), conv(3, 3), pool(2), local(3, 3), 4).with_channel(srbp())
    rows = {(row.kind, row.bundle): row for row in locality(network)}
    shared = rows["forward", "input -> conv1"]
    assert not shared.local
    assert shared.note == "one weight on up to 64 wires: its change is a sum over positions"
    assert not rows["bias", "conv1"].local
    assert rows["forward", "pool1 -> conv2"].local and rows["bias", "conv2"].local
    assert rows["forward", "conv1 -> pool1"].local
    assert not rows["forward", "conv1 -> pool1"].reads


def test_what_channels_over_windows_read() -> None:
    layers = conv(3, 3), pool(2), conv(3, 3), pool(2, kind="mean"), 4

    def row(recipe: object, bundle: str) -> object:
        network = convnet((8, 8), *layers).with_channel(recipe)
        (found,) = (r for r in locality(network) if (r.kind, r.bundle) == ("channel", bundle))
        return found

    assert row(bp(), "pool1 -> conv1").local
    assert "remembers" in row(bp(), "pool1 -> conv1").note
    assert row(bp(), "pool2 -> conv2").note == "each gets 1 / 4 of the signal"
    tied = row(bp(), "conv2 -> pool1")
    assert not tied.local and "weight transport" in tied.note and "one weight on" in tied.note
    assert row(rbp(), "conv2 -> pool1").local
    assert not row(arbp(), "conv2 -> pool1").local
    assert row(srbp(shared="maps"), "error -> conv1").local
    assert not row(asrbp(shared="maps"), "error -> conv1").local
    assert row(asrbp(), "error -> conv1").local


# --- lint --------------------------------------------------------------------------------------


def said(network: nc.Network) -> list[str]:
    return [finding.text for finding in lint(network)]


@pytest.mark.parametrize("recipe", [bp(), rbp(), arbp(), srbp(), srbp(through="pool")])
def test_usual_convolutional_networks_are_clean(recipe: object) -> None:
    layers = conv(4, 3), pool(2), local(4, 3), pool(2, kind="mean"), 20, 5
    assert said(convnet((8, 8, 2), *layers).with_channel(recipe)) == []


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        (
            (conv(3, 3), pool(2), 4),
            "forward[1] conv1 -> pool1 leaves out 1 of 9 rows and 1 of 7 columns of 'conv1', "
            "since windows of 2 x 2 with a stride of 2 x 2 do not tile 9 x 7",
        ),
        ((conv(3, (2, 1), stride=(3, 1), padding=0), 4), "leaves out 3 of 9 rows of 'input'"),
        ((pool((3, 7)), local(2, 5), 4), ""),
        ((pool((3, 7)), conv(2, 5), 4), "40 of 50 weights that only meet zeros around the image"),
    ],
)
def test_rows_that_no_window_reads_are_told_once(layers: tuple, text: str) -> None:
    findings = said(convnet((9, 7), *layers).with_channel(srbp()))
    assert len(findings) == bool(text)
    assert not text or text in findings[0]


@pytest.mark.parametrize(
    ("shape", "warned"),
    [
        ((3, 8, 8), True),
        ((1, 9, 9), True),
        ((8, 8, 3), False),
        ((3, 3, 3), False),
        ((1, 8, 16), False),
        ((8, 8), False),
    ],
)
def test_images_with_colors_first_are_asked_about(shape: tuple[int, ...], warned: bool) -> None:
    findings = said(convnet(shape, conv(2, 1), 4).with_channel(srbp()))
    assert len(findings) == warned
    if warned:
        rows, columns, maps = shape
        assert findings[0].startswith(
            f"populations.input has images of {rows} rows, {columns} columns and {maps} maps; "
            "shapes are [height, width, maps]"
        )
    dense = nc.Network(
        populations={"input": {"shape": shape}, "output": {"size": 2, "activation": "softmax"}},
        forward=[{"path": "input -> output"}],
    )
    assert said(dense) == []


def test_a_pool_has_no_initial_updates_to_compare() -> None:
    """Nothing learns into it, which is no update of 0."""
    network = convnet((6, 6), conv(2, 3), pool(2), 4).with_channel(srbp(through="pool"))
    (told,) = (check.detail for check in self_test(network) if check.name.startswith("pool1:"))
    assert told.endswith("no weight into it learns")


def test_a_broadcast_that_learns_takes_big_steps() -> None:
    network = convnet((8, 8), conv(4, 3), 4).with_channel(asrbp(shared="maps"))
    (text,) = said(network)
    assert "by the sum over the 64 neurons of a map" in text and "rate_factor = 0.016" in text
    edges = network.channel[0].model_copy(update={"rate_factor": 0.02})
    assert said(network.model_copy(update={"channel": (edges,)})) == []


def test_maps_that_are_copies_of_each_other_are_found() -> None:
    def network(init: str) -> nc.Network:
        network = convnet((8, 8), conv(4, 3), 4).with_channel(
            nc.ChannelEdges(path="error -> conv1", shared="maps", init="zeros")
        )
        alike = [
            edges.model_copy(update={"init": nc.Init(distribution=init, mean=0.1)})
            for edges in network.forward
        ]
        return network.model_copy(update={"forward": alike[:1] + list(network.forward[1:])})

    words = "start as copies of each other"
    assert any(words in text for text in said(network("zeros")))
    assert not any(words in text for text in said(network("normal")))


# --- self-test ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("net", "recipe"), KINDS)
def test_convolutional_networks_learn_by_their_own_channel(net: str, recipe: str) -> None:
    network = NETS[net].with_channel(RECIPES[recipe])
    checks = {check.name: check for check in self_test(network)}
    assert all(check.passed for check in checks.values())
    assert len([name for name in checks if "reaches" in name]) == len(network.channel_bundles)
    kinds = {"bp": "is backpropagation", "rbp": "is not backpropagation"}
    if recipe in kinds and "hidden1" in network.populations:
        assert f"hidden1: {kinds[recipe]}" in checks


def test_a_broken_way_back_through_pooling_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals that go to all neurons of a window, and not to the winner, are not the gradient."""
    right, network = channel.back_call, NETS["conv pool"].with_channel(bp())

    def to_all(coder: object, bundle: object, made: object, *places: object) -> object:
        made = replace(made, kind="mean") if made.kind == "max" else made
        return right(coder, bundle, made, *places)

    assert all(check.passed for check in self_test(network))
    monkeypatch.setattr(channel, "back_call", to_all)
    failed = [check.name for check in self_test(network) if not check.passed]
    assert failed == ["conv1: is backpropagation"]


def test_inspect_reports_all_of_it() -> None:
    network = convnet((9, 8), conv(3, 3), pool(2), 4).with_channel(bp())
    text = str(nc.inspect(network))
    assert "Shared weights and pools" in text
    assert "leaves out 1 of 9 rows" in text
    assert "one weight on up to 72 wires" in text
    assert nc.ledger(network).to_dict()["totals"]["shared"] > 0
