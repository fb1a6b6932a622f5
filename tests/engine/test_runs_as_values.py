"""Copies and pickles of a run: independent, and equal to the last bit."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neurochannel.data import Data
from neurochannel.engine.rates import Decay
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import DivergenceError, OptionError
from neurochannel.model.recipes import bp, mlp, srbp
from neurochannel.observe.observers import Observe
from tests.networks import SEEDS, batches, networks
from tests.storage.runs import (
    COPIES,
    assert_same,
    few_digits,
    tiny_data,
    tiny_network,
    tiny_run,
    train_to_the_middle,
)

ways = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


def halving(update: int) -> float:
    return 0.1 / (1 + update / 50)


class Stepped:
    """A rate with a state of its own."""

    def __init__(self, first: float) -> None:
        self.first = first

    def __call__(self, update: int) -> float:
        return self.first if update < 5 else self.first / 2


# --- copies ----------------------------------------------------------------------------------


@ways
@pytest.mark.parametrize(
    "rate",
    [0.1, Decay(0.1, 0.1), halving, Stepped(0.2)],
    ids=["0.1", "decay", "halving", "stepped"],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_copy_from_the_middle_of_an_epoch_continues_bit_for_bit(
    copied: Callable[[Simulation], Simulation], rate: object, dtype: str
) -> None:
    options = {"batch_size": 4, "seed": 5, "dtype": dtype, "threads": 2, "rate": rate}
    whole = Simulation(tiny_network(), tiny_data(), **options)
    run = Simulation(tiny_network(), tiny_data(), **options)
    observe = [Observe("alignment", "distance", every=1)]
    whole.train(4, observe, progress=False)
    run.train(1, observe, progress=False)
    train_to_the_middle(run, 8)
    made = copied(run)
    assert_same(run, made)
    assert made.options.seed == 5 and made.options.threads == 2 and made.dtype == dtype
    assert made.rate(7) == run.rate(7) if callable(rate) else made.rate == rate
    assert made.data.fingerprint == run.data.fingerprint
    made.train(3, observe, progress=False)
    assert made.epoch == 4 and run.epoch == 1
    assert_same(whole, made)
    run.train(3, observe, progress=False)
    assert_same(whole, run)


@ways
def test_nothing_that_changes_is_shared(copied: Callable[[Simulation], Simulation]) -> None:
    run = tiny_run(1)
    run.history.observations.add("own", 1, 0.5)
    before, made = run.snapshot(), copied(run)
    kept = [made.machine.values, *(a for listed in before.edges.values() for a in listed)]
    assert not any(np.shares_memory(run.machine.values, array) for array in kept)
    for key in made.machine.spans:
        made.machine.parameter(key)[...] += 1
    made.train(2, progress=False)
    made.history.observations.add("own", 3, 0.1)
    made.step(np.ones((2, 3)), [0, 1])
    made.stop()
    assert_same(run, Simulation.from_snapshot(run.network, run.data, run.options, before))
    run.train(1, progress=False)


@pytest.mark.parametrize("way", ["run.copy", "copy.copy", "copy.deepcopy"])
def test_copies_share_the_data_set_and_its_layout(way: str) -> None:
    run = tiny_run(1)
    made = COPIES[way](run)
    assert made.data is run.data and made._feeds is run._feeds


@ways
def test_runs_without_data_are_copied_too(copied: Callable[[Simulation], Simulation]) -> None:
    run = Simulation(mlp(3, 4, 2).with_channel(srbp()), seed=2)
    x, t = tiny_data().train
    run.step(x, t)
    made = copied(run)
    for each in (run, made):
        each.step(x, t)
    assert_same(run, made)
    assert made.data is None and made.updates_done == 2


@given(st.data(), SEEDS, st.sampled_from(sorted(COPIES)))
@settings(max_examples=15)
def test_any_network_is_copied_exactly(data: st.DataObject, seed: int, way: str) -> None:
    network = data.draw(networks())
    x, t = data.draw(batches(network))
    run = Simulation(network, seed=seed, rate=0.01, dtype="float64")
    try:
        run.step(x, t)
        made = COPIES[way](run)
        for each in (run, made):
            each.step(x, t)
    except DivergenceError:
        assume(False)
    assert_same(run, made)


@ways
def test_a_history_is_a_value_too(copied: Callable[[Simulation], Simulation]) -> None:
    if copied is Simulation.copy:
        return
    run = tiny_run(1)
    run.history.observations.add("own", 1, [0.5, 1.0], ("a", "b"))
    made = copied(run.history)
    run.train(1, progress=False)
    run.history.observations.add("own", 2, [0.5, 1.0], ("a", "b"))
    assert len(made.records) == 1 and made.observations["own"].epochs.tolist() == [1]
    assert not made.observations["own"].values.flags.writeable


@pytest.mark.parametrize("way", ["copy.copy", "copy.deepcopy", "pickle 2", "pickle 5"])
def test_data_sets_stay_read_only(way: str) -> None:
    data = few_digits(20, 5)
    made = COPIES[way](data)
    assert made.fingerprint == data.fingerprint
    arrays = [*made.train, *made.test]
    assert len(arrays) == 4 and not any(array.flags.writeable for array in arrays)
    assert COPIES[way](Data(data.train.x, data.train.t)).test is None


def test_a_rate_that_no_process_could_find_gets_one_sentence() -> None:
    bare = {"a lambda": lambda u: 0.1, "a local one": Stepped(lambda: 0.1)}
    for rate in bare.values():
        run = Simulation(mlp(3, 4, 2).with_channel(bp()), tiny_data(), rate=rate)
        with pytest.raises(OptionError, match=r"rate is the function '.*' cannot be pickled") as e:
            pickle.dumps(run)
        assert "top of a module" in str(e.value) and "\n" not in str(e.value)
        assert run.copy().rate is rate
        assert copy.deepcopy(run).rate is rate


def trained(seed: int) -> Simulation:
    run = tiny_run(1, seed=seed, rate=Decay(0.1, 0.01))
    train_to_the_middle(run, 4)
    return run


def one_more_epoch(run: Simulation) -> Simulation:
    run.train(1, progress=False)
    return run


def diverge(seed: int) -> None:
    raise DivergenceError("too fast", [tiny_run(1, seed=seed)])


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_runs_travel_between_processes(method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        far = list(pool.map(trained, [1, 2]))
        farther = pool.submit(one_more_epoch, far[0]).result()
        failure = pool.submit(diverge, 3).exception()
    for seed, run in zip([1, 2], far, strict=True):
        assert_same(run, trained(seed))
    assert_same(farther, one_more_epoch(trained(1)))
    assert_same(failure.runs[0], tiny_run(1, seed=3))
