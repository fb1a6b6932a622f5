"""The path that a sparse bundle takes changes nothing but the time."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.engine.compiler import paths
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.simulation import Simulation
from neurochannel.kernels.lanes import MOST_BYTES
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.network import Network
from neurochannel.model.weights import Init

SPARSE = Network(
    populations={
        "input": {"size": 30},
        "hidden": {"size": 40, "activation": "tanh"},
        "top": {"size": 20, "activation": "relu"},
        "output": {"size": 6, "activation": "softmax"},
    },
    forward=[
        {"path": "input -> hidden", "fan_in": 5},
        {"path": "hidden -> top", "density": 0.2},
        {"path": "top -> output", "fan_in": 8, "update": {"bits": 8, "scale": 0.01}},
    ],
    channel=[
        {"path": "error -> top -> hidden", "weights": "tied"},
        {"path": "error -> hidden", "weights": "adaptive", "fan_in": 3},
    ],
)
EACH, LANES, BLOCKS = "one by one", "side by side", "block after block"


def learned(monkeypatch, lanes_from, batch_size, dtype, block=2**23):
    monkeypatch.setattr(paths, "LANES_FROM", lanes_from)
    monkeypatch.setattr(paths, "BLOCK", block)
    monkeypatch.setattr(paths, "FEWEST_EDGES", 0)
    run = Simulation(SPARSE, batch_size=batch_size, dtype=dtype, seed=2)
    rng = np.random.default_rng(0)
    for _ in range(3):
        run.step(rng.normal(size=(batch_size, 30)), rng.integers(0, 6, batch_size))
    return run.snapshot().parameters, ways(run.machine.program(batch_size, labels=True))


def ways(program):
    kernels = {call.kernel for call in program.calls("train") if "edges" in call.kernel}
    names = {"by_lanes": LANES, "by_blocks": BLOCKS}
    return {names.get("_".join(kernel.split("_")[-2:]), EACH) for kernel in kernels}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 6, 16, 33, 70])
def test_a_network_learns_the_same_on_every_path(monkeypatch, batch_size, dtype):
    one, used = learned(monkeypatch, 1000, batch_size, dtype)
    assert used == {EACH}
    tolerance = 1e-4 if dtype == "float32" else 1e-11
    for block, way in ((2**23, {LANES}), (2 * MOST_BYTES, {BLOCKS})):
        other, used = learned(monkeypatch, 1, batch_size, dtype, block)
        assert used == way
        for key in one:
            limited = 0.011 if key == "weights:top -> output" and dtype == "float32" else tolerance
            np.testing.assert_allclose(one[key], other[key], rtol=tolerance, atol=limited)


@pytest.mark.parametrize(("batch_size", "path"), [(1, EACH), (2, EACH), (3, LANES), (100, LANES)])
def test_the_size_of_a_batch_decides_the_path(batch_size, path):
    machine = Simulation(SPARSE).machine
    assert ways(machine.program(batch_size, labels=True)) == {path}


def test_edge_lists_are_kept_once_for_all_programs():
    machine = Simulation(SPARSE).machine
    first, second = (machine.program(n, labels=True).memory for n in (1, 64))
    assert first.wires.array is second.wires.array
    listed = machine.edges["weights:hidden -> top"]
    assert np.shares_memory(listed.receivers, first.wires.array)


@pytest.mark.parametrize("in_order", [True, False])
def test_listed_edges_keep_their_weights_whatever_their_order(in_order):
    rng = np.random.default_rng(4)
    keys = np.sort(rng.choice(7 * 9, 20, replace=False))
    keys = keys if in_order else rng.permutation(keys)
    edges, values = np.stack([keys // 9, keys % 9], axis=1), rng.normal(size=20)
    run = Simulation(
        Network(
            populations={"a": {"size": 7}, "b": {"size": 9, "activation": "tanh"}},
            forward=[
                ForwardEdges(
                    path="a -> b",
                    edges=edges,
                    init=Init(values=values, scale=2.0, distribution="explicit"),
                )
            ],
        ),
        dtype="float64",
    )
    expected = np.zeros((7, 9))
    expected[edges[:, 0], edges[:, 1]] = 2.0 * values
    np.testing.assert_array_equal(run.weights["a -> b"], expected)


def test_sorting_edges_orders_them_by_source_and_receiver():
    rng = np.random.default_rng(1)
    sources, receivers = rng.integers(0, 50, 400), rng.integers(0, 30, 400)
    listed = EdgeList.of(sources, receivers, 50, 30)
    order = np.lexsort((receivers, sources))
    np.testing.assert_array_equal(listed.order, order)
    np.testing.assert_array_equal(listed.sources, sources[order])
    np.testing.assert_array_equal(listed.receivers, receivers[order])


def test_a_tied_channel_needs_no_edge_list_of_its_own():
    network = SPARSE.with_channel(ChannelEdges(path="error -> top -> hidden", weights="tied"))
    assert not [key for key in Simulation(network).machine.edges if key.startswith("channel:")]


@pytest.mark.parametrize(
    ("own", "kernel"),
    [
        ({}, "update_edges_by_blocks"),
        ({"momentum": 0.5}, "update_edges_by_blocks"),
        ({"update": {"bits": 4, "scale": 0.01}}, "update_edges_by_blocks"),
        (
            {"update": {"bits": 4, "scale": 0.01, "per": "example"}},
            "round_powers_by_example_of_edges",
        ),
        ({"message": {"loss": 0.2, "per": "wire"}}, "update_lossy_edges"),
        (
            {"synapse": {"pulses": "example", "step": 0.01, "bounds": [-1, 1]}},
            "pulse_trains_linear_of_edges",
        ),
    ],
)
def test_only_what_adds_changes_of_a_whole_batch_goes_block_after_block(monkeypatch, own, kernel):
    monkeypatch.setattr(paths, "BLOCK", 2 * MOST_BYTES)
    monkeypatch.setattr(paths, "FEWEST_EDGES", 0)
    network = Network(
        populations={"input": {"size": 30}, "output": {"size": 16}},
        forward=[{"path": "input -> output", "fan_in": 5, **own}],
    )
    program = Simulation(network, batch_size=16, seed=0).machine.program(16, labels=False)
    found = {call.kernel for call in program.calls("train") if "edges" in call.kernel}
    assert kernel in {name for name in found if not name.startswith("deliver")}
