"""Under which key weights and biases are kept that several bundles or populations share."""

from __future__ import annotations

from neurochannel.engine.streams import bias_key, weights_key
from neurochannel.model.network import Network


def kept_weights(network: Network, bundle: str) -> str:
    """Name the weights of a forward bundle: its own, or those of the first that shares them."""
    return weights_key(network.holder(bundle))


def kept_biases(network: Network, population: str) -> str:
    """Name the biases of a population: its own, or those of the first that shares them."""
    return bias_key(network.bias_holder(population))
