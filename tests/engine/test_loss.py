"""Numbers that are lost on their way: how many, which ones, and what is left of the others."""

from __future__ import annotations

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.model.recipe_names import channel_from_text
from neurochannel.observe.lint import lint
from tests.engine.continuing import assert_continues_alike

RNG = np.random.default_rng(3)
N = 200
X, T = RNG.random((N, 5)), RNG.integers(0, 3, N)
NET = nc.mlp(5, 40, 30, 3)
LINEAR = nc.mlp(5, 40, 30, 3, activation="linear")


def started(network, batch_size=N, seed=1):
    return nc.Simulation(network, (X, T), batch_size=batch_size, seed=seed, dtype="float64")


def signals(network, **options):
    return started(network, **options).learning_signals(X, T)


def within_chance(lost, p):
    """Whether the fraction lost is p, but for 4 standard deviations of as many coins."""
    return abs(lost.mean() - p) < 4 * np.sqrt(p * (1 - p) / lost.size)


@pytest.mark.parametrize("p", [0.01, 0.5, 0.9])
@pytest.mark.parametrize("rescale", [False, True])
def test_as_many_sums_are_lost_as_asked_and_the_others_arrive(p, rescale):
    whole = signals(LINEAR.with_channel(nc.srbp()))["hidden1"]
    left = signals(LINEAR.with_channel(nc.srbp(receive={"loss": p, "rescale": rescale})))["hidden1"]
    lost = left == 0
    assert within_chance(lost, p)
    gain = 1 / (1 - p) if rescale else 1.0
    np.testing.assert_allclose(left[~lost], gain * whole[~lost], rtol=1e-12)
    # Neither examples nor neurons share a fate.
    for axis in (0, 1):
        fractions = lost.mean(axis=axis)
        spread = np.sqrt(p * (1 - p) / lost.shape[axis])
        assert 0.5 * spread < fractions.std() < 1.5 * spread


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_as_many_messages_are_lost_as_asked(p):
    """The message of neuron i is all that neuron i hears."""
    edges = [
        nc.ChannelEdges(path="error -> hidden2"),
        nc.ChannelEdges(path="hidden2 -> hidden1", fan_in=1, init="signs", message={"loss": p}),
    ]
    network = nc.mlp(5, 900, 30, 3, activation="linear").with_channel(*edges)
    heard = signals(network)["hidden1"]
    sources = {}
    for neuron, column in enumerate(np.transpose(heard != 0)):
        sources.setdefault(column.tobytes(), []).append(neuron)
    # All wires of a message share its fate, so there are at most as many fates as sources.
    assert len(sources) <= 30
    lost = np.array([np.frombuffer(key, bool) for key in sources]) == 0
    assert within_chance(lost, p)


def test_each_step_and_each_bundle_loses_others():
    network = LINEAR.with_channel(nc.srbp(receive={"loss": 0.5}))
    run = started(network)
    first = run.learning_signals(X, T)
    assert np.array_equal(run.learning_signals(X, T)["hidden2"], first["hidden2"])
    run.train(1, progress=False)
    second = run.learning_signals(X, T)
    patterns = [
        first["hidden1"][:, :30] == 0,
        first["hidden2"] == 0,
        second["hidden2"] == 0,
        signals(network, seed=2)["hidden2"] == 0,
    ]
    for number, one in enumerate(patterns):
        for other in patterns[:number]:
            assert within_chance(one == other, 0.5)


def test_a_neuron_that_hears_nothing_hears_nothing_with_and_without_derivative():
    edges = [
        nc.ChannelEdges(path="error -> hidden2 -> hidden1"),
        nc.ChannelEdges(path="error -> hidden1", derivative=False),
    ]
    limits = {"population": {"receive": {"loss": 0.5}}}
    silent = signals(NET.with_channel(*edges).with_defaults(**limits))["hidden1"] == 0
    assert within_chance(silent, 0.5)


def test_it_comes_last_and_a_lost_message_of_powers_is_0():
    limits = {"bits": 1, "scale": 0.25, "loss": 0.5, "rescale": True}
    left = signals(LINEAR.with_channel(nc.srbp(receive=limits)))["hidden2"]
    np.testing.assert_array_equal(np.unique(left), [-0.5, 0.0, 0.5])
    assert [stage.kernel for stage in nc.Message(**limits).stages] == ["round_powers", "lose"]
    np.testing.assert_array_equal(nc.Message(**limits).levels(None), [-0.5, 0.0, 0.5])


def test_a_network_learns_through_a_channel_that_loses_half():
    x = RNG.normal(size=(1000, 5))
    t = np.argmax(x[:, :3], axis=1)
    data = nc.Data(x, t, x, t)
    for receive in ({}, {"loss": 0.5, "rescale": True}):
        network = nc.mlp(5, 20, 3).with_channel(nc.srbp(receive=receive))
        run = nc.Simulation(network, data, batch_size=10, rate=0.1, seed=1)
        run.train(20, progress=False)
        assert run.evaluate().accuracy > 0.93


@pytest.mark.parametrize("where", ["message", "receive"])
def test_a_copy_and_a_resumed_run_lose_the_same(where, tmp_path):
    limits = {"loss": 0.4, "bits": 3}
    given = limits if where == "message" else {"receive": limits}
    run = started(NET.with_channel(nc.rbp(**given)), batch_size=10)
    assert_continues_alike(run, (X, T), tmp_path)


def test_the_ledger_counts_what_is_sent():
    rows = [
        next(row for row in nc.ledger(NET.with_channel(nc.srbp(**given))).bundles if row.messages)
        for given in ({}, {"loss": 0.5})
    ]
    assert rows[0].messages == rows[1].messages and rows[0].message_bits == rows[1].message_bits


def test_recipe_text():
    assert channel_from_text("srbp:loss=0.5,rescale=true") == nc.srbp(loss=0.5, rescale=True)
    assert channel_from_text("rbp:receive.loss=0.5") == nc.rbp(receive={"loss": 0.5})


MISTAKES = [
    ({"loss": 1.0}, "message.loss must be less than 1, got 1.0; leave it out for none"),
    ({"loss": -0.1}, "message.loss must be at least 0, got -0.1; leave it out for none"),
    ({"loss": float("nan")}, "message.loss must be"),
    ({"loss": "half"}, "message.loss must be"),
    ({"rescale": True}, "message.rescale must be left out where nothing is lost, got true; "),
    ({"loss": 0.0, "rescale": True}, "message.rescale must be left out where nothing is lost"),
    ({"loss": 0.5, "rescale": 2}, "message.rescale must be"),
]


@pytest.mark.parametrize(("limits", "sentence"), MISTAKES)
@pytest.mark.parametrize("place", ["channel[0].message", "populations.hidden1.receive"])
def test_bad_values_get_one_sentence(limits, sentence, place):
    network = NET.with_channel(nc.srbp())
    tree = network.model_dump(exclude_defaults=True)
    if place.startswith("channel"):
        tree["channel"] = [{"path": "error -> hidden1", "message": limits}]
    else:
        tree["populations"]["hidden1"]["receive"] = limits
    with pytest.raises(NetworkError) as caught:
        nc.Network(**tree)
    (problem,) = caught.value.problems
    assert problem.startswith(sentence.replace("message", place, 1))


def test_lint_names_a_loss_that_leaves_next_to_nothing():
    (found,) = lint(NET.with_channel(nc.srbp(to="hidden2", loss=0.999), nc.srbp(to="hidden1")))
    assert "turns all but" in found.text and found.text.endswith("choose a smaller loss")
    assert not lint(NET.with_channel(nc.srbp(loss=0.5)))
