"""The four architectures of the learning channel as recipes on any forward network."""

import pytest

from neurochannel import ChannelEdges, Init, Network, bp, mlp, rbp
from neurochannel.errors import NetworkError
from neurochannel.model.architectures import bidirectional, conjoined, distinct, twin


def branched():
    return Network(
        populations={
            "input": {"size": 4},
            "a": {"size": 3, "activation": "tanh"},
            "b": {"size": 5, "activation": "relu"},
            "output": {"size": 2},
        },
        forward=[{"path": "input -> a -> b -> output"}, {"path": "a -> output"}],
    )


def wires(network):
    return {(bundle.name, bundle.edges.weights) for bundle in network.channel_bundles}


def test_bidirectional_wires_are_tied():
    assert mlp(4, 3, 2).with_channel(bidirectional()) == mlp(4, 3, 2).with_channel(bp())


def test_conjoined_neurons_have_wires_that_learn():
    network = branched().with_channel(conjoined(bits=3))
    assert wires(network) == {
        ("error -> b", "adaptive"),
        ("error -> a", "adaptive"),
        ("b -> a", "adaptive"),
    }
    assert not network.relays
    assert {edges.message.bits for edges in network.channel} == {3}


def test_a_twin_stands_next_to_each_hidden_neuron():
    network = branched().with_channel(twin(activation="logistic", init="he"))
    assert wires(network) == {
        ("error -> twin.b", "adaptive"),
        ("error -> twin.a", "adaptive"),
        ("twin.b -> twin.a", "adaptive"),
        ("twin.a -> a", "random"),
        ("twin.b -> b", "random"),
    }
    assert {name: network.size(name) for name in network.relays} == {"twin.a": 3, "twin.b": 5}
    assert {network.populations[name].activation for name in network.relays} == {"logistic"}
    delivery = next(b.edges for b in network.channel_bundles if b.name == "twin.a -> a")
    assert delivery.one_to_one
    assert delivery.init == Init(distribution="zeros", mean=1.0)


def test_distinct_channel_populations_have_any_size():
    network = branched().with_channel(distinct(7, fan_in=2))
    assert {name: network.size(name) for name in network.relays} == {
        "distinct.a": 7,
        "distinct.b": 7,
    }
    fan_ins = {b.name: b.edges.fan_in for b in network.channel_bundles}
    assert fan_ins["error -> distinct.b"] == fan_ins["distinct.b -> distinct.a"] == 2
    assert fan_ins["distinct.a -> a"] is None


def test_another_channel_takes_the_channel_populations_away():
    network = branched().with_channel(twin())
    assert network.with_channel(rbp()) == branched().with_channel(rbp())
    assert network.with_channel(twin(activation="linear")).relays == ("twin.a", "twin.b")


def test_a_relay_that_the_new_channel_uses_stays():
    network = branched().with_channel(distinct(2))
    edges = ChannelEdges(path="error -> distinct.a -> a")
    assert network.with_channel(edges).relays == ("distinct.a",)


def test_a_population_of_the_same_name_is_a_mistake():
    network = Network(
        populations={
            "input": {"size": 2},
            "h": {"size": 2},
            "twin.h": {"size": 2},
            "o": {"size": 1},
        },
        forward=[{"path": "input -> h -> twin.h -> o"}],
    )
    with pytest.raises(NetworkError, match=r"populations\.twin\.h must have another name"):
        network.with_channel(twin())


@pytest.mark.parametrize(
    ("make", "essential"),
    [
        (lambda: twin(activation="tan"), "activation must be one of"),
        (lambda: twin(to="hidden1"), "to must be left out of twin"),
        (lambda: twin(bits=0), "bits must be at least 1"),
        (lambda: distinct(0), "size must be at least 1, got 0"),
        (lambda: distinct(2, fan_in=1, density=0.5), "density must be left out if fan_in is given"),
    ],
)
def test_wrong_options_get_a_sentence(make, essential):
    with pytest.raises(NetworkError, match=essential):
        make()


def test_adaptive_weights_into_a_relay_need_a_forward_population_to_hear():
    parts = [
        ChannelEdges(path="error -> r", weights="adaptive"),
        ChannelEdges(path="r -> s -> hidden1"),
    ]
    populations = {**mlp(4, 3, 2).populations, "r": {"size": 2}, "s": {"size": 2}}
    with pytest.raises(NetworkError, match="delivers to no forward population whose activity"):
        Network(populations=populations, forward=mlp(4, 3, 2).forward, channel=parts)
    heard = [*parts, ChannelEdges(path="r -> hidden1")]
    Network(populations=populations, forward=mlp(4, 3, 2).forward, channel=heard)
