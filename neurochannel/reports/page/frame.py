"""The file around a report: style, script and data inside, and nothing from anywhere else."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from neurochannel.plot.layout.looks import CHANNEL, FORWARD
from neurochannel.plot.layout.palette import COLORS
from neurochannel.reports.blocks import Block, Document, Widget
from neurochannel.reports.html import LOOKS, section_html

MODULES = (
    "dom.js",
    "lines.js",
    "bars.js",
    "heat.js",
    "drawing.js",
    "passage.js",
    "study.js",
    "main.js",
)
"""The script in the order in which its modules need each other."""
UNSCRIPTED = "Charts need JavaScript, which is turned off here; tables and texts do not."
DIGITS = 5
"""Digits of the numbers on a page."""
_IMPORTED = re.compile(r"^import .*?;\n", re.M | re.S)
_EXPORTED = re.compile(r"^export (?=async|class|const|function)", re.M)
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def page_of(document: Document) -> str:
    """Return a report as a page with charts, in light and in dark, that loads nothing.

    A policy in its head lets browsers run our script and no other, and fetch nothing at all, so
    that texts from files stay texts even if one were not escaped.
    """
    style, script, document = page_style(), _script(), _told_apart(document)
    data = page_json({block.name: block.data for block in _widgets(document)})
    title = escape(document.title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{page_policy(style, script)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n"
        f'<body class="neurochannel">\n<header><h1>{title}</h1>\n{_contents(document)}</header>\n'
        f"<noscript><p>{UNSCRIPTED}</p></noscript>\n<main>\n{_sections(document)}\n</main>\n"
        f'<script type="application/json" id="data">{data}</script>\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def _told_apart(document: Document) -> Document:
    """Return a document in which no two widgets have one name."""
    seen = Counter[str]()

    def named(block: Block) -> Block:
        if not isinstance(block, Widget):
            return block
        seen[block.name] += 1
        n = seen[block.name]
        return block if n == 1 else replace(block, name=f"{block.name}.{n}")

    sections = [
        replace(section, blocks=[named(block) for block in section.blocks])
        for section in document.sections
    ]
    return replace(document, sections=sections)


def _widgets(document: Document) -> list[Widget]:
    blocks = (block for section in document.sections for block in section.blocks)
    return [block for block in blocks if isinstance(block, Widget)]


def _contents(document: Document) -> str:
    links = [
        f'<a href="#part{number}">{escape(section.title)}</a>'
        for number, section in enumerate(document.sections)
        if section.title
    ]
    return f'<nav aria-label="Parts of this page">{"".join(links)}</nav>\n'


def _sections(document: Document) -> str:
    return "\n".join(
        f'<section id="part{number}">{section_html(section, "h2")}</section>'
        for number, section in enumerate(document.sections)
    )


def page_policy(style: str, script: str) -> str:
    """Return the policy that lets a browser use one style and one script, and fetch nothing."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def page_style() -> str:
    """Return the style of all pages."""
    names = {f"c{number}": color for number, color in enumerate(COLORS)}
    names |= {"forward": FORWARD, "channel": CHANNEL}
    colors = "".join(f"--{name}:{color};" for name, color in names.items())
    return f"\n:root{{{colors}}}\n{LOOKS}{asset('page.css')}"


@cache
def _script() -> str:
    return joined(map(asset, MODULES))


def joined(modules: Iterable[str]) -> str:
    """Return modules as one: their names are all different, so imports are not needed."""
    bare = (_IMPORTED.sub("", module) for module in modules)
    return "\n" + "\n".join(_EXPORTED.sub("", module) for module in bare)


def asset(name: str) -> str:
    """Return the text of a module or style of this package."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def page_json(value: Any) -> str:
    """Return JSON that can stand in an element of HTML; what is no number is null."""
    text = json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.translate(_UNSAFE)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | str | int) or value is None:
        return value
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    number = float(value)
    if not math.isfinite(number):
        return None
    short = float(f"{number:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
