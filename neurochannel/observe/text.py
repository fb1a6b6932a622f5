"""Tables and paragraphs as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 100
"""Columns of a terminal that a report may take."""


def table_text(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int] = (),
    whole: Sequence[int] = (),
    width: int = WIDTH,
) -> str:
    """Return a table; what does not fit into the width goes on in the next line of its column.

    Parameters
    ----------
    numbers
        Columns that are aligned to the right and never cut.
    whole
        Other columns that are never cut.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, title in enumerate(titles):
        right = column in numbers
        table.add_column(
            title,
            justify="right" if right else "left",
            no_wrap=right or column in whole,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(highlight=False, width=width, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def paragraph(text: str, indent: str = "  ", width: int = WIDTH) -> str:
    """Return text in lines no longer than the width; all but the first begin with the indent."""
    return textwrap.fill(
        text, width, subsequent_indent=indent, break_long_words=True, break_on_hyphens=False
    )
