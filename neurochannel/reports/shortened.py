"""Reports of large networks: the first rows of long tables, one line of many that say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from neurochannel.reports.blocks import Block, Document, Item, Items, Paragraph, Section, TableBlock

MOST = 40
"""Rows of a table, and lines of a list, that are all shown."""
FIRST = 12
"""Those that are shown of a longer one."""


def shortened(document: Document) -> Document:
    """Return a report without what is beyond the first rows of its long tables and lists.

    Of lines with the same cause in a long list, the first one stands for all.
    """
    sections = [Section(part.title, tuple(_blocks(part)), part.note) for part in document.sections]
    return Document(document.title, tuple(sections))


def _blocks(section: Section) -> Iterator[Block]:
    for block in section.blocks:
        if isinstance(block, TableBlock) and len(block.rows) > MOST:
            marked = [row for row in block.marked if row < FIRST]
            yield replace(block, rows=block.rows[:FIRST], marked=marked)
            yield Paragraph(f"... and {len(block.rows) - FIRST:,} more rows")
        elif isinstance(block, Items) and len(block.items) > MOST:
            items = _merged(block.items)
            shown = items if len(items) <= MOST else _first(items)
            yield Items(shown)
            if len(shown) < len(items):
                yield Paragraph(f"... and {len(items) - len(shown):,} more")
        else:
            yield block


def _merged(items: Sequence[Item]) -> list[Item]:
    """Return the first line of each cause, with how many more there are; others as they are."""
    count = Counter(item.cause for item in items if item.cause)
    firsts = {item.cause: number for number, item in reversed([*enumerate(items)])}
    return [
        replace(item, text=f"{item.text} (and {more:,} more like this)") if more > 0 else item
        for number, item in enumerate(items)
        if not item.cause or firsts[item.cause] == number
        for more in [count[item.cause] - 1]
    ]


def _first(items: Sequence[Item]) -> list[Item]:
    """Return the first lines, but those of what failed before all others."""
    order = sorted(range(len(items)), key=lambda number: items[number].look != "failed")
    return [items[number] for number in sorted(order[:FIRST])]
