"""Wires that lose messages each on its own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.observe.lint import lint

N = 3000
RNG = np.random.default_rng(0)
X, T = RNG.random((N, 4)), RNG.normal(0, 0.5, (N, 2))


def signals(n=N, dtype="float64", **fields):
    """R of three linear hidden neurons that each hear both errors with weight 1."""
    network = nc.Network(
        populations={"input": {"size": 4}, "hidden": {"size": 3}, "output": {"size": 2}},
        forward=[{"path": "input -> hidden -> output"}],
        channel=[
            {
                "path": "error -> hidden",
                "init": {"distribution": "zeros", "mean": 1.0},
                **fields,
            }
        ],
    )
    run = nc.Simulation(network, batch_size=n, dtype=dtype)
    found = run.learning_signals(X[:n], T[:n])
    return found["error"], found["hidden"]


@pytest.mark.parametrize("sparse", [{}, {"density": 1.0}])
@pytest.mark.parametrize("rescale", [False, True])
def test_each_wire_loses_its_share_apart_from_the_others(sparse, rescale):
    message = {"loss": 0.3, "per": "wire", "rescale": rescale}
    error, hidden = signals(message=message, **sparse)
    gain = 1 / 0.7 if rescale else 1.0
    sums = [0 * error[:, 0], error[:, 0], error[:, 1], error.sum(axis=1)]
    which = np.array([np.isclose(hidden, gain * s[:, None], rtol=1e-9, atol=0) for s in sums])
    assert which.any(axis=0).all()
    for number, chance in enumerate((0.09, 0.21, 0.21, 0.49)):
        rate = which[number].mean()
        assert abs(rate - chance) < 4 * (chance * (1 - chance) / hidden.size) ** 0.5
    silent = which[0]
    both = (silent[:, 0] & silent[:, 1]).mean()
    assert abs(both - 0.09**2) < 4 * (0.09**2 / N) ** 0.5


def test_dense_and_sparse_wires_of_one_number_lose_the_same():
    message = {"loss": 0.3, "per": "wire"}
    one, other = signals(message=message), signals(message=message, density=1.0)
    assert_allclose(one[1], other[1], rtol=1e-12)


def test_each_update_draws_again():
    net = nc.mlp(4, 3, 2).with_channel(nc.srbp(loss=0.5, per="wire"))
    run = nc.Simulation(net, batch_size=50)
    t = np.arange(50) % 2
    first = run.learning_signals(X[:50], t)["hidden1"]
    assert_array_equal(first, run.learning_signals(X[:50], t)["hidden1"])
    run.progress.updates = 1
    assert (first != run.learning_signals(X[:50], t)["hidden1"]).any()


@pytest.mark.parametrize("sparse", [{}, {"fan_in": 2}])
def test_an_adaptive_wire_learns_only_from_what_it_carries(sparse):
    net = nc.mlp(4, 3, 5, output="linear").with_channel(nc.asrbp(loss=0.5, per="wire", **sparse))
    run = nc.Simulation(net, batch_size=1, dtype="float64", rate=0.1)
    weights = run.channel_weights["error -> hidden1"]
    t = np.ones((1, 5))
    found, change = run.learning_signals(X[:1], t), run.updates(X[:1], t)["error -> hidden1"]
    activity = run.forward(X[:1])["hidden1"]
    full = 0.1 * found["error"].T @ activity
    carried = change != 0
    assert 0 < carried.sum() < (weights != 0).sum()
    assert_allclose(change[carried], full[carried], rtol=1e-12)
    arrived = (found["error"].T * np.where(carried, weights, 0.0)).sum(axis=0)
    assert_allclose(found["hidden1"][0], arrived * (1 - activity[0] ** 2), rtol=1e-12)


@pytest.mark.parametrize("recipe", [nc.bp, nc.sbp, nc.rbp])
def test_no_loss_changes_no_bit(recipe):
    net = nc.mlp(4, 3, 3, 2)
    plain, neutral = (
        nc.Simulation(net.with_channel(recipe(**given)), batch_size=5)
        for given in ({}, {"loss": 0.0, "per": "message"})
    )
    assert plain.listing() == neutral.listing()


@pytest.mark.parametrize("sparse", [{}, {"density": 0.5}])
@pytest.mark.parametrize("recipe", [nc.bp, nc.asrbp])
def test_threads_lose_the_same(sparse, recipe, monkeypatch):
    monkeypatch.setattr("neurochannel.engine.together.WORTH_A_THREAD", 1)
    net = nc.mlp(8, 20, 12, 4)
    if sparse:
        net = net.with_defaults(forward={})
    options = {} if recipe is nc.bp and sparse else sparse
    net = net.with_channel(recipe(loss=0.4, per="wire", **options))
    x, t = RNG.random((150, 8)), np.arange(150) % 4
    one, other = (
        nc.Simulation(net, (x, t), batch_size=75, dtype="float64", threads=n) for n in (1, 2)
    )
    for run in (one, other):
        run.train(2, progress=False)
    for name in one.weights:
        assert_allclose(other.weights[name], one.weights[name], rtol=1e-9)


def test_lint_states_the_cost_of_many_wires():
    net = nc.mlp(64, 100, 10)
    (found,) = lint(net.with_channel(nc.srbp(loss=0.1, per="wire")))
    assert 'is "wire" for 1,000 wires' in found.text
    assert not lint(net.with_channel(nc.srbp(loss=0.1, per="wire", fan_in=3)))
    assert not lint(net.with_channel(nc.srbp(loss=0.1)))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"message": {"per": "wire"}},
            "message.per must be left out where nothing is lost",
        ),
        ({"message": {"loss": 0.1, "per": "edge"}}, "message.per must be one of message or wire"),
        (
            {
                "message": {"loss": 0.1, "per": "wire"},
                "weights": "adaptive",
                "update": {"bits": 3, "scale": 0.1, "per": "example"},
            },
            'update.per must be "batch" where wires lose or break messages on their own',
        ),
    ],
)
def test_bad_values_get_their_sentence(fields, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.ChannelEdges(path="error -> a", **fields)
    assert sentence in str(caught.value)
