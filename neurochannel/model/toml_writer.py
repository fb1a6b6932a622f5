"""Descriptions of networks as TOML text; imported only when text is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import tomlkit
from tomlkit.items import Item, SingleKey, Table, Trivia

from neurochannel.model.base import Description
from neurochannel.model.defaults import Defaults
from neurochannel.model.format_versions import FORMAT
from neurochannel.model.kept_attributes import Kept, attributes_text

Fields = Mapping[str, Any]
Put = Callable[[np.ndarray], str]
"""Returns what is written where an array stands."""
FIRST_KEYS = ("path", "weights")
BARE = re.compile("[A-Za-z0-9_-]+")
"""Keys without quotes."""


class Written(Item):
    """A value whose text is known."""

    def __init__(self, text: str) -> None:
        super().__init__(Trivia())
        self._text = text

    @property
    def discriminant(self) -> int:
        """The place of this kind of item in tomlkit's own order."""
        return 100

    def as_string(self) -> str:
        """Return the text."""
        return self._text

    def unwrap(self) -> str:
        """Return the text."""
        return self._text


def numbers_text(array: np.ndarray) -> str:
    """Return an array as nested lists."""
    # The numbers of JSON are numbers of TOML, and json is far faster than tomlkit.
    return json.dumps(array.tolist())


def toml_text(stated: Fields, put: Put = numbers_text) -> str:
    """Return what a network states, see `Network.stated`, as TOML of today's format.

    Parameters
    ----------
    put
        Writes the arrays, which it is given in the order of the text.
    """
    document = tomlkit.document()
    document.add("format", tomlkit.item(FORMAT))
    for key, value in stated.items():
        if key == "populations":
            document.add(tomlkit.nl())
            document.add(key, _population_table(value, put))
        elif isinstance(value, Defaults):
            document.add(tomlkit.nl())
            document.add(key, _default_tables(value, put))
        elif isinstance(value, tuple):
            document.add(tomlkit.nl())
            document.add(key, _edge_tables(value, put))
        else:
            document.add(key, tomlkit.item(value))
    return tomlkit.dumps(document).lstrip("\n")


def _default_tables(defaults: Defaults, put: Put) -> Table:
    table = tomlkit.table(is_super_table=True)
    for kind, part in defaults.changed().items():
        own = tomlkit.table()
        for name, value in part.changed().items():
            own.add(name, Written(_value_text(value, put)))
        table.add(kind, own)
    return table


def _population_table(populations: Mapping[str, Fields], put: Put) -> Table:
    table = tomlkit.table()
    width = max(len(SingleKey(name).as_string()) for name in populations)
    for name, population in populations.items():
        padding = " " * (width - len(SingleKey(name).as_string()))
        table.append(SingleKey(name, sep=f"{padding} = "), Written(_inline(population, put)))
    return table


def _edge_tables(parts: Iterable[Fields], put: Put) -> Item:
    tables = tomlkit.aot()
    for changed in parts:
        table = tomlkit.table()
        first = [name for name in FIRST_KEYS if name in changed]
        for name in dict.fromkeys([*first, *changed]):
            table.add(name, Written(_value_text(changed[name], put)))
        tables.append(table)
    return tables


def _inline(fields: Fields, put: Put) -> str:
    parts = [f"{key} = {_value_text(value, put)}" for key, value in fields.items()]
    return f"{{ {', '.join(parts)} }}" if parts else "{}"


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else attributes_text(name)


def _value_text(value: Any, put: Put) -> str:
    value = getattr(value, "shortest", value)
    if isinstance(value, Description):
        return _inline(value.changed(), put)
    if value is None:
        return "{}"
    if isinstance(value, Kept):
        return f"{{ {', '.join(f'{_key(k)} = {attributes_text(v)}' for k, v in value.items())} }}"
    if isinstance(value, np.ndarray):
        return put(value)
    if isinstance(value, tuple):
        # Texts of JSON are texts of TOML, too, but for the one control character that JSON leaves.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(tomlkit.item(value).as_string())
