"""The JSON Schema of network files, by which editors complete and check them."""

from __future__ import annotations

from typing import Any

from neurochannel.model.format_versions import FORMAT
from neurochannel.model.network import Network

DIALECT = "http://json-schema.org/draft-07/schema#"
NULL = {"type": "null"}
CHOICES = "anyOf"
_FORMAT = {
    "description": "The format of this file; leave it out for that of today.",
    "type": "integer",
    "minimum": 1,
    "maximum": FORMAT,
}


def editor_schema() -> dict[str, Any]:
    """Return the schema of network files in the dialect that TOML editors know best."""
    made = Network.model_json_schema(ref_template="#/definitions/{model}")
    definitions = {name: _table(part) for name, part in made.pop("$defs").items()}
    table = _table(made)
    table["properties"] = {"format": _FORMAT, **table["properties"]}
    return {"$schema": DIALECT, **table, "definitions": definitions}


def _table(schema: dict[str, Any]) -> dict[str, Any]:
    """Keep the first sentence of its description, and make its keys fit for TOML."""
    kept = {key: part for key, part in schema.items() if key != "title"}
    kept["description"] = " ".join(schema["description"].split("\n\n")[0].split())
    if CHOICES in kept:
        kept[CHOICES] = [_keys(choice) for choice in kept[CHOICES]]
    return _keys(kept)


def _keys(schema: dict[str, Any]) -> dict[str, Any]:
    if "properties" not in schema:
        return schema
    keys = {key: _without_null(part) for key, part in schema["properties"].items()}
    return {**schema, "properties": keys}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out what TOML cannot write."""
    kept = {key: part for key, part in schema.items() if key != "title"}
    if kept.get("default", 0) is None:
        del kept["default"]
    if NULL in kept.get(CHOICES, ()):
        choices = [choice for choice in kept.pop(CHOICES) if choice != NULL]
        kept |= choices[0] if len(choices) == 1 else {CHOICES: choices}
    return kept
