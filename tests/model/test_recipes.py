"""Recipes give the channels that they are named after."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

import neurochannel as nc
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import NetworkError
from neurochannel.model.network import ChannelEdges, Network
from neurochannel.model.populations import Bias
from neurochannel.model.recipes import arbp, asrbp, bp, cascade, kp, mlp, rbp, sbp, srbp, top_only
from tests.networks import forward_dags

CHAINS = [(bp, "tied"), (rbp, "random"), (arbp, "adaptive")]
SKIPS = [(sbp, "tied_product"), (srbp, "random"), (asrbp, "adaptive")]


def dag():
    """Two hidden paths, one of which is a skip."""
    return Network(
        populations={
            "x": {},
            "a": {"size": 4},
            "b": {"size": 3},
            "c": {"size": 3},
            "y": {"activation": "softmax"},
        },
        forward=[{"path": "x -> a -> b -> y"}, {"path": "a -> c -> y"}, {"path": "x -> b"}],
    )


def arrows(network):
    return {bundle.name for bundle in network.channel_bundles}


def test_mlp_is_a_chain_from_input_to_output():
    network = mlp(784, 100, 30, 10)
    assert network.forward_order == ("input", "hidden1", "hidden2", "output")
    assert [network.size(name) for name in network.forward_order] == [784, 100, 30, 10]
    activations = [population.activation for population in network.populations.values()]
    assert activations == ["linear", "tanh", "tanh", "softmax"]
    assert [edges.path for edges in network.forward] == ["input -> hidden1 -> hidden2 -> output"]
    assert network.channel == ()
    assert (network.name, network.loss_name) == ("mlp", "cross_entropy")


def test_mlp_takes_other_activations_weights_and_biases():
    bias = Bias(learn=False)
    network = mlp(
        None, 5, None, activation="relu", output="linear", init="he", bias=bias, name="net"
    )
    assert network.populations["hidden1"].activation == "relu"
    assert network.populations["output"].bias == bias
    assert network.populations["input"].bias is True
    assert network.forward[0].init.distribution == "he"
    assert (network.name, network.loss_name) == ("net", "squared_error")


def test_mlp_without_hidden_populations_is_a_perceptron():
    assert mlp(4, 3).forward_order == ("input", "output")


@pytest.mark.parametrize("sizes", [(), (3,)])
def test_mlp_has_at_least_two_sizes(sizes):
    with pytest.raises(NetworkError, match=f"at least two sizes, got {len(sizes)}; give those of"):
        mlp(*sizes)


def test_mlp_leaves_only_the_ends_to_the_data():
    with pytest.raises(NetworkError, match=r"populations.hidden1.size must be given"):
        mlp(3, None, 2)


@pytest.mark.parametrize(("recipe", "weights"), CHAINS)
def test_chains_go_down_step_by_step(recipe, weights):
    (edges,) = mlp(9, 8, 7, 2).with_channel(recipe()).channel
    assert edges == ChannelEdges(path="error -> hidden2 -> hidden1", weights=weights)


@pytest.mark.parametrize(("recipe", "weights"), SKIPS)
def test_skips_go_from_error_to_each_hidden_population(recipe, weights):
    channel = mlp(9, 8, 7, 2).with_channel(recipe()).channel
    assert channel == (
        ChannelEdges(path="error -> hidden2", weights=weights),
        ChannelEdges(path="error -> hidden1", weights=weights),
    )


def test_top_only_has_no_channel():
    assert mlp(9, 8, 2).with_channel(top_only()).channel == ()


@pytest.mark.parametrize("recipe", [bp, rbp, sbp, srbp, arbp, asrbp, cascade])
def test_a_network_without_hidden_populations_needs_no_channel(recipe):
    assert mlp(4, 3).with_channel(recipe()).channel == ()


@pytest.mark.parametrize(("recipe", "weights"), CHAINS)
def test_a_chain_on_any_graph_is_its_mirror_image(recipe, weights):
    network = dag().with_channel(recipe())
    assert arrows(network) == {"error -> b", "error -> c", "b -> a", "c -> a"}
    assert {edges.weights for edges in network.channel} == {weights}
    assert [edges.path for edges in network.channel] == ["error -> c -> a", "error -> b -> a"]


@pytest.mark.parametrize(("recipe", "weights"), SKIPS)
def test_a_skip_on_any_graph_reaches_every_hidden_population(recipe, weights):
    network = dag().with_channel(recipe())
    assert arrows(network) == {"error -> a", "error -> b", "error -> c"}
    assert {edges.weights for edges in network.channel} == {weights}


def test_a_cascade_joins_all_pairs_of_layers():
    network = mlp(9, 8, 7, 6, 2).with_channel(cascade())
    assert [edges.path for edges in network.channel] == [
        "error -> hidden3 -> hidden2 -> hidden1",
        "error -> hidden2",
        "error -> hidden1",
        "hidden3 -> hidden1",
    ]
    assert {edges.weights for edges in network.channel} == {"random"}


def test_a_cascade_leads_down_forward_paths_only():
    expected = {"error -> a", "error -> b", "error -> c", "b -> a", "c -> a"}
    assert arrows(dag().with_channel(cascade())) == expected
    parts = cascade(to="a"), srbp(to=("b", "c"))
    assert arrows(dag().with_channel(*parts)) == expected


@given(forward_dags())
def test_a_cascade_on_any_graph_has_an_edge_for_each_forward_path(network):
    graph = nx.DiGraph([bundle.ends for bundle in network.forward_bundles])
    hidden = set(nx.ancestors(graph, network.output)) - {network.input}
    expected = {f"error -> {h}" for h in hidden}
    expected |= {f"{a} -> {h}" for a in hidden for h in hidden & nx.ancestors(graph, a)}
    assert arrows(network.with_channel(cascade())) == expected


def test_signals_of_a_cascade_grow_by_the_root_of_2_with_each_layer():
    sizes = [100] * 9
    network = mlp(*sizes, activation="linear", output="linear").with_channel(cascade())
    run = Simulation(network, batch_size=50, seed=1)
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(2, 50, 100))
    signals = run.learning_signals(x, t)
    sizes = [np.std(signals[f"hidden{number}"]) for number in range(7, 0, -1)]
    assert sizes[-1] / sizes[0] == pytest.approx(2**3, rel=0.3)


def test_options_reach_the_channel_edges():
    recipe = srbp(
        bits=3,
        scale=0.5,
        quantizer="stochastic",
        keep="magnitude",
        fan_in=2,
        derivative=False,
        init="ternary",
        to="hidden1",
    )
    (edges,) = mlp(9, 8, 7, 3).with_channel(recipe).channel
    assert edges == ChannelEdges(
        path="error -> hidden1",
        fan_in=2,
        init="ternary",
        derivative=False,
        message={"bits": 3, "scale": 0.5, "quantizer": "stochastic", "keep": "magnitude"},
    )
    assert mlp(9, 8, 3).with_channel(rbp(density=0.5)).channel[0].density == 0.5
    update = {"bits": 3, "scale": 0.1}
    assert mlp(9, 8, 3).with_channel(arbp(update=update)).channel[0].update.bits == 3


def test_messages_without_limits_are_not_mentioned():
    assert mlp(9, 8, 3).with_channel(rbp()).channel[0].message is None
    assert mlp(9, 8, 3).with_channel(rbp(keep="sign")).channel[0].message.keep == "sign"


def test_recipes_compose_by_the_population_that_receives():
    network = mlp(9, 8, 7, 2).with_channel(
        rbp(to="hidden2"), ChannelEdges(path="hidden2 -> hidden1"), srbp(to=["hidden1"], bits=1)
    )
    assert [(edges.path, edges.message is None) for edges in network.channel] == [
        ("error -> hidden2", True),
        ("hidden2 -> hidden1", True),
        ("error -> hidden1", False),
    ]


def test_recipes_that_give_the_same_edges_do_not_compose():
    with pytest.raises(NetworkError, match="must not repeat a bundle, got 'error -> hidden2'"):
        mlp(9, 8, 7, 2).with_channel(rbp(), srbp())


@pytest.mark.parametrize("name", ["hiden1", "input", "output", "error"])
def test_a_receiver_that_the_recipe_does_not_reach_is_a_mistake(name):
    with pytest.raises(NetworkError, match=f"^to must name populations.*, got '{name}'; "):
        mlp(9, 8, 7, 2).with_channel(srbp(to=("hidden1", name)))


def test_a_chain_to_a_population_that_nothing_reaches_is_a_mistake():
    with pytest.raises(NetworkError, match="to must name 'hidden2' as well, whose signal"):
        mlp(9, 8, 7, 2).with_channel(rbp(to="hidden1"))


@pytest.mark.parametrize(
    ("recipe", "options", "essential"),
    [
        (bp, {"init": "glorot"}, "init must be left out for tied weights"),
        (sbp, {"init": "he"}, "init must be left out for tied_product weights"),
        (rbp, {"bits": 0}, "bits must be at least 1, got 0; leave it out for unlimited precision"),
        (rbp, {"bits": 1, "quantizer": "uniform"}, "bits must be at least 2 for the quantizer"),
        (rbp, {"bitts": 3}, "bitts is not a known key; did you mean 'bits'?"),
        (rbp, {"fan_in": 0}, "fan_in must be at least 1, got 0; leave it out"),
        (rbp, {"density": 2.0}, "density must be at most 1, got 2.0; leave it out"),
        (rbp, {"fan_in": 1, "density": 0.5}, "density must be left out if fan_in is given"),
        (srbp, {"init": "gloro"}, "got 'gloro'; did you mean 'glorot'?"),
        (srbp, {"quantizer": "octave"}, "got 'octave'; did you mean 'octaves'?"),
        (srbp, {"to": 3}, "to must be"),
        (srbp, {"update": {"bits": 3, "scale": 0.1}}, "update must be left out for random weights"),
    ],
)
def test_wrong_options_get_a_sentence(recipe, options, essential):
    with pytest.raises(NetworkError) as caught:
        recipe(**options)
    (sentence,) = caught.value.problems
    assert essential in sentence
    assert "; " in sentence


def test_recipes_are_values():
    assert rbp(bits=3) == rbp(bits=3) != rbp(bits=4)
    assert {rbp(bits=3): 1}[rbp(bits=3)] == 1


# --- Kolen-Pollack ---------------------------------------------------------------------------


def steps(network):
    """(decay, momentum, rate factor, bits of changes) by the kind and name of bundles."""
    return {
        (kind, bundle.name): (
            bundle.edges.decay,
            bundle.edges.momentum,
            bundle.edges.rate_factor,
            bundle.edges.update and bundle.edges.update.bits,
        )
        for kind in ("forward", "channel")
        for bundle in getattr(network, f"{kind}_bundles")
    }


def test_both_channels_of_kp_take_the_same_steps():
    update = {"bits": 3, "scale": 0.1}
    recipe = kp(decay=0.02, momentum=0.5, rate_factor=2.0, update=update, bits=4)
    network = mlp(9, 8, 7, 2).with_channel(recipe)
    taken, plain = (0.02, 0.5, 2.0, 3), (0.0, 0.0, 1.0, None)
    assert steps(network) == {
        ("forward", "input -> hidden1"): plain,
        ("forward", "hidden1 -> hidden2"): taken,
        ("forward", "hidden2 -> output"): taken,
        ("channel", "error -> hidden2"): taken,
        ("channel", "hidden2 -> hidden1"): taken,
    }
    assert [edges.path for edges in network.forward] == [
        "input -> hidden1",
        "hidden1 -> hidden2 -> output",
    ]
    assert all(edges.message.bits == 4 for edges in network.channel)
    assert Network.from_text(network.to_toml()) == network


def test_kp_takes_its_decay_only_where_it_has_a_mirror_image():
    network = dag().with_channel(kp())
    named = {name for (_, name), (decay, *_) in steps(network).items() if decay == 1e-3}
    assert named == {"b -> y", "c -> y", "a -> b", "a -> c", *arrows(network)}
    some = mlp(9, 8, 7, 2).with_channel(kp(to="hidden2"), srbp(to="hidden1"))
    decays = {name: decay for (kind, name), (decay, *_) in steps(some).items() if decay}
    assert decays == {"hidden2 -> output": 1e-3, "error -> hidden2": 1e-3}


def test_kp_leaves_frozen_edges_and_other_fields_alone():
    base = mlp(9, 8, 7, 2).with_defaults(forward={"momentum": 0.25, "init": "he"})
    first, *_ = base.forward
    frozen = first.model_copy(update={"learn": False, "momentum": 0.0})
    still = base.model_copy(update={"forward": [frozen]})
    assert still.with_channel(kp()).forward == still.forward
    network = base.with_channel(kp(decay=0.5))
    assert {edges.init.distribution for edges in network.forward} == {"he"}
    assert {edges.momentum for edges in network.forward} == {0.25}
    assert [edges.decay for edges in network.forward] == [0.0, 0.5]


def test_channel_edges_of_kp_take_from_forward_edges_what_the_recipe_does_not_say():
    base = mlp(9, 8, 7, 2).with_defaults(forward={"momentum": 0.25}, channel={"rate_factor": 2.0})
    first, *_ = base.forward
    second = first.model_copy(update={"path": "hidden2 -> output", "rate_factor": 0.5})
    base = base.model_copy(
        update={
            "forward": [first.model_copy(update={"path": "input -> hidden1 -> hidden2"}), second]
        }
    )
    network = base.with_channel(kp(decay=0.5))
    found = steps(network)
    assert found["channel", "error -> hidden2"] == found["forward", "hidden2 -> output"]
    assert found["channel", "error -> hidden2"] == (0.5, 0.25, 0.5, None)
    assert found["channel", "hidden2 -> hidden1"] == found["forward", "hidden1 -> hidden2"]
    assert found["channel", "hidden2 -> hidden1"] == (0.5, 0.25, 1.0, None)
    assert Network.from_text(network.to_toml()) == network
    said = steps(base.with_channel(kp(momentum=0.0)))
    assert {momentum for (_, name), (_, momentum, *_) in said.items() if "input" not in name} == {0}


def test_other_recipes_leave_forward_edges_alone():
    base = mlp(9, 8, 7, 2)
    for recipe in (bp(), rbp(), arbp(decay=0.1, momentum=0.5), asrbp(decay=0.1), top_only()):
        assert base.with_channel(recipe).forward == base.forward
    before = base.with_channel(kp())
    assert before.with_channel(bp()).forward == before.forward
    again = before.with_channel(kp(decay=0.2))
    assert [edges.decay for edges in again.forward] == [0.0, 0.2]


def test_the_topology_of_kp_is_the_recipe():
    described = nc.read("kolen_pollack").model_copy(update={"name": "mlp"})
    assert described == mlp(None, 100, 30, None).with_channel(kp())


def test_kp_has_a_default_decay_that_can_be_changed():
    assert kp().decay == 1e-3 and kp(decay=0.1).decay == 0.1
    assert kp(decay=0.0).channel(mlp(9, 8, 2)) == arbp().channel(mlp(9, 8, 2))
    with pytest.raises(NetworkError, match="^decay must be at least 0, got -1"):
        kp(decay=-1.0)


def test_limits_that_a_recipe_gives_go_with_its_channel():
    network = nc.mlp(6, 5, 4, 3)

    def limits(one):
        return {name: p.receive.bits for name, p in one.populations.items() if p.receive}

    lent = network.with_channel(nc.rbp(receive={"bits": 3}))
    assert limits(lent) == {"hidden1": 3, "hidden2": 3}
    for one in (lent, lent.with_defaults(channel={"init": "he"}), lent.model_copy()):
        assert limits(one.with_channel(nc.srbp())) == {}
        assert limits(one.with_channel(nc.srbp(receive={"bits": 2}, to="hidden1"))) == {
            "hidden1": 2
        }
    hidden = network.populations["hidden1"].model_copy(update={"receive": nc.Receive(bits=5)})
    own = network.with_channel(nc.srbp())
    own = own.model_copy(update={"populations": {**own.populations, "hidden1": hidden}})
    assert limits(own.with_channel(nc.rbp())) == {"hidden1": 5}
    both = own.with_channel(nc.rbp(receive={"bits": 3}))
    assert limits(both) == {"hidden1": 3, "hidden2": 3}
    assert limits(both.with_channel(nc.rbp(receive={"bits": 4}))) == {"hidden1": 4, "hidden2": 4}
    assert limits(both.with_channel(nc.srbp())) == {"hidden1": 5}
    written = nc.Network.from_text(lent.to_toml())
    assert written == lent and limits(written.with_channel(nc.srbp())) == limits(lent)


@pytest.mark.parametrize("recipe", [nc.bp, nc.rbp, nc.arbp])
def test_a_chain_that_carries_on_what_does_not_arrive_is_one_sentence_about_to(recipe):
    network = nc.mlp(6, 5, 4, 3)
    with pytest.raises(nc.NetworkError) as refused:
        network.with_channel(recipe(to="hidden1"))
    (sentence,) = refused.value.problems
    assert sentence == (
        "to must name 'hidden2' as well, whose signal 'hidden1' gets on this route; add it, or "
        "give it a channel of its own, for example srbp(to='hidden2')"
    )
    assert network.with_channel(recipe(to="hidden1"), nc.srbp(to="hidden2")).channel
    assert network.with_channel(recipe(to=["hidden1", "hidden2"])).channel
