"""TOML files: nothing is lost on the way, and what cannot be read says why."""

import io
import json
import os
import tomllib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neurochannel.errors import NetworkError
from neurochannel.inputs.descriptions import check_nesting
from neurochannel.model.network import Network
from neurochannel.model.recipes import mlp, srbp

EXAMPLE = """\
format = 3
name = "srbp"

[populations]
input   = { size = 784 }
hidden1 = { size = 100, activation = "tanh" }
hidden2 = { size = 30, activation = "tanh" }
output  = { size = 10, activation = "softmax" }

[[forward]]
path = "input -> hidden1 -> hidden2 -> output"

[[channel]]
path = "error -> hidden2"
message = { bits = 3, quantizer = "stochastic" }

[[channel]]
path = "error -> hidden1"
fan_in = 8
"""

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,6}", fullmatch=True)
SIZE = 3


def options(required=None, **optional):
    return st.fixed_dictionaries(required or {}, optional=optional)


def limits(**required):
    """Bits and scales as messages and changes have them."""
    names = st.sampled_from(["powers", "octaves", "log_zero", "uniform", "stochastic"])
    keys = {"bits": st.integers(2, 32), "scale": POSITIVE, "quantizer": names}
    return options(required, **{key: part for key, part in keys.items() if key not in required})


UPDATES = limits(bits=st.integers(2, 32), scale=POSITIVE)
MESSAGES = st.tuples(limits(), st.sampled_from(["all", "sign", "magnitude"])).map(
    lambda pair: pair[0] | {"keep": pair[1]}
)
DRAWN = st.sampled_from(["glorot", "he", "zeros", "ternary"])
SCALED = options({"distribution": DRAWN}, scale=POSITIVE, mean=FLOATS)
BIASES = st.booleans() | options(learn=st.booleans(), value=FLOATS, update=UPDATES)
ACTIVATIONS = st.sampled_from(["linear", "logistic", "tanh", "relu"]) | st.floats(1, 1e308).map(
    lambda mu: f"power({mu!r})"
)
FORWARD = options(learn=st.booleans(), update=UPDATES)


@st.composite
def edges_and_weights(draw):
    """Any choice of edges, with weights that fit it."""
    pairs = st.tuples(*[st.integers(0, SIZE - 1)] * 2)
    rules = {
        "all": st.none(),
        "fan_in": st.integers(1, SIZE),
        "density": st.floats(0, 1, exclude_min=True),
        "one_to_one": st.just(True),
        "edges": st.lists(pairs, min_size=1, unique=True).map(np.array),
    }
    rule = draw(st.sampled_from(sorted(rules)))
    value = draw(rules[rule])
    shape = (len(value),) if rule == "edges" else (SIZE, SIZE)
    values = arrays.arrays(np.float64, shape, elements=FLOATS)
    fields = draw(options(init=DRAWN | SCALED | values))
    return fields if rule == "all" else fields | {rule: value}


@st.composite
def channel_edges(draw):
    """Channel edges of one kind, with all that they can have."""
    kinds = ["tied_product", "random", "adaptive", "redrawn", "concordant"]
    weights = draw(st.sampled_from(kinds))
    fields = draw(options({"weights": st.just(weights)}, derivative=st.booleans()))
    fields |= draw(options(message=MESSAGES)) | draw(edges_and_weights())
    if weights == "adaptive":
        fields |= draw(options(update=UPDATES))
    if weights == "tied_product":
        fields.pop("init", None)
    elif weights == "redrawn":
        fields["init"] = draw(DRAWN)
    return fields


@st.composite
def networks(draw):
    """Chains of populations of one size, with skips over all of them."""
    names = draw(
        st.lists(NAMES.filter(lambda name: name != "error"), min_size=3, max_size=5, unique=True)
    )
    hidden = {"size": st.just(SIZE), "activation": ACTIVATIONS, "bias": BIASES}
    populations = {names[0]: {"size": SIZE}} | {name: draw(options(hidden)) for name in names[1:]}
    forward = []
    for source, target in [*pairwise(names), (names[0], names[-1])]:
        fields = draw(FORWARD) | draw(edges_and_weights())
        forward.append({"path": f"{source} -> {target}"} | fields)
    channel = [{"path": f"error -> {name}"} | draw(channel_edges()) for name in names[1:-1]]
    order = draw(st.permutations(names))
    return Network(
        name=draw(st.text()),
        loss=draw(st.sampled_from([None, "squared_error"])),
        populations={name: populations[name] for name in order},
        forward=forward,
        channel=channel,
    )


def bits_of(network):
    """All arrays with every bit, since 0.0 equals -0.0."""
    parts = (*network.forward, *network.channel)
    return [
        None if array is None else (array.shape, array.tobytes())
        for part in parts
        for array in (part.edges, part.init.values)
    ]


@settings(deadline=None)
@given(networks())
def test_toml_loses_nothing(network):
    text = network.to_toml()
    again = Network.from_text(text)
    assert again == network
    assert bits_of(again) == bits_of(network)
    assert again.to_toml() == text


@settings(deadline=None)
@given(networks())
def test_dumps_lose_nothing(network):
    assert Network(**json.loads(network.model_dump_json())) == network
    assert Network(**network.model_dump()) == network


@pytest.mark.parametrize("value", [5e-324, 1.7976931348623157e308, -0.5, 0.1, 1e16, 123456789.0])
def test_extreme_numbers_survive(value):
    edges = {"path": "a -> b", "init": {"distribution": "normal", "mean": value}}
    network = Network(populations={"a": {}, "b": {}}, forward=[edges])
    again = Network.from_text(network.to_toml())
    assert repr(again.forward[0].init.mean) == repr(value)
    matrix = network.model_copy(update={"forward": [{"path": "a -> b", "init": [[value]]}]})
    assert bits_of(Network.from_text(matrix.to_toml())) == bits_of(matrix)


def test_text_reads_like_one_written_by_hand():
    network = Network.from_text(EXAMPLE)
    assert network.to_toml() == EXAMPLE


def test_arrays_and_limits_are_written_plainly():
    network = Network(
        populations={"a": {"size": 2}, "b": {"size": 1, "bias": {"learn": False}}},
        forward=[{"path": "a -> b", "edges": [[0, 0], [1, 0]], "init": [0.5, -1]}],
        name="net",
    )
    assert network.to_toml() == (
        'format = 3\nname = "net"\n\n[populations]\na = { size = 2 }\n'
        "b = { size = 1, bias = { learn = false } }\n\n"
        '[[forward]]\npath = "a -> b"\nedges = [[0, 0], [1, 0]]\ninit = [0.5, -1.0]\n'
    )


def test_names_that_need_quotes_get_them():
    network = Network(populations={"a.1": {}, "b": {}}, forward=[{"path": "a.1 -> b"}])
    assert '"a.1" = {}\nb     = {}\n' in network.to_toml()
    assert Network.from_text(network.to_toml()) == network


def test_only_what_differs_from_the_defaults_is_written():
    network = Network(
        name="network",
        populations={"a": {"bias": True, "activation": "linear"}, "b": {}},
        forward=[{"path": "a -> b", "init": "glorot", "learn": True}],
    )
    text = network.to_toml()
    assert text == ('format = 3\n\n[populations]\na = {}\nb = {}\n\n[[forward]]\npath = "a -> b"\n')


def test_a_network_is_read_from_a_path_or_an_open_file(tmp_path):
    path = tmp_path / "srbp.toml"
    path.write_text(EXAMPLE)
    expected = mlp(784, 100, 30, 10, name="srbp").with_channel(
        srbp(bits=3, quantizer="stochastic", to="hidden2"), srbp(fan_in=8, to="hidden1")
    )
    assert Network.from_toml(path) == expected
    assert Network.from_toml(str(path)) == expected
    assert Network.from_toml(io.StringIO(EXAMPLE)) == expected
    for mode in ("r", "rb"):
        with open(path, mode) as file:
            assert Network.from_toml(file) == expected


@pytest.mark.parametrize(
    "change", [lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"\n", b"\r\n")]
)
def test_files_of_other_editors_are_read(tmp_path, change):
    path = tmp_path / "net.toml"
    path.write_bytes(change(EXAMPLE.encode()))
    assert Network.from_toml(path) == Network.from_text(EXAMPLE)


def refused(source):
    with pytest.raises(NetworkError) as caught:
        Network.from_toml(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_mistakes_name_the_file(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(EXAMPLE.replace("bits = 3", "bits = 0").replace("fan_in = 8", "fan_in = 11"))
    with pytest.raises(NetworkError) as caught:
        Network.from_toml(path)
    assert str(caught.value) == (
        f"{path}: 2 mistakes:\n"
        "  - channel[0].message.bits must be at least 1, got 0; "
        "leave it out for unlimited precision\n"
        "  - channel[1].fan_in must be at most 10, the size of 'error' on 'error -> hidden1', "
        "got 11; lower it or leave it out for all-to-all edges"
    )


@pytest.mark.parametrize(
    ("text", "essential"),
    [
        ("name = 'x'\n[populations\n", "at line 2, column 13"),
        ("name = 'x'\n\nloss 3", "at line 3, column 6"),
        ("name = 'x", "at end of document"),
        ("name = 1\nname = 2\n", "Cannot overwrite a value"),
        ("\x00", "at line 1, column 1"),
        ("PK\x03\x04 archive", "at line 1"),
        ("x = " + "[" * 100_000, "brackets nested too deeply"),
        ("x = " + "9" * 5000, "a mistake"),
    ],
)
def test_text_that_is_not_toml_names_the_line(tmp_path, text, essential):
    path = tmp_path / "net.toml"
    path.write_text(text)
    found = refused(path)
    assert found.startswith(f"{path}: must be TOML, got ")
    assert essential in found
    assert "; " in found
    assert len(found) < 400 + len(str(path))


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path):
    path = tmp_path / "net.toml"
    path.write_bytes(b"name = 'a'\n# gr\xfc\xdfe\n")
    expected = f"{path}: must be UTF-8 text, got the byte 0xfc at line 2; save it as UTF-8"
    assert refused(path) == expected


def test_a_missing_file_is_named(tmp_path):
    found = refused(tmp_path / "no.toml")
    assert found.startswith(f"{tmp_path}/no.toml: there is no such file; check the path")


def test_a_folder_is_not_a_file(tmp_path):
    assert refused(tmp_path) == f"{tmp_path}: must be a file, got a folder; name a TOML file in it"


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "/dev/null/net.toml"])
def test_an_impossible_path_is_a_mistake(path):
    assert "; check the path" in refused(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_a_mistake(tmp_path):
    path = tmp_path / "net.toml"
    path.touch(0)
    assert refused(path) == f"{path}: cannot be read; change its permissions"


def test_an_empty_file_says_what_is_missing(tmp_path):
    path = tmp_path / "net.toml"
    path.touch()
    with pytest.raises(NetworkError) as caught:
        Network.from_toml(path)
    assert [sentence.split()[0] for sentence in caught.value.problems] == ["populations", "forward"]


def test_writing_makes_the_file_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "net.toml"
    network = mlp(2, 3)
    assert network.to_toml(path) == path.read_text()
    longer = mlp(2, 4, 3)

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(NetworkError, match=r"cannot be written \(No space left on device\); "):
            longer.to_toml(path, overwrite=True)
    assert Network.from_toml(path) == network
    longer.to_toml(str(path), overwrite=True)
    assert Network.from_toml(path) == longer
    assert os.listdir(tmp_path) == ["net.toml"]


def test_writing_through_a_link_keeps_the_link(tmp_path):
    path, link = tmp_path / "net.toml", tmp_path / "link.toml"
    link.symlink_to(path)
    mlp(2, 3).to_toml(link)
    assert link.is_symlink()
    assert Network.from_toml(path) == mlp(2, 3)


def test_a_place_that_cannot_be_written_is_a_mistake(tmp_path):
    for path in (tmp_path, tmp_path / "no" / "net.toml", "/dev/null/net.toml", "a\0b"):
        with pytest.raises(NetworkError, match="cannot be written .*; "):
            mlp(2, 3).to_toml(path)


def test_big_arrays_are_written_and_read():
    n = 300
    values = np.random.default_rng(0).normal(size=(n, n))
    network = mlp(n, n, init=values)
    text = network.to_toml()
    assert tomllib.loads(text)["forward"][0]["init"][7][9] == values[7, 9]
    assert Network.from_text(text) == network


@pytest.mark.parametrize("brackets", ["[" * 101, "[{a = " * 51, "x]" * 9 + "[" * 200])
def test_deep_brackets_are_refused_before_the_stack_is_deep(monkeypatch, brackets):
    def fail(text):
        raise AssertionError("it was parsed")

    monkeypatch.setattr(tomllib, "loads", fail)
    with pytest.raises(NetworkError, match="nested too deeply"):
        Network.from_text(f"x = {brackets}")


@pytest.mark.parametrize("part", ["# [{\n", 'name = "[{"\n', "name = '[{'\n", 'name = "\\"[{"\n'])
def test_brackets_in_words_and_comments_are_not_nested(part):
    check_nesting(part * 1000, "TOML")
    assert Network.from_text(part + mlp(1, 1).to_toml().partition("\n\n")[2]).input == "input"
