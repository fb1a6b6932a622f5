"""Rules of activations, loss and sizes, which depend on where a population or bundle stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from neurochannel.model.bundles import AnyBundle
from neurochannel.model.kept_attributes import wrong_lengths
from neurochannel.model.losses import losses_for
from neurochannel.model.populations import Bias, Population
from neurochannel.model.problems import Problem, listed
from neurochannel.model.wiring import Wiring


def activation_rules(wiring: Wiring, loss: str | None) -> Iterator[Problem]:
    """Find activations in the wrong place, and a loss that does not fit the output activation."""
    for name, population in wiring.populations.items():
        if population is None:
            continue
        where = ("populations", name, "activation")
        if name == wiring.input:
            if population.activation != "linear":
                yield Problem(
                    where,
                    f"must be linear in the input population, got '{population.activation}'; "
                    "leave it out",
                )
        elif population.activation == "softmax" and name != wiring.output and wiring.output:
            yield Problem(
                where, "must not be softmax outside the output population; take tanh or another one"
            )
        yield from _neuron_rules(name, population, wiring)
        if isinstance(population.bias, Bias) and (name == wiring.input or name in wiring.relays):
            yield Problem(
                ("populations", name, "bias"),
                "must be left out in the input population and in relays, which have no bias; "
                "remove it",
            )
    output = wiring.populations.get(wiring.output or "")
    if output and loss is not None and loss not in losses_for(output.activation):
        yield Problem(
            ("loss",),
            f"must be {listed(losses_for(output.activation), 'or')} for the output activation "
            f"'{output.activation}', got '{loss}'; leave it out for the first",
        )


def _neuron_rules(name: str, population: Population, wiring: Wiring) -> Iterator[Problem]:
    """Find neurons that nothing can be wrong with: data, and what only the channel has."""
    where = ("populations", name, "neuron")
    if population.neuron is not None and name == wiring.input:
        yield Problem(
            where,
            "must be left out in the input population, whose activity is the data; remove it",
        )
    elif population.neuron is not None and name in wiring.relays:
        yield Problem(where, "must be left out in relays, which only the channel has; remove it")


def size_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find sizes that data cannot give, and edges that do not fit the sizes that are known."""
    if wiring.input and wiring.output:
        for name, population in wiring.populations.items():
            if name in (wiring.input, wiring.output) or name not in wiring.on_any:
                continue
            if population is not None and population.size is None and name not in wiring.mapped:
                yield Problem(
                    ("populations", name, "size"),
                    "must be given, because only the input and the output take theirs from the "
                    "data; write for example size = 100",
                )
    for name, population in wiring.populations.items():
        if population is not None and name in wiring.on_forward and name != wiring.input:
            yield from _bias_size(name, population.bias, wiring.n_biases(name))
        if population is not None and population.attributes:
            yield from _attribute_sizes(name, population.attributes, wiring.size(name))
    for bundle in wiring.forward + wiring.channel:
        yield from _bundle_sizes(wiring, bundle)


def _bias_size(name: str, bias: bool | Bias, size: int | None) -> Iterator[Problem]:
    if size is None or not isinstance(bias, Bias) or not isinstance(bias.value, np.ndarray):
        return
    if len(bias.value) != size:
        yield Problem(
            ("populations", name, "bias", "value"),
            f"must have a number for each of the {size} neurons of '{name}', got "
            f"{len(bias.value)}; write as many, or one number for all",
        )


def _attribute_sizes(
    name: str, attributes: Mapping[str, Any], size: int | None
) -> Iterator[Problem]:
    for key, n in wrong_lengths(attributes, size) if size is not None else ():
        yield Problem(
            ("populations", name, "attributes"),
            f"must have a value of '{key}' for each of the {size} neurons of '{name}', got {n}; "
            "write as many, or one for all",
        )


def _bundle_sizes(wiring: Wiring, bundle: AnyBundle) -> Iterator[Problem]:
    edges = bundle.edges
    n_source, n_target = wiring.size(bundle.source), wiring.size(bundle.target)
    if edges.fan_in is not None and n_source is not None and edges.fan_in > n_source:
        yield Problem(
            (bundle.where, "fan_in"),
            f"must be at most {n_source}, the size of '{bundle.source}' on '{bundle.name}', got "
            f"{edges.fan_in}; lower it or leave it out for all-to-all edges",
        )
    if edges.one_to_one and None not in (n_source, n_target) and n_source != n_target:
        yield Problem(
            (bundle.where, "one_to_one"),
            f"must join populations of one size, got {n_source} and {n_target} on "
            f"'{bundle.name}'; leave it out or change a size",
        )
    yield from _array_sizes(bundle, n_source, n_target)
    if edges.attributes and edges.edges is None and None not in (n_source, n_target):
        assert n_source is not None and n_target is not None
        n = n_source if edges.one_to_one else n_source * n_target
        for key, length in wrong_lengths(edges.attributes, n):
            yield Problem(
                (bundle.where, "attributes"),
                f"must have a value of '{key}' for each of the {n:,} edges of '{bundle.name}', "
                f"got {length:,}; write as many, or one for all",
            )


def _array_sizes(
    bundle: AnyBundle, n_source: int | None, n_target: int | None
) -> Iterator[Problem]:
    edges, values = bundle.edges.edges, bundle.edges.init.values
    if edges is not None:
        columns = ((0, bundle.source, n_source), (1, bundle.target, n_target))
        for column, name, size in columns:
            highest = int(edges[:, column].max())
            if size is not None and highest >= size:
                yield Problem(
                    (bundle.where, "edges"),
                    f"must stay below {size}, the size of '{name}' on '{bundle.name}', got neuron "
                    f"{highest}; neurons are numbered from 0",
                )
    elif getattr(bundle.edges, "rule", None) or getattr(bundle.edges, "shared", None):
        return  # whose weights have the shape of windows or maps
    elif values is not None and values.ndim == 2:
        n_rows, n_columns = values.shape
        if n_source not in (None, n_rows) or n_target not in (None, n_columns):
            expected = f"({_number(n_source)}, {_number(n_target)})"
            yield Problem(
                (bundle.where, "init", "values"),
                f"must have the shape {expected} of '{bundle.name}', got {values.shape}; "
                "write one row for each source neuron",
            )


def _number(size: int | None) -> str:
    return "any" if size is None else str(size)
