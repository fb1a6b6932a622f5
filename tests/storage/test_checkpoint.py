"""Saving and loading as users do it: data, rates, paths."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import data
from neurochannel.data import Data
from neurochannel.engine.many import train_many
from neurochannel.engine.rates import Decay
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import CheckpointError, OptionError
from neurochannel.model.populations import Bias
from neurochannel.model.recipes import bp, mlp
from neurochannel.storage import Checkpoint, load, peek, save
from tests.storage.runs import (
    assert_same,
    few_digits,
    tiny_data,
    tiny_network,
    tiny_run,
    train_to_the_middle,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.h5"


def digits_run(digits: Data, **options: object) -> Simulation:
    return Simulation(mlp(None, 6, None).with_channel(bp()), digits, batch_size=100, **options)


def halved(update: int) -> float:
    return 0.5 / (1 + update)


def refused(path: Path, *args: object, **options: object) -> str:
    """Return the sentence with which a file is refused, without its name."""
    with pytest.raises(CheckpointError) as caught:
        load(path, *args, **options)
    text = str(caught.value)
    assert text.startswith(f"{path} ")
    assert "\n" not in text
    return text.removeprefix(f"{path} ")


# --- data ------------------------------------------------------------------------------------


def test_a_named_data_set_is_loaded_again(path: Path) -> None:
    run = digits_run(data.load("digits"))
    run.train(1, progress=False)
    save(run, path)
    resumed = load(path)
    assert resumed.data.name == "digits"
    resumed.train(1, progress=False)
    run.train(1, progress=False)
    assert_same(run, resumed)


def test_a_data_file_is_loaded_again_by_its_path(path: Path, tmp_path: Path) -> None:
    file, digits = tmp_path / "own.npz", few_digits()
    parts = {"train_x": digits.train.x, "train_t": digits.train.t}
    np.savez(file, **parts)
    run = digits_run(data.load(file))
    save(run, path)
    assert load(path).data.name == str(file)
    np.savez(file, **parts | {"train_x": digits.train.x[::-1]})
    assert refused(path).startswith(
        f"was trained on '{file}' whose content has changed since (fingerprint "
    )
    assert refused(path).endswith(
        "; put the old files back, or allow other data, to continue with it on purpose"
    )
    assert load(path, other_data=True).data.name == str(file)
    file.unlink()
    assert refused(path) == (
        f"was trained on data that cannot be loaded: data file {file} does not exist; check the "
        "path; or give the data set itself, or load the run without data, to use the network alone"
    )
    assert load(path, without_data=True).data is None


def test_a_run_on_plain_arrays_comes_back_without_data(path: Path) -> None:
    digits = few_digits()
    run = digits_run(digits)
    run.train(2, progress=False)
    save(run, path)
    resumed = load(path)
    assert resumed.data is None
    assert resumed.evaluate(digits.test) == run.evaluate()
    np.testing.assert_array_equal(resumed.predict(digits.test.x), run.predict(digits.test.x))
    with pytest.raises(OptionError, match="there is no data to train on; give a data set"):
        resumed.train(1)
    again = load(path, digits)
    again.train(1, progress=False)
    run.train(1, progress=False)
    assert_same(run, again)


def test_bytes_keep_their_worth_without_data(path: Path) -> None:
    run = digits_run(few_digits())
    save(run, path)
    save(load(path), path)
    byte = np.full((1, 64), 16, np.uint8)
    np.testing.assert_array_equal(load(path).predict(byte), run.predict(byte))


def test_other_data_are_refused_unless_they_are_meant(path: Path) -> None:
    run = tiny_run(1)
    train_to_the_middle(run, 4)
    save(run, path)
    other = tiny_data(seed=1)
    assert refused(path, other) == (
        "was trained on data of other content than this "
        f"(fingerprint {tiny_data().fingerprint[:12]}, not {other.fingerprint[:12]}); "
        "give the data that it was trained on, "
        "or allow other data, to continue with it on purpose"
    )
    resumed = load(path, other, other_data=True)
    assert (resumed.epoch, resumed.progress.position, resumed.updates_done) == (1, 0, 4)
    resumed.train(1, progress=False)
    assert resumed.updates_done == 7


def test_data_of_other_sizes_are_refused(path: Path) -> None:
    save(tiny_run(1), path)
    for other_data in (False, True):
        assert refused(path, few_digits(), other_data=other_data) == (
            "holds a network of 3 inputs and 2 outputs, but the data has 64 and 10; "
            "give data that fits"
        )


def test_images_of_another_shape_are_refused_though_they_are_as_large(path: Path) -> None:
    x, t = np.zeros((4, 2, 6, 3)), [0, 1, 2, 0]
    save(nc.Simulation(nc.convnet(None, nc.conv(2, 1), None), nc.Data(x, t)), path)
    for other_data in (False, True):
        assert refused(path, nc.Data(x.reshape(4, 3, 2, 6), t), other_data=other_data) == (
            "holds a network of images of 2 x 6 x 3, but those of the data are 3 x 2 x 6; "
            "give data that fits"
        )
    load(path, nc.Data(x.reshape(4, -1), t), other_data=True)


def test_a_position_that_unknown_data_cannot_have_is_refused(path: Path) -> None:
    run = tiny_run(1)
    train_to_the_middle(run, 8)
    save(run, path)
    save(load(path, without_data=True), path)
    assert load(path, tiny_data()).progress.position == 8
    fewer = tiny_data(7)
    assert refused(path, fewer) == (
        "stands at example 8 of an epoch, which 7 examples in batches of 4 do not reach; give the "
        "data that it was trained on, or allow other data, to continue with it on purpose"
    )
    assert load(path, fewer, other_data=True).progress.position == 0


def test_a_network_comes_back_with_the_biases_of_single_neurons(path: Path) -> None:
    network = mlp(3, 2, 2, bias=Bias(value=[0.1, -1e-300])).with_channel(bp())
    save(Simulation(network, tiny_data(), batch_size=4), path)
    again = load(path, tiny_data())
    assert again.network == network
    assert again.biases["hidden1"].tolist() == np.float32([0.1, -1e-300]).tolist()


def test_data_and_without_data_exclude_each_other(path: Path) -> None:
    save(tiny_run(0), path)
    with pytest.raises(OptionError, match="without_data must be left out when data is given"):
        load(path, tiny_data(), without_data=True)


# --- rates and options -----------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 1e-300, Decay(0.3, 1e-6), Decay(0.1, 0.0)])
def test_rates_come_back(path: Path, rate: float | Decay) -> None:
    save(tiny_run(0, rate=rate), path)
    assert load(path).rate == rate
    assert peek(path).options["rate"] == rate
    assert load(path, rate=0.7).rate == 0.7


def test_a_rate_that_is_a_function_has_to_be_given_again(path: Path) -> None:
    whole, run = tiny_run(3, rate=halved), tiny_run(2, rate=halved)
    save(run, path)
    assert peek(path).options["rate"] == f"{__name__}.halved"
    assert refused(path, tiny_data()) == (
        f"was trained with a rate that is a function, '{__name__}.halved', which no file can hold; "
        "give the rate again"
    )
    resumed = load(path, tiny_data(), halved)
    resumed.train(1, progress=False)
    assert_same(whole, resumed)


def test_callable_objects_and_odd_names_are_noted_too(path: Path) -> None:
    class Größe:
        def __call__(self, update: int) -> float:
            return 0.1

    for rate in (Größe(), lambda update: 0.1):
        save(tiny_run(0, rate=rate), path, overwrite=True)
        assert refused(path).startswith("was trained with a rate that is a function, 'test")


def test_options_come_back(path: Path) -> None:
    run = tiny_run(1, seed=2**64 - 1, batch_size=5, dtype="float64", threads=2, rate=0.25)
    save(run, path)
    assert load(path).options == run.options
    assert peek(path).options == vars(run.options)


def test_a_bad_rate_is_an_option_out_of_range(path: Path) -> None:
    save(tiny_run(0), path)
    with pytest.raises(OptionError, match="rate must be a positive number, got -1"):
        load(path, rate=-1)


# --- what is saved ---------------------------------------------------------------------------


def test_diverged_weights_are_not_saved(path: Path) -> None:
    run = tiny_run(1)
    save(run, path)
    run.machine.parameter("bias:hidden1")[0] = np.nan
    before = path.read_bytes()
    with pytest.raises(CheckpointError) as caught:
        save(run, path)
    assert str(caught.value) == (
        f"{path} was not written: 'bias:hidden1' holds NaN or Inf after epoch 1; "
        "resume from the last good checkpoint with a lower rate"
    )
    assert path.read_bytes() == before


def test_a_run_that_diverges_leaves_the_last_good_checkpoint(path: Path) -> None:
    run = tiny_run(0, rate=lambda update: 0.1 if update < 6 else 1e38)
    with pytest.raises(ArithmeticError):
        run.train(5, [Checkpoint(path)], progress=False)
    kept = load(path, tiny_data(), rate=0.1)
    assert_same(tiny_run(kept.epoch, rate=0.1), kept)


def test_peek_tells_what_a_run_knows(path: Path) -> None:
    run = tiny_run(2)
    save(run, path)
    summary = peek(path)
    assert summary.name == run.network.name
    assert summary.network == run.network.to_toml()
    assert summary.progress == run.progress
    assert summary.scale == run.data.scale
    assert (summary.data_name, summary.fingerprint) == (None, run.data.fingerprint)
    for column in run.history:
        np.testing.assert_array_equal(summary.history[column], run.history[column])


# --- the callback ----------------------------------------------------------------------------


def test_a_checkpoint_is_written_every_so_many_epochs(path: Path) -> None:
    epochs: list[int] = []
    run = tiny_run(0)
    run.train(
        7,
        [Checkpoint(path, every=3), lambda _: epochs.append(path.exists() and peek_epoch(path))],
        progress=False,
    )
    assert epochs == [False, False, 3, 3, 3, 6, 6]
    assert_same(tiny_run(6), load(path, tiny_data()))


def peek_epoch(path: Path) -> int:
    return peek(path).progress.epoch


def test_epochs_may_stand_in_the_name(tmp_path: Path) -> None:
    names = [tmp_path / "{a}{epoch}.h5", tmp_path / "b{epoch:03}.h5"]
    tiny_run(0).train(2, [Checkpoint(name) for name in names], progress=False)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["b001.h5", "b002.h5", "{a}1.h5", "{a}2.h5"]
    assert peek_epoch(tmp_path / "b002.h5") == 2


@pytest.mark.parametrize("every", [0, -1, 1.5, True, "2"])
def test_every_must_be_a_number_of_epochs(path: Path, every: object) -> None:
    with pytest.raises(OptionError, match="every must be a whole number of at least 1, got"):
        Checkpoint(path, every=every)


def test_a_place_that_cannot_be_written_is_found_before_training(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file or directory.; make that folder"):
        Checkpoint(tmp_path / "nowhere" / "run.h5")
    with pytest.raises(CheckpointError, match="it is a folder.; name a file in it"):
        Checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="must not have {epoch} in its folder"):
        Checkpoint(tmp_path / "{epoch}" / "run.h5")
    assert list(tmp_path.iterdir()) == []


# --- memory ----------------------------------------------------------------------------------


def no_memory(*_: object) -> None:
    raise MemoryError


def test_too_little_memory_to_save_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny_run(1)
    save(run, path)
    before = path.read_bytes()
    monkeypatch.setattr("neurochannel.storage.writing.put_seal", no_memory)
    with pytest.raises(CheckpointError, match="was not written: there is too little memory"):
        save(run, path)
    assert path.read_bytes() == before


def test_too_little_memory_to_load_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tiny_run(1), path)
    monkeypatch.setattr(Simulation, "from_snapshot", no_memory)
    assert refused(path) == "needs more memory than there is; use a machine with more"


def test_one_checkpoint_keeps_each_of_many_networks_apart(tmp_path: Path) -> None:
    callback = Checkpoint(tmp_path / "net-{seed:02}-{epoch}.h5", every=2)
    runs = train_many(
        tiny_network(),
        tiny_data(),
        epochs=2,
        seeds=[3, 11],
        callbacks=[callback],
        batch_size=4,
        progress=False,
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net-03-2.h5", "net-11-2.h5"]
    for run in runs:
        assert_same(run, load(callback.path_at(2, run.seed), tiny_data()))


def test_a_seed_in_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="must not have {seed} in its folder"):
        Checkpoint(tmp_path / "{seed}" / "run.h5")
