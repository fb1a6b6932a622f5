"""Observations in a checkpoint: a group for each series, in the order in which they began."""

from __future__ import annotations

import json

import h5py
import numpy as np

from neurochannel.engine.observations import Observations, Series
from neurochannel.engine.snapshot import Progress
from neurochannel.storage.reading import Reader, attribute, wrong

ROOM = "observations"
SINCE = 2
"""The version of the format that brought them."""


def put_observations(root: h5py.File, observations: Observations) -> None:
    """Write all series."""
    room = root.create_group(ROOM, track_order=True)
    for name, series in observations.items():
        group = room.create_group(name)
        group["epochs"] = series.epochs.astype("<i8")
        group["values"] = series.values.astype("<f8")
        if series.labels is not None:
            put_text(group, "labels", json.dumps(list(series.labels), ensure_ascii=False))


def put_text(group: h5py.Group, name: str, text: str) -> None:
    """Write a text of fixed length, which lies in one piece: its reader knows what to allocate."""
    encoded = text.encode()
    kind = h5py.string_dtype("utf-8", max(len(encoded), 1))
    group.create_dataset(name, data=np.array(encoded, kind))


def read_observations(reader: Reader, progress: Progress) -> dict[str, Series]:
    """Read all series; files of older versions have none."""
    if attribute(reader.root, "format_version", int) < SINCE:
        return {}
    room = reader.group(reader.root, ROOM)
    return {name: _series(reader, reader.group(room, name), progress) for name in room}


def _series(reader: Reader, group: h5py.Group, progress: Progress) -> Series:
    labels = _labels(reader, group) if "labels" in group else None
    reader.expect(group, {"epochs", "values"} | ({"labels"} if labels is not None else set()))
    epochs = reader.array(group, "epochs", "<i8", (None,))
    if not len(epochs):
        raise wrong(f"{group.name}/epochs must not be empty")
    if epochs[0] < 0 or epochs[-1] > progress.epoch or np.any(np.diff(epochs) <= 0):
        raise wrong(f"{group.name}/epochs must rise and lie between 0 and {progress.epoch}")
    parts: tuple[int | None, ...] = () if reader.rank(group, "values") < 2 else (None,)
    shape = (len(epochs), *(parts if labels is None else (len(labels),)))
    return Series(epochs, reader.array(group, "values", "<f8", shape), labels)


def _labels(reader: Reader, group: h5py.Group) -> tuple[str, ...]:
    found = json.loads(reader.text(group, "labels"))
    if not isinstance(found, list) or not all(isinstance(label, str) for label in found):
        raise wrong(f"{group.name}/labels must be a JSON list of texts")
    return tuple(found)
