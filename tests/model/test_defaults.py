"""Defaults: what reaches whom, what replaces them, and how they are written and read."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.model.network import Network
from neurochannel.observe.backprop import gradient_network
from neurochannel.observe.selftest import self_test
from neurochannel.study.plan import points
from neurochannel.study.spec import Study
from tests.networks import networks

MESSAGE = {"bits": 3, "quantizer": "stochastic"}
UPDATE = {"bits": 4, "scale": 0.01}
TEXT = """
[defaults.forward]
init = "he"
update = { bits = 4, scale = 0.01 }
momentum = 0.9

[defaults.channel]
message = { bits = 3, quantizer = "stochastic" }
init = { distribution = "normal", scale = 0.1 }
update = { bits = 2, scale = 0.1 }
momentum = 0.5

[defaults.population]
activation = "relu"
bias = { value = 0.1, momentum = 0.9 }

[populations]
input = { size = 3 }
low = { size = 4 }
high = { size = 4, activation = "linear", bias = true }
relay = { size = 2 }
output = { size = 2, activation = "softmax" }

[[forward]]
path = "input -> low -> high"

[[forward]]
path = "high -> output"
init = "glorot"
update = {}
learn = false

[[channel]]
path = "error -> high"
weights = "tied"

[[channel]]
path = "error -> relay -> low"
message = { keep = "sign" }
init = {}

[[channel]]
path = "high -> low"
weights = "adaptive"
message = {}
update = {}
momentum = 0.0
"""


def network() -> Network:
    return Network.from_text(TEXT)


def test_an_own_table_replaces_the_default_and_an_empty_one_switches_it_off():
    first, second = network().forward
    assert first.init.distribution == "he" and first.momentum == 0.9 and first.update.bits == 4
    assert second.init.distribution == "glorot" and second.update is None
    tied, signs, adaptive = network().channel
    assert tied.message == nc.Message(**MESSAGE)
    assert signs.message == nc.Message(keep="sign") and signs.init == nc.Init()
    assert adaptive.message is None and adaptive.update is None and adaptive.momentum == 0.0
    assert adaptive.init == nc.Init(distribution="normal", scale=0.1)


def test_defaults_of_changes_reach_only_what_learns():
    assert network().forward[1].momentum == 0.0
    assert [(part.update, part.momentum) for part in network().channel[:2]] == [(None, 0.0)] * 2
    fixed = network().model_copy(update={"channel": [{"path": "error -> relay -> high -> low"}]})
    assert fixed.channel[0].update is None and fixed.channel[0].message == nc.Message(**MESSAGE)
    adaptive = network().with_channel(nc.arbp())
    assert all(part.momentum == 0.5 and part.update.bits == 2 for part in adaptive.channel)


def test_defaults_of_weights_do_not_reach_what_follows_forward_weights():
    assert network().channel[0].init == nc.Init()


def test_defaults_of_populations_reach_hidden_ones_only():
    populations = network().populations
    assert populations["low"].activation == "relu" and populations["low"].bias.momentum == 0.9
    assert populations["high"].activation == "linear" and populations["high"].bias is True
    for name, activation in (("input", "linear"), ("relay", "linear"), ("output", "softmax")):
        assert populations[name].activation == activation and populations[name].bias is True


def test_recipes_get_the_defaults_and_may_say_more():
    base = nc.mlp(5, 4, 3).with_defaults(channel={"message": MESSAGE})
    assert base.with_channel(nc.srbp()).channel[0].message == nc.Message(**MESSAGE)
    assert base.with_channel(nc.srbp(bits=1)).channel[0].message == nc.Message(bits=1)
    assert base.with_channel(nc.srbp(bits=None)).channel[0].message is None
    assert base.with_channel(nc.srbp(keep="all")).channel[0].message is None


def test_an_mlp_leaves_to_defaults_what_is_not_said():
    base = nc.mlp(5, 4, 3).with_defaults(forward={"init": "he"}, population={"bias": False})
    assert base.forward[0].init.distribution == "he" and base.populations["hidden1"].bias is False
    assert base.populations["output"].bias is True


def test_other_defaults_take_the_place_of_those_before():
    base = nc.mlp(5, 4, 3).with_channel(nc.arbp())
    one = base.with_defaults(channel={"message": MESSAGE}, forward={"momentum": 0.9})
    other = one.with_defaults(channel={"update": UPDATE})
    assert other.channel[0].message is None and other.channel[0].update == nc.Update(**UPDATE)
    assert other.forward[0].momentum == 0.9
    assert other.with_defaults(channel={}, forward={}) == base
    assert one != base and one.explicit != one and one.explicit.channel == one.channel


def test_a_file_says_again_what_it_said():
    again = Network.from_text(network().to_toml())
    assert again == network() and again.to_toml() == network().to_toml()
    for table in ("[defaults.forward]", "[defaults.channel]", "[defaults.population]"):
        assert table in network().to_toml()
    # What is taken from the defaults is not written anew.
    assert network().to_toml().count("stochastic") == 1
    assert network().to_toml().count("message = {}") == 1


def test_copies_are_equal():
    assert pickle.loads(pickle.dumps(network())) == network() == copy.deepcopy(network())
    assert network().model_copy(update={"name": "other"}).channel == network().channel
    assert network().sized(3, 2) == network()


@st.composite
def with_defaults(draw: st.DrawFn) -> Network:
    """Networks that keep some of their own tables next to defaults."""
    message = st.sampled_from([{}, {"bits": 2}, {"keep": "magnitude"}])
    update = st.sampled_from([{}, UPDATE])
    momentum = st.sampled_from([0.0, 0.25])
    kinds = {
        "forward": {"update": update, "momentum": momentum, "init": st.sampled_from(["he", {}])},
        "channel": {"message": message, "update": update, "momentum": momentum},
        "population": {
            "activation": st.sampled_from(["linear", "tanh"]),
            "bias": st.sampled_from([True, False, {}, {"learn": False}, {"momentum": 0.5}]),
        },
    }
    own = Network.from_text(draw(networks()).to_toml())
    chosen = {
        kind: draw(st.fixed_dictionaries({}, optional=fields)) for kind, fields in kinds.items()
    }
    return own.with_defaults(**chosen)


@settings(deadline=None)
@given(with_defaults())
def test_every_way_to_write_it_gives_an_equal_network(made):
    assert Network.from_text(made.to_toml()) == made
    assert Network(**made.model_dump()) == made
    assert Network.model_validate_json(made.model_dump_json()) == made
    assert pickle.loads(pickle.dumps(made)) == made
    explicit = made.explicit
    assert (explicit.populations, explicit.forward) == (made.populations, made.forward)
    assert explicit.channel == made.channel and not explicit.defaults.changed()
    assert nc.from_networkx(nc.to_networkx(made)) == explicit
    assert (
        made.with_defaults(forward={}, channel={}, population={}).explicit.defaults
        == nc.mlp(1, 1).defaults
    )


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        ({"channel": {"message": {"bits": 0}}}, "defaults.channel.message.bits must be at least 1"),
        ({"channel": {"mesage": {}}}, "defaults.channel.mesage is not a known key; did you mean"),
        ({"forward": {"momentum": 1.0}}, "defaults.forward.momentum must be less than 1, got 1.0"),
        ({"forward": {"init": [[1.0]]}}, "defaults.forward.init must name a distribution"),
        ({"forward": {"update": {"bits": 3}}}, "defaults.forward.update.scale is missing"),
        ({"population": {"activation": "softmax"}}, "defaults.population.activation must not be"),
        ({"population": {"bias": 3}}, "defaults.population.bias must be true or false, got 3"),
        ({"channel": 3}, "defaults.channel must be a table, got 3"),
    ],
)
def test_mistakes_name_their_place(kinds, sentence):
    with pytest.raises(NetworkError) as caught:
        network().with_defaults(**kinds)
    assert any(text.startswith(sentence) for text in caught.value.problems)


def test_all_mistakes_are_listed_together():
    text = TEXT.replace('activation = "relu"', 'activation = "rleu"').replace('-> high"', '-> hgh"')
    with pytest.raises(NetworkError) as caught:
        Network.from_text(text.replace("momentum = 0.5", "momentum = 5"))
    places = [sentence.split()[0] for sentence in caught.value.problems]
    assert "defaults.population.activation" in places and "defaults.channel.momentum" in places
    assert "forward[0].path" in places and "channel[0].path" in places


def test_a_path_that_cannot_be_read_makes_no_other_mistakes():
    with pytest.raises(NetworkError) as caught:
        Network.from_text(TEXT.replace('path = "high -> output"', 'path = "high > output"'))
    assert [sentence.split()[0] for sentence in caught.value.problems] == ["forward[1].path"]


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (nc.ForwardEdges, {"path": "a -> b", "learn": False}, "if learn = false"),
        (nc.Bias, {"learn": False}, "if learn = false, because these biases do not change"),
        (nc.ChannelEdges, {"path": "error -> b"}, "for random weights, which do not learn"),
        (nc.ChannelEdges, {"path": "error -> b", "weights": "tied"}, "for tied weights"),
    ],
)
def test_momentum_is_for_what_learns(kind, fields, sentence):
    with pytest.raises(NetworkError, match=f"^momentum must be left out {sentence}"):
        kind(momentum=0.5, **fields)


def test_a_recipe_is_no_message():
    with pytest.raises(NetworkError, match="^message must be a Message, got Recipe"):
        nc.ChannelEdges(path="error -> b", message=nc.bp())


def test_the_gradient_of_a_network_knows_nothing_of_its_defaults():
    gradient = gradient_network(network())
    assert not gradient.defaults.changed()
    assert all(part.message is None and part.weights == "tied" for part in gradient.channel)
    assert all(part.update is None and part.momentum == 0 for part in gradient.forward)
    assert gradient.populations["low"].bias_rule.momentum == 0
    limited = nc.mlp(4, 5, 3).with_channel(nc.bp())
    checks = self_test(limited.with_defaults(channel={"message": MESSAGE}))
    assert all(check.passed for check in checks)


def test_defaults_are_axes_of_studies():
    study = Study(
        name="s",
        network=nc.mlp(None, 4, None).with_channel(nc.srbp()),
        data="digits",
        axes={"defaults.channel.message.bits": [1, 2, "none"], "defaults.forward.momentum": [0.5]},
        seeds=1,
    )
    made = [Network.from_text(entry.point.network) for entry in points(study).entries]
    assert [part.channel[0].message and part.channel[0].message.bits for part in made] == [
        1,
        2,
        None,
    ]
    assert all(part.forward[0].momentum == 0.5 for part in made)


STATIC = {"bounds": (-0.8276, 1.1724), "bounds_spread": 0.05}
"""What ecram says of weights that never change."""


@pytest.mark.parametrize(
    ("weights", "given", "taken"),
    [
        ("adaptive", "ecram", {"preset": "ecram"}),
        ("random", "ecram", STATIC),
        ("random", {"stuck": 0.2, "step": 0.01}, {"stuck": 0.2}),
        ("random", {"step": 0.01}, None),
        ("random", {"read_noise": 0.1}, {"read_noise": 0.1}),
        ("tied", "ecram", None),
        ("redrawn", "ecram", None),
        ("concordant", "ecram", None),
    ],
)
def test_channel_weights_take_of_a_default_synapse_what_concerns_them(weights, given, taken):
    net = nc.Network(
        **nc.mlp(4, 3, 3, 2).model_dump(exclude={"channel"}),
        channel=[
            {"path": "error -> hidden2", "weights": weights},
            {"path": "error -> hidden1", "synapse": {"bits": 4, "range": 1.0}},
        ],
        defaults={"channel": {"synapse": given}},
    )
    own = net.channel[0].synapse
    assert own == (None if taken is None else nc.Synapse(**taken))
    assert net.channel[1].synapse == nc.Synapse(bits=4, range=1.0)
    assert Network.from_text(net.to_toml()) == net
    assert net.explicit.channel[0].synapse == own


@pytest.mark.parametrize(("learn", "taken"), [(True, {"preset": "ecram"}), (False, STATIC)])
def test_frozen_weights_take_of_a_default_synapse_what_is_not_about_changes(learn, taken):
    net = nc.Network(
        populations={"input": {"size": 4}, "hidden": {"size": 3}, "output": {"size": 2}},
        forward=[
            {"path": "input -> hidden", "learn": learn},
            {"path": "hidden -> output", "synapse": {}},
        ],
        defaults={"forward": {"synapse": "ecram"}},
    )
    first, second = net.forward
    assert first.synapse == nc.Synapse(**taken)
    assert second.synapse is None or not second.synapse.at_work
    assert Network.from_text(net.to_toml()) == net


def test_stuck_devices_of_a_default_reach_random_channel_weights():
    def weights(**synapse):
        net = nc.mlp(64, 30, 10).with_channel(nc.srbp()).with_defaults(channel={"synapse": synapse})
        return nc.Simulation(net, nc.data.load("digits")).channel_weights["error -> hidden1"]

    assert 0.03 < (weights(stuck=0.13) == 0).mean() < 0.23
    assert not (weights() == 0).any()
