"""What a network derives from its description, and what it never allows."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from neurochannel.errors import NetworkError
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network, Population
from neurochannel.model.populations import Bias
from neurochannel.model.recipes import mlp, rbp
from neurochannel.model.weights import Init


def diamond(**others):
    """Two hidden paths, of which b is declared first, and a relay."""
    return Network(
        populations={
            "output": {"size": 2, "activation": "softmax"},
            "b": {"size": 3},
            "relay": {"size": 5, "activation": "tanh"},
            "a": {"size": 4},
            "input": {"size": 6},
        },
        forward=[{"path": "input -> a -> output"}, {"path": "input -> b->output", "init": "he"}],
        channel=[{"path": "error -> relay -> a"}, {"path": "relay -> b"}, {"path": "error -> b"}],
        **others,
    )


def test_ends_and_relays_follow_from_the_edges():
    network = diamond()
    assert (network.input, network.output, network.relays) == ("input", "output", ("relay",))


def test_paths_become_one_bundle_for_each_arrow():
    network = diamond()
    assert [bundle.name for bundle in network.forward_bundles] == [
        "input -> a",
        "a -> output",
        "input -> b",
        "b -> output",
    ]
    assert [(bundle.name, bundle.where) for bundle in network.channel_bundles] == [
        ("error -> relay", "channel[0]"),
        ("relay -> a", "channel[0]"),
        ("relay -> b", "channel[1]"),
        ("error -> b", "channel[2]"),
    ]
    bundle = network.forward_bundles[2]
    assert bundle == Bundle("input", "b", network.forward[1], "forward[1]")
    assert bundle.edges.init.distribution == "he"


def test_orders_are_topological_and_ties_follow_the_declaration():
    network = diamond()
    assert network.forward_order == ("input", "b", "a", "output")
    assert network.channel_order == ("relay", "b", "a")


def test_orders_do_not_depend_on_the_hash_seed():
    code = (
        "from neurochannel.model.network import Network;"
        "names = [f'h{i}' for i in range(20)];"
        "n = Network(populations={'x': {}, 'y': {}} | {h: {'size': 1} for h in names},"
        "forward=[{'path': f'x -> {h} -> y'} for h in reversed(names)],"
        "channel=[{'path': f'error -> {h}'} for h in reversed(names)]);"
        "print(n.forward_order, n.channel_order)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(runs) == 1
    assert "('x', 'h0', 'h1', 'h2'" in runs.pop()


@pytest.mark.parametrize(
    ("activation", "loss", "resolved", "matches"),
    [
        ("softmax", None, "cross_entropy", True),
        ("softmax", "squared_error", "squared_error", False),
        ("logistic", None, "binary_cross_entropy", True),
        ("logistic", "squared_error", "squared_error", False),
        ("linear", None, "squared_error", True),
        ("tanh", None, "squared_error", False),
        ("relu", "squared_error", "squared_error", False),
        ("power(2)", None, "squared_error", False),
    ],
)
def test_the_loss_follows_from_the_output_or_is_named(activation, loss, resolved, matches):
    network = mlp(3, 2, output=activation).model_copy(update={"loss": loss})
    assert (network.loss_name, network.loss_matches) == (resolved, matches)


def test_sizes_are_filled_in_from_data():
    network = mlp(None, 5, None)
    sized = network.sized(7, 3)
    assert [sized.size(name) for name in ("input", "hidden1", "output", "error")] == [7, 5, 3, 3]
    assert sized == mlp(7, 5, 3)
    assert sized.sized(7, 3) == sized
    assert network == mlp(None, 5, None)
    assert network.sized(np.int64(7), np.int64(3)) == sized


def test_sizes_that_contradict_the_data_are_listed_together():
    with pytest.raises(NetworkError) as caught:
        mlp(7, 5, 3).sized(8, 4)
    first, second = caught.value.problems
    assert first == (
        "populations.input.size must be 8, the number of inputs in the data, got 7; "
        "leave it out to take it from the data"
    )
    assert second.startswith("populations.output.size must be 4, the number of outputs in the data")


def test_edges_are_checked_again_once_sizes_are_known():
    network = mlp(None, 5, None).with_channel(rbp(fan_in=4))
    network.sized(7, 4)
    with pytest.raises(
        NetworkError, match=r"channel\[0\].fan_in must be at most 3, the size of 'e"
    ):
        network.sized(7, 3)
    with pytest.raises(NetworkError, match=r"populations.input.size must be at least 1, got 0"):
        network.sized(0, 3)


def test_a_size_that_is_not_known_is_an_error():
    network = mlp(None, 5, None)
    with pytest.raises(
        NetworkError, match=r"populations.output.size is left to the data; call .si"
    ):
        network.size("error")
    with pytest.raises(NetworkError, match="'hiden1' is not a population.*did you mean 'hidden1'"):
        network.size("hiden1")


def test_with_channel_replaces_the_whole_channel():
    network = mlp(3, 4, 5, 2).with_channel(rbp())
    edges = ChannelEdges(path="error -> hidden1", weights="adaptive")
    again = network.with_channel(edges)
    assert again.channel == (edges,)
    assert again.forward == network.forward
    assert again.with_channel().channel == ()


def test_with_channel_takes_nothing_but_recipes_and_edges():
    with pytest.raises(
        NetworkError, match="got <function rbp.*>; call the recipe, for example rbp"
    ):
        mlp(3, 4, 2).with_channel(rbp)


def test_descriptions_are_frozen():
    network = diamond()
    with pytest.raises(ValueError, match="frozen"):
        network.name = "other"
    with pytest.raises(TypeError, match="frozen"):
        network.populations["c"] = Population()
    with pytest.raises(TypeError, match="frozen"):
        network.populations.pop("a")
    assert isinstance(network.forward, tuple)


def test_descriptions_are_compared_by_value():
    assert diamond() == diamond()
    assert hash(diamond()) == hash(diamond())
    assert diamond() != diamond(name="other")
    values = np.arange(6.0).reshape(2, 3)
    assert Init(distribution="explicit", values=values) == Init.model_validate(values.tolist())
    assert Init.model_validate(values) != Init.model_validate(values + 1)
    assert Init.model_validate(values) != Init()
    assert Init.model_validate([0.0]) == Init.model_validate([-0.0])
    assert hash(Init.model_validate([0.0])) == hash(Init.model_validate([-0.0]))
    assert Population() != Bias()


def test_the_order_of_populations_is_part_of_the_value():
    network = diamond()
    turned = dict(reversed(network.populations.items()))
    assert network != network.model_copy(update={"populations": turned})


def test_descriptions_survive_pickle_and_copy():
    network = mlp(3, 4, 2).with_channel(ChannelEdges(path="error -> hidden1", init=np.ones((2, 4))))
    again = pickle.loads(pickle.dumps(network))
    assert again == network
    assert not again.channel[0].init.values.flags.writeable
    assert again.forward_order == network.forward_order
    assert copy.deepcopy(network) == copy.copy(network) == network


def test_a_changed_copy_is_checked_and_derives_anew():
    network = mlp(3, 4, 2)
    assert network.forward_order == ("input", "hidden1", "output")
    longer = network.model_copy(
        update={"forward": [{"path": "input -> hidden1 -> output"}, {"path": "input -> output"}]}
    )
    assert len(longer.forward_bundles) == 3
    with pytest.raises(NetworkError, match="must be at least 1"):
        network.populations["input"].model_copy(update={"size": 0})


def test_models_and_dicts_make_the_same_network():
    models = Network(
        populations={"x": Population(size=3), "y": Population(activation="tanh")},
        forward=[ForwardEdges(path="x->y", init=Init(distribution="normal"))],
        channel=[],
    )
    dicts = Network(
        populations={"x": {"size": 3}, "y": {"activation": "tanh"}},
        forward=({"path": "x  ->  y", "init": "normal"},),
    )
    assert models == dicts


def test_short_forms_are_kept_in_their_standard_form():
    assert Population(activation="power( 2.0 )").activation == "power(2)"
    assert Population(activation="power(1.50)").activation == "power(1.5)"
    assert Population(activation="power(1.5)").exponent == 1.5
    assert Population(activation="power(3/2)").activation == "power(1.5)"
    assert Population(activation="power( 2/6 )").activation == "power(1/3)"
    assert Population(activation="power(1/3)").exponent == 1 / 3
    assert Population(activation="power(4/2)").activation == "power(2)"
    assert Population().exponent is None
    assert Population(bias=Bias()).bias is True
    assert Population().bias_rule == Bias()
    assert Population(bias=False).bias_rule is None
    assert Population(bias={"value": 2.0}).bias_rule == Bias(value=2.0)
    assert ForwardEdges(path=" a->b  -> c ").path == "a -> b -> c"
    assert ForwardEdges(path="a -> b", init="he").model_dump()["init"] == "he"
    assert ForwardEdges(path="a -> b", init=[[1]]).model_dump(mode="json")["init"] == [[1.0]]


def test_only_what_differs_from_the_defaults_is_shown():
    assert repr(Population(size=3)) == "Population(size=3)"
    edges = ChannelEdges(path="error -> a", fan_in=2, message={"bits": 3})
    assert repr(edges) == "ChannelEdges(path='error -> a', fan_in=2, message=Message(bits=3))"


def test_a_long_chain_has_its_order():
    n = 2000
    network = mlp(*[1] * n)
    assert network.forward_order[-1] == "output"
    assert len(network.with_channel(rbp()).channel_order) == n - 2


def test_networkx_and_tomlkit_are_imported_only_when_needed():
    code = (
        "import sys, neurochannel.model.recipes, neurochannel.model.network;"
        "print(*sorted({'networkx', 'tomlkit', 'numba', 'h5py', 'matplotlib', 'scipy'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
