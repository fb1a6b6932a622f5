"""From a scene to coordinates: blocks, lines and labels that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurochannel.model.edges import ERROR
from neurochannel.plot.layout.chains import chain_arrows
from neurochannel.plot.layout.crossings import Ordering, strays
from neurochannel.plot.layout.depth_rows import rows_of
from neurochannel.plot.layout.positions import Places
from neurochannel.plot.layout.routes import GAP, RouteLine, lines_of, row_edges
from neurochannel.plot.layout.scene import Scene
from neurochannel.plot.layout.slots import SlotPlan, SlotRows, rows_for

MARGIN = 0.06


@dataclass(frozen=True)
class Box:
    """A block on the page: center and extents, inches."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """A drawing without ink: everything in inches from the lower left corner.

    Parameters
    ----------
    boxes
        By name of block.
    lines, labels
        By number of arrow: vertices from the source to the target, and centers of labels.
    width, height
        Of all.
    """

    boxes: dict[str, Box]
    lines: dict[int, RouteLine]
    labels: dict[int, tuple[float, float]]
    width: float
    height: float


def arrange(scene: Scene, width: float) -> Layout:
    """Return the layout that fits the width: from left to right if it can, else upward.

    A drawing that is too wide for any layout is returned as wide as it must be.
    """
    layers = rows_of(scene)
    least = sum(max(scene.blocks[name].width for name in row) + GAP for row in layers)
    if len(layers) <= MOST_ACROSS and least <= width:
        across = _ordered(scene, layers, across=True, width=np.inf)
        layout = _layout(scene, *_placed(scene, *across, np.inf))
        if layout.width <= width and layout.height <= 0.75 * width:
            return layout
    needed, best = np.inf, None
    widest = max(map(len, layers))
    for most in (None, *range(min(widest - 1, 6), 0, -1)):
        layers = rows_of(scene, most)
        if most != 1 and max(sum(scene.blocks[n].width for n in row) for row in layers) > width:
            continue
        plan, rows = _ordered(scene, layers, across=False, width=width)
        need = Places(scene, plan, rows, 0.0, width).need() + 2 * MARGIN
        if best is None or need < needed:
            needed, best = need, (plan, rows)
        if need <= width:
            break
    assert best is not None  # one block in each row is always tried
    # Not ordered again for the greater width: that could fill rows until they need still more.
    return _layout(scene, *_placed(scene, *best, max(width, needed)))


MOST_ACROSS = 7
"""Rows of blocks that are drawn from left to right where the page is wide enough."""


def _ordered(
    scene: Scene, layers: list[list[str]], *, across: bool, width: float
) -> tuple[SlotPlan, SlotRows]:
    """Return slots in their final order; arrows within a row that cannot be straight go round."""
    turned: frozenset[int] = frozenset()
    level = {name: row for row, names in enumerate(layers) for name in names}
    level[ERROR] = level[scene.output]
    error_side = {
        number
        for number, arrow in enumerate(scene.arrows)
        if arrow.source == ERROR and level[arrow.target] == level[ERROR]
    }
    straight = chain_arrows(scene)
    while True:
        room = 0.85 * width if np.isfinite(width) else 1.2
        plan = SlotPlan(layers, across, turned, room, straight)
        rows = rows_for(scene, plan)
        Ordering(rows, error_side).improve()
        lost = strays(rows, error_side)
        if not lost:
            return plan, rows
        # One that goes round may leave room for another to be straight.
        turned |= set(sorted(lost)[: (len(lost) + 1) // 2])


def _placed(scene: Scene, plan: SlotPlan, rows: SlotRows, width: float) -> tuple[SlotPlan, Places]:
    low, high = (MARGIN, width - MARGIN) if np.isfinite(width) else (-np.inf, np.inf)
    places = Places(scene, plan, rows, low, high)
    places.settle()
    return plan, places


def _layout(scene: Scene, plan: SlotPlan, places: Places) -> Layout:
    edges = row_edges(places)
    lines, labels = lines_of(scene, plan, places, edges)
    depth = edges[-1][1] + MARGIN
    cross = places.high + MARGIN if np.isfinite(places.high) else places.extent + 2 * MARGIN
    shift = 0.0 if np.isfinite(places.high) else MARGIN

    def page(u: float, v: float) -> tuple[float, float]:
        return (u, cross - (v + shift)) if plan.across else (v + shift, u)

    boxes = {}
    for name, block in scene.blocks.items():
        slot = places.rows.home[name]
        low, high = edges[places.rows.slots[slot].row]
        offset, extent = places.part(slot, name)
        x, y = page((low + high) / 2, float(places.cross[slot]) + offset)
        size = (block.width, extent) if plan.across else (extent, block.height)
        boxes[name] = Box(x, y, *size)
    on_page = {
        number: RouteLine(np.array([page(*point) for point in line.points]), line.codes)
        for number, line in lines.items()
    }
    total = (depth, cross) if plan.across else (cross, depth)
    return Layout(boxes, on_page, {n: page(*at) for n, at in labels.items()}, *total)
