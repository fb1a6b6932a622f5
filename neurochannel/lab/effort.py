"""Networks that are too large to be looked at after each key that is pressed."""

from __future__ import annotations

from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.errors import OptionError
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.network import Network
from neurochannel.observe.ledger.counting import geometries_by_key

MOST_EDGES = 10_000_000
"""Of a network that is inspected on the page; weights are drawn for that."""
MOST_BUNDLES = 400
"""Of the same; each costs milliseconds in each channel that it is compared with."""


def check_effort(network: Network) -> None:
    """Refuse a network whose weights would fill the memory of the server, or take it minutes.

    Parameters
    ----------
    network
        With all sizes known.

    Raises
    ------
    OptionError
        If it has too many bundles, or may have too many edges.
    """
    n_bundles = len(network.forward_bundles) + len(network.channel_bundles)
    if n_bundles > MOST_BUNDLES:
        raise _too_large(MOST_BUNDLES, "bundles of edges", f"{n_bundles:,}")
    images = geometries_by_key(network)
    keyed: list[tuple[str, AnyBundle]] = [
        *((weights_key(bundle.name), bundle) for bundle in network.forward_bundles),
        *((channel_key(bundle.name), bundle) for bundle in network.channel_bundles),
    ]
    n = 0
    for key, bundle in keyed:
        image = images.get(key)
        n += image.n_wires if image else _most_edges(network, bundle)
    if n > MOST_EDGES:
        raise _too_large(MOST_EDGES, "edges", f"up to {n:,}")


def _too_large(most: int, what: str, got: str) -> OptionError:
    return OptionError(
        f"the network must have at most {most:,} {what} to be checked here, got {got}; "
        "'neurochannel inspect' checks it, and it can be trained"
    )


def _most_edges(network: Network, bundle: AnyBundle) -> int:
    sources, receivers = network.size(bundle.source), network.size(bundle.target)
    edges = bundle.edges
    if edges.edges is not None:
        return len(edges.edges)
    if edges.one_to_one:
        return receivers
    return receivers * min(edges.fan_in or sources, sources)
