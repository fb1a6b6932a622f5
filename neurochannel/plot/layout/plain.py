"""A drawing of a network as plain data, for programs that draw it themselves, such as web pages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from neurochannel.plot.layout.arrange import arrange
from neurochannel.plot.layout.looks import LOOKS
from neurochannel.plot.layout.routes import CURVE, RouteLine
from neurochannel.plot.layout.scene import Pictured, Shape, scene_of

COLUMN = 3.5
Point = tuple[float, float]


@dataclass(frozen=True)
class PlainBlock:
    """A population, relay or `error`: its center and extents, and lines of text, the name first."""

    name: str
    shape: Shape
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class PlainRoute:
    """A bundle of edges on its way from source to target.

    Parameters
    ----------
    start
        Where it begins.
    segments
        What follows: one point for a straight segment; two handles and an end for a cubic one.
        The last point is the tip of the arrow.
    look, color, dashes, line_width, double
        The kind of weights, and how it is drawn: lengths of strokes and gaps in line widths, none
        for a whole line; points; and whether the line is double.
    label, label_at
        Lines of text, and their center; None without a label.
    """

    name: str
    source: str
    target: str
    kind: Literal["forward", "channel"]
    start: Point
    segments: tuple[tuple[Point, ...], ...]
    look: str
    color: str
    dashes: tuple[float, ...]
    line_width: float
    double: bool
    label: tuple[str, ...]
    label_at: Point | None


@dataclass(frozen=True)
class PlainDrawing:
    """All of a drawing: inches, x to the right and y upward from the lower left corner."""

    width: float
    height: float
    blocks: tuple[PlainBlock, ...]
    routes: tuple[PlainRoute, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return dicts, tuples, texts and floats only, as `json.dumps` takes them."""
        return asdict(self)


def plain_drawing(network: Pictured, width: float = COLUMN) -> PlainDrawing:
    """Return where the blocks and arrows of a network go, without drawing them.

    Parameters
    ----------
    network
        Any; its populations become blocks.
    width
        Of the page, inches. A network that needs more is returned as wide as it must be.
    """
    scene = scene_of(network)
    layout = arrange(scene, width)
    blocks = []
    for name, block in scene.blocks.items():
        x, y, w, h = (float(getattr(layout.boxes[name], f)) for f in ("x", "y", "width", "height"))
        blocks.append(PlainBlock(name, block.shape, x, y, w, h, block.lines))
    routes = []
    for number, arrow in enumerate(scene.arrows):
        start, segments = _segments(layout.lines[number])
        look = LOOKS[arrow.look]
        dashes = () if look.dashes == "-" else tuple(float(part) for part in look.dashes[1])
        at = layout.labels.get(number)
        routes.append(
            PlainRoute(
                name=arrow.name,
                source=arrow.source,
                target=arrow.target,
                kind=arrow.kind,
                start=start,
                segments=segments,
                look=arrow.look,
                color=look.color,
                dashes=dashes,
                line_width=look.width,
                double=look.double,
                label=arrow.label,
                label_at=None if at is None else (float(at[0]), float(at[1])),
            )
        )
    return PlainDrawing(float(layout.width), float(layout.height), tuple(blocks), tuple(routes))


def _segments(line: RouteLine) -> tuple[Point, tuple[tuple[Point, ...], ...]]:
    points: list[Point] = [(float(x), float(y)) for x, y in line.points]
    segments, number = [], 1
    while number < len(points):
        taken = 3 if line.codes[number] == CURVE else 1
        segments.append(tuple(points[number : number + taken]))
        number += taken
    return points[0], tuple(segments)
