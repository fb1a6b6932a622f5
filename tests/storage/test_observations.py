"""Observations in checkpoints: kept with the history, resumed with the run, read without trust."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from neurochannel.engine.observations import Series
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import CheckpointError
from neurochannel.observe.observers import Observe
from neurochannel.storage import Checkpoint, load, read_history, save
from tests.storage.runs import assert_same, edited, tiny_data, tiny_run, train_to_the_middle


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.h5"


def observed_run() -> Simulation:
    run = tiny_run(2)
    seen = run.history.observations
    for epoch, value in ((0, 1.5), (2, np.nan)):
        seen.add("z: last -> of names", epoch, value)
        seen.add("a: vector", epoch, [value, 1, 2], ("low", "mid", "hoch ↑"))
    seen.add("m: without labels", 1, [1.0, 2.0])
    return run


def assert_equal(one: Series, other: Series) -> None:
    for mine, yours in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, yours)


def test_observations_come_back_in_their_order(path: Path) -> None:
    run = observed_run()
    save(run, path)
    for history in (read_history(path), load(path, tiny_data()).history):
        assert list(history.observations) == list(run.history.observations)
        for name, series in run.history.observations.items():
            assert_equal(history.observations[name], series)


def test_the_layout_of_observations_is_what_the_page_says(path: Path) -> None:
    save(observed_run(), path)
    with h5py.File(path) as file:
        group = file["observations/a: vector"]
        assert group["epochs"][:].tolist() == [0, 2]
        assert (group["epochs"].dtype.str, group["values"].dtype.str) == ("<i8", "<f8")
        assert group["values"].shape == (2, 3)
        assert group["labels"].asstr()[()] == '["low", "mid", "hoch ↑"]'
        assert set(file["observations/z: last -> of names"]) == {"epochs", "values"}


@pytest.mark.parametrize("stop", [0, 1, 2, 3])
def test_a_resumed_run_has_observed_what_an_uninterrupted_one_has(path: Path, stop: int) -> None:
    whole, run = tiny_run(0), tiny_run(0)
    whole.train(4, [Observe(every=1)], progress=False)
    if stop:
        run.train(stop, [Observe(every=1)], progress=False)
    train_to_the_middle(run, 4)
    save(run, path)
    resumed = load(path, tiny_data())
    resumed.train(4 - stop, [Observe(every=1)], progress=False)
    if stop:
        assert_same(whole, resumed)
    else:
        assert resumed.history.observations["alignment: hidden2"].epochs.tolist() == [1, 2, 3, 4]


def test_a_checkpoint_that_comes_before_the_observer_misses_nothing(path: Path) -> None:
    whole, run = tiny_run(0), tiny_run(0)
    callbacks = [Checkpoint(path, overwrite=True), Observe(every=1)]
    whole.train(3, callbacks, progress=False)
    run.train(2, callbacks, progress=False)
    resumed = load(path, tiny_data())
    assert resumed.history.observations["alignment: hidden2"].epochs.tolist() == [0, 1]
    resumed.train(1, callbacks, progress=False)
    assert_same(whole, resumed)


def refused(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        read_history(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("epochs", np.array([0, 3]), "must rise and lie between 0 and 2"),
        ("epochs", np.array([2, 2]), "must rise and lie between 0 and 2"),
        ("epochs", np.array([-1, 2]), "must rise and lie between 0 and 2"),
        ("epochs", np.zeros(0, np.int64), "must not be empty"),
        ("epochs", np.array([0.0, 1.0]), "must hold int64 numbers"),
        ("epochs", np.array([1]), "must have shape (1, 3)"),
        ("values", np.zeros((2, 2)), "must have shape (2, 3)"),
        ("values", np.zeros((2, 3, 1)), "must have shape (2, 3)"),
        ("values", np.zeros(2), "must have shape (2, 3)"),
        ("labels", np.bytes_(b'{"a": 1}'), "must be a JSON list of texts"),
        ("labels", np.bytes_(b"[1, 2, 3]"), "must be a JSON list of texts"),
        ("other", np.zeros(2), "belongs to nothing"),
        ("values", h5py.SoftLink("/history/epoch"), "must be stored in the file itself"),
        ("values", h5py.ExternalLink("other.h5", "/x"), "must be stored in the file itself"),
    ],
)
def test_observations_that_were_forged_are_refused(
    path: Path, name: str, value: object, rule: str
) -> None:
    save(observed_run(), path)
    with edited(path) as file:
        group = file["observations/a: vector"]
        if name in group:
            del group[name]
        group[name] = value
    assert rule in refused(path)


def test_a_file_of_version_2_without_observations_is_refused(path: Path) -> None:
    save(observed_run(), path)
    with edited(path) as file:
        del file["observations"]
    assert "/observations is missing" in refused(path)
