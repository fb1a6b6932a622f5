"""Maps of the chip: how devices of the same kind differ, as functions of the chip's seed alone."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurochannel.engine.broken_wires import reserve_faults
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.memory import MemoryMap
from neurochannel.engine.streams import chip_stream
from neurochannel.errors import OptionError
from neurochannel.kernels import random
from neurochannel.model.limits.of_neurons import Dead, GainSpread, ThresholdSpread
from neurochannel.model.network import Network


@dataclass(frozen=True)
class Normal:
    """mean + spread z, z standard normal."""

    spread: float
    mean: float = 0.0

    def numbers(self, n: int, seed: np.uint64, stream: np.uint64) -> np.ndarray:
        """Return n numbers."""
        return _filled(n, random.NORMAL, self.spread, self.mean, seed, stream)


@dataclass(frozen=True)
class Uniform:
    """Uniform in [low, high)."""

    low: float
    high: float

    def numbers(self, n: int, seed: np.uint64, stream: np.uint64) -> np.ndarray:
        """Return n numbers."""
        half = (self.high - self.low) / 2
        return _filled(n, random.UNIFORM, half, self.low + half, seed, stream)


@dataclass(frozen=True)
class Chosen:
    """Exactly round(fraction n) ones among zeros; a larger fraction chooses these and more."""

    fraction: float

    def numbers(self, n: int, seed: np.uint64, stream: np.uint64) -> np.ndarray:
        """Return n numbers."""
        luck = _filled(n, random.UNIFORM, 1.0, 0.0, seed, stream)
        chosen = np.zeros(n)
        chosen[np.argsort(luck, kind="stable")[: n_chosen(self.fraction, n)]] = 1.0
        return chosen


def n_chosen(fraction: float, n: int) -> int:
    """Return how many of n are chosen: round(fraction n), halves upward."""
    return math.floor(fraction * n + 0.5)


def _filled(
    n: int, kind: int, scale: float, mean: float, seed: np.uint64, stream: np.uint64
) -> np.ndarray:
    out = np.empty(n)
    random.fill(out, kind, scale, mean, seed, stream, np.uint64(0))
    return out


def reserve_maps(network: Network, edges: dict[str, EdgeList], memory: MemoryMap) -> None:
    """Give every map its place, in an order that depends on the network alone."""
    for population in network.forward_order:
        neuron, n = network.populations[population].neuron, network.size(population)
        for stage in neuron.stages if neuron else ():
            if isinstance(stage, GainSpread):
                memory.add_map(f"gain:{population}", (n,), Normal(stage.gain_spread, mean=1.0))
            elif isinstance(stage, ThresholdSpread):
                memory.add_map(f"threshold:{population}", (n,), Normal(stage.threshold_spread))
            elif isinstance(stage, Dead):
                memory.add_map(f"dead:{population}", (n,), Chosen(stage.dead))
    reserve_faults(network, edges, memory)


def draw_maps(memory: MemoryMap, chip_seed: int, values: np.ndarray) -> None:
    """Fill all maps; in float32 they are the rounded numbers of float64."""
    for name, span in memory.maps.items():
        drawn = memory.draws[name].numbers(span.n, np.uint64(chip_seed), chip_stream(name))
        span.view(values)[...] = drawn.reshape(span.shape)


def map_views(memory: MemoryMap, values: np.ndarray) -> dict[str, np.ndarray]:
    """Return all maps by name as read-only views, each in its own shape."""
    views = {name: span.view(values) for name, span in memory.maps.items()}
    for view in views.values():
        view.flags.writeable = False
    return views


def map_sums(maps: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Return a CRC-32 of each map, of its numbers in little endian."""
    return {
        name: zlib.crc32(array.astype(array.dtype.newbyteorder("<")).tobytes())
        for name, array in maps.items()
    }


def check_maps(drawn: Mapping[str, int], noted: Mapping[str, int]) -> None:
    """Refuse maps that are not those that were drawn at another time or on another machine.

    Raises
    ------
    OptionError
        If one that was noted has another CRC-32 now.
    """
    for name, noted_sum in noted.items():
        if drawn.get(name) != noted_sum:
            raise OptionError(
                f"the chip's map '{name}' comes out with other numbers here than where the run was "
                "kept; resume on the same kind of machine, with the same version"
            )
