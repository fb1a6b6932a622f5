"""Many starts at once against one by one, and what they show."""

import time

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.theory import chain, ensemble, random_starts
from neurochannel.theory.forms.crowd import settle
from neurochannel.theory.integrate import integrate
from tests.theory.systems import nonlinear


@pytest.mark.parametrize("channel", ["rbp", "srbp", "asrbp", "bp", "arbp"])
def test_many_limits_are_those_of_each_start(channel):
    c = [0.7, -0.5] if channel in ("rbp", "srbp") else 2
    form = chain(c, 0.8, 1.2, channel=channel)
    starts = random_starts(form, 12, seed=3)
    many = ensemble(form, starts)
    assert many.how == ("closed form" if channel in ("rbp", "srbp", "asrbp") else "integrated")
    for start, limit, status in zip(many.starts, many.limits, many.status, strict=True):
        one = form.limit(start)
        assert one.status == status
        if one.converged:
            np.testing.assert_allclose(limit, one.state, atol=2e-6)
    assert set(many.basins) <= {a + b + c for a in "+-" for b in "+-" for c in "+-"}
    circling = {"converged": 9, "not converged": 3}
    assert many.counts() == (circling if channel == "arbp" else {"converged": 12})


def test_chains_with_adaptive_relayed_channels_can_circle_for_ever():
    """Four conserved quantities leave a curve, here an oval without a root of the error."""
    form = chain(2, 0.8, 1.2, channel="arbp")
    start = np.array([0.024, 1.546, 0.545, -0.505, -0.183])
    path = integrate(
        form.velocity, start, until=300.0, tolerance=1e-12, save_at=np.linspace(0, 300, 60_001)
    )
    away = np.abs(path.states - start).max(axis=1)
    later = path.times > 5
    returns = np.flatnonzero(later & (away < 5e-3))
    assert away.max() > 0.2
    assert len(returns) > 1
    assert np.min(np.abs(form.error(path.states))) > 0.3
    assert not form.limit(start).converged


def test_ten_thousand_chains_take_seconds():
    form = chain([0.7, -0.5])
    began = time.process_time()
    many = ensemble(form, random_starts(form, 10_000))
    assert many.converged.all()
    assert many.failed == 0
    assert time.process_time() - began < 60  # about 2 s; a bound against hanging
    products = many.limits.prod(axis=1)
    np.testing.assert_allclose(products, 1, atol=1e-6)


def test_times_are_those_of_the_flow():
    form = chain([0.7, 0.5])
    starts = random_starts(form, 6, 0.5, seed=1)
    many = ensemble(form, starts)
    for start, limit, until in zip(starts, many.limits, many.times, strict=True):
        state = integrate(
            form.velocity, start, until=until, tolerance=1e-12, save_at=[until], still=1e-13
        ).states[-1]
        part = (state[0] - limit[0]) / (start[0] - limit[0])
        assert part == pytest.approx(1e-6, rel=1e-3)


@pytest.mark.parametrize("hidden", [1, 2, 3, 4, 5])
def test_random_channels_of_any_sign_learn_chains_of_lengths_2_to_6(hidden):
    rng = np.random.default_rng(hidden)
    form = chain(rng.normal(size=hidden))
    many = ensemble(form, random_starts(form, 200, seed=hidden))
    assert many.failed == 0


def test_without_slope_powers_do_not_learn_and_with_it_they_do():
    learned = []
    for derivative in (True, False):
        form, _ = nonlinear("power(2)", "rbp", derivative=derivative)
        starts = np.abs(random_starts(form, 20, 0.5, seed=2)) + 0.1
        learned.append(ensemble(form, starts, until=50.0).converged.mean())
    assert learned == [1.0, 0.0]


def test_chains_are_also_one_network_of_one_to_one_bundles():
    form = chain([0.6], 0.8, 1.0)
    starts = random_starts(form, 5, 0.5, seed=4)
    network = nc.Network(
        populations={
            "input": nc.Population(size=5),
            "hidden1": nc.Population(size=5, activation="linear", bias=False),
            "output": nc.Population(size=5, activation="linear", bias=False),
        },
        forward=[nc.ForwardEdges(path="input -> hidden1 -> output", one_to_one=True)],
        channel=[nc.ChannelEdges(path="error -> hidden1", one_to_one=True)],
    )
    run = nc.Simulation(
        network, (np.ones((1, 5)), np.full((1, 5), 0.8)), batch_size=1, dtype="float64"
    )
    run.weights["input -> hidden1"] = np.diag(starts[:, 0])
    run.weights["hidden1 -> output"] = np.diag(starts[:, 1])
    run.channel_weights["error -> hidden1"] = np.diag(np.full(5, 0.6))
    final = nc.theory.flow(run, 200.0, still=1e-10).final
    reached = np.stack(
        [np.diag(final["input -> hidden1"]), np.diag(final["hidden1 -> output"])], axis=1
    )
    np.testing.assert_allclose(reached, ensemble(form, starts).limits, atol=1e-8)


def test_flows_that_blow_up_are_marked():
    _, times, status = settle(lambda x: x**3, np.array([[1.0], [-0.5], [0.0]]), 10.0)
    assert list(status) == ["blew up", "blew up", "converged"]
    np.testing.assert_allclose(times[:2], [0.5, 2.0], atol=1e-5)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda form: ensemble(form, [1, 2]), r"starts must have shape \(starts, 2\)"),
        (lambda form: ensemble(form, [[1, np.nan]]), "starts must be finite"),
        (lambda form: ensemble(form, "ab"), "starts must be numbers"),
        (lambda form: random_starts(form, 0), "n must be a whole number of at least 1, got 0"),
        (lambda form: random_starts(form, 3, -1), "scale must be a finite number above 0, got -1"),
    ],
)
def test_bad_starts_are_told(make, sentence):
    with pytest.raises(nc.OptionError, match=sentence):
        make(chain([0.5]))
