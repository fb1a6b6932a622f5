"""How values show in Jupyter and IPython: drawings of networks, tables of reports, pictures.

Formatters are registered by the names of classes, so that nothing is loaded before it is shown.
``%load_ext neurochannel.notebook`` does what importing neurochannel inside IPython does by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from importlib import import_module
from time import monotonic
from typing import Any

from neurochannel import hooks
from neurochannel.errors import NeurochannelError
from neurochannel.reports.html import html_fragment
from neurochannel.reports.shown import WRITERS, document_of, text_of

DRAWN = ("neurochannel.model.network", "Network")
FIGURE = ("matplotlib.figure", "Figure")
SHARPNESS = 2
"""Pixels of a picture for each pixel that it is shown at."""
PAUSE = 0.2
"""Least seconds between two pictures of a progress bar."""


def register() -> None:
    """Tell the IPython that runs, if one does, how to show the package's values."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython else None
    if shell is not None:
        load_ipython_extension(shell)


def load_ipython_extension(shell: Any) -> None:
    """Register all formatters with a shell, and progress bars if it serves a notebook."""
    formatters = shell.display_formatter.formatters
    for module, name in WRITERS:
        formatters["text/plain"].for_type_by_name(module, name, _print)
        if (module, name) != DRAWN:
            formatters["text/html"].for_type_by_name(module, name, _html)
    formatters["image/png"].for_type_by_name(*DRAWN, _drawing)
    if not _is_shown(formatters["image/png"]):
        formatters["image/png"].for_type_by_name(*FIGURE, _picture)
    if getattr(shell, "kernel", None) is not None:
        hooks.notebook_bar = notebook_bar


def _is_shown(formatter: Any) -> bool:
    """Tell whether somebody else, such as ``%matplotlib inline``, shows figures already."""
    known = [(kind.__module__, kind.__name__) for kind in formatter.type_printers]
    return FIGURE in known or FIGURE in formatter.deferred_printers


def _print(value: object, printer: Any, cycle: bool) -> None:
    # A value inside another one takes no more than a line.
    nested = getattr(printer, "stack", [])[1:]
    printer.text(repr(value) if cycle or nested else text_of(value))


def _html(value: object) -> str:
    return html_fragment(document_of(value))


def _drawing(network: Any) -> tuple[bytes, dict[str, Any]] | None:
    """Draw a network; one that is too large is left to its text."""
    from neurochannel.plot.drawing import network as draw

    try:
        return _picture(draw(network))
    except NeurochannelError:
        return None


def _picture(figure: Any) -> tuple[bytes, dict[str, Any]]:
    from neurochannel.plot.figure_files import figure_bytes

    width, height = (round(length * 100) for length in figure.get_size_inches())
    png = figure_bytes(figure, ".png", dpi=100 * SHARPNESS)
    return png, {"width": width, "height": height}


@contextmanager
def notebook_bar(total: int, what: str) -> Iterator[Callable[..., None]]:
    """Show a progress bar below the cell, which stays as one line when all is done.

    Yields a function to call with how many of `total` are done and a note next to it.
    """
    display: Any = import_module("IPython.display").display
    handle = display(_bar(0.0, total, what, ""), raw=True, display_id=True)
    newest, shown = _bar(0.0, total, what, ""), monotonic()

    def report(done: float, note: str) -> None:
        nonlocal newest, shown
        newest = _bar(done, total, what, note)
        if monotonic() - shown >= PAUSE:
            handle.update(newest, raw=True)
            shown = monotonic()

    try:
        yield report
    finally:
        handle.update(newest, raw=True)


def _bar(done: float, total: int, what: str, note: str) -> dict[str, str]:
    text = " · ".join(part for part in (f"{what} {int(done)}/{total}", note) if part)
    return {
        "text/plain": text,
        "text/html": f'<progress value="{done:.3f}" max="{total}"></progress> {escape(text)}',
    }
