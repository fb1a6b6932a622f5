"""From a run to the bytes of a checkpoint; docs/file-format.md describes them."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from neurochannel.engine.history import History
from neurochannel.engine.rates import Decay
from neurochannel.engine.streams import GENERATOR
from neurochannel.storage.listed import described, put_lists
from neurochannel.storage.observed import put_observations, put_text
from neurochannel.storage.provenance import provenance_text
from neurochannel.storage.rooms import OWN_DTYPES, VERSION, room_of
from neurochannel.storage.seal import FORMAT, SIZE, put_seal

if TYPE_CHECKING:
    from neurochannel.data.units import Units
    from neurochannel.engine.simulation import Simulation
    from neurochannel.engine.snapshot import Progress, Snapshot
    from neurochannel.model.network import Network

LONGEST_NAME = 200


def image_of(run: Simulation, kept: Snapshot | None = None) -> memoryview:
    """Return a whole checkpoint as bytes in memory: of a snapshot of the run, or of it as it is."""
    buffer, kept = BytesIO(), kept or run.snapshot()
    history = History(list(kept.records), kept.observations)
    # The oldest layout with what is needed here: HDF5 1.8 and all that came later read it.
    with h5py.File(buffer, "w", userblock_size=SIZE, libver=("v108", "v108")) as root:
        root.attrs["format"] = np.bytes_(FORMAT)
        root.attrs["format_version"] = VERSION
        root.attrs["random_generator"] = np.bytes_(GENERATOR)
        text, lists = described(run.network)
        put_text(root, "network", text)
        put_lists(root, lists)
        put_text(root, "provenance", provenance_text(run.data))
        _put_options(root.create_group("options"), run, kept.units)
        _put_progress(root.create_group("progress"), kept.progress)
        _put_arrays(root, run.network, kept)
        if kept.chip:
            put_text(root, "chip", json.dumps(dict(kept.chip), ensure_ascii=False))
        columns = root.create_group("history")
        for name, column in history.items():
            columns[name] = column.astype(OWN_DTYPES[column.dtype.name])
        put_observations(root, history.observations)
    image = buffer.getbuffer()
    put_seal(image)
    return image


def _put_options(group: h5py.Group, run: Simulation, units: Units) -> None:
    rate, put = run.rate, group.attrs
    if isinstance(rate, Decay):
        put["rate_kind"] = np.bytes_("decay")
        put["rate"], put["decay"] = float(rate.rate), float(rate.decay)
    elif callable(rate):
        put["rate_kind"] = np.bytes_("function")
        put["rate_function"] = np.bytes_(_name_of(rate))
    else:
        put["rate_kind"], put["rate"] = np.bytes_("constant"), float(rate)
    put["batch_size"] = np.int64(run.batch_size)
    put["seed"] = np.uint64(run.seed)
    if run.options.chip_seed is not None:
        put["chip_seed"] = np.uint64(run.options.chip_seed)
    put["dtype"] = np.bytes_(run.dtype)
    put["threads"] = np.int64(run.threads)
    for name, number in zip(("scale", "offset"), units.short, strict=True):
        put[name] = np.array(number, "<f8")


def _name_of(function: Any) -> str:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    text = f"{function.__module__}.{name}".encode("ascii", "backslashreplace").decode()
    return text[:LONGEST_NAME]


def _put_progress(group: h5py.Group, now: Progress) -> None:
    for name in ("epoch", "position", "updates"):
        group.attrs[name] = np.int64(getattr(now, name))
    group.attrs["seconds"] = float(now.seconds)


def _put_arrays(root: h5py.File, network: Network, kept: Snapshot) -> None:
    forward, channel = root.create_group("forward"), root.create_group("channel")
    root.create_group("biases")
    for bundle in network.forward_bundles:
        forward.create_group(bundle.name)
    for edge in network.channel_bundles:
        # Said also where there is no array because the weights are made at each step.
        channel.create_group(edge.name).attrs["kind"] = np.bytes_(edge.edges.weights)
    for key, array in kept.parameters.items():
        room, name = room_of(key)
        place = name if room == "biases" else f"{name}/weights"
        root[room][place] = array.astype(OWN_DTYPES[array.dtype.name], copy=False)
    state = root.create_group("state")
    for key, array in kept.state.items():
        state[key] = array.astype(OWN_DTYPES[array.dtype.name], copy=False)
    for key, (start, receivers) in kept.edges.items():
        room, name = room_of(key)
        root[room][name]["start"] = start.astype("<u4", copy=False)
        root[room][name]["receivers"] = receivers.astype("<u4", copy=False)
