"""Messages that arrive late: with which example, what is kept, and that looking moves nothing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import neurochannel as nc
from neurochannel.data import Data
from neurochannel.observe.lint import lint
from tests.engine.continuing import assert_continues_alike
from tests.storage.runs import assert_same, train_to_the_middle

RNG = np.random.default_rng(0)
N = 23
X, T = RNG.random((N, 4)), RNG.normal(0, 0.5, (N, 3))
ONES = {"distribution": "zeros", "mean": 1.0}


def network(**message):
    """The error reaches linear hidden neurons one to one, and weights into the output are fixed."""
    return nc.Network(
        populations={"input": {"size": 4}, "hidden": {"size": 3}, "output": {"size": 3}},
        forward=[{"path": "input -> hidden"}, {"path": "hidden -> output", "learn": False}],
        channel=[{"path": "error -> hidden", "one_to_one": True, "init": ONES, "message": message}],
    )


def started(batch_size, data=(X, T), rate=0.1, **message):
    options = {"rate": rate, "batch_size": batch_size, "dtype": "float64", "seed": 3}
    return nc.Simulation(network(**message), data, **options)


def heard(run, batches, n_steps=None):
    """What the hidden neurons hear, example after example, at a rate so small that all stays."""
    found = []
    for chosen in batches:
        found.append(run.learning_signals(X[chosen], T[chosen])["hidden"])
        run.step(X[chosen], T[chosen])
    return np.concatenate(found)


def batches_of(sizes):
    ends = np.cumsum([0, *sizes])
    return [np.arange(a, b) for a, b in pairwise(ends)]


SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) <= N)


@given(SIZES, st.integers(1, 30))
def test_a_message_arrives_so_many_examples_later_whatever_the_batches_are(sizes, delay):
    n = sum(sizes)
    run = started(9, rate=1e-300, delay=delay)
    error = started(9).learning_signals(X[:n], T[:n])["error"]
    expected = np.concatenate([np.zeros((delay, 3)), error])[:n]
    assert_array_equal(heard(run, batches_of(sizes)), expected)
    waiting = run.machine.states()["waiting:channel:error -> hidden"]
    now = run.machine.states()["clock"][0] % delay
    last = np.concatenate([np.zeros((delay, 3)), error])[-delay:]
    assert_array_equal(np.roll(waiting, -now, axis=0), last)


@given(SIZES, st.integers(1, 4))
def test_a_message_arrives_so_many_updates_later_with_the_example_in_its_place(sizes, delay):
    run, n = started(9, rate=1e-300, delay=delay, unit="update"), sum(sizes)
    error = started(9).learning_signals(X[:n], T[:n])["error"]
    batches, expected = batches_of(sizes), np.zeros((n, 3))
    for early, late in zip(batches, batches[delay:]):  # noqa: B905
        both = min(len(early), len(late))
        expected[late[:both]] = error[early[:both]]
    assert_array_equal(heard(run, batches), expected)


@pytest.mark.parametrize("unit", ["example", "update"])
def test_looking_leaves_messages_where_they_are(unit):
    run = started(5, rate=0.1, delay=2, unit=unit)
    run.train(1, progress=False)
    before, updates = run.snapshot().state, run.updates(X[:5], T[:5])
    run.learning_signals(X[:7], T[:7]), run.predict(X), run.evaluate(), run.updates(X[:5], T[:5])
    nc.Observe("alignment", "signals", "messages")(run)
    for key, array in run.snapshot().state.items():
        assert_array_equal(array, before[key])
    kept = run.weights["input -> hidden"].copy()
    run.step(X[:5], T[:5])
    change = run.weights["input -> hidden"] - kept
    np.testing.assert_allclose(change, updates["input -> hidden"], rtol=1e-12, atol=1e-16)
    assert run.machine.states()["clock"].tolist() == [N + 5, 6]


@pytest.mark.parametrize("unit", ["example", "update"])
def test_an_adaptive_channel_learns_from_what_arrives(unit):
    net = nc.mlp(4, 3, 3, output="linear").with_channel(nc.asrbp(delay=2, unit=unit))
    run = nc.Simulation(net, batch_size=2, dtype="float64", rate=0.1)
    sent = []
    for k in range(5):
        x, t = X[2 * k : 2 * k + 2], T[2 * k : 2 * k + 2]
        sent.append(run.learning_signals(x, t)["error"])
        activity = run.forward(x)["hidden1"]
        before = run.channel_weights["error -> hidden1"].copy()
        run.step(x, t)
        late = sent[k - (1 if unit == "example" else 2)] if k >= (unit == "update") + 1 else 0 * t
        change = run.channel_weights["error -> hidden1"] - before
        np.testing.assert_allclose(change, 0.1 * late.T @ activity / 2, rtol=1e-9, atol=1e-15)


MIXED = nc.mlp(64, 12, 10, 10).with_channel(
    nc.ChannelEdges(path="error -> hidden2", weights="adaptive", message={"delay": 7}),
    nc.ChannelEdges(path="error -> hidden1", message={"delay": 2, "unit": "update", "bits": 3}),
    nc.ChannelEdges(path="hidden2 -> hidden1", message={"delay": 150, "noise": 0.01}),
)


def digits(n=230):
    data = nc.data.load("digits")
    return Data(data.train.x[:n], data.train.t[:n], scale=1 / 16)


def test_a_run_resumes_in_the_middle_of_an_epoch(tmp_path):
    whole, run = (nc.Simulation(MIXED, digits(), batch_size=40, seed=7) for _ in range(2))
    whole.train(3, progress=False)
    run.train(1, progress=False)
    train_to_the_middle(run, 120)
    nc.save(run, tmp_path / "run.h5")
    for resumed in (nc.load(tmp_path / "run.h5", digits()), run.copy()):
        assert_same(run, resumed)
        resumed.train(2, progress=False)
        assert_same(whole, resumed)
    assert whole.machine.states()["clock"].tolist() == [690, 18]


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_and_many_at_once_make_the_same(threads, monkeypatch):
    monkeypatch.setattr("neurochannel.engine.together.WORTH_A_THREAD", 1)
    one, other = (
        nc.Simulation(MIXED, digits(), batch_size=100, seed=7, threads=n) for n in (1, threads)
    )
    one.train(2, progress=False)
    other.train(2, progress=False)
    for key, array in one.machine.states().items():
        np.testing.assert_allclose(array, other.machine.states()[key], rtol=1e-3, atol=1e-4)
    many = nc.train_many(
        [MIXED, MIXED], digits(), epochs=2, batch_size=100, seeds=7, threads=threads
    )
    for run in many:
        assert_same(other, run)


def test_a_branch_begins_in_silence():
    run = started(5, rate=0.1, delay=2)
    run.train(1, progress=False)
    branch = run.branch(batch_size=4)
    assert not any(array.any() for array in branch.machine.states().values())
    assert not branch.learning_signals(X[:2], T[:2])["hidden"].any()
    assert run.branch(network(delay=9, unit="update")).updates_done == 0


def test_a_step_that_is_too_large_for_late_updates_is_refused():
    run = started(5, delay=2, unit="update")
    with pytest.raises(nc.errors.OptionError, match="at most 5 examples, the batch_size, .* got 6"):
        run.step(X[:6], T[:6])
    started(5, delay=2).step(X[:6], T[:6])


def test_no_delay_changes_no_bit_and_keeps_nothing():
    plain, neutral = started(5), started(5, delay=0)
    assert neutral.listing() == plain.listing() and not neutral.machine.states()
    assert neutral.network == plain.network


def test_two_messages_of_one_source_may_come_at_different_times():
    edges = [
        nc.ChannelEdges(path="error -> hidden2", message={"delay": 1}),
        nc.ChannelEdges(path="error -> hidden1", message={"delay": 3}),
    ]
    run = nc.Simulation(nc.mlp(4, 3, 3, 3).with_channel(*edges), batch_size=2)
    found = run.learning_signals(X[:5], np.arange(5) % 3)
    silent = {name: (signal == 0).all(axis=1).sum() for name, signal in found.items()}
    assert (silent["hidden2"], silent["hidden1"], silent["error"]) == (1, 3, 0)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"delay": -1}, "delay must be at least 0, got -1; leave it out for messages that arrive"),
        ({"delay": 1.5}, "delay must be a whole number, got 1.5"),
        ({"unit": "update"}, "unit must be left out where nothing is late, got 'update'; remove"),
        ({"delay": 1, "unit": "epoch"}, "unit must be one of example or update, got 'epoch'"),
        ({"delay": 3, "jitter": 1}, "jitter is not a known key"),
    ],
)
def test_bad_values_get_their_sentence(limits, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.Message(**limits)
    assert sentence in str(caught.value)


def test_sums_cannot_be_late():
    with pytest.raises(nc.NetworkError, match=r"receive\.delay is not a known key"):
        nc.Network(**{**network().model_dump(), "populations": BAD})


BAD = {
    "input": {"size": 4},
    "hidden": {"size": 3, "receive": {"delay": 2}},
    "output": {"size": 3},
}


def test_lint_warns_of_delays_longer_than_an_epoch_and_looks_at_late_messages():
    net = nc.mlp(64, 12, 10).with_channel(nc.srbp(delay=231))
    found = [finding for finding in lint(net, data=digits()) if "delay" in finding.where]
    assert [finding.level for finding in found] == ["warning"]
    assert "longer than an epoch of 230 examples" in found[0].text
    for delay, told in ((230, "is 230 examples,"), (1, "is 1 example,")):
        (late,) = lint(nc.mlp(64, 12, 10).with_channel(nc.srbp(delay=delay)), data=digits())
        assert late.level == "warning" and told in late.text
        assert "meets the activity of another example" in late.text
    assert not lint(nc.mlp(64, 12, 10).with_channel(nc.srbp(delay=0)), data=digits())
    dead = nc.srbp(delay=3, bits=2, quantizer="uniform", scale=1000.0)
    assert any(f.level == "error" for f in lint(nc.mlp(64, 12, 10).with_channel(dead)))


def test_the_ledger_counts_what_waits():
    plain, late = (nc.ledger(nc.mlp(64, 12, 10).with_channel(nc.srbp(delay=d))) for d in (0, 32))
    row = late.bundles[-1]
    assert (row.delay, row.delay_unit, row.late) == (32, "example", "32 examples")
    assert row.memory - plain.bundles[-1].memory == 32 * 10 * 4
    assert "32 examples" in str(late) and "late" not in str(plain)


def test_a_flow_has_no_memory():
    run = nc.Simulation(network(delay=1), (X, T), dtype="float64")
    with pytest.raises(nc.errors.OptionError, match=r"depends on the time \(delay 1 example\)"):
        nc.theory.flow(run)


def test_numbers_that_are_not_finite_are_found_among_waiting_messages():
    run = started(5, rate=0.1, delay=30)
    run.machine.states()["waiting:channel:error -> hidden"][-1] = np.nan
    with pytest.raises(nc.DivergenceError, match="messages on their way over 'error -> hidden'"):
        run.train(1, progress=False)


def test_a_run_with_late_messages_is_kept_copied_and_loaded(tmp_path):
    assert_continues_alike(started(5, rate=0.1, delay=8), (X, T), tmp_path)
