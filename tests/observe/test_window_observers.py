"""What is observed of convolution, local windows and pooling while they learn."""

from __future__ import annotations

import math

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import asrbp, bp, conv, convnet, pool, rbp, srbp
from neurochannel.engine.window_edges import taken_back, winners
from neurochannel.observe.alignment import compared
from neurochannel.observe.observers import Observe
from neurochannel.observe.weight_sizes import rms_weights
from tests.engine.test_windows import NETS, RECIPES, batch_for, run_of
from tests.windows import Twin


def degrees(u: np.ndarray, v: np.ndarray) -> float:
    cosine = np.sum(u * v) / np.sqrt(np.sum(u * u) * np.sum(v * v))
    return math.degrees(math.acos(np.clip(cosine, -1, 1)))


def learning(net: str, recipe: str) -> nc.Simulation:
    network = NETS[net].with_channel(RECIPES[recipe])
    data = *batch_for(network, 30)[:1], np.arange(30) % network.size("output")
    run = nc.Simulation(network, data, dtype="float64", batch_size=10, seed=2)
    run.step(*batch_for(network))
    return run


def seen(run: nc.Simulation, *what: str) -> dict:
    return {name: value for name, value, _ in Observe(*what, probe=30).measure(run)}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("net", NETS)
def test_all_that_is_observed_is_finite_and_names_what_is_there(net: str, recipe: str) -> None:
    run = learning(net, recipe)
    found, network = seen(run), run.network
    for name, value in found.items():
        assert np.all(np.isfinite(value)), name
    taught = {b.target for b in network.channel_bundles} - network.pools - {"output"}
    angles = {name.split(": ")[1] for name in found if name.startswith("alignment: ")}
    assert angles == taught
    messages = {name for name in found if name.startswith("messages: ")}
    assert messages == {f"messages: {bundle.name}" for bundle in network.channel_bundles}
    weights = {n.removeprefix("distance: ") for n in found if n.startswith("distance: ")}
    learn = {b.name for b in network.forward_bundles if not b.edges.pool}
    assert learn <= weights


@pytest.mark.parametrize("net", NETS)
def test_angles_to_the_gradient_are_those_of_the_twins(net: str) -> None:
    ours, exact = learning(net, "rbp"), run_of(NETS[net].with_channel(bp()))
    for views in ("weights", "biases"):
        for name, array in getattr(ours, views).items():
            getattr(exact, views)[name] = array
    x, t = ours.data.train.x, np.eye(ours.network.size("output"))[ours.data.train.t]
    got, true = (Twin(run).updates(x, t, 1.0) for run in (ours, exact))
    found = seen(ours, "alignment")
    for name, value in found.items():
        population = name.removeprefix("alignment: ")
        (bundle,) = (b.name for b in ours.network.forward_bundles if b.target == population)
        assert value == pytest.approx(degrees(got[bundle], true[bundle]), abs=1e-4)


@pytest.mark.parametrize("net", ["conv", "two", "local", "mixed"])
@pytest.mark.parametrize("recipe", ["bp", "rbp", "arbp", "srbp", "srbp of maps"])
def test_symmetry_is_the_angle_to_dense_matrices(net: str, recipe: str) -> None:
    run = learning(net, recipe)
    twin, network = Twin(run), run.network
    found = {name.split(": ")[1]: value for name, value in seen(run, "symmetry").items()}
    assert found.keys() == compared(network).keys()
    for name, value in found.items():
        source, target = name.split(" -> ")
        bundle = next(b for b in network.channel_bundles if b.name == name)
        products = {"output" if source == "error" else source: None}
        (top,) = products
        products[top] = np.eye(network.size(top))
        for population in reversed(network.forward_order):
            for b in network.forward_bundles:
                if b.source == population and b.target in products:
                    dense = matrix(twin, run, b)
                    products[population] = products[b.target] @ dense.T
        own = run.channel_weights[name]
        if bundle.edges.shared == "maps":
            own = own[:, twin.by_map(target)]
        elif own.ndim > 2:
            forward = twin.against(bundle)
            assert value == pytest.approx(degrees(own, run.weights[forward.name]), abs=1e-4)
            continue
        assert value == pytest.approx(degrees(own, products[target]), abs=1e-4)


def matrix(twin: Twin, run: nc.Simulation, bundle: object) -> np.ndarray:
    if not bundle.edges.rule:
        return run.weights[bundle.name]
    if bundle.edges.pool:
        s, t, _ = twin.edges[bundle.name].T
        dense = np.zeros(twin.sizes(bundle))
        dense[s, t] = 1 / np.bincount(t)[0]
        return dense
    return twin.dense(bundle.name, run.weights[bundle.name], twin.sizes(bundle))


def test_nothing_is_said_of_symmetry_through_max_pooling() -> None:
    network = convnet((8, 8), conv(3, 3), pool(2), conv(3, 3), pool(2, kind="mean"), 5, 4)
    assert list(compared(network.with_channel(srbp()))) == [
        "error -> hidden1",
        "error -> conv2",
    ]
    assert list(compared(network.with_channel(rbp()))) == [
        "error -> hidden1",
        "hidden1 -> pool2",
        "conv2 -> pool1",
    ]


@pytest.mark.parametrize("net", NETS)
def test_rows_go_back_through_windows_as_through_dense_matrices(net: str) -> None:
    run = learning(net, "bp")
    twin = Twin(run)
    for bundle in run.network.forward_bundles:
        made = run.network.geometries.get(bundle.name)
        if made:
            weights = np.zeros(0) if made.pools else np.asarray(run.weights[bundle.name])
            rows = np.random.default_rng(0).normal(size=(3, run.network.size(bundle.target)))
            wanted = rows @ matrix(twin, run, bundle).T
            np.testing.assert_allclose(taken_back(made, weights, rows), wanted, 1e-12, 1e-14)


def test_winners_are_the_first_of_the_largest() -> None:
    network = NETS["two"].with_channel(bp())
    run = run_of(network)
    x, _ = batch_for(network)
    twin, made = Twin(run), network.geometries["conv1 -> pool1"]
    twin.forward(x)
    np.testing.assert_array_equal(winners(made, run.forward(x)["conv1"]), twin.winner["pool1"])
    alike = np.ones((1, network.size("conv1")))
    first = winners(made, alike)[0].reshape(*made.target)
    assert first[1, 1, 0] == (2 * made.source[1] + 2) * made.source[2]


def test_sizes_of_shared_weights_count_each_once() -> None:
    run = learning("conv pool", "arbp")
    sizes = rms_weights(run)
    for name, array in run.weights.items():
        assert sizes[f"forward: {name}"] == pytest.approx(float(np.sqrt(np.mean(array**2))))
    assert "channel: pool1 -> conv1" not in sizes


def test_convolutional_networks_are_observed_while_they_train() -> None:
    digits = convnet(None, conv(4, 3), pool(2), 10, None).with_channel(asrbp(bits=3))
    run = nc.Simulation(digits, nc.data.load("digits"), rate=0.05, batch_size=100)
    run.train(1, callbacks=[nc.Observe()], progress=False)
    assert np.isfinite(run.history.observations["alignment: conv1"].values).all()
    assert 0 < run.history.observations["entropy: error -> conv1"].values[-1] < 3
