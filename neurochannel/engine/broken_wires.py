"""Maps of broken wires: which of them say nothing, or always the same, on this chip."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.memory import MemoryMap
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.kernels import random
from neurochannel.model.edges import ChannelEdges
from neurochannel.model.limits import Message
from neurochannel.model.network import Bundle, Network


@dataclass(frozen=True)
class Broken:
    """0 for sound wires, NaN for dead ones, and what stuck ones say.

    The first round(dead n) in a random order are dead, the next round(stuck n) are stuck.

    Parameters
    ----------
    at
        What stuck ones say; None for -end or end by chance.
    """

    dead: float
    stuck: float
    at: float | None
    end: float

    def numbers(self, n: int, seed: np.uint64, stream: np.uint64) -> np.ndarray:
        """Return n numbers."""
        luck, signs, found = np.empty(n), np.empty(n), np.zeros(n)
        random.fill(luck, random.UNIFORM, 1.0, 0.0, seed, stream, np.uint64(0))
        random.fill(signs, random.SIGNS, 1.0, 0.0, seed, stream, np.uint64(1))
        order = np.argsort(luck, kind="stable")
        n_dead, n_stuck = (math.floor(p * n + 0.5) for p in (self.dead, self.stuck))
        stuck = order[n_dead : n_dead + n_stuck]
        found[order[:n_dead]] = np.nan
        found[stuck] = signs[stuck] * self.end if self.at is None else self.at or np.nan
        return found


def fault_key(key: str) -> str:
    """Name the map of the broken wires of a bundle."""
    return f"fault:{key}"


def reserve_faults(network: Network, edges: dict[str, EdgeList], memory: MemoryMap) -> None:
    """Give the map of the broken wires of every bundle its place."""
    for key, bundle in _bundles(network):
        message: Message | None = bundle.edges.message
        if message is None or not message.breaks:
            continue
        end = message.range if isinstance(message.range, float | int) else 0.0
        draw = Broken(message.dead, message.stuck, message.stuck_at, float(end))
        wires = wire_shape(network, edges, bundle)
        shape = wires if message.per == "wire" else (network.size(bundle.source),)
        memory.add_map(fault_key(key), shape, draw)


def _bundles(network: Network) -> Iterator[tuple[str, Bundle[Any]]]:
    for forward in network.forward_bundles:
        yield weights_key(forward.name), forward
    for bundle in network.channel_bundles:
        yield channel_key(bundle.name), bundle


def wire_shape(
    network: Network, edges: dict[str, EdgeList], bundle: Bundle[Any]
) -> tuple[int, ...]:
    """Return the shape of one number for each wire of a bundle.

    It is (n_edges,) or (n_source, n_target). A tied bundle without a choice of its own delivers
    back over the wires of the forward bundle.
    """
    if isinstance(bundle.edges, ChannelEdges):
        key = channel_key(bundle.name)
    else:
        key = kept_weights(network, bundle.name)
    if key not in edges and getattr(bundle.edges, "weights", None) == "tied":
        across = network.forward_at.named(mirror(network, bundle))
        if across is not None:
            return wire_shape(network, edges, across)
    if key in edges:
        return (edges[key].n_edges,)
    return network.size(bundle.source), network.size(bundle.target)
