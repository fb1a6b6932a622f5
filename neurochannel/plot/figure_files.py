"""Figures as files, written atomically."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurochannel.atomic import check_writable, write_whole
from neurochannel.errors import CheckpointError, OptionError
from neurochannel.plot.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNDATED: dict[str, dict[str, Any]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
"""Suffixes, and the metadata to leave out so that the same figure gives the same file."""


def check_figure_path(path: str | os.PathLike[str]) -> Path:
    """Return the path of a figure if one could be written there.

    Raises
    ------
    OptionError
        If its suffix is of no known format or the folder cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in UNDATED:
        *others, last = UNDATED
        found = f"got '{target.suffix}'" if target.suffix else "got no suffix"
        raise OptionError(
            f"{target} must end in {', '.join(others)} or {last}, {found}; "
            f"name it for example {target.with_suffix('.svg')}"
        )
    try:
        check_writable(target)
    except CheckpointError as error:
        raise OptionError(str(error)) from None
    return target


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, SVG or PDF and return its path; a file of that name is replaced.

    Raises
    ------
    OptionError
        If the suffix is of no known format or the file cannot be written.
    """
    target = check_figure_path(path)
    content = figure_bytes(figure, target.suffix.lower())
    try:
        write_whole(target, content)
    except CheckpointError as error:
        raise OptionError(str(error)) from None
    return target


def figure_bytes(figure: Figure, kind: str, **options: Any) -> bytes:
    """Return what a file with the suffix `kind` would hold; options are those of `savefig`."""
    content = BytesIO()
    with styled():
        figure.savefig(content, format=kind[1:], metadata=UNDATED[kind], **options)
    return content.getvalue()
