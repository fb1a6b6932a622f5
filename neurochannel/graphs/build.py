"""Grouped neurons as a network: populations, and a bundle for each pair of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, cast

import numpy as np
from numpy.typing import NDArray

from neurochannel.engine.sorting import order_of
from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import CHANNEL, FORWARD, ROLES
from neurochannel.graphs.grouping import Groups, group
from neurochannel.graphs.naming import ordered, population_names
from neurochannel.graphs.neuron_tables import AnyEdges, EdgeTable, Ints, NeuronGraph
from neurochannel.graphs.shared_paths import tabled
from neurochannel.graphs.window_bundles import Images
from neurochannel.model.edges import SIGNED, STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.kept_attributes import columns_of, in_order
from neurochannel.model.losses import LossName
from neurochannel.model.maps import image_of
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias, Population

Floats = NDArray[np.float64]
FOLLOWING = ("tied", *SIGNED)
"""Kinds of channel weights that have the edges of the opposite forward bundle."""


@dataclass(frozen=True)
class Numbering:
    """Where each neuron is: its population and its number there.

    Parameters
    ----------
    names, sizes
        Of the populations, in their order.
    of, place
        For each neuron the number of its population, and its own number in it.
    output
        Number of the output population.
    """

    names: list[str]
    sizes: Ints
    of: Ints
    place: Ints
    output: int


@dataclass(frozen=True)
class Cut(Generic[AnyEdges]):
    """The edges of one kind sorted into bundles.

    Parameters
    ----------
    table
        All edges, sorted by bundle, source and target.
    starts, counts
        Where each bundle begins, and how many edges it has.
    """

    table: EdgeTable[AnyEdges]
    starts: Ints
    counts: Ints


def network_of(graph: NeuronGraph) -> Network:
    """Group a graph of single neurons into populations, and describe it as a network.

    Raises
    ------
    NetworkError
        If anything is wrong with it.
    """
    groups = group(graph)
    groups = replace(groups, of=ordered(graph, groups))
    layout = _layout(graph, groups)
    forward, channel = _cut(graph.forward, layout), _cut(graph.channel, layout)
    sizes, images = _bundle_sizes(forward, layout), _images(graph, forward, layout)
    return Network(
        name=graph.name,
        loss=cast(LossName | None, graph.loss),
        chip_seed=graph.chip_seed,
        populations=dict(_populations(graph, groups, layout, images)),
        forward=tabled(ForwardEdges, _bundles(forward, layout, {}, images)),
        channel=tabled(ChannelEdges, _bundles(channel, layout, sizes, images)),
    )


def _images(graph: NeuronGraph, forward: Cut[ForwardEdges], layout: Numbering) -> Images:
    """Return which populations are images, as descriptions and windows say."""
    firsts = {int(number): at for at, number in reversed(list(enumerate(layout.of.tolist())))}
    described = graph.neurons.descriptions
    shapes = {n: described[graph.neurons.described[at]].shape for n, at in firsts.items()}
    given = {number: image for number, shape in shapes.items() if (image := image_of(shape))}
    table, fields = forward.table, [part.changed() for part in forward.table.descriptions]
    bundles = [
        (
            (int(layout.of[table.sources[at]]), int(layout.of[table.targets[at]])),
            fields[table.described[at]],
        )
        for at in forward.starts.tolist()
    ]
    return Images.of(layout.names, layout.sizes, given, bundles)


def _layout(graph: NeuronGraph, groups: Groups) -> Numbering:
    sizes = np.bincount(groups.of)
    order = np.argsort(groups.of, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    output = int(groups.of[np.argmax(groups.ends.outputs)])
    return Numbering(population_names(graph, groups), sizes, groups.of, place, output)


def _populations(
    graph: NeuronGraph, groups: Groups, layout: Numbering, images: Images
) -> Iterator[tuple[str, Population]]:
    neurons, ends = graph.neurons, groups.ends
    by_group = np.split(np.argsort(layout.of, kind="stable"), np.cumsum(layout.sizes)[:-1])
    shared = _sharing_biases(graph, layout)
    for number, (name, members) in enumerate(zip(layout.names, by_group, strict=True)):
        first = members[0]
        role = ROLES[0] if ends.inputs[first] else ROLES[1] if ends.outputs[first] else None
        code = neurons.described[first]
        fields = neurons.descriptions[code].changed()
        n = images.shapes[number][2] if number in shared & images.windowed else len(members)
        begun = _of_maps(name, neurons.biases[members], n)
        fields["bias"] = _begun(neurons.descriptions[code].bias, begun)
        if role in ends.given:
            fields["role"] = role
        if kept := columns_of(neurons.attributes, members.tolist()):
            fields["attributes"] = kept
        if isinstance(neurons.ids, tuple):
            own = tuple(neurons.ids[number] for number in members.tolist())
            if own != neuron_names(name, len(own)):
                fields["neurons"] = own
        else:
            fields["neurons"] = neurons.ids[members]
        size = {} if number in images.windowed else {"size": len(members)}
        yield name, Population(**{**fields, **size})


def _sharing_biases(graph: NeuronGraph, layout: Numbering) -> set[int]:
    """Return the populations to which nothing but convolutions leads."""
    forward = graph.forward
    conv = np.array([part.conv is not None for part in forward.descriptions], bool)
    if not conv.any():
        return set()
    tails = layout.of[forward.targets]
    return set(tails.tolist()) - set(tails[~conv[forward.described]].tolist())


def _of_maps(name: str, values: Floats, n: int) -> Floats:
    """Return one bias for each map of those of all neurons."""
    maps = values[:n]
    if np.any(np.tile(maps, len(values) // n) != values):
        raise NetworkError(
            f"neurons of one map of '{name}' must have the same bias, which a convolution shares, "
            "got different ones; give them one"
        )
    return maps


def _begun(bias: bool | Bias, values: Floats) -> bool | Bias:
    """Return a bias that begins with the numbers of single neurons, with one if all are alike."""
    if bias is False or not values.any():
        return bias
    alike = bool(np.all(values == values[0]))
    rule = bias if isinstance(bias, Bias) else Bias()
    return rule.model_copy(update={"value": float(values[0]) if alike else values})


def neuron_names(population: str, size: int) -> tuple[str, ...]:
    """Return names for neurons that have none: ``hidden[0]``, ``hidden[1]``."""
    return tuple(f"{population}[{number}]" for number in range(size))


def _cut(edges: EdgeTable[AnyEdges], layout: Numbering) -> Cut[AnyEdges]:
    heads, tails = layout.of[edges.sources], layout.of[edges.targets]
    n = len(layout.names)
    # Channel edges begin with those from the output neurons and go down, as forward edges go up.
    downward = np.where(heads == layout.output, edges.starts, n - heads + len(STARTS))
    pairs = (heads if edges.kind == FORWARD else downward) * n + tails
    # The neurons of a population are in the order of their numbers.
    order = edges.by_source
    order = order[order_of(pairs[order], (n + len(STARTS) + 1) * n)]
    ordered_pairs = pairs[order]
    new = np.ones(len(pairs), bool)
    new[1:] = ordered_pairs[1:] != ordered_pairs[:-1]
    starts = np.flatnonzero(new)
    table = replace(
        edges,
        sources=edges.sources[order],
        targets=edges.targets[order],
        described=edges.described[order],
        weights=None if edges.weights is None else edges.weights[order],
        tables=None if edges.tables is None else edges.tables[order],
        attributes=in_order({k: tuple(own) for k, own in edges.attributes.items()}, order),
    )
    return Cut(table, starts, np.diff(np.append(starts, len(pairs))))


def _bundle_sizes(cut: Cut[ForwardEdges], layout: Numbering) -> dict[tuple[int, int], int]:
    """Return how many edges run between two populations that forward edges join."""
    heads = layout.of[cut.table.sources[cut.starts]].tolist()
    tails = layout.of[cut.table.targets[cut.starts]].tolist()
    return dict(zip(zip(heads, tails, strict=True), cut.counts.tolist(), strict=True))


def _bundles(
    cut: Cut[AnyEdges], layout: Numbering, sizes: dict[tuple[int, int], int], images: Images
) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """Give for each bundle the number of its table, its ends and its fields."""
    table = cut.table
    fields = [{k: v for k, v in p.changed().items() if k != "path"} for p in table.descriptions]
    is_channel = table.kind == CHANNEL
    for start, count in zip(cut.starts.tolist(), cut.counts.tolist(), strict=True):
        part = slice(start, start + count)
        head, tail = (int(layout.of[ends[start]]) for ends in (table.sources, table.targets))
        own = dict(fields[table.described[start]])
        kept = columns_of(table.attributes, range(start, start + count))
        own |= {"attributes": kept} if kept else {}
        opposite = sizes.get((tail, head)) if own.get("weights") in FOLLOWING else None
        places = layout.place[table.sources[part]], layout.place[table.targets[part]]
        weights = None if table.weights is None else table.weights[part]
        starts = is_channel and head == layout.output
        source = STARTS[table.starts[start]] if starts else layout.names[head]
        number = -1 if table.tables is None else int(table.tables[start])
        windows = images.bundled(own, (head, tail), places, weights)
        if windows is not None:
            yield number, source, layout.names[tail], windows
            continue
        shape = int(layout.sizes[head]), int(layout.sizes[tail])
        listed = None if opposite == count else _listed(places, shape, opposite is not None)
        if own.get("weights") in FOLLOWING and any(isinstance(c, tuple) for c in kept.values()):
            listed = _pairs(places)
        is_line = shape[0] == shape[1] == count and bool(np.all(places[0] == places[1]))
        identity = is_line and tail == layout.output and own.get("weights") == "tied"
        if identity and "attributes" not in own:
            own, listed = own | {"one_to_one": True}, None
        if weights is not None and not np.isnan(weights[0]):
            if listed is None and count < shape[0] * shape[1]:
                listed = _pairs(places)
            own["init"] = _owned(weights if listed is not None else weights.reshape(shape))
            own |= {} if listed is None else {"edges": listed}
        elif listed is not None:
            own |= {"one_to_one": True} if is_line and opposite is None else {"edges": listed}
        yield number, source, layout.names[tail], own


def _listed(
    places: tuple[Ints, Ints], shape: tuple[int, int], follows: bool
) -> NDArray[np.int32] | None:
    """Return the edges of a bundle one by one, None if every pair of neurons has one."""
    is_complete = len(places[0]) == shape[0] * shape[1]
    return None if is_complete and not follows else _pairs(places)


def _pairs(places: tuple[Ints, Ints]) -> NDArray[np.int32]:
    pairs = np.empty((len(places[0]), 2), np.int32)
    pairs[:, 0], pairs[:, 1] = places
    pairs.flags.writeable = False
    return pairs


def _owned(weights: Floats) -> Floats:
    own = weights.copy()
    own.flags.writeable = False
    return own
