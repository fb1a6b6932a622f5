"""Quantizers in graph files of older versions, which meant something else by the same words."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.graphs.attributes import QUANTIZERS
from neurochannel.model.format_versions import (
    FORMAT,
    SAME_BITS,
    SINCE_POWERS,
    check_format,
    warn_of_powers,
)
from neurochannel.model.problems import short

if TYPE_CHECKING:
    from networkx import DiGraph


def update_words(graph: DiGraph[Any], where: str) -> None:
    """Give the nodes and edges of a graph from a file the quantizers that its format means.

    Bits without a quantizer in files of formats 1 and 2 mean octaves. A file without a format is
    read as one of this version; bits that older versions read differently are logged.

    Parameters
    ----------
    graph
        Changed in place; its attribute "format" is removed.
    where
        The name of the file.

    Raises
    ------
    NetworkError
        If there is no such format.
    """
    named = "format" in graph.graph
    version = check_format(graph.graph.pop("format", FORMAT))
    changed = []
    for place, attributes, key, quantizer in _limits(graph):
        if version < SINCE_POWERS and attributes.get(quantizer, "log") == "log":
            attributes[quantizer] = "octaves"
        elif not named and quantizer not in attributes and attributes[key] > SAME_BITS:
            changed.append(f"{key} of {place}")
    if changed:
        warn_of_powers(where, changed)


def update_columns(groups: MutableMapping[str, dict[str, Any]], told: object, where: str) -> None:
    """Give edge lists from a file the quantizers that its format means, as `update_words` does.

    Parameters
    ----------
    groups
        Arrays by attribute, of neurons and of both kinds of edges; changed in place.
    told
        The format that the file names, None if it names none.
    where
        The name of the file.

    Raises
    ------
    NetworkError
        If there is no such format.
    """
    version = check_format(FORMAT if told is None else told)
    changed = []
    for group, columns in groups.items():
        for key in [key for key in QUANTIZERS if key in columns]:
            bits, named = columns[key], columns.get(QUANTIZERS[key], np.array(""))
            # Anything else is refused, with its place, when the network is made.
            if bits.dtype.kind not in "iuf" or named.dtype.kind != "U" or named.ndim > bits.ndim:
                continue
            if named.shape not in ((), bits.shape):
                continue
            limited, unnamed = np.isfinite(bits), named == ""
            if version < SINCE_POWERS:
                old = limited & (unnamed | (named == "log"))
                columns[QUANTIZERS[key]] = np.where(old, "octaves", named)
            elif told is None and np.any(limited & unnamed & (bits > SAME_BITS)):
                changed.append(f"{group}.{key}")
    if changed:
        warn_of_powers(where, changed)


def _limits(graph: DiGraph[Any]) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """Yield a name, the attributes and the two keys of each number of bits."""
    for node, attributes in graph.nodes(data=True):
        for key in QUANTIZERS.keys() & attributes.keys():
            if type(attributes[key]) is int:
                yield f"node {short(node)}", attributes, key, QUANTIZERS[key]
    for source, target, attributes in graph.edges(data=True):
        for key in QUANTIZERS.keys() & attributes.keys():
            if type(attributes[key]) is int:
                yield f"edge {short(source)} -> {short(target)}", attributes, key, QUANTIZERS[key]
