"""Where the devices of a network lie: chip numbers and hidden weights, and how they start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from neurochannel.engine.drawn_devices import Devices, drawn_for, shape_of
from neurochannel.engine.memory import MemoryMap, Span
from neurochannel.engine.parameters import device_rules, held_by, sides_of
from neurochannel.engine.streams import AGE, HIDDEN, OPPOSITE, WRITTEN, held_key, stream
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
NOTHING = "nothing"
"""The name of zeros that stand for chip numbers of devices which do not move in a direction."""
MOVING = {"a": "up", "b": "up_slope", "c": "down", "d": "down_slope", "low": "low", "high": "high"}
"""Operands of the kernels that move devices, by the same."""


GROWING = {False: ("a", "b", "high"), True: ("c", "d", "low")}
"""Those of the two sides of pairs, the opposite one last; all others are 0."""


def fields_of(synapse: Synapse, *, opposite: bool = False) -> dict[str, bool]:
    """Return which chip numbers a synapse needs, and whether they differ among its devices.

    Parameters
    ----------
    opposite
        Whether those of the devices whose growth makes weights smaller, in pairs.
    """
    work = synapse.at_work
    moving = GROWING[opposite] if synapse.pair else tuple(MOVING)
    made = dict.fromkeys(moving, synapse.varied)
    if synapse.leak is not None:
        made["leak"] = "leak_spread" in work or "stuck" in work
    if synapse.drift:
        made["drift"] = "drift_spread" in work
    if synapse.hides and not opposite:
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
        row = (1, owner.shape[1]) if len(owner.shape) > 1 else owner.shape
        for side, opposite in _sides(key, synapse):
            for field, varied in fields_of(synapse, opposite=opposite).items():
                name = f"{NAMES[field]}:{side}"
                if varied:
                    draw = DeviceMap(synapse, side, field)
                    memory.add_map(name, owner.shape, draw, stride=owner.stride, owner=key)
                else:
                    memory.add_constant(name, key, row, owner.stride)
            memory.add_constant(f"curve:{side}", key, (len(Shape._fields),))
        if synapse.pair:
            shape = owner.shape if synapse.varied else row
            memory.add_constant(f"{NOTHING}:{key}", key, shape, owner.stride)


def _sides(key: str, synapse: Synapse) -> list[tuple[str, bool]]:
    return [(side, side != key) for side in sides_of(key, synapse)]


def chip_place(memory: MemoryMap, key: str, field: str) -> Span:
    """Return the place of one kind of chip numbers, a field of `Devices`."""
    name = f"{NAMES[field]}:{key}"
    found = memory.maps.get(name) or memory.constants.get(name)
    return found or memory.constants[f"{NOTHING}:{key.removeprefix(OPPOSITE)}"]


_drawn = lru_cache(maxsize=4)(drawn_for)


def fill_constants(network: Network, memory: MemoryMap, values: np.ndarray) -> None:
    """Fill the chip numbers of devices that do not differ, and the numbers of all models."""
    for key, synapse in device_rules(network):
        for side, opposite in _sides(key, synapse):
            for field in fields_of(synapse, opposite=opposite):
                span = memory.constants.get(f"{NAMES[field]}:{side}")
                if span is not None:
                    span.view(values)[...] = getattr(_drawn(synapse, side, 1, 0), field)[0]
            _, curve = shape_of(synapse, opposite=opposite)
            memory.constants[f"curve:{side}"].view(values)[:] = curve


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
        shown = memory.values[key].view(values)
        wanted, total = shown.astype(np.float64), np.zeros_like(shown)
        for side in sides_of(key, synapse):
            held = {what: memory.kept[held_key(what, side)] for what in held_by(synapse)}
            views = {what: span.view(values) for what, span in held.items()}
            total += _settled(synapse, side, seeds, wanted, views)
        shown[...] = total
        if synapse.bits is not None:
            _show(synapse, shown)


def _settled(
    synapse: Synapse,
    key: str,
    seeds: tuple[int, int],
    wanted: np.ndarray,
    held: dict[str, np.ndarray],
) -> np.ndarray:
    """Let devices hold weights that are wanted as far as they can; return what is read of them."""
    n, kind = wanted.size, next((one.dtype for one in held.values()), wanted.dtype)
    made = Devices(*(part.reshape(wanted.shape) for part in _drawn(synapse, key, n, seeds[0])))
    inside = np.clip(wanted + made.reference, made.low, made.high)
    stored = np.where(np.isnan(made.stuck), inside, made.stuck)
    if not synapse.hides:
        return stored
    held[HIDDEN][...] = stored
    read = held[HIDDEN] - made.reference.astype(kind)
    if synapse.drift:
        held[AGE][...] = 0.0
    if synapse.write_noise:
        drawn = np.empty(n, np.float32)
        name = stream(f"write start:{key}")
        first = np.uint64(bulk.key(np.uint64(seeds[1]), name, np.uint64(0)))
        bulk.fill_normals(drawn, first, np.uint32(0))
        held[WRITTEN][...] = synapse.write_noise * drawn.reshape(wanted.shape).astype(kind)
        read = read + held[WRITTEN]
    return np.asarray(read)


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
