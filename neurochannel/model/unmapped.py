"""What does not know convolution, local windows and pooling yet says so."""

from __future__ import annotations

from neurochannel.errors import NetworkError
from neurochannel.model.network import Network


def require_matrices(network: Network, what: str) -> None:
    """Refuse networks with windows, pooling or shared channel weights.

    Parameters
    ----------
    what
        Who refuses, "the ledger".

    Raises
    ------
    NetworkError
        If there is such a bundle; the text names it.
    """
    ruled = [b.name for b in network.forward_bundles if b.edges.rule]
    ruled += [b.name for b in network.channel_bundles if b.edges.shared]
    if ruled:
        raise NetworkError(
            f"{what} must be of a network without convolution, local windows, pooling and shared "
            f"channel weights, got '{ruled[0]}'; use one with all-to-all bundles or single edges"
        )


def require_no_shapes(network: Network, what: str) -> None:
    """Refuse what `require_matrices` does, and populations with a shape, which would be lost.

    Raises
    ------
    NetworkError
        If there is one; the text names it.
    """
    require_matrices(network, what)
    for name, population in network.populations.items():
        if population.shape is not None:
            raise NetworkError(
                f"{what} must be of populations without a shape, got "
                f"{list(population.shape)} in '{name}'; write size = {population.size} there, or a "
                ".toml file"
            )
