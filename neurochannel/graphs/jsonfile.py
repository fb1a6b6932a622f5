"""Node-link JSON, the format of `networkx.node_link_data`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import DIRECTED
from neurochannel.inputs.descriptions import TOO_DEEP, check_nesting, too_deep
from neurochannel.model.problems import short

if TYPE_CHECKING:
    from networkx import MultiDiGraph

REMEDY = "write it as networkx.node_link_data(graph, edges='edges') does"


def json_text(graph: MultiDiGraph[Any]) -> str:
    """Return a graph as node-link JSON, a line for each node and edge."""
    nodes = [{"id": node, **attributes} for node, attributes in graph.nodes(data=True)]
    edges = [
        {"source": source, "target": target, "key": key, **attributes}
        for source, target, key, attributes in graph.edges(keys=True, data=True)
    ]
    head = {"directed": True, "multigraph": True, "graph": dict(graph.graph)}
    lines = [f"{json.dumps(key)}: {_dumped(value)}" for key, value in head.items()]
    for key, rows in (("nodes", nodes), ("edges", edges)):
        lines.append(f'"{key}": [\n' + ",\n".join(map(_dumped, rows)) + "\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def graph_of_json(text: str) -> MultiDiGraph[Any]:
    """Read a graph from node-link JSON.

    Raises
    ------
    NetworkError
        If it is not JSON, or not a graph of this form.
    """
    import networkx as nx

    content = _parsed(text)
    if not isinstance(content, dict):
        raise NetworkError(f"must be a table of nodes and edges, got {short(content)}; {REMEDY}")
    graph: MultiDiGraph[Any] = nx.MultiDiGraph()
    graph.graph.update(_graph_attributes(content.get("graph", {})))
    names = _nodes(graph, _rows(content, "nodes"))
    rows = _rows(content, "edges" if "edges" in content else "links")
    by_number = _are_numbers(rows, names)
    known = {*names}
    for at, row in enumerate(rows):
        where = f"edges[{at}]"
        attributes = dict(_table(row, where))
        source, target = (_id(attributes, key, where) for key in ("source", "target"))
        if by_number:
            source, target = names[int(source)], names[int(target)]
        for name in (source, target):
            if name not in known:
                raise NetworkError(
                    f"{where} must join nodes that are listed, got {short(name)}; add that node"
                )
        attributes.pop("key", None)
        if content.get("directed") is False:
            attributes[DIRECTED] = False
        graph.add_edges_from([(source, target, attributes)])
    return graph


def _graph_attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of the graph, which networkx 1 wrote as a list of pairs."""
    is_pairs = isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in value
    )
    return _table(dict(value) if is_pairs else value, "graph")


def _nodes(graph: MultiDiGraph[Any], rows: list[Any]) -> list[str | int]:
    """Add the nodes; where none has an id, as in D3, they have names or are numbered."""
    tables = [dict(_table(row, f"nodes[{at}]")) for at, row in enumerate(rows)]
    if tables and not any("id" in table for table in tables):
        own = [table.get("name") for table in tables]
        named = all(isinstance(name, str) for name in own) and len({*own}) == len(own)
        for at, table in enumerate(tables):
            table["id"] = table.pop("name") if named else at
    names = []
    for at, attributes in enumerate(tables):
        where = f"nodes[{at}]"
        name = _id(attributes, "id", where)
        if name in graph:
            raise NetworkError(f"{where} repeats the id {short(name)}; give each node its own")
        graph.add_nodes_from([(name, attributes)])
        names.append(name)
    return names


def _are_numbers(rows: list[Any], names: list[str | int]) -> bool:
    """Tell whether edges name their ends by position, as D3 and networkx 1 do."""
    ends = [row.get(key) for row in rows if isinstance(row, dict) for key in ("source", "target")]
    known = {*names}
    if all(isinstance(end, str | int) and end in known for end in ends):
        return False
    return all(type(end) is int and 0 <= end < len(names) for end in ends)


def _parsed(text: str) -> Any:
    check_nesting(text, "JSON")
    try:
        found = json.loads(text)
    except RecursionError:
        raise NetworkError(TOO_DEEP.format("JSON")) from None
    except json.JSONDecodeError as error:
        raise NetworkError(
            f"must be JSON, got a mistake at line {error.lineno}, column {error.colno} "
            f"({error.msg}); fix that line"
        ) from None
    except ValueError as error:
        raise NetworkError(
            f"must be JSON, got a number that is too long ({error}); fix it"
        ) from None
    if too_deep(found):
        raise NetworkError(TOO_DEEP.format("JSON"))
    return found


def _rows(content: dict[str, Any], key: str) -> list[Any]:
    rows = content.get(key)
    if not isinstance(rows, list):
        raise NetworkError(f'must have a list "{key}", got {short(rows)}; {REMEDY}')
    return rows


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NetworkError(f"{where} must be a table, got {short(value)}; {REMEDY}")
    return value


def _id(row: dict[str, Any], key: str, where: str) -> str | int:
    name = row.pop(key, None)
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise NetworkError(
            f"{where} must have a text or a whole number as {key}, got {short(name)}; write one"
        )
    return name
