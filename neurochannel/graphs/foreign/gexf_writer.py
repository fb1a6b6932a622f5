"""GEXF for Gephi: all attributes, with colors and positions by depth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import CHANNEL, FORWARD
from neurochannel.graphs.graphml import FORBIDDEN
from neurochannel.model.problems import short

if TYPE_CHECKING:
    from networkx import MultiDiGraph

COLORS = {FORWARD: (0, 114, 178), CHANNEL: (213, 94, 0)}
"""Red, green and blue of edges, as in drawings."""
APART = 100.0
"""Between neurons next to each other, in the units of Gephi."""
TYPES = (bool, int, float, str)
OF_BOTH = ("viz", "start", "end", "spells", "slices")
TAKEN = {"node": (*OF_BOTH, "pid", "parents"), "edge": (*OF_BOTH, "type")}
"""Attributes that GEXF takes for its own; here they begin with ``nc_``."""
OWN = "nc_"


def gexf_text(graph: MultiDiGraph[Any]) -> tuple[str, list[str]]:
    """Return a graph as GEXF, and what it cannot hold, a line for each.

    Raises
    ------
    NetworkError
        If an attribute is a list, or a text has control characters.
    """
    import networkx as nx

    plain: MultiDiGraph[Any] = nx.MultiDiGraph(name=graph.graph.get("name", "network"))
    places = _places(graph)
    of_nodes = _common_types(attributes for _, attributes in graph.nodes(data=True))
    of_edges = _common_types(attributes for *_, attributes in graph.edges(data=True))
    for node, attributes in graph.nodes(data=True):
        x, y = places[node]
        drawn = {"position": {"x": x, "y": y, "z": 0.0}}
        label = _proper(str(node))
        shown = _proper(str(attributes.get("label", label)))
        plain.add_nodes_from(
            [(label, {**_held(attributes, "node", of_nodes), "label": shown, "viz": drawn})]
        )
    for source, target, attributes in graph.edges(data=True):
        red, green, blue = COLORS[attributes["kind"]]
        color = {"color": {"r": red, "g": green, "b": blue, "a": 1.0}}
        ends = _proper(str(source)), _proper(str(target))
        plain.add_edges_from([(*ends, {**_held(attributes, "edge", of_edges), "viz": color})])
    lost = [f"lost the {key} of the network" for key in ("loss",) if key in graph.graph]
    if any(isinstance(node, int) for node in graph):
        lost.append("lost that names of neurons are numbers, which GEXF has as text")
    return "\n".join(nx.generate_gexf(plain)) + "\n", lost


def _common_types(rows: Iterable[dict[str, Any]]) -> dict[str, type]:
    """Return a type for all values of each attribute, since GEXF declares one: text if they mix."""
    found: dict[str, type] = {}
    for row in rows:
        for key, value in row.items():
            own = type(value)
            known = found.setdefault(key, own)
            if known is not own:
                found[key] = float if {known, own} == {int, float} else str
    return found


def _held(attributes: dict[str, Any], place: str, types: dict[str, type]) -> dict[str, Any]:
    for key, value in attributes.items():
        if type(value) not in TYPES:
            raise NetworkError(
                f"GEXF cannot hold lists, and an attribute {key} is one; write single neurons with "
                "level='neuron', or take a .json or .toml file"
            )
    return {
        _proper(OWN + key if key in TAKEN[place] else key): _as(types[key], value)
        for key, value in attributes.items()
        if key != "label" or place == "edge"
    }


def _as(kind: type, value: Any) -> Any:
    if kind is not str:
        return float(value) if kind is float else value
    return _proper(str(value).lower() if isinstance(value, bool) else str(value))


def _proper(text: str) -> str:
    if FORBIDDEN.search(text):
        raise NetworkError(
            f"GEXF cannot hold control characters, got {short(text)}; rename it, or take a .json "
            "or .toml file"
        )
    return text


def _places(graph: MultiDiGraph[Any]) -> dict[Any, tuple[float, float]]:
    """Return a place for each node: across by the depth of its forward edges, down by number."""
    import networkx as nx

    forward: nx.DiGraph[Any] = nx.DiGraph()
    forward.add_nodes_from(graph)
    forward.add_edges_from(
        (source, target) for source, target, kind in graph.edges(data="kind") if kind == FORWARD
    )
    places = {}
    for depth, generation in enumerate(nx.topological_generations(forward)):
        for number, node in enumerate(generation):
            places[node] = (APART * 3 * depth, APART * (len(generation) / 2 - number))
    return places
