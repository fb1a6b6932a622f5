"""How each kind of edge looks: color for the direction, dashes for where the weights come from."""

from __future__ import annotations

from typing import Any, NamedTuple

from neurochannel.plot.layout.palette import COLORS

FORWARD, CHANNEL = COLORS[1], COLORS[2]


class Look(NamedTuple):
    """A line: its color, dashes and width in points, and whether it is drawn double."""

    words: str
    color: str
    dashes: Any
    width: float = 1.2
    double: bool = False


LOOKS = {
    "forward": Look("forward", FORWARD, "-"),
    "frozen": Look("forward, frozen", FORWARD, (0, (1, 1.2)), 1.4),
    "tied": Look("tied channel", CHANNEL, "-"),
    "tied_product": Look("tied product channel", CHANNEL, "-", 2.6, True),
    "random": Look("random channel", CHANNEL, (0, (2.4, 1.2))),
    "adaptive": Look("adaptive channel", CHANNEL, (0, (3, 0.9, 0.9, 0.9))),
    "redrawn": Look("redrawn channel", CHANNEL, (0, (1, 1.2)), 1.4),
    "concordant": Look("concordant channel", CHANNEL, (0, (5, 1.2))),
    "concordant_redrawn": Look(
        "concordant redrawn channel", CHANNEL, (0, (1.7, 0.9, 0.9, 0.9, 0.9, 0.9))
    ),
    "congruent": Look("congruent channel", CHANNEL, (0, (3.2, 0.9, 1.2, 0.9))),
}
"""By the kind of weights of a channel bundle; forward bundles are "forward" or "frozen"."""
