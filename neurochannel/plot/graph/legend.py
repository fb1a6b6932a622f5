"""What the lines and shapes of a drawing mean: only those that it uses."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from neurochannel.plot.graph.ink import GRAY, Page
from neurochannel.plot.layout.arrange import Box
from neurochannel.plot.layout.looks import LOOKS
from neurochannel.plot.layout.routes import MOVE, STRAIGHT, RouteLine
from neurochannel.plot.layout.scene import Block, Scene
from neurochannel.plot.layout.text_widths import SMALL, line_height, text_width

SAMPLE = 0.34
"""Length of a sample of a line, inches."""
WORDS = {
    "k": "k  edges per receiver",
    "p": "p  fraction of edges",
    "Δ": "Δ  weight changes",
    "μ": "μ  momentum",
    "λ": "λ  decay",
    "η": "η  learning rate",
    "f′": "f′  slope of the receiver",
    "b:": "b  biases",
    "J:": "J  sum received",
    "R:": "R  learning signal",
}
HEIGHT = line_height(SMALL) + 0.02
COLUMN_GAP = 0.14


class LegendEntry(NamedTuple):
    """A sample, the key of a look or "relay" or none, and what it means."""

    sample: str
    words: str

    @property
    def width(self) -> float:
        """Width in inches."""
        return text_width(self.words, SMALL) + (SAMPLE + 0.06 if self.sample else 0.0)


def entries_of(
    scene: Scene, *, weighted: bool = False, neurons: bool = False, signed: bool = False
) -> list[LegendEntry]:
    """Return what needs to be explained.

    Parameters
    ----------
    weighted
        Whether the width of lines shows the weights of bundles.
    neurons
        Whether single neurons are drawn, without labels.
    signed
        Whether lines show single weights and their signs, so that dashes say nothing else.
    """
    used = {arrow.look for arrow in scene.arrows}
    if signed:
        used = {"forward"} | ({"tied"} if used - {"forward", "frozen"} else set())
        plain = {"forward": "forward", "tied": "channel"}
        entries = [LegendEntry(look, words) for look, words in plain.items() if look in used]
        return [*entries, LegendEntry("", "width: |weight|, dashed: negative")]
    entries = [LegendEntry(look, LOOKS[look].words) for look in LOOKS if look in used]
    if neurons:
        return entries
    if any(block.shape == "relay" for block in scene.blocks.values()):
        entries.append(LegendEntry("relay", "relay (channel only)"))
    if weighted:
        entries.append(LegendEntry("", "width: root mean square weight"))
    lines = [line for arrow in scene.arrows for line in arrow.label]
    lines += [line for block in scene.blocks.values() for line in block.lines[1:]]
    words_used = {word for line in lines for word in re.findall(r"[^ ,]+", line)}
    for sign, words in WORDS.items():
        if sign in words_used:
            entries.append(LegendEntry("", words))
    return entries


class Legend:
    """Entries in as many columns as the width holds, from the top."""

    def __init__(self, entries: list[LegendEntry], width: float) -> None:
        self.entries = entries
        self.places: list[tuple[float, int]] = []
        columns = next(
            (n for n in range(len(entries), 0, -1) if sum(self._columns(n)) <= width - 0.12), 1
        )
        sizes = self._columns(columns)
        left = (width - sum(sizes) + COLUMN_GAP) / 2
        for number in range(len(entries)):
            row, column = divmod(number, columns)
            self.places.append((left + sum(sizes[:column]), row))
        self.height = (-(-len(entries) // columns)) * HEIGHT + 0.08

    def _columns(self, n: int) -> list[float]:
        groups = [self.entries[start::n] for start in range(n)]
        return [max((e.width for e in group), default=0.0) + COLUMN_GAP for group in groups]

    def draw(self, page: Page) -> None:
        """Draw all at the bottom of the page."""
        for entry, (x, row) in zip(self.entries, self.places, strict=True):
            y = self.height - 0.04 - (row + 0.5) * HEIGHT
            start = x
            if entry.sample == "relay":
                box = Box(x + SAMPLE / 2, y, SAMPLE, 0.11)
                page.shape(Block("", (), "relay", SAMPLE, 0.11), box)
            elif entry.sample:
                ends = np.array([(x, y), (x + SAMPLE, y)])
                page.line(RouteLine(ends, (MOVE, STRAIGHT)), entry.sample, head=True)
            if entry.sample:
                start += SAMPLE + 0.06
            page.text(start, y, entry.words, SMALL, ha="left", color=GRAY)
