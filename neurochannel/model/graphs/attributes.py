"""Flat attributes of nodes and edges, which any graph format can hold, and the fields they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.model.arrays import finite_number
from neurochannel.model.constraints import Message, Update
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.populations import Bias, Population
from neurochannel.model.problems import did_you_mean, listed, short
from neurochannel.model.weights import Init

FORWARD, CHANNEL = "forward", "channel"
KINDS = (FORWARD, CHANNEL)
ROLES = ("input", "output")
MADE_EACH_STEP = ("tied", "tied_product", "redrawn", "concordant_redrawn")

_LIMIT = ("bits", "scale", "quantizer")
_UPDATE = tuple(f"update_{key}" for key in _LIMIT)
_INIT = ("init", "init_scale", "init_mean")
_BIAS = ("bias", "bias_value", "bias_learn", *(f"bias_{key}" for key in _UPDATE))
_ANY_EDGE = ("kind", "table", *_INIT, *_UPDATE)
_OF_KIND = {
    FORWARD: (*_ANY_EDGE, "learn"),
    CHANNEL: (*_ANY_EDGE, "weights", "derivative", "keep", *_LIMIT),
}
_SPARSITY = ("fan_in", "density", "one_to_one", "edges")

NEURON = ("population", "activation", "role", *_BIAS)
POPULATION = ("size", "neurons", "activation", "role", *_BIAS)
NEURON_EDGE = {kind: (*keys, "weight") for kind, keys in _OF_KIND.items()}
POPULATION_EDGE = {kind: (*keys, "init_values", *_SPARSITY) for kind, keys in _OF_KIND.items()}
FLAGS = ("bias_learn", "learn", "derivative")
NUMBERED = ("table", "bits", "update_bits", "bias_update_bits", "fan_in", "size")


def unknown_attribute(where: str, key: Any, known: Iterable[str]) -> str:
    """Return the sentence about an attribute that means nothing here."""
    names = list(known)
    for kind, own in NEURON_EDGE.items():
        if "kind" in names and key in own and key not in names:
            return (
                f"{where} has the attribute {short(key)}, which only {kind} edges have; remove it"
            )
    hint = did_you_mean(key, names) or f"the attributes here are {listed(names)}"
    return f"{where} has an unknown attribute {short(key)}; {hint}"


def population_fields(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the activation and bias of a `Population` from flat attributes."""
    fields = {key: attributes[key] for key in ("activation",) if key in attributes}
    bias = attributes.get("bias", True)
    rest = {
        key.removeprefix("bias_"): attributes[key]
        for key in ("bias_value", "bias_learn")
        if key in attributes
    }
    if not isinstance(bias, bool | int | float | list | tuple | np.ndarray):
        raise NetworkError(f"bias must be true, false or a number, got {short(bias)}; write one")
    if not isinstance(bias, bool):
        if "value" in rest:
            raise NetworkError(
                "bias must be true or false beside bias_value, got both numbers; leave one out"
            )
        rest["value"], bias = bias, True
    if limit := _part(attributes, "bias_update_", _LIMIT):
        rest["update"] = limit
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
    keys = ("learn", "weights", "derivative", *_SPARSITY)
    fields = {key: attributes[key] for key in keys if key in attributes}
    if message := _part(attributes, "", (*_LIMIT, "keep")):
        fields["message"] = message
    if update := _part(attributes, "update_", _LIMIT):
        fields["update"] = update
    init = _part(attributes, "init_", ("scale", "mean", "values"))
    if "init" in attributes:
        init["distribution"] = attributes["init"]
    if init:
        fields["init"] = init
    return fields


def _part(attributes: Mapping[str, Any], prefix: str, keys: Iterable[str]) -> dict[str, Any]:
    return {key: attributes[prefix + key] for key in keys if prefix + key in attributes}


def flat_population(population: Population) -> dict[str, Any]:
    """Return the attributes of a population."""
    flat: dict[str, Any] = {"activation": population.activation}
    if population.role is not None:
        flat["role"] = population.role
    bias = population.bias
    if bias is False:
        flat["bias"] = False
    elif isinstance(bias, Bias):
        changed = bias.changed()
        if isinstance(bias.value, np.ndarray):
            changed["value"] = bias.value.tolist()
        flat |= {f"bias_{key}": changed[key] for key in ("learn", "value") if key in changed}
        flat |= _limit("bias_update_", bias.update)
    return flat


def flat_neuron(population: Population) -> dict[str, Any]:
    """Return the attributes that all neurons of a population share, but for their biases."""
    flat = flat_population(population)
    flat.pop("bias_value", None)
    return flat


def flat_edges(kind: str, edges: ForwardEdges | ChannelEdges) -> dict[str, Any]:
    """Return the attributes that all edges of a bundle share, other than explicit weights."""
    flat: dict[str, Any] = {"kind": kind}
    if isinstance(edges, ChannelEdges):
        flat["weights"] = edges.weights
        flat |= _limit("", edges.message)
    flat |= {k: v for k, v in edges.changed().items() if k in ("learn", "derivative")}
    flat |= _limit("update_", edges.update)
    return flat | (_init(edges.init) if edges.init.distribution != "explicit" else {})


def _init(init: Init) -> dict[str, Any]:
    names = {"distribution": "init", "scale": "init_scale", "mean": "init_mean"}
    return {names[key]: value for key, value in init.changed().items() if key in names}


def _limit(prefix: str, limit: Message | Update | None) -> dict[str, Any]:
    if limit is None:
        return {}
    changed = limit.changed() or {"keep": "all"}
    return {prefix + key: value for key, value in changed.items()}


def renamed(problem: str) -> str:
    """Write a sentence about a field with the flat names of graphs: update_bits for update.bits."""
    place, space, rest = problem.partition(" ")
    word = place.removeprefix("message.").replace("init.distribution", "init").replace(".", "_")
    return word + space + rest
