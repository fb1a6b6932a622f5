"""Stages that leave messages or activities where they are do to them what they do elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from neurochannel.kernels.declare import KERNELS, Array, Kernel
from tests.kernels.calls import Rooms


def may_stay(kernel: Kernel) -> bool:
    """Tell whether a kernel has x in buffers and sets an out of the same shape."""
    x, out = (kernel.arguments.get(name) for name in ("x", "out"))
    if not isinstance(x, Array) or not isinstance(out, Array):
        return False
    return (x.room, x.shape) == (out.room, out.shape) and x.room in ("buffer", "flat")


STAGES = [name for name, kernel in KERNELS.items() if may_stay(kernel)]


def left(kernel: Kernel, dtype: str, in_place: bool, **numbers: int) -> np.ndarray:
    rooms = Rooms(kernel, dtype, n=37)
    rooms.numbers |= {name: value for name, value in numbers.items() if name in kernel.numbers}
    for name in kernel.arrays:
        if name == "dead":
            rooms.view(name)[:] = rooms.view(name) > 0.0
        elif name == "fault":
            rooms.view(name)[::3] = np.nan
            rooms.view(name)[1::3] = 0.0
    if in_place:
        rooms.places["out"] = rooms.places["x"]
    assert rooms.run() == 0
    return rooms.view("out").copy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", STAGES)
def test_the_place_changes_no_bit(name, dtype):
    for budget in (1, 3, 20, 40) if name == "send_largest" else (3,):
        apart = left(KERNELS[name], dtype, in_place=False, budget=budget)
        np.testing.assert_array_equal(left(KERNELS[name], dtype, True, budget=budget), apart)


def test_stages_of_all_kinds_are_among_them():
    assert {"add_noise", "send_largest", "silence_neurons", "keep_ticks", "clip"} <= {*STAGES}
