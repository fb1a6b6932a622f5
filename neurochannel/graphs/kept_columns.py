"""Attributes without a meaning here that neurons and edges keep, in graphs and edge lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import CHANNEL, DIRECTED, FORWARD, NEURON, NEURON_EDGE
from neurochannel.graphs.neuron_tables import KeptColumns
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.kept_attributes import Value, in_order, kept_value, spread
from neurochannel.model.network import Network
from neurochannel.model.problems import did_you_mean, short

NEURONS, EDGES = "neurons", "edges"
NAMED = {NEURONS: "attributes", EDGES: "edge_attributes"}
"""Attributes of a graph that name those of its neurons and edges that are kept."""
RESERVED = {
    NEURONS: (*NEURON, "id"),
    EDGES: (
        *NEURON_EDGE[FORWARD],
        *NEURON_EDGE[CHANNEL],
        "id",
        "key",
        "source",
        "target",
        DIRECTED,
    ),
}
"""Names that attributes have in graphs and files."""
GROUPS = (NEURONS, FORWARD, CHANNEL)
KEPT, GIVEN = "attributes", "given"
"""Arrays of an .npz file: columns, and where they have a whole number or a truth value."""


def names_text(what: str, names: Sequence[str]) -> dict[str, str]:
    """Return the attribute of a graph that names what is kept, if anything is."""
    return {NAMED[what]: json.dumps(list(names), ensure_ascii=False)} if names else {}


def kept_names(what: str, attributes: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the names of what neurons or edges keep, of the attributes of a graph.

    Raises
    ------
    NetworkError
        If it is anything but a list of texts.
    """
    given = attributes.get(NAMED[what], ())
    try:
        names = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise NetworkError(
            f"the graph's {NAMED[what]} must be a list of texts, got {short(given)}; "
            "write for example '[\"type\"]'"
        )
    return tuple(name for name in names if name not in RESERVED[what])


def kept_by_neurons(network: Network) -> dict[str, list[Value]]:
    """Return what all neurons of a network keep, population by population.

    Raises
    ------
    NetworkError
        If a name is one that attributes of neurons have in graphs.
    """
    parts = network.populations.items()
    names = _names(NEURONS, (part.attributes for _, part in parts))
    columns: dict[str, list[Value]] = {name: [] for name in names}
    for name, part in parts:
        for key, column in columns.items():
            column += spread(part.attributes.get(key), network.size(name))
    return columns


def _names(what: str, tables: Iterator[Mapping[str, Any]]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(key for table in tables for key in table))
    for name in names:
        if name in RESERVED[what]:
            raise NetworkError(
                f"attributes of {what} must have names of their own in graphs, got {short(name)}, "
                "which means something there; rename it"
            )
    return names


def names_by_edges(network: Network) -> tuple[str, ...]:
    """Return the names of what edges of either kind keep.

    Raises
    ------
    NetworkError
        If a name is one that attributes of edges have in graphs.
    """
    both = (*network.forward, *network.channel)
    return _names(EDGES, (edges.attributes for edges in both))


def kept_by_edges(bundle: AnyBundle, n: int, by_place: bool) -> dict[str, Sequence[Value]]:
    """Return what the n edges of a bundle keep.

    Parameters
    ----------
    by_place
        Whether listed edges are sorted by source and target, instead of as they are listed.
    """
    attributes: Mapping[str, Any] = bundle.edges.attributes
    if by_place:
        attributes = sorted_by_place(bundle)
    return {key: spread(column, n) for key, column in attributes.items()}


def sorted_by_place(bundle: AnyBundle) -> Mapping[str, Any]:
    """Return the attributes of edges, for listed ones sorted by source and target."""
    pairs, attributes = bundle.edges.edges, bundle.edges.attributes
    if pairs is None or not attributes:
        return attributes
    return in_order(attributes, np.lexsort((pairs[:, 1], pairs[:, 0])).tolist())


def rows_of(columns: KeptColumns, n: int) -> Iterator[dict[str, Value]]:
    """Yield what each of n neurons or edges keeps, without what it has no value of."""
    for at in range(n):
        yield {key: own[at] for key, own in columns.items() if own[at] is not None}


def checked_groups(groups: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes by what has them.

    Raises
    ------
    NetworkError
        If there is anything but "neurons", "forward" and "channel".
    """
    for group in groups:
        if group not in GROUPS:
            hint = did_you_mean(group, GROUPS) or "put columns into one of these"
            raise NetworkError(
                f"{KEPT} must be of 'neurons', 'forward' or 'channel', got {short(group)}; {hint}"
            )
    return {group: groups.get(group, {}) for group in GROUPS}


def checked_columns(group: str, columns: Mapping[str, Any], n: int) -> dict[str, Sequence[Value]]:
    """Return columns of a group of n, each given as one value or as many as there are.

    Raises
    ------
    NetworkError
        If a column has another length, or a value is no number or short text.
    """
    found: dict[str, Sequence[Value]] = {}
    for key, column in columns.items():
        where = f"{KEPT}['{group}'][{short(key)}]"
        items = column.tolist() if isinstance(column, np.ndarray) else column
        many = isinstance(items, list | tuple)
        if not isinstance(key, str) or key in RESERVED[NEURONS if group == NEURONS else EDGES]:
            raise NetworkError(f"{where} must have a name without another meaning; rename it")
        if many and len(items) != n:
            raise NetworkError(f"{where} must be one value or {n}, got {len(items)}; give as many")
        try:
            own = [kept_value(item) for item in items] if many else [kept_value(items)] * n
        except ValueError:
            raise NetworkError(
                f"{where} must hold finite numbers, truth values or short texts only, got "
                f"{short(column)}; leave it out"
            ) from None
        found[key] = own
    return found


def kept_arrays(group: str, columns: KeptColumns) -> dict[str, NDArray[Any]]:
    """Return columns as arrays by the names that they have in an .npz file."""
    arrays: dict[str, NDArray[Any]] = {}
    for key, column in columns.items():
        kinds = {type(item) for item in column if item is not None}
        name = f"{KEPT}.{group}.{key}"
        if kinds <= {float} or kinds == {int, float}:
            arrays[name] = np.array([np.nan if item is None else item for item in column], float)
        elif kinds in ({int}, {bool}):
            own = np.array([item is not None for item in column])
            arrays[name] = np.array([item or 0 for item in column], next(iter(kinds)))
            arrays |= {} if own.all() else {f"{GIVEN}.{group}.{key}": own}
        else:
            arrays[name] = np.array(["" if item is None else str(item) for item in column])
    return arrays


def columns_in(arrays: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, Any]]:
    """Return the columns of each group of an .npz file, with None where they have no value.

    Raises
    ------
    NetworkError
        If an array belongs to no group, or it is not said of each row whether it has a value.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        first, _, rest = name.partition(".")
        group, dot, key = rest.partition(".")
        if first not in (KEPT, GIVEN):
            continue
        if not dot or group not in GROUPS:
            raise NetworkError(
                f"has an unknown array {short(name)}; name it {first}.neurons.NAME, "
                f"{first}.forward.NAME or {first}.channel.NAME"
            )
        if first == KEPT:
            found.setdefault(group, {})[key] = _with_gaps(name, array, arrays)
    return found


def _with_gaps(name: str, array: NDArray[Any], arrays: Mapping[str, NDArray[Any]]) -> Any:
    given = f"{GIVEN}{name.removeprefix(KEPT)}"
    if given not in arrays:
        return array
    has = arrays[given]
    if has.dtype.kind != "b" or has.shape != array.shape or has.ndim != 1:
        raise NetworkError(f"{given} must be a truth value for each in {name}; leave it out")
    return [item if own else None for item, own in zip(array.tolist(), has.tolist(), strict=True)]
