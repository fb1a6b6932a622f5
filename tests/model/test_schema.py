"""The gallery and the JSON Schema by which editors complete and check it."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from neurochannel.errors import NetworkError
from neurochannel.model.network import Network
from neurochannel.model.recipes import arbp, asrbp, bp, mlp, rbp, sbp, srbp, top_only
from neurochannel.model.schema import editor_schema

GALLERY = Path(__file__).resolve().parents[2] / "topologies"
FILES = sorted(GALLERY.glob("*.toml"))
NAMES = {
    "bp", "sbp", "rbp", "srbp", "arbp", "asrbp", "sparse", "one_bit", "no_derivative",
    "top_only", "mixed", "relay", "bidirectional", "conjoined", "twin", "distinct", "kolen_pollack",
    "target_projection", "three_bits", "late_errors", "convolution",
}  # fmt: skip
RECIPES = {
    "bp": bp(),
    "sbp": sbp(),
    "rbp": rbp(),
    "srbp": srbp(),
    "arbp": arbp(),
    "asrbp": asrbp(),
    "top_only": top_only(),
    "sparse": srbp(fan_in=2),
    "one_bit": srbp(bits=1),
    "no_derivative": srbp(derivative=False),
}
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def fits(value, schema, root):
    """Tell whether a value obeys the part of JSON Schema that the schema uses."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        return fits(value, root["definitions"][name], root)
    kind = schema.get("type")
    if kind and (
        not isinstance(value, TYPES[kind]) or isinstance(value, bool) != (kind == "boolean")
    ):
        return False
    if any(
        part in schema and not any(fits(value, one, root) for one in schema[part])
        for part in ("anyOf", "oneOf")
    ):
        return False
    if "not" in schema and fits(value, schema["not"], root):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if value not in schema.get("enum", [value]):
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, list):
        count = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return count and all(fits(item, schema.get("items", {}), root) for item in value)
    if isinstance(value, dict):
        return fits_keys(value, schema, root)
    return (
        value >= schema.get("minimum", value)
        and value <= schema.get("maximum", value)
        and value > schema.get("exclusiveMinimum", value - 1)
        and value < schema.get("exclusiveMaximum", value + 1)
    )


def fits_keys(value, schema, root):
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", {})
    return (
        set(schema.get("required", ())) <= set(value)
        and all(
            set(needed) <= set(value)
            for key, needed in schema.get("dependencies", {}).items()
            if key in value
        )
        and all(fits(key, schema.get("propertyNames", {}), root) for key in value)
        and all(
            fits(part, known[key], root)
            if key in known
            else rest is not False and fits(part, rest, root)
            for key, part in value.items()
        )
    )


def test_the_published_schema_follows_the_models():
    published = json.loads((GALLERY / "schema.json").read_text())
    assert published == editor_schema(), "run: python scripts/make_schema.py"


def test_the_gallery_has_every_kind():
    assert {path.stem for path in FILES} == NAMES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_the_gallery_is_fit_for_any_data(path):
    network = Network.from_toml(path)
    assert network.name == path.stem
    assert network.populations[network.input].size is None
    assert network.populations[network.output].size is None
    assert network.sized(64, 10, (8, 8)).size("error") == 10
    assert network.sized(3072, 2, (32, 32, 3)).size("error") == 2
    assert Network.from_text(network.to_toml()) == network


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_the_gallery_is_commented_and_known_to_editors(path):
    lines = path.read_text().splitlines()
    assert lines[0] == "#:schema schema.json"
    assert sum(line.startswith("# ") for line in lines[1:]) >= 3
    assert all(len(line) <= 100 for line in lines)
    assert fits(tomllib.loads(path.read_text()), editor_schema(), editor_schema())


@pytest.mark.parametrize("name", RECIPES)
def test_a_file_of_the_gallery_equals_its_recipe(name):
    expected = mlp(None, 100, 30, None, name=name).with_channel(RECIPES[name])
    assert Network.from_toml(GALLERY / f"{name}.toml") == expected


def table(**forward):
    return {
        "populations": {"a": {"size": 2}, "b": {}},
        "forward": [{"path": "a -> b"} | forward],
    }


GOOD = [
    table(),
    table(init="he"),
    table(init=[[1, 2.5]] * 2),
    table(init=[1.0], edges=[[0, 0]]),
    table(init={"distribution": "normal", "scale": 0.1, "mean": 1}),
    table(init={"distribution": "explicit", "values": [[1.0]] * 2}),
    table(update={"bits": 3, "scale": 1}, learn=False),
    table(update={}, momentum=0.9),
    table() | {"defaults": {"forward": {"init": "he", "update": {}}, "channel": {}}},
    table() | {"defaults": {"channel": {"message": {"bits": 3}, "momentum": 0.5}}},
    table() | {"defaults": {"population": {"activation": "relu", "bias": {"learn": False}}}},
    table() | {"populations": {"a": {}, "b": {"bias": False}}},
    table() | {"populations": {"a": {}, "b": {"bias": {"value": 1}, "activation": "power(2)"}}},
]
BAD = [
    {},
    table(inti="he"),
    table(init="heh"),
    table(init=3),
    table(init={"scale": 0}),
    table(init={"size": 0}),
    table(edges=[[0, 0, 0]]),
    table(edges=[]),
    table(edges=[[0, -1]]),
    table(fan_in=0),
    table(density=1.5),
    table(path="a > b"),
    table(update={"bits": 3}),
    table(update={"quantizer": "uniform"}),
    table(momentum=1.0),
    table() | {"defaults": {"channel": {"message": {"bits": 0}}}},
    table() | {"defaults": {"channels": {}}},
    table() | {"defaults": {"population": {"size": 3}}},
    table(update={"bits": 0, "scale": 1}),
    table() | {"populations": {"error": {}}},
    table() | {"populations": {"1st": {}}},
    table() | {"populations": {"a": {"bias": 3}}},
    table() | {"populations": {"a": {"bias": {"lern": True}}}},
    table() | {"populations": {"a": {"activation": "tahn"}}},
    table() | {"forward": {"path": "a -> b"}},
    table() | {"los": "cross_entropy"},
]


@pytest.mark.parametrize("value", GOOD)
def test_the_schema_allows_what_the_models_allow(value):
    assert fits(value, editor_schema(), editor_schema())
    if value["forward"][0].get("init") is not None:
        value["populations"]["b"]["size"] = None
    Network(**value)


@pytest.mark.parametrize("value", BAD)
def test_the_schema_forbids_what_the_models_forbid(value):
    assert not fits(value, editor_schema(), editor_schema())
    with pytest.raises(NetworkError):
        Network(**value)


def test_the_schema_has_nothing_that_toml_cannot_write():
    text = json.dumps(editor_schema())
    assert "null" not in text
    assert "$defs" not in text
