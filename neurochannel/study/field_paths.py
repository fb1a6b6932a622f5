"""Paths of axes: which field of a study's networks and training they name, and setting it there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, get_args, get_origin

import numpy as np
from pydantic import BaseModel

from neurochannel.model.defaults import Defaults
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.network import Network
from neurochannel.model.populations import Population
from neurochannel.model.problems import did_you_mean, listed, short

TOPOLOGY, RECIPE, DATA, TRAIN = "topology", "channel.recipe", "data", "train"
DEFAULTS, RECEIVE = "defaults", "receive"
LISTS: dict[str, type[BaseModel]] = {"forward": ForwardEdges, "channel": ChannelEdges}
ALONE = ("loss", "chip_seed")
"""Fields of the network itself that are plain values."""
IN_NETWORK = (*ALONE, DEFAULTS, "populations", "forward", RECIPE, "channel")
KNOWN = (TOPOLOGY, DATA, TRAIN, *IN_NETWORK)
ENTRY = re.compile(r"\*|\d{1,9}")
EXAMPLE = 'write for example "channel.*.message.bits" or "populations.hidden1.size"'
SHORT_FORMS = {"synapse": "preset"}
"""What a text means that stands for a table, by the field; the distribution of `init` elsewhere."""

Parts = tuple[str, ...]


class PathError(ValueError):
    """A path names no field; the text continues after the name of the axis."""


def parse(path: str, training: type[BaseModel], known: tuple[str, ...] = KNOWN) -> Parts:
    """Return the parts of an axis's path, each checked against the models.

    Parameters
    ----------
    path
        Names and numbers joined by dots.
    training
        The model whose fields follow "train".
    known
        What a path may begin with, for messages.

    Raises
    ------
    PathError
        If it names no field.
    """
    if path in (TOPOLOGY, RECIPE, DATA, *ALONE):
        return tuple(path.split("."))
    first, _, rest = path.partition(".")
    if first == "population":
        first = "populations"
    if first == TRAIN:
        return (TRAIN, *_fields(rest.split("."), training, "train"))
    if first == "populations":
        # Names of populations may hold dots, names of fields may not.
        name, inner = _split_name(rest)
        return (first, name, *_fields(inner or [""], Population, "a population"))
    if first == DEFAULTS:
        return (DEFAULTS, *_fields(rest.split("."), Defaults, DEFAULTS))
    if first in LISTS:
        entry, _, field = rest.partition(".")
        if not ENTRY.fullmatch(entry):
            what = f"'{entry}'" if entry else "nothing"
            recipe = " or .recipe" if first == "channel" else ""
            raise PathError(
                f"must continue after {first} with *, for all entries, a number from 0{recipe}, "
                f"got {what}; {EXAMPLE}"
            )
        return (first, entry, *_fields(field.split("."), LISTS[first], f"{first} edges"))
    if path in ("seed", "seeds"):
        raise PathError("must not be an axis: write seeds = 5 or seeds = [0, 1] above [axes]")
    near = did_you_mean(first, known)
    raise PathError(f"matches nothing; {near or 'a path begins with ' + listed(known, 'or')}")


def _split_name(rest: str) -> tuple[str, list[str]]:
    parts = rest.split(".")
    for index in range(1, len(parts)):
        if parts[index] in Population.model_fields:
            return ".".join(parts[:index]), parts[index:]
    return parts[0], parts[1:]


def _fields(names: list[str], model: type[BaseModel], what: str) -> Parts:
    """Check that each name is a field of the model that the one before leads to."""
    models: tuple[type[BaseModel], ...] = (model,)
    for number, name in enumerate(names):
        fields = {key: field for part in models for key, field in part.model_fields.items()}
        if not models:
            raise PathError(f"must end with {names[number - 1]}, which has no fields of its own")
        if name not in fields:
            near = did_you_mean(name, fields) or f"there are {listed(fields)}"
            got = f"'{name}' is not a field of {what}" if name else f"must name a field of {what}"
            raise PathError(f"matches nothing, because {got}; {near}" if name else f"{got}; {near}")
        models = tuple(_models(fields[name].annotation))
        what = f"'{name}'"
    return tuple(names)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models in a type, also those in a union or below an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    parts = get_args(annotation)
    for part in parts[:1] if get_origin(annotation) is Annotated else parts:
        yield from _models(part)


def plain(network: Network) -> dict[str, Any]:
    """Return a network as nested dicts and lists that may be changed."""
    dumped: dict[str, Any] = _unfrozen(network.model_dump())
    return dumped


def _unfrozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unfrozen(part) for key, part in value.items()}
    return [_unfrozen(part) for part in value] if isinstance(value, list | tuple) else value


def put(
    tree: dict[str, Any],
    parts: Parts,
    value: Any,
    heard: Collection[str],
    explicit: dict[str, Any],
) -> int:
    """Set a field of a network from `plain` at all places that a path means; return how many.

    None, which TOML writes "none", takes the field away, so that it has its default. Where a table
    is a default, the field is set in a copy of it.

    Parameters
    ----------
    explicit
        The same network without defaults, which its parts have themselves.
    heard
        Populations to which the channel leads, the only ones that can have `receive`.
    """
    first, *rest = parts
    if not rest:
        _set(tree, first, value)
        return 1
    if first == DEFAULTS:
        _put(tree, [first, *rest], value)
        return 1
    able = heard if rest[1:2] == [RECEIVE] else tree["populations"]
    places = list(_places(tree, first, rest[0], able))
    taken = _places(explicit, first, rest[0], able)
    for place, whole in zip(places, taken, strict=True):
        if len(rest) > 2 and rest[1] not in place and rest[1] in whole:
            place[rest[1]] = _unfrozen(whole[rest[1]])
        _put(place, rest[1:], value)
    return len(places)


def _places(
    tree: dict[str, Any], first: str, chosen: str, able: Collection[str]
) -> Iterator[dict[str, Any]]:
    if first == "populations":
        for name, population in tree[first].items():
            if name in able and (name == chosen or fnmatchcase(name, chosen)):
                yield population
    elif chosen == "*":
        yield from tree.get(first, ())
    else:
        yield from tree.get(first, ())[int(chosen) : int(chosen) + 1]


def _put(table: dict[str, Any], fields: list[str], value: Any) -> None:
    name, *rest = fields
    if not rest:
        _set(table, name, value)
        return
    inner = as_table(name, table.get(name))
    _put(inner, rest, value)
    _set(table, name, inner or None)


def _set(table: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        table.pop(name, None)
    else:
        table[name] = _unfrozen(value)


def as_table(name: str, value: Any) -> dict[str, Any]:
    """Return a field that may stand in a short form as a table."""
    if value is None or value is True:
        return {}
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, str):
        return {SHORT_FORMS.get(name, "distribution"): value}
    if isinstance(value, np.ndarray | list):
        return {"distribution": "explicit", "values": value}
    raise PathError(f"must find a table in {name}, got {short(value)}; give that table first")
