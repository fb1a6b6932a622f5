"""Kernels called as functions of arrays, and calls of their entries on memory made for a test."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from neurochannel.engine import compiler  # loads all kernels
from neurochannel.engine.memory import MARGIN, WORDS
from neurochannel.kernels.declare import BATCH, KERNELS, Kernel
from neurochannel.kernels.driver import drive, drive_plainly
from neurochannel.kernels.entry import entry_address, plain_entry
from neurochannel.kernels.jit import is_uncompiled, jit
from neurochannel.kernels.views import padded

assert compiler
LANES = padded(1)
"""Examples that joint vectors have room for."""
ROOM = {"buffer": "buffers", "flat": "buffers", "counts": "state"}


@cache
def compiled(kernel: Kernel) -> Callable[..., Any]:
    """The kernel's function, compiled, for arrays of NumPy."""
    function = jit(kernel.function)
    for dtype in ("float32", "float64"):
        if kernel.before:
            kernel.before(dtype)

    def call(*operands: Any) -> Any:
        roomy = [with_margin(one) if isinstance(one, np.ndarray) else one for one in operands]
        result = function(*roomy)
        for given, used in zip(operands, roomy, strict=True):
            if isinstance(given, np.ndarray) and given.flags.writeable:
                given[...] = used
        return result

    return call


def with_margin(array: np.ndarray) -> np.ndarray:
    """A copy behind whose end whole vectors can be read and written, as in the engine."""
    longer = np.zeros(array.size + MARGIN, array.dtype)
    made = longer[: array.size].reshape(array.shape)
    made[...] = array
    made.flags.writeable = array.flags.writeable
    return made


WINDOW = [3, 2, 1, 1, 1, 5, 3, 2, 1, 1, 0, 0]
"""A convolution of 3 x 2 pixels, the whole image, with 5 maps."""
POOLING = [3, 2, 1, 2, 2, 1, 2, 1, 1, 1, 0, 0]
WINDOW_COUNTS = {
    "deliver_windows": {"rows": 6},
    "deliver_local": {"rows": 6},
    "deliver_local_back": {"rows": 6},
    "deliver_turned_windows": {"rows": 30},
    "turn_windows": {"rows": 6, "m": 30, "n": 1},
    "multiply_windows_tied": {"rows": 6, "n": 5, "width": 6},
    "multiply_means_tied": {"n": 4, "width": 6},
} | {name: {"n": 4} for name in ("pool_max", "unpool_max", "pool_mean", "unpool_mean")}


class Rooms:
    """Random memory for one call of a kernel: every operand in a place of its own.

    Counts are as given or small and different; places leave room between them that must stay as it
    is. Edge lists join random neurons.
    """

    def __init__(self, kernel: Kernel, dtype: str, seed: int = 0, **counts: int) -> None:
        self.kernel, self.rng = kernel, np.random.default_rng(seed)
        self.dtype, self.size, self.capacity = np.dtype(dtype), 3, 4
        sizes = {"m": 6, "n": 5, "stride": 16, "rows": 3, "edges": 11, "slots": 2, "hands": 2}
        sizes |= {
            "one": 1,
            "devices": 3,
            "parts": 9,
            "maps": 5,
            "width": 8,
            "pool": 40,
            "blocks": 2,
        }
        sizes |= counts
        self.window = WINDOW
        if "window" in kernel.arrays:
            sizes |= {"numbers": len(WINDOW)} | WINDOW_COUNTS.get(kernel.name, {})
            pools = "pool" in kernel.name or "means" in kernel.name
            self.window = POOLING if pools else WINDOW
        self.n_inputs = sizes["m"] if "m" in kernel.numbers else sizes["n"]
        self.numbers = {count: sizes[count] for count in kernel.counts}
        self.places: dict[str, int] = {}
        self.arrays = self._data(sizes)
        self._place(sizes)
        self.choose_winners()

    def choose_winners(self) -> None:
        """Set which neuron of a window is the largest to one that there is."""
        if "winner" in self.kernel.arrays:
            self.view("winner")[...] = self.rng.integers(0, 2, self.view("winner").shape)

    def refill(self, n: int) -> None:
        """Take n random numbers as buffers."""
        self.arrays["buffers"] = self.reals(n)
        self.choose_winners()

    def move_last(self, name: str) -> None:
        """Move a buffer behind all others."""
        arrays = self.kernel.arrays
        buffers = [other for other in arrays if ROOM.get(arrays[other].room) == "buffers"]
        last = max(buffers, key=self.places.__getitem__)
        if last != name:
            self.places[name] = self.places[last] + -(-(self._width(last) + 1) // MARGIN) * MARGIN

    def reals(self, *shape: int) -> Any:
        """Random numbers, a fifth of them 0."""
        drawn = self.rng.normal(0, 0.8, shape) * (self.rng.random(shape) > 0.2)
        return np.ascontiguousarray(drawn, self.dtype)

    def _data(self, sizes: dict[str, int]) -> dict[str, np.ndarray]:
        n_rows, width = 9, max(sizes.values())
        inputs = self.rng.integers(0, 255, (n_rows, sizes["m"]), dtype=np.uint8)
        inputs[self.rng.random(inputs.shape) < 0.5] = 0
        filled = inputs != 0
        self.n_rows, self.n_pixels = n_rows, int(filled.sum())
        return {
            "buffers": self.reals(4000),
            "values": self.reals(4000),
            "changes": self.reals(4000),
            "state": self.reals(4000),
            "joint": self.reals(4000),
            "wires": self.rng.integers(0, 1, 500, dtype=np.uint32),
            "active": np.zeros(width + MARGIN, np.uint32),
            "amount": np.zeros(width + MARGIN, self.dtype),
            "marks": (self.rng.random(width) < 0.7).astype(np.uint8),
            "numbers": np.arange(width, dtype=np.uint32),
            "lanes": np.zeros(8192, self.dtype),
            "pulse_words": np.zeros(2 * width + MARGIN, np.uint32),
            "pulse_counts": np.zeros(width + MARGIN, self.dtype),
            "pulse_keys": np.zeros((32, 3), np.uint64),
            "totals": np.zeros(2),
            "input_scale": self.reals(sizes["n"]),
            "input_offset": self.reals(sizes["n"]),
            "bytes": self.rng.integers(0, 255, (n_rows, sizes["n"]), dtype=np.uint8),
            "reals": self.reals(n_rows, sizes["n"]),
            "labels": self.rng.integers(0, sizes["n"], n_rows),
            "targets": self.reals(n_rows, sizes["n"]),
            "pixel_start": np.r_[0, filled.sum(1).cumsum()].astype(np.uint64),
            "pixel_index": np.nonzero(filled)[1].astype(np.uint16),
            "pixel_value": inputs[filled],
            "examples": self.rng.permutation(n_rows).astype(np.uint32),
        }

    def _place(self, sizes: dict[str, int]) -> None:
        used = dict.fromkeys(("buffers", "joint", "values", "changes", "state", "wires"), MARGIN)
        for name, array in self.kernel.arrays.items():
            room = ROOM.get(array.room, array.room)
            n = self._width(name)
            self.places[name] = used[room]
            if room == "wires":
                self.arrays["wires"][used[room] : used[room] + n] = self._wires(name, n, sizes)
            used[room] += -(-(n + 1) // MARGIN) * MARGIN
            if name == "curve":
                self.view(name)[:] = abs(self.view(name))
        kinds = {"f8": 0.75, "i8": 3, "u8": 12345}
        named = {"distribution": 1, "n": sizes["n"], "m": sizes["m"], "first": 2}
        named |= {"bundles": 1, "against": 1}
        for name, number in self.kernel.numbers.items():
            self.numbers[name] = named.get(name, kinds[number.kind])

    def count(self, name: str) -> int:
        return int(self.numbers[name.removesuffix("+1")]) + name.endswith("+1")

    def _wires(self, name: str, n: int, sizes: dict[str, int]) -> Any:
        if name == "window":
            return self.window
        if name == "start":
            ends = np.sort(self.rng.integers(0, sizes["edges"] + 1, n - 2))
            return np.r_[0, ends, sizes["edges"]]
        if name == "ends":
            ends = self.rng.integers(0, sizes["edges"] + 1, (sizes["blocks"] + 1, sizes["m"]))
            return np.sort(ends, axis=0).ravel()
        if name == "places":
            return self.rng.permutation(sizes["pool"])[:n]
        return self.rng.integers(0, sizes["n"] if name == "receivers" else sizes["m"], n)

    def record(self) -> np.ndarray:
        kernel = self.kernel
        names = (*kernel.counts, *kernel.numbers)
        values = [self.places[n] for n in kernel.arrays] + [self.numbers[n] for n in names]
        return np.array([tuple(values)], kernel.record)

    def batch(self) -> np.ndarray:
        batch = np.zeros(1, BATCH)
        for name, array in self.arrays.items():
            batch[name] = array.ctypes.data
        batch["n_rows"], batch["n_pixels"] = self.n_rows, self.n_pixels
        batch["size"], batch["capacity"] = self.size, self.capacity
        batch["widest"], batch["following"] = len(self.arrays["numbers"]), -1
        batch["factor"], batch["rate"], batch["worth"] = 0.1, 0.3, 1 / 255
        batch["seed"], batch["update"] = 7, 5
        batch["height"], batch["width"], batch["maps"] = 1, self.n_inputs, 1
        batch["shift"], batch["flip"], batch["moves"], batch["epoch"] = 1, 1, 3, 2
        return batch

    def _width(self, name: str) -> int:
        array = self.kernel.arrays[name]
        n = int(np.prod([self.count(count) for count in array.shape]))
        return WORDS * n if array.room == "counts" else n

    def without(self, *names: str) -> dict[str, np.ndarray]:
        """Copies of what must be alike, 0 where operands lie or fill up their last vector."""
        left = {name: array.copy() for name, array in self.arrays.items()}
        for name in names:
            room = self.kernel.arrays[name].room
            start, n = self.places[name], self._width(name)
            if room in ("buffer", "flat"):
                start, n = start * self.capacity, -(-n // MARGIN) * MARGIN * self.capacity
            if room == "joint":
                start, n = start * LANES, n * LANES
            left[ROOM.get(room, room)][start : start + n] = 0
        for name in (
            "active",
            "amount",
            "marks",
            "lanes",
            "pulse_words",
            "pulse_counts",
            "pulse_keys",
        ):
            del left[name]
        return left

    def view(self, name: str) -> np.ndarray:
        """The array that an operand names."""
        array = self.kernel.arrays[name]
        room = ROOM.get(array.room, array.room)
        shape = tuple(self.count(count) for count in array.shape)
        start = self.places[name]
        if room == "buffers":
            start, shape = start * self.capacity, (self.size, *shape)
        if room == "joint":
            start, shape = start * LANES, (LANES, *shape)
        if array.room == "counts":
            return self.arrays[room][start : start + WORDS * shape[0]].view(np.int64)[: shape[0]]
        flat = self.arrays[room][start : start + int(np.prod(shape))]
        return flat.reshape(shape)

    def run(self) -> int:
        """Make the call once, on a single batch; return its status."""
        record, batch, control = self.record(), self.batch(), np.zeros(2, np.int64)
        where = (self.arrays["examples"][: self.size], np.array([0.3]), 0, control)
        kernel, dtype, address = self.kernel, self.dtype.name, record.ctypes.data
        if is_uncompiled():
            return drive_plainly([(plain_entry(kernel, dtype), address)], batch, *where)
        return int(drive(np.array([[entry_address(kernel, dtype), address]]), batch, *where))


def run_all(path: str) -> None:
    """Run every kernel on both kinds of numbers; keep what it left."""
    left = {}
    for name, kernel in KERNELS.items():
        for dtype in ("float32", "float64"):
            rooms = Rooms(kernel, dtype)
            left[name, dtype] = rooms.run(), rooms.arrays
    Path(path).write_bytes(pickle.dumps(left))


if __name__ == "__main__":
    run_all(sys.argv[1])
