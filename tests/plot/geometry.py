"""What a drawing covers, as the renderer sees it: texts, blocks and lines, in inches."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox

SLACK = 0.012
"""A pixel: what may touch without being an overlap."""


class Thing(NamedTuple):
    """A text: what it says, the line that it labels or nothing, and where it is."""

    what: str
    of: str
    box: Bbox


class Drawn(NamedTuple):
    """A line: the key of its look, its bundle, and points from its source to its target."""

    look: str
    bundle: str
    points: np.ndarray

    @property
    def name(self) -> str:
        return f"{self.look}: {self.bundle}"


def texts(figure: Figure) -> list[Thing]:
    found = [text for axes in figure.axes for text in axes.texts if text.get_text().strip()]
    boxes = [_inches(figure, text.get_window_extent()) for text in found]
    return [
        Thing(text.get_text(), text.get_gid() or "", box)
        for text, box in zip(found, boxes, strict=True)
    ]


def blocks(figure: Figure) -> dict[str, Bbox]:
    """Blocks by name, without that of the legend, which has none."""
    named = {(patch.get_gid() or ""): patch for patch in figure.axes[0].patches}
    return {
        gid.removeprefix("block "): _inches(figure, patch.get_window_extent())
        for gid, patch in named.items()
        if gid.startswith("block ") and gid != "block "
    }


def lines(figure: Figure) -> list[Drawn]:
    """All lines; those of the legend belong to no bundle and are left out."""
    scale = figure.get_size_inches()[0] / figure.axes[0].get_xlim()[1]
    named = [(patch.get_gid() or "", patch) for patch in figure.axes[0].patches]
    return [
        Drawn(*gid.split(": "), scale * sampled(patch.get_path()))
        for gid, patch in named
        if isinstance(patch, PathPatch) and " -> " in gid
    ]


def sampled(path: Path, n: int = 40) -> np.ndarray:
    """Points along a path, n on each straight or cubic part."""
    t = np.linspace(0, 1, n)[:, None]
    vertices, codes = path.vertices, list(path.codes)
    points, i = [vertices[:1]], 1
    while i < len(codes):
        start = vertices[i - 1]
        if codes[i] == Path.CURVE4:
            a, b, c = vertices[i : i + 3]
            curve = (1 - t) ** 3 * start + 3 * t * (1 - t) ** 2 * a + 3 * t**2 * (1 - t) * b
            points.append(curve + t**3 * c)
            i += 3
        else:
            points.append(start + t * (vertices[i] - start))
            i += 1
    return np.concatenate(points)


def _inches(figure: Figure, box: Bbox) -> Bbox:
    return Bbox(box.get_points() / figure.dpi)


def overlaps(a: Bbox, b: Bbox) -> bool:
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return wide > SLACK and high > SLACK


def enters(points: np.ndarray, box: Bbox) -> bool:
    low, high = box.get_points()
    return bool(np.any(np.all((points > low + SLACK) & (points < high - SLACK), axis=1)))


def within(inner: Bbox, outer: Bbox) -> bool:
    low = np.all(inner.get_points()[0] >= outer.get_points()[0] - SLACK)
    return bool(low and np.all(inner.get_points()[1] <= outer.get_points()[1] + SLACK))


def faults(figure: Figure) -> list[str]:
    """Say what overlaps: texts, blocks, lines through blocks, lines through labels of others."""
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    page, found = Bbox([[0, 0], [width, height]]), []
    names, boxes, ways = texts(figure), blocks(figure), lines(figure)
    for a, b in combinations(names, 2):
        if overlaps(a.box, b.box):
            found.append(f"text '{a.what}' over text '{b.what}'")
    for (a, box), (b, other) in combinations(boxes.items(), 2):
        if overlaps(box, other):
            found.append(f"block '{a}' over block '{b}'")
    for text, _, box in names:
        if not within(box, page):
            found.append(f"text '{text}' off the page")
        for name, block in boxes.items():
            if overlaps(box, block) and not within(box, block):
                found.append(f"text '{text}' over the edge of block '{name}'")
    for line in ways:
        for name, box in boxes.items():
            if enters(line.points, box):
                found.append(f"line '{line.name}' through block '{name}'")
        for text, of, box in names:
            if of != line.name and enters(line.points, box):
                found.append(f"line '{line.name}' through '{text}' of '{of}'")
    return found
