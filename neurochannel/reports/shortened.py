"""Reports of large networks: the first rows of each table, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neurochannel.reports.blocks import Block, Document, Items, Paragraph, Section, TableBlock

MOST = 40
"""Rows of a table and lines of a list."""


def shortened(document: Document, most: int = MOST) -> Document:
    """Return a report without what is beyond the first rows of its tables and lists."""
    sections = [
        Section(part.title, tuple(_blocks(part, most)), part.note) for part in document.sections
    ]
    return Document(document.title, tuple(sections))


def _blocks(section: Section, most: int) -> Iterator[Block]:
    for block in section.blocks:
        if isinstance(block, TableBlock) and len(block.rows) > most:
            marked = [row for row in block.marked if row < most]
            yield replace(block, rows=block.rows[:most], marked=marked)
            yield Paragraph(f"... and {len(block.rows) - most:,} more rows")
        elif isinstance(block, Items) and len(block.items) > most:
            yield Items(block.items[:most])
            yield Paragraph(f"... and {len(block.items) - most:,} more")
        else:
            yield block
