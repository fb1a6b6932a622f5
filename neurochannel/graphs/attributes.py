"""Flat attributes of nodes and edges, which any graph format can hold, and the fields they mean."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
from pydantic import BaseModel

from neurochannel.errors import NetworkError
from neurochannel.model.arrays import finite_number
from neurochannel.model.base import Description
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.edges import ERROR, MAP_RULES, STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.limits import Receive
from neurochannel.model.limits.of_neurons import Neuron
from neurochannel.model.populations import Bias, Population
from neurochannel.model.problems import did_you_mean, listed, models_in, short
from neurochannel.model.weights import Sparsity

FORWARD, CHANNEL = "forward", "channel"
KINDS = (FORWARD, CHANNEL)
ROLES = ("input", "output")
DIRECTED = "directed"
"""The attribute of an edge of another tool that says, as false, that it has no direction."""
MADE_EACH_STEP = ("tied", "tied_product", "redrawn", "concordant_redrawn")

Place = tuple[str, ...]
Model = type[BaseModel]
MODELS: dict[str, type[ForwardEdges] | type[ChannelEdges]] = {
    FORWARD: ForwardEdges,
    CHANNEL: ChannelEdges,
}
_SHORT: dict[Place, str] = {("init", "distribution"): "init"}
SYNAPSE = "synapse"
_TEXTS = (SYNAPSE, *MAP_RULES)
"""Tables whose pairs of numbers are texts, as all formats have them."""
PLACES = ("row", "column", "map")
"""Where a neuron is in an image."""
SHARES = "shares"
"""The attribute of a single edge that names its weight among those of its bundle."""
_PLAIN = ("message",)
"""Tables whose keys stand without the name of the table."""
_APART = ("init_values", "attributes", *Sparsity.model_fields)
"""What only edges of whole populations have."""


def _flat_name(place: Place) -> str:
    """Return the attribute of a field: update_bits for (update, bits)."""
    plain = place[1:] if place[0] in _PLAIN and len(place) > 1 else place
    return _SHORT.get(place, "_".join(plain))


def _places(model: Model, *path: str) -> Iterator[tuple[Place, Any]]:
    """Yield the path of each field, those of tables instead of the table, and its type."""
    for name, field in model.model_fields.items():
        inner = models_in(field.annotation)
        if not inner:
            yield (*path, name), field.annotation
        for part in inner:
            yield from _places(part, *path, name)


def _attributes(model: Model, *path: str) -> dict[str, tuple[Place, Any]]:
    found = {_flat_name(place): (place, kind) for place, kind in _places(model, *path)}
    found.pop("path", None)
    return found


_BIAS = _attributes(Bias, "bias")
_RECEIVE = _attributes(Receive, "receive")
_OF_NEURON = _attributes(Neuron, "neuron")
_EDGES = {kind: _attributes(model) for kind, model in MODELS.items()}
_ALL = _BIAS | _RECEIVE | _OF_NEURON | _EDGES[FORWARD] | _EDGES[CHANNEL]

_NODE = ("shape", "activation", "role", "bias", *_BIAS, *_RECEIVE, *_OF_NEURON)
NEURON = ("population", *_NODE, *PLACES)
POPULATION = ("size", "neurons", "attributes", *_NODE)
POPULATION_EDGE = {kind: ("kind", "table", *keys) for kind, keys in _EDGES.items()}
NEURON_EDGE = {
    kind: (
        *(key for key in keys if key not in _APART),
        "weight",
        SHARES,
        *(("start",) * (kind == CHANNEL)),
    )
    for kind, keys in POPULATION_EDGE.items()
}


def _of_type(kind: type) -> tuple[str, ...]:
    return tuple(key for key, (_, own) in _ALL.items() if kind in (own, *get_args(own)))


FLAGS = _of_type(bool)
NUMBERED = ("table", "size", *_of_type(int))


def _quantizers() -> dict[str, str]:
    places = {place: key for key, (place, _) in _ALL.items()}
    return {
        key: places[*place[:-1], "quantizer"]
        for place, key in places.items()
        if place[-1] == "bits" and (*place[:-1], "quantizer") in places
    }


QUANTIZERS = _quantizers()
"""The attribute that names the quantizer, by the one that gives its bits."""


def unknown_attribute(key: Any, known: Iterable[str]) -> str:
    """Return the end of the sentence about an attribute that means nothing here."""
    names = list(known)
    for kind, own in NEURON_EDGE.items():
        if "kind" in names and key in own and key not in names:
            return f"has the attribute {short(key)}, which only {kind} edges have; remove it"
    hint = did_you_mean(key, names) or f"the attributes here are {listed(names)}"
    return f"has an unknown attribute {short(key)}; {hint}"


def population_fields(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return activation, bias, receive and neuron of a `Population` from flat attributes."""
    fields = {key: attributes[key] for key in ("activation",) if key in attributes}
    fields |= {key: _pair_of(attributes[key]) for key in ("shape",) if key in attributes}
    fields |= _nested(attributes, _RECEIVE | _OF_NEURON)
    bias = attributes.get("bias", True)
    rest = _nested(attributes, _BIAS).get("bias", {})
    if not isinstance(bias, bool | int | float | list | tuple | np.ndarray):
        raise NetworkError(f"bias must be true, false or a number, got {short(bias)}; write one")
    if not isinstance(bias, bool):
        if "value" in rest:
            raise NetworkError(
                "bias must be true or false if bias_value is given, got both numbers; leave one out"
            )
        rest["value"], bias = bias, True
    if rest and bias is False:
        raise NetworkError(
            "bias must be true where other attributes describe it, got false; leave them out"
        )
    return fields | {"bias": rest if rest and bias is True else bias}


def without_bias_value(attributes: Mapping[str, Any]) -> tuple[Mapping[str, Any], float]:
    """Return the attributes of a neuron without the number that its bias begins with, and this.

    Attributes with a mistake are left as they are, for `population_fields` to name it.
    """
    for key, other in (("bias", "bias_value"), ("bias_value", "bias")):
        number = finite_number(attributes.get(key))
        if number is not None and attributes.get(other, True) is True:
            return {k: part for k, part in attributes.items() if k != key}, number
    return attributes, 0.0


def edge_fields(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `ForwardEdges` or `ChannelEdges` without the path."""
    return _nested(attributes, _EDGES[FORWARD] | _EDGES[CHANNEL])


def _nested(
    attributes: Mapping[str, Any], known: Mapping[str, tuple[Place, Any]]
) -> dict[str, Any]:
    """Return fields, those of tables in dicts, from attributes."""
    fields: dict[str, Any] = {}
    for key, (place, kind) in known.items():
        if key in attributes:
            table = fields
            for name in place[:-1]:
                table = table.setdefault(name, {})
            value = attributes[key]
            value = _number_of(value) if _is_number_or_word(kind) else value
            value = _whole_of(value) if place[0] in MAP_RULES else value
            table[place[-1]] = _pair_of(value) if _has_texts(place) else value
    return fields


def _is_number_or_word(kind: Any) -> bool:
    return {float, Literal} <= set(_kinds(kind))


def _kinds(kind: Any) -> Iterator[Any]:
    """Yield the plain types of an annotation, `Literal` for words."""
    if get_origin(kind) is Literal:
        yield Literal
    elif get_origin(kind) is Annotated:
        yield from _kinds(get_args(kind)[0])
    elif get_args(kind):
        for part in get_args(kind):
            yield from _kinds(part)
    else:
        yield kind


def _number_of(value: Any) -> Any:
    """Return the number of a text, as which columns with words hold it, and anything else as is."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _has_texts(place: Place) -> bool:
    return any(name in _TEXTS for name in place)


def _whole_of(value: Any) -> Any:
    """Return the whole number that a column of words, or of numbers with gaps, holds."""
    is_text = isinstance(value, str) and value.isdigit()
    is_whole = isinstance(value, float) and value.is_integer()
    return int(value) if is_text or is_whole else value


def _pair_of(value: Any) -> Any:
    """Return the two numbers of a text that `_flat` has made, and anything else as it is."""
    if not (isinstance(value, str) and value.startswith("[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _flat(description: Description, *path: str) -> dict[str, Any]:
    """Return the attributes of what a description says, lists and arrays left as they are."""
    flat: dict[str, Any] = {}
    for name, value in description.changed().items():
        if isinstance(value, Description):
            flat |= _flat(value, *path, name)
        elif isinstance(value, tuple) and _has_texts(path):
            # Attributes of single neurons and edges are numbers or texts in all formats.
            flat[_flat_name((*path, name))] = json.dumps(value)
        else:
            flat[_flat_name((*path, name))] = value
    return flat


def flat_population(population: Population) -> dict[str, Any]:
    """Return the attributes of a population."""
    flat: dict[str, Any] = {"activation": population.activation}
    if population.shape is not None:
        flat["shape"] = json.dumps(list(population.shape))
    if population.role is not None:
        flat["role"] = population.role
    if population.receive is not None:
        flat |= _flat(population.receive, "receive")
    if population.neuron is not None:
        flat |= _flat(population.neuron, "neuron")
    bias = population.bias
    if bias is False:
        flat["bias"] = False
    elif isinstance(bias, Bias):
        flat |= _flat(bias, "bias")
        if isinstance(bias.value, np.ndarray):
            flat["bias_value"] = bias.value.tolist()
    return flat


def flat_neuron(population: Population) -> dict[str, Any]:
    """Return the attributes that all neurons of a population share, but for their biases."""
    flat = flat_population(population)
    flat.pop("bias_value", None)
    return flat


def flat_edges(kind: str, edges: ForwardEdges | ChannelEdges) -> dict[str, Any]:
    """Return the attributes that all edges of a bundle share, other than explicit weights."""
    shared = _flat(edges)
    init = ("init", "init_scale", "init_mean") if edges.init.distribution == "explicit" else ()
    for key in ("path", *_APART, *init):
        shared.pop(key, None)
    weights = {"weights": edges.weights} if isinstance(edges, ChannelEdges) else {}
    pool = edges.pool if isinstance(edges, ForwardEdges) else None
    return {"kind": kind, **weights, **shared, **({"pool_kind": pool.kind} if pool else {})}


def start_of(attributes: Mapping[str, Any]) -> str:
    """Return what a channel edge that leaves an output neuron carries.

    Raises
    ------
    NetworkError
        If it is none of the things that a channel starts from.
    """
    start = attributes.get("start", ERROR)
    if start not in STARTS:
        hint = did_you_mean(start, STARTS) or "leave it out for 'error'"
        raise NetworkError(f"start must be {listed(STARTS, 'or')}, got {short(start)}; {hint}")
    return str(start)


def started(bundle: AnyBundle) -> dict[str, str]:
    """Return the attribute of single edges that says what they carry, if it is not the error."""
    return {"start": bundle.source} if bundle.source in STARTS[1:] else {}


def renamed(problem: str) -> str:
    """Write a sentence about a field with the flat names of graphs: update_bits for update.bits."""
    place, space, rest = problem.partition(" ")
    return _flat_name(tuple(place.split("."))) + space + rest
