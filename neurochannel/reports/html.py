"""Reports as HTML: one file that needs nothing else, or a part of a notebook's page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from neurochannel.reports.blocks import (
    Block,
    Code,
    Document,
    Item,
    Items,
    Paragraph,
    Section,
    TableBlock,
    Widget,
)
from neurochannel.reports.text import MARKS

LOOKS = """
.neurochannel table { border-collapse: collapse; margin: .5em 0 1em; }
.neurochannel th, .neurochannel td { padding: .15em .8em; text-align: left; vertical-align: top;
  border: 0; border-bottom: 1px solid rgba(128, 128, 128, .3); }
.neurochannel th { font-weight: 600; border-bottom-width: 2px; }
.neurochannel .number { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.neurochannel th, .neurochannel td:first-child, .neurochannel .whole { white-space: nowrap; }
.neurochannel .note { opacity: .75; margin: .2em 0; }
.neurochannel .detail { opacity: .75; }
.neurochannel .wide { overflow-x: auto; }
.neurochannel .error, .neurochannel .failed, .neurochannel .marked { color: #d32f2f;
  color: var(--alarm, #d32f2f); font-weight: 600; }
.neurochannel .error { border-left: 4px solid; padding-left: .5em; }
.neurochannel .warning { border-left: 4px solid #e69f00; padding-left: .5em; }
.neurochannel img { background: white; max-width: 100%; padding: .5em; }
"""

PAGE = """
:root { color-scheme: light dark; --alarm: #b71c1c; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em;
  color: #222; background: #fff; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin: 1.6em 0 .2em; }
@media (prefers-color-scheme: dark) {
  :root { --alarm: #ff8a80; }
  body { color: #ddd; background: #181a1b; }
}
"""


def html_page(document: Document) -> str:
    """Return a report as a page that is readable by itself, in light and in dark."""
    title = escape(document.title.partition(":")[0])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{PAGE}{LOOKS}</style>\n</head>\n"
        f'<body class="neurochannel">\n{_content(document, "h1", "h2")}\n</body>\n</html>\n'
    )


def html_fragment(document: Document) -> str:
    """Return a report as a part of another page, whose colors it takes."""
    content = _content(document, "p", "h4")
    return f'<div class="neurochannel">\n<style>{LOOKS}</style>\n{content}\n</div>'


def _content(document: Document, first: str, second: str) -> str:
    title = [f"<{first}>{escape(document.title)}</{first}>"] if document.title else []
    return "\n".join([*title, *(section_html(section, second) for section in document.sections)])


def section_html(section: Section, head: str) -> str:
    """Return a section whose title is an element of the kind `head`."""
    note = section.note[:1].upper() + section.note[1:]
    parts = [f"<{head}>{escape(section.title)}</{head}>"] if section.title else []
    parts += [f'<p class="note">{escape(note)}</p>'] if note else []
    return "\n".join([*parts, *map(block_html, section.blocks)])


def block_html(block: Block) -> str:
    """Return a block; all its texts are escaped."""
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, TableBlock):
        return _table(block)
    if isinstance(block, Items):
        return "<ul>\n" + "\n".join(map(_item, block.items)) + "\n</ul>"
    if isinstance(block, Code):
        return f'<div class="code"><pre tabindex="0"><code>{escape(block.text)}</code></pre></div>'
    if isinstance(block, Widget):
        return _widget(block)
    source = b64encode(block.svg).decode()
    return f'<img alt="{escape(block.shows)}" src="data:image/svg+xml;base64,{source}">'


def _widget(block: Widget) -> str:
    name, shows = escape(block.name), escape(block.shows)
    return (
        f'<figure class="widget {block.kind}" id="{name}" data-kind="{block.kind}" role="group" '
        f'aria-label="{shows}">{block.still}</figure>'
    )


def _item(item: Item) -> str:
    mark = f"{MARKS[item.look]}: " if item.look in MARKS else ""
    detail = f'<br><span class="detail">{escape(item.detail)}</span>' if item.detail else ""
    return f'<li class="{item.look}">{mark}{escape(item.text)}{detail}</li>'


def _table(table: TableBlock) -> str:
    classes = [
        ' class="number"' if n in table.numbers else ' class="whole"' if n in table.whole else ""
        for n in range(len(table.titles))
    ]
    lines = [_row("th", table.titles, classes)] if any(table.titles) else []
    head = [f"<thead>{line}</thead>" for line in lines]
    rows = [
        _row("td", row, classes, ' class="marked"' if n in table.marked else "")
        for n, row in enumerate(table.rows)
    ]
    body = "\n".join(["<table>", *head, "<tbody>", *rows, "</tbody>", "</table>"])
    return f'<div class="wide">{body}</div>'


def _row(tag: str, cells: Sequence[str], classes: list[str], look: str = "") -> str:
    made = (
        f"<{tag}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(classes, cells, strict=True)
    )
    return f"<tr{look}>{''.join(made)}</tr>"
