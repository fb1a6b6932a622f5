"""GraphML, read as a stream so that neither its size nor its entities can fill the memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import DIRECTED
from neurochannel.model.problems import short

if TYPE_CHECKING:
    from networkx import MultiDiGraph

MOST_NODES = 1_000_000
MOST_EDGES = 5_000_000
MOST_TEXT = 1_000_000
"""Characters of one value; a name or a number is never longer."""
NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
TYPES = {bool: "boolean", int: "long", float: "double", str: "string"}
IDS = "ids"
"""The attribute of the graph that says "int" where the names of nodes are whole numbers."""
LABELS = ("NodeLabel", "EdgeLabel")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def graphml_text(graph: MultiDiGraph[Any]) -> str:
    """Return a graph as GraphML.

    Raises
    ------
    NetworkError
        If an attribute is a list, which GraphML cannot hold, or a text has control characters.
    """
    keys: dict[tuple[str, str, str], str] = {}
    body = list(_body(graph, keys))
    head = [
        "<?xml version='1.0' encoding='utf-8'?>",
        f'<graphml xmlns="{NAMESPACE}">',
        *(
            f'  <key id="{own}" for="{place}" attr.name={quoteattr(name)} attr.type="{kind}"/>'
            for (place, name, kind), own in keys.items()
        ),
        '  <graph edgedefault="directed">',
    ]
    return "\n".join([*head, *body, "  </graph>", "</graphml>"]) + "\n"


def _body(graph: MultiDiGraph[Any], keys: dict[tuple[str, str, str], str]) -> Iterator[str]:
    whole = all(isinstance(node, int) for node in graph)
    yield from _data("graph", "the graph", graph.graph | ({IDS: "int"} if whole else {}), keys)
    for node, attributes in graph.nodes(data=True):
        yield f"    <node id={_quoted(str(node))}>"
        yield from _data("node", f"node {short(node)}", attributes, keys)
        yield "    </node>"
    for source, target, attributes in graph.edges(data=True):
        yield f"    <edge source={_quoted(str(source))} target={_quoted(str(target))}>"
        yield from _data("edge", f"edge {short(source)} -> {short(target)}", attributes, keys)
        yield "    </edge>"


def _data(
    place: str, where: str, attributes: dict[str, Any], keys: dict[tuple[str, str, str], str]
) -> Iterator[str]:
    for name, value in attributes.items():
        kind = TYPES.get(type(value))
        if kind is None:
            raise NetworkError(
                f"GraphML cannot hold lists, and {where} has {name}; write single neurons with "
                "level='neuron', or take a .json or .toml file"
            )
        # Gephi takes keys named d3 and d7, as yEd has them, for labels.
        own = keys.setdefault((place, name, kind), f"{place}{len(keys)}")
        text = str(value).lower() if kind == "boolean" else str(value)
        yield f'      <data key="{own}">{escape(_proper(text), _BLANKS)}</data>'


_BLANKS = {"\r": "&#13;"}


def _quoted(text: str) -> str:
    return quoteattr(_proper(text))


def _proper(text: str) -> str:
    if FORBIDDEN.search(text):
        raise NetworkError(
            f"GraphML cannot hold control characters, got {short(text)}; rename it, or take a "
            ".json or .toml file"
        )
    return text


def read_graphml(file: IO[bytes]) -> MultiDiGraph[Any]:
    """Read a graph from an open GraphML file.

    Raises
    ------
    NetworkError
        If it is not GraphML, has a document type (entities could fill the memory), is too large, or
        holds what a graph of this kind cannot be.
    """
    reader = _Reader()
    try:
        reader.parser.ParseFile(file)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise NetworkError(
            f"must be XML, got a mistake at line {error.lineno}, column {error.offset + 1} "
            f"({reason}); fix that line"
        ) from None
    except NetworkError:
        raise
    except (LookupError, ValueError) as error:
        raise NetworkError(
            f"must be XML in an encoding that is known here, got another one ({error}); "
            "save it as UTF-8"
        ) from None
    return reader.finished()


class _Reader:
    """Handlers of a streaming parser that build the graph."""

    def __init__(self) -> None:
        import networkx as nx

        self.graph: MultiDiGraph[Any] = nx.MultiDiGraph()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.keys: dict[str, tuple[str, str]] = {}
        self.defaults: dict[str, dict[str, Any]] = {"node": {}, "edge": {}}
        self.stack: list[str] = []
        self.owners: list[dict[str, Any]] = []
        self.edges: list[tuple[str, str, dict[str, Any]]] = []
        self.lines: dict[str, int] = {}
        self.directed = True
        self.key = ""
        self.places: dict[str, str] = {}
        self.drawn: set[str] = set()
        self.text: list[str] | None = None
        self.length = 0
        self.n_graphs = 0

    def line(self) -> str:
        return f"line {self.parser.CurrentLineNumber}"

    def refuse_doctype(self, *_: Any) -> None:
        raise NetworkError(
            "must have no document type, because its entities could fill the memory; "
            "remove <!DOCTYPE ...>"
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        self.stack.append(name)
        if len(self.stack) == 1 and name != "graphml":
            raise NetworkError(
                f"must be GraphML, got <{name}>; write it with networkx.write_graphml"
            )
        if name == "hyperedge":
            raise NetworkError(f"must have nodes and edges only, got <{name}> at {self.line()}")
        handler = getattr(self, f"start_{name}", None)
        if handler is not None:
            handler(attributes)

    def start_graph(self, attributes: dict[str, str]) -> None:
        self.n_graphs += 1
        is_nested = self.stack[-2:-1] == ["node"]
        if self.n_graphs > 1 and not is_nested:
            raise NetworkError(f"must hold one graph, got another one at {self.line()}; remove it")
        if not is_nested:
            self.directed = attributes.get("edgedefault") == "directed"
        self.owners.append({} if is_nested else self.graph.graph)

    def start_port(self, _: dict[str, str]) -> None:
        self.owners.append({})

    def start_key(self, attributes: dict[str, str]) -> None:
        self.key = self._needed(attributes, "id", "key")
        name = attributes.get("attr.name", self.key)
        self.keys[self.key] = name, attributes.get("attr.type", "string")
        self.places[self.key] = attributes.get("for", "all")
        # yEd keeps its drawing in such keys; of it, the text of a label is an attribute.
        if any(name.rpartition(" ")[2] == "yfiles.type" for name in attributes):
            self.drawn.add(self.key)

    def start_default(self, _: dict[str, str]) -> None:
        if self.key not in self.keys:
            raise NetworkError(
                f"<default> must stand in a <key>, got one elsewhere at {self.line()}; remove it"
            )
        self.text, self.length = [], 0

    def start_node(self, attributes: dict[str, str]) -> None:
        name = self._needed(attributes, "id", "node")
        if name in self.graph:
            raise NetworkError(f"node {short(name)} is there twice, at {self.line()}; rename one")
        if len(self.graph) >= MOST_NODES:
            self._too_large("nodes", MOST_NODES)
        self.graph.add_node(name)
        self.owners.append(self.graph.nodes[name])
        self.owners[-1].update(self.defaults["node"])

    def start_edge(self, attributes: dict[str, str]) -> None:
        source, target = (self._needed(attributes, key, "edge") for key in ("source", "target"))
        if len(self.edges) >= MOST_EDGES:
            self._too_large("edges", MOST_EDGES)
        for name in (source, target):
            if name not in self.graph:
                self.lines.setdefault(name, self.parser.CurrentLineNumber)
        usual = "true" if self.directed else "false"
        self.owners.append(dict(self.defaults["edge"]))
        if attributes.get("directed", usual) != "true":
            self.owners[-1][DIRECTED] = False
        self.edges.append((source, target, self.owners[-1]))

    def start_data(self, attributes: dict[str, str]) -> None:
        self.key = self._needed(attributes, "key", "data")
        if self.key not in self.keys:
            raise NetworkError(
                f"data must belong to a key that is declared, got {short(self.key)} at "
                f"{self.line()}; add a <key> for it"
            )
        if self.key not in self.drawn:
            self.text, self.length = [], 0

    def start_NodeLabel(self, _: dict[str, str]) -> None:
        """Begin a label of yEd."""
        if self.key in self.drawn and self.text is None:
            self.text, self.length = [], 0

    start_EdgeLabel = start_NodeLabel

    def characters(self, text: str) -> None:
        if self.text is not None:
            self.length += len(text)
            if self.length > MOST_TEXT:
                raise NetworkError(
                    f"values must have at most {MOST_TEXT:,} characters, got more at "
                    f"{self.line()}; shorten it"
                )
            self.text.append(text)

    def end(self, tag: str) -> None:
        name = self.stack.pop()
        if name in ("data", "default") and self.text is not None:
            key, kind = self.keys[self.key]
            value = self._value(key, kind, "".join(self.text))
            self.text = None
            if name == "data":
                (self.owners[-1] if self.owners else {})[key] = value
            else:
                for place in ("node", "edge"):
                    if self.places[self.key] in (place, "all"):
                        self.defaults[place][key] = value
        elif name in LABELS and self.text is not None:
            if label := "".join(self.text).strip():
                self.owners[-1].setdefault("label", label)
            self.text = None
        if name in ("graph", "node", "edge", "port"):
            self.owners.pop()

    def _value(self, name: str, kind: str, text: str) -> Any:
        try:
            if kind == "boolean":
                return {"true": True, "false": False, "1": True, "0": False}[text.strip().lower()]
            if kind in ("int", "long", "integer"):
                return int(text)
            return float(text) if kind in ("float", "double") else text
        except (KeyError, ValueError):
            raise NetworkError(
                f"{name} must be of the type {kind}, got {short(text)} at {self.line()}; "
                "fix that line"
            ) from None

    def _needed(self, attributes: dict[str, str], key: str, what: str) -> str:
        if key not in attributes:
            raise NetworkError(f"<{what}> must have a {key}, got none at {self.line()}; add it")
        return attributes[key]

    def _too_large(self, what: str, most: int) -> None:
        raise NetworkError(
            f"must have at most {most:,} {what} as GraphML, got more at {self.line()}; "
            "write edge lists in an .npz file, or give arrays to nc.from_arrays"
        )

    def finished(self) -> MultiDiGraph[Any]:
        """Return the graph with the whole numbers that its names were."""
        import networkx as nx

        graph = self.graph
        if not self.n_graphs:
            raise NetworkError("must hold a graph, got none; add <graph> to it")
        for source, target, _ in self.edges if self.lines else ():
            for name in (source, target):
                if name not in graph:
                    raise NetworkError(
                        f"edge {short(source)} -> {short(target)} must join nodes of the file, got "
                        f"{short(name)} at line {self.lines[name]}; add that node"
                    )
        graph.add_edges_from(self.edges)
        if graph.graph.pop(IDS, "") != "int":
            return graph
        try:
            return nx.relabel_nodes(graph, {node: int(node) for node in graph})
        except ValueError:
            raise NetworkError(
                'nodes must have whole numbers as ids where the graph says ids = "int"; remove it'
            ) from None
