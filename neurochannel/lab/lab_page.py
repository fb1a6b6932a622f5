"""The page of the designer: one file whose script asks its own server and nobody else."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from neurochannel.reports.page.frame import asset, joined, page_policy, page_style

SHARED = ("dom.js", "lines.js", "drawing.js")
"""Modules of reports."""
MODULES = (
    "server.js",
    "editor.js",
    "canvas.js",
    "form.js",
    "training.js",
    "panels.js",
    "lab.js",
)
"""Modules of the designer, in the order in which they need each other."""


@cache
def lab_page() -> str:
    """Return the page; its policy allows our script, our style and requests to this server."""
    style = f"{page_style()}{_own('lab.css')}"
    script = joined([*map(asset, SHARED), *map(_own, MODULES)])
    policy = f"{page_policy(style, script)}; connect-src 'self'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>neurochannel design</title>\n<style>{style}</style>\n</head>\n"
        f'<body class="neurochannel lab">\n{_own("lab.html")}\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def _own(name: str) -> str:
    return files(__package__).joinpath("page", name).read_text(encoding="utf-8")
