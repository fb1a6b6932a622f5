"""Studies in files: paths as seen from here, and values as TOML can hold them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from os import PathLike
from typing import Any

from neurochannel.errors import NetworkError
from neurochannel.model import gallery
from neurochannel.model.base import Description
from neurochannel.model.problems import short
from neurochannel.study.field_paths import DATA, TOPOLOGY


def located(table: dict[str, Any], folder: str) -> dict[str, Any]:
    """Return the table with paths of files as seen from here."""
    if not folder:
        return table
    found = dict(table)
    for key in (TOPOLOGY, DATA):
        if key in found:
            found[key] = _path(key, found[key], folder)
    zips = found.get("zip")
    if isinstance(found.get("axes"), dict):
        found["axes"] = _located_axes(found["axes"], folder)
    if isinstance(zips, list):
        found["zip"] = [
            {**part, "axes": _located_axes(part["axes"], folder)}
            if isinstance(part, dict) and isinstance(part.get("axes"), dict)
            else part
            for part in zips
        ]
    return found


def _located_axes(axes: dict[str, Any], folder: str) -> dict[str, Any]:
    return {
        key: [_path(key, value, folder) for value in values]
        if key in (TOPOLOGY, DATA) and isinstance(values, list)
        else values
        for key, values in axes.items()
    }


def _path(key: str, value: Any, folder: str) -> Any:
    if isinstance(value, dict) and "value" in value:
        return {**value, "value": _path(key, value["value"], folder)}
    if not isinstance(value, str) or os.path.isabs(value):
        return value
    if key == TOPOLOGY:
        return gallery.located(value, folder)
    beside = os.path.join(folder, value)
    # What is called "digits" is a data set, unless a file of that name is next to the study.
    return beside if os.path.isfile(beside) else value


def written(value: Any) -> Any:
    """Return a value as TOML can hold it."""
    if value is None:
        return "none"
    if isinstance(value, Description):
        return written(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {key: written(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [written(part) for part in value]
    if isinstance(value, PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, bool | int | float | str):
        return value
    raise NetworkError(f"a study with {short(value)} cannot be written as TOML; name it by text")
