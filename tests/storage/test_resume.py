"""A resumed run equals an uninterrupted one, bit for bit."""

from __future__ import annotations

import _thread
import contextlib
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from neurochannel.data import Data
from neurochannel.engine.rates import Decay
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import DivergenceError
from neurochannel.model.network import Network
from neurochannel.storage import load, save
from tests.networks import SEEDS, batches, networks
from tests.storage.runs import (
    TOPOLOGIES,
    assert_same,
    few_digits,
    plain_run,
    tiny_data,
    tiny_run,
    train_to_the_middle,
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda path: path.stem)
def test_every_topology_goes_on_from_the_middle_of_an_epoch(
    topology: Path, dtype: str, tmp_path: Path
) -> None:
    network, digits, path = Network.from_toml(topology), few_digits(), tmp_path / "run.h5"

    def new() -> Simulation:
        return Simulation(network, digits, batch_size=40, seed=7, dtype=dtype, rate=Decay(0.1, 0.1))

    whole, run = new(), new()
    whole.train(3, progress=False)
    run.train(1, progress=False)
    train_to_the_middle(run, 120)
    save(run, path)
    resumed = load(path, digits)
    assert_same(run, resumed)
    resumed.train(2, progress=False)
    assert_same(whole, resumed)


@pytest.mark.parametrize("batch_size", [1, 4, 5, 10, 11, 50])
@pytest.mark.parametrize("done", [0, 1, 2])
def test_short_last_batches_and_every_position_are_kept(
    batch_size: int, done: int, tmp_path: Path
) -> None:
    path, whole = tmp_path / "run.h5", tiny_run(3, batch_size=batch_size)
    run = tiny_run(1, batch_size=batch_size)
    position = min(done * batch_size, 11)
    if position:
        train_to_the_middle(run, position)
    save(run, path)
    resumed = load(path, tiny_data())
    resumed.train(2, progress=False)
    assert_same(whole, resumed)


def step_or_reject(run: Simulation, x: np.ndarray, t: np.ndarray) -> None:
    try:
        run.step(x, t)
    except DivergenceError:
        reject()
    assume(all(np.isfinite(array).all() for array in run.snapshot().parameters.values()))


@given(network=networks(), seed=SEEDS, draw=st.data())
def test_any_network_comes_back_and_goes_on(
    network: Network, seed: int, draw: st.DataObject
) -> None:
    x, t = draw.draw(batches(network))
    dtype = draw.draw(st.sampled_from(("float32", "float64")))
    run = Simulation(network, seed=seed, dtype=dtype, rate=1e-3)
    step_or_reject(run, x, t)
    with TemporaryDirectory() as folder:
        save(run, Path(folder, "run.h5"))
        resumed = load(Path(folder, "run.h5"))
    assert_same(run, resumed)
    step_or_reject(run, x, t)
    resumed.step(x, t)
    assert_same(run, resumed)


def test_an_untrained_run_comes_back(tmp_path: Path) -> None:
    run = plain_run()
    save(run, tmp_path / "run.h5")
    resumed = load(tmp_path / "run.h5", tiny_data())
    assert_same(run, resumed)
    assert len(resumed.history["epoch"]) == 0


def test_saving_changes_nothing(tmp_path: Path) -> None:
    run = tiny_run(1)
    save(run, tmp_path / "run.h5")
    run.train(2, progress=False)
    assert_same(tiny_run(3), run)


def test_evaluation_now_and_then_does_not_depend_on_where_a_run_was_resumed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.h5"

    def keep(run: Simulation) -> None:
        if run.epoch == 4:
            save(run, path)

    whole = tiny_run(0)
    whole.train(8, [keep], progress=False, evaluate_every=3)
    resumed = load(path, tiny_data())
    resumed.train(4, progress=False, evaluate_every=3)
    assert_same(whole, resumed)
    scored = np.isfinite(whole.history["test_loss"])
    assert whole.history["epoch"][scored].tolist() == [3, 6, 8]


def test_a_run_stopped_by_ctrl_c_goes_on_from_that_batch(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    rng = np.random.default_rng(0)
    digits = Data(rng.normal(size=(200_000, 3)), np.arange(200_000) % 2)
    network = tiny_run(0).network

    def new() -> Simulation:
        return Simulation(network, digits, batch_size=1, seed=1)

    run, whole, epochs = new(), new(), 3
    whole.train(epochs, progress=False)
    timer = threading.Timer(0.05, _thread.interrupt_main)
    timer.start()
    with contextlib.suppress(KeyboardInterrupt):
        run.train(epochs, progress=False)
        timer.join()
        time.sleep(0.1)
    save(run, path)
    resumed = load(path, digits)
    if resumed.epoch < epochs:
        resumed.train(epochs - resumed.epoch, progress=False)
    assert resumed.snapshot().parameters["bias:output"].tobytes() == (
        whole.snapshot().parameters["bias:output"].tobytes()
    )


def test_a_run_loaded_and_saved_again_gives_the_same_run(tmp_path: Path) -> None:
    run = tiny_run(2)
    for name in ("a.h5", "b.h5"):
        save(run, tmp_path / name)
        run = load(tmp_path / name, tiny_data())
    assert_same(tiny_run(2), run)
    np.testing.assert_array_equal(run.history["seconds"] > 0, True)
