"""What the pages with verdicts have in common: signs, links, counts, and how they are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from neurochannel.atomic import write_whole
from neurochannel.plot import save
from neurochannel.study.statistics import Verdict

COLORS = 64
SIGNS: dict[Verdict, str] = {
    "holds": "holds",
    "does not hold": "**does not hold**",
    "undecided": "*undecided*",
}


def link(heading: str) -> str:
    """Return a Markdown link to a heading of the same page."""
    anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"[{heading}](#{anchor})"


def count(verdicts: Iterable[Verdict], signs: Iterable[Verdict] = tuple(SIGNS)) -> str:
    """Return how many statements there are, and how many of each verdict."""
    found = Counter(verdicts)
    told = ", ".join(f"{verdict}: {found[verdict]}" for verdict in signs)
    return f"Statements: {found.total()}; {told}."


def publish_page(folder: Path, name: str, text: str, figures: Mapping[str, Figure | Path]) -> Path:
    """Write `name`.md into a folder and its figures into images/`name` there; return its path.

    A figure may be a file that holds it; of a PNG a copy with fewer colors is written. Older
    figures that the page no longer has are removed.
    """
    images = folder / "images" / name
    images.mkdir(parents=True, exist_ok=True)
    for file, figure in figures.items():
        if isinstance(figure, Path):
            write_whole(images / file, _small(figure))
        else:
            save(figure, images / file)
    for path in images.iterdir():
        if path.name not in figures:
            path.unlink()
    target = folder / f"{name}.md"
    write_whole(target, text.encode())
    return target


def _small(path: Path) -> bytes:
    if path.suffix != ".png":
        return path.read_bytes()
    from PIL import Image

    made = BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLORS).save(made, "png", optimize=True)
    return made.getvalue()
