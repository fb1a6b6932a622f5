"""Changes that are limited example by example, before their mean is taken."""

from __future__ import annotations

import numpy as np
import pytest

import neurochannel as nc
from tests import reference
from tests.engine.continuing import assert_continues_alike

RNG = np.random.default_rng(5)
X, T = RNG.normal(size=(8, 6)) * (RNG.random((8, 6)) > 0.4), RNG.integers(0, 3, 8)
RATE = 0.3
UPDATE = {"bits": 3, "scale": 2.0**-6, "per": "example"}
NET = nc.mlp(6, 5, 4, 3)


def limited(update, channel=None, **options):
    own = {"forward": {"update": update}, "population": {"bias": {"update": update}}}
    network = NET.with_channel(channel or nc.rbp()).with_defaults(**own)
    return nc.Simulation(network, rate=RATE, batch_size=8, seed=2, dtype="float64", **options)


@pytest.mark.parametrize(
    ("update", "limit"),
    [
        ({"bits": 3}, reference.Limit(3, 2.0**-6)),
        ({"bits": 3, "quantizer": "uniform"}, reference.Limit(3, 2.0**-6, "uniform")),
        ({"keep": "sign"}, reference.Limit(None, 2.0**-6, keep="sign")),
        ({"keep": "sign", "bits": 2}, reference.Limit(None, 2.0**-6, keep="sign")),
        ({"keep": "magnitude"}, reference.Limit(None, keep="magnitude")),
        ({"keep": "magnitude", "bits": 3}, reference.Limit(3, 2.0**-6, keep="magnitude")),
    ],
)
def test_a_step_is_the_mean_of_what_is_left_of_each_examples_change(update, limit):
    run = limited({**update, "scale": 2.0**-6, "per": "example"})
    activity, signals = run.forward(X), run.learning_signals(X, T)
    changes = run.updates(X, T)
    for source, target in (("input", "hidden1"), ("hidden1", "hidden2")):
        each = RATE * activity[source][:, :, None] * signals[target][:, None, :]
        expected = reference.quantize(each, limit).mean(axis=0)
        np.testing.assert_allclose(changes[f"{source} -> {target}"], expected, atol=1e-14)
    expected = reference.quantize(RATE * signals["hidden1"], limit).mean(axis=0)
    np.testing.assert_allclose(changes["hidden1"], expected, atol=1e-14)


def test_it_is_not_the_limit_of_the_mean():
    each, batch = (limited({**UPDATE, "per": per}).updates(X, T) for per in ("example", "batch"))
    assert not np.allclose(each["input -> hidden1"], batch["input -> hidden1"])
    one, same = (
        limited({**UPDATE, "per": per}).updates(X[:1], T[:1]) for per in ("example", "batch")
    )
    np.testing.assert_allclose(one["input -> hidden1"], same["input -> hidden1"], atol=1e-15)


def test_examples_round_at_random_apart_and_right_on_average():
    update = {"bits": 2, "scale": 0.5, "quantizer": "stochastic", "per": "example"}
    n = 4000
    x, t = np.repeat(X[:1], n, axis=0), np.repeat(T[:1], n)
    exact = nc.Simulation(NET.with_channel(nc.rbp()), rate=RATE, seed=2, dtype="float64")
    wanted = exact.updates(x, t)["input -> hidden1"]
    found = limited(update).updates(x, t)["input -> hidden1"]
    spread = np.sqrt(np.abs(wanted) * 0.5 / n)
    assert np.all(np.abs(found - wanted) <= 5 * spread)
    assert np.any(found != wanted)


def test_inputs_with_a_sparse_copy_give_the_same():
    images = RNG.integers(1, 255, (40, 30), dtype=np.uint8) * (RNG.random((40, 30)) > 0.85)
    labels = RNG.integers(0, 3, 40)
    network = nc.mlp(30, 20, 3).with_channel(nc.srbp())
    network = network.with_defaults(forward={"update": {**UPDATE, "quantizer": "stochastic"}})
    sparse = nc.Simulation(network, (images, labels), batch_size=20, seed=1, dtype="float64")
    dense = nc.Simulation(network, (images / 255.0, labels), batch_size=20, seed=1, dtype="float64")
    kernels = [{line.kernel for line in run.listing()} for run in (sparse, dense)]
    assert "round stochastic by example of pixels" in kernels[0] - kernels[1]
    for run in (sparse, dense):
        run.train(2, progress=False)
    for name, weights in dense.weights.items():
        np.testing.assert_allclose(sparse.weights[name], weights, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("quantizer", ["powers", "stochastic"])
def test_threads_that_share_the_rows_draw_what_one_draws(threads, quantizer):
    x, t = RNG.normal(size=(128, 64)), RNG.integers(0, 3, 128)
    network = nc.mlp(64, 256, 3).with_channel(nc.asrbp(update={**UPDATE, "quantizer": quantizer}))
    network = network.with_defaults(forward={"update": {**UPDATE, "quantizer": quantizer}})
    runs = [
        nc.Simulation(network, (x, t), batch_size=64, seed=1, dtype="float64", threads=n)
        for n in (1, threads)
    ]
    for run in runs:
        run.train(2, progress=False)
    for name, weights in runs[0].weights.items():
        np.testing.assert_allclose(runs[1].weights[name], weights, rtol=1e-9, atol=1e-12)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    update = {**UPDATE, "quantizer": "stochastic"}
    own = {"forward": {"update": update, "momentum": 0.9}}
    network = NET.with_channel(nc.rbp()).with_defaults(**own)
    run = nc.Simulation(network, (X, T), batch_size=2, seed=1)
    assert_continues_alike(run, (X, T), tmp_path)


def test_few_bits_of_each_example_still_learn():
    data = nc.data.load("digits")
    scores = []
    for update in ({}, UPDATE):
        network = (
            nc.mlp(64, 30, 10).with_channel(nc.srbp()).with_defaults(forward={"update": update})
        )
        run = nc.Simulation(network, data, rate=0.1, batch_size=20, seed=0)
        run.train(10, progress=False)
        scores.append(run.evaluate().accuracy)
    assert min(scores) > 0.85
