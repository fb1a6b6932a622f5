"""Where the devices of a network lie: chip numbers and hidden weights, and how they start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from neurochannel.engine.drawn_devices import Devices, chip_numbers, draw_devices, shape_of
from neurochannel.engine.memory import MemoryMap, Span
from neurochannel.engine.parameters import device_rules, held_by
from neurochannel.engine.streams import AGE, HIDDEN, WRITTEN, held_key, stream
from neurochannel.kernels import bulk
from neurochannel.kernels.devices import Shape
from neurochannel.model.network import Network
from neurochannel.model.synapses import Synapse

NAMES = {
    "a": "step up",
    "b": "slope up",
    "c": "step down",
    "d": "slope down",
    "low": "lower bound",
    "high": "upper bound",
    "leak": "leak",
    "drift": "drift",
    "reference": "reference",
}
"""What the chip numbers are called, by the fields of `Devices`."""
MOVING = {"a": "up", "b": "up_slope", "c": "down", "d": "down_slope", "low": "low", "high": "high"}
"""Operands of the kernels that move devices, by the same."""


def fields_of(synapse: Synapse) -> dict[str, bool]:
    """Return which chip numbers a synapse needs, and whether they differ among its devices."""
    work = synapse.at_work
    made = dict.fromkeys(MOVING, synapse.varied)
    if synapse.leak is not None:
        made["leak"] = "leak_spread" in work or "stuck" in work
    if synapse.drift:
        made["drift"] = "drift_spread" in work
    if synapse.hides:
        made["reference"] = "reference_spread" in work
    return made


@dataclass(frozen=True)
class DeviceMap:
    """The map of one kind of chip numbers, of which several are made of the same draws.

    Parameters
    ----------
    field
        One of `Devices`.
    """

    synapse: Synapse
    key: str
    field: str

    def numbers(self, n: int, seed: np.uint64, stream: np.uint64) -> np.ndarray:
        """Return n numbers; the stream is not used, since each draw has its own."""
        made: np.ndarray = getattr(_drawn(self.synapse, self.key, n, int(seed)), self.field)
        return made


def reserve_devices(network: Network, memory: MemoryMap) -> None:
    """Give chip numbers their places: a map, or one row for all where devices do not differ.

    What has no rows, a list of edges or biases, has one number for each.
    """
    for key, synapse in device_rules(network):
        owner = memory.values[key]
        for field, varied in fields_of(synapse).items():
            name = NAMES[field]
            if varied:
                draw = DeviceMap(synapse, key, field)
                memory.add_map(f"{name}:{key}", owner.shape, draw, stride=owner.stride)
            else:
                row = (1, owner.shape[1]) if len(owner.shape) > 1 else owner.shape
                memory.add_constant(f"{name}:{key}", key, row, owner.stride)
        memory.add_constant(f"curve:{key}", key, (len(Shape._fields),))


def chip_place(memory: MemoryMap, key: str, field: str) -> Span:
    """Return the place of one kind of chip numbers, a field of `Devices`."""
    name = f"{NAMES[field]}:{key}"
    return memory.maps.get(name) or memory.constants[name]


@lru_cache(maxsize=4)
def _drawn(synapse: Synapse, key: str, n: int, chip_seed: int) -> Devices:
    made = draw_devices(synapse, chip_numbers(chip_seed, key, n))
    return Devices(*(np.broadcast_to(part, n) for part in made))


def fill_constants(network: Network, memory: MemoryMap, values: np.ndarray) -> None:
    """Fill the chip numbers of devices that do not differ, and the numbers of all models."""
    for key, synapse in device_rules(network):
        for field in fields_of(synapse):
            span = memory.constants.get(f"{NAMES[field]}:{key}")
            if span is not None:
                span.view(values)[...] = getattr(_drawn(synapse, key, 1, 0), field)[0]
        _, curve = shape_of(synapse)
        memory.constants[f"curve:{key}"].view(values)[:] = curve


def settle(
    network: Network,
    memory: MemoryMap,
    seeds: tuple[int, int],
    values: np.ndarray,
    *only: str,
) -> None:
    """Bring weights, which anyone may have set, to where their devices can be, and write them.

    Parameters
    ----------
    seeds
        Of the chip and of the run.
    only
        Their keys; all if left out.
    """
    for key, synapse in device_rules(network):
        if only and key not in only:
            continue
        shown, n = memory.values[key].view(values), memory.values[key].n
        made = Devices(*(part.reshape(shown.shape) for part in _drawn(synapse, key, n, seeds[0])))
        wanted = shown.astype(np.float64) + made.reference
        inside = np.clip(wanted, made.low, made.high)
        stored = np.where(np.isnan(made.stuck), inside, made.stuck).astype(shown.dtype)
        shown[...] = stored
        if not synapse.hides:
            continue
        held = {what: memory.kept[held_key(what, key)].view(values) for what in held_by(synapse)}
        held[HIDDEN][...] = stored
        shown[...] = stored - made.reference.astype(shown.dtype)
        if synapse.drift:
            held[AGE][...] = 0.0
        if synapse.write_noise:
            drawn = np.empty(n, np.float32)
            name = stream(f"write start:{key}")
            first = np.uint64(bulk.key(np.uint64(seeds[1]), name, np.uint64(0)))
            bulk.fill_normals(drawn, first, np.uint32(0))
            held[WRITTEN][...] = synapse.write_noise * drawn.reshape(shown.shape).astype(
                shown.dtype
            )
            shown[...] += held[WRITTEN]
        if synapse.bits is not None:
            _show(synapse, shown)


def _show(synapse: Synapse, shown: np.ndarray) -> None:
    levels, most = levels_of(synapse)
    kind = shown.dtype.type
    held = np.clip(shown * kind(levels / most), -levels, levels)
    shown[...] = np.rint(held) * kind(most / levels)


def stored_weights(memory: MemoryMap, values: np.ndarray, key: str) -> np.ndarray:
    """Return the weights that devices store, as a view, in their own shape."""
    return memory.kept.get(held_key(HIDDEN, key), memory.values[key]).view(values)


def levels_of(synapse: Synapse) -> tuple[float, float]:
    """Return the levels above 0 and the largest weight of what is read with few bits."""
    bits = synapse.bits or 24
    most = synapse.range or max(map(abs, synapse.bounds or (1.0, 1.0)))
    return 2.0 ** (bits - 1) - 1.0, most
