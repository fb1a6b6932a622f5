# ruff: noqa: E741
"""The slow twin of a graph of neurons: neuron by neuron, edge by edge, straight from the equations.

    S_j = b_j + sum over forward edges of w_ij O_i        O_j = f(S_j)
    R_j = f'(S_j) * sum Q(R_i) c_ij + sum Q(R_i) c_ij   with and without derivative
    outputs: R_j = E_j or, if channel edges lead there, sum Q(R_i) c_ij; what they send is E, T or O
    dw_ij = rate * mean O_i R_j      db_j = rate * mean R_j      dc_ij = rate * mean Q(R_i) O_j

Nothing knows populations but the softmax of all outputs together. Of the package nothing is used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from tests.reference import Limit, activity, quantize, slope

Array = NDArray[np.float64]
Edge = tuple[Any, Any]


class Outcome(NamedTuple):
    """Activity and learning signal by neuron, changes by edge and by neuron."""

    O: dict[Any, Array]
    R: dict[Any, Array]
    W: dict[Edge, float]
    b: dict[Any, float]
    C: dict[Edge, float]


def part(graph: nx.MultiDiGraph, kind: str) -> nx.DiGraph:
    made = nx.DiGraph()
    made.add_nodes_from(graph.nodes(data=True))
    made.add_edges_from((s, t, a) for s, t, a in graph.edges(data=True) if a["kind"] == kind)
    return made


def downward(graph: nx.MultiDiGraph, outputs: list[Any]) -> nx.DiGraph:
    """Channel edges; those that leave an output neuron start from (what it sends, the neuron)."""
    made = part(graph, "channel")
    for s, t, a in list(made.edges(data=True)):
        if s in outputs:
            made.remove_edge(s, t)
            made.add_edge((a.get("start", "error"), s), t, **a)
    return made


def neuron(m: Any) -> Any:
    """The neuron that sends."""
    return m[1] if isinstance(m, tuple) else m


def roles(graph: nx.MultiDiGraph) -> tuple[list[Any], list[Any]]:
    forward = part(graph, "forward")
    role = nx.get_node_attributes(graph, "role")
    inputs = [n for n in graph if role.get(n) == "input"] or [
        n for n in graph if not forward.in_degree(n) and forward.out_degree(n)
    ]
    outputs = [n for n in graph if role.get(n) == "output"] or [
        n for n in graph if forward.in_degree(n) and not forward.out_degree(n)
    ]
    return inputs, outputs


def limit(attributes: dict[str, Any], prefix: str = "") -> Limit | None:
    found = {k: attributes[prefix + k] for k in Limit._fields if prefix + k in attributes}
    return Limit(**found) if found else None


def one(f: str, x: Array) -> Array:
    return activity(f, x[:, None])[:, 0]


def compute(graph: nx.MultiDiGraph, x: Array, t: Array, rate: float) -> Outcome:
    """One step on (x, t), columns in the order of the inputs and outputs in the graph."""
    inputs, outputs = roles(graph)
    forward, channel = part(graph, "forward"), downward(graph, outputs)
    f = {n: graph.nodes[n].get("activation", "linear") for n in graph}
    S = {n: x[:, i] for i, n in enumerate(inputs)}
    O = dict(S)
    for n in nx.topological_sort(forward):
        if n in S or (channel.degree(n) and not forward.degree(n) and n not in outputs):
            continue
        bias = graph.nodes[n].get("bias", True)
        number = graph.nodes[n].get("bias_value", 0.0) if isinstance(bias, bool) else bias
        S[n] = np.full(len(x), float(number))
        for m in forward.pred[n]:
            S[n] = S[n] + forward[m][n]["weight"] * O[m]
        O[n] = S[n] if f[n] == "softmax" else one(f[n], S[n])
    if f[outputs[0]] == "softmax":
        joint = activity("softmax", np.stack([S[n] for n in outputs], axis=1))
        O |= {n: joint[:, i] for i, n in enumerate(outputs)}
    R = {}
    for i, n in enumerate(outputs):
        gate = slope(f[n], S[n]) if f[n] in ("tanh", "relu") else 1.0
        R[n] = R["error", n] = (t[:, i] - O[n]) * gate
        R |= {("target", n): t[:, i], ("prediction", n): O[n]}
    messages = {}
    for n in nx.topological_sort(channel):
        if not channel.in_degree(n):
            continue
        gated, plain = np.zeros(len(x)), np.zeros(len(x))
        for m in channel.pred[n]:
            edge = channel[m][n]
            messages[m, n] = quantize(R[m], limit(edge))
            arriving = messages[m, n] * weight(forward, channel, m, n)
            if edge.get("derivative", True):
                gated = gated + arriving
            else:
                plain = plain + arriving
        if n in outputs:
            R[n] = gated + plain
            continue
        R[n] = slope(f[n], S[n]) * gated + plain if n in S else one(f[n], gated + plain)
    for m, n in channel.edges:
        messages.setdefault((m, n), quantize(R[m], limit(channel[m][n])))
    return Outcome(
        O,
        {n: signal for n, signal in R.items() if not isinstance(n, tuple)},
        *forward_changes(graph, O, R, rate),
        channel_changes(forward, channel, O, messages, rate),
    )


def weight(forward: nx.DiGraph, channel: nx.DiGraph, m: Any, n: Any) -> float:
    """The channel weight from m to n."""
    edge, m = channel[m][n], neuron(m)
    kind = edge.get("weights", "random")
    if kind == "tied" and m == n:
        return 1.0
    if kind in ("random", "adaptive", "congruent"):
        return float(edge["weight"])
    direct = forward[n][m]["weight"] if forward.has_edge(n, m) else product(forward, n, m)
    if kind == "tied":
        return float(forward[n][m]["weight"])
    if kind == "tied_product":
        return product(forward, n, m)
    return float(abs(edge["weight"]) * np.sign(direct))


def product(forward: nx.DiGraph, start: Any, end: Any) -> float:
    """Product of the weights on each path, summed over all paths."""
    found = dict.fromkeys(forward, 0.0)
    found[end] = 1.0
    for n in reversed(list(nx.topological_sort(forward))):
        if n != end:
            found[n] = sum(forward[n][m]["weight"] * found[m] for m in forward[n])
    return found[start]


def forward_changes(
    graph: nx.MultiDiGraph, O: dict[Any, Array], R: dict[Any, Array], rate: float
) -> tuple[dict[Edge, float], dict[Any, float]]:
    forward, inputs = part(graph, "forward"), roles(graph)[0]
    W, b = {}, {}
    for n in forward:
        learning = [forward[m][n].get("learn", True) for m in forward.pred[n]]
        fed = any(learning) or not learning  # only weights that are frozen freeze the bias
        for m in forward.pred[n]:
            edge = forward[m][n]
            change = rate * np.mean(O[m] * R.get(n, 0.0)) * edge.get("learn", True)
            W[m, n] = float(quantize(np.array(change), limit(edge, "update_")))
        has = graph.nodes[n].get("bias", True) is not False
        if n in O and n not in inputs and has:
            learns = fed and graph.nodes[n].get("bias_learn", True)
            b[n] = float(rate * np.mean(R.get(n, np.zeros(1))) * learns)
    return W, b


def channel_changes(
    forward: nx.DiGraph,
    channel: nx.DiGraph,
    O: dict[Any, Array],
    messages: dict[Edge, Array],
    rate: float,
) -> dict[Edge, float]:
    changes = {}
    for m, n in channel.edges:
        edge = channel[m][n]
        if edge.get("weights") == "adaptive":
            there = O[n] if n in O else echo(forward, channel, O, n)
            change = np.array(rate * np.mean(messages[m, n] * there))
            changes[neuron(m), n] = float(quantize(change, limit(edge, "update_")))
    return changes


def echo(forward: nx.DiGraph, channel: nx.DiGraph, O: dict[Any, Array], relay: Any) -> Array:
    """Activity that comes back to a relay over the wires by which it delivers."""
    served = [n for n in channel[relay] if n in O]
    return sum((O[n] * weight(forward, channel, relay, n) for n in served), np.zeros(1))
