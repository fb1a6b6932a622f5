"""Small bundles that share one list of edges: all is as if each had its own."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from neurochannel.data import Data
from neurochannel.engine.compiler import joining
from neurochannel.engine.program import TABLES, unset_reads
from neurochannel.engine.simulation import Simulation
from neurochannel.graphs.edge_arrays import from_arrays
from neurochannel.model.network import Network
from neurochannel.model.recipes import arbp, bp, cascade, rbp, srbp
from neurochannel.observe.ledger import ledger
from neurochannel.storage import load, save

BATCHES = (1, 2, 3, 20, 40)
RECIPES = {"bp": bp(), "arbp": arbp(rate_factor=0.5), "srbp": srbp(), "cascade": cascade()}


def dag(n_edges: int = 160, n: int = 40, seed: int = 0) -> Network:
    """A random graph of single neurons, of many depths."""
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, n, (3 * n_edges, 2)), axis=1)
    pairs = rng.permutation(np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0))[:n_edges]
    edges = np.unique(pairs, return_inverse=True)[1].reshape(-1, 2)
    heard = np.isin(np.arange(edges.max() + 1), edges[:, 1])
    return from_arrays(
        edges,
        forward_edges={"weight": rng.normal(0, 0.4, len(edges))},
        neurons={"activation": np.where(heard, "tanh", "linear")},
    )


VARIED = Network(
    populations={
        "input": {"size": 6},
        "one": {"size": 5, "activation": "tanh", "receive": {"bits": 6}},
        "two": {"size": 4, "activation": "relu"},
        "three": {"size": 7, "activation": "tanh", "neuron": {"dead": 0.2}},
        "relay": {"size": 4, "activation": "tanh"},
        "output": {"size": 5, "activation": "softmax"},
    },
    forward=[
        {"path": "input -> one", "density": 0.5},
        {"path": "input -> two", "density": 0.5, "learn": False},
        {"path": "one -> three", "density": 0.6, "momentum": 0.4},
        {"path": "two -> three", "density": 0.6, "rate_factor": 0.5},
        {"path": "input -> three", "density": 0.6, "rate_factor": 0.5},
        {"path": "one -> output", "density": 0.6},
        {"path": "three -> output", "density": 0.6},
        {"path": "two -> output", "density": 0.6, "message": {"bits": 5}},
    ],
    channel=[
        {"path": "error -> three", "weights": "tied"},
        {"path": "error -> relay -> one", "fan_in": 2},
        {"path": "error -> one", "fan_in": 2},
        {"path": "three -> one", "weights": "tied"},
        {"path": "three -> two", "weights": "adaptive", "density": 0.6},
        {"path": "error -> two", "weights": "adaptive", "density": 0.6},
    ],
)
NETWORKS = {name: dag().with_channel(recipe) for name, recipe in RECIPES.items()}
NETWORKS["varied"] = VARIED


def batch(network: Network, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    sizes = network.size(network.input), network.size(network.output)
    return rng.normal(0, 0.5, (n, sizes[0])), rng.dirichlet(np.ones(sizes[1]), n)


def singly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no bundles be joined."""
    monkeypatch.setattr(joining, "FEWEST", 10**9)
    monkeypatch.setattr(joining, "MANY", 10**9)


def calls(run: Simulation) -> set[str]:
    phases = run.machine.program(3, labels=False).phases
    return {call.kernel for calls in phases.values() for call in calls}


@pytest.mark.parametrize("n", BATCHES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_is_that_of_bundles_with_lists_of_their_own(name, n, monkeypatch):
    network = NETWORKS[name]
    x, t = batch(network, n)
    runs = [Simulation(network, rate=0.3, batch_size=n, seed=1, dtype="float64")]
    assert "deliver_joined_by_lanes" in calls(runs[0])
    assert "update_joined_by_lanes" in calls(runs[0])
    singly(monkeypatch)
    runs.append(Simulation(network, rate=0.3, batch_size=n, seed=1, dtype="float64"))
    assert "deliver_joined_by_lanes" not in calls(runs[1])
    for what in ("learning_signals", "updates"):
        one, other = (getattr(run, what)(x, t) for run in runs)
        assert one.keys() == other.keys()
        for key, array in one.items():
            np.testing.assert_allclose(array, other[key], 1e-9, 1e-12, err_msg=f"{what} {key}")
    for run in runs:
        run.step(x, t)
        run.step(x, t)
    for key in runs[0].machine.spans:
        one, other = (run.machine.parameter(key) for run in runs)
        np.testing.assert_allclose(one, other, 1e-9, 1e-12, err_msg=key)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_ledger_counts_each_bundle(name, monkeypatch):
    joined = ledger(NETWORKS[name])
    singly(monkeypatch)
    single = ledger(NETWORKS[name])
    rows = [tuple(row._replace(memory=0) for row in one.bundles) for one in (joined, single)]
    assert rows[0] == rows[1]
    assert joined.populations == single.populations


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_read_before_it_is_set(name):
    run = Simulation(NETWORKS[name])
    for labels in (True, False):
        for table in TABLES:
            assert unset_reads(run.machine.program(3, labels=labels), table) == []


def test_it_learns_alike_whoever_shares_the_work():
    network = NETWORKS["bp"]
    x, t = batch(network, 60)
    ends = []
    for threads in (1, 2):
        run = Simulation(network, Data(x, t), rate=0.1, batch_size=20, threads=threads, seed=3)
        run.train(2, progress=False)
        ends.append(run.machine.values.copy())
    np.testing.assert_array_equal(*ends)


def test_bundles_with_many_edges_keep_lists_of_their_own():
    network = Network(
        populations={"input": {"size": 60}, "hidden": {"size": 60}, "output": {"size": 60}},
        forward=[
            {"path": "input -> hidden -> output", "density": 0.9},
            {"path": "input -> output", "density": 0.9},
        ],
        channel=[{"path": "error -> hidden", "weights": "tied"}],
    ).with_channel(rbp())
    assert not calls(Simulation(network)) & {"deliver_joined", "deliver_joined_by_lanes"}


@pytest.mark.parametrize("name", ["bp", "arbp"])
def test_it_resumes_bit_for_bit(name, tmp_path):
    x, t = batch(NETWORKS[name], 40)
    run = Simulation(NETWORKS[name], Data(x, t), rate=0.1, batch_size=8, seed=3)
    run.train(1, progress=False)
    save(run, tmp_path / "run.h5")
    others = [run.copy(), pickle.loads(pickle.dumps(run)), load(tmp_path / "run.h5", Data(x, t))]
    for each in (run, *others):
        each.train(2, progress=False)
    for other in others:
        for key in run.machine.spans:
            np.testing.assert_array_equal(
                run.machine.parameter(key), other.machine.parameter(key), err_msg=key
            )
