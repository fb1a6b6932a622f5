"""Populations of maps as stacked sheets: one in front, of those behind it what can be seen."""

from __future__ import annotations

STEP = 0.035
"""Inches from one sheet to the next, to the right and upward."""
BEHIND = 2
DEPTH = BEHIND * STEP
"""By how much a stack is wider and higher than its front sheet."""

Corners = list[tuple[float, float]]


def sheets(x: float, y: float, width: float, height: float) -> list[Corners]:
    """Return the corners of the front sheet, then of what is seen of those behind it.

    Parameters
    ----------
    x, y
        The lower left corner of the stack; y points upward.
    width, height
        Of the whole stack.
    """
    w, h = width - DEPTH, height - DEPTH
    found = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)]]
    for number in range(1, BEHIND + 1):
        near, far = (number - 1) * STEP, number * STEP
        found.append(
            [
                (x + far, y + h + near),
                (x + far, y + h + far),
                (x + w + far, y + h + far),
                (x + w + far, y + far),
                (x + w + near, y + far),
                (x + w + near, y + h + near),
            ]
        )
    return found
