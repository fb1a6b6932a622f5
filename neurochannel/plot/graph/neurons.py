"""Drawings of single neurons: a circle for each, and a curve for each edge."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.collections import EllipseCollection, PathCollection, PolyCollection
from matplotlib.path import Path

from neurochannel.engine.edgelists import EdgeList, draw_edges
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.streams import channel_key
from neurochannel.engine.weight_views import edge_arrays
from neurochannel.engine.window_edges import n_wires, wires_of
from neurochannel.errors import OptionError
from neurochannel.graphs.run_weights import wire_weights
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.edge_paths import ARROW
from neurochannel.model.edges import STARTS, ChannelEdges
from neurochannel.model.network import Network
from neurochannel.plot.graph.ink import FILL, GRAY, RELAY_FILL, Page
from neurochannel.plot.layout.circles import (
    FEW_NEURONS,
    MANY_BUNDLES,
    MARGIN,
    MOST_LABEL,
    SOME_NEURONS,
    Curves,
    Neurons,
    bent,
    unit,
)
from neurochannel.plot.layout.looks import CHANNEL, LOOKS
from neurochannel.plot.layout.palette import INK
from neurochannel.plot.layout.routes import HEAD
from neurochannel.plot.layout.text_widths import SMALL, elided, text_width

MOST_EDGES = 200_000
FEW_EDGES = 400
"""Up to this many edges, each has an arrow's head and goes round neurons that are in its way."""


def is_drawn_by_neuron(network: Network) -> bool:
    """Tell whether neurons are few and listed singly or named, or bundles are many."""
    sizes = [population.size for population in network.populations.values()]
    bundles: list[AnyBundle] = [*network.forward_bundles, *network.channel_bundles]
    edges = [bundle.edges for bundle in bundles]
    if None in sizes or any(each.fan_in or each.density is not None for each in edges):
        return False
    n_neurons = sum(size or 0 for size in sizes)
    listed = [each.edges is not None for each in edges]
    if len(edges) > MANY_BUNDLES and n_neurons <= SOME_NEURONS:
        return any(listed)
    named = all(population.neurons is not None for population in network.populations.values())
    return n_neurons <= FEW_NEURONS and (named or all(listed))


def curves_of(
    network: Network, run: Simulation | None, first: dict[str, int], most: float = MOST_EDGES
) -> list[Curves]:
    """Return the edges of all bundles; without a run those of seed 0.

    Raises
    ------
    OptionError
        If there are too many.
    """
    lists = draw_edges(network, 0) if run is None else {}
    found: list[Curves] = []
    looks: list[tuple[str, AnyBundle, str]] = [
        ("forward", bundle, "forward" if bundle.edges.learn and not bundle.edges.pool else "frozen")
        for bundle in network.forward_bundles
    ]
    looks += [("channel", bundle, bundle.edges.weights) for bundle in network.channel_bundles]
    n_edges = 0
    for kind, bundle, look in looks:
        channel = kind == "channel"
        weights: np.ndarray | None = None
        check_count(n_wires(network, bundle), most)
        wires = wires_of(network, bundle)
        if wires:
            sources, targets = wires.sources, wires.receivers
            weights = None if run is None else wire_weights(run, bundle, wires)
        elif run is not None:
            sources, targets = (run.channel_edges if channel else run.edges)(bundle.name)
            weights = (run.channel_edge_weights if channel else run.edge_weights)(bundle.name)
        else:
            shape = network.size(bundle.source), network.size(bundle.target)
            listed = listed_edges(network, lists, bundle, channel=channel)
            check_count(shape[0] * shape[1] if listed is None else len(listed[0]), most)
            sources, targets = edge_arrays(None, shape) if listed is None else listed
        n_edges += len(sources)
        check_count(n_edges, most)
        start = first[bundle.source] + sources.astype(np.int64)
        end = first[bundle.target] + targets.astype(np.int64)
        found.append(Curves(kind, look, start, end, weights))
    return found


def listed_edges(
    network: Network, lists: dict[str, EdgeList], bundle: AnyBundle, *, channel: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return senders and receivers of a bundle's edges, None if all pairs have one.

    A plain tied bundle has those of the forward bundle that it mirrors.
    """
    wires = wires_of(network, bundle)
    if wires:
        return wires.sources, wires.receivers
    key = channel_key(bundle.name) if channel else kept_weights(network, bundle.name)
    listed = lists.get(key)
    if not listed and isinstance(bundle.edges, ChannelEdges) and bundle.edges.weights == "tied":
        across = f"{bundle.target} {ARROW} {bundle.sender(network.output)}"
        forth = lists.get(kept_weights(network, across))
        return (forth.receivers.copy(), forth.sources.copy()) if forth else None
    return (listed.sources.copy(), listed.receivers.copy()) if listed else None


def check_count(n_edges: int, most: float = MOST_EDGES) -> None:
    """Refuse to draw more edges than could be seen."""
    if n_edges > most:
        raise OptionError(
            f"level 'neuron' must have at most {most:,} edges to draw, got {n_edges:,} or "
            "more; draw the level 'population'"
        )


def draw_neurons(
    page: Page, network: Network, neurons: Neurons, curves: list[Curves], lift: float
) -> None:
    """Draw all edges and neurons, `lift` inches above the bottom of the page."""
    up = np.array([0.0, lift])
    n_edges = sum(len(c.sources) for c in curves)
    for name in network.starts[:1]:
        start, output = neurons.first[name], neurons.first[network.output]
        for number in range(network.size(name)):
            ends = neurons.at[[output + number, start + number]] + up
            page.axes.plot(*ends.T, color=GRAY, linewidth=0.6, zorder=1)
    largest = {
        kind: max((_largest(c) for c in curves if c.kind == kind), default=1.0)
        for kind in ("forward", "channel")
    }
    for some in curves:
        paths = bent(neurons, some.sources, some.targets, careful=n_edges <= FEW_EDGES) + up
        _draw_curves(page, some, paths, n_edges, largest[some.kind])
    for name, start in neurons.first.items():
        here = neurons.at[start : start + network.size(name)] + up
        on_channel = name in (*STARTS, *network.relays)
        circles = EllipseCollection(
            2 * neurons.radius,
            2 * neurons.radius,
            0,
            units="xy",
            offsets=here,
            offset_transform=page.axes.transData,
            facecolors="white" if name in STARTS else RELAY_FILL if on_channel else FILL,
            edgecolors=CHANNEL if on_channel else INK,
            linewidths=0.8 if neurons.radius > 0.05 else 0.4,
            zorder=3,
        )
        circles.set_gid(f"block {name}")
        page.axes.add_collection(circles)
        _write_names(page, network, name, here, neurons.radius)


def _largest(curves: Curves) -> float:
    if curves.weights is None or len(curves.weights) == 0:
        return 0.0
    return float(np.abs(curves.weights).max())


def _draw_curves(page: Page, some: Curves, paths: np.ndarray, n_edges: int, largest: float) -> None:
    look = LOOKS[some.look]
    thin = float(np.clip((100 / max(n_edges, 1)) ** 0.5, 0.15, 0.8))
    heads = n_edges <= FEW_EDGES
    for dashes, chosen, widths in _parts(some, look.dashes, largest, thin):
        lines = paths[chosen].copy()
        if heads and len(lines):
            _draw_heads(page, lines, look.color)
            lines[:, 3] -= 0.5 * HEAD * unit(lines[:, 3] - lines[:, 2])
        codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
        collection = PathCollection(
            [Path(line, codes) for line in lines],
            facecolors="none",
            edgecolors=look.color,
            linewidths=widths,
            linestyles=[dashes],
            alpha=float(np.clip((400 / max(n_edges, 1)) ** 0.5, 0.25, 1.0)),
            zorder=2,
        )
        collection.set_gid(f"line {some.look}")
        page.axes.add_collection(collection)


def _parts(
    some: Curves, dashes: object, largest: float, thin: float
) -> Iterator[tuple[object, np.ndarray, np.ndarray]]:
    """Yield dashes, which edges have them, and their widths: by sign where weights are known."""
    if some.weights is None:
        yield dashes, np.arange(len(some.sources)), np.array([thin])
        return
    share = np.abs(some.weights) / (largest or 1.0)
    for negative in (False, True):
        chosen = np.flatnonzero((some.weights < 0) == negative)
        yield (0, (3, 1.5)) if negative else "-", chosen, thin * (0.3 + 1.9 * share[chosen])


def _draw_heads(page: Page, lines: np.ndarray, color: str) -> None:
    tips, toward = lines[:, 3], unit(lines[:, 3] - lines[:, 2])
    aside = np.stack([-toward[:, 1], toward[:, 0]], axis=1) * 0.28 * HEAD
    base = tips - toward * 0.75 * HEAD
    corners = np.stack([tips, base + aside, base - aside], axis=1)
    fill = "white" if color == CHANNEL else color
    heads = PolyCollection(list(corners), facecolors=fill, edgecolors=color, zorder=2.2)
    heads.set_linewidth(0.5)
    page.axes.add_collection(heads)


def _write_names(page: Page, network: Network, name: str, at: np.ndarray, radius: float) -> None:
    given = None if name in STARTS else network.populations[name].neurons
    if given is None:
        return
    texts = [str(neuron) for neuron in given]
    size = SMALL if max(map(len, texts)) < 4 else SMALL - 1.5
    if max(text_width(text, size) for text in texts) > 1.75 * radius:
        return
    for (x, y), text in zip(at, texts, strict=True):
        page.text(x, y, text, size, zorder=4)


def label_rows(page: Page, neurons: Neurons, lift: float) -> None:
    """Write the names of populations to the left of their rows."""
    for names, y in neurons.rows:
        text = elided(", ".join(names), MOST_LABEL, SMALL)
        page.text(MARGIN, y + lift, text, SMALL, ha="left", color=GRAY)
