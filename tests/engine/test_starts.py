"""What a channel starts from besides the error, and what arrives at the output."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import neurochannel as nc
from neurochannel.observe.selftest import self_test

RNG = np.random.default_rng(0)
X, T = RNG.random((7, 6)), RNG.integers(0, 3, 7)
IDENTITY = {"path": "error -> output", "weights": "tied", "one_to_one": True}
ONES = {"one_to_one": True, "init": {"distribution": "zeros", "mean": 1.0}}
MINUS_ONES = {"one_to_one": True, "init": {"distribution": "zeros", "mean": -1.0}}
SUBTRACTED = (
    nc.ChannelEdges(path="target -> minus", **ONES),
    nc.ChannelEdges(path="prediction -> minus", **MINUS_ONES),
    nc.ChannelEdges(path="minus -> hidden"),
)


def simulation(*channel, output="softmax", **options):
    base = nc.mlp(6, 5, 3, output=output)
    populations = {**base.populations, "hidden": base.populations["hidden1"]}
    del populations["hidden1"]
    if any("minus" in str(part) for part in channel):
        populations["minus"] = nc.Population(size=3)
    network = nc.Network(
        populations=populations, forward=[{"path": "input -> hidden -> output"}], channel=channel
    )
    return nc.Simulation(network, dtype="float64", batch_size=7, **options)


def slope(run):
    return 1 - run.forward(X)["hidden"] ** 2


@pytest.mark.parametrize(
    "t", [T, np.eye(3)[T], RNG.random((7, 3))], ids=["labels", "rows", "reals"]
)
def test_hidden_populations_may_hear_the_target_itself(t):
    run = simulation({"path": "target -> hidden"}, output="linear")
    rows = np.eye(3)[t] if t.ndim == 1 else t
    R = run.learning_signals(X, t)
    expected = slope(run) * (rows @ run.channel_weights["target -> hidden"])
    np.testing.assert_allclose(R["hidden"], expected, rtol=1e-13)
    assert_array_equal(R["target"], rows)
    assert_array_equal(R["output"], R["error"])


def test_an_error_that_relays_compute_is_the_error():
    run = simulation(*SUBTRACTED)
    R = run.learning_signals(X, T)
    assert_array_equal(R["minus"], R["error"])
    assert_array_equal(R["prediction"], run.forward(X)["output"])


def test_the_identity_into_the_output_changes_nothing():
    plain, wired = (simulation({"path": "error -> hidden"}, *more) for more in ((), (IDENTITY,)))
    for run in (plain, wired):
        for _ in range(3):
            run.step(X, T)
    for name in plain.weights:
        assert_array_equal(plain.weights[name], wired.weights[name])
    assert_array_equal(wired.channel_weights["error -> output"], np.eye(3))
    with pytest.raises(nc.errors.OptionError, match="are tied, so they are made at each step"):
        wired.channel_weights["error -> output"] = np.eye(3)


def test_limits_into_the_output_leave_the_error_elsewhere_exact():
    limited = simulation({"path": "error -> hidden"}, IDENTITY | {"message": {"bits": 1}})
    R = limited.learning_signals(X, T)
    exact = simulation({"path": "error -> hidden"}).learning_signals(X, T)
    assert_array_equal(R["error"], exact["error"])
    assert_array_equal(R["hidden"], exact["hidden"])
    assert_array_equal(R["output"], np.sign(exact["error"]))


@pytest.mark.parametrize("output", ["softmax", "tanh"])
def test_random_edges_into_the_output_bring_no_second_derivative(output):
    run = simulation({"path": "error -> output"}, {"path": "error -> hidden"}, output=output)
    R = run.learning_signals(X, T)
    expected = R["error"] @ run.channel_weights["error -> output"]
    np.testing.assert_allclose(R["output"], expected, rtol=1e-13, atol=1e-16)
    change = run.updates(X, T)["hidden -> output"]
    np.testing.assert_allclose(change, 0.1 * run.forward(X)["hidden"].T @ R["output"] / 7)


def test_the_ledger_counts_what_starts_elsewhere_and_what_reaches_the_output():
    book = nc.ledger(simulation(*SUBTRACTED, IDENTITY | {"message": {"bits": 3}}).network)
    rows = {row.bundle: row for row in book.bundles}
    assert rows["target -> minus"].messages == rows["prediction -> minus"].messages == 3
    assert rows["error -> output"].wires == 3
    assert rows["error -> output"].message_bits == 3
    assert book.transported == 0
    steps = {row.population: row.steps for row in book.populations}
    assert steps == {"input": None, "hidden": 2, "output": 1, "minus": 1}


def test_the_self_test_knows_starts_and_signals_of_the_output():
    checks = {c.name.split(":")[0]: c for c in self_test(simulation(*SUBTRACTED, IDENTITY).network)}
    assert all(check.passed for check in checks.values())
    assert "is backpropagation" in checks["output"].name
    checks = {
        c.name.split(":")[0]: c for c in self_test(simulation({"path": "error -> output"}).network)
    }
    assert "is not backpropagation" in checks["output"].name


def test_a_random_top_does_not_learn_what_the_error_teaches():
    data = nc.data.load("digits")
    accuracies = []
    for more in ((), (nc.ChannelEdges(path="error -> output"),)):
        network = nc.mlp(64, 30, 10).with_channel(nc.ChannelEdges(path="error -> hidden1"), *more)
        run = nc.Simulation(network, data, rate=0.1, batch_size=10)
        run.train(5, progress=False, evaluate_every=None)
        accuracies.append(run.evaluate().accuracy)
    assert accuracies[0] > 0.9 > 0.6 > accuracies[1]


def test_a_run_that_hears_targets_resumes_bit_for_bit(tmp_path):
    data = nc.Data(X, T)
    whole, first = (simulation(*SUBTRACTED).network for _ in range(2))
    whole, first = (nc.Simulation(n, data, batch_size=3) for n in (whole, first))
    whole.train(4, progress=False)
    first.train(2, progress=False)
    nc.save(first, tmp_path / "run.h5")
    second = nc.load(tmp_path / "run.h5", data=data)
    second.train(2, progress=False)
    for name in whole.weights:
        assert_array_equal(whole.weights[name], second.weights[name])
