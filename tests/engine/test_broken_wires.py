"""Wires that are dead or stuck on a chip: as many as asked for, and always the same ones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import neurochannel as nc
from neurochannel.engine.broken_wires import Broken
from neurochannel.observe.lint import lint
from tests.engine.continuing import assert_continues_alike
from tests.storage.runs import assert_same

RNG = np.random.default_rng(0)
X, T = RNG.random((40, 8)), np.arange(40) % 10
NET = nc.mlp(8, 7, 10)
KEY, FORWARD = "fault:channel:error -> hidden1", "fault:weights:input -> hidden1"


def started(chip_seed=None, network=NET, recipe=nc.srbp, **message):
    options = {"batch_size": 40, "dtype": "float64", "seed": 3, "chip_seed": chip_seed}
    return nc.Simulation(network.with_channel(recipe(**message)), (X, T), **options)


def heard(run):
    """(errors, what hidden neurons hear before f')."""
    found, activity = run.learning_signals(X, T), run.forward(X)
    return found["error"], found["hidden1"] / (1 - activity["hidden1"] ** 2)


@pytest.mark.parametrize("dead", [0.0, 0.04, 0.05, 0.1, 0.34, 1.0])
@pytest.mark.parametrize("stuck", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("n", [1, 10, 101])
def test_exactly_as_many_are_broken_as_asked_for(dead, stuck, n):
    for seed in range(5):
        found = Broken(dead, stuck, 0.3, 0.0).numbers(n, np.uint64(seed), np.uint64(7))
        n_dead = int(np.floor(dead * n + 0.5))
        assert np.isnan(found).sum() == n_dead
        assert (found == 0.3).sum() == min(int(np.floor(stuck * n + 0.5)), n - n_dead)


def test_all_wires_are_broken_equally_often_and_stuck_ones_have_both_signs():
    drawn = np.array(
        [Broken(0.2, 0.3, None, 0.5).numbers(10, np.uint64(s), np.uint64(1)) for s in range(2000)]
    )
    for chosen, p in ((np.isnan(drawn), 0.2), (np.abs(drawn) == 0.5, 0.3), (drawn == 0.5, 0.15)):
        rates = chosen.mean(axis=0)
        assert (np.abs(rates - p) < 5 * (p * (1 - p) / 2000) ** 0.5).all()


@pytest.mark.parametrize("recipe", [nc.srbp, nc.asrbp])
def test_what_arrives_is_what_the_chip_says(recipe):
    run = started(recipe=recipe, dead=0.2, stuck=0.3, stuck_at=0.4)
    fault = run.chip[KEY]
    assert fault.shape == (10,) and np.isnan(fault).sum() == 2 and (fault == 0.4).sum() == 3
    error, hidden = heard(run)
    arriving = np.where(fault == 0, error, np.nan_to_num(fault))
    weights = run.channel_weights["error -> hidden1"]
    assert_allclose(hidden, arriving @ weights, rtol=1e-9)
    if recipe is nc.asrbp:
        change = run.updates(X, T)["error -> hidden1"]
        activity = run.forward(X)["hidden1"]
        assert_allclose(change, 0.1 * arriving.T @ activity / 40, rtol=1e-9)


@pytest.mark.parametrize("sparse", [{}, {"fan_in": 4}])
def test_single_wires_are_broken_with_their_changes(sparse):
    run = started(recipe=nc.asrbp, dead=0.2, stuck=0.3, stuck_at=0.4, per="wire", **sparse)
    weights, fault = run.channel_weights["error -> hidden1"], run.chip[KEY]
    each = np.zeros((10, 7))
    mask = np.ones((10, 7), bool)
    if sparse:
        sources, receivers = run.channel_edges("error -> hidden1")
        mask[:] = False
        mask[sources, receivers] = True
        each[sources, receivers] = fault
    else:
        each = fault
    assert np.isnan(fault).sum() == np.floor(0.2 * fault.size + 0.5)
    error, hidden = heard(run)
    arriving = np.where(each == 0, error[:, :, None], np.nan_to_num(each)) * mask
    assert_allclose(hidden, np.einsum("bsd,sd->bd", arriving, weights), rtol=1e-9)
    activity = run.forward(X)["hidden1"]
    expected = 0.1 * np.einsum("bsd,bd->sd", arriving, activity) / 40
    assert_allclose(run.updates(X, T)["error -> hidden1"], expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("per", ["message", "wire"])
def test_activity_takes_broken_wires_and_weights_learn_from_what_they_say(per):
    message = {"dead": 0.3, "stuck": 0.2, "stuck_at": -0.5, "per": per}
    net = NET.with_defaults(forward={"message": message}).with_channel(nc.bp())
    run = nc.Simulation(net, batch_size=40, dtype="float64", seed=3)
    fault = run.chip["fault:weights:hidden1 -> output"]
    assert fault.shape == ((7,) if per == "message" else (7, 10))
    activity, signals = run.forward(X), run.learning_signals(X, T)
    table = fault[:, None] if per == "message" else fault
    arriving = np.where(table == 0, activity["hidden1"][:, :, None], np.nan_to_num(table))
    change = run.updates(X, T)["hidden1 -> output"]
    arriving = np.broadcast_to(arriving, (40, 7, 10))
    expected = 0.1 * np.einsum("bsd,bd->sd", arriving, signals["error"]) / 40
    assert_allclose(change, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("fields", [{"update": {"bits": 8, "scale": 1.0}}, {"synapse": "ecram"}])
def test_stuck_wires_of_silent_sources_teach_at_once(fields):
    message = {"stuck": 0.5, "stuck_at": 1.0, "per": "wire"}
    if "synapse" in fields:
        fields = {"synapse": {"preset": "ecram", "pulses": "batch"}}
    net = NET.with_defaults(forward={"message": message, **fields}).with_channel(nc.bp())
    run = nc.Simulation(net, batch_size=4, dtype="float64", seed=3, rate=0.5)
    silent = np.zeros((4, 8))
    change, stuck = run.updates(silent, T[:4])["input -> hidden1"], run.chip[FORWARD] == 1.0
    moved = np.broadcast_to(run.learning_signals(silent, T[:4])["hidden1"].any(axis=0), (8, 7))
    assert (stuck & moved).any(axis=1).sum() > 4
    assert (change != 0).any(axis=1).tolist() == (stuck & moved).any(axis=1).tolist()


@pytest.mark.parametrize("recipe", [nc.bp, nc.sbp, nc.rbp])
def test_tied_wires_are_those_of_the_forward_bundle(recipe):
    run = started(network=nc.mlp(8, 7, 6, 10), recipe=recipe, dead=0.3, per="wire")
    shape = run.chip["fault:channel:error -> hidden2"].shape
    assert shape == ((6, 10) if recipe is nc.bp else (10, 6))
    assert np.isnan(run.chip["fault:channel:error -> hidden2"]).sum() == 18


def test_the_chip_decides_and_the_seed_does_not():
    message = {"dead": 0.3, "stuck": 0.2, "stuck_at": 1.0}
    same = [started(chip_seed=5, **message), started(chip_seed=5, **message).branch(seed=9)]
    assert_array_equal(same[0].chip[KEY], same[1].chip[KEY])
    assert any(
        not np.array_equal(
            np.isnan(started(chip_seed=s, **message).chip[KEY]), np.isnan(same[0].chip[KEY])
        )
        for s in range(6, 10)
    )
    many = nc.train_many(
        same[0].network,
        (X, T),
        epochs=1,
        seeds=3,
        chip_seeds=[5, 6],
        batch_size=40,
        dtype="float64",
    )
    assert_array_equal(many[0].chip[KEY], same[0].chip[KEY])
    alone = started(chip_seed=5, **message)
    alone.train(1, progress=False)
    assert_same(alone, many[0])


@pytest.mark.parametrize("per", ["message", "wire"])
def test_a_run_on_a_broken_chip_resumes(per, tmp_path):
    run = started(dead=0.2, stuck=0.1, range=0.3, per=per)
    assert set(np.abs(run.chip[KEY][run.chip[KEY] != 0])) - {0.3} != set()
    assert_continues_alike(run, (X, T), tmp_path)


def test_stuck_wires_speak_where_nothing_is_sent_and_noise_does_not_reach_them():
    run = started(every=40, noise=0.1, stuck=1.0, stuck_at=0.25)
    _, hidden = heard(run)
    total = 0.25 * run.channel_weights["error -> hidden1"].sum(axis=0)
    assert_allclose(hidden, np.tile(total, (40, 1)), rtol=1e-9)


def test_no_fault_changes_no_bit():
    plain, neutral = started(), started(dead=0.0, stuck=0.0)
    assert plain.listing() == neutral.listing() and not neutral.chip


def test_the_ledger_and_lint_count_what_is_broken():
    row = nc.ledger(started(dead=0.3, stuck=0.2, stuck_at=1.0).network).bundles[-1]
    assert row.messages == 10 and row.delivered == pytest.approx(5)
    (found,) = lint(started(dead=0.5, loss=0.85).network)
    assert "leaves 0.075 of what is sent" in found.text
    deaf = lint(started(dead=1.0, per="wire").network)
    assert any("all wires" in finding.text for finding in deaf)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"dead": 1.5}, "dead must be at most 1, got 1.5; leave it out for none"),
        (
            {"dead": 0.6, "stuck": 0.5, "stuck_at": 1.0},
            "dead must be at most 1 together with stuck",
        ),
        ({"stuck": 0.5}, "stuck_at is missing; say what stuck wires say"),
        ({"stuck": 0.5, "range": "batch", "bits": 3}, "stuck_at is missing"),
        ({"stuck_at": 0.5}, "stuck_at must be left out where nothing is stuck, got 0.5"),
    ],
)
def test_bad_values_get_their_sentence(limits, sentence):
    with pytest.raises(nc.NetworkError) as caught:
        nc.Message(**limits)
    assert sentence in str(caught.value)
