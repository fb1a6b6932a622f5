"""The layout of a checkpoint: which arrays a network has, in which group, and how long they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurochannel.model.network import Bundle, Network

VERSION = 4
SINCE_STATE = 3
"""The version of the format that brought the state and the name of the generator."""
ROOMS = {"weights": "forward", "bias": "biases", "channel": "channel"}
"""Groups by the first part of the engine's keys, "weights:a -> b"."""

OWN_DTYPES = {"float32": "<f4", "float64": "<f8", "int64": "<i8", "uint32": "<u4"}
"""Little endian on every machine."""


def room_of(key: str) -> tuple[str, str]:
    """Split a key of the engine into the name of a group and that of a bundle or population."""
    kind, name = key.split(":", 1)
    return ROOMS[kind], name


@dataclass(frozen=True)
class Place:
    """Where the arrays of one bundle lie.

    Parameters
    ----------
    key
        The engine's name for its weights.
    sizes
        Numbers of source and receiving neurons.
    is_sparse
        Whether its single edges are listed.
    has_weights
        Whether it has weights of its own: not if they are made at each step, if it pools, or if
        another bundle holds them for both.
    shape
        Of its weights where its edges are not listed.
    """

    key: str
    sizes: tuple[int, int]
    is_sparse: bool
    has_weights: bool
    shape: tuple[int, ...]

    @property
    def arrays(self) -> set[str]:
        """Names of its arrays."""
        names = {"weights"} if self.has_weights else set()
        return names | ({"start", "receivers"} if self.is_sparse else set())


def places_of(network: Network) -> Iterator[Place]:
    """Yield the places of all bundles of a network whose sizes are known."""
    from neurochannel.engine.edgelists import mirror
    from neurochannel.engine.holders import kept_weights
    from neurochannel.engine.parameters import bundle_shape, parameter_bundles
    from neurochannel.engine.streams import channel_key, weights_key
    from neurochannel.model.edges import SIGNED

    weighted = {key for key, _ in parameter_bundles(network)}
    listed = [b for b in network.forward_bundles if _is_restricted(b)]
    sparse = {kept_weights(network, bundle.name) for bundle in listed}
    for bundle in network.forward_bundles:
        key = weights_key(bundle.name)
        shape = bundle_shape(network, bundle, None)
        yield Place(key, _sizes(network, bundle), key in sparse, key in weighted, shape)
    for edge in network.channel_bundles:
        key = channel_key(edge.name)
        follows = edge.edges.weights in SIGNED
        inherits = follows and kept_weights(network, mirror(network, edge)) in sparse
        is_sparse = _is_restricted(edge) or inherits
        shape = bundle_shape(network, edge, None)
        yield Place(key, _sizes(network, edge), is_sparse, key in weighted, shape)


def bias_sizes(network: Network) -> dict[str, int]:
    """Return how many biases each population has, by name; shared ones by the first that does."""
    from neurochannel.engine.parameters import bias_of

    names = [name for name in network.forward_order if bias_of(network, name)]
    return {network.bias_holder(name): network.n_biases(name) for name in names}


def _is_restricted(bundle: Bundle[Any]) -> bool:
    rules = bundle.edges
    listed = (rules.fan_in, rules.density, rules.edges)
    return rules.one_to_one or any(rule is not None for rule in listed)


def _sizes(network: Network, bundle: Bundle[Any]) -> tuple[int, int]:
    return network.size(bundle.source), network.size(bundle.target)
