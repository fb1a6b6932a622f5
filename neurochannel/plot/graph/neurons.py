"""Drawings of single neurons: a circle for each, and a curve for each edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.collections import EllipseCollection, PathCollection, PolyCollection
from matplotlib.path import Path

from neurochannel.engine.edgelists import draw_edges
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.engine.views import edge_arrays
from neurochannel.errors import OptionError
from neurochannel.model.edges import ERROR, AnyBundle
from neurochannel.model.network import Network
from neurochannel.plot.graph.ink import FILL, GRAY, RELAY_FILL, Page
from neurochannel.plot.graph.layers import rows_of
from neurochannel.plot.graph.looks import CHANNEL, LOOKS
from neurochannel.plot.graph.measure import SMALL, elided, text_width
from neurochannel.plot.graph.routes import HEAD
from neurochannel.plot.graph.scene import Scene
from neurochannel.plot.style import INK

MOST_EDGES = 200_000
FEW_NEURONS = 60
"""Up to so many neurons, rows are put in an order with few crossings."""
FEW_EDGES = 400
"""Up to so many edges, each has an arrow's head and goes round neurons that are in its way."""
MARGIN, PITCH, RADIUS = 0.1, 0.5, 0.13
CLEAR = 1.2
"""How far curves keep from the centers of neurons, in radii."""
BOW = 0.1
_STEPS = (-0.8, -0.5, -0.3, -0.15, 0.0, BOW, 0.2, 0.35, 0.55, 0.8)
BOWS = sorted(
    ((a, b) for a in _STEPS for b in _STEPS),
    key=lambda pair: (abs(pair[0] - BOW) + abs(pair[1] - BOW) + 2 * abs(pair[0] - pair[1]), pair),
)
"""How far curves bow to the left of their direction at both ends, in lengths; the first that
meets no neuron is taken, so that edges of both kinds between the same neurons part."""


class Curves(NamedTuple):
    """Edges of one bundle: numbers of their neurons, and weights if they are known."""

    kind: str
    look: str
    sources: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None


@dataclass(frozen=True)
class Neurons:
    """Circles in inches.

    Parameters
    ----------
    at
        Centers, (n, 2).
    first
        The number of the first neuron of each population, `error` included.
    radius
        Of all.
    width, height
        Of the drawing.
    rows
        Names of populations, row by row from below, and where the row is.
    """

    at: np.ndarray
    first: dict[str, int]
    radius: float
    rows: list[tuple[list[str], float]]
    width: float
    height: float


def is_drawn_by_neuron(network: Network) -> bool:
    """Tell whether all edges are listed singly and the neurons are few."""
    sizes = [population.size for population in network.populations.values()]
    edges = [
        *(bundle.edges.edges for bundle in network.forward_bundles),
        *(bundle.edges.edges for bundle in network.channel_bundles),
    ]
    few = None not in sizes and sum(size or 0 for size in sizes) <= FEW_NEURONS
    return few and all(listed is not None for listed in edges)


def curves_of(network: Network, run: Simulation | None, first: dict[str, int]) -> list[Curves]:
    """Return the edges of all bundles; without a run those of seed 0.

    Raises
    ------
    OptionError
        If there are too many.
    """
    lists = draw_edges(network, 0) if run is None else {}
    found: list[Curves] = []
    looks: list[tuple[str, AnyBundle, str]] = [
        ("forward", bundle, "forward" if bundle.edges.learn else "frozen")
        for bundle in network.forward_bundles
    ]
    looks += [("channel", bundle, bundle.edges.weights) for bundle in network.channel_bundles]
    n_edges = 0
    for kind, bundle, look in looks:
        channel = kind == "channel"
        weights: np.ndarray | None = None
        if run is not None:
            sources, targets = (run.channel_edges if channel else run.edges)(bundle.name)
            weights = (run.channel_edge_weights if channel else run.edge_weights)(bundle.name)
        else:
            key = (channel_key if channel else weights_key)(bundle.name)
            shape = network.size(bundle.source), network.size(bundle.target)
            _check_count(shape[0] * shape[1] if key not in lists else lists[key].n_edges)
            sources, targets = edge_arrays(lists.get(key), shape)
        n_edges += len(sources)
        _check_count(n_edges)
        start = first[bundle.source] + sources.astype(np.int64)
        end = first[bundle.target] + targets.astype(np.int64)
        found.append(Curves(kind, look, start, end, weights))
    return found


def _check_count(n_edges: int) -> None:
    if n_edges > MOST_EDGES:
        raise OptionError(
            f"level 'neuron' must have at most {MOST_EDGES:,} edges to draw, got {n_edges:,} or "
            "more; draw the level 'population'"
        )


def place_neurons(network: Network, scene: Scene, width: float, left: float) -> Neurons:
    """Put neurons in rows by depth, those of the error above the output."""
    rows = [*rows_of(scene), *([[ERROR]] if ERROR in scene.blocks else [])]
    sizes = {name: network.size(name) for row in rows for name in row}
    first, total = {}, 0
    for row in rows:
        for name in row:
            first[name], total = total, total + sizes[name]
    fullest = max(sum(sizes[n] for n in row) + 0.6 * (len(row) - 1) for row in rows)
    room = width - left - 2 * MARGIN
    pitch = min(PITCH, room / fullest)
    radius = min(RADIUS, 0.36 * pitch)
    at, levels = np.zeros((total, 2)), []
    gap = float(np.clip(0.16 * room, 0.5, 1.2)) if total <= FEW_NEURONS else 1.0
    for number, row in enumerate(rows):
        y = MARGIN + radius + number * gap
        extent = (sum(sizes[n] for n in row) + 0.6 * (len(row) - 1)) * pitch
        x = left + MARGIN + (room - extent) / 2
        for name in row:
            here = slice(first[name], first[name] + sizes[name])
            at[here, 0] = x + pitch * (np.arange(sizes[name]) + 0.5)
            at[here, 1] = y
            x += (sizes[name] + 0.6) * pitch
        levels.append((row, y))
    height = 2 * (MARGIN + radius) + (len(rows) - 1) * gap
    return Neurons(at, first, radius, levels, width, height)


def untangle(neurons: Neurons, network: Network, curves: list[Curves]) -> None:
    """Reorder the neurons within each population by where their edges come from."""
    sources = np.concatenate([c.sources for c in curves])
    targets = np.concatenate([c.targets for c in curves])
    for sweep in range(6):
        rows = neurons.rows if sweep % 2 == 0 else neurons.rows[::-1]
        for names, y in rows:
            for name in names:
                if name == ERROR:
                    continue
                here = np.arange(neurons.first[name], neurons.first[name] + network.size(name))
                pull = neurons.at[here, 0].copy()
                for number, neuron in enumerate(here):
                    others = np.concatenate(
                        [sources[targets == neuron], targets[sources == neuron]]
                    )
                    side = (
                        neurons.at[others, 1] < y if sweep % 2 == 0 else neurons.at[others, 1] > y
                    )
                    if side.any():
                        pull[number] = neurons.at[others[side], 0].mean()
                neurons.at[here[np.argsort(pull, kind="stable")], 0] = np.sort(neurons.at[here, 0])
    if ERROR in neurons.first:
        start, n = neurons.first[ERROR], network.size(ERROR)
        output = neurons.first[network.output]
        neurons.at[start : start + n, 0] = neurons.at[output : output + n, 0]


def bent(
    neurons: Neurons, sources: np.ndarray, targets: np.ndarray, *, careful: bool
) -> np.ndarray:
    """Return cubic curves, (n, 4, 2), that begin and end on circles.

    Parameters
    ----------
    careful
        Whether curves that would cross a circle bow more.
    """
    start, end = neurons.at[sources], neurons.at[targets]
    best = _bowed(start, end, (BOW, BOW), neurons.radius)
    if not careful or len(sources) == 0:
        return best
    room = _room(best, neurons, sources, targets)
    for bows in BOWS[1:]:
        some = np.flatnonzero(room < CLEAR * neurons.radius)
        if len(some) == 0:
            break
        trial = _bowed(start[some], end[some], bows, neurons.radius)
        found = _room(trial, neurons, sources[some], targets[some])
        better = found > room[some]
        best[some[better]], room[some[better]] = trial[better], found[better]
    return best


def _bowed(
    start: np.ndarray, end: np.ndarray, bows: tuple[float, float], radius: float
) -> np.ndarray:
    way = end - start
    left = np.stack([-way[:, 1], way[:, 0]], axis=1)
    first, second = start + way / 3 + bows[0] * left, start + 2 * way / 3 + bows[1] * left
    a = start + radius * _unit(first - start)
    b = end + 1.15 * radius * _unit(second - end)
    return np.stack([a, first, second, b], axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.maximum(np.hypot(vectors[:, 0], vectors[:, 1]), 1e-9)
    return np.asarray(vectors / length[:, None])


def sampled(curves: np.ndarray, n: int = 24) -> np.ndarray:
    """Return points on cubic curves, (n_curves, n, 2)."""
    t = np.linspace(0, 1, n)
    base = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    return np.asarray(np.einsum("tk,ekc->etc", base, curves))


def _room(
    curves: np.ndarray, neurons: Neurons, sources: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return how near curves come to the centers of other neurons; 0 if they leave the page."""
    points = sampled(curves)
    near = np.full((len(curves), len(neurons.at)), np.inf)
    for number in range(points.shape[1]):
        step = points[:, number, None, :] - neurons.at[None, :, :]
        near = np.minimum(near, np.hypot(step[..., 0], step[..., 1]))
    every = np.arange(len(curves))
    near[every, sources] = near[every, targets] = np.inf
    low, high = points.min(axis=1), points.max(axis=1)
    inside = (low.min(axis=1) > 0) & (high[:, 0] < neurons.width) & (high[:, 1] < neurons.height)
    return np.where(inside, near.min(axis=1, initial=np.inf), 0.0)


def draw_neurons(
    page: Page, network: Network, neurons: Neurons, curves: list[Curves], lift: float
) -> None:
    """Draw all edges and neurons, `lift` inches above the bottom of the page."""
    up = np.array([0.0, lift])
    n_edges = sum(len(c.sources) for c in curves)
    if ERROR in neurons.first:
        start, output = neurons.first[ERROR], neurons.first[network.output]
        for number in range(network.size(ERROR)):
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
        on_channel = name == ERROR or name in network.relays
        circles = EllipseCollection(
            2 * neurons.radius,
            2 * neurons.radius,
            0,
            units="xy",
            offsets=here,
            offset_transform=page.axes.transData,
            facecolors="white" if name == ERROR else RELAY_FILL if on_channel else FILL,
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
            lines[:, 3] -= 0.5 * HEAD * _unit(lines[:, 3] - lines[:, 2])
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
    tips, toward = lines[:, 3], _unit(lines[:, 3] - lines[:, 2])
    aside = np.stack([-toward[:, 1], toward[:, 0]], axis=1) * 0.28 * HEAD
    base = tips - toward * 0.75 * HEAD
    corners = np.stack([tips, base + aside, base - aside], axis=1)
    heads = PolyCollection(list(corners), facecolors=color, edgecolors="none", zorder=2.2)
    page.axes.add_collection(heads)


def _write_names(page: Page, network: Network, name: str, at: np.ndarray, radius: float) -> None:
    given = None if name == ERROR else network.populations[name].neurons
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


MOST_LABEL = 0.75


def labels_width(scene: Scene) -> float:
    """Return the room that the names of rows take, inches."""
    rows = [*rows_of(scene), [ERROR]]
    texts = [elided(", ".join(row), MOST_LABEL, SMALL) for row in rows]
    return max(text_width(text, SMALL) for text in texts)
