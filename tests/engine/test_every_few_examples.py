"""Messages that are sent with the first of every few examples only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from tests.engine.continuing import assert_continues_alike
from tests.engine.test_late_messages import N, T, X, batches_of, heard, started

SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) <= N)


@given(SIZES, st.integers(2, 30))
def test_the_first_of_every_few_examples_is_heard_whatever_the_batches_are(sizes, every):
    n = sum(sizes)
    run = started(9, rate=1e-300, every=every)
    error = started(9).learning_signals(X[:n], T[:n])["error"]
    expected = np.where(np.arange(n)[:, None] % every == 0, error, 0.0)
    assert_array_equal(heard(run, batches_of(sizes)), expected)
    assert run.machine.states()["clock"].tolist() == [n, len(sizes)]


def test_weights_do_not_change_with_closed_examples_and_the_mean_is_over_all():
    run, plain = started(5, every=5), started(5)
    first = plain.updates(X[:1], T[:1])["input -> hidden"]
    assert_allclose(run.updates(X[:5], T[:5])["input -> hidden"], first / 5, rtol=1e-12)
    run.step(X[:1], T[:1])
    for k in range(1, 5):
        before = run.weights["input -> hidden"], run.biases["hidden"]
        run.step(X[k : k + 1], T[k : k + 1])
        assert_array_equal(run.weights["input -> hidden"], before[0])
        assert_array_equal(run.biases["hidden"], before[1])
    run.step(X[:1], T[:1])
    assert (run.weights["input -> hidden"] != before[0]).any()


def test_what_is_not_sent_has_no_noise_and_what_is_sent_has_that_of_others():
    noisy, some = started(20, noise=0.3), started(20, noise=0.3, every=3, delay=0)
    full = noisy.learning_signals(X[:20], T[:20])["hidden"]
    left = some.learning_signals(X[:20], T[:20])["hidden"]
    closed = np.arange(20) % 3 != 0
    assert not left[closed].any()
    error = noisy.learning_signals(X[:20], T[:20])["error"]
    z = ((left - error) / 0.3)[~closed]
    assert (z != 0).all() and (full != error).all()


def test_noise_of_what_is_sent_has_its_variance():
    n = 6000
    rng = np.random.default_rng(1)
    x, t = rng.random((n, 4)), rng.normal(0, 0.5, (n, 3))
    run = started(n, data=(x, t), noise=0.3, every=2)
    found = run.learning_signals(x, t)
    z = ((found["hidden"] - found["error"]) / 0.3)[::2]
    assert abs(z.mean()) < 4 / z.size**0.5 and abs(z.std() - 1) < 4 / (2 * z.size) ** 0.5


def test_the_counter_has_room_for_more_examples_than_32_bits():
    run = started(5, every=7)
    run.machine.states()["clock"][:] = 2**40 * 7 - 2, 2**40
    heard_ones = run.learning_signals(X[:5], T[:5])["hidden"].any(axis=1)
    assert heard_ones.tolist() == [False, False, True, False, False]
    run.step(X[:5], T[:5])
    assert run.machine.states()["clock"].tolist() == [2**40 * 7 + 3, 2**40 + 1]


def test_it_resumes_in_step(tmp_path):
    assert_continues_alike(started(5, every=7, noise=0.1, delay=2), (X, T), tmp_path)


def test_every_example_changes_no_bit():
    plain, neutral = started(5), started(5, every=1)
    assert neutral.listing() == plain.listing() and not neutral.machine.states()


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_count_from_the_start_of_the_batch(threads, monkeypatch):
    monkeypatch.setattr("neurochannel.engine.together.WORTH_A_THREAD", 1)
    net = nc.mlp(8, 16, 4, activation="relu").with_channel(nc.srbp(every=5))
    rng = np.random.default_rng(2)
    x, t = rng.random((150, 8)), np.arange(150) % 4
    one, other = (
        nc.Simulation(net, (x, t), batch_size=75, dtype="float64", threads=n) for n in (1, threads)
    )
    for run in (one, other):
        run.train(2, progress=False)
    assert_allclose(other.weights["input -> hidden1"], one.weights["input -> hidden1"], rtol=1e-9)


def test_the_ledger_counts_what_is_sent():
    net = nc.mlp(64, 12, 10)
    plain, some = (nc.ledger(net.with_channel(nc.srbp(every=n, loss=0.5))) for n in (1, 4))
    one, other = (book.bundles[-1] for book in (plain, some))
    assert (one.messages, one.delivered, one.senders) == (10, 5, 10)
    assert (other.messages, other.delivered) == (2.5, 1.25)
    assert other.bits_sent == 2.5 * 32 and other.bits_delivered == 120 * 32 / 8


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"every": 0}, "every must be at least 1, got 0; leave it out for all"),
        ({"every": 2.0}, "every must be a whole number, got 2.0; leave it out for all"),
        ({"every": 2, "phase": 1}, "phase is not a known key"),
    ],
)
def test_bad_values_get_their_sentence(limits, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.Message(**limits)
    assert sentence in str(caught.value)
