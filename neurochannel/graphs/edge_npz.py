"""Edge lists in .npz files: the arguments of `from_arrays` by name."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from io import BufferedReader
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.engine.window_edges import shared_shape, wires_of
from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import (
    CHANNEL,
    FORWARD,
    NEURON,
    NEURON_EDGE,
    PLACES,
    SHARES,
    flat_edges,
    flat_neuron,
    started,
)
from neurochannel.graphs.edge_arrays import from_arrays
from neurochannel.graphs.fine import names_of_neurons, single_edges
from neurochannel.graphs.kept_columns import (
    GIVEN,
    KEPT,
    NEURONS,
    columns_in,
    kept_arrays,
    kept_by_edges,
    kept_by_neurons,
    names_by_edges,
)
from neurochannel.graphs.older_files import update_columns
from neurochannel.graphs.run_weights import at_neurons, biases_of
from neurochannel.graphs.shared_paths import table_of
from neurochannel.inputs.npz import NpzReader
from neurochannel.inputs.opening import MOST_RATIO, ContentError
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.format_versions import FORMAT
from neurochannel.model.problems import did_you_mean, short

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Simulation
    from neurochannel.model.network import Network

GROUPS = {"neurons": NEURON, "forward": NEURON_EDGE[FORWARD], "channel": NEURON_EDGE[CHANNEL]}
ALONE = ("forward", "channel", "ids", "name", "loss", "chip_seed", "format")


def npz_bytes(network: Network, run: Simulation | None) -> bytes:
    """Return a network as an .npz file of edge lists."""
    names = names_of_neurons(network)
    starts = dict(zip(names, np.cumsum([0, *map(len, names.values())]).tolist(), strict=False))
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(FORMAT),
        "name": np.array(network.name),
        "ids": np.array([neuron for part in names.values() for neuron in part]),
    }
    if network.loss is not None:
        arrays["loss"] = np.array(network.loss)
    if network.chip_seed is not None:
        arrays["chip_seed"] = np.array(network.chip_seed, np.uint64)
    rows = [{"population": n, **flat_neuron(p)} for n, p in network.populations.items()]
    sizes = [len(part) for part in names.values()]
    for key, column in _columns_of(rows, NEURON).items():
        arrays[f"neurons.{key}"] = np.repeat(column, sizes)
    biases = [at_neurons(network, name, biases_of(network, name, run)) for name in names]
    if any(part is not None for part in biases):
        filled = [
            np.full(size, np.nan) if part is None else part
            for size, part in zip(sizes, biases, strict=True)
        ]
        arrays["neurons.bias_value"] = np.concatenate(filled)
    arrays |= _places(network)
    arrays |= kept_arrays(NEURONS, kept_by_neurons(network))
    kept = names_by_edges(network)
    for kind, bundles in ((FORWARD, network.forward_bundles), (CHANNEL, network.channel_bundles)):
        parts = [single_edges(network, kind, bundle, run) for bundle in bundles]
        counts = [len(part[0]) for part in parts]
        flats = [flat_edges(kind, b.edges) | started(b) | {"table": table_of(b)} for b in bundles]
        if run is not None:
            flats = [{k: v for k, v in f.items() if not k.startswith("init")} for f in flats]
        heads = [starts[b.sender(network.output)] for b in bundles]
        tails = [starts[b.target] for b in bundles]
        arrays[kind] = np.stack(
            [
                _joined([part[0] + head for part, head in zip(parts, heads, strict=True)]),
                _joined([part[1] + tail for part, tail in zip(parts, tails, strict=True)]),
            ],
            axis=1,
        ).astype(np.int32)
        for key, column in _columns_of(flats, GROUPS[kind]).items():
            if key != "kind":
                arrays[f"{kind}.{key}"] = np.repeat(column, counts)
        arrays |= _shares(network, kind, bundles, counts)
        arrays |= _weights(kind, [part[2] for part in parts])
        arrays |= _kept(kind, bundles, counts, run is not None, kept)
    return _packed(arrays)


def _places(network: Network) -> dict[str, NDArray[Any]]:
    """Return where neurons of images are, -1 for those of no image."""
    images = [(network.image(name), network.size(name)) for name in network.populations]
    if not any(image for image, _ in images):
        return {}
    parts = [
        np.full((3, size), -1) if image is None else np.indices(image).reshape(3, -1)
        for image, size in images
    ]
    columns = zip(PLACES, np.concatenate(parts, axis=1).astype(np.int32), strict=True)
    return {f"neurons.{key}": column for key, column in columns}


def _shares(
    network: Network, kind: str, bundles: Iterable[AnyBundle], counts: Sequence[int]
) -> dict[str, NDArray[Any]]:
    """Return the number of each edge's weight among those of its bundle, -1 where none share."""
    parts = []
    for bundle, n in zip(bundles, counts, strict=True):
        wires = wires_of(network, bundle)
        shares = wires is not None and shared_shape(network, bundle) is not None
        parts.append(wires.numbers if wires and shares else np.full(n, -1))
    numbers = _joined(parts).astype(np.int32)
    return {f"{kind}.{SHARES}": numbers} if np.any(numbers >= 0) else {}


def _kept(
    kind: str,
    bundles: Iterable[AnyBundle],
    counts: Sequence[int],
    by_place: bool,
    names: Iterable[str],
) -> dict[str, NDArray[Any]]:
    """Return what edges keep, as arrays."""
    parts = [(kept_by_edges(b, n, by_place), n) for b, n in zip(bundles, counts, strict=True)]
    columns = {key: [v for own, n in parts for v in own.get(key, (None,) * n)] for key in names}
    given = {key: own for key, own in columns.items() if any(item is not None for item in own)}
    return kept_arrays(kind, given)


def _packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return a compressed file, or a plain one where it would be refused for what it unpacks to."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    unpacked = sum(array.nbytes for array in arrays.values())
    if unpacked > MOST_RATIO * buffer.tell():
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _weights(kind: str, parts: list[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    weights = _joined(parts).astype(np.float64)
    given = ~np.isnan(weights)
    if not given.any():
        return {}
    if given.all():
        return {f"{kind}.weight": weights}
    return {f"{kind}.weight": np.where(given, weights, 0.0), f"{kind}.weighted": given}


def holds_edge_lists(file: BufferedReader) -> bool:
    """Tell whether arrays have the names that they have here, rather than those of a matrix."""
    names = _reader(file).names
    file.seek(0)
    return not names or any(
        name.partition(".")[0] in (*GROUPS, KEPT, GIVEN, *ALONE[:-1]) for name in names
    )


def read_npz(file: BufferedReader, where: str) -> Network:
    """Read a network from an .npz file of edge lists.

    Parameters
    ----------
    where
        The name of the file, for a warning.

    Raises
    ------
    NetworkError
        If it is no such file, or anything in it is wrong.
    """
    arrays = loaded(file)
    if FORWARD not in arrays:
        raise NetworkError(
            f"must have an array 'forward' of edges, got {short(sorted(arrays))}; save it with "
            "numpy.savez(path, forward=..., channel=...), or import a matrix with options"
        )
    columns: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for key, array in arrays.items():
        group, dot, attribute = key.partition(".")
        if dot and group in (KEPT, GIVEN):
            continue
        if dot and group in columns:
            columns[group][attribute] = array
        elif key not in ALONE:
            hint = did_you_mean(
                key, [*ALONE, *(f"{g}.{k}" for g, own in GROUPS.items() for k in own)]
            )
            remedy = hint or (
                "name it neurons.ATTRIBUTE, forward.ATTRIBUTE, channel.ATTRIBUTE or attributes.NAME"
            )
            raise NetworkError(f"has an unknown array {short(key)}; {remedy}")
    update_columns(columns, arrays["format"].tolist() if "format" in arrays else None, where)
    return from_arrays(
        arrays[FORWARD],
        arrays.get(CHANNEL),
        neurons=columns["neurons"],
        forward_edges=columns[FORWARD],
        channel_edges=columns[CHANNEL],
        ids=arrays.get("ids"),
        attributes=columns_in(arrays),
        name=text_of(arrays, "name") or "network",
        loss=text_of(arrays, "loss"),
        chip_seed=arrays["chip_seed"].tolist() if "chip_seed" in arrays else None,
    )


def text_of(arrays: dict[str, NDArray[Any]], key: str) -> str | None:
    """Return an array that is one text, None if it is missing.

    Raises
    ------
    NetworkError
        If it is something else.
    """
    if key not in arrays:
        return None
    value = arrays[key]
    if value.shape != () or value.dtype.kind != "U":
        raise NetworkError(f"{key} must be one text, got {short(value)}; save it as a string")
    return str(value)


def loaded(file: BufferedReader) -> dict[str, NDArray[Any]]:
    """Return all arrays of a file by their names.

    Raises
    ------
    NetworkError
        If it is no such file.
    """
    try:
        reader = _reader(file)
        return {name: reader.array(name) for name in reader.names}
    except ContentError as error:
        raise _no_npz(error) from None
    except MemoryError:
        raise NetworkError(
            "must have arrays that fit into memory, got larger ones; thin the graph"
        ) from None


def _reader(file: BufferedReader) -> NpzReader:
    try:
        return NpzReader(file)
    except ContentError as error:
        raise _no_npz(error) from None


def _no_npz(error: ContentError) -> NetworkError:
    return NetworkError(
        f"must be an .npz file of numbers and texts, got something else ({error}); save it with "
        "numpy.savez"
    )


def _columns_of(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the attributes of rows as arrays without objects, by the rules of `from_arrays`."""
    found = {}
    for key in keys:
        items = [row.get(key) for row in rows]
        given = [item for item in items if item is not None]
        if not given:
            continue
        if any(isinstance(item, str) for item in given):
            found[key] = np.array(["" if item is None else str(item) for item in items])
        elif key == "bias" or (isinstance(given[0], bool) and len(given) == len(items)):
            found[key] = np.array([item is not False for item in items])
        else:
            found[key] = np.array([np.nan if item is None else item for item in items], float)
        if key == "table":
            found[key] = np.array([-1 if item is None else item for item in items], np.int64)
    return found
