"""What a user sees of a simulation: determinism, interruption, divergence, weights by name."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from neurochannel.data import Data, load
from neurochannel.engine.many import train_many
from neurochannel.engine.rates import Decay
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import DataError, DivergenceError, NetworkError, OptionError
from neurochannel.model.network import ChannelEdges, Network
from neurochannel.model.recipes import arbp, asrbp, bp, mlp, rbp, sbp, srbp

NET = mlp(None, 20, 12, None)
SRBP = NET.with_channel(srbp())
NOISY = NET.with_channel(srbp(bits=3, quantizer="stochastic", fan_in=4))


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def same(first, second):
    pairs = zip(
        first.snapshot().parameters.values(), second.snapshot().parameters.values(), strict=True
    )
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("learner", [bp, sbp, rbp, srbp, arbp, asrbp])
def test_every_learner_learns_the_digits(digits, learner):
    run = Simulation(NET.with_channel(learner()), digits, batch_size=20)
    run.train(8)
    assert run.history["test_accuracy"][-1] > 0.8
    assert run.history["train_loss"][-1] < run.history["train_loss"][0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_one_seed_gives_one_result_and_another_another(digits, dtype, batch_size):
    runs = [
        Simulation(NOISY, digits, seed=seed, dtype=dtype, batch_size=batch_size)
        for seed in (3, 3, 4)
    ]
    for run in runs:
        run.train(2)
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_results_do_not_depend_on_blas_threads_or_workers(digits):
    runs = [Simulation(NOISY, digits, threads=threads) for threads in (1, 2)]
    for run in runs:
        run.train(2)
    assert same(*runs)
    one, two = (train_many(NOISY, digits, epochs=2, seeds=range(4), workers=n) for n in (1, 2))
    assert all(same(a, b) for a, b in zip(one, two, strict=True))
    assert same(one[0], runs[0])


def test_training_in_two_parts_equals_training_at_once(digits):
    whole, parts = Simulation(NOISY, digits), Simulation(NOISY, digits)
    whole.train(3)
    parts.train(1)
    parts.train(2)
    assert same(whole, parts)
    np.testing.assert_array_equal(whole.history["test_loss"], parts.history["test_loss"])


def test_sparse_copies_of_bytes_change_nothing_but_rounding(digits):
    x = digits.train.x.astype(np.float32) * np.float32(digits.scale)
    bytes_run = Simulation(SRBP, digits, dtype="float64", batch_size=5)
    reals_run = Simulation(SRBP, Data(x, digits.train.t), dtype="float64", batch_size=5)
    for run in (bytes_run, reals_run):
        run.train(1)
    np.testing.assert_allclose(
        bytes_run.weights["input -> hidden1"], reals_run.weights["input -> hidden1"], atol=1e-6
    )


def test_stop_in_another_thread_keeps_what_was_learned(digits):
    whole, stopped = (
        Simulation(NOISY, digits, batch_size=1),
        Simulation(NOISY, digits, batch_size=1),
    )
    epochs = 600  # far more than fit into the time until it is stopped
    whole.train(epochs, evaluate_every=None)
    thread = threading.Timer(0.05, stopped.stop)
    thread.start()
    stopped.train(epochs, evaluate_every=None)
    thread.join()
    assert 0 < stopped.updates_done < whole.updates_done
    stopped.train(epochs - stopped.epoch, evaluate_every=None)
    assert same(whole, stopped)


def test_ctrl_c_stops_after_a_batch_and_training_goes_on_exactly_there(tmp_path):
    script = textwrap.dedent(
        """
        import signal
        import numpy as np, neurochannel as nc
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored under nohup or in a job
        network = nc.mlp(None, 20, 12, None).with_channel(nc.srbp())
        def run():
            return nc.Simulation(network, nc.data.load("digits"), batch_size=1)
        first = run()
        first.train(1)
        print("ready", flush=True)
        try:
            first.train(10**6, evaluate_every=None)
        except KeyboardInterrupt:
            print("interrupted", first.updates_done, flush=True)
        first.train(2)
        second = run()
        second.train(first.epoch)
        assert np.array_equal(first.weights["input -> hidden1"], second.weights["input -> hidden1"])
        print("same")
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert "interrupted" in out and "same" in out
    assert process.returncode == 0


def test_divergence_names_population_epoch_and_remedy(digits):
    network = mlp(None, 20, 12, None, activation="relu", output="linear").with_channel(bp())
    run, seen = Simulation(network, digits, rate=1e6), []
    with pytest.raises(DivergenceError, match=r"epoch 1\).*population '\w+'.*lower the rate"):
        run.train(5, callbacks=[seen.append])
    assert not seen


def test_diverged_networks_do_not_take_the_others_along(digits):
    network = mlp(None, 20, 12, None, activation="relu", output="linear").with_channel(bp())
    with pytest.raises(DivergenceError, match=r"1 of 2 networks diverged") as caught:
        train_many([network, SRBP], digits, epochs=2, rate=100.0)
    assert caught.value.runs[1].epoch == 2


def test_rates_may_be_constant_decay_or_any_function(digits):
    runs = [
        Simulation(SRBP, digits, rate=rate)
        for rate in (Decay(0.1, 1e-3), lambda u: 0.1 / (1 + 1e-3 * u))
    ]
    for run in runs:
        run.train(2)
    assert same(*runs)
    for wrong in (float("nan"), -1.0, "a", None, True):
        with pytest.raises(OptionError, match=r"rate\(0\) must be a finite number of at least 0"):
            Simulation(SRBP, digits, rate=lambda u, wrong=wrong: wrong).train(1)


def test_callbacks_are_called_after_each_epoch(digits):
    epochs = []
    Simulation(SRBP, digits).train(3, callbacks=[lambda run: epochs.append(run.epoch)])
    assert epochs == [1, 2, 3]


def test_history_has_a_line_for_each_epoch_and_nan_where_not_measured(digits):
    history = Simulation(SRBP, digits).train(5, evaluate_every=2)
    assert list(history["epoch"]) == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(np.isnan(history["test_loss"]), [True, False, True, False, False])
    assert np.all(history["seconds"] > 0)


def test_scores_are_taken_after_listed_epochs_of_the_run_and_the_last(digits):
    run = Simulation(SRBP, digits)
    run.train(3, evaluate_every=(1, 5))
    history = run.train(3, evaluate_every=[1, 5])
    scored = np.flatnonzero(~np.isnan(history["test_loss"])) + 1
    assert scored.tolist() == [1, 3, 5, 6]


def test_weights_can_be_read_and_set_by_name(digits):
    run = Simulation(NET.with_channel(srbp(fan_in=3)), digits)
    run.weights["input->hidden1"] = np.full((64, 20), 0.5)
    assert np.all(run.weights["input -> hidden1"] == 0.5)
    run.biases["hidden2"] = np.arange(12)
    np.testing.assert_array_equal(run.biases["hidden2"], np.arange(12))
    channel = run.channel_weights["error -> hidden1"]
    assert np.count_nonzero(channel, axis=0).tolist() == [3] * 20
    run.channel_weights["error -> hidden1"] = 2 * channel
    np.testing.assert_allclose(run.channel_weights["error -> hidden1"], 2 * channel)
    with pytest.raises(ValueError, match="read-only"):
        channel[0, 0] = 1


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda run: run.weights["input -> hiden1"], "did you mean 'input -> hidden1'"),
        (lambda run: run.biases.__setitem__("hidden1", [1, 2]), r"must have shape \(20,\)"),
        (
            lambda run: run.channel_weights.__setitem__("error -> hidden1", np.ones((10, 20))),
            "must be 0 where there is no edge",
        ),
        (
            lambda run: run.channel_weights.__setitem__("error -> hidden2", np.ones((10, 12))),
            "are tied",
        ),
        (lambda run: run.biases.__setitem__("hidden1", [np.nan] * 20), "must be finite"),
        (lambda run: run.train(0), "epochs must be at least 1"),
    ],
)
def test_wrong_use_gets_a_sentence(digits, act, message):
    network = NET.with_channel(srbp(fan_in=3, to="hidden1"), bp(to="hidden2"))
    with pytest.raises(OptionError, match=message):
        act(Simulation(network, digits))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": -1}, "rate must be a positive number, got -1"),
        ({"rate": "fast"}, "rate must be a number"),
        ({"batch_size": 0}, "batch_size must lie between 1"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
        ({"seed": -1}, "seed must lie between 0"),
        ({"dtype": "float16"}, 'dtype must be "float32" or "float64"'),
        ({"threads": 0}, "threads must lie between 1"),
    ],
)
def test_options_out_of_range_get_a_sentence(options, message):
    with pytest.raises(OptionError, match=message):
        Simulation(mlp(4, 3, 2), **options)


def test_data_that_do_not_fit_get_a_sentence(digits):
    with pytest.raises(NetworkError, match=r"populations\.input\.size must be 64"):
        Simulation(mlp(784, 20, 10).with_channel(bp()), digits)
    run = Simulation(mlp(4, 3, 2).with_channel(bp()))
    with pytest.raises(DataError, match=r"x must have shape \(n, 4\)"):
        run.step(np.ones((2, 5)), [0, 1])
    with pytest.raises(DataError, match="labels must lie between 0 and 1"):
        run.step(np.ones((2, 4)), [0, 2])
    with pytest.raises(DataError, match="x and t must be of the same length, got 2 examples and 1"):
        run.step(np.ones((2, 4)), [0])
    with pytest.raises(DataError, match=r"targets must have shape \(n, 2\)"):
        run.step(np.ones((2, 4)), np.ones((2, 3)))
    with pytest.raises(OptionError, match="there is no data to train on"):
        run.train(1)


def test_a_population_without_a_signal_stays_as_it_was(digits):
    run = Simulation(NET.with_channel(srbp(to="hidden2")), digits)
    before = run.weights["input -> hidden1"]
    run.train(1)
    np.testing.assert_array_equal(before, run.weights["input -> hidden1"])


def test_a_channel_edge_tied_to_nothing_is_refused():
    network = Network(
        populations={
            "input": {"size": 3},
            "hidden": {"size": 3},
            "output": {"size": 3},
        },
        forward=[
            {"path": "input -> hidden"},
            {"path": "hidden -> output", "edges": [[0, 1], [1, 2]]},
        ],
        channel=[ChannelEdges(path="error -> hidden", weights="tied", edges=[[0, 0]])],
    )
    with pytest.raises(NetworkError, match="tied to a forward edge that does not exist"):
        Simulation(network)


def test_changes_of_a_channel_bundle_named_like_a_forward_one_are_told_apart():
    network = mlp(4, 3, 2, 2).with_channel(
        ChannelEdges(path="error -> hidden1 -> hidden2", weights="adaptive")
    )
    changes = Simulation(network).updates(np.ones((2, 4)), [0, 1])
    assert changes["hidden1 -> hidden2"].shape == (3, 2)
    assert changes["channel: hidden1 -> hidden2"].shape == (3, 2)
    assert not np.array_equal(changes["hidden1 -> hidden2"], changes["channel: hidden1 -> hidden2"])


def test_single_edges_can_be_read_with_their_weights():
    network = mlp(5, 4, 3, 2).with_channel(srbp(fan_in=1, to="hidden1"), bp(to="hidden2"))
    run = Simulation(network)
    for name in ("error -> hidden1", "error -> hidden2"):
        sources, receivers = run.channel_edges(name)
        matrix = run.channel_weights[name]
        np.testing.assert_array_equal(matrix[sources, receivers], run.channel_edge_weights(name))
    sources, receivers = run.edges("input -> hidden1")
    np.testing.assert_array_equal(
        run.weights["input -> hidden1"][sources, receivers], run.edge_weights("input -> hidden1")
    )


def test_a_channel_tied_to_single_edges_has_just_these():
    network = Network(
        populations={"a": {"size": 3}, "b": {"size": 4}, "c": {"size": 2}},
        forward=[{"path": "a -> b"}, {"path": "b -> c", "edges": [[0, 1], [3, 0]]}],
        channel=[{"path": "error -> b", "weights": "tied"}],
    )
    run = Simulation(network)
    sources, receivers = run.channel_edges("error -> b")
    assert list(zip(sources.tolist(), receivers.tolist(), strict=True)) == [(0, 3), (1, 0)]
    np.testing.assert_array_equal(
        run.channel_edge_weights("error -> b"), run.edge_weights("b -> c")[::-1]
    )


def test_wide_networks_give_the_same_bits_with_the_same_number_of_blas_threads():
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(400, 1000)).astype(np.float32), rng.integers(0, 10, 400))
    network = mlp(1000, 1000, 700, 10).with_channel(bp())
    runs = [Simulation(network, data, threads=threads) for threads in (2, 2, 1)]
    for run in runs:
        run.train(1)
    assert same(*runs[:2])
    first, _, lone = (run.weights["input -> hidden1"] for run in runs)
    np.testing.assert_allclose(first, lone, rtol=1e-3, atol=1e-5)
