"""Noise, range and dead zone of messages: what arrives is what they say, and no more."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc

N = 4000
RNG = np.random.default_rng(0)
X, T = RNG.random((N, 4)), RNG.normal(0, 0.5, (N, 3))


def signals(message=None, receive=None):
    """Learning signals where the channel is the identity and hidden populations are linear."""
    network = nc.Network(
        populations={
            "input": {"size": 4},
            "hidden": {"size": 3, "receive": receive or {}},
            "output": {"size": 3},
        },
        forward=[{"path": "input -> hidden -> output"}],
        channel=[
            {
                "path": "error -> hidden",
                "one_to_one": True,
                "init": {"distribution": "zeros", "mean": 1.0},
                "message": message or {},
            }
        ],
    )
    run = nc.Simulation(network, batch_size=N, dtype="float64")
    found = run.learning_signals(X, T)
    return found["error"], found["hidden"]


@pytest.mark.parametrize("place", ["message", "receive"])
@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"range": 0.4}, lambda x: np.clip(x, -0.4, 0.4)),
        ({"dead_zone": 0.3}, lambda x: np.where(np.abs(x) < 0.3, 0, x)),
        ({"dead_zone": 0.3, "range": 0.2}, np.zeros_like),
        ({"dead_zone": 0.3, "range": 0.4, "keep": "sign"}, lambda x: 0.4 * np.sign(x)),
        ({"dead_zone": 0.5, "range": 0.4, "keep": "sign"}, np.zeros_like),
        (
            {"range": 0.5, "bits": 2, "quantizer": "uniform", "scale": 0.5},
            lambda x: 0.5 * np.clip(np.rint(x / 0.5), -1, 1),
        ),
        (
            {"range": 0.5, "bits": 2, "quantizer": "uniform", "scale": 2.0},
            lambda x: 2.0 * np.clip(np.rint(np.clip(x, -0.5, 0.5) / 2.0), -1, 1),
        ),
    ],
)
def test_range_and_dead_zone_leave_what_they_say(place, limits, expected):
    error, hidden = signals(**{place: limits})
    assert_allclose(hidden, expected(error), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("place", ["message", "receive"])
def test_relative_noise_is_in_proportion_and_has_mean_0(place):
    error, hidden = signals(**{place: {"relative_noise": 0.2}})
    z = (hidden / error - 1) / 0.2
    n = z.size
    assert abs(z.mean()) < 4 / n**0.5
    assert abs(z.std() - 1) < 4 / (2 * n) ** 0.5
    assert abs(np.corrcoef(np.abs(error).ravel(), np.abs(z).ravel())[0, 1]) < 4 / n**0.5


def test_both_kinds_of_noise_add_up_and_are_independent():
    error, hidden = signals({"relative_noise": 0.3, "noise": 0.1})
    variance = np.mean((hidden - error) ** 2)
    expected = 0.3**2 * np.mean(error**2) + 0.1**2
    assert abs(variance / expected - 1) < 5 * (2 / error.size) ** 0.5 * 2


def test_neutral_values_change_no_bit():
    plain = signals()
    neutral = signals({"relative_noise": 0.0, "noise": 0.0, "range": None, "dead_zone": 0.0})
    for one, other in zip(plain, neutral, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"range": 0.0}, "range must be greater than 0, got 0.0; leave it out for no limit"),
        ({"dead_zone": -1.0}, "dead_zone must be at least 0, got -1.0; leave it out for none"),
        ({"relative_noise": "x"}, "relative_noise must be a number, got 'x'"),
    ],
)
def test_bad_values_get_their_sentence(limits, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.Message(**limits)
    assert sentence in str(caught.value)
