"""Figures with panels side by side, laid out in inches and without a display."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLUMN = 3.5
"""Width of a journal column, inches."""
LEFT, BOTTOM, TOP, BETWEEN = 0.58, 0.40, 0.12, 0.62


def make_panels(n: int, height: float, right: float, top: float = TOP) -> tuple[Figure, list[Axes]]:
    """Return a figure with n panels in a row.

    Parameters
    ----------
    height
        Of the figure, inches.
    right
        Inches to the right of the last panel, for labels.
    top
        Inches above the panels, for titles.
    """
    total = COLUMN * n if n > 1 else COLUMN + max(0.0, right - 0.6)
    width = (total - LEFT - right - BETWEEN * (n - 1)) / n
    figure = Figure(figsize=(total, height))
    panels = [
        figure.add_axes(
            (
                (LEFT + number * (width + BETWEEN)) / total,
                BOTTOM / height,
                width / total,
                (height - BOTTOM - top) / height,
            )
        )
        for number in range(n)
    ]
    return figure, panels
