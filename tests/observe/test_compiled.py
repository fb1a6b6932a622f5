"""What lint, ledger and self-test share changes nothing of what they say; nor do joined bundles."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.engine.simulation import Simulation
from neurochannel.model.network import Network
from neurochannel.observe.backprop import copy_parameters
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.differences import MOST, chosen_keys, slope_check
from neurochannel.observe.ledger import ledger
from neurochannel.observe.lint import first_batch, lint
from neurochannel.observe.lint.first_batch import FirstBatch
from neurochannel.observe.lint.reach import from_input, leading_to
from neurochannel.observe.selftest import is_backprop, self_test
from neurochannel.reports.before_training import inspect
from tests.networks import device_networks, networks


def graph(seed: int, n: int = 60, n_edges: int = 150) -> Network:
    """Return a random acyclic graph of single neurons, with ends in the middle of it."""
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.integers(0, n, (n_edges, 2)), axis=1)
    edges = np.unique(ends[ends[:, 0] < ends[:, 1]], axis=0)
    return nc.from_arrays(np.unique(edges, return_inverse=True)[1].reshape(-1, 2))


@given(networks() | device_networks(), st.integers(0, 3))
@settings(max_examples=5, deadline=None)
def test_an_inspection_says_what_its_parts_say_alone(network, seed):
    found = inspect(network, seed=seed)
    assert found.ledger == ledger(network, seed=seed)
    assert found.findings == tuple(lint(network, seed=seed))
    assert found.checks == tuple(self_test(network, seed=seed))


CHANNELS = {
    "BP": nc.bp(),
    "SRBP": nc.srbp(),
    "sparse": nc.srbp(fan_in=1),
    "ternary": nc.rbp(init="ternary"),
    "adaptive": nc.arbp(),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_lint_finds_the_same_bundle_by_bundle(monkeypatch, channel, seed):
    network = graph(seed).with_channel(channel)
    together = lint(network)
    assert FirstBatch.of(Compiled(network, 0), None).forward_wires.listed
    monkeypatch.setattr(first_batch, "SMALL", -1)
    assert not FirstBatch.of(Compiled(network, 0), None).forward_wires.listed
    assert lint(network) == together


def test_neurons_are_reached_as_networkx_says():
    network = graph(1)
    probe = FirstBatch.of(Compiled(network, 0), None)
    whole = nc.to_networkx(network, "neuron")
    for flags, start, step in (
        (from_input(probe), network.input, nx.descendants),
        (leading_to(probe, network.output), network.output, nx.ancestors),
    ):
        ids = {name: network.populations[name].neurons for name in network.forward_order}
        found = {int(n) for name, own in ids.items() for n in np.array(own)[flags[name]]}
        ends = {int(n) for n in ids[start]}
        assert found == ends.union(*(map(int, step(whole, n)) for n in ends))


@given(networks())
@settings(max_examples=10, deadline=None)
def test_the_channel_of_backpropagation_fits_unchecked(network):
    network = network.explicit
    made = network.with_fitting(nc.bp(receive={}))
    assert made == network.with_channel(nc.bp(receive={}))
    assert made.forward_order == network.with_channel(nc.bp(receive={})).forward_order


def test_only_the_gradient_is_taken_for_it():
    network = nc.mlp(4, 3, 3, 2)
    assert is_backprop(network.with_channel(nc.bp()))
    for channel in (nc.rbp(), nc.sbp(), nc.bp(to="hidden2"), nc.bp(bits=3), nc.top_only()):
        assert not is_backprop(network.with_channel(channel))
    assert not is_backprop(network.with_channel(nc.bp(receive={"bits": 3})))


def test_machines_alike_share_programs_and_no_numbers():
    compiled = Compiled(nc.mlp(4, 3, 2).with_channel(nc.rbp()), 0)
    one, other = (compiled.simulation(compiled.prompt, batch_size=n) for n in (8, 100))
    assert one.machine.program(8, labels=True) is other.machine.program(8, labels=True)
    one.step(np.ones((2, 4)), np.array([0, 1]))
    assert np.any(one.machine.values != other.machine.values)
    fresh = Simulation(compiled.network, dtype="float64")
    assert np.array_equal(other.machine.values, fresh.machine.values)


def test_parameters_are_copied_by_key():
    network = nc.mlp(4, 3, 3, 2)
    one = Simulation(network.with_channel(nc.rbp()), seed=1)
    other = Simulation(network.with_channel(nc.srbp()), seed=2)
    kept = other.machine.parameter("channel:error -> hidden1").copy()
    copy_parameters(one.machine, other.machine, but="bias:hidden1")
    for key in ("weights:input -> hidden1", "channel:error -> hidden2", "bias:output"):
        assert np.array_equal(one.machine.parameter(key), other.machine.parameter(key))
    assert np.array_equal(other.machine.parameter("channel:error -> hidden1"), kept)


def test_slopes_of_many_bundles_are_those_of_a_sample_of_each_kind():
    n = 30
    names = [f"hidden{number}" for number in range(n)]
    ends = {"input": {"size": 2}, "output": {"size": 2, "activation": "softmax"}}
    last = {"path": f"{names[-1]} -> output", "edges": [[0, 0], [2, 1]]}
    network = Network(
        populations=ends | {name: {"size": 3, "activation": "tanh"} for name in names},
        forward=[
            *({"path": f"input -> {name}"} for name in names),
            *({"path": f"{name} -> output"} for name in names[:-1]),
            last,
        ],
    ).with_channel(nc.bp())
    for seed in range(3):
        keys = chosen_keys(network, "output", np.random.default_rng(seed), 4)
        assert f"weights:{names[-1]} -> output" in keys
        assert len(keys) == 4 + 1
    run = Simulation(network, rate=1.0, batch_size=8, dtype="float64")
    rng = np.random.default_rng(0)
    batch = rng.uniform(0.1, 1.0, (8, 2)), rng.dirichlet(np.ones(2), 8)
    found = slope_check(run, "output", batch, rng, most=4 * MOST)
    assert found.fits
    assert found.of == 6 * (n - 1) + 2 + 2
    assert 0 < found.compared <= 4 * 6 + 2
    output = next(c for c in self_test(network) if c.name.startswith("output"))
    assert output.passed and f" of its {found.of} updates differ" in output.detail
