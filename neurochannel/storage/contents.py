"""The content of a checkpoint: first all that needs no engine, then the arrays of its network."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from neurochannel.data.units import Units
from neurochannel.engine.history import History, Record
from neurochannel.engine.options import Options
from neurochannel.engine.rates import Decay
from neurochannel.engine.snapshot import Progress, Snapshot
from neurochannel.model.format_versions import SINCE_POWERS, in_words_of_today
from neurochannel.model.toml_reader import parse
from neurochannel.storage.listed import read_description
from neurochannel.storage.observed import read_observations
from neurochannel.storage.reading import Reader, attribute, opened, wrong
from neurochannel.storage.rooms import (
    OWN_DTYPES,
    SINCE_STATE,
    Place,
    bias_sizes,
    places_of,
    room_of,
)

if TYPE_CHECKING:
    from neurochannel.model.network import Network

LARGEST = 2**63 - 1
MOST_MAPS = 4096


@dataclass(frozen=True)
class Summary:
    """The content of a checkpoint without its weights.

    Parameters
    ----------
    name
        Of the network.
    network
        Its description as TOML; instead of long lists it names their places in the file, from which
        `peek_network` and `load` fill them in.
    options
        "rate" (a number, a `Decay`, or the name of a function that is not in the file),
        "batch_size", "seed", "dtype", "threads" and "chip_seed" (None where no option says it).
    units
        What a byte of uint8 inputs is worth.
    progress
        How far training has come.
    history
        Arrays by name and what was observed, as in `Simulation.history`.
    provenance
        Versions, platform, command, date and data, as docs/file-format.md lists them.
    """

    name: str
    network: str
    options: dict[str, Any]
    units: Units
    progress: Progress
    history: History
    provenance: dict[str, Any]

    @property
    def chip_seed(self) -> int:
        """Seed of the maps of the chip: given as an option, by the network, or the run's seed."""
        given = (self.options["chip_seed"], parse(self.network).get("chip_seed"))
        return next((int(seed) for seed in given if seed is not None), int(self.options["seed"]))

    @property
    def scale(self) -> float | tuple[float, ...]:
        """What a byte is multiplied by, one number or one for each map."""
        return self.units.short[0]

    @property
    def offset(self) -> float | tuple[float, ...]:
        """What is added to it then, one number or one for each map."""
        return self.units.short[1]

    @property
    def data_name(self) -> str | None:
        """Name or path of the data set, None if it has none or there is no data."""
        return self._data_entry("name")

    @property
    def fingerprint(self) -> str | None:
        """Fingerprint of the data set, None if there is no data."""
        return self._data_entry("fingerprint")

    def _data_entry(self, key: str) -> str | None:
        entry: str | None = (self.provenance["data"] or {}).get(key)
        return entry


def peek(path: str | PathLike[str]) -> Summary:
    """Return the content of a checkpoint without its weights; needs neither engine nor data.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, not ours or newer.
    """
    with opened(path) as reader:
        return read_summary(reader)


def peek_network(path: str | PathLike[str]) -> tuple[Summary, Network]:
    """Return the content of a checkpoint without its weights, and its network.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, not ours or newer.
    """
    with opened(path) as reader:
        summary = read_summary(reader)
        return summary, read_network(reader, summary)


def read_history(path: str | PathLike[str]) -> History:
    """Return the history of a checkpoint: arrays by name, and its `observations`.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, not ours or newer.
    """
    return peek(path).history


def read_summary(reader: Reader) -> Summary:
    """Read all that needs no engine."""
    root = reader.root
    text = _dated(reader.text(root, "network"))
    options = reader.group(root, "options")
    progress = _progress(reader.group(root, "progress"))
    return Summary(
        name=str(parse(text).get("name", "network")),
        network=text,
        options=_options(options),
        units=_units(options),
        progress=progress,
        history=History(_records(reader, progress), read_observations(reader, progress)),
        provenance=_provenance(reader.text(root, "provenance")),
    )


def read_network(reader: Reader, summary: Summary) -> Network:
    """Read the network that a summary describes.

    Raises
    ------
    NetworkError
        If the description has mistakes.
    """
    from neurochannel.model.network import Network

    return Network(**in_words_of_today(read_description(reader, summary.network), None))


def _dated(text: str) -> str:
    """Return the description with its format, which files did not name before it was 3."""
    return text if "format" in parse(text) else f"format = {SINCE_POWERS - 1}\n{text}"


def read_snapshot(reader: Reader, network: Network, summary: Summary) -> Snapshot:
    """Read the arrays of a network, and nothing that does not belong to it."""
    root, dtype = reader.root, OWN_DTYPES[summary.options["dtype"]]
    places, biases = list(places_of(network)), bias_sizes(network)
    history = summary.history
    kept = Snapshot(
        parameters={},
        edges={},
        progress=summary.progress,
        records=tuple(history.records),
        units=summary.units,
        observations=history.observations,
    )
    for room in ("forward", "channel"):
        here = {name: p for p in places for kind, name in [room_of(p.key)] if kind == room}
        groups = reader.groups(reader.group(root, room), here)
        for group, place in zip(groups, here.values(), strict=True):
            _read_bundle(reader, group, place, dtype, kept)
    group = reader.group(root, "biases")
    reader.expect(group, biases)
    for name, size in biases.items():
        kept.parameters[f"bias:{name}"] = _finite(reader, group, name, dtype, (size,))
    return replace(kept, state=_read_state(reader, network, summary, kept), chip=_chip(reader))


def _chip(reader: Reader) -> dict[str, int]:
    """Read the CRC-32 of each map of the chip; files of networks without maps have none."""
    if "chip" not in reader.root:
        return {}
    found = json.loads(reader.text(reader.root, "chip"))
    if not isinstance(found, dict) or not all(type(crc) is int for crc in found.values()):
        raise wrong("/chip must be a JSON object of whole numbers")
    return found


def _read_state(
    reader: Reader, network: Network, summary: Summary, kept: Snapshot
) -> dict[str, np.ndarray]:
    """Read the state that lasts beyond a batch; files of older versions have none."""
    if attribute(reader.root, "format_version", int) < SINCE_STATE:
        return {}
    from neurochannel.engine.parameters import states_of

    options, group = summary.options, reader.group(reader.root, "state")
    rules = states_of(network, options["batch_size"])
    reader.expect(group, rules)
    state = {}
    for key, (owner, shape, whole, _) in rules.items():
        dtype = OWN_DTYPES["int64" if whole else options["dtype"]]
        shape = kept.parameters[owner].shape if shape is None else shape
        state[key] = _finite(reader, group, key, dtype, shape)
    return state


def _read_bundle(
    reader: Reader, group: h5py.Group, place: Place, dtype: str, kept: Snapshot
) -> None:
    reader.expect(group, place.arrays)
    shape = place.shape
    if place.is_sparse:
        n_source, n_target = place.sizes
        start = reader.array(group, "start", "<u4", (n_source + 1,))
        receivers = reader.array(group, "receivers", "<u4", (None,))
        _check_edges(group.name, start, receivers, n_target)
        kept.edges[place.key] = start, receivers
        shape = receivers.shape
    if place.has_weights:
        kept.parameters[place.key] = _finite(reader, group, "weights", dtype, shape)


def _check_edges(where: str, start: np.ndarray, receivers: np.ndarray, n_target: int) -> None:
    """Refuse edge lists that are not sorted by source and receiver, each edge once."""
    counts = np.diff(start.astype(np.int64))
    if start[0] != 0 or start[-1] != len(receivers) or np.any(counts < 0):
        raise wrong(f"{where}/start must rise from 0 to the {len(receivers)} receivers")
    if len(receivers) and int(receivers.max()) >= n_target:
        raise wrong(f"{where}/receivers must be below {n_target}, got {receivers.max()}")
    rises = np.diff(receivers.astype(np.int64)) > 0
    # From one source to the next the numbers may fall.
    first = start[(start > 0) & (start < len(receivers))].astype(np.int64) - 1
    rises[first] = True
    if not rises.all():
        raise wrong(f"{where}/receivers must rise for each source")


def _finite(
    reader: Reader, group: h5py.Group, name: str, dtype: str, shape: tuple[int, ...]
) -> np.ndarray:
    values = reader.array(group, name, dtype, shape)
    if not np.isfinite(values).all():
        raise wrong(f"{group.name}/{name} must be finite numbers, got NaN or Inf")
    return values


def _options(group: h5py.Group) -> dict[str, Any]:
    found = {name: attribute(group, name, int) for name in ("batch_size", "seed", "threads")}
    found["dtype"] = attribute(group, "dtype", str)
    if "chip_seed" in group.attrs:
        found["chip_seed"] = attribute(group, "chip_seed", int)
    Options(**found)
    return {"rate": _rate(group), "chip_seed": None, **found}


def _units(group: h5py.Group) -> Units:
    scale = _by_map(group, "scale")
    offset = _by_map(group, "offset") if "offset" in group.attrs else (0.0,) * len(scale)
    if not all(math.isfinite(number) and number > 0 for number in scale):
        raise wrong(f"scale must be a positive number, got {Units(scale, scale).short[0]}")
    if len(offset) != len(scale) or not all(math.isfinite(number) for number in offset):
        raise wrong(f"offset must be as many finite numbers as scale, got {offset}")
    return Units(scale, offset)


def _by_map(group: h5py.Group, name: str) -> tuple[float, ...]:
    """Read one number, or one for each map."""
    shape: tuple[int, ...] | None = ()
    if name in group.attrs:
        shape = group.attrs.get_id(name).shape
    if shape == ():
        return (attribute(group, name, float),)
    stored = group.attrs.get_id(name)
    (n,) = shape if shape is not None and len(shape) == 1 else (0,)
    if not 1 <= n <= MOST_MAPS or stored.dtype != np.dtype("<f8"):
        raise wrong(f"{name} must be one number, or one for each of at most {MOST_MAPS} maps")
    return tuple(group.attrs[name].tolist())


def _rate(group: h5py.Group) -> float | Decay | str:
    kind = attribute(group, "rate_kind", str)
    if kind == "function":
        return str(attribute(group, "rate_function", str))
    if kind not in ("constant", "decay"):
        raise wrong(f"rate_kind must be constant, decay or function, got '{kind}'")
    rate: float = attribute(group, "rate", float)
    if kind == "decay":
        return Decay(rate, attribute(group, "decay", float))
    Options(rate=rate)
    return rate


def _progress(group: h5py.Group) -> Progress:
    counts = {name: attribute(group, name, int) for name in ("epoch", "position", "updates")}
    seconds = attribute(group, "seconds", float)
    for name, value in counts.items():
        if not 0 <= value <= LARGEST:
            raise wrong(f"{name} must not be negative, got {value}")
    if not (math.isfinite(seconds) and seconds >= 0):
        raise wrong(f"seconds must not be negative, got {seconds}")
    return Progress(**counts, seconds=seconds)


def _records(reader: Reader, progress: Progress) -> list[Record]:
    group = reader.group(reader.root, "history")
    reader.expect(group, Record._fields)
    columns: list[np.ndarray] = []
    for name in Record._fields:
        n = len(columns[0]) if columns else None
        kind = "<i8" if name in ("epoch", "updates") else "<f8"
        columns.append(reader.array(group, name, kind, (n,)))
    epochs = columns[0]
    if len(epochs) and not (np.all(np.diff(epochs) > 0) and epochs[0] >= 1):
        raise wrong("/history/epoch must rise from 1 on")
    if len(epochs) and epochs[-1] > progress.epoch:
        raise wrong(f"/history/epoch must not go beyond epoch {progress.epoch}, got {epochs[-1]}")
    return [Record(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _provenance(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("data", 0), dict | None):
        raise wrong("/provenance must be a JSON object with 'data', an object or null")
    for key, value in (found["data"] or {}).items():
        if not isinstance(value, str | None):
            raise wrong(f"/provenance data.{key} must be text or null")
    return found
