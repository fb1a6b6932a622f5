"""Which data a run resumes with: the recorded one, the same given again, or another on purpose."""

from __future__ import annotations

import os
from os import PathLike
from typing import TYPE_CHECKING

from neurochannel.errors import CheckpointError, DataError
from neurochannel.storage.contents import Summary

if TYPE_CHECKING:
    from neurochannel.data import Data
    from neurochannel.engine.datasets import Given
    from neurochannel.model.maps import Image
    from neurochannel.model.network import Network

ON_PURPOSE = "or allow other data, to continue with it on purpose"


def choose_data(
    path: str | PathLike[str],
    summary: Summary,
    network: Network,
    data: Given | str | PathLike[str] | None,
    other_data: bool,
) -> tuple[Data | None, int]:
    """Return the data to resume with, and how many of its examples the current epoch has seen.

    Raises
    ------
    CheckpointError
        If the recorded data cannot be loaded, or the content or the sizes differ.
    DataError
        If `data` is no data set, or does not suit output and loss.
    """
    from neurochannel.data.library import resolve
    from neurochannel.engine.gate import misfits

    where, position = os.fspath(path), summary.progress.position
    chosen = _recorded(where, summary) if data is None else resolve(data)
    if chosen is None:
        return None, position
    _check_sizes(where, network, chosen)
    for _, problem in misfits(network, chosen):
        raise problem
    fingerprint = chosen.fingerprint
    if summary.fingerprint and fingerprint != summary.fingerprint:
        if not other_data:
            raise CheckpointError(_differs(where, summary, fingerprint, data is None))
        return chosen, 0
    n, size = len(chosen.train.x), min(summary.options["batch_size"], len(chosen.train.x))
    if position > n or (position % size and position != n):
        if not other_data:
            raise CheckpointError(
                f"{where} stands at example {position} of an epoch, which {n} examples in batches "
                f"of {size} do not reach; give the data that it was trained on, {ON_PURPOSE}"
            )
        return chosen, 0
    return chosen, position


def _recorded(where: str, summary: Summary) -> Data | None:
    from neurochannel import data

    if summary.data_name is None:
        return None
    try:
        found = data.load(summary.data_name)
    except DataError as error:
        raise CheckpointError(
            f"{where} was trained on data that cannot be loaded: {error}; or give the data set "
            "itself, or load the run without data, to use the network alone"
        ) from None
    if found.fingerprint != summary.fingerprint and found.units != summary.units:
        # Files written before bytes of 0 and 1 stood for themselves know another scale.
        before = found.in_units(summary.units)
        return before if before.fingerprint == summary.fingerprint else found
    return found


def _check_sizes(where: str, network: Network, data: Data) -> None:
    from neurochannel.engine.gate import ends
    from neurochannel.model.maps import image_of

    sizes = network.size(network.input), network.size(network.output)
    if sizes != ends(network, data):
        raise CheckpointError(
            f"{where} holds a network of {sizes[0]} inputs and {sizes[1]} outputs, "
            f"but the data has {data.n_inputs} and {data.n_outputs}; give data that fits"
        )
    own, shape = network.image(network.input), image_of(data.shape)
    if own is not None and shape is not None and own != shape:
        raise CheckpointError(
            f"{where} holds a network of images of {_by(own)}, but those of the data are "
            f"{_by(shape)}; give data that fits"
        )


def _by(image: Image) -> str:
    return " x ".join(map(str, image))


def _differs(where: str, summary: Summary, fingerprint: str, is_recorded: bool) -> str:
    name = f"'{summary.data_name}'" if summary.data_name else "data"
    marks = f"fingerprint {str(summary.fingerprint)[:12]}, not {fingerprint[:12]}"
    remedy = "put the old files back" if is_recorded else "give the data that it was trained on"
    found = "whose content has changed since" if is_recorded else "of other content than this"
    return f"{where} was trained on {name} {found} ({marks}); {remedy}, {ON_PURPOSE}"
