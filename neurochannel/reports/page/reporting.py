"""`nc.report`: from what was named to a page in a file."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurochannel.atomic import check_writable, why_not_new, write_whole
from neurochannel.errors import OptionError
from neurochannel.model.network import Network
from neurochannel.model.problems import short
from neurochannel.reports.page.frame import page_of

if TYPE_CHECKING:
    from neurochannel.engine.datasets import Given
    from neurochannel.reports.blocks import Document

PathText = str | PathLike[str]


def report(
    what: Network | PathText,
    path: PathText,
    *,
    data: Given | PathText | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a page about a network that opens from disk: one HTML file that loads nothing.

    Parameters
    ----------
    what
        A network, its file, or the name of a topology that comes with neurochannel.
    path
        The page, .html.
    data
        A data set, its name or path, or arrays: for sizes that a network leaves out, digits if it
        is not given.
    overwrite
        Replace a file that exists.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    OptionError
        If the page exists or cannot be written, or `what` is none of these.
    NetworkError
        If there is no such network, or it breaks a rule.
    DataError
        If there is no such data.
    """
    target = check_page_path(path, overwrite=overwrite)
    page = page_of(_document(what, target, data))
    write_whole(target, page.encode(errors="backslashreplace"))
    return target


def check_page_path(path: PathText, *, overwrite: bool, option: str = "path") -> Path:
    """Return the path of a page that can be written.

    Raises
    ------
    OptionError
        If it has another suffix, exists, or cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise OptionError(f"{option} must end in .html, got {short(os.fspath(path))}")
    if reason := why_not_new(target, overwrite):
        raise OptionError(f"{target} {reason}")
    check_writable(target)
    return target


def _document(what: Any, target: Path, data: Any) -> Document:
    from neurochannel.reports.before_training import inspect
    from neurochannel.reports.page.network_page import network_document, those_that_fit

    source = "" if isinstance(what, Network) else os.fspath(what)
    network = what if isinstance(what, Network) else _read(source)
    given = _needed(network, data)
    inspection = inspect(network, data=given, compare=those_that_fit(network))
    return network_document(inspection, source, str(target))


def _read(source: str) -> Network:
    from neurochannel.graphs.formats import read

    return read(source)


def _needed(network: Network, data: Any) -> Any:
    """Return the data that was given or, for sizes that are left out, the digits."""
    ends = network.populations[network.input], network.populations[network.output]
    if data is None and any(end.size is None for end in ends):
        return "digits"
    return data
