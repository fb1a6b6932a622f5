"""What the gate knows of units, output and loss, and what must stay allowed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import DataError, NetworkError, NeurochannelError, OptionError

RNG = np.random.default_rng(1)
PIXELS = RNG.integers(0, 256, (12, 4), np.uint8)
PIXELS[0, 0] = 255
SPIKES = (PIXELS > 127).astype(np.uint8)
UNIT = (PIXELS / 255).astype(np.float32)
T = np.arange(12) % 3
NET = nc.mlp(4, 5, 3).with_channel(nc.bp())


def output(activation: str, size: int | None, loss: str | None = None) -> nc.Network:
    made = nc.mlp(4, 5, size, output=activation).with_channel(nc.bp())
    return made.model_copy(update={"loss": loss}) if loss else made


# --- what a byte is worth ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "test", "given", "scale"),
    [
        (PIXELS, None, None, 1 / 255),
        (SPIKES, None, None, 1),
        (SPIKES, SPIKES, None, 1),
        (SPIKES, PIXELS, None, 1 / 255),
        (0 * SPIKES, None, None, 1 / 255),
        (SPIKES, None, 1 / 255, 1 / 255),
        (SPIKES, None, 0.5, 0.5),
        (UNIT, None, None, 1 / 255),
    ],
)
def test_bytes_of_0_and_1_are_numbers_and_others_are_pixels(train, test, given, scale):
    rest = () if test is None else (test, T)
    assert nc.Data(train, T, *rest, scale=given).scale == scale


TRAINED = {
    "pixels": nc.Data(PIXELS, T),
    "spikes": nc.Data(SPIKES, T),
    "floats": nc.Data(UNIT, T),
    "large floats": nc.Data(PIXELS.astype(np.float32), T),
    "nothing": None,
}


@pytest.mark.parametrize(
    ("trained", "x", "as_floats"),
    [
        ("pixels", PIXELS, UNIT),
        ("pixels", UNIT, UNIT),
        ("pixels", UNIT * 2.8 - 0.4, UNIT * 2.8 - 0.4),
        ("pixels", UNIT + RNG.normal(0, 2, UNIT.shape), None),
        ("pixels", SPIKES, SPIKES / 255),
        ("pixels", np.eye(4), np.eye(4)),
        ("spikes", SPIKES, SPIKES.astype(float)),
        ("spikes", 3.0 * SPIKES, 3.0 * SPIKES),
        ("floats", UNIT, UNIT),
        ("floats", 100 * UNIT, 100 * UNIT),
        ("floats", SPIKES, SPIKES.astype(float)),
        ("nothing", PIXELS, UNIT),
        ("nothing", SPIKES, SPIKES.astype(float)),
        ("nothing", 255 * UNIT, 255 * UNIT),
    ],
)
def test_honest_units_are_taken(trained, x, as_floats):
    run = nc.Simulation(NET, TRAINED[trained])
    plain = nc.Simulation(NET)
    x_plain = (x if as_floats is None else as_floats).astype(np.float32)
    np.testing.assert_allclose(run.predict(x), plain.predict(x_plain), atol=1e-5)


@pytest.mark.parametrize(
    ("trained", "x", "text"),
    [
        ("pixels", PIXELS.astype(float), "bytes times 0.0039.*give x as uint8, or x . run.data"),
        ("pixels", PIXELS.astype(int).tolist(), "floats up to 255"),
        ("pixels", PIXELS * 0.73, "which are 1 at most"),
        ("floats", PIXELS, "bytes up to 255, but the run has floats up to 1 .*x / 255"),
        ("large floats", PIXELS, "bytes up to 255, but the run has floats up to 255"),
    ],
)
def test_a_mix_of_units_is_refused_everywhere(trained, x, text):
    run = nc.Simulation(NET, TRAINED[trained])
    for use in (
        run.predict,
        run.forward,
        lambda x: run.step(x, T),
        lambda x: run.updates(x, T),
        lambda x: run.learning_signals(x, T),
        lambda x: run.evaluate((x, T)),
    ):
        with pytest.raises(DataError, match=text):
            use(x)


def test_a_data_set_says_itself_what_its_bytes_are_worth():
    run = nc.Simulation(NET, TRAINED["floats"])
    expected = run.evaluate()
    assert run.evaluate(nc.Data(PIXELS, T)) == pytest.approx(expected)


def test_evaluate_takes_the_test_part_of_a_data_set_or_else_the_training_part():
    data = nc.Data(UNIT, T, UNIT[:5], T[:5])
    run = nc.Simulation(NET, data)
    assert run.evaluate() == run.evaluate(data) == run.evaluate(data.test)
    assert run.evaluate(nc.Data(UNIT, T)) == run.evaluate(data.train) != run.evaluate()


def test_a_run_on_bytes_of_0_and_1_from_before_goes_on_as_it_began(tmp_path: Path):
    np.savez(tmp_path / "old.npz", train_x=SPIKES, train_t=T, scale=1 / 255)
    run = nc.Simulation(NET, nc.data.load(tmp_path / "old.npz"))
    nc.save(run, tmp_path / "run.h5")
    np.savez(tmp_path / "old.npz", train_x=SPIKES, train_t=T)  # as files were, without a scale
    again = nc.load(tmp_path / "run.h5")
    assert again.data.scale == 1 / 255
    assert again.data.fingerprint == run.data.fingerprint


# --- targets against output and loss -----------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "t"),
    [
        (output("softmax", 9), T),
        (output("softmax", 3), np.full((12, 3), 1 / 3)),
        (output("softmax", 3), np.full((12, 3), 1 / 3, np.float16)),
        (output("softmax", 3, "squared_error"), 5 * np.eye(3)[T]),
        (output("logistic", 3), np.ones((12, 3))),
        (output("logistic", 1), (T > 0)[:, None]),
        (output("linear", 1), T[:, None]),
        (output("linear", None), 1e9 * T[:, None]),
        (output("tanh", 3), 2 * np.eye(3)[T] - 1),
        (output("logistic", 3), T),
    ],
)
def test_targets_that_suit_the_loss_are_taken(network, t):
    run = nc.Simulation(network, (UNIT, t))
    run.step(UNIT, t)
    assert np.isfinite(run.evaluate((UNIT, t)).loss)


@pytest.mark.parametrize(
    ("network", "t", "text"),
    [
        (output("softmax", 1), (T > 0)[:, None], 't is for an output of one softmax.*"logistic"'),
        (output("softmax", None), (T > 0)[:, None], "one softmax neuron"),
        (output("softmax", None), T[:, None], r"give class labels as train_t.ravel\(\)"),
        (output("logistic", 1), T[:, None], r"t.ravel\(\)"),
        (
            output("logistic", 1),
            T % 2,
            r"two neurons, or targets (train_)?t\[:, None\] and a logist",
        ),
        (output("linear", None), 0 * T, "an output neuron for each class, but the output has one"),
        (
            output("logistic", 3),
            2 * np.eye(3)[T] - 1,
            r"give \((train_)?t \+ 1\) / 2, or use a tanh",
        ),
        (output("logistic", 3), 255 * np.eye(3)[T], "loss is binary_cross_entropy, got 0 to 255"),
    ],
)
def test_targets_that_do_not_suit_are_refused_and_found(network, t, text):
    with pytest.raises(NeurochannelError, match=text):
        nc.Simulation(network, (UNIT, t))
    if network.populations["output"].size is not None:
        with pytest.raises(DataError, match=text):
            nc.Simulation(network).step(UNIT, t)
    if t.ndim == 2:
        found = nc.inspect(network, data=(UNIT, t), self_test=False)
        assert any(finding.where == "data.train_t" for finding in found.errors)


@pytest.mark.parametrize(
    ("network", "t", "text"),
    [
        (NET, 2 * (T > 0), r"has no example of class 1, although there are higher ones; number"),
        (output("softmax", 8), 2 * T + 1, "no example of class 0, 2 and 4, although"),
        (output("softmax", None), T + 1, "labels from 1, so that no example is of a class below"),
        (output("linear", 1), T[:, None], "column of whole numbers, which are learned as quantit"),
    ],
)
def test_labels_that_look_misnumbered_are_a_warning(network, t, text):
    found = nc.inspect(network, data=(UNIT, t), self_test=False)
    (text_found,) = (f.text for f in found.warnings if f.where == "data.train_t")
    assert re.search(text, text_found)


def test_one_softmax_neuron_is_an_error_before_there_is_data():
    found = nc.inspect(output("softmax", 1))
    assert any("one softmax neuron" in finding.text for finding in found.errors)


def test_missing_highest_classes_train_and_come_back(tmp_path: Path):
    few = T < 2
    run = nc.Simulation(NET, (UNIT[few], T[few]))
    run.train(2)
    nc.save(run, tmp_path / "run.h5")
    nc.load(tmp_path / "run.h5", data=(UNIT[few], T[few])).train(1)
    assert not nc.inspect(NET, data=(UNIT[few], T[few]), self_test=False).errors
    assert len(nc.train_many(NET, (UNIT[few], T[few]), epochs=1, seeds=[0, 1])) == 2


# --- other values ------------------------------------------------------------------------------


def test_the_data_of_a_run_cannot_be_replaced():
    run = nc.Simulation(NET, TRAINED["floats"])
    with pytest.raises(OptionError, match="cannot be replaced.*other_data=True"):
        run.data = nc.Data(UNIT[:, :2], T)
    assert run.data is TRAINED["floats"]


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda run: run.train(1.5), OptionError, "epochs must be a whole number, got 1.5"),
        (lambda run: run.train(None), OptionError, "epochs must be a whole number, got None"),
        (lambda run: run.train(True), OptionError, "epochs must be a whole number, got True"),
        (lambda run: run.train("3"), OptionError, "epochs must be a whole number, got '3'"),
        (lambda run: run.train(np.ones(2)), OptionError, "got an array of shape"),
        (
            lambda run: run.train(1, evaluate_every=0),
            OptionError,
            "evaluate_every must be at least",
        ),
        (lambda run: run.train(1, evaluate_every=[1, 0]), OptionError, "at least 1, got 0"),
        (lambda run: run.train(1, evaluate_every="5"), OptionError, "a whole number, got '5'"),
        (lambda run: run.evaluate(5), DataError, "examples must be .x, t., a data set or a part"),
        (lambda run: run.evaluate("digits"), DataError, "object of the type str"),
        (lambda run: run.evaluate((UNIT, T, UNIT)), DataError, "object of the type tuple"),
        (lambda run: nc.Simulation(NET, "digits"), DataError, r"nc.data.load\('digits'\)"),
        (lambda run: nc.Simulation(NET, Path("a.npz")), DataError, r"nc.data.load\('a.npz'\)"),
        (lambda run: nc.Simulation(NET, 5), DataError, "data must be a data set or .x, t., got"),
        (lambda run: nc.Simulation(NET, UNIT), DataError, "object of the type ndarray"),
        (lambda run: nc.Simulation(None, run.data), NetworkError, "network must be a Network"),
        (lambda run: nc.inspect(NET, data=5), DataError, "data must be a data set or"),
        (lambda run: many(seeds=None), OptionError, "seeds must be a whole number or several"),
        (lambda run: many(seeds=1.5), OptionError, "seeds must be a whole number or several"),
        (lambda run: many(seeds="12"), OptionError, "seeds must be a whole number or several"),
        (lambda run: many(seeds=[0.5]), OptionError, "seed must be a whole number, got 0.5"),
        (lambda run: many(workers=1.5), OptionError, "workers must be a whole number, got 1.5"),
        (lambda run: many(networks=None), OptionError, "networks must be a Network or several"),
        (lambda run: many(data="digits"), DataError, r"nc.data.load\('digits'\)"),
        (lambda run: many(data=None), DataError, "object of the type NoneType"),
    ],
)
def test_other_values_get_a_sentence(act, error, text):
    with pytest.raises(error, match=text):
        act(nc.Simulation(NET, TRAINED["floats"]))


def many(**changed):
    given = {"networks": NET, "data": TRAINED["floats"], "seeds": 0} | changed
    return nc.train_many(given.pop("networks"), given.pop("data"), epochs=1, **given)


def test_whole_numbers_of_numpy_will_do():
    runs = nc.train_many(NET, (UNIT, T), epochs=np.int64(1), seeds=np.int32(3))
    runs[0].train(np.uint8(1))
    assert (runs[0].epoch, runs[0].seed) == (2, 3)


def test_names_and_paths_are_loaded_where_files_are_known(tmp_path: Path):
    np.savez(tmp_path / "own.npz", train_x=UNIT, train_t=T)
    nc.save(nc.Simulation(NET), tmp_path / "run.h5")
    assert nc.load(tmp_path / "run.h5", data=tmp_path / "own.npz").data.n_inputs == 4
    assert nc.inspect(NET, data=str(tmp_path / "own.npz"), self_test=False).network == NET


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.ma.masked_array(np.ones((4, 5)), np.eye(4, 5) > 0), "no masked values, got 4"),
        (np.full((4, 5), "1"), "real numbers"),
        (np.full((4, 5), 1e300), "too large for single precision"),
        (np.full((4, 5), np.inf), "weights 'input -> hidden1' must be finite"),
    ],
)
def test_weights_pass_the_gate_too(value, text):
    with pytest.raises(OptionError, match=text):
        nc.Simulation(NET).weights["input -> hidden1"] = value
