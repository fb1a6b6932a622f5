"""What could follow at a place of a network's text, by the JSON Schema of network files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from neurochannel.lab.toml_places import BrokenOff, Path, TomlPlaces
from neurochannel.model.edge_paths import ARROW
from neurochannel.model.edges import STARTS
from neurochannel.model.schema import editor_schema

Schema = dict[str, Any]
MOST = 40


class Option(NamedTuple):
    """Text that could stand there, and what it is."""

    text: str
    about: str


class Completion(NamedTuple):
    """What could replace the text from `start` to the place asked for."""

    start: int
    options: list[Option]


@cache
def schema() -> Schema:
    """Return the schema of network files."""
    return editor_schema()


def completion(text: str, at: int) -> Completion:
    """Return what could follow at a place, counted in letters."""
    before = text[:at]
    places = TomlPlaces(before)
    ended = places.ended
    if ended is None:
        return Completion(at, [])
    begun = before[ended.start :]
    if ended.is_key:
        options = _headers(begun) if begun.startswith("[") else _keys(places, ended)
    else:
        quoted, places_ = begun[:1] in "\"'", TomlPlaces(text)
        if quoted and ended.path[-1:] == ("path",):
            return _names(places_, ended, begun, at)
        options = list(_values(ended.path))
    word = begun.lower()
    fit = [option for option in options if option.text.lower().startswith(word)]
    return Completion(ended.start, fit[:MOST])


def _headers(begun: str) -> list[Option]:
    root = schema()["properties"]
    found = [Option(f"[{name}]", root[name]["description"]) for name in ("populations",)]
    found += [Option(f"[[{name}]]", root[name]["description"]) for name in ("forward", "channel")]
    (defaults,) = tables_at(("defaults",))
    for name, part in defaults["properties"].items():
        found.append(Option(f"[defaults.{name}]", part.get("description", "")))
    return found


def _keys(places: TomlPlaces, ended: BrokenOff) -> list[Option]:
    present = set(places.below(ended.path))
    if ended.path == ():
        present |= {"forward", "channel", "populations", "defaults"}
        if places.headers:
            return []
    found: dict[str, Option] = {}
    for table in tables_at(ended.path):
        for name, part in table.get("properties", {}).items():
            if name not in present:
                found.setdefault(name, Option(name, part.get("description", "")))
    return list(found.values())


def _values(path: Path) -> Iterator[Option]:
    for part in schemas_at(path):
        about = part.get("description", "")
        for word in (*part.get("enum", ()), *([part["const"]] if "const" in part else ())):
            yield Option(json.dumps(word), about)
        if part.get("type") == "boolean":
            yield from (Option(word, about) for word in ("true", "false"))
        if isinstance(part.get("default"), int | float) and part.get("type") != "boolean":
            yield Option(json.dumps(part["default"]), "the default")
        if part.get("type") == "object":
            yield Option("{ }", about)


def _names(places: TomlPlaces, ended: BrokenOff, begun: str, at: int) -> Completion:
    """Offer populations, and what a channel starts from, on a path."""
    names = [str(name) for name in places.below(("populations",))]
    known = [Option(name, "a population") for name in names]
    last = begun[1:].rpartition(ARROW)[2].lstrip()
    if ended.path[0] == "channel" and ARROW not in begun:
        known = [Option(name, "what the channel may start from") for name in STARTS] + known
    fit = [option for option in known if option.text.startswith(last)]
    return Completion(at - len(last), fit[:MOST])


def schemas_at(path: Path) -> list[Schema]:
    """Return all schemas that hold for what stands at a path, choices one by one."""
    level = _choices(schema())
    for part in path:
        level = [inner for one in level for inner in _inner(one, part)]
    return level


def tables_at(path: Path) -> list[Schema]:
    """Return the schemas of tables that can stand at a path."""
    return [one for one in schemas_at(path) if "properties" in one]


def _inner(one: Schema, part: str | int) -> list[Schema]:
    if isinstance(part, int):
        return _choices(one["items"]) if "items" in one else []
    if part in one.get("properties", {}):
        return _choices(one["properties"][part])
    other = one.get("additionalProperties")
    return _choices(other) if isinstance(other, dict) else []


def _choices(part: Schema) -> list[Schema]:
    """Return what a schema can be, references followed; each keeps the description around it."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return [
            {**one, "description": part.get("description", one.get("description", ""))}
            for one in _choices(schema()["definitions"][name])
        ]
    several = part.get("anyOf") or part.get("oneOf")
    if several:
        outer = {"description": part["description"]} if "description" in part else {}
        return [outer | one for choice in several for one in _choices(choice)]
    return [part]
