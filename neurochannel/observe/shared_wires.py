"""How many wires share a weight, in words: what no synapse can know alone."""

from __future__ import annotations

from typing import Any

from neurochannel.engine.parameters import windows_of
from neurochannel.model.edges import ChannelEdges
from neurochannel.model.network import Bundle, Network


def shared_text(network: Network, bundle: Bundle[Any]) -> str:
    """Say how many wires each weight of a bundle is on; empty if it is on one only."""
    made, edges = windows_of(network, bundle), bundle.edges
    if isinstance(edges, ChannelEdges) and edges.weights == "tied":
        made = network.geometries.get(f"{bundle.target} -> {bundle.sender(network.output)}")
    image = network.image(bundle.target)
    if made and made.kind == "conv":
        wires, most = made.n_windows, "up to " * (made.margin != (0, 0))
    elif isinstance(edges, ChannelEdges) and edges.shared == "maps" and image:
        wires, most = image[0] * image[1], ""
    else:
        return ""
    learns = edges.weights == "adaptive" if isinstance(edges, ChannelEdges) else edges.learn
    return _text("weight", f"{most}{wires:,} wires", learns=learns) if wires > 1 else ""


def shared_bias_text(network: Network, population: str) -> str:
    """Say how many neurons each bias of a population is of; empty if it is of one only."""
    n, biases = network.size(population), network.n_biases(population)
    return "" if biases == n else _text("bias", f"{n // biases:,} neurons", learns=True)


def _text(what: str, places: str, *, learns: bool) -> str:
    return f"one {what} on {places}{': its change is a sum over positions' * learns}"
