"""What a new run takes over from another one: edge lists, weights and biases."""

from __future__ import annotations

from typing import Any

from neurochannel.engine.edgelists import (
    EdgeList,
    candidates_for,
    draw_edges,
    same_edges,
    stored_edges,
)
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.machine import Machine
from neurochannel.engine.parameters import parameter_bundles
from neurochannel.engine.snapshot import Snapshot
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.errors import OptionError
from neurochannel.model.network import Bundle, Network


class Parent:
    """A run at rest, from which others take over what fits them.

    A bundle fits if both have one under the same key between as many neurons, with the same edges.
    """

    def __init__(self, network: Network, snapshot: Snapshot) -> None:
        self._network = network
        self._snapshot = snapshot
        self._lists = stored_edges(network, snapshot.edges)
        self._bundles: dict[str, Bundle[Any]] = {
            weights_key(bundle.name): bundle for bundle in network.forward_bundles
        }
        self._channel = {channel_key(bundle.name): bundle for bundle in network.channel_bundles}
        self._bundles |= self._channel

    def edges_for(self, network: Network, seed: int) -> dict[str, EdgeList]:
        """Return the edges of another network: those that it shares, the others from its seed."""

        def kept(key: str, bundle: Bundle[Any], candidates: EdgeList | None) -> EdgeList | None:
            mine, own = self._alike(key, bundle, network), self._key(key, bundle)
            if (
                mine is None
                or _drawn_by(mine) == (None, None)
                or _drawn_by(mine) != _drawn_by(bundle)
            ):
                return None
            before = None
            if key in self._channel:
                before = candidates_for(self._network, self._channel[key], self._lists)
            return self._lists[own] if same_edges(before, candidates) else None

        return draw_edges(network, seed, kept)

    def hand_over(self, machine: Machine) -> None:
        """Set the weights and biases of a machine that this run shares with it.

        Raises
        ------
        OptionError
            If there is no bundle that they share.
        """
        kept, network = self._snapshot.parameters, machine.network
        shared = {
            key: self._key(key, bundle)
            for key, bundle in parameter_bundles(network)
            if self._has_same_weights(key, bundle, machine)
        }
        if not shared:
            raise OptionError(
                f"network '{network.name}' shares no bundle with '{self._network.name}'; a branch "
                "must have at least one of the same name, sizes and edges, or be a new Simulation"
            )
        for name in reversed(network.forward_order):
            key, own = (kept_biases(one, name) for one in (network, self._network))
            if own in kept and key in machine.spans:
                shared[key] = own
        for key, own in shared.items():
            target = machine.parameter(key)
            if target.shape == kept[own].shape:
                target[:] = kept[own]
        machine.settle()

    def _key(self, key: str, bundle: Bundle[Any]) -> str:
        """Return under which key this run keeps the weights that another one keeps under `key`."""
        return key if key in self._channel else kept_weights(self._network, bundle.name)

    def _alike(self, key: str, bundle: Bundle[Any], network: Network) -> Bundle[Any] | None:
        """Return the own bundle of this key if it lies between as many neurons."""
        mine = self._bundles.get(key)
        alike = mine is not None and _sizes(self._network, mine) == _sizes(network, bundle)
        return mine if alike else None

    def _has_same_weights(self, key: str, bundle: Bundle[Any], machine: Machine) -> bool:
        mine = self._alike(key, bundle, machine.network)
        own = self._key(key, bundle)
        if mine is None or own not in self._snapshot.parameters:
            return False
        if not same_edges(self._lists.get(own), machine.edges.get(key)):
            return False
        if self._snapshot.parameters[own].shape != machine.parameter(key).shape:
            return False
        return key not in self._channel or _is_concordant(mine) == _is_concordant(bundle)


def sized_like(network: Network, parent: Network) -> Network:
    """Fill in the sizes that a network leaves out from another network."""
    ends = (network.input, parent.input), (network.output, parent.output)
    inputs, outputs = (network.populations[own].size or parent.size(other) for own, other in ends)
    return network.sized(inputs, outputs, parent.image(parent.input))


def _sizes(network: Network, bundle: Bundle[Any]) -> tuple[int, int]:
    return network.size(bundle.source), network.size(bundle.target)


def _drawn_by(bundle: Bundle[Any]) -> tuple[int | None, float | None]:
    """Return the rule by which edges are drawn from a seed: (fan_in, density)."""
    return bundle.edges.fan_in, bundle.edges.density


def _is_concordant(bundle: Bundle[Any]) -> bool:
    return bool(bundle.edges.weights == "concordant")
