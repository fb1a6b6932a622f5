"""Which nodes or edges an option means: names, or a condition on their attributes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neurochannel.errors import NetworkError, OptionError
from neurochannel.graphs.foreign.foreign_graph import Columns, ForeignGraph, has_value
from neurochannel.graphs.neuron_tables import Flags
from neurochannel.model.problems import did_you_mean, listed, short

SHOWN = 6
CONDITION = re.compile(r"\s*([^=<>!]+?)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*")
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def chosen_nodes(graph: ForeignGraph, option: str, given: Any) -> Flags:
    """For each node whether an option means it.

    Parameters
    ----------
    option
        Its name, for messages.
    given
        Names of nodes, in a list or a text with commas; a condition such as ``"type=sensory"``; a
        table of attributes and values; or a function of the attributes of a node.

    Raises
    ------
    NetworkError
        If there is no such node or attribute, or none is meant.
    OptionError
        If it is none of these.
    """
    n = len(graph.ids)
    if callable(given) or isinstance(given, Mapping) or _is_condition(given):
        found = _matching(graph.nodes, n, option, given, "neurons")
    elif isinstance(given, str):
        names = [part.strip() for part in given.split(",")]
        whole = isinstance(graph.ids[0], int | np.integer)
        found = _named(graph, option, [_number(name) if whole else name for name in names])
    elif isinstance(given, list | tuple | set | range | np.ndarray):
        found = _named(graph, option, list(given))
    else:
        raise OptionError(
            f"{option} must be names of neurons or a condition such as 'type=sensory', got "
            f"{short(given)}; give a list, a text, a table or a function"
        )
    if not found.any():
        raise NetworkError(
            f"{option} must mean at least one neuron, got none; {_near(graph.nodes, given)}"
        )
    return found


def _near(columns: Columns, given: Any) -> str:
    """Return what may have been meant by a condition that holds nowhere."""
    match = CONDITION.fullmatch(given) if isinstance(given, str) else None
    if match is None or match[2] != "=":
        return f"widen {short(given)}"
    column = columns[match[1]]
    values = {str(item): None for item in column[has_value(column)].tolist()}
    some = [short(value).strip("'") for value in list(values)[:SHOWN]]
    more = " ..." if len(values) > SHOWN else ""
    return did_you_mean(match[3], values) or f"its values are {', '.join(some)}{more}"


def chosen_edges(graph: ForeignGraph, option: str, given: str) -> Flags:
    """For each edge whether a condition holds, such as ``"type=feedback"``.

    Raises
    ------
    NetworkError, OptionError
        If there is no such attribute, it holds for no edge, or it is no condition.
    """
    if not _is_condition(given):
        raise OptionError(
            f"{option} must be 'forward', 'channel' or a condition on edges that belong to the "
            f"channel, such as 'type=feedback', got {short(given)}; write one of them"
        )
    found = _matching(graph.edges, len(graph.sources), option, given, "edges")
    if not found.any():
        raise NetworkError(
            f"{option} must mean at least one edge, got none; {_near(graph.edges, given)}"
        )
    return found


def _is_condition(given: Any) -> bool:
    return isinstance(given, str) and CONDITION.fullmatch(given) is not None


def _number(name: str) -> Any:
    return int(name) if re.fullmatch(r"[+-]?\d{1,18}", name) else name


def _named(graph: ForeignGraph, option: str, names: list[Any]) -> Flags:
    ids = graph.ids.tolist() if isinstance(graph.ids, np.ndarray) else graph.ids
    number = {name: at for at, name in enumerate(ids)}
    if ids and isinstance(ids[0], str):
        names = [str(name) for name in names]
    missing = [name for name in names if name not in number]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        hint = did_you_mean(missing[0], map(str, ids)) or (
            f"the neurons are {', '.join(map(short, ids[:6]))}" + (" ..." if len(ids) > 6 else "")
        )
        raise NetworkError(
            f"{option} must name neurons of the graph, got {short(missing[0])}{more}; {hint}"
        )
    found = np.zeros(len(ids), bool)
    found[[number[name] for name in names]] = True
    return found


def _matching(columns: Columns, n: int, option: str, given: Any, what: str) -> Flags:
    if callable(given):
        rows = ({key: column[at] for key, column in columns.items()} for at in range(n))
        return np.fromiter((bool(given(row)) for row in rows), bool, n)
    if isinstance(given, str):
        match = CONDITION.fullmatch(given)
        assert match is not None
        conditions = [match.groups()]
    else:
        conditions = [(key, "=", value) for key, value in given.items()]
    found = np.ones(n, bool)
    for key, sign, value in conditions:
        if key not in columns:
            hint = did_you_mean(key, columns) or (
                f"there are {listed(columns)}" if columns else "they have none"
            )
            raise NetworkError(
                f"{option} must name an attribute of the {what}, got {short(key)}; {hint}"
            )
        compare = COMPARED[sign]
        found &= np.fromiter((_holds(compare, own, value) for own in columns[key]), bool, n)
    return found


def _holds(compare: Callable[[Any, Any], Any], own: Any, value: Any) -> bool:
    """Compare as numbers where both are, otherwise as text; what has no value matches nothing."""
    if own is None or own != own:
        return False
    if isinstance(value, str) and not isinstance(own, str):
        own = str(own).lower() if isinstance(own, bool | np.bool_) else own
        value = value.lower() if isinstance(own, str) else value
    try:
        return bool(compare(float(own), float(value)))
    except (TypeError, ValueError):
        return bool(compare(str(own), str(value)))
