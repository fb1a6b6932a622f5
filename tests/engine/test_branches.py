"""Branches of a run: another channel, data set or option from the weights that it has learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings

from neurochannel.data import Data, load
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import NetworkError, OptionError
from neurochannel.model.network import Network
from neurochannel.model.recipes import bp, mlp, srbp
from neurochannel.observe.observers import Observe
from neurochannel.storage import load as load_run
from neurochannel.storage import save
from tests.networks import SEEDS, networks
from tests.storage.runs import (
    COPIES,
    assert_same,
    few_digits,
    tiny_run,
    train_to_the_middle,
)


def set_weights(run: Simulation, parent: Simulation) -> None:
    """Hand over all weights through the public views."""
    for name in run.weights:
        run.weights[name] = parent.weights[name]
    for name in run.biases:
        run.biases[name] = parent.biases[name]
    for bundle in run.network.channel_bundles:
        if bundle.edges.weights in ("random", "adaptive"):
            run.channel_weights[bundle.name] = parent.channel_weights[bundle.name]


def test_a_branch_of_the_same_equals_a_fresh_run_with_the_weights_set() -> None:
    parent = tiny_run(2)
    train_to_the_middle(parent, 4)
    branch = parent.branch()
    fresh = tiny_run(0)
    set_weights(fresh, parent)
    assert (branch.epoch, branch.updates_done, branch.progress.position) == (0, 0, 0)
    assert not branch.history.records and not branch.history.observations
    assert branch.data is parent.data and branch.options == parent.options
    assert_same(branch, fresh)
    for run in (branch, fresh):
        run.train(2, progress=False)
    assert_same(branch, fresh)


def test_backpropagation_first_and_random_channels_after_it() -> None:
    digits, base = few_digits(), mlp(None, 12, 9, None)
    first = Simulation(base.with_channel(bp()), digits, batch_size=10, seed=1)
    first.train(2, progress=False)
    second = first.branch(base.with_channel(srbp()), rate=0.05, batch_size=20)
    fresh = Simulation(base.with_channel(srbp()), digits, rate=0.05, batch_size=20, seed=1)
    for name in first.weights:
        fresh.weights[name] = first.weights[name]
    for name in first.biases:
        fresh.biases[name] = first.biases[name]
    for run in (second, fresh):
        run.train(2, progress=False)
    assert_same(second, fresh)
    assert second.rate == 0.05 and second.batch_size == 20
    assert first.epoch == 2


Fields = dict[str, object]
THREE: Fields = {"fan_in": 3}


def sparse(channel: Fields | None = None, top: Fields = THREE, **forward: object) -> Network:
    """A network of 6, 5 and 4 neurons; fields of its channel and of the two forward bundles."""
    return Network(
        populations={
            "a": {"size": 6},
            "b": {"size": 5, "activation": "tanh"},
            "c": {"size": 4, "activation": "softmax"},
        },
        forward=[{"path": "a -> b", **forward}, {"path": "b -> c", **top}],
        channel=[{"path": "error -> b", **(channel or {})}],
    )


SOME = [[0, 0], [5, 4], [3, 2]]
FORWARD_CASES = {
    "the same fan-in": ({"fan_in": 2}, {"fan_in": 2}, True),
    "the same density": ({"density": 0.5}, {"density": 0.5}, True),
    "the same list": ({"edges": SOME}, {"edges": SOME}, True),
    "the same list in another order": ({"edges": SOME}, {"edges": SOME[::-1]}, True),
    "all to all": ({}, {}, True),
    "another init": ({"fan_in": 2, "init": "he"}, {"fan_in": 2}, True),
    "frozen": ({"fan_in": 2}, {"fan_in": 2, "learn": False}, True),
    "another fan-in": ({"fan_in": 2}, {"fan_in": 3}, False),
    "fan-in and density": ({"fan_in": 2}, {"density": 0.5}, False),
    "all to all and sparse": ({}, {"fan_in": 2}, False),
    "sparse and all to all": ({"fan_in": 2}, {}, False),
    "another list": ({"edges": SOME}, {"edges": SOME[1:]}, False),
}


@pytest.mark.parametrize("before, after, kept", FORWARD_CASES.values(), ids=FORWARD_CASES)
def test_a_bundle_is_taken_over_if_its_edges_are_the_same(
    before: Fields, after: Fields, kept: bool
) -> None:
    parent, other = Simulation(sparse(**before), seed=1), Simulation(sparse(**after), seed=2)
    branch = parent.branch(sparse(**after), seed=2)
    source = parent if kept else other
    for mine, theirs in zip(branch.edges("a -> b"), source.edges("a -> b"), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(branch.edge_weights("a -> b"), source.edge_weights("a -> b"))
    np.testing.assert_array_equal(branch.edge_weights("b -> c"), parent.edge_weights("b -> c"))
    assert branch.seed == 2


RANDOM, ADAPTIVE = {"weights": "random"}, {"weights": "adaptive"}
CONCORDANT = {"weights": "concordant"}
SPARSE = {"fan_in": 2}
CHANNEL_CASES = {
    "random": (RANDOM, RANDOM, True, True),
    "random, then adaptive": (RANDOM, ADAPTIVE, True, True),
    "sparse": (RANDOM | SPARSE, RANDOM | SPARSE, True, True),
    "sparse, then adaptive": (RANDOM | SPARSE, ADAPTIVE | SPARSE, True, True),
    "another fan-in": (RANDOM | SPARSE, RANDOM | {"fan_in": 3}, False, False),
    "concordant": (CONCORDANT, CONCORDANT, True, True),
    "random, then concordant": (RANDOM | SPARSE, CONCORDANT | SPARSE, False, False),
    "sparse and redrawn": ({"weights": "redrawn"} | SPARSE, {"weights": "redrawn"} | SPARSE,
                           True, None),
    "sparse and tied": ({"weights": "tied"} | SPARSE, {"weights": "tied"} | SPARSE, True, None),
}  # fmt: skip


@pytest.mark.parametrize(
    "before, after, same_edges, same_weights", CHANNEL_CASES.values(), ids=CHANNEL_CASES
)
def test_channel_bundles_with_weights_of_their_own_are_taken_over(
    before: Fields,
    after: Fields,
    same_edges: bool,
    same_weights: bool | None,
) -> None:
    parent, other = Simulation(sparse(before), seed=1), Simulation(sparse(after), seed=2)
    branch, key = parent.branch(sparse(after), seed=2), "channel:error -> b"
    if same_edges:
        for mine, theirs in zip(
            branch.channel_edges("error -> b"), parent.channel_edges("error -> b"), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)
    if same_weights is None:
        assert key not in branch.machine.spans
        return
    source = parent if same_weights else other
    if same_weights or key not in branch.machine.edges:
        np.testing.assert_array_equal(branch.machine.parameter(key), source.machine.parameter(key))
    else:
        n = len(branch.machine.parameter(key))
        assert n == len(branch.machine.edges[key].receivers)


def test_edges_chosen_among_forward_edges_follow_those_that_are_kept() -> None:
    """Tied edges that were drawn for another forward bundle would be tied to nothing."""
    tied = {"weights": "tied", "fan_in": 1}
    for before, top in (
        (tied, {"fan_in": 3}),
        (tied, {}),
        (tied, {"density": 0.7}),
        ({"weights": "random", "fan_in": 1}, {"fan_in": 3}),
        ({"weights": "random", "fan_in": 1}, {}),
    ):
        branch = Simulation(sparse(before, top), seed=1).branch(sparse(tied), seed=2)
        forward = set(zip(*(part.tolist() for part in branch.edges("b -> c")), strict=True))
        channel = zip(*(part.tolist() for part in branch.channel_edges("error -> b")), strict=True)
        assert {(b, c) for c, b in channel} <= forward
        branch.step(np.ones((2, 6)), [0, 3])


@given(networks(), networks(), SEEDS)
@settings(max_examples=30)
def test_any_two_networks_share_or_are_refused(one: Network, two: Network, seed: int) -> None:
    try:
        parent = Simulation(one, seed=seed)
        other = Simulation(two, seed=seed ^ 1)
    except NetworkError:
        assume(False)
    again = parent.branch(seed=seed ^ 1)
    assert_same(again, parent)
    try:
        branch = parent.branch(two, seed=seed ^ 1)
    except (OptionError, NetworkError) as error:
        assert "shares no bundle" in str(error) or "must be" in str(error)
        return
    assert branch.machine.spans.keys() == other.machine.spans.keys()
    for key, edges in branch.machine.edges.items():
        assert edges.n_edges == branch.machine.edges[key].start[-1]


def test_a_branch_with_edges_of_its_parent_is_kept_in_files_and_copies(tmp_path: Path) -> None:
    """No draw from its own seed gives these edges."""
    branch = tiny_run(1).branch(seed=8)
    save(branch, tmp_path / "run.h5")
    kept = [load_run(tmp_path / "run.h5", branch.data), *(way(branch) for way in COPIES.values())]
    for run in (branch, *kept):
        run.train(1, progress=False)
        assert_same(branch, run)


def test_a_branch_with_edges_of_its_parent_can_be_observed() -> None:
    values = {"distribution": "explicit", "values": np.ones((6, 5))}
    network = sparse(density=0.4, init=values)
    data = Data(np.eye(6), np.arange(6) % 4)
    parent = Simulation(network, data, seed=1)
    parent.weights["a -> b"] = 3 * parent.weights["a -> b"]
    branch = parent.branch(seed=2)
    n = len(branch.edge_weights("a -> b"))
    assert n != len(Simulation(network, data, seed=2).edge_weights("a -> b"))
    branch.train(1, [Observe(at=[0])], progress=False)
    distance = branch.history.observations["distance: a -> b"].values
    np.testing.assert_allclose(distance, [2 * n**0.5], rtol=1e-6)


def test_another_data_set_and_number_of_bits_go_into_a_branch() -> None:
    digits, network = few_digits(), mlp(None, 8, None).with_channel(srbp())
    parent = Simulation(network, digits, batch_size=10)
    parent.train(1, progress=False)
    other = Data(digits.train.x[:50], digits.train.t[:50], scale=1 / 16)
    branch = parent.branch(data=other, dtype="float64", threads=2)
    assert branch.data is other and branch.dtype == "float64" and branch.threads == 2
    for name in parent.weights:
        np.testing.assert_array_equal(branch.weights[name], parent.weights[name])
    branch.train(1, progress=False)
    assert branch.updates_done == 5


def test_sizes_left_out_come_from_the_run_where_there_is_no_data() -> None:
    parent = Simulation(mlp(3, 4, 2).with_channel(bp()))
    branch = parent.branch(mlp(None, 4, None).with_channel(srbp()))
    assert branch.network.size("input") == 3 and branch.network.size("output") == 2


@pytest.mark.parametrize(
    ("act", "error", "sentence"),
    [
        (lambda run: run.branch(mlp(3, 7, 2).with_channel(bp())), OptionError, "shares no bundle"),
        (lambda run: run.branch(rate=-1), OptionError, "rate must be a positive number"),
        (lambda run: run.branch(batch_size=0), OptionError, "batch_size must lie between"),
        (lambda run: run.branch(mlp(5, 4, 5, 2).with_channel(bp())), NetworkError, "size must be"),
        (lambda run: run.branch(data=load("digits")), NetworkError, "size must be"),
    ],
)
def test_branches_that_cannot_be_get_a_sentence(
    act: Callable[[Simulation], Simulation], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        act(tiny_run(0))
