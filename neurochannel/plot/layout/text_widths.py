"""How wide texts are, from a table of DejaVu Sans: without a font, a renderer or matplotlib."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

FONT_SIZE = 8.0
"""Size of text in figures, points."""
SMALL = FONT_SIZE - 1.0
"""Size of labels next to arrows and of second lines, points."""
POINTS = 72.0
"""Points in an inch."""
LINE = 1.3
"""Distance of lines of text in sizes of the font."""
ROUNDING = 1.06
"""Renderers that round to whole pixels draw letters a little wider than the font says."""

ADVANCES = {
    227: "′",
    275: "'",
    278: "ijl",
    295: "I",
    318: " ,.·",
    337: "/:;\\|",
    352: "f",
    361: "-",
    390: "()[]",
    392: "t",
    401: "!",
    411: "r",
    460: '"',
    500: "*_`–",
    521: "s",
    525: "z",
    531: "?",
    550: "c",
    557: "L",
    575: "F",
    579: "k",
    592: "vxyγ",
    603: "P",
    611: "TY",
    612: "o",
    613: "a",
    615: "e",
    632: "EΣ",
    634: "hnuη",
    636: "$0123456789{}µμ",
    630: "ß",
    635: "Sbdgpqρ",
    638: "β",
    656: "K",
    659: "α",
    684: "AVΔ",
    685: "XZ",
    686: "B",
    695: "R",
    698: "C",
    732: "U",
    748: "N",
    752: "H",
    770: "D",
    775: "G",
    780: "&",
    787: "OQ",
    818: "w",
    838: "#+<=>^~±×−→",
    863: "M",
    950: "%",
    974: "m",
    989: "W",
    1000: "@…—",
}
"""Letters by how far each moves the pen, thousandths of the size of the font."""
BY_LETTER = {letter: advance / 1000 for advance, letters in ADVANCES.items() for letter in letters}
UNLISTED = 1.1
"""For letters that are not in the table: as wide as all but very few."""


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Return the width of a line of text in inches, at least that of the widest renderer."""
    if not text.strip():
        return 0.0
    return ROUNDING * size / POINTS * sum(map(_advance, text))


def _advance(letter: str) -> float:
    if letter in BY_LETTER:
        return BY_LETTER[letter]
    if unicodedata.combining(letter):
        return 0.0
    # Accents make no letter wider: é is as wide as e.
    return BY_LETTER.get(unicodedata.normalize("NFD", letter)[0], UNLISTED)


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
