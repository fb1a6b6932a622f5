"""What a report is made of: sections of paragraphs, tables, lists and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Look = Literal["plain", "error", "warning", "passed", "failed"]


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class TableBlock:
    """Rows of texts under titles; without any titles there is no head.

    Parameters
    ----------
    numbers
        Columns that are aligned to the right and never cut.
    whole
        Other columns that are never cut.
    marked
        Rows that stand out.
    parted
        Whether columns that do not fit a terminal stand in another table below, first column again.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    whole: Sequence[int] = ()
    marked: Sequence[int] = ()
    parted: bool = False


@dataclass(frozen=True)
class Item:
    """One line of a list, what it is a case of, and more about it.

    Parameters
    ----------
    cause
        The same for lines that say the same of several places; short reports show one of many.
    """

    text: str
    look: Look = "plain"
    detail: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Item]


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG, and what it shows; texts leave it out."""

    svg: bytes
    shows: str


@dataclass(frozen=True)
class Code:
    """Text as it stands in a file, which pages let readers copy."""

    text: str


@dataclass(frozen=True)
class Widget:
    """A part of a page that its script brings to life; texts leave it out.

    Parameters
    ----------
    kind
        Which function of the script draws it.
    name
        Its own on the page: the id of its element and of its data, and the name of its CSV file.
    shows
        What it shows, for those who do not see it.
    data
        What the script needs, as JSON can hold it.
    still
        HTML that is there without the script; whoever makes it has escaped all texts.
    """

    kind: str
    name: str
    shows: str
    data: Any
    still: str = ""


Block = Paragraph | TableBlock | Items | Picture | Code | Widget


@dataclass(frozen=True)
class Section:
    """Blocks under a title, which may be empty, and a note on what they show."""

    title: str
    blocks: Sequence[Block]
    note: str = ""


@dataclass(frozen=True)
class Document:
    """A report: what it is about, and its sections."""

    title: str
    sections: Sequence[Section]
