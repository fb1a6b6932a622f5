"""Edits of a network's text: each changes what it says it does, and no comment is lost."""

import tomllib
from itertools import pairwise

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.errors import NetworkError, OptionError
from neurochannel.lab.network_edits import edited, entries_of
from neurochannel.lab.toml_edits import TomlText
from neurochannel.lab.toml_places import TomlPlaces
from neurochannel.model.gallery import shipped

TEXTS = {name: one.text() for name, one in shipped().items() if one.path.suffix == ".toml"}
COMMENTED = """# head
name = "x"

[populations]
input   = {}  # from data
hidden1 = { size = 100, activation = "tanh" } # first
output  = { activation = "softmax" }

# the forward graph
[[forward]]
path = "input -> hidden1 -> output"  # all

# the channel
[[channel]]
path = "error -> hidden1"
weights = "random"  # fixed
[channel.message]
bits = 3

# to the output
[[channel]]
path = "error -> output"
one_to_one = true
"""
TRICKY = """# [no] = { header }
"quoted key" = 'a ] # b'
dotted . "in side" = [1, [2, 3], # comment ]
  { x = \"\"\"two
lines } \\\" \"\"\", y = '''}''' },
]
dotted.more = 1979-05-27 07:32:00

[ table . sub ]
a = +1_000
[[list]]
[list.inner]
b = { c = { d = [] }, e = inf }
[[list]]
f = "é\\n𝄞"
[[list.deeper]]
g = true
"""
VALUES = st.recursive(
    st.booleans() | st.integers(-99, 99) | st.text("ab# ]}\"'\\é=,", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("k. ", min_size=1), inner),
    max_leaves=8,
)


def leaves(tree, path=()):
    """Yield everything in a tree with its path."""
    if path:
        yield path, tree
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(value, (*path, key))


def check_places(text):
    places = TomlPlaces(text)
    for path, value in leaves(tomllib.loads(text)):
        if path in places.values:
            start, end = places.values[path]
            assert tomllib.loads(f"x = {text[start:end]}")["x"] == value, path
        else:  # tables and arrays with headers or dotted keys
            assert isinstance(value, dict | list), path
        if path in places.keys and isinstance(path[-1], str):
            start, end = places.keys[path]
            assert tomllib.loads(f"{text[start:end]} = 0") == {path[-1]: 0}


@pytest.mark.parametrize("text", [*TEXTS.values(), COMMENTED, TRICKY])
def test_every_value_is_found_where_it_stands(text):
    check_places(text)


@settings(deadline=None)
@given(st.dictionaries(st.text("kx.é ", min_size=1, max_size=4), VALUES, max_size=4))
def test_values_of_any_toml_are_found(tree):
    check_places(tomlkit.dumps(tree))


@settings(deadline=None)
@given(st.text("[]{}=.,\"'#\\ \nabc01", max_size=40))
def test_any_text_has_places(text):
    places = TomlPlaces(text)
    assert all(0 <= start <= end <= len(text) for start, end in places.keys.values())


EDITS = [
    (
        {"do": "add_population", "name": "b"},
        'b = { size = 10, activation = "tanh" }',
    ),
    ({"do": "add_edge", "kind": "channel", "source": "target", "target": "hidden1"}, None),
    (
        {"do": "set", "at": ["populations", "input"], "field": ["size"], "value": 64},
        "input   = { size = 64 }  # from data",
    ),
    (
        {"do": "set", "at": ["channel", 1], "field": ["message", "bits"], "value": 2},
        "message = { bits = 2 }",
    ),
    ({"do": "set", "at": ["channel", 0], "field": ["message", "scale"], "value": 0.5}, None),
    ({"do": "set", "at": ["channel", 0], "field": ["weights"], "value": None}, None),
    ({"do": "set", "at": [], "field": ["loss"], "value": "squared_error"}, None),
    (
        {"do": "rename_population", "name": "hidden1", "to": "h"},
        'h = { size = 100, activation = "tanh" } # first',
    ),
    ({"do": "part_edge", "kind": "forward", "source": "input", "target": "hidden1"}, None),
]


@pytest.mark.parametrize(("edit", "line"), EDITS, ids=lambda part: str(part)[:40])
def test_an_edit_keeps_comments_and_all_else(edit, line):
    made = edited(COMMENTED, edit)
    if line is not None:
        assert line in made.split("\n")
    lost = set(COMMENTED.split("\n")) - set(made.split("\n"))
    assert len(lost) <= 3
    lines = COMMENTED.split("\n")
    assert [c for c in lines if c.startswith("#")] == [
        c for c in made.split("\n") if c.startswith("#")
    ]


def test_a_short_form_becomes_a_table_when_a_field_of_it_is_set():
    text = edited(COMMENTED, {"do": "set", "at": ["channel", 1], "field": ["init"], "value": "he"})
    text = edited(
        text, {"do": "set", "at": ["channel", 1], "field": ["init", "scale"], "value": 2.0}
    )
    assert 'init = { distribution = "he", scale = 2.0 }' in text


def test_what_is_taken_away_takes_its_empty_table_along():
    edit = {"do": "set", "at": ["channel", 0], "field": ["message", "bits"], "value": None}
    assert "message" not in edited(COMMENTED, edit)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_edges_of_every_topology_can_be_parted_and_removed(name):
    text = TEXTS[name]
    tree, network = tomllib.loads(text), nc.Network.from_text(text)
    for kind in ("forward", "channel"):
        arrows = [pair for _, names in entries_of(tree, kind) for pair in pairwise(names)]
        for source, target in arrows:
            edge = {"kind": kind, "source": source, "target": target}
            parted = nc.Network.from_text(edited(text, {"do": "part_edge", **edge}))
            bundles = f"{kind}_bundles"
            assert {(b.name, b.edges.changed()["path"]) for b in getattr(parted, bundles)} >= {
                (f"{source} -> {target}",) * 2
            }
            assert [b.name for b in getattr(parted, bundles)] == [
                b.name for b in getattr(network, bundles)
            ]
            left = tomllib.loads(edited(text, {"do": "remove_edge", **edge}))
            assert [pair for _, names in entries_of(left, kind) for pair in pairwise(names)] == [
                pair for pair in arrows if pair != (source, target)
            ]


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_population_can_be_renamed_and_renamed_back(name):
    text = TEXTS[name]
    for population in tomllib.loads(text)["populations"]:
        there = edited(text, {"do": "rename_population", "name": population, "to": "other.one"})
        back = {"do": "rename_population", "name": "other.one", "to": population}
        assert tomllib.loads(edited(there, back)) == tomllib.loads(text)


def test_a_population_is_deleted_from_its_paths_whose_ends_are_joined():
    made = tomllib.loads(edited(COMMENTED, {"do": "remove_population", "name": "hidden1"}))
    assert made["forward"] == [{"path": "input -> output"}]
    assert [entry["path"] for entry in made["channel"]] == ["error -> output"]


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"do": "fly"}, "do must be one of"),
        ({"do": "add_edge", "kind": "channel"}, "source is missing"),
        ({"do": "add_edge", "kind": "x", "source": "a", "target": "b"}, "kind must be forward or"),
        ({"do": "add_population", "name": "input"}, "exists already"),
        ({"do": "add_population", "name": "a\nb"}, "must be a name on one line"),
        ({"do": "remove_population", "name": "error"}, "not a population in the text"),
        (
            {"do": "remove_edge", "kind": "forward", "source": "output", "target": "input"},
            "there is no forward edge 'output -> input'",
        ),
        ({"do": "set", "at": ["channel", 7], "field": ["bits"], "value": 1}, "at must be the path"),
        ({"do": "set", "at": [1.5], "field": ["bits"], "value": 1}, "at must be a list of names"),
        ({"do": "set", "at": [], "field": ["x"], "value": [None]}, "that TOML can hold"),
    ],
)
def test_what_is_no_edit_is_refused_in_a_sentence(edit, sentence):
    with pytest.raises((NetworkError, OptionError), match=sentence):
        edited(COMMENTED, edit)


def test_text_that_is_no_toml_is_not_edited():
    with pytest.raises(NetworkError, match="must be TOML"):
        TomlText("a = ")
