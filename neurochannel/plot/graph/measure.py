"""How wide texts are, without a renderer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from neurochannel.plot.style import FONT_SIZE, POINTS

SMALL = FONT_SIZE - 1.0
"""Size of labels beside arrows and of second lines, points."""
LINE = 1.3
"""Distance of lines of text in sizes of the font."""


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Return the width of a line of text in inches, as the widest renderer draws it."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans")
    across = TextPath((0, 0), text, size=size, prop=font).vertices[:, 0]
    # Renderers that round to whole pixels draw letters a little wider than the font says.
    return float(1.06 * (across.max() - across.min()) / POINTS)


def widest(lines: Sequence[str], size: float = FONT_SIZE) -> float:
    """Return the width of the widest line in inches."""
    return max((text_width(line, size) for line in lines), default=0.0)


def line_height(size: float) -> float:
    """Return the height that a line of text takes, inches."""
    return LINE * size / POINTS


def elided(text: str, room: float, size: float = FONT_SIZE) -> str:
    """Return the text, or its two ends joined by an ellipsis if it is wider than the room."""
    if text_width(text, size) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head, tail = text[: kept - kept // 3], text[len(text) - kept // 3 :]
        if text_width(f"{head}…{tail}", size) <= room:
            return f"{head}…{tail}"
    return text[:1] + "…"
