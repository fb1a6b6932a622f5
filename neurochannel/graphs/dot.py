"""Graphviz DOT, for export only: what a picture needs, and all attributes as well."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from neurochannel.graphs.attributes import CHANNEL
from neurochannel.graphs.kept_columns import EDGES, NEURONS, kept_names

if TYPE_CHECKING:
    from networkx import MultiDiGraph

LOOKS = {"random": "dashed", "adaptive": "bold", "tied": "solid"}
COLOR = "#D55E00"
TAKEN = ("weight", "size")
"""Attributes to which Graphviz gives a meaning of its own, as it may to any that is kept."""


def dot_text(graph: MultiDiGraph[Any]) -> str:
    """Return a graph as DOT, channel edges colored and dashed unless they are tied."""
    return "\n".join(
        ["digraph " + quoted(graph.graph.get("name", "network")) + " {", *_lines(graph)]
    )


def _lines(graph: MultiDiGraph[Any]) -> Iterator[str]:
    yield "  rankdir=LR;"
    kept, others = (kept_names(what, graph.graph) for what in (NEURONS, EDGES))
    for node, attributes in graph.nodes(data=True):
        yield f"  {quoted(node)}{_attributes(attributes, (*TAKEN, *kept))};"
    for source, target, attributes in graph.edges(data=True):
        looks = {}
        if attributes["kind"] == CHANNEL:
            looks = {"color": COLOR, "style": LOOKS.get(attributes["weights"], "dashed")}
            looks["constraint"] = "false"
        said = _attributes(attributes, (*TAKEN, *others), looks)
        yield f"  {quoted(source)} -> {quoted(target)}{said};"
    yield "}\n"


def _attributes(
    attributes: Mapping[str, Any], taken: Collection[str], looks: Mapping[str, str] | None = None
) -> str:
    named = {
        f"nc_{key}" if key in taken else key: _word(value)
        for key, value in attributes.items()
        if not isinstance(value, list | dict)
    }
    parts = [f"{key}={quoted(value)}" for key, value in {**named, **(looks or {})}.items()]
    return f" [{', '.join(parts)}]" if parts else ""


def _word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def quoted(value: Any) -> str:
    """Return a value as a DOT string; a backslash would begin an escape, and is doubled."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
