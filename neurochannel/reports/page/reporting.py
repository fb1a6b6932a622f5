"""`nc.report`: from what was named to a page in a file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurochannel.atomic import check_writable, why_not_new, write_whole
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.model.gallery import shipped
from neurochannel.model.network import Network
from neurochannel.model.problems import listed, short
from neurochannel.reports.page.frame import page_of
from neurochannel.study.folder import PLAN

if TYPE_CHECKING:
    from neurochannel.engine.datasets import Given
    from neurochannel.reports.blocks import Document

PathText = str | PathLike[str]
What = Network | Simulation | PathText
CHECKPOINTS = (".h5", ".hdf5")


def report(
    what: What | Sequence[What] | Mapping[str, Any],
    path: PathText,
    *,
    data: Given | PathText | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a page that opens from disk: one HTML file that loads nothing.

    Parameters
    ----------
    what
        A network, its file, or the name of a topology that comes with neurochannel; a run or its
        checkpoint, or several of these, of which those that differ in their seeds only are drawn
        together; a mapping of labels to runs, or to lists of runs for seeds; or the folder of a
        study.
    path
        The page, .html.
    data
        A data set, its name or path, or arrays: for sizes that a network leaves out, digits if it
        is not given; for a run what it was trained on, where its checkpoint does not name it.
    overwrite
        Replace a file that exists.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    OptionError
        If the page exists, or `what` is none of these.
    NetworkError
        If there is no such network, or it breaks a rule.
    CheckpointError
        If a checkpoint cannot be read, or the page cannot be written.
    DataError
        If there is no such data, the folder holds no study, or none of its points is finished.
    """
    target = check_page_path(path, overwrite=overwrite)
    page = page_of(_document(what, str(target), data))
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


def _document(what: Any, out: str, data: Any) -> Document:
    labeled = isinstance(what, Mapping)
    given = _listed([*what.values()] if labeled else what)
    for each in given:
        if not isinstance(each, Network | Simulation | str | PathLike):
            raise OptionError(
                f"what must be a network, a run, or the path of one, got {short(each)}; "
                "read or train it first"
            )
    if given and all(isinstance(each, Simulation) or _is_checkpoint(each) for each in given):
        from neurochannel.reports.page.learned import labeled_learners, learners_of
        from neurochannel.reports.page.run_page import run_document

        learners = labeled_learners(what) if labeled else learners_of(given)
        return run_document(learners, out, data)
    if len(given) != 1 or labeled:
        raise OptionError(
            "what must be one network, one folder of a study, or checkpoints and runs only, got "
            f"{_named(given)}; write a page for each"
        )
    if _is_folder(given[0]):
        from neurochannel.reports.page.study_page import study_document

        return study_document(os.fspath(given[0]), out)
    return _of_network(given[0], out, data)


def _listed(what: Any) -> list[Any]:
    """Return what was named one by one, seeds within a list too."""
    if not isinstance(what, list | tuple):
        return [what]
    return [part for each in what for part in _listed(each)]


def _is_checkpoint(given: object) -> bool:
    return isinstance(given, str | PathLike) and Path(given).suffix.lower() in CHECKPOINTS


def _is_folder(given: object) -> bool:
    """Tell whether a folder was named, and not a topology that happens to be called like one."""
    if not isinstance(given, str | PathLike) or not os.path.isdir(given):
        return False
    return str(given) not in shipped() or (Path(given) / PLAN).exists()


def _named(given: Sequence[object]) -> str:
    named = [short(each) if isinstance(each, str) else type(each).__name__ for each in given]
    return listed(named) or "none"


def _of_network(what: Network | PathText, out: str, data: Any) -> Document:
    from neurochannel.graphs.formats import read
    from neurochannel.reports.before_training import inspect
    from neurochannel.reports.page.network_page import network_document, those_that_fit

    source = "" if isinstance(what, Network) else os.fspath(what)
    network = what if isinstance(what, Network) else read(source)
    inspection = inspect(network, data=_needed(network, data), compare=those_that_fit(network))
    return network_document(inspection, source, out)


def _needed(network: Network, data: Any) -> Any:
    """Return the data that was given or, for sizes that are left out, the digits."""
    ends = network.populations[network.input], network.populations[network.output]
    if data is None and any(end.size is None for end in ends):
        return "digits"
    return data
