"""The forward graph of a trained network as NIR: Affine and Linear layers with its weights."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import FORWARD
from neurochannel.graphs.foreign.journal import counted
from neurochannel.graphs.foreign.keeping import some
from neurochannel.graphs.run_weights import current_weights
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.model.unmapped import require_matrices

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Simulation

VERSION = "1.0.8"
"""Of the library whose files these are like."""
SUM = "sum"
NAMED = 4
"""Populations of one activation that are named; more are counted."""
Layer = dict[str, Any]


def nir_bytes(network: Network, run: Simulation | None) -> tuple[bytes, list[str]]:
    """Return the forward graph of a run as NIR, and what is lost, a line for each thing.

    A population with one forward bundle becomes an Affine layer. One with several becomes a Linear
    layer for each, whose outputs an Affine layer adds up: its weight is the identity. One without
    any hears the input with weights of 0.

    Raises
    ------
    NetworkError
        If there is no run, whose weights it needs.
    """
    if run is None:
        raise NetworkError(
            "NIR holds weights, and there is no run that has them; give one, nc.write(network, "
            "path, run=run)"
        )
    require_matrices(network, "NIR")
    layers: dict[str, Layer] = {}
    edges: list[tuple[str, str]] = []
    carrier = {network.input: network.input}
    layers[network.input] = _ends("Input", network.size(network.input))
    for name in network.forward_order:
        bundles = network.forward_at.into(name)
        if name != network.input:
            carrier[name] = _population(network, run, name, bundles, layers, edges, carrier)
    layers[network.output] = _ends("Output", network.size(network.output))
    edges.append((carrier[network.output], network.output))
    return _file(layers, edges), list(_lost(network))


def _population(
    network: Network,
    run: Simulation,
    name: str,
    bundles: Sequence[AnyBundle],
    layers: dict[str, Layer],
    edges: list[tuple[str, str]],
    carrier: dict[str, str],
) -> str:
    """Add the layers of a population; return the name of the last."""
    own = f"{name}.{SUM}" if name == network.output else name
    size = network.size(name)
    bias = np.asarray(run.biases[name]) if name in run.biases else np.zeros(size)
    matrices = [_matrix(network, run, bundle) for bundle in bundles]
    if len(bundles) < 2:
        heard = bundles[0].source if bundles else network.input
        silent = np.zeros((size, network.size(heard)))
        layers[own] = _affine(matrices[0] if matrices else silent, bias)
        edges.append((carrier[heard], own))
        return own
    layers[own] = _affine(np.eye(size), bias)
    for bundle, matrix in zip(bundles, matrices, strict=True):
        part = f"{bundle.source}.{name}"
        layers[part] = {"type": "Linear", "weight": matrix.astype(np.float32)}
        edges += [(carrier[bundle.source], part), (part, own)]
    return own


def _ends(kind: str, size: int) -> Layer:
    return {"type": kind, "shape": np.array([size], np.int64)}


def _affine(weight: NDArray[Any], bias: NDArray[Any]) -> Layer:
    return {
        "type": "Affine",
        "weight": weight.astype(np.float32),
        "bias": bias.astype(np.float32),
    }


def _matrix(network: Network, run: Simulation, bundle: AnyBundle) -> NDArray[np.float64]:
    """Return the weights of a bundle, (receivers, senders), 0 where there is no edge."""
    matrix = np.zeros((network.size(bundle.target), network.size(bundle.source)))
    sources, targets, weights = current_weights(run, FORWARD, bundle)
    matrix[targets, sources] = weights
    return matrix


def _file(layers: dict[str, Layer], edges: list[tuple[str, str]]) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        root["version"] = VERSION
        node = root.create_group("node")
        node["type"] = "NIRGraph"
        node.create_dataset("edges", data=edges, dtype=h5py.string_dtype())
        for name, fields in layers.items():
            for key, value in fields.items():
                node[f"nodes/{name}/{key}"] = value
    return buffer.getvalue()


def _lost(network: Network) -> list[str]:
    lost = []
    curved: dict[str, list[str]] = {}
    for name, part in network.populations.items():
        if part.activation != "linear":
            curved.setdefault(part.activation, []).append(name)
    if curved:
        what = [
            f"{kind} of {listed(names) if len(names) <= NAMED else f'{len(names)} populations'}"
            for kind, names in curved.items()
        ]
        lost.append(f"lost the activations, for which NIR has no word: {listed(what)}")
    if network.channel_bundles:
        n = counted(len(network.channel_bundles), "bundle")
        lost.append(f"lost the learning channel of {n}: NIR has forward edges only")
    sparse = [
        bundle
        for bundle in network.forward_bundles
        if bundle.edges.changed().keys() & {"fan_in", "density", "one_to_one", "edges"}
    ]
    if sparse:
        lost.append(
            f"lost which edges {counted(len(sparse), 'sparse bundle')} lack: they have the weight 0"
        )
    if deaf := [n for n in network.forward_order[1:] if not network.forward_at.into(n)]:
        lost.append(
            f"lost that {some(deaf)} {'hears' if len(deaf) == 1 else 'hear'} nothing: weights from "
            "the input are 0"
        )
    shared = [several for several in network.shares.values() if len(several) > 1]
    if shared:
        layers = counted(sum(map(len, shared)), "layer")
        matrices = counted(len(shared), "matrix", "matrices")
        lost.append(f"lost that weights are shared: {layers} hold copies of {matrices}")
    tables = [part.attributes for part in network.populations.values()]
    tables += [edges.attributes for edges in network.forward]
    kept = dict.fromkeys(key for table in tables for key in table)
    if kept:
        lost.append(f"lost the attributes {some(list(kept))}, which NIR has no place for")
    return lost
