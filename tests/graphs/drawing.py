"""Random small graphs of neurons with mixed attributes, from networkx's generators."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from tests.graphs.twin import part, roles

SHAPES = ("dag", "small world", "scale-free", "tree", "layers")
MESSAGES: tuple[dict[str, Any], ...] = (
    {},
    {"bits": 3},
    {"bits": 4, "quantizer": "uniform", "scale": 2.0},
    {"keep": "sign", "scale": 0.3},
    {"derivative": False},
)
CHANGES: tuple[dict[str, Any], ...] = ({}, {"update_bits": 6, "update_scale": 0.05})


@st.composite
def graphs(draw: st.DrawFn, largest: int = 12) -> nx.MultiDiGraph:
    shape, seed = draw(st.sampled_from(SHAPES)), draw(st.integers(0, 2**32 - 1))
    return graph_of(shape, seed, draw(st.integers(4, largest)))


def graph_of(shape: str, seed: int, n: int) -> nx.MultiDiGraph:
    """A graph with all weights given; edges at inputs and outputs differ by neuron only."""
    rng = np.random.default_rng(seed)
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    skeleton = acyclic(shape, seed, n)
    graph.add_nodes_from(rng.permutation(n).tolist() if rng.random() < 0.5 else range(n))
    graph.add_edges_from((s, t, {"kind": "forward"}) for s, t in skeleton.edges)
    graph.remove_nodes_from([m for m in list(graph) if not graph.degree(m)])
    inputs, outputs = roles(graph)
    if rng.random() < 0.3:
        state_roles(graph, rng, inputs, outputs)
        inputs, outputs = roles(graph)
    # A single softmax neuron cannot learn, and is refused.
    last = rng.choice(["softmax", "logistic", "linear", "tanh"][len(outputs) == 1 :])
    bias = rng.choice([True, False])
    for m in graph:
        if m in outputs:
            graph.nodes[m].update(activation=str(last), bias=bool(bias))
            if bias and rng.random() < 0.4:
                graph.nodes[m]["bias_value"] = float(rng.normal(0, 0.4))
        elif m not in inputs:
            activation = str(rng.choice(["tanh", "logistic", "linear"]))
            own: Any = [True, False, 0.25, float(rng.normal(0, 0.4))][rng.integers(4)]
            graph.nodes[m].update(activation=activation, bias=own)
            if own is not False and rng.random() < 0.2:
                graph.nodes[m]["bias_learn"] = False
    describe_forward(graph, rng, inputs, outputs)
    add_channel(graph, rng, inputs, outputs)
    return graph


def acyclic(shape: str, seed: int, n: int) -> nx.DiGraph:
    made: nx.DiGraph
    if shape == "dag":
        made = nx.gnp_random_graph(n, 0.4, seed, directed=True)
    elif shape == "small world":
        made = nx.watts_strogatz_graph(n, 4, 0.3, seed)
    elif shape == "scale-free":
        made = nx.barabasi_albert_graph(n, 2, seed)
    elif shape == "tree":
        made = nx.random_labeled_tree(n, seed=seed)
    else:
        made = nx.complete_multipartite_graph(n // 4 + 1, n // 4 + 1, n // 4 + 1)
    pairs = {(min(s, t), max(s, t)) for s, t in made.edges} or {(0, 1)}
    return nx.DiGraph(sorted(pairs))


def state_roles(
    graph: nx.MultiDiGraph, rng: np.random.Generator, inputs: list[Any], outputs: list[Any]
) -> None:
    """State roles, and leave some ends without one: constant neurons and dead ends."""
    for role, ends in (("input", inputs), ("output", outputs)):
        for m in ends[: max(1, int(rng.integers(1, len(ends) + 1)))]:
            graph.nodes[m]["role"] = role


def describe_forward(
    graph: nx.MultiDiGraph, rng: np.random.Generator, inputs: list[Any], outputs: list[Any]
) -> None:
    own = {m: (bool(rng.random() < 0.8), CHANGES[rng.integers(2)]) for m in graph}
    joint = own[inputs[0]]
    for s, t, attributes in graph.edges(data=True):
        if s in inputs and t in outputs:
            learn, change = joint
        elif t in outputs:
            learn, change = own[s]
        elif s in inputs:
            learn, change = own[t]
        else:
            learn, change = bool(rng.random() < 0.7), CHANGES[rng.integers(2)]
        if t in outputs:
            learn = True
        attributes.update(weight=float(rng.normal(0, 0.7)), learn=learn, **change)


def add_channel(
    graph: nx.MultiDiGraph, rng: np.random.Generator, inputs: list[Any], outputs: list[Any]
) -> None:
    forward = part(graph, "forward")
    hidden = [m for m in graph if m not in inputs and m not in outputs]
    relays = [max(graph) + 1 + i for i in range(rng.integers(0, 3))]
    reached = [m for m in rng.permutation(hidden + relays).tolist() if rng.random() < 0.9]
    graph.add_nodes_from((m, {"activation": str(rng.choice(["tanh", "linear"]))}) for m in relays)
    before: list[Any] = []
    starts = [{}, [{}, {}, {"start": "target"}, {"start": "prediction"}][rng.integers(4)]]
    for m in reached:
        above = [o for o in outputs if rng.random() < 0.6] or outputs[:1]
        some = [k for k in before if rng.random() < 0.4]
        joint = None
        for k in ([] if some and rng.random() < 0.3 else above) + some:
            if k in outputs:
                start = starts[rng.integers(2)]
                joint = joint or start | channel_kind(graph, rng, forward, above, m, outputs)
                attributes = joint
            else:
                attributes = channel_kind(graph, rng, forward, [k], m, [k])
            attributes = {**attributes, "weight": float(rng.normal(0, 0.7))}
            if attributes["weights"] in ("tied", "tied_product"):
                del attributes["weight"]
            graph.add_edge(k, m, kind="channel", **attributes)
        before.append(m)
    add_edges_into_outputs(graph, rng, outputs, [m for m in before if m in relays])
    graph.remove_nodes_from([m for m in relays if not graph.degree(m)])
    for m in relays:
        serves = m in graph and any(k in forward for k in graph[m])
        for k in graph.pred[m] if serves and rng.random() < 0.5 else ():
            graph[k][m][0]["weights"] = "adaptive"


def add_edges_into_outputs(
    graph: nx.MultiDiGraph, rng: np.random.Generator, outputs: list[Any], relays: list[Any]
) -> None:
    """Add wires that bring the outputs their signals: the identity, or random ones."""
    message = MESSAGES[rng.integers(4)]
    wires: list[tuple[Any, Any, dict[str, Any]]] = []
    if rng.random() < 0.2:
        wires += [(o, o, {"weights": "tied"}) for o in outputs]
    elif rng.random() < 0.2:
        wires += [(s, o, {"weights": "random"}) for s in outputs for o in outputs]
    if relays and rng.random() < 0.3:
        wires += [(relays[-1], o, {"weights": "random"}) for o in outputs]
    for s, o, attributes in wires:
        weight = {} if attributes["weights"] == "tied" else {"weight": float(rng.normal(0, 0.7))}
        graph.add_edge(s, o, kind="channel", **attributes, **message, **weight)


def channel_kind(
    graph: nx.MultiDiGraph,
    rng: np.random.Generator,
    forward: nx.DiGraph,
    above: list[Any],
    m: Any,
    side: list[Any],
) -> dict[str, Any]:
    """Attributes of edges from `above` to m that all of them allow."""
    kinds = ["random"]
    if m in forward and all(k in forward for k in above):
        kinds.append("adaptive")
        partners = [forward.has_edge(m, k) for k in above]
        if all(partners):
            kinds += ["tied", "concordant"]
        if all(nx.has_path(forward, m, k) for k in above):
            kinds.append("tied_product")
            if not any(forward.has_edge(m, k) for k in side):
                kinds.append("concordant")
    chosen: dict[str, Any] = {"weights": str(rng.choice(kinds)), **MESSAGES[rng.integers(5)]}
    if chosen["weights"] == "adaptive":
        chosen |= CHANGES[rng.integers(2)]
    return chosen
