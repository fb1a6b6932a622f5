"""Rules of weights, activations, loss and sizes: where, which value, and what to do."""

import pytest

from tests.model.mistakes import FORWARD, channel, only, problems


def test_tied_weights_have_a_forward_bundle():
    only(
        problems(channel=channel("error -> a", weights="tied")),
        "channel[0].weights",
        "must have a forward bundle 'a -> output' to be tied to on 'error -> a', got none",
        'write weights = "tied_product" or add that bundle',
    )


PRODUCTS = ["tied_product", "concordant", "concordant_redrawn", "congruent"]


@pytest.mark.parametrize("weights", PRODUCTS)
def test_weights_that_follow_forward_paths_have_one(weights):
    relay = {"c": {"size": 3}}
    edges = [*FORWARD, {"path": "input -> c -> output"}]
    only(
        problems(relay, edges, [{"path": "error -> c"}, {"path": "c -> a", "weights": weights}]),
        "channel[1].weights",
        f"must have a forward path from 'a' to 'c' to be {weights} on 'c -> a', got none",
        'weights = "random"',
    )


@pytest.mark.parametrize("weights", ["tied", *PRODUCTS])
def test_weights_at_relays_follow_no_forward_weights(weights):
    only(
        problems({"r": {"size": 3}}, channel=channel("error -> r -> a", weights=weights)),
        "channel[0].weights",
        f"must not be {weights} at the relay 'r', which has no forward weights to follow",
        'weights = "random"',
    )


def test_weights_into_a_relay_do_not_adapt():
    only(
        problems({"r": {"size": 3}}, channel=channel("error -> r", weights="adaptive")),
        "channel[0].weights",
        "must not be adaptive into the relay 'r'",
        'weights = "random"',
    )


def test_softmax_is_for_outputs():
    only(
        problems({"a": {"size": 3, "activation": "softmax"}}),
        "populations.a.activation",
        "must not be softmax outside the output population",
        "take tanh",
    )


@pytest.mark.parametrize("activation", ["tanh", "softmax", "power(2)"])
def test_the_input_is_linear(activation):
    only(
        problems({"input": {"activation": activation}}),
        "populations.input.activation",
        f"must be linear in the input population, got '{activation}'",
        "leave it out",
    )


@pytest.mark.parametrize("name", ["input", "r"])
def test_the_input_and_relays_have_no_bias_to_describe(name):
    found = problems(
        {"r": {"size": 3}} | {name: {"size": 3, "bias": {"value": 1.0}}},
        channel=channel("error -> r -> a"),
    )
    only(found, f"populations.{name}.bias", "must be left out", "remove it")


@pytest.mark.parametrize(
    ("activation", "loss", "allowed"),
    [
        ("softmax", "binary_cross_entropy", "cross_entropy or squared_error"),
        ("logistic", "cross_entropy", "binary_cross_entropy or squared_error"),
        ("linear", "cross_entropy", "squared_error"),
        ("tanh", "binary_cross_entropy", "squared_error"),
        ("relu", "cross_entropy", "squared_error"),
        ("power(3)", "cross_entropy", "squared_error"),
    ],
)
def test_the_loss_fits_the_output_activation(activation, loss, allowed):
    only(
        problems({"output": {"activation": activation}}, loss=loss),
        "loss",
        f"must be {allowed} for the output activation '{activation}', got '{loss}'",
        "leave it out",
    )


@pytest.mark.parametrize("name", ["a", "r"])
def test_hidden_populations_and_relays_have_a_size(name):
    found = problems({"r": {"size": 3}} | {name: {}}, channel=channel("error -> r -> a"))
    only(found, f"populations.{name}.size", "must be given", "write for example size = 100")


def test_only_one_key_says_which_edges_there_are():
    only(
        problems(channel=channel("error -> a", fan_in=1, density=0.5)),
        "channel[0].density",
        "must be left out if fan_in is given",
        "keep one of them",
    )
    found = problems(channel=channel("error -> a", fan_in=1, one_to_one=True, edges=[[0, 0]]))
    assert len(found) == 2


def test_fan_in_is_at_most_the_size_of_the_source():
    only(
        problems(channel=channel("error -> b -> a", fan_in=3)),
        "channel[0].fan_in",
        "must be at most 2, the size of 'error' on 'error -> b', got 3",
        "lower it",
    )


def test_one_to_one_edges_join_equal_sizes():
    only(
        problems(channel=channel("error -> b", one_to_one=True)),
        "channel[0].one_to_one",
        "must join populations of one size, got 2 and 3 on 'error -> b'",
        "leave it out",
    )


@pytest.mark.parametrize(
    ("edge", "size", "name"), [([2, 0], 2, "error"), ([0, 3], 3, "a"), ([0, 70], 3, "a")]
)
def test_single_edges_join_neurons_that_exist(edge, size, name):
    only(
        problems(channel=channel("error -> a", edges=[[0, 0], edge])),
        "channel[0].edges",
        f"must stay below {size}, the size of '{name}' on 'error -> a', got neuron {max(edge)}",
        "numbered from 0",
    )


def test_explicit_weights_have_the_shape_of_their_bundle():
    only(
        problems(channel=channel("error -> a", init=[[1, 2], [3, 4]])),
        "channel[0].init.values",
        "must have the shape (2, 3) of 'error -> a', got (2, 2)",
        "one row for each source neuron",
    )


def test_explicit_weights_fit_the_size_that_is_known():
    only(
        problems({"output": {}}, channel=channel("error -> a", init=[[1, 2], [3, 4]])),
        "channel[0].init.values",
        "must have the shape (any, 3) of 'error -> a', got (2, 2)",
    )


def test_explicit_weights_of_single_edges_are_as_many_as_these():
    only(
        problems(channel=channel("error -> a", edges=[[0, 0], [1, 1]], init=[1.0, 2.0, 3.0])),
        "channel[0].init.values",
        "must be one weight for each of the 2 edges, got shape (3,)",
        "in the order of edges",
    )


def test_a_row_of_weights_belongs_to_single_edges():
    only(
        problems(channel=channel("error -> a", init=[1.0, 2.0])),
        "channel[0].init.values",
        "must be a row for each source neuron, got shape (2,)",
        "list the edges",
    )


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [("edges", [[0, 0]], "channel[0].edges"), ("init", [[1.0]], "channel[0].init.values")],
)
def test_arrays_are_on_paths_of_one_arrow(key, value, where):
    only(
        problems(channel=channel("error -> b -> a", **{key: value})),
        where,
        "must be on a path of one arrow, got 'error -> b -> a'",
        "one table for each arrow",
    )


@pytest.mark.parametrize("weights", ["tied", "tied_product"])
def test_tied_weights_have_no_initial_values(weights):
    only(
        problems(channel=channel("error -> b", weights=weights, init="glorot")),
        "channel[0].init",
        f"must be left out for {weights} weights, which follow the forward weights",
        "remove it",
    )


@pytest.mark.parametrize("weights", ["redrawn", "concordant_redrawn"])
def test_redrawn_weights_have_a_distribution(weights):
    only(
        problems(channel=channel("error -> b", weights=weights, init=[[1, 2, 3], [4, 5, 6]])),
        "channel[0].init",
        f"must be a distribution for {weights} weights, got explicit values",
        "name a distribution",
    )


@pytest.mark.parametrize("weights", ["random", "adaptive", "tied_product", "concordant"])
def test_only_redrawn_weights_have_sets(weights):
    only(
        problems(channel=channel("error -> b", weights=weights, sets=2)),
        "channel[0].sets",
        f"must be left out for {weights} weights",
        'weights = "redrawn"',
    )


@pytest.mark.parametrize("weights", ["tied", "random", "redrawn", "concordant"])
def test_only_adaptive_weights_have_limited_changes(weights):
    update = {"bits": 3, "scale": 0.1}
    only(
        problems(channel=channel("error -> b", weights=weights, update=update)),
        "channel[0].update",
        f"must be left out for {weights} weights, which do not learn",
        'weights = "adaptive"',
    )
