"""The look of all figures: colors that color-blind readers tell apart, sizes for a column."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from neurochannel.plot.backend import matplotlib
from neurochannel.plot.layout.palette import COLORS, FAINT, INK
from neurochannel.plot.layout.text_widths import FONT_SIZE

DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))

STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": FONT_SIZE,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": FONT_SIZE,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": FONT_SIZE,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "legend.fontsize": FONT_SIZE,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.solid_capstyle": "round",
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "neurochannel",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "xtick.labelsize": FONT_SIZE - 1,
    "ytick.color": INK,
    "ytick.labelsize": FONT_SIZE - 1,
}


def styled() -> AbstractContextManager[None]:
    """Return a context in which matplotlib draws in this style, whatever the user has set."""
    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **STYLE}
    del settings["backend"]
    context: AbstractContextManager[None] = matplotlib.rc_context(settings)
    return context


def line_style(number: int) -> dict[str, Any]:
    """Return color and dashes of the line of this number; they repeat after 32 lines."""
    return {
        "color": COLORS[number % len(COLORS)],
        "linestyle": DASHES[number // len(COLORS) % len(DASHES)],
    }
