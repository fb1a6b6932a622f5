"""What of a run is needed to write a graph: which edges there are, and their weights now."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from neurochannel.engine.edgelists import mirror
from neurochannel.engine.window_edges import SharedWires, wires_of
from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import FORWARD
from neurochannel.model.bundles import AnyBundle, Bundle
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias
from neurochannel.model.problems import short
from neurochannel.model.weights import Sparsity

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Simulation

RULES = tuple(Sparsity.model_fields)
Weighted = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def current_weights(run: Simulation, kind: str, bundle: AnyBundle) -> Weighted:
    """Return sources, targets and weights of a bundle's single edges as they are now."""
    name, is_forward = bundle.name, kind == FORWARD
    wires = wires_of(run.network, bundle)
    if wires:
        shown = run.weights if is_forward else run.channel_weights
        weights = (
            wire_weights(run, bundle, wires) if name in shown else np.full(len(wires[0]), np.nan)
        )
        return wires.sources, wires.receivers, np.asarray(weights, np.float64)
    ends = run.edges(name) if is_forward else run.channel_edges(name)
    weights = run.edge_weights(name) if is_forward else run.channel_edge_weights(name)
    sources, targets = (np.asarray(part, np.int64) for part in ends)
    return sources, targets, np.asarray(weights, np.float64)


def wire_weights(run: Simulation, bundle: AnyBundle, wires: SharedWires) -> np.ndarray:
    """Return the weight of each wire: 1 for max pooling, and 1 / n for means of n neurons."""
    forward = isinstance(bundle.edges, ForwardEdges)
    views = run.weights if forward else run.channel_weights
    if bundle.name in views:
        weights: np.ndarray = views[bundle.name].ravel()[wires.numbers]
        return weights
    across = bundle.name if forward else mirror(run.network, cast("Bundle[ChannelEdges]", bundle))
    made = run.network.geometries[across]
    share = 1.0 / made.taps if made.kind == "mean" else 1.0
    return np.full(len(wires.sources), share, run.dtype)


def biases_of(network: Network, name: str, run: Simulation | None) -> NDArray[np.float64] | None:
    """Return the biases of a population now, or those that it begins with, None for those at 0."""
    if run is not None:
        return np.asarray(run.biases[name], np.float64) if name in run.biases else None
    bias = network.populations[name].bias
    if not isinstance(bias, Bias) or not np.any(bias.value):
        return None
    return np.broadcast_to(bias.value, (network.n_biases(name),))


def at_neurons(
    network: Network, name: str, biases: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Return biases for each neuron, those of maps at all of their neurons."""
    n = network.size(name)
    return biases if biases is None else np.tile(biases, n // len(biases))


def beside(network: Network, bundle: AnyBundle) -> AnyBundle | None:
    """Return the forward bundle that runs against a channel bundle, if there is one."""
    return network.forward_at.named(f"{bundle.target} -> {bundle.sender(network.output)}")


def check_network(network: object) -> None:
    """Refuse anything but a network.

    Raises
    ------
    NetworkError
        If it is something else.
    """
    if not isinstance(network, Network):
        from neurochannel.engine.gate import checked_network

        checked_network(network)


def sized_by(network: Network, run: Simulation | None) -> Network:
    """Return the network with the sizes that it has in a run; without a run as it is.

    Raises
    ------
    NetworkError
        If it is not a run of this network.
    """
    if run is None:
        return network
    from neurochannel.engine.simulation import Simulation

    if not isinstance(run, Simulation):
        raise NetworkError(
            f"run must be a Simulation, got {short(run)}; give a run of this network"
        )
    ran = run.network
    sized = network
    if network != ran and set(network.populations) == set(ran.populations):
        try:
            ends = ran.size(network.input), ran.size(network.output)
            sized = network.sized(*ends, ran.image(network.input))
        except NetworkError:
            sized = network
    if sized != ran:
        raise NetworkError(
            f"run must be a run of '{network.name}', got one of another network "
            f"'{ran.name}'; give run.network as the network"
        )
    return sized
