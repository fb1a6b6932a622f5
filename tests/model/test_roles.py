"""Roles of populations: which one the data enters, and which one is compared with the targets."""

import pytest

from neurochannel import Network, bp, rbp, sbp, srbp
from neurochannel.errors import NetworkError

POPULATIONS = {
    "input": {"size": 4, "role": "input"},
    "clock": {"size": 2, "activation": "tanh"},
    "hidden": {"size": 3, "activation": "tanh"},
    "dead": {"size": 5, "activation": "relu"},
    "output": {"size": 2, "activation": "softmax", "role": "output"},
}
FORWARD = ("clock -> hidden", "input -> hidden -> output", "hidden -> dead")


def network(paths=FORWARD, **changes):
    populations = {name: POPULATIONS[name] | changes.get(name, {}) for name in POPULATIONS}
    return Network(populations=populations, forward=[{"path": path} for path in paths])


def test_roles_allow_neurons_that_hear_nothing_and_neurons_that_nobody_hears():
    made = network()
    assert (made.input, made.output) == ("input", "output")
    assert made.forward_order == ("input", "clock", "hidden", "dead", "output")


def test_the_input_comes_first_wherever_it_is_declared():
    populations = dict(reversed(POPULATIONS.items()))
    made = Network(populations=populations, forward=[{"path": path} for path in FORWARD])
    assert made.forward_order[0] == "input"


def test_without_roles_two_ends_are_a_mistake():
    with pytest.raises(NetworkError) as caught:
        network(input={"role": None}, output={"role": None})
    assert [sentence.split("; ")[1] for sentence in caught.value.problems] == [
        'connect all but one, or give one of them role = "input"',
        'connect all but one, or give one of them role = "output"',
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"clock": {"role": "input"}},
            "populations.clock.role must be the only input, got input and clock; join them in one "
            "population",
        ),
        (
            {"input": {"role": None}, "hidden": {"role": "input"}},
            "populations.hidden.role must have no incoming forward edges to be the input; remove "
            "this role, or give it to another population",
        ),
        (
            {"output": {"role": None}, "hidden": {"role": "output"}},
            "populations.hidden.role must have no outgoing forward edges to be the output; remove "
            "this role, or give it to another population",
        ),
        (
            {"hidden": {"role": "inputs"}},
            "populations.hidden.role must be one of input or output, got 'inputs'; did you mean "
            "'input'?",
        ),
    ],
)
def test_wrong_roles_get_a_sentence(changes, sentence):
    with pytest.raises(NetworkError) as caught:
        network(**changes)
    assert sentence in caught.value.problems


def test_a_relay_cannot_be_the_output():
    populations = {**POPULATIONS, "relay": {"size": 2, "role": "output"}, "output": {"size": 2}}
    with pytest.raises(NetworkError, match=r"relay\.role must have forward edges to be the output"):
        Network(
            populations=populations,
            forward=[{"path": path} for path in FORWARD],
            channel=[{"path": "error -> relay"}],
        )


@pytest.mark.parametrize("recipe", [bp, sbp, rbp, srbp])
def test_recipes_reach_what_leads_to_the_output(recipe):
    reached = {bundle.target for bundle in network().with_channel(recipe()).channel_bundles}
    assert reached == {"clock", "hidden"}


def test_roles_survive_a_file():
    made = network().with_channel(srbp())
    assert Network.from_text(made.to_toml()) == made
