"""Docs, messages and docstrings are in plain English, without words that readers stumble over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from neurochannel.cli import main

ROOT = Path(__file__).parents[1]

PLAIN = {
    r"anew": "again",
    r"mend(?:s|ed|ing)?": "fix",
    r"in (?:the )?place of": "instead of",
    r"go(?:es)? on|going on|went on": "resumes, continues",
    r"besides?": "next to, in addition to, together with",
    r"so many": "this many",
    r"whole or not at all": "atomically",
    r"for once": "for this command, once",
    r"as loud as": "as large as",
    r"for ever": "forever",
    r"at birth|born": "initial, at the start",
    r"hitherto|thereof|whereupon|lest|nought|ere": "a word of today",
}
"""Words that no text may have, and what to write."""

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs").glob("*.ipynb")),
    *sorted((ROOT / "topologies").iterdir()),
    *sorted((ROOT / "studies").rglob("*.toml")),
    ROOT / "Makefile",
]
MODULES = [
    *sorted((ROOT / "neurochannel").rglob("*.py")),
    *sorted((ROOT / "scripts").rglob("*.py")),
]
CODE = re.compile(r"```.*?```|``.+?``|`[^`\n]*`", re.S)


def archaic(text: str) -> list[str]:
    """Return what is wrong with a text; names in backticks may be anything."""
    prose = " ".join(CODE.sub(" ", text).split())
    return [
        f"'{found[0]}' in '...{prose[max(0, found.start() - 30) : found.end() + 30]}...': {plain}"
        for words, plain in PLAIN.items()
        for found in re.finditer(rf"\b(?:{words})\b", prose, re.I)
    ]


def prose_of(module: Path) -> Iterator[tuple[int, str]]:
    """Yield docstrings, messages and comments with their lines; no single words such as keys."""
    source = module.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value
    for number, line in enumerate(source.splitlines(), 1):
        if found := re.search(r"(?:^|\s)#\s(.*)", line):
            yield number, found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_is_in_plain_words(page: Path) -> None:
    assert archaic(page.read_text(encoding="utf-8")) == []


def test_docstrings_and_messages_are_in_plain_words() -> None:
    found = [
        f"{module.relative_to(ROOT)}:{line}: {what}"
        for module in MODULES
        for line, text in prose_of(module)
        for what in archaic(text)
    ]
    assert found == []


def test_help_of_every_command_is_in_plain_words() -> None:
    for command in main.commands.values():
        texts = [
            command.help or "",
            *(getattr(option, "help", "") or "" for option in command.params),
        ]
        assert [what for text in texts for what in archaic(text)] == [], command.name


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("It goes on from the file.", True),
        ("Make it anew.", True),
        ("a weight beside\n    another", True),
        ("The option `beside` is a name.", False),
        ("It resumes instead of starting again.", False),
        ("We recommend to amend it.", False),
    ],
)
def test_a_word_is_found_in_prose_only(text: str, wrong: bool) -> None:
    assert bool(archaic(text)) is wrong
