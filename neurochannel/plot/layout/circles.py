"""Single neurons: a circle for each, and a curve for each edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurochannel.model.edges import STARTS
from neurochannel.model.network import Network
from neurochannel.plot.layout.depth_rows import rows_of
from neurochannel.plot.layout.scene import Scene
from neurochannel.plot.layout.text_widths import SMALL, elided, line_height, text_width

FEW_NEURONS = 60
"""Up to this many neurons, rows are put in an order with few crossings."""
SOME_NEURONS, MANY_BUNDLES = 200, 60
"""Up to this many neurons are drawn singly if this many bundles would make blocks unreadable."""
TALLEST = 1.25
"""Height of many rows of neurons, in widths of the page."""
NARROW, GOLDEN = 0.25, 0.618034
"""Rows that take less of the page do not stand above each other, in drawings of many neurons."""
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
        The number of the first neuron of each population, and of what the channel starts from.
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


def place_neurons(network: Network, scene: Scene, width: float, left: float) -> Neurons:
    """Put neurons in rows by depth, those of what the channel starts from above the output."""
    rows = [*rows_of(scene), *([name] for name in network.starts)]
    sizes = {name: network.size(name) for row in rows for name in row}
    first, total = {}, 0
    for row in rows:
        for name in row:
            first[name], total = total, total + sizes[name]
    fullest = max(sum(sizes[n] for n in row) + 0.6 * (len(row) - 1) for row in rows)
    room = width - left - 2 * MARGIN
    pitch = min(PITCH, room / fullest)
    radius = min(RADIUS, 0.36 * pitch)
    ends = {network.input, network.output, *STARTS}
    at, levels = np.zeros((total, 2)), []
    gap = float(np.clip(0.16 * room, 0.5, 1.2)) if total <= FEW_NEURONS else 1.0
    # Many rows stand closer, but never so close that names of rows meet.
    gap = max(min(gap, TALLEST * width / len(rows)), line_height(SMALL), 3 * radius)
    for number, row in enumerate(rows):
        y = MARGIN + radius + number * gap
        extent = (sum(sizes[n] for n in row) + 0.6 * (len(row) - 1)) * pitch
        x = left + MARGIN + (room - extent) / 2
        if total > FEW_NEURONS and extent < NARROW * room and {*row}.isdisjoint(ends):
            # Out of the way of the edges that pass between the rows next to it.
            x += 0.7 * (room - extent) * (number * GOLDEN % 1 - 0.5)
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
    none = np.zeros(0, np.int64)
    sources = np.concatenate([none, *(c.sources for c in curves)])
    targets = np.concatenate([none, *(c.targets for c in curves)])
    for sweep in range(6):
        rows = neurons.rows if sweep % 2 == 0 else neurons.rows[::-1]
        for names, y in rows:
            for name in names:
                if name in STARTS:
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
    for name in network.starts:
        output, n = neurons.first[network.output], network.size(network.output)
        start = neurons.first[name]
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
    a = start + radius * unit(first - start)
    b = end + 1.15 * radius * unit(second - end)
    return np.stack([a, first, second, b], axis=1)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return vectors of length 1 in the same directions, (n, 2)."""
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


MOST_LABEL = 0.75
"""Inches for the names of the populations of a row."""


def labels_width(scene: Scene, starts: tuple[str, ...]) -> float:
    """Return the room that the names of rows take, inches."""
    rows = [*rows_of(scene), *([name] for name in starts)]
    texts = [elided(", ".join(row), MOST_LABEL, SMALL) for row in rows]
    return max(text_width(text, SMALL) for text in texts)
