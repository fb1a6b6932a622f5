"""Files that networkx reads: GEXF, GML and Pajek."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import DIRECTED
from neurochannel.graphs.foreign.foreign_graph import ForeignGraph, graph_of_networkx
from neurochannel.graphs.foreign.gexf_writer import OWN, TAKEN
from neurochannel.inputs.descriptions import check_nesting

if TYPE_CHECKING:
    from networkx import Graph

MOST_BYTES = 2**26
"""As a graph of networkx such a file takes about twenty times as much memory."""
DEEPEST = 100
GEXF = "{http://gexf.net/1.3}"
VIZ = "{http://gexf.net/1.3/viz}"
GML_GRAPH = re.compile(r"\bgraph\s*\[")
GML_HEAD = re.compile(r"^\s*(multigraph|directed)\s+(\d+)\s*$", re.M)
PAJEK_EDGES = ("*arcs", "*edges")


def read_gexf(content: bytes) -> ForeignGraph:
    """Read GEXF as Gephi and networkx write it.

    Raises
    ------
    NetworkError
        If it is something else.
    """
    import networkx as nx

    check_xml(content)
    graph = _parsed("GEXF", lambda: _gexf_graph(content))
    labels = nx.get_node_attributes(graph, "label")
    if all(labels.get(node) == node for node in graph):
        for _, attributes in graph.nodes(data=True):
            attributes.pop("label", None)
    names = {OWN + name: name for taken in TAKEN.values() for name in taken}
    for _, attributes in _edges_of(graph):
        attributes.pop("id", None)
    for _, attributes in (*graph.nodes(data=True), *_edges_of(graph)):
        for name in names.keys() & attributes.keys():
            attributes[names[name]] = attributes.pop(name)
    return graph_of_networkx(graph)


def _edges_of(graph: Graph[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    return ((ends, attributes) for *ends, attributes in graph.edges(data=True))


def _gexf_graph(content: bytes) -> Graph[Any]:
    from networkx.readwrite.gexf import GEXFReader

    root = ElementTree.fromstring(content)
    for element in root.iter():
        space, _, name = str(element.tag).rpartition("}")
        element.tag = (VIZ if space.endswith("viz") else GEXF) + name
    drawn = root.find(f"{GEXF}graph")
    usual = "undirected" if drawn is None else drawn.get("defaultedgetype", "undirected")
    if drawn is not None:
        drawn.set("defaultedgetype", "directed")

    class Reader(GEXFReader):  # type: ignore[misc]
        """Keeps edges of both kinds in one graph, where networkx refuses one of them."""

        def add_edge(self, graph: Any, element: Any, known: Any) -> None:
            kind = element.attrib.pop("type", usual)
            if kind == "mutual":
                element.set("type", kind)
            super().add_edge(graph, element, known)
            if kind == "undirected":
                source, target = element.get("source"), element.get("target")
                list(graph[source][target].values())[-1][DIRECTED] = False

    return Reader(version="1.3")(BytesIO(ElementTree.tostring(root)))


def check_xml(content: bytes) -> None:
    """Refuse XML with a document type, whose entities could fill the memory, or that is too deep.

    Raises
    ------
    NetworkError
        If it has these, or a mistake.
    """
    parser = expat.ParserCreate()
    depth = 0

    def refuse(*_: Any) -> None:
        raise NetworkError(
            "must have no document type, because its entities could fill the memory; "
            "remove <!DOCTYPE ...>"
        )

    def start(*_: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise NetworkError(f"must have at most {DEEPEST} elements within each other, got more")

    def end(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise NetworkError(
            f"must be XML, got a mistake at line {error.lineno}, column {error.offset + 1} "
            f"({reason}); fix that line"
        ) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, NetworkError):
            raise
        raise NetworkError(
            f"must be XML in an encoding that is known here, got another one ({error}); "
            "save it as UTF-8"
        ) from None


def read_gml(text: str) -> ForeignGraph:
    """Read GML, with parallel edges whether or not it announces them.

    Raises
    ------
    NetworkError
        If it is something else.
    """
    import networkx as nx

    check_nesting(text, "GML")
    head = "graph [\n directed 1\n multigraph 1\n"
    many = GML_GRAPH.sub(head, GML_HEAD.sub("", text), count=1)
    found = graph_of_networkx(_parsed("GML", lambda: nx.parse_gml(many, label="id")))
    directed = any(key == "directed" and value != "0" for key, value in GML_HEAD.findall(text))
    found = replace(found, undirected=np.full(len(found.sources), not directed))
    labels = found.nodes.get("label")
    if labels is None or len({*labels.tolist()} - {None}) < len(labels):
        return found
    rest = {key: column for key, column in found.nodes.items() if key != "label"}
    return replace(found, ids=[str(label) for label in labels], nodes=rest)


def read_pajek(text: str) -> ForeignGraph:
    """Read a Pajek .net file, with arcs and edges.

    Raises
    ------
    NetworkError
        If it is something else, or two vertices have one label.
    """
    import networkx as nx

    head, sections = _pajek_sections(text)
    if not sections and not any(line.lower().startswith("*matrix") for line in head):
        raise NetworkError(
            "must have *Arcs, *Edges or a *Matrix, got none of them; name a file with edges"
        )
    parts = []
    for kind in PAJEK_EDGES:
        own = [lines for name, lines in sections if name == kind]
        # Edges are read as arcs, so that their ends stay in the order in which they are written.
        body = "\n".join([*head, *(line for lines in own for line in [PAJEK_EDGES[0], *lines])])
        if own or not sections:
            graph = _parsed("Pajek", partial(nx.parse_pajek, body))
            parts.append((kind, graph_of_networkx(graph)))
    n = _n_vertices(head)
    if n is not None and len(parts[0][1].ids) != n:
        raise NetworkError(
            f"vertices must have labels of their own, got {len(parts[0][1].ids)} different ones "
            f"for {n} vertices; rename some"
        )
    return _joined(parts)


def _pajek_sections(text: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the lines before the edges, and those of each section of edges."""
    head: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    into = head
    for line in text.splitlines():
        word = line.lower().split()[0] if line.startswith("*") and line.split() else ""
        if word in PAJEK_EDGES:
            into = []
            sections.append((word, into))
        elif word in ("*arcslist", "*edgeslist"):
            raise NetworkError(
                f"must list edges one by one, got {word}; save it with *Arcs or *Edges"
            )
        elif word.startswith("*") and sections:
            into = head
            head.append(line)
        elif not line.startswith("%"):
            into.append(line)
    return head, sections


def _n_vertices(head: list[str]) -> int | None:
    for line in head:
        words = line.lower().split()
        if words[:1] == ["*vertices"] and len(words) > 1 and words[1].isdigit():
            return int(words[1])
    return None


def _joined(parts: list[tuple[str, ForeignGraph]]) -> ForeignGraph:
    """Return arcs and edges as one graph; both have the same vertices."""
    graphs = [
        replace(part, undirected=np.full(len(part.sources), kind == "*edges"))
        for kind, part in parts
    ]
    first, *others = graphs
    for other in others:
        keys = {**first.edges, **other.edges}
        first = replace(
            first,
            sources=np.concatenate([first.sources, other.sources]),
            targets=np.concatenate([first.targets, other.targets]),
            undirected=np.concatenate([first.undirected, other.undirected]),
            edges={
                key: np.concatenate(
                    [
                        g.edges.get(key, np.full(len(g.sources), None, object))
                        for g in (first, other)
                    ]
                )
                for key in keys
            },
        )
    return first


def _parsed(language: str, parse: Callable[[], Any]) -> Any:
    try:
        return parse()
    except (NetworkError, MemoryError):
        raise
    except RecursionError:
        raise NetworkError(f"must be {language}, got parts nested too deeply") from None
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise NetworkError(
            f"must be {language}, got something else ({reason}); export it again, or save it as "
            "GraphML"
        ) from None
