"""Other threads look at a run while it is being trained: what they see belongs together."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurochannel.data import Data
from neurochannel.engine.many import train_together
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.threads import processors
from neurochannel.engine.turns import Turns
from neurochannel.errors import OptionError
from neurochannel.interrupts import Stop
from neurochannel.kernels.jit import is_uncompiled
from neurochannel.model.network import ChannelEdges
from neurochannel.model.recipes import mlp, srbp
from neurochannel.observe.observers import Observe
from neurochannel.storage import load, save
from tests.storage.runs import assert_same, few_digits

pytestmark = pytest.mark.slow

EPOCHS = 12
PATIENCE = 120.0
"""Seconds after which a test is taken to hang."""

trainers = pytest.mark.parametrize("trainer", ["main thread", "other thread"])

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def digits() -> Data:
    return few_digits(1400, 100)


@pytest.fixture(scope="module")
def whole(digits: Data) -> Simulation:
    run = new(digits)
    run.train(EPOCHS, [Observe("distance", every=5)], progress=False)
    return run


def new(digits: Data) -> Simulation:
    """Random numbers at every step, some of them in memory that looking inside uses as well.

    Weights have momentum, which looking must leave alone.
    """
    network = (
        mlp(None, 300, 100, None)
        .with_defaults(forward={"momentum": 0.5})
        .with_channel(
            srbp(bits=3, quantizer="stochastic", fan_in=4, to="hidden2"),
            ChannelEdges(path="error -> hidden1", weights="redrawn"),
        )
    )
    return Simulation(network, digits, rate=0.05, batch_size=2, seed=4)


def look_while_training(run: Simulation, trainer: str, look: Callable[[], Any]) -> list[Any]:
    """Train the run; return what another thread saw, again and again, meanwhile."""
    seen: list[Any] = []
    done = threading.Event()

    def keep_looking() -> None:
        while not done.is_set():
            seen.append(look())
            time.sleep(0.004)

    def train() -> None:
        try:
            run.train(EPOCHS, [Observe("distance", every=5)], progress=False)
        finally:
            done.set()

    with ThreadPoolExecutor(2) as pool:
        looker = pool.submit(keep_looking)
        if trainer == "main thread":
            train()
        else:
            pool.submit(train).result(PATIENCE)
        looker.result(PATIENCE)
    return seen


def completed(run: Simulation) -> Simulation:
    if run.epoch < EPOCHS:
        run.train(EPOCHS - run.epoch, [Observe("distance", every=5)], progress=False)
    return run


@trainers
def test_files_saved_during_training_resume_to_the_same_bits(
    trainer: str, digits: Data, whole: Simulation, tmp_path: Path
) -> None:
    run, paths = new(digits), (tmp_path / f"{n}.h5" for n in count())

    def save_another() -> Path:
        path = next(paths)
        save(run, path)
        return path

    saved = look_while_training(run, trainer, save_another)
    assert_same(whole, run)
    kept = [load(path, digits) for path in saved[:: max(len(saved) // 15, 1)]]
    assert sum(each.progress.position > 0 for each in kept) >= 5
    for each in kept:
        assert_same(whole, completed(each))


@trainers
def test_copies_made_during_training_end_with_the_same_bits(
    trainer: str, digits: Data, whole: Simulation
) -> None:
    run = new(digits)
    copies = look_while_training(run, trainer, run.copy)
    assert_same(whole, run)
    some = copies[:: max(len(copies) // 10, 1)]
    assert len(some) >= 5
    for each in some:
        assert_same(whole, completed(each))


def both_ways(run: Simulation) -> None:
    """All that is read while a run is held is of the same moment."""
    with run.held():
        updates, weights = run.updates_done, run.weights["input -> hidden1"]
        kept = run.snapshot()
        np.testing.assert_array_equal(weights, kept.parameters["weights:input -> hidden1"])
        assert kept.progress.updates == updates == run.updates_done


LOOKS: dict[str, Callable[[Simulation], Any]] = {
    "evaluate": lambda run: run.evaluate(),
    "weights": lambda run: dict(run.weights),
    "edge weights": lambda run: run.edge_weights("input -> hidden1"),
    "channel weights": lambda run: run.channel_weights["error -> hidden1"],
    "channel edges": lambda run: run.channel_edge_weights("error -> hidden2"),
    "biases": lambda run: dict(run.biases),
    "forward": lambda run: run.forward(run.data.test.x[:3]),
    "signals": lambda run: run.learning_signals(run.data.test.x[:3], run.data.test.t[:3]),
    "updates": lambda run: run.updates(run.data.test.x[:3], run.data.test.t[:3]),
    "listing": lambda run: run.listing(),
    "held": both_ways,
    "branch": lambda run: run.branch(seed=5),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_looking_during_training_changes_nothing(
    look: Callable[[Simulation], Any], digits: Data, whole: Simulation
) -> None:
    run = new(digits)
    assert len(look_while_training(run, "other thread", lambda: look(run))) >= 5
    assert_same(whole, run)


def test_weights_are_read_at_a_batch_boundary(digits: Data) -> None:
    """Every update changes these two alike, so torn reads would differ."""
    network = mlp(None, 400, None).with_channel(srbp())
    run = Simulation(network, digits, batch_size=20, dtype="float64")
    weights = np.zeros((64, 400))
    run.weights["input -> hidden1"] = weights
    run.channel_weights["error -> hidden1"] = np.ones((10, 400))
    run.weights["hidden1 -> output"] = np.zeros((400, 10))
    seen = look_while_training(run, "other thread", lambda: run.weights["input -> hidden1"])
    for matrix in seen:
        np.testing.assert_array_equal(matrix, np.repeat(matrix[:, :1], 400, axis=1))


def test_a_stop_is_heard_while_others_keep_looking(digits: Data, whole: Simulation) -> None:
    run = new(digits)
    done = threading.Event()

    def keep_copying() -> None:
        while not done.is_set():
            run.copy()

    with ThreadPoolExecutor(3) as pool:
        lookers = [pool.submit(keep_copying) for _ in range(2)]
        training = pool.submit(run.train, EPOCHS, [Observe("distance", every=5)], progress=False)
        while run.updates_done < 20 and not training.done():
            time.sleep(0.001)
        run.stop()
        assert training.result(PATIENCE) is run.history
        done.set()
        for looker in lookers:
            looker.result(PATIENCE)
    assert 0 < run.updates_done < whole.updates_done
    assert_same(whole, completed(run))


# --- two threads that train --------------------------------------------------------------------


def test_a_second_thread_that_trains_is_refused(digits: Data, whole: Simulation) -> None:
    run, inside, go_on = new(digits), threading.Event(), threading.Event()
    x, t = digits.train.x[:2], digits.train.t[:2]

    def wait(run: Simulation) -> None:
        inside.set()
        go_on.wait(PATIENCE)

    with ThreadPoolExecutor(1, thread_name_prefix="night shift") as pool:
        callbacks = [Observe("distance", every=5), wait]
        training = pool.submit(run.train, EPOCHS, callbacks, progress=False)
        try:
            assert inside.wait(PATIENCE)
            for act in (lambda: run.train(1), lambda: run.step(x, t)):
                with pytest.raises(OptionError, match=r"by thread 'night shift.*copy"):
                    act()
            run.copy().step(x, t)
        finally:
            go_on.set()
        training.result(PATIENCE)
    assert_same(whole, run)
    run.step(x, t)
    run.train(1, progress=False)


def test_a_run_given_twice_is_not_trained_twice_at_once(digits: Data) -> None:
    run = new(digits)
    with pytest.raises(OptionError, match="is being trained by thread"):
        train_together([run, run], EPOCHS, workers=2, progress=False)
    assert run.epoch == EPOCHS


def test_callbacks_may_train_their_run_and_wait_for_threads_that_save(
    digits: Data, tmp_path: Path
) -> None:
    run = new(digits)

    def after(run: Simulation) -> None:
        run.step(digits.train.x[:5], digits.train.t[:5])
        with ThreadPoolExecutor(1) as pool:
            pool.submit(save, run, tmp_path / "run.h5").result(PATIENCE)

    run.train(2, [after], progress=False)
    assert_same(run, load(tmp_path / "run.h5", digits))
    assert run.updates_done == 2 * 700 + 2


# --- turns -------------------------------------------------------------------------------------


def test_turns_are_taken_in_order_and_making_way_lets_each_in_once() -> None:
    turns, order = Turns(Stop()), []
    ready = threading.Semaphore(0)

    def greedy(name: int) -> None:
        for _ in range(3):
            ready.release()
            with turns.taken(), turns.taken():
                order.append(name)

    threads = [threading.Thread(target=greedy, args=(n,)) for n in range(3)]
    with turns.taken():
        for n, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda n=n: len(turns._depths) == n + 1)
        with turns.taken():
            turns.make_way()
        assert sorted(order[:3]) == [0, 1, 2] and len(order) <= 9
    for thread in threads:
        thread.join(PATIENCE)
    assert len(order) == 9 and not turns._depths


def test_who_gives_up_waiting_leaves_the_queue() -> None:
    turns = Turns(Stop())

    class Impatient(threading.Condition):
        def wait_for(self, predicate: object, timeout: object = None) -> bool:
            raise KeyboardInterrupt

    def try_it() -> None:
        with pytest.raises(KeyboardInterrupt), turns.taken():
            pass

    with turns.taken():
        turns._changed = Impatient()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(try_it).result(PATIENCE)
        assert len(turns._depths) == 1
    assert not turns._depths


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


# --- BLAS ----------------------------------------------------------------------------------------

HELD = """
import numpy as np
from threadpoolctl import threadpool_info
import neurochannel as nc

def threads():
    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    return {one["filepath"]: one["num_threads"] for one in blas}

seen, before = [], threads()
data = nc.Data(np.random.default_rng(0).normal(size=(64, 300)), np.arange(64) % 10)
run = nc.Simulation(nc.mlp(300, 200, 10).with_channel(nc.srbp()), data, batch_size=32)
run.train(2, [lambda run: seen.append(threads())], progress=False, evaluate_every=None)
assert len(seen[0]) > len(before), "the BLAS of compiled kernels is loaded when it is wanted"
assert [set(one.values()) for one in seen] == [{1}, {1}], seen
assert set(threads().values()) != {1}, threads()
"""


@pytest.mark.skipif(is_uncompiled(), reason="plain Python uses the BLAS of NumPy")
@pytest.mark.skipif(processors() == 1, reason="one processor has one thread of BLAS")
def test_blas_that_is_loaded_while_training_is_held_to_one_thread() -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "3", "PYTHONPATH": str(ROOT)}
    environment.pop("OMP_NUM_THREADS", None)
    subprocess.run([sys.executable, "-c", HELD], env=environment, cwd=ROOT, check=True)
