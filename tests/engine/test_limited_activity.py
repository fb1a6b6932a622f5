"""Messages of forward edges: what arrives is what the target gets and what weights learn from."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.observe.backprop import Backprop
from neurochannel.observe.locality import locality
from neurochannel.observe.selftest import self_test
from tests.engine.continuing import assert_continues_alike
from tests.reference_numbers import Limit, largest, quantize

N = 40
RNG = np.random.default_rng(0)
X, T = RNG.random((N, 5)), np.arange(N) % 3


def started(dtype="float64", data=None, n=N, channel=None, first=None, **message):
    forward = [
        {"path": "input -> hidden", "message": first or {}},
        {"path": "hidden -> output", "message": message},
    ]
    network = nc.Network(
        populations={
            "input": {"size": 5},
            "hidden": {"size": 6, "activation": "tanh"},
            "output": {"size": 3, "activation": "softmax"},
        },
        forward=forward,
    ).with_channel(channel or nc.bp())
    return nc.Simulation(network, data, batch_size=n, dtype=dtype, seed=3, rate=0.1)


def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


LIMITS = [
    ({"range": 0.3}, lambda x: np.clip(x, -0.3, 0.3)),
    ({"dead_zone": 0.3}, lambda x: np.where(np.abs(x) < 0.3, 0, x)),
    ({"keep": "sign", "scale": 0.5}, lambda x: 0.5 * np.sign(x)),
    ({"keep": "magnitude"}, np.abs),
    ({"budget": 2}, lambda x: largest(x, 2)),
    (
        {"bits": 3, "quantizer": "uniform", "scale": 0.8},
        lambda x: quantize(x, Limit(3, 0.8, "uniform")),
    ),
]


@pytest.mark.parametrize(("message", "passed"), LIMITS)
def test_the_target_gets_what_arrives_and_weights_learn_from_it(message, passed):
    run = started(**message)
    found = run.forward(X)
    arriving = passed(found["hidden"])
    total = arriving @ run.weights["hidden -> output"] + run.biases["output"]
    assert_allclose(found["output"], softmax(total), rtol=1e-12)
    signals, changes = run.learning_signals(X, T), run.updates(X, T)
    assert_allclose(changes["hidden -> output"], 0.1 * arriving.T @ signals["error"] / N, rtol=1e-9)
    # What flows back is multiplied by f' of the activity itself.
    back = signals["error"] @ run.weights["hidden -> output"].T * (1 - found["hidden"] ** 2)
    assert_allclose(signals["hidden"], back, rtol=1e-9)
    assert_allclose(changes["input -> hidden"], 0.1 * X.T @ back / N, rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_input_may_be_limited_and_pixels_are_then_read_as_numbers(dtype):
    images = RNG.integers(0, 255, (N, 5), dtype=np.uint8) * (RNG.random((N, 5)) < 0.3)
    images = images.astype(np.uint8)
    run = started(dtype, (images, T), first={"bits": 2, "quantizer": "uniform"})
    arriving = np.rint(images / 255)
    hidden = np.tanh(arriving @ run.weights["input -> hidden"] + run.biases["hidden"])
    assert_allclose(run.forward(images)["hidden"], hidden, rtol=1e-5)
    before = run.weights["input -> hidden"].copy()
    change = run.updates(images, T)["input -> hidden"]
    run.train(1, progress=False)
    assert_allclose(run.weights["input -> hidden"] - before, change, rtol=1e-3, atol=1e-6)


def test_training_and_prediction_draw_apart_and_each_prediction_again():
    run = started(noise=0.5)
    one, again = run.predict(X), run.predict(X)
    assert_array_equal(one, again)
    assert_array_equal(run.predict(X[:7]), one[:7])
    error = run.learning_signals(X, T)["error"]
    assert (np.abs(np.eye(3)[T] - error - one) > 1e-6).any()
    run.step(X, T)
    run.progress.updates -= 1
    moved = run.predict(X)
    run.progress.updates += 1
    assert (run.predict(X) != moved).any()


def test_evaluation_and_prediction_are_of_the_same_draws_in_any_number():
    n = 700
    x, t = RNG.random((n, 5)), np.arange(n) % 3
    run = started(noise=0.5, data=(x, t), n=50)
    run.train(1, progress=False)
    right = (run.predict(x).argmax(axis=1) == t).mean()
    assert run.evaluate((x, t)).accuracy == pytest.approx(right, abs=1e-12)
    assert run.evaluate((x, t)) == run.evaluate((x, t))
    z = []
    for chunk in (slice(0, 256), slice(256, 512)):
        z.append(run.predict(np.tile(x[:1], (n, 1)))[chunk])
    assert (z[0] != z[1]).any()


def test_noise_of_activity_has_its_mean_and_variance():
    n = 20_000
    network = nc.Network(
        populations={"input": {"size": 1}, "output": {"size": 1}},
        forward=[
            {
                "path": "input -> output",
                "init": [[1.0]],
                "message": {"noise": 0.3, "relative_noise": 0.4},
            }
        ],
    )
    out = nc.Simulation(network).predict(np.full((n, 1), 2.0))
    sd = (0.3**2 + 0.8**2) ** 0.5
    assert abs(out.mean() - 2.0) < 4 * sd / n**0.5
    assert abs(out.std() / sd - 1) < 4 / (2 * n) ** 0.5


@pytest.mark.parametrize("sparse", [{}, {"density": 1.0}])
def test_a_wire_that_loses_activity_does_not_learn_from_it(sparse):
    network = nc.Network(
        populations={"input": {"size": 5}, "output": {"size": 3}},
        forward=[{"path": "input -> output", "message": {"loss": 0.5, "per": "wire"}, **sparse}],
    )
    run = nc.Simulation(network, batch_size=1, dtype="float64")
    t = np.ones((1, 3))
    error, change = run.learning_signals(X[:1], t)["error"], run.updates(X[:1], t)
    carried = change["input -> output"] != 0
    assert 0 < carried.sum() < 15
    full = 0.1 * X[:1].T @ error
    assert_allclose(change["input -> output"][carried], full[carried], rtol=1e-12)
    output = X[0] @ np.where(carried, run.weights["input -> output"], 0.0)
    assert_allclose(1 - error[0], output, rtol=1e-12)
    rates = []
    for update in range(300):
        run.progress.updates = update
        rates.append((run.updates(X[:1], t)["input -> output"] != 0).mean())
    assert abs(np.mean(rates) - 0.5) < 4 * 0.5 / (300 * 15) ** 0.5


def test_a_run_with_draws_resumes_and_evaluates_alike(tmp_path):
    run = started(noise=0.2, loss=0.1, per="wire", data=(X, T), n=7)
    assert_continues_alike(run, (X, T), tmp_path)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_draw_the_same(threads, monkeypatch):
    monkeypatch.setattr("neurochannel.engine.together.WORTH_A_THREAD", 1)
    net = nc.mlp(8, 16, 12, 4).with_defaults(forward={"message": {"noise": 0.1, "budget": 5}})
    net = net.with_channel(nc.rbp())
    x, t = RNG.random((150, 8)), np.arange(150) % 4
    one, other = (
        nc.Simulation(net, (x, t), batch_size=75, dtype="float64", threads=n) for n in (1, threads)
    )
    for run in (one, other):
        run.train(2, progress=False)
    assert_allclose(other.predict(x), one.predict(x), rtol=1e-9)


def test_neutral_values_change_no_bit():
    plain, neutral = started(), started(noise=0.0, bits=None, keep="all")
    assert plain.listing() == neutral.listing()
    assert_array_equal(plain.predict(X), neutral.predict(X))


def test_the_gradient_of_limited_activity_is_that_of_its_draws():
    run = started(noise=0.3)
    changes, gradient = run.updates(X, T), Backprop(run).updates(X, T)
    for name, change in gradient.items():
        assert_allclose(changes[name], 0.1 * change, rtol=1e-9, atol=1e-15)


def test_the_self_test_leaves_limits_of_activity_out():
    assert all(check.passed for check in self_test(started(bits=2, noise=0.1).network))


def test_budgets_of_activity_are_not_local():
    rows = {row.bundle: row for row in locality(started(budget=2).network) if row.kind == "forward"}
    assert rows["input -> hidden"].local and not rows["hidden -> output"].local
    assert "compare all neurons of hidden" in rows["hidden -> output"].note
    rows = locality(started(bits=2).network)
    assert any("Q(O(hidden))" in [v.name for v in row.reads] for row in rows)


def test_bundles_of_one_source_share_what_is_exact_and_draw_apart():
    def columns(**message):
        net = nc.Network(
            populations={
                "input": {"size": 5},
                "a": {"size": 4},
                "b": {"size": 4},
                "output": {"size": 3},
            },
            forward=[
                {"path": "input -> a -> output", "message": message},
                {"path": "input -> b -> output", "message": message},
            ],
        )
        return [line.kernel for line in nc.Simulation(net).listing()]

    assert columns(range=0.5).count("clip") == 3
    assert columns(noise=0.5).count("add noise") == 4


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"delay": 2}, "message.delay must be left out of forward edges, got 2; a forward delay"),
        ({"every": 2}, "message.every must be left out of forward edges, got 2; every example"),
        ({"range": "batch", "bits": 3}, 'message.range must be a number on forward edges, got "b'),
    ],
)
def test_what_activity_cannot_have_gets_its_sentence(message, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.ForwardEdges(path="a -> b", message=message)
    assert sentence in str(caught.value)


def test_a_single_neuron_has_no_competitors():
    with pytest.raises(nc.NetworkError, match=r"forward\[0\].message.budget must be left out"):
        nc.Network(
            populations={"input": {"size": 1}, "output": {"size": 2}},
            forward=[{"path": "input -> output", "message": {"budget": 1}}],
        )


def test_a_flow_does_not_jump():
    run = started(data=(X, T), bits=3)
    with pytest.raises(nc.errors.OptionError, match="activity on 'hidden -> output' is rounded"):
        nc.theory.flow(run)
