"""Bits whose scale is the largest message of each batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.observe.locality import locality
from tests.engine.test_late_messages import T, X, network, started
from tests.reference_numbers import Limit, quantize


def heard(n=20, t=T, dtype="float64", **message):
    run = nc.Simulation(network(**message), batch_size=n, dtype=dtype, seed=3)
    found = run.learning_signals(X[:n], t[:n])
    return found["error"], found["hidden"]


@pytest.mark.parametrize("quantizer", ["powers", "octaves", "log_zero", "uniform"])
@pytest.mark.parametrize("factor", [1e-6, 0.3, 40.0])
@pytest.mark.parametrize("power", [False, True])
def test_the_largest_message_is_the_largest_level(quantizer, factor, power):
    t = T * factor
    options = {"bits": 4, "quantizer": quantizer}
    error, hidden = heard(t=t, range="batch", power=power, **options)
    scale = float(np.abs(error).max())
    scale = 2.0 ** np.ceil(np.log2(scale)) if power else scale
    assert_allclose(hidden, quantize(error, Limit(scale=scale, **options)), rtol=1e-12)
    assert np.abs(hidden).max() <= scale


@given(st.integers(-40, 40), st.floats(1.0, 2.0))
def test_powers_of_2_are_rounded_up_and_their_own_bound(exponent, part):
    from neurochannel.kernels.competing import divide_by_largest
    from tests.kernels.calls import compiled

    for dtype in (np.float32, np.float64):
        largest = dtype(part * 2.0**exponent)
        x, scale = np.array([[0.25 * largest, -largest]], dtype), np.zeros(1, dtype)
        out = np.zeros_like(x)
        compiled(divide_by_largest)(x, out, scale, 1)
        mantissa, above = np.frexp(largest)
        assert scale[0] == np.ldexp(1.0, above - (mantissa == 0.5))
        assert_array_equal(out * scale, x)


def test_stochastic_bits_are_right_on_average():
    run = nc.Simulation(
        network(bits=2, quantizer="stochastic", range="batch"), batch_size=20, dtype="float64"
    )
    error = run.learning_signals(X[:20], T[:20])["error"]
    drawn = []
    for update in range(400):
        run.progress.updates = update
        drawn.append(run.learning_signals(X[:20], T[:20])["hidden"])
    scale = np.abs(error).max()
    assert set(np.unique(np.abs(drawn))) <= {0.0, scale}
    off = np.abs(np.mean(drawn, axis=0) - error)
    assert (off < 5 * scale * 0.5 / 400**0.5).all()


def test_silence_stays_silence():
    _, hidden = heard(dead_zone=100.0, range="batch", bits=3)
    assert not hidden.any()


def test_it_fits_what_is_left_after_the_dead_zone_and_closed_examples_do_not_count():
    error, hidden = heard(every=20, range="batch", bits=3, quantizer="uniform")
    assert np.abs(hidden[0]).max() == np.abs(error[0]).max() < np.abs(error).max()
    assert not hidden[1:].any()


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_see_the_whole_batch(threads, monkeypatch):
    monkeypatch.setattr("neurochannel.engine.together.WORTH_A_THREAD", 1)
    net = nc.mlp(8, 16, 4).with_channel(nc.srbp(range="batch", bits=3, power=True))
    rng = np.random.default_rng(2)
    x, t = rng.random((150, 8)), np.arange(150) % 4
    one, other = (
        nc.Simulation(net, (x, t), batch_size=75, dtype="float64", threads=n) for n in (1, threads)
    )
    for run in (one, other):
        run.train(2, progress=False)
    assert_allclose(other.weights["input -> hidden1"], one.weights["input -> hidden1"], rtol=1e-9)


def test_it_is_not_local_and_the_ledger_charges_its_bits():
    net = nc.mlp(6, 5, 8).with_channel(nc.srbp(range="batch", bits=3, quantizer="uniform"))
    (*_, row) = locality(net)
    assert not row.local
    assert nc.ledger(net).bundles[-1].message_bits == np.log2(7)
    assert "3 bits of the batch's range" in str(net)


def test_float32_rounds_to_the_same_levels():
    options = {"bits": 3, "range": "batch", "power": True, "quantizer": "uniform"}
    (_, one), (_, other) = (heard(dtype=dtype, **options) for dtype in ("float32", "float64"))
    assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"range": "batch"}, 'range must be a number without bits, got "batch"; give bits'),
        ({"range": "epoch", "bits": 3}, "range must be one of batch, got 'epoch'"),
        ({"range": 0.0, "bits": 3}, "range must be greater than 0, got 0.0; leave it out"),
        ({"range": [1], "bits": 3}, "range must be a number, got [1]; leave it out"),
        ({"range": "batch", "bits": 3, "scale": 0.5}, "scale must be left out where range ="),
        ({"range": "batch", "bits": 1, "keep": "sign"}, "range must be a number for signs"),
        ({"range": 1.0, "power": True}, "power must be left out unless the range is that of"),
    ],
)
def test_bad_values_get_their_sentence(limits, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.Message(**limits)
    assert sentence in str(caught.value)


def test_sums_have_no_range_of_a_batch():
    part = nc.mlp(4, 3, 3).with_channel(nc.srbp())
    with pytest.raises(nc.NetworkError, match=r"receive.range must be a number, got 'batch'"):
        part.with_defaults(population={"receive": {"range": "batch", "bits": 3}})
    assert started(5, range="batch", bits=3).network.channel[0].message.range == "batch"
