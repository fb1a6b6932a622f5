"""Reports as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from neurochannel.reports.blocks import (
    Block,
    Code,
    Document,
    Item,
    Items,
    Paragraph,
    Section,
    TableBlock,
)

WIDTH = 100
"""Columns of a terminal that a report may take."""
ANY_WIDTH = 100_000
"""For tables that are as wide as their content."""

MARKS = {"passed": "passed", "failed": "FAILED"}


def text_of_document(document: Document, width: int = WIDTH) -> str:
    """Return a report as text: sections between empty lines, none of them empty."""
    parts = [
        paragraph(document.title, width=width),
        *(_section(section, width) for section in document.sections),
    ]
    return "\n\n".join(part for part in parts if part)


def _section(section: Section, width: int) -> str:
    head = ": ".join(part for part in (section.title, section.note) if part)
    blocks = (text for block in section.blocks for text in _block(block, width))
    parts = [paragraph(head, width=width), *blocks]
    return "\n".join(part for part in parts if part)


def _block(block: Block, width: int) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield paragraph(block.text, width=width)
    elif isinstance(block, TableBlock):
        parts = _parts(block, width) if block.parted else [block]
        yield "\n\n".join(table_text(part, width) for part in parts)
    elif isinstance(block, Code):
        yield block.text.rstrip()
    elif isinstance(block, Items):
        yield from (_item(item, width) for item in block.items)


def _item(item: Item, width: int) -> str:
    detail = f": {item.detail}" if item.detail else ""
    if item.look not in MARKS:
        return paragraph(f"  - {item.text}{detail}", "    ", width)
    lines = [f"  {MARKS[item.look]}  {item.text}", *([" " * 10 + item.detail] if detail else [])]
    return "\n".join(paragraph(line, " " * 10, width) for line in lines)


def _parts(table: TableBlock, width: int) -> list[TableBlock]:
    """Divide columns into groups that fit next to the first column."""
    columns = list(zip(table.titles, *table.rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    groups: list[list[int]] = [[]]
    left = width - widths[0]
    for place in range(1, len(columns)):
        if widths[place] + 2 > left and groups[-1]:
            groups.append([])
            left = width - widths[0]
        groups[-1].append(place)
        left -= widths[place] + 2
    return [_chosen(table, [0, *group]) for group in groups]


def _chosen(table: TableBlock, columns: list[int]) -> TableBlock:
    return TableBlock(
        [table.titles[column] for column in columns],
        [[row[column] for column in columns] for row in table.rows],
        [place for place, column in enumerate(columns) if column in table.numbers],
        [place for place, column in enumerate(columns) if column in table.whole],
    )


def table_text(table: TableBlock, width: int = WIDTH) -> str:
    """Return a table; what does not fit into the width continues in the next line of its column."""
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    headed = any(table.titles)
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=headed)
    for column, title in enumerate(table.titles):
        right = column in table.numbers
        grid.add_column(
            Text(title),
            justify="right" if right else "left",
            no_wrap=right or column in table.whole or width == ANY_WIDTH,
            overflow="fold",
        )
    for row in table.rows:
        grid.add_row(*map(Text, row))
    # In a notebook rich would show an empty block for what is only captured.
    console = Console(highlight=False, width=width, color_system=None, force_jupyter=False)
    with console.capture() as captured:
        console.print(grid)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def paragraph(text: str, indent: str = "  ", width: int = WIDTH) -> str:
    """Return text in lines no longer than the width; all but the first begin with the indent."""
    return textwrap.fill(
        text, width, subsequent_indent=indent, break_long_words=True, break_on_hyphens=False
    )
