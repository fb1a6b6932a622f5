"""The drawing of a network for a page: SVG whose edges can be pointed at and reached by keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from neurochannel.model.edges import ERROR
from neurochannel.plot.layout.looks import LOOKS
from neurochannel.plot.layout.plain import (
    PlainBlock,
    PlainDrawing,
    PlainRoute,
    Point,
    plain_drawing,
)
from neurochannel.plot.layout.routes import HEAD
from neurochannel.plot.layout.scene import Pictured
from neurochannel.plot.layout.sheets import DEPTH, Corners, sheets
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS, SMALL, line_height, widest
from neurochannel.reports.blocks import Paragraph, Widget
from neurochannel.reports.page.edge_facts import EdgeFacts

WIDTHS = (7.0, 3.4)
"""Of the drawings for wide and for narrow windows, inches."""
SCALE = 2.2
"""Pixels of the page for each point."""
MOST = 200
"""Populations that are drawn."""
MOST_DESCRIBED = 2000
CROWDED = 60
"""Edges from which on one wide drawing serves all windows, to be scrolled in narrow ones."""
CUT = 0.09


def drawing_of(
    network: Pictured,
    facts: EdgeFacts,
    rms: Mapping[str, float] | None = None,
    name: str = "drawing",
    widths: Sequence[float] = WIDTHS,
) -> Widget:
    """Return both graphs of a network in one drawing.

    Parameters
    ----------
    facts
        What is said of each edge.
    rms
        Root mean square of its weights by the keys of `facts`, which colors it.
    widths
        Of the drawing, inches: for wide windows and for narrow ones, or one for both.
    """
    n_edges = len(network.forward_bundles) + len(network.channel_bundles)
    chosen = widths if n_edges <= CROWDED else widths[:1]
    drawn = list(dict.fromkeys(plain_drawing(network, width) for width in chosen))
    kinds = (
        ("for-wide", "for-narrow")
        if len(drawn) > 1
        else ("crowded",)
        if n_edges > CROWDED
        else ("",)
    )
    parts = [
        f'<div class="wide">{_svg(drawing, network, kind, f"{name}-{number}")}</div>'
        for number, (drawing, kind) in enumerate(zip(drawn, kinds, strict=True))
    ]
    looks = {route.look: LOOKS[route.look].words for route in drawn[0].routes}
    parts.append(_legend(drawn[0], looks))
    shows = f"Populations and edges of {network.name}; each edge can be focused"
    data = {"facts": facts, "rms": None if rms is None else dict(rms)}
    return Widget("drawing", name, shows, data, "".join(parts))


def why_not_drawn(network: Pictured) -> Paragraph | None:
    """Return a sentence for a network that is too large to be drawn."""
    n_blocks, n_edges = len(network.populations), len(network.channel_bundles)
    n_edges += len(network.forward_bundles)
    if n_blocks <= MOST and n_edges <= MOST_DESCRIBED:
        return None
    return Paragraph(
        f"Not drawn: {n_blocks:,} populations and {n_edges:,} bundles of edges are more than "
        f"{MOST} and {MOST_DESCRIBED:,}."
    )


def _svg(drawing: PlainDrawing, network: Pictured, kind: str, name: str) -> str:
    width, height = drawing.width * POINTS, drawing.height * POINTS
    page, shows = _Paper(drawing.height), f"Drawing of {escape(network.name)}"
    parts = [_next_to(drawing, network, page)]
    parts += [_route(route, page) for route in drawing.routes]
    parts += [_block(block, page) for block in drawing.blocks]
    return (
        f'<svg class="net {kind}" id="{escape(name)}" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'width="{SCALE * width:.0f}" role="group" aria-label="{shows}">{"".join(parts)}</svg>'
    )


class _Paper:
    """Points of a page whose origin is its upper left corner, as SVG has it."""

    def __init__(self, height: float) -> None:
        self._height = height

    def at(self, point: Point) -> tuple[float, float]:
        return point[0] * POINTS, (self._height - point[1]) * POINTS

    def text(self, point: Point) -> str:
        x, y = self.at(point)
        return f"{x:.1f} {y:.1f}"


def _next_to(drawing: PlainDrawing, network: Pictured, page: _Paper) -> str:
    """Return the line that joins the output and what the channel starts from."""
    at = {block.name: (block.x, block.y) for block in drawing.blocks}
    if ERROR not in at:
        return ""
    ends = f"M{page.text(at[network.output])}L{page.text(at[ERROR])}"
    return f'<path class="tie channel-part" d="{ends}"/>'


def _route(route: PlainRoute, page: _Paper) -> str:
    points = [route.start, *(point for segment in route.segments for point in segment)]
    tip, before = page.at(points[-1]), page.at(points[-2])
    long = max(((tip[0] - before[0]) ** 2 + (tip[1] - before[1]) ** 2) ** 0.5, 1e-9)
    along = (tip[0] - before[0]) / long, (tip[1] - before[1]) / long
    head = HEAD * POINTS
    end = f"{tip[0] - 0.9 * head * along[0]:.2f} {tip[1] - 0.9 * head * along[1]:.2f}"
    way = f"M{page.text(route.start)}"
    for number, segment in enumerate(route.segments):
        places = [page.text(point) for point in segment]
        if number == len(route.segments) - 1:
            places[-1] = end
        way += ("C" if len(segment) == 3 else "L") + " ".join(places)
    dashes = " ".join(f"{part * route.line_width:.2f}" for part in route.dashes)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    inner = f'<path class="inner" d="{way}" stroke-width="{0.45 * route.line_width:.2f}"/>'
    label = _label(route, page) if route.label_at else ""
    name = escape(route.name)
    return (
        f'<g class="edge {route.kind} {route.kind}-part" data-edge="{route.kind}: {name}" '
        f'tabindex="0" role="button" aria-label="{route.kind} edge {name}">'
        f'<path class="hit" d="{way}"/>'
        f'<path class="line" d="{way}" stroke-width="{route.line_width:.2f}"{dashed}/>'
        f"{inner if route.double else ''}"
        f'<polygon class="head" points="{_head(tip, along, head)}"/>{label}</g>'
    )


def _head(tip: Point, along: Point, head: float) -> str:
    back = tip[0] - along[0] * head, tip[1] - along[1] * head
    aside = -along[1] * 0.38 * head, along[0] * 0.38 * head
    corners = [tip, *((back[0] + s * aside[0], back[1] + s * aside[1]) for s in (1, -1))]
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)


def _label(route: PlainRoute, page: _Paper) -> str:
    assert route.label_at is not None
    x, y = page.at(route.label_at)
    height, n = line_height(SMALL) * POINTS, len(route.label)
    width = (widest(route.label, SMALL) + 0.02) * POINTS
    back = (
        f'<rect class="paper" x="{x - width / 2:.2f}" y="{y - n * height / 2:.2f}" '
        f'width="{width:.2f}" height="{n * height:.2f}"/>'
    )
    lines = (
        f'<text class="small" x="{x:.2f}" y="{y + (i - (n - 1) / 2) * height:.2f}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(route.label)
    )
    return back + "".join(lines)


def _block(block: PlainBlock, page: _Paper) -> str:
    x, y = page.at((block.x - block.width / 2, block.y + block.height / 2))
    w, h = block.width * POINTS, block.height * POINTS
    if block.shape == "relay":
        c = min(CUT * POINTS, h / 2)
        corners = [(c, 0), (w - c, 0), (w, h / 2), (w - c, h), (c, h), (0, h / 2)]
        points = " ".join(f"{x + a:.2f},{y + b:.2f}" for a, b in corners)
        shape = f'<polygon points="{points}"/>'
    elif block.shape == "maps":
        parts = sheets(
            block.x - block.width / 2, block.y - block.height / 2, block.width, block.height
        )
        shape = "".join(_polygon(corners, page) for corners in parts)
    else:
        rounded = f' rx="{0.45 * min(w, h):.2f}"' if block.shape == "error" else ""
        shape = f'<rect x="{x:.2f}" y="{y:.2f}" width="{w:.2f}" height="{h:.2f}"{rounded}/>'
    kind = {"error": "start", "maps": "population maps"}.get(block.shape, block.shape)
    part = "" if block.shape in ("population", "maps") else " channel-part"
    aside = DEPTH / 2 * POINTS if block.shape == "maps" else 0.0
    return (
        f'<g class="block {kind}{part}" data-block="{escape(block.name)}">'
        f"<title>{escape(block.name)}</title>{shape}"
        f"{_lines(block, x + w / 2 - aside, y + h / 2 + aside)}</g>"
    )


def _polygon(corners: Corners, page: _Paper) -> str:
    points = " ".join(page.text(corner).replace(" ", ",") for corner in corners)
    return f'<polygon points="{points}"/>'


def _lines(block: PlainBlock, x: float, y: float) -> str:
    heights = [line_height(SMALL if i else FONT_SIZE) * POINTS for i in range(len(block.lines))]
    top = y - sum(heights) / 2
    return "".join(
        f'<text{" class=" + chr(34) + "small" + chr(34) if i else ""} x="{x:.2f}" '
        f'y="{top + sum(heights[:i]) + heights[i] / 2:.2f}">{escape(line)}</text>'
        for i, line in enumerate(block.lines)
    )


def _legend(drawing: PlainDrawing, looks: dict[str, str]) -> str:
    kinds = {route.look: route for route in drawing.routes}
    items = []
    for look, words in looks.items():
        route = kinds[look]
        dashes = " ".join(f"{part * route.line_width:.2f}" for part in route.dashes)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        way = f'd="M0 5H34" stroke-width="{route.line_width}"'
        inner = f'<path class="inner" d="M0 5H34" stroke-width="{0.45 * route.line_width:.2f}"/>'
        items.append(
            f'<li><svg viewBox="0 0 34 10" width="51" aria-hidden="true" class="edge {route.kind}">'
            f'<path class="line" {way}{dashed}/>{inner if route.double else ""}</svg> '
            f"{escape(words)}</li>"
        )
    if any(block.shape == "relay" for block in drawing.blocks):
        items.append("<li>hexagon: relay, in the channel only</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'
