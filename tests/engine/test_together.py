"""Several threads share each batch: whoever does what, the result is that of one thread."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neurochannel.data import Data
from neurochannel.engine import machine, together
from neurochannel.engine.compiler.shares import Share
from neurochannel.engine.epoch import EpochRunner
from neurochannel.engine.program import TABLES
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.workspace import Course, Workspace
from neurochannel.errors import DivergenceError
from neurochannel.kernels.jit import is_uncompiled
from neurochannel.kernels.task_driver import TOGETHER
from neurochannel.model.network import Network
from neurochannel.model.recipes import mlp, srbp
from tests import reference
from tests.engine.twins import assert_agree_where_steady, simulation, twin_of, velocities_of
from tests.networks import SEEDS, batches, is_tame, networks, targets

compiled = pytest.mark.skipif(is_uncompiled(), reason="plain Python uses one thread")

EVERYTHING = Network(
    populations={
        "input": {"size": 30},
        "hidden": {"size": 40, "activation": "relu"},
        "top": {"size": 70, "activation": "tanh", "bias": {"momentum": 0.3, "decay": 0.1}},
        "relay": {"size": 5, "activation": "tanh"},
        "output": {"size": 6, "activation": "softmax"},
    },
    forward=[
        {"path": "input -> hidden", "momentum": 0.5, "decay": 0.2},
        {"path": "hidden -> top", "fan_in": 5, "decay": 0.3, "rate_factor": 0.8},
        {"path": "input -> top", "density": 0.3},
        {
            "path": "top -> output",
            "update": {"bits": 6, "scale": 0.02, "quantizer": "stochastic"},
        },
        {
            "path": "hidden -> output",
            "density": 0.4,
            "update": {"bits": 6, "scale": 0.02, "quantizer": "stochastic"},
        },
    ],
    channel=[
        {"path": "error -> top", "weights": "tied"},
        {
            "path": "error -> relay -> hidden",
            "weights": "adaptive",
            "message": {"bits": 4, "quantizer": "stochastic"},
        },
        {"path": "error -> hidden", "weights": "redrawn"},
        {"path": "top -> hidden", "weights": "tied", "message": {"bits": 5}},
    ],
)


@pytest.fixture(autouse=True, scope="module")
def small_networks_are_shared():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "WORTH_A_THREAD", 1)
        patch.setattr(together, "LEAST_EXAMPLES", 1)
        patch.setattr(machine, "processors", lambda: 3)
        yield patch


@pytest.fixture(params=[1, 10**9], ids=["by receivers", "by examples"])
def products(request, monkeypatch):
    monkeypatch.setattr(together, "LARGE_PRODUCT", request.param)


@pytest.fixture
def always(small_networks_are_shared):
    """Let threads share always, or never."""
    kept = together.Pace.shares

    def force(shares):
        small_networks_are_shared.setattr(together.Pace, "shares", shares)

    yield force
    small_networks_are_shared.setattr(together.Pace, "shares", kept)


def images(n):
    rng = np.random.default_rng(3)
    x = rng.integers(0, 256, (n, 30), dtype=np.uint8)
    x[rng.random(x.shape) < 0.7] = 0
    return Data(x, rng.integers(0, 6, n))


def close(one, other, tolerance=1e-9):
    for kind in ("parameters", "state"):
        first, second = (getattr(run.snapshot(), kind) for run in (one, other))
        for key, array in first.items():
            np.testing.assert_allclose(
                array, second[key], rtol=tolerance, atol=tolerance, err_msg=key
            )


def same(one, other):
    close(one, other, 0)


# --- results -----------------------------------------------------------------------------------


@given(networks(), st.data())
def test_steps_of_several_threads_equal_the_twin(network, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "LARGE_PRODUCT", data.draw(st.sampled_from((1, 10**9))))
        assert_steps_equal_the_twin(network, data)


def assert_steps_equal_the_twin(network, data):
    threads, n = data.draw(st.sampled_from((2, 3, 5))), data.draw(st.sampled_from((2, 17, 40)))
    run = simulation(network, seed=data.draw(SEEDS), threads=threads, batch_size=n)
    for _ in range(2):
        net, before = twin_of(run)
        x, t = data.draw(batches(network, n=n))
        rows = targets(t, net.populations[net.output].size)
        assume(is_tame(net, before, x))
        state = reference.step(net, before, x, rows, run.rate)
        run.step(x, t)
        where = (net, before, (x, rows), run.rate)
        assert_agree_where_steady(run.weights, state.W, *where)
        assert_agree_where_steady(run.biases, state.b, *where)
        moving = velocities_of(run)
        assert_agree_where_steady(moving, {k: v for k, v in state.V.items() if k in moving}, *where)
        learned = {name: c for name, c in state.C.items() if net.channel[name].kind == "adaptive"}
        assert_agree_where_steady(run.channel_weights, learned, *where)


@pytest.mark.parametrize("batch_size", [3, 60])
@pytest.mark.parametrize("threads", [2, 3])
def test_training_agrees_with_one_thread(products, always, threads, batch_size):
    always(True)
    runs = [
        Simulation(EVERYTHING, images(200), dtype="float64", batch_size=batch_size, threads=n)
        for n in (1, threads)
    ]
    for run in runs:
        run.train(2)
    close(*runs)
    one, several = (run.evaluate() for run in runs)
    np.testing.assert_allclose(one, several, rtol=1e-9)


@compiled
def test_the_bits_do_not_depend_on_who_does_what(products, always, small_networks_are_shared):
    runs = [Simulation(EVERYTHING, images(200), batch_size=60, threads=3) for _ in range(4)]
    for run, (shares, n) in zip(runs, ((True, 3), (True, 2), (False, 3), (True, 1)), strict=True):
        always(shares)
        small_networks_are_shared.setattr(machine, "processors", lambda n=n: n)
        run.train(3)
    small_networks_are_shared.setattr(machine, "processors", lambda: 3)
    for run in runs[1:]:
        same(runs[0], run)
        np.testing.assert_array_equal(runs[0].history["train_loss"], run.history["train_loss"])


@compiled
def test_a_run_that_is_stopped_after_each_batch_ends_with_the_same_bits(always):
    always(True)
    size, n = 50, 170
    whole, pieces = (
        Simulation(EVERYTHING, images(n), batch_size=size, threads=2) for _ in range(2)
    )
    whole.train(1, evaluate_every=None)
    runner: EpochRunner = pieces._runner(pieces.data.train)
    order, program = pieces.order(0), runner.program
    workspace = Workspace(program, size, pieces.machine.dtype, threads=2)
    for update, start in enumerate(range(0, n, size)):
        course = Course(order, np.full(4 - update, 0.1), size, update, start)
        course.control[0] = 1
        assert pieces.machine.run(program, "train", runner.feed, course, workspace) == 0
        assert course.control[1] == min(start + size, n)
    same(whole, pieces)


@compiled
def test_a_stop_in_the_midst_of_an_epoch_is_heard_and_changes_no_bit(always):
    always(True)
    data = images(5000)
    whole, stopped = (Simulation(EVERYTHING, data, batch_size=50, threads=2) for _ in range(2))
    whole.train(3, evaluate_every=None)
    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(stopped.train, 3, evaluate_every=None)
        while stopped.updates_done < 20 and not training.done():
            time.sleep(0.0001)
        stopped.stop()
        assert training.result(60) is stopped.history
    assert stopped.updates_done < whole.updates_done
    stopped.train(3 - stopped.epoch, evaluate_every=None)
    same(whole, stopped)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, in plain Python
def test_a_run_that_diverges_says_and_keeps_the_same(always):
    always(True)
    network = mlp(30, 40, 50, 6, activation="relu").with_channel(srbp())
    runs = [
        Simulation(network, images(200), batch_size=60, rate=1e13, threads=n) for n in (1, 2, 3)
    ]
    sentences = []
    for run in runs:
        with pytest.raises(DivergenceError) as caught:
            run.train(5, evaluate_every=None)
        sentences.append(str(caught.value))
        assert run.updates_done == runs[0].updates_done > 0
        close(run, runs[0], 1e-3)
    assert len(set(sentences)) == 1


# --- how a step is cut ---------------------------------------------------------------------------


@given(st.integers(0, 300), st.integers(1, 9))
def test_shares_of_rows_are_everything_once(n, parts):
    rows = [i for p in range(parts) for i in range(Share(p, parts).of(n).n)]
    assert len(rows) == n
    ends = [Share(p, parts).of(n) for p in range(parts)]
    assert all(a.first + a.n == b.first for a, b in pairwise(ends))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 9))
def test_shares_of_edges_are_everything_once(counts, parts):
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)
    shares = [Share(p, parts).of_sources(start) for p in range(parts)]
    assert sum(sources.n for sources, _ in shares) == len(counts)
    assert sum(edges.n for _, edges in shares) == sum(counts)
    for sources, edges in shares:
        assert start[sources.first] == edges.first
        assert start[sources.first + sources.n] == edges.first + edges.n


@given(networks())
def test_what_is_shared_by_examples_changes_nothing_but_buffers(network):
    program = simulation(network).machine.program(20, labels=True)
    if program.memory.n_joint:
        assert together.parts_for(program, "train", 10**9, 8) == 1
        return
    for table in TABLES.values():
        for phase in table:
            for call in program.phases[phase]:
                rooms = {a.room for a in call.declared.arrays.values() if a.access != "reads"}
                by_examples = together.sharing_of(phase, call) == "examples"
                kept = {"values", "changes", "state", "counts"}
                whole = {"buffer", "flat"} if call.declared.whole else set()
                assert rooms <= ({"buffer", "flat"} if by_examples else kept | whole)


WIDE = mlp(784, 1000, 1000, 1000, 10).with_channel(srbp())


@pytest.mark.parametrize(
    ("network", "batch_size", "threads", "parts"),
    [
        (WIDE, 100, 1, 1),
        (WIDE, 100, 2, 2),
        (WIDE, 100, 16, 6),
        (WIDE, 1000, 1000, 62),
        (WIDE, 32, 8, 2),
        (WIDE, 31, 8, 1),
        (WIDE, 1, 8, 1),
        (mlp(784, 100, 10).with_channel(srbp()), 10, 8, 1),
        (mlp(5, 6, 3).with_channel(srbp()), 1000, 8, 1),
    ],
)
def test_only_steps_with_enough_to_do_are_shared(
    small_networks_are_shared, network, batch_size, threads, parts
):
    program = Simulation(network).machine.program(batch_size, labels=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "WORTH_A_THREAD", 10_000_000)
        patch.setattr(together, "LEAST_EXAMPLES", TOGETHER)
        assert together.parts_for(program, "train", batch_size, threads) == parts


# --- whether to share ----------------------------------------------------------------------------


def times(pace, n, team, solo):
    """How often each way is taken where they need so many seconds a batch."""
    taken = {True: 0, False: 0}
    for _ in range(n):
        shares = pace.shares
        taken[shares] += 1
        pace.note(shares, team if shares else solo)
    return taken


@pytest.mark.parametrize(("team", "solo", "better"), [(1, 2, True), (2, 1, False)])
def test_the_quicker_way_is_taken_nearly_always(team, solo, better):
    taken = times(together.Pace(), 300, team, solo)
    assert taken[not better] < 12


def test_a_machine_that_changes_is_noticed():
    pace = together.Pace()
    times(pace, 300, 1.0, 1.7)
    assert times(pace, 300, 3.0, 1.7)[True] < 15
    assert times(pace, 300, 1.0, 1.7)[False] < 80
