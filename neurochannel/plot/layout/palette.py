"""Colors of all figures, which color-blind readers tell apart."""

from __future__ import annotations

COLORS = (
    "#000000",
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C8C8C",
)
"""After Okabe & Ito (2008), with gray instead of yellow, which is too faint on white."""
INK = "#222222"
FAINT = "#DDDDDD"
