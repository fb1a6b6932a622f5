"""Runs kernels on a part of a batch behind which memory cannot be written: storing ends it all.

Another thread may be at work on the examples behind a part, so even to store there what was there
already would be wrong, and no comparison of numbers would show it.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator

import numpy as np

from neurochannel.kernels.declare import KERNELS, Kernel
from neurochannel.kernels.task_driver import TOGETHER
from tests.kernels.calls import Rooms

READ = 1


def outputs(kernel: Kernel) -> Iterator[str]:
    """Names of the buffers that a kernel changes."""
    for name, array in kernel.arrays.items():
        if array.room in ("buffer", "flat") and array.access != "reads":
            yield name


def guarded(rooms: Rooms, name: str) -> mmap.mmap:
    """Move the buffers so that the part of one of them ends where memory is only read."""
    page, buffers = mmap.PAGESIZE, rooms.arrays["buffers"]
    rooms.move_last(name)
    end = (rooms.places[name] * rooms.capacity + rooms.view(name).size) * buffers.itemsize
    before, after = -(-end // page) * page, -(-buffers.nbytes // page) * page
    memory = mmap.mmap(-1, before + after)
    moved = np.frombuffer(memory, buffers.dtype)[(before - end) // buffers.itemsize :]
    rooms.arrays["buffers"] = moved[: buffers.size]
    rooms.arrays["buffers"][:] = buffers
    address = np.frombuffer(memory, np.uint8).ctypes.data + before
    assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(address), ctypes.c_size_t(after), READ) == 0
    return memory


def run_guarded() -> None:
    """Run every kernel that changes a buffer, saying its name first."""
    kept = []
    for kernel in KERNELS.values():
        for name in outputs(kernel):
            for dtype in ("float32", "float64"):
                print(kernel.name, name, dtype, flush=True)
                rooms = Rooms(kernel, dtype)
                rooms.size = rooms.capacity = TOGETHER
                rooms.arrays["examples"] = np.arange(TOGETHER, dtype=np.uint32) % rooms.n_rows
                rooms.refill(40_000)
                kept.append(guarded(rooms, name))
                rooms.run()
    print("all", len(kept))


if __name__ == "__main__":
    run_guarded()
