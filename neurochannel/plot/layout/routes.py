"""The ways of lines: straight through rows, curved between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurochannel.model.edges import ERROR
from neurochannel.plot.layout.positions import Places
from neurochannel.plot.layout.scene import Scene
from neurochannel.plot.layout.slots import SlotPlan

FIRST = 0.06
GAP, SLOPE, MOST = 0.09, 0.1, 0.16
"""Inches between rows: the least, more for each inch that a line moves aside, at most so much."""
HEAD = 0.075
"""Length of an arrow's head."""
MOVE, STRAIGHT, CURVE = 1, 2, 4
"""Codes of vertices, those of matplotlib; a curve takes three: two handles and its end."""
Point = tuple[float, float]


@dataclass(frozen=True)
class RouteLine:
    """Vertices of a path in inches, (n, 2), with their codes."""

    points: np.ndarray
    codes: tuple[int, ...]


def row_edges(places: Places) -> list[tuple[float, float]]:
    """Return where each row begins and ends along the axis of depth."""
    rows = places.rows
    edges: list[tuple[float, float]] = []
    at = FIRST
    for number, row in enumerate(rows.rows):
        if number:
            links = rows.links[number - 1]
            moves = [
                abs(port(places, low, 1, n, leg) - port(places, high, -1, n, leg))
                for low, high, n, leg in links
            ]
            ends = any(rows.slots[s].arrow is None for s in (*row, *rows.rows[number - 1]))
            at += GAP + ends * HEAD + min(SLOPE * max(moves, default=0.0), MOST)
        thick = max((rows.slots[slot].depth for slot in row), default=0.0)
        edges.append((at, at + thick))
        at += thick
    return edges


def port(places: Places, slot: int, side: int, arrow: int, leg: int) -> float:
    """Return where across a line meets a side of a slot."""
    return float(places.cross[slot]) + places.offsets[slot, side, arrow, leg]


def lines_of(
    scene: Scene, plan: SlotPlan, places: Places, edges: list[tuple[float, float]]
) -> tuple[dict[int, RouteLine], dict[int, Point]]:
    """Return the way of each arrow and the center of its label, as (depth, across)."""
    lines, labels = {}, {}
    chains = _chains(places)
    for number, arrow in enumerate(scene.arrows):
        if number in plan.turned:
            down = _way(scene, places, edges, chains[number, 0], number, 0)
            up = _way(scene, places, edges, chains[number, 1], number, 1)
            turn = places.rows.slots[chains[number, 0][0][0]]
            low, high = edges[turn.row]
            middle = (low + high) / 2
            first, second = down.points[0][1], up.points[0][1]
            corner = np.array([(middle, first), (middle, second)])
            points = np.concatenate([down.points[::-1], corner, up.points])
            codes = (*_reversed(down.codes), STRAIGHT, STRAIGHT, STRAIGHT, *up.codes[1:])
            lines[number] = RouteLine(points, codes)
            labels[number] = middle, (first + second) / 2
        elif (number, 0) in chains:
            line = _way(scene, places, edges, chains[number, 0], number, 0)
            goes_up = chains[number, 0][0][0] == places.rows.home[arrow.source]
            lines[number] = line if goes_up else RouteLine(line.points[::-1], _reversed(line.codes))
            for low_slot, _ in chains[number, 0][1:]:
                slot = places.rows.slots[low_slot]
                if slot.labeled:
                    labels[number] = sum(edges[slot.row]) / 2, float(places.cross[low_slot])
    for _, _, number in places.rows.neighbors:
        line = _beside(scene, places, edges, number)
        lines[number] = line
        if scene.arrows[number].label:
            a, b = line.points
            # The middle of what is left of the line next to its head.
            labels[number] = float(a[0]), float(a[1] + b[1] - np.sign(b[1] - a[1]) * HEAD) / 2
    return lines, labels


def _chains(places: Places) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return the links of each leg of each arrow, from below."""
    chains: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for links in places.rows.links:
        for low, high, number, leg in links:
            chains.setdefault((number, leg), []).append((low, high))
    return chains


def _reversed(codes: tuple[int, ...]) -> tuple[int, ...]:
    return (codes[0], *codes[:0:-1])


def _face(
    scene: Scene, places: Places, edges: list[tuple[float, float]], slot: int, arrow: int, side: int
) -> float:
    """Return where along the depth a line leaves what stands in a slot."""
    place = places.rows.slots[slot]
    low, high = edges[place.row]
    if place.arrow is not None:
        return high if side > 0 else low
    ends = scene.arrows[arrow].source, scene.arrows[arrow].target
    name = ERROR if place.name == scene.output and ERROR in ends else place.name
    return (low + high) / 2 + side * places.sizes[name][0] / 2


def _way(
    scene: Scene,
    places: Places,
    edges: list[tuple[float, float]],
    chain: list[tuple[int, int]],
    arrow: int,
    leg: int,
) -> RouteLine:
    """Return a path through the links of a chain, from below."""
    points: list[Point] = []
    codes: list[int] = []
    slots = places.rows.slots
    for number, (low, high) in enumerate(chain):
        first, last = number == 0, number == len(chain) - 1
        v0, v1 = port(places, low, 1, arrow, leg), port(places, high, -1, arrow, leg)
        start = _face(scene, places, edges, low, arrow, 1)
        end = _face(scene, places, edges, high, arrow, -1)
        below, above = edges[slots[low].row][1], edges[slots[high].row][0]
        # Heads of arrows stand straight on blocks.
        below += HEAD * (slots[low].arrow is None)
        above -= HEAD * (slots[high].arrow is None)
        if first:
            points.append((start, v0))
            codes.append(MOVE)
        points += [(below, v0), *_curve(below, v0, above, v1)]
        codes += [STRAIGHT, *[CURVE] * 3]
        if last:
            points.append((end, v1))
            codes.append(STRAIGHT)
    return RouteLine(np.array(points), tuple(codes))


def _curve(u0: float, v0: float, u1: float, v1: float) -> list[Point]:
    middle = (u0 + u1) / 2
    return [(middle, v0), (middle, v1), (u1, v1)]


def _beside(
    scene: Scene, places: Places, edges: list[tuple[float, float]], number: int
) -> RouteLine:
    """Return the straight line between two blocks of a row."""
    arrow = scene.arrows[number]
    a, b = (places.rows.home[name] for name in (arrow.source, arrow.target))
    side = 1.0 if places.cross[b] > places.cross[a] else -1.0
    middle = sum(edges[places.rows.slots[a].row]) / 2
    ends = []
    for slot, sign in ((a, side), (b, -side)):
        ends.append((middle, float(places.cross[slot]) + sign * places.rows.slots[slot].cross / 2))
    return RouteLine(np.array(ends), (MOVE, STRAIGHT))
