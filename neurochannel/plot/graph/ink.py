"""Ink for a layout: shapes, lines, text and a legend."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from neurochannel.model.edges import ERROR
from neurochannel.plot.layout.arrange import Box, Layout
from neurochannel.plot.layout.looks import CHANNEL, LOOKS
from neurochannel.plot.layout.palette import INK
from neurochannel.plot.layout.routes import HEAD, RouteLine
from neurochannel.plot.layout.scene import Arrow, Block, Scene
from neurochannel.plot.layout.sheets import DEPTH, sheets
from neurochannel.plot.layout.text_widths import FONT_SIZE, SMALL, line_height, widest

FILL, RELAY_FILL = "#EEF3F8", "#FCEFE6"
GRAY = "#666666"


class Page:
    """A figure whose one pair of axes is measured in inches.

    Parameters
    ----------
    scale
        By how much everything on it is made smaller, 1 for not at all.
    """

    def __init__(self, width: float, height: float, scale: float) -> None:
        self.scale = scale
        self.figure = Figure(figsize=(width * scale, height * scale))
        self.axes: Axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(0, height)
        self.axes.set_axis_off()
        self.width, self.height = width, height

    def text(self, x: float, y: float, text: str, size: float = FONT_SIZE, **look: object) -> None:
        """Write one line of text."""
        look = {"ha": "center", "va": "center", **look}
        self.axes.text(x, y, text, fontsize=size * self.scale, **look)  # type: ignore[arg-type]

    def line(
        self, line: RouteLine, look: str, *, head: bool, thickness: float = 1.0, name: str = ""
    ) -> None:
        """Draw a line in the look of a kind of edges, `head` at its end."""
        style, points = LOOKS[look], line.points.copy()
        width = style.width * thickness * self.scale
        if head:
            toward = points[-1] - points[-2]
            toward = toward / max(float(np.hypot(*toward)), 1e-9)
            self._head(points[-1], toward, style.color)
            points[-1] = points[-1] - toward * 0.9 * HEAD
        patch = PathPatch(
            Path(points, line.codes),
            fill=False,
            edgecolor=style.color,
            linewidth=width,
            linestyle=style.dashes,
            capstyle="butt",
            joinstyle="round",
            zorder=2.0,
            gid=f"{look}: {name}",
        )
        self.axes.add_artist(patch)
        if style.double:
            inner = PathPatch(Path(points, line.codes), fill=False, edgecolor="white", zorder=2.1)
            inner.set_linewidth(0.45 * width)
            self.axes.add_artist(inner)

    def _head(self, tip: np.ndarray, toward: np.ndarray, color: str) -> None:
        aside = np.array([-toward[1], toward[0]]) * 0.38 * HEAD
        corners = [tip, tip - toward * HEAD + aside, tip - toward * HEAD - aside]
        # Hollow for the channel, which keeps it apart from the forward edges without color, too.
        fill = "white" if color == CHANNEL else color
        head = Polygon(corners, closed=True, facecolor=fill, edgecolor=color, joinstyle="miter")
        head.set_linewidth(0.7 * self.scale)
        head.set_zorder(2.2)
        self.axes.add_artist(head)

    def shape(self, block: Block, box: Box) -> None:
        """Draw a block with its text."""
        x, y, w, h = box.x - box.width / 2, box.y - box.height / 2, box.width, box.height
        width = 0.9 * self.scale
        patch: Polygon | Rectangle | FancyBboxPatch | PathPatch
        if block.shape == "relay":
            c = min(0.09, h / 2)
            corners = [
                (x + c, y),
                (x + w - c, y),
                (x + w, box.y),
                (x + w - c, y + h),
                (x + c, y + h),
            ]
            patch = Polygon([*corners, (x, box.y)], facecolor=RELAY_FILL, edgecolor=CHANNEL)
        elif block.shape == "error":
            round_style = f"round,pad=0,rounding_size={0.45 * min(w, h)}"
            patch = FancyBboxPatch((x, y), w, h, round_style, facecolor="white", edgecolor=CHANNEL)
        elif block.shape == "maps":
            parts = [Path([*c, c[0]], closed=True) for c in sheets(x, y, w, h)]
            patch = PathPatch(Path.make_compound_path(*parts), facecolor=FILL, edgecolor=INK)
        else:
            patch = Rectangle((x, y), w, h, facecolor=FILL, edgecolor=INK)
        patch.set_linewidth(width)
        patch.set_zorder(3.0)
        patch.set_gid(f"block {block.name}")
        self.axes.add_artist(patch)
        self._lines_of_text(block, box)

    def _lines_of_text(self, block: Block, box: Box) -> None:
        sizes = [SMALL if number else FONT_SIZE for number in range(len(block.lines))]
        heights = [line_height(size) for size in sizes]
        aside = DEPTH / 2 if block.shape == "maps" else 0.0
        top = box.y - aside + sum(heights) / 2
        for number, (line, size) in enumerate(zip(block.lines, sizes, strict=True)):
            y = top - sum(heights[:number]) - heights[number] / 2
            self.text(box.x - aside, y, line, size, color=GRAY if number else INK, zorder=4)

    def label(self, arrow: Arrow, at: tuple[float, float]) -> None:
        """Write the lines of an arrow's label on white."""
        lines, color = arrow.label, LOOKS[arrow.look].color
        height = line_height(SMALL)
        w, h = widest(lines, SMALL) + 0.02, len(lines) * height
        white = Rectangle((at[0] - w / 2, at[1] - h / 2), w, h, facecolor="white", zorder=2.5)
        white.set_linewidth(0)
        self.axes.add_artist(white)
        for number, line in enumerate(lines):
            y = at[1] + ((len(lines) - 1) / 2 - number) * height
            self.text(
                at[0], y, line, SMALL, color=color, zorder=3.5, gid=f"{arrow.look}: {arrow.name}"
            )


def draw_scene(
    page: Page,
    scene: Scene,
    layout: Layout,
    thickness: Mapping[str, float],
    lift: float,
    shift: float,
) -> None:
    """Draw a laid-out scene, so far above the bottom and to the right of the page's corner.

    Parameters
    ----------
    thickness
        Of lines by the kind and name of the bundle, relative; 1 where it is missing.
    """
    by = np.array([shift, lift])
    for number, arrow in enumerate(scene.arrows):
        line = RouteLine(layout.lines[number].points + by, layout.lines[number].codes)
        wide = thickness.get(f"{arrow.kind}: {arrow.name}", 1.0)
        page.line(line, arrow.look, head=True, thickness=wide, name=arrow.name)
        if number in layout.labels:
            x, y = layout.labels[number]
            page.label(arrow, (x + shift, y + lift))
    boxes = {n: Box(b.x + shift, b.y + lift, b.width, b.height) for n, b in layout.boxes.items()}
    if ERROR in boxes:
        ends = [(boxes[name].x, boxes[name].y) for name in (scene.output, ERROR)]
        way = Path(ends, [Path.MOVETO, Path.LINETO])
        page.axes.add_artist(
            PathPatch(way, edgecolor=GRAY, linewidth=0.8 * page.scale, fill=False, zorder=1)
        )
    for name, box in boxes.items():
        page.shape(scene.blocks[name], box)
