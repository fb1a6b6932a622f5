"""Where the variables of each learning rule sit."""

from __future__ import annotations

import pytest
from hypothesis import given

from neurochannel.model.edges import OWN
from neurochannel.model.network import Network
from neurochannel.model.recipes import arbp, bp, mlp, rbp, sbp, srbp, top_only
from neurochannel.observe.locality import RATE, locality
from tests.networks import networks


def row(network, kind, bundle):
    (found,) = [r for r in locality(network) if (r.kind, r.bundle) == (kind, bundle)]
    return found


def names(found):
    return [variable.name for variable in found.reads]


MLP = mlp(4, 5, 3, 2)


def test_a_forward_synapse_reads_its_two_neurons_and_the_rate():
    found = row(MLP.with_channel(srbp()), "forward", "hidden1 -> hidden2")
    assert [tuple(v) for v in found.reads[:2]] == [
        ("O(hidden1)", "presynaptic neuron of hidden1"),
        ("R(hidden2)", "postsynaptic neuron of hidden2"),
    ]
    assert found.reads[2] == RATE and found.local and not found.note


@pytest.mark.parametrize("recipe", [rbp(), srbp(), arbp(), rbp(bits=2)])
def test_random_channels_are_local_throughout(recipe):
    assert all(found.local for found in locality(MLP.with_channel(recipe)))


@pytest.mark.parametrize("recipe", [bp(), sbp()])
def test_tied_weights_are_named_as_weight_transport(recipe):
    found = [r for r in locality(MLP.with_channel(recipe)) if r.kind == "channel"]
    assert found
    for delivery in found:
        assert not delivery.local and "weight transport" in delivery.note
    assert all(r.local for r in locality(MLP.with_channel(recipe)) if r.kind != "channel")


def test_tied_weights_sit_in_the_forward_synapses():
    assert ("W(hidden1 -> hidden2)", "forward synapses hidden1 -> hidden2") in [
        tuple(v) for v in row(MLP.with_channel(bp()), "channel", "hidden2 -> hidden1").reads
    ]


def test_a_tied_product_reads_all_bundles_on_the_way():
    found = row(MLP.with_channel(sbp()), "channel", "error -> hidden1")
    assert {"W(hidden1 -> hidden2)", "W(hidden2 -> output)"} <= set(names(found))
    assert "W(input -> hidden1)" not in names(found)


def test_concordant_weights_transport_signs_only():
    network = MLP.with_channel(rbp()).model_copy(
        update={"channel": [{"path": "error -> hidden2", "weights": "concordant"}]}
    )
    found = row(network, "channel", "error -> hidden2")
    assert not found.local and "signs" in found.note
    assert names(found)[1:3] == ["C(error -> hidden2)", "sign W(hidden2 -> output)"]


def test_limits_and_derivatives_show():
    plain = row(MLP.with_channel(srbp()), "channel", "error -> hidden1")
    limited = row(MLP.with_channel(srbp(bits=2, derivative=False)), "channel", "error -> hidden1")
    assert names(plain) == ["E(output)", "C(error -> hidden1)", "f'(S) of hidden1"]
    assert names(limited) == ["Q(E(output))", "C(error -> hidden1)"]


def test_what_never_changes_reads_nothing():
    network = MLP.with_channel(top_only())
    found = row(network, "forward", "input -> hidden1")
    assert found.reads == () and "no learning signal" in found.note
    frozen = network.model_copy(
        update={"forward": [{"path": "input -> hidden1 -> hidden2 -> output", "learn": False}]}
    )
    assert row(frozen, "forward", "hidden2 -> output").note == "frozen"
    assert row(frozen, "bias", "output").note == "frozen"


def test_softmax_with_squared_error_is_not_local_within_the_output():
    mixed = mlp(4, 3, 2).model_copy(update={"loss": "squared_error"})
    found = row(mixed, "forward", "hidden1 -> output")
    assert not found.local and "softmax" in found.note
    assert row(mlp(4, 3, 2), "forward", "hidden1 -> output").local


def test_adaptive_weights_into_a_relay_hear_what_comes_back():
    network = Network(
        populations={"input": {"size": 3}, "h": {"size": 4}, "r": {"size": 2}, "out": {"size": 2}},
        forward=[{"path": "input -> h -> out"}],
        channel=[{"path": "error -> r", "weights": "adaptive"}, {"path": "r -> h"}],
    )
    found = row(network, "channel", "error -> r")
    assert "O(h) C(r -> h)'" in names(found) and found.local and "comes back" in found.note


@given(networks())
def test_every_bundle_of_any_network_has_its_row(network):
    found = locality(network)
    assert [r.bundle for r in found if r.kind == "forward"] == [
        b.name for b in network.forward_bundles
    ]
    channel = [r for r in found if r.kind == "channel"]
    assert [r.bundle for r in channel] == [b.name for b in network.channel_bundles]
    for delivery, bundle in zip(channel, network.channel_bundles, strict=True):
        identity = bundle.target == network.output and bundle.edges.weights == "tied"
        own = identity or bundle.edges.weights in (*OWN, "redrawn")
        limits = bundle.edges.message
        assert delivery.local == (own and (limits is None or limits.local))
        assert ("weight transport" in delivery.note) == (not own)
