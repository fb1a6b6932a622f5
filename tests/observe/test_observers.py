"""What observers measure, held against plain NumPy and the slow twin."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurochannel import data
from neurochannel.data import Data
from neurochannel.engine.epoch import shuffled
from neurochannel.engine.many import train_many
from neurochannel.engine.observations import Observations
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.model.architectures import twin
from neurochannel.model.limits import Message
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias
from neurochannel.model.recipes import arbp, bp, mlp, rbp, sbp, srbp, top_only
from neurochannel.observe.alignment import angle, compared
from neurochannel.observe.messages import bins_of, traffic_of
from neurochannel.observe.observers import Observe
from neurochannel.observe.probe import _PROBES
from tests import reference
from tests.engine.twins import simulation, twin_of
from tests.networks import SEEDS, batches, is_tame, networks, targets
from tests.rounding import ULPS, is_steady, signal_terms
from tests.storage.runs import assert_same, tiny_data

DEGREES = 180 / math.pi


def measured(run: Simulation, *what: str, probe: int = 256) -> dict[str, Any]:
    return {name: value for name, value, _ in Observe(*what, probe=probe).measure(run)}


def tiny(*recipes: Any, sizes: tuple[int, ...] = (3, 4, 5, 2), **options: Any) -> Simulation:
    network = mlp(*sizes).with_channel(*recipes)
    options = {"dtype": "float64", "batch_size": 4, "seed": 5, **options}
    return Simulation(network, tiny_data(), **options)


def degrees(u: Any, v: Any) -> float:
    u, v = np.ravel(u), np.ravel(v)
    return DEGREES * math.acos(np.clip(u @ v / np.sqrt((u @ u) * (v @ v)), -1, 1))


def entropy(p: np.ndarray) -> float:
    return float(-sum(q * math.log2(q) for q in p if q > 0))


# --- angles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [0, 1e-7, 1, 45, 90, 135, 179.9999, 180])
def test_an_angle_is_exact_also_where_its_cosine_is_flat(wanted: float) -> None:
    radians = wanted / DEGREES
    turned = [7 * np.array([math.cos(radians), math.sin(radians)])]
    assert angle([np.array([0.1, 0.0])], turned) == pytest.approx(wanted, rel=1e-9, abs=1e-14)


def test_an_angle_to_nothing_is_not_a_number() -> None:
    assert math.isnan(angle([np.zeros(3)], [np.ones(3)]))
    assert math.isnan(angle([np.ones(3)], [np.full(3, np.inf)]))


@given(network=networks(), seed=SEEDS, draw=st.data())
def test_all_that_one_look_measures_is_what_the_slow_twin_gives(
    network: Network, seed: int, draw: st.DataObject
) -> None:
    x, t = draw.draw(batches(network, every_label=True))
    run = simulation(network, seed=seed, data=Data(x, t))
    net, state = twin_of(run)
    order = shuffled(len(x), 0, 0)
    inputs, goals = x[order], targets(t, network.size(network.output))[order]
    assume(is_tame(net, state, inputs) and is_steady(net, state, inputs, goals, 0.1))
    got = measured(run)
    totals, active = reference.forward(net, state, inputs)
    # Where a sum cancels, rounding decides in which octave the slope of a power lies.
    powers = [h for h, p in network.populations.items() if p.activation.startswith("power")]
    assume(all(np.abs(totals[h]).min() > ULPS for h in powers))
    R = reference.learning_signals(net, state, inputs, goals)
    terms = signal_terms(net, state, inputs, goals)
    norm = {
        **{f"activity: {h}": active[h] for h in network.forward_order if h != network.input},
        **{f"signal: {h}": R[h] for h in (*network.channel_order, network.output)},
    }
    for name, rows in norm.items():
        assert_allclose(got[name], np.sqrt((rows**2).sum() / len(x)), rtol=1e-8, atol=1e-12)
    for h, p in network.populations.items():
        if f"saturation: {h}" not in got:
            continue
        slopes = reference.slope(p.activation, totals[h])
        largest = {"tanh": 1.0, "logistic": 0.25, "relu": 1.0}[p.activation]
        assert got[f"saturation: {h}"] == np.mean(slopes < 0.1 * largest)
    for bundle in network.channel_bundles:
        bins, source = bins_of(bundle.edges.message), bundle.source
        near = (R[source] + d for d in (-ULPS * terms[source], ULPS * terms[source]))
        assume(len({tuple(traffic_of(signal, bins).fractions) for signal in near}) == 1)
        expected = traffic_of(reference.message(net, state, bundle.name, R), bins)
        assert_allclose(got[f"messages: {bundle.name}"], expected.fractions)
        assert got[f"entropy: {bundle.name}"] == pytest.approx(expected.entropy)
    C = reference.channel_weights(net, state)
    for name, (top, bottom) in compared(network).items():
        mask = net.channel[name].mask
        direct = state.W.get(f"{bottom} -> {top}")
        W = reference.path_product(net, state.W, bottom, top) if direct is None else direct
        expected_angle = angle([C[name][mask]], [W.T[mask]])
        assert_allclose(got[f"symmetry: {name}"], expected_angle, atol=1e-5)


def test_a_channel_that_got_no_edges_has_no_angle_to_single_forward_edges() -> None:
    network = Network(
        populations={"a": {"size": 2}, "b": {"size": 2}, "c": {"size": 2}},
        forward=[{"path": "a -> b"}, {"path": "b -> c", "one_to_one": True}],
        channel=[{"path": "error -> b", "density": 1e-9}],
    )
    run = Simulation(network, Data(np.eye(2), np.array([0, 1])), dtype="float64")
    assert len(run.channel_edges("error -> b")[0]) == 0
    assert np.isnan(measured(run, "symmetry", probe=2)["symmetry: error -> b"])


def test_alignment_is_the_angle_between_the_updates_of_two_networks() -> None:
    run = tiny(srbp())
    run.train(2, progress=False)
    other = Simulation(run.network.with_channel(bp()), tiny_data(), dtype="float64", seed=5)
    for name, weights in run.weights.items():
        other.weights[name] = weights
    for name, biases in run.biases.items():
        other.biases[name] = biases
    order = shuffled(11, 0, 0)[:6]
    x, t = tiny_data().train.x[order], tiny_data().train.t[order]
    ours, exact = run.updates(x, t), other.updates(x, t)
    got = measured(run, "alignment", probe=6)
    assert got.keys() == {"alignment: hidden1", "alignment: hidden2"}
    for population, bundle in (("hidden1", "input -> hidden1"), ("hidden2", "hidden1 -> hidden2")):
        wanted = degrees(ours[bundle], exact[bundle])
        assert got[f"alignment: {population}"] == pytest.approx(wanted, abs=1e-5)
        assert wanted > 5


def test_all_bundles_into_a_population_count_together_and_frozen_ones_do_not() -> None:
    network = Network(
        populations={
            "input": {"size": 3},
            "a": {"size": 4, "activation": "tanh"},
            "b": {"size": 5, "activation": "tanh"},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[
            {"path": "input -> a -> b -> output"},
            {"path": "input -> b"},
            {"path": "a -> output", "learn": False},
        ],
        channel=[{"path": "error -> b"}, {"path": "error -> a"}],
    )
    run = Simulation(network, tiny_data(), dtype="float64")
    order = shuffled(11, 0, 0)
    x, t = tiny_data().train.x[order], tiny_data().train.t[order]
    net, state = twin_of(run)
    tied = {
        name: reference.Channel(*name.split(" -> "), np.ones(shape, bool), "tied")
        for name, shape in {
            "error -> b": (2, 5),
            "error -> a": (2, 4),
            "b -> a": (5, 4),
        }.items()
    }
    ours = run.updates(x, t)
    exact = reference.updates(net._replace(channel=tied), state, x, np.eye(2)[t], 1.0).W

    def together(changes: Any) -> np.ndarray:
        return np.concatenate([changes["a -> b"].ravel(), changes["input -> b"].ravel()])

    got = measured(run, "alignment")
    assert got["alignment: b"] == pytest.approx(degrees(together(ours), together(exact)), abs=1e-5)
    wanted = degrees(ours["input -> a"], exact["input -> a"])
    assert got["alignment: a"] == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_backpropagation_is_aligned_with_itself(dtype: str) -> None:
    run = tiny(bp(), dtype=dtype)
    run.train(3, [Observe("alignment", "symmetry", every=1)], progress=False)
    seen = run.history.observations
    assert len(seen) == 4
    for series in seen.values():
        assert series.epochs.tolist() == [0, 1, 2, 3]
        assert np.all(series.values < (1e-3 if dtype == "float32" else 1e-6))


def test_skipped_random_backpropagation_aligns_on_digits() -> None:
    network = mlp(None, 100, 30, None).with_channel(srbp())
    run = Simulation(network, data.load("digits"), batch_size=10)
    run.train(4, [Observe("alignment")], progress=False, evaluate_every=None)
    for hidden in ("hidden1", "hidden2"):
        angles = run.history.observations[f"alignment: {hidden}"].values
        assert angles[0] > 80
        assert np.all(angles[1:] < 85)


def test_what_no_channel_teaches_has_no_angle() -> None:
    assert measured(tiny(top_only()), "alignment", "symmetry", "messages") == {}


def test_the_output_has_an_angle_where_its_changes_are_limited() -> None:
    limited = mlp(3, 4, 2).with_channel(bp())
    path = {"path": "input -> hidden1 -> output", "update": {"bits": 2, "scale": 0.01}}
    run = Simulation(limited.model_copy(update={"forward": [path]}), tiny_data(), dtype="float64")
    got = measured(run, "alignment")
    assert got.keys() == {"alignment: hidden1", "alignment: output"}
    assert all(value > 1 for value in got.values())


# --- symmetry --------------------------------------------------------------------------------


def test_a_skipped_channel_is_compared_with_the_product_of_the_weights() -> None:
    run = tiny(srbp())
    W2, W3 = run.weights["hidden1 -> hidden2"], run.weights["hidden2 -> output"]
    C = run.channel_weights
    got = measured(run, "symmetry")
    wanted = degrees(C["error -> hidden1"], (W2 @ W3).T)
    assert got["symmetry: error -> hidden1"] == pytest.approx(wanted)
    wanted = degrees(C["error -> hidden2"], W3.T)
    assert got["symmetry: error -> hidden2"] == pytest.approx(wanted)
    assert all(value < 1e-6 for value in measured(tiny(sbp()), "symmetry").values())


def test_twins_stand_for_the_neurons_that_they_serve() -> None:
    run = tiny(twin())
    got = measured(run, "symmetry")
    assert got.keys() == {
        "symmetry: error -> twin.hidden2",
        "symmetry: twin.hidden2 -> twin.hidden1",
    }
    C, W = run.channel_weights["twin.hidden2 -> twin.hidden1"], run.weights["hidden1 -> hidden2"]
    assert got["symmetry: twin.hidden2 -> twin.hidden1"] == pytest.approx(degrees(C, W.T))


def test_a_sparse_channel_is_compared_over_its_own_edges() -> None:
    run = tiny(rbp(fan_in=2))
    C, W = run.channel_weights["hidden2 -> hidden1"], run.weights["hidden1 -> hidden2"]
    got = measured(run, "symmetry")["symmetry: hidden2 -> hidden1"]
    assert got == pytest.approx(degrees(C[C != 0], W.T[C != 0]))


# --- messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "labels"),
    [
        (Message(bits=1), ("-1", "0", "1")),
        (Message(bits=2, scale=2.0), ("-2", "-1", "0", "1", "2")),
        (Message(bits=2, quantizer="log_zero"), ("-1", "0", "1")),
        (Message(bits=3, quantizer="log_zero"), ("-1", "-0.5", "-0.25", "0", "0.25", "0.5", "1")),
        (Message(bits=2, quantizer="stochastic", scale=0.5), ("-0.5", "0", "0.5")),
        (Message(keep="sign", scale=3.0), ("-3", "0", "3")),
    ],
)
def test_messages_of_few_bits_are_counted_by_level(message: Message, labels: Any) -> None:
    bins = bins_of(message)
    assert bins.labels == labels
    values = np.array([float(label) for label in labels])
    sent = np.repeat(values, np.arange(1, len(values) + 1)).astype(np.float32)
    said = traffic_of(sent, bins)
    assert_allclose(said.fractions, np.arange(1, len(values) + 1) / len(sent))
    assert said.entropy == pytest.approx(entropy(said.fractions))


def test_other_messages_are_counted_by_octave() -> None:
    for message in (None, Message(bits=9, quantizer="uniform"), Message(keep="magnitude")):
        bins = bins_of(message)
        assert bins.levels is None
        x = np.array([0.0, 1.0, 1.9, -0.5, -0.7, 1e-30, -1e30, 2.0])
        said = dict(zip(bins.labels, traffic_of(x, bins).fractions * 8, strict=True))
        used = {label: count for label, count in said.items() if count}
        assert used == {"0": 1, "2^0": 2, "-2^-1": 2, "2^-20": 1, "-2^3": 1, "2^1": 1}
        assert traffic_of(x, bins).entropy == pytest.approx(2.5)


def test_a_channel_that_always_says_the_same_uses_no_bits() -> None:
    said = traffic_of(np.ones((3, 4)), bins_of(Message(bits=1)))
    assert said.entropy == 0
    assert not math.copysign(1, said.entropy) < 0


# --- distance --------------------------------------------------------------------------------


def test_distance_is_counted_from_the_initial_weights() -> None:
    run = tiny(arbp())
    start = {**run.weights, **run.channel_weights}
    assert not any(v for k, v in measured(run, "distance").items() if k.startswith("distance"))
    run.train(3, progress=False)
    got = measured(run, "distance")
    for name, now in {**run.weights, **run.channel_weights}.items():
        moved = np.linalg.norm(now - start[name])
        assert moved > 0
        assert got[f"distance: {name}"] == pytest.approx(moved)
        wanted = moved / np.linalg.norm(start[name])
        assert got[f"relative distance: {name}"] == pytest.approx(wanted)


# --- when, and what it changes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "epochs"),
    [
        ({}, [0, 1, 3, 10, 20, 40]),
        ({"every": 7}, [0, 7, 14, 21, 28, 35, 42]),
        ({"at": [2, 41, 500]}, [2, 41]),
    ],
)
def test_the_schedule_is_kept(options: Any, epochs: list[int]) -> None:
    run = tiny(srbp())
    run.train(42, [Observe("signals", **options)], progress=False, evaluate_every=None)
    assert run.history.observations["signal: hidden1"].epochs.tolist() == epochs


def test_a_longer_training_observes_no_epoch_twice() -> None:
    whole, run = tiny(srbp()), tiny(srbp())
    whole.train(4, [Observe(every=2)], progress=False)
    for _ in range(4):
        run.train(1, [Observe(every=2)], progress=False)
    assert_same(whole, run)


@pytest.mark.parametrize("recipe", [arbp(), srbp(bits=2, quantizer="stochastic"), twin()])
def test_observing_changes_no_bit(recipe: Any) -> None:
    plain, observed = tiny(recipe, dtype="float32"), tiny(recipe, dtype="float32")
    plain.train(4, progress=False)
    observed.train(4, [Observe(every=1)], progress=False)
    assert len(observed.history.observations) > 10
    observed.history.observations = Observations()
    assert_same(plain, observed)


def test_going_on_with_more_words_measures_these_at_the_same_epoch() -> None:
    run = tiny(srbp())
    run.train(2, [Observe("distance", every=1)], progress=False)
    run.train(1, [Observe("distance", "signals", every=1)], progress=False)
    assert run.history.observations["signal: hidden1"].epochs.tolist() == [2, 3]
    assert run.history.observations["distance: input -> hidden1"].epochs.tolist() == [0, 1, 2, 3]


def test_one_observer_serves_many_networks_side_by_side() -> None:
    network = mlp(3, 4, 5, 2).with_channel(srbp())
    options = {"batch_size": 4, "dtype": "float64"}
    runs = train_many(
        network,
        tiny_data(),
        epochs=3,
        seeds=range(4),
        workers=4,
        callbacks=[Observe(every=1)],
        progress=False,
        **options,
    )
    for seed, run in enumerate(runs):
        alone = Simulation(network, tiny_data(), seed=seed, **options)
        alone.train(3, [Observe(every=1)], progress=False)
        assert_same(alone, run)


def test_a_run_that_was_observed_can_be_forgotten() -> None:
    run = tiny(srbp())
    list(Observe().measure(run))
    assert run in _PROBES
    gone = weakref.ref(run)
    del run
    gc.collect()
    assert gone() is None


def test_observers_can_be_sent_to_other_processes() -> None:
    for again in (pickle.loads(pickle.dumps(Observe("signals", every=3))), copy.copy(Observe())):
        run = tiny(srbp())
        run.train(1, [again], progress=False)
        assert "signal: hidden1" in run.history.observations


def test_the_progress_bar_shows_angles_if_asked() -> None:
    run, observer = tiny(srbp()), Observe("alignment", every=1, show=True)
    assert observer.note(run) == ""
    run.train(1, [observer], progress=False)
    first, second = (run.history.observations[f"alignment: {h}"] for h in ("hidden1", "hidden2"))
    assert observer.note(run) == f"angles {first.values[-1]:.0f}° {second.values[-1]:.0f}°"
    assert Observe("alignment").note(run) == ""
    alone = tiny(srbp(), sizes=(3, 4, 2))
    observer.before(alone)
    assert observer.note(alone).startswith("angle ")
    deep = tiny(srbp(), sizes=(3, 4, 5, 4, 3, 2))
    observer.before(deep)
    assert " to " in observer.note(deep)


def test_notes_reach_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    run = tiny(srbp(), sizes=(3, 4, 2))
    run.train(2, [Observe("alignment", every=1, show=True)], progress=True)
    assert "angle" in capsys.readouterr().err


# --- mistakes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "options", "sentence"),
    [
        (("alignement",), {}, "got 'alignement'; did you mean 'alignment'?"),
        ((), {"every": 0}, "every must be a whole number of at least 1, got 0"),
        ((), {"every": 1.5}, "every must be a whole number of at least 1, got 1.5"),
        ((), {"at": [-1]}, "at must be a whole number of at least 0, got -1"),
        ((), {"probe": 0}, "probe must be a whole number of at least 1, got 0"),
        ((), {"every": 2, "at": [1]}, "every must be left out when at is given"),
        (("signals",), {"show": True}, "show must come with 'alignment'"),
    ],
)
def test_wrong_options_are_refused(what: Any, options: Any, sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        Observe(*what, **options)
    assert sentence in str(caught.value)


def test_a_run_without_data_cannot_be_observed() -> None:
    run = Simulation(mlp(3, 4, 2).with_channel(srbp()))
    with pytest.raises(OptionError, match="a run without data cannot be observed"):
        Observe().before(run)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("a/b", 1, 0.0), "without '/'"),
        (("", 1, 0.0), "must be one line"),
        (("..", 1, 0.0), "must be one line"),
        (("two\nlines", 1, 0.0), "must be one line"),
        (("x" * 201, 1, 0.0), "at most 200 letters"),
        (("old", 1, 0.0), "must not go back from epoch 2 to 1"),
        (("new", -1, 0.0), "must not go back from epoch 0 to -1"),
        (("old", 3, [0.0, 1.0]), "must have the parts that it had before, one number, got 2"),
        (("new", 3, [0.0, 1.0], ("a",)), "or one number for each label, got shape (2,)"),
        (("new", 3, [[0.0]]), "got shape (1, 1)"),
        (("new", 3, []), "got shape (0,)"),
    ],
)
def test_observations_that_make_no_series_are_refused(arguments: Any, sentence: str) -> None:
    seen = Observations()
    seen.add("old", 2, 1.0)
    with pytest.raises(OptionError) as caught:
        seen.add(*arguments)
    assert sentence in str(caught.value)
    assert list(seen) == ["old"]


def test_series_cannot_be_changed_and_the_newest_word_counts() -> None:
    seen = Observations()
    seen.add("a", 1, 0.5)
    seen.add("a", 1, 0.7)
    assert_array_equal(seen["a"].values, [0.7])
    with pytest.raises(ValueError, match="read-only"):
        seen["a"].values[0] = 0
    seen.add("b", 2, [1.0, 2.0], ("x", "y"))
    assert seen.last() == {
        "a": {"epoch": 1, "value": 0.7},
        "b": {"epoch": 2, "value": [1.0, 2.0], "labels": ["x", "y"]},
    }
    with pytest.raises(KeyError, match="'c' was not observed; there is 'a', 'b'"):
        seen["c"]


# --- pulses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("pulses", ["example", "batch"])
def test_pulses_are_those_of_a_device_in_an_update(pulses: str) -> None:
    """|rate mean of x d| / step at batch, and the sum of rate |x d| / (B step) over examples."""
    synapse = {"step": 1e-3, "pulses": pulses}
    network = mlp(3, 4, 2).with_channel(srbp()).with_defaults(forward={"synapse": synapse})
    given = Bias(synapse=synapse)
    hidden = network.populations["hidden1"].model_copy(update={"bias": given})
    network = network.model_copy(update={"populations": {**network.populations, "hidden1": hidden}})
    run = Simulation(network, tiny_data(), rate=0.1, batch_size=4, seed=5, dtype="float64")
    got = measured(run, "pulses", probe=8)
    assert list(got) == ["pulses: input -> hidden1", "pulses: hidden1 -> output", "pulses: hidden1"]
    examples = run.data.train
    order = shuffled(len(examples.x), 0, 0)[:8]
    x, t = examples.x[order], examples.t[order]
    activity, signals = run.forward(x), run.learning_signals(x, t)
    one = np.ones((8, 1))
    for name, source, signal in (
        ("input -> hidden1", activity["input"], signals["hidden1"]),
        ("hidden1 -> output", activity["hidden1"], signals["output"]),
        ("hidden1", one, signals["hidden1"]),
    ):
        asked = 0.1 / 1e-3 * source[:, :, None] * signal[:, None, :] / 4
        parts = asked.reshape(2, 4, *asked.shape[1:])
        each = np.abs(parts).sum(axis=1) if pulses == "example" else np.abs(parts.sum(axis=1))
        assert got[f"pulses: {name}"] == pytest.approx(each.mean()), name


def test_only_devices_with_steps_get_pulses() -> None:
    network = (
        mlp(3, 4, 2)
        .with_channel(srbp())
        .with_defaults(forward={"synapse": {"bits": 3, "range": 1.0}})
    )
    assert measured(Simulation(network, tiny_data(), batch_size=4), "pulses") == {}
