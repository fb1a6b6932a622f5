"""What does not know convolution, local windows and pooling says so."""

from __future__ import annotations

from neurochannel.errors import NetworkError
from neurochannel.model.network import Network


def require_matrices(network: Network, what: str) -> None:
    """Refuse networks with windows or pooling.

    Parameters
    ----------
    what
        Who refuses, "NIR".

    Raises
    ------
    NetworkError
        If there is such a bundle; the text names it.
    """
    ruled = [b.name for b in network.forward_bundles if b.edges.rule]
    if ruled:
        raise NetworkError(
            f"{what} must be of a network without convolution, local windows and pooling, got "
            f"'{ruled[0]}'; use one with all-to-all bundles or single edges"
        )
