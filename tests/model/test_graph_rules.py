"""Rules of both graphs: where, which value, and what to do."""

import pytest

from tests.model.mistakes import FORWARD, channel, only, problems


def test_an_unknown_key_is_named_with_the_nearest_known_one():
    only(
        problems(forward=[{"path": "input -> a -> b -> output", "fanin": 2}]),
        "forward[0].fanin",
        "is not a known key",
        "did you mean 'fan_in'?",
    )
    only(problems(loos="cross_entropy"), "loos", "is not a known key", "did you mean 'loss'?")


def test_an_unknown_key_that_resembles_nothing_gets_the_list_of_keys():
    only(
        problems({"a": {"size": 3, "zzz": 1}}),
        "populations.a.zzz",
        "is not a known key",
        "the keys here are size, shape, activation, bias, receive, neuron, role, neurons and "
        "attributes",
    )


def test_an_unknown_population_is_named_with_the_nearest_known_one():
    only(
        problems(channel=channel("error -> c.b -> a")),
        "channel[0].path",
        "must go through known populations, got 'c.b'",
        "add it to [populations]",
    )
    only(
        problems({"hidden1": {"size": 3}}, forward=[{"path": "input -> hiden1 -> output"}]),
        "forward[0].path",
        "got 'hiden1'",
        "did you mean 'hidden1'?",
    )


@pytest.mark.parametrize("name", ["1st", "my hidden", "", "a/b", "größe"])
def test_names_of_populations_have_a_standard_form(name):
    found = problems({name: {"size": 3}})
    assert "populations must have names of letters, digits, '_', '.' and '-'" in found[0]
    assert f"got '{name}'; rename it" in found[0]


def test_no_population_is_named_error():
    only(problems({"error": {"size": 3}}), "populations.error", "must have another name", "rename")


@pytest.mark.parametrize("path", ["a", "", "a ->", "a -> 1b", "a > b", "a -> -> b", "a - > b"])
def test_a_path_joins_names_by_arrows(path):
    found = problems(forward=[*FORWARD, {"path": path}])
    only(found, "forward[1].path", "must be names joined by arrows, got '", "'a -> b -> c'")


def test_a_bundle_leads_from_one_population_to_another():
    only(
        problems(forward=[*FORWARD, {"path": "a -> a"}]),
        "forward[1].path",
        "must lead from one population to another, got 'a -> a'",
        "remove this loop",
    )


def test_a_forward_cycle_is_named():
    only(
        problems(forward=[*FORWARD, {"path": "b -> a"}]),
        "forward",
        "must have no cycle, got 'a -> b -> a'",
        "remove one of these edges",
    )


def test_each_of_two_forward_cycles_is_named():
    more = {name: {"size": 3} for name in "cd"}
    edges = [*FORWARD, {"path": "b -> a"}, {"path": "b -> c -> d -> c"}]
    found = problems(more, forward=edges)
    assert [sentence.split("'")[1] for sentence in found[:2]] == ["a -> b -> a", "c -> d -> c"]


def test_there_is_exactly_one_input():
    only(
        problems({"c": {"size": 3}}, forward=[*FORWARD, {"path": "c -> b"}]),
        "forward",
        "must have exactly one input population, got 2: input and c have no incoming",
        'connect all but one, or give one of them role = "input"',
    )


def test_there_is_exactly_one_output():
    only(
        problems({"c": {"size": 3}}, forward=[*FORWARD, {"path": "a -> c"}]),
        "forward",
        "must have exactly one output population, got 2: output and c have no outgoing",
        'connect all but one, or give one of them role = "output"',
    )


def test_there_is_at_least_one_forward_path():
    only(problems(forward=[]), "forward", "must have at least one path", "path = 'input -> output'")


def test_a_population_has_at_least_one_edge():
    only(problems({"c": {"size": 3}}), "populations.c", "must have at least one edge", "remove it")


def test_a_bundle_is_declared_once():
    only(
        problems(forward=[*FORWARD, {"path": "a -> b"}]),
        "forward[1].path",
        "must not repeat a bundle, got 'a -> b', which is in forward[0] already",
        "remove one of them",
    )
    only(
        problems(channel=[{"path": "error -> b -> a"}, {"path": "error -> b"}]),
        "channel[1].path",
        "must not repeat a bundle, got 'error -> b', which is in channel[0] already",
        "remove one of them",
    )


def test_error_is_not_on_forward_paths():
    only(
        problems(forward=[*FORWARD, {"path": "error -> a"}]),
        "forward[1].path",
        "must not go through `error`",
        "write [[channel]]",
    )


def test_error_receives_no_channel_edges():
    only(
        problems(channel=channel("error -> a -> error")),
        "channel[0].path",
        "must not lead into `error`, got 'a -> error'",
        "start the path with it",
    )


def test_a_channel_cycle_is_named():
    only(
        problems(channel=[{"path": "error -> b -> a"}, {"path": "a -> b"}]),
        "channel",
        "must have no cycle, got 'a -> b -> a'",
        "remove one of these edges",
    )


def test_the_channel_starts_from_error_target_and_prediction_only():
    only(
        problems(channel=channel("b -> a")),
        "channel[0].path",
        "must start from `error`, `target`, `prediction` or where the channel arrives, got "
        "'b -> a' although no channel edge leads to 'b'",
        "add a path from `error` to 'b'",
    )


def test_the_output_sends_under_the_names_of_what_it_sends():
    only(
        problems(channel=channel("output -> a")),
        "channel[0].path",
        "must not start from the output population 'output', got 'output -> a'",
        "write `error`, `target` or `prediction` instead",
    )


@pytest.mark.parametrize("name", ["error", "target", "prediction"])
def test_no_population_has_the_name_of_a_start(name):
    assert any(
        "must have another name, because a channel may start from" in sentence
        for sentence in problems({name: {"size": 2}}, channel=channel(f"error -> {name}"))
    )


@pytest.mark.parametrize(
    ("edges", "rule", "remedy"),
    [
        ({"weights": "tied"}, "must be one to one from", "one_to_one = true"),
        ({"weights": "tied_product"}, "must not be tied_product into the output", "identity"),
        ({"weights": "congruent"}, "from which no forward weights lead on", 'weights = "random"'),
    ],
)
def test_weights_into_the_output_follow_none(edges, rule, remedy):
    path = {"path": "error -> output", **edges}
    only(problems(channel=[path]), "channel[0].weights", rule, remedy)


def test_only_what_the_channel_starts_from_is_tied_into_the_output():
    edges = [
        {"path": "error -> b"},
        {"path": "b -> output", "weights": "tied", "one_to_one": True},
    ]
    found = problems(channel=edges)
    assert any("to be tied into the output" in sentence for sentence in found)


def test_several_mistakes_of_all_kinds_are_listed_together():
    found = problems(
        {"a": {"size": 3, "activation": "tahn"}, "b": {"size": -3}, "lost": {"size": 1}},
        forward=[{"path": "input -> a -> b -> output", "learning": False}],
        channel=[
            {"path": "error -> a", "weights": "tied", "message": {"bits": 0, "scales": 1.0}},
            {"path": "error -> c"},
            {"path": "output -> b", "fan_in": 5},
        ],
        loss="binary_cross_entropy",
    )
    for essential in [
        "populations.a.activation must be one of",
        "populations.b.size must be at least 1, got -3",
        "forward[0].learning is not a known key; did you mean 'learn'?",
        "channel[0].message.bits must be at least 1, got 0",
        "channel[0].message.scales is not a known key; did you mean 'scale'?",
        "channel[0].weights must have a forward bundle 'a -> output'",
        "channel[1].path must go through known populations, got 'c'",
        "channel[2].path must not start from the output population",
        "channel[2].fan_in must be at most 2",
        "loss must be cross_entropy or squared_error",
    ]:
        assert any(sentence.startswith(essential) for sentence in found), essential
    assert len(found) == 10


def test_a_mistake_brings_no_mistakes_that_only_follow_from_it():
    assert len(problems({"output": {"activation": "sofmax"}}, loss="cross_entropy")) == 1
    assert len(problems(forward=[{"path": "input -> a -> b -> outptu"}])) == 1
    assert len(problems(forward=[{"path": "input -> a -> b - output"}])) == 1
    assert len(problems({"b": {"size": "3"}})) == 1
    assert len(problems(channel=[{"path": "eror -> b"}, {"path": "b -> a"}])) == 1
    update = {"bits": 2, "scale": 1.0}
    assert len(problems(channel=channel("error -> b", weights="adaptve", update=update))) == 1
    broken = [[0, 0], [0, 0]]
    assert len(problems(channel=channel("error -> b", edges=broken, init=[1.0, 2.0]))) == 1
    assert len(problems(loss="cros_entropy")) == 1
    assert len(problems(channel=[{"weights": "tied"}, {"path": "b -> a"}])) == 1


def test_mistakes_in_one_table_that_exclude_each_other_are_listed_together():
    found = problems(
        channel=channel("error -> b", weights="tied", init="he", fan_in=1, density=0.1, learn=True)
    )
    assert [sentence.split()[0] for sentence in found] == [
        "channel[0].learn",
        "channel[0].density",
        "channel[0].init",
    ]
