"""Biases of single neurons: one number for all of a population, or an array of one for each."""

import json
import pickle
import tomllib

import numpy as np
import pytest

from neurochannel.errors import NetworkError
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias, Population
from neurochannel.model.schema import editor_schema
from tests.model.test_schema import fits

THREE = [0.1, -0.2, 1e-300]


def network(value, **sizes):
    sizes = {"x": 2, "h": 3, "y": 2} | sizes
    populations = {name: {"size": size} for name, size in sizes.items() if size}
    populations = {name: populations.get(name, {}) for name in sizes}
    populations["h"]["bias"] = {"value": value}
    return Network(populations=populations, forward=[{"path": "x -> h -> y"}])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint64])
def test_an_array_is_kept_as_read_only_float64(dtype):
    given = np.arange(3, dtype=dtype)
    kept = Bias(value=given).value
    assert kept.dtype == np.float64
    assert not kept.flags.writeable
    given[0] = 9
    assert kept.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2)])
def test_one_number_is_kept_as_a_float(value):
    assert type(Bias(value=value).value) is float
    assert Bias(value=value) == Bias(value=2.0)


def test_biases_are_compared_by_value_and_form():
    assert Bias(value=THREE) == Bias(value=np.array(THREE))
    assert hash(Bias(value=THREE)) == hash(Bias(value=np.array(THREE)))
    assert hash(Bias(value=[0.0, 1.0])) == hash(Bias(value=[-0.0, 1.0]))
    assert Bias(value=THREE) != Bias(value=THREE[::-1])
    assert Bias(value=[0.5]) != Bias(value=0.5)
    assert Bias(value=0.5) != Bias(value=[0.5])
    assert Population(size=3, bias={"value": THREE}) == Population(size=3, bias=Bias(value=THREE))
    assert hash(network(THREE)) == hash(network(THREE))


def test_only_a_bias_of_one_zero_is_short_for_true():
    assert Population(bias={"value": 0.0}).bias is True
    assert Population(size=2, bias={"value": [0.0, 0.0]}).bias == Bias(value=[0.0, 0.0])


def test_a_pickled_network_has_read_only_biases():
    again = pickle.loads(pickle.dumps(network(THREE)))
    assert again == network(THREE)
    assert not again.populations["h"].bias.value.flags.writeable


def test_files_hold_a_list():
    text = network(THREE).to_toml()
    assert tomllib.loads(text)["populations"]["h"]["bias"] == {"value": THREE}
    assert Network.from_text(text) == network(THREE)
    dumped = json.loads(network(THREE).model_dump_json())
    assert dumped["populations"]["h"]["bias"] == {"value": THREE}
    assert Network(**dumped) == network(THREE)


@pytest.mark.parametrize(
    ("value", "good"), [(THREE, True), (0.5, True), ([], False), ([[0.1]], False), ("0", False)]
)
def test_editors_know_both_forms(value, good):
    schema = editor_schema()
    assert fits({"value": value}, schema["definitions"]["Bias"], schema) is good


@pytest.mark.parametrize(
    ("value", "essential"),
    [
        ("0.1", "be a number, or a list of one number for each neuron, got '0.1'; leave it out"),
        (True, "be a number, or a list of one number for each neuron, got True"),
        (None, "be a number, or a list .*, got None"),
        (float("nan"), "be a finite number, got nan; leave it out for 0.0"),
        (10**400, "be a finite number, got 1000"),
        ([0.1, float("nan")], r"hold finite numbers only, got nan at \[1\]; write a number there"),
        (np.array([np.inf]), r"hold finite numbers only, got inf at \[0\]"),
        ([1, 10**400], "be a number, or a list .*; write finite numbers only"),
        (["0.1"], r"be a number, or a list .*, got \['0.1'\]; write finite numbers only"),
        ([True, False], r"be a number, or a list .*, got \[True, False\]"),
        ([], r"be a number, or a list .*, got shape \(0,\); write a number for each neuron"),
        ([[0.1, 0.2]], r"be a number, or a list .*, got shape \(1, 2\)"),
        (np.array(0.5), r"be a number, or a list .*, got shape \(\)"),
        ([0.1, [0.2]], "be a number, or a list .*; write .* without lists in the list"),
    ],
)
def test_wrong_biases_get_a_sentence(value, essential):
    with pytest.raises(NetworkError, match=f"^populations.h.bias.value must {essential}"):
        network(value)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_there_must_be_a_bias_for_each_neuron(n):
    rule = f"^populations.h.bias.value must have a number for each of the 3 neurons of 'h', got {n}"
    with pytest.raises(NetworkError, match=f"{rule}; write as many, or one number for all$"):
        network([0.5] * n)


def test_the_length_is_held_against_a_size_that_comes_later():
    part = {"path": "x -> y"}
    unsized = Network(populations={"x": {}, "y": {"bias": {"value": THREE}}}, forward=[part])
    assert unsized.sized(5, 3).populations["y"].bias == Bias(value=THREE)
    with pytest.raises(NetworkError, match=r"^populations.y.bias.value must .* 4 neurons"):
        unsized.sized(5, 4)


def test_a_wrong_length_is_listed_with_other_mistakes():
    with pytest.raises(NetworkError) as caught:
        Network(
            populations={"x": {"size": 2}, "y": {"size": 3, "bias": {"value": [1.0]}}},
            forward=[{"path": "x -> y", "learn": "no"}],
        )
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "forward[0].learn",
        "populations.y.bias.value",
    ]


def test_an_array_for_the_input_gets_one_sentence():
    populations = {"x": {"size": 2, "bias": {"value": THREE}}, "y": {"size": 1}}
    with pytest.raises(NetworkError, match="left out in the input population") as caught:
        Network(populations=populations, forward=[{"path": "x -> y"}])
    assert len(caught.value.problems) == 1
