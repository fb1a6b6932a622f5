"""The driver: walks the calls of a program, batch after batch, without touching Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurochannel.kernels.jit import jit

RAISED = -1
"""Status of a kernel that raised, which none can."""


def _call_code(typingctx, function, operands, batch):
    """status = function(operands, batch), all three given as addresses.

    Numba's own functions write their result to the first address, leave a reason at the second if
    they raise, and return 0 if they did not.
    """

    def codegen(context, builder, signature, args):
        number, byte = ir.IntType(64), ir.IntType(8).as_pointer()
        result = cgutils.alloca_once(builder, number)
        reason = cgutils.alloca_once(builder, byte)
        arguments = [number.as_pointer(), byte.as_pointer(), number, number]
        kind = ir.FunctionType(ir.IntType(32), arguments).as_pointer()
        function, *rest = args
        code = builder.call(builder.inttoptr(function, kind), [result, reason, *rest])
        good = builder.icmp_signed("==", code, ir.Constant(code.type, 0))
        return builder.select(good, builder.load(result), ir.Constant(number, RAISED))

    return types.int64(types.intp, types.intp, types.intp), codegen


call: Any = intrinsic(_call_code)


@jit
def drive(calls, batch, order, rates, start, control):
    """Run calls over the examples of an order, batch after batch.

    Parameters
    ----------
    calls
        (n_calls, 2) int64: addresses of a kernel's entry and of the record of its operands.
    batch
        (1,) of `BATCH`; the fields of the examples, the rate and the update are set for each batch,
        `update` counts on from its value.
    order
        (n,) uint32: numbers of examples, taken in batches of `capacity` from `start` on.
    rates
        (n_batches,) float64.
    control
        (2,) int64: set [0] to stop after the current batch, read [1] for the examples done.

    Returns
    -------
    int
        0, or what the kernel returned that ended the run: no call after it was made.
    """
    n, begin, capacity = order.shape[0], start, batch[0].capacity
    for index in range(rates.shape[0]):
        size = min(capacity, n - begin)
        batch[0].size = size
        batch[0].examples = order.ctypes.data + 4 * begin
        batch[0].following = np.int64(order[begin + size]) if begin + size < n else -1
        batch[0].rate = rates[index]
        batch[0].factor = rates[index] / size
        for k in range(calls.shape[0]):
            status = call(calls[k, 0], calls[k, 1], batch.ctypes.data)
            if status != 0:
                return status
        batch[0].update += np.uint64(1)
        begin += size
        control[1] = begin
        if control[0] != 0:
            break
    return 0


def drive_plainly(
    calls: Sequence[tuple[Callable[[int, int], int], int]],
    batch: np.ndarray,
    order: np.ndarray,
    rates: np.ndarray,
    start: int,
    control: np.ndarray,
) -> int:
    """Do the same as `drive` in plain Python; a call is an entry and the address of its record."""
    n, begin, now = len(order), start, batch[0]
    for rate in rates:
        size = min(int(now["capacity"]), n - begin)
        now["size"], now["examples"] = size, order.ctypes.data + 4 * begin
        now["following"] = order[begin + size] if begin + size < n else -1
        now["rate"], now["factor"] = rate, rate / size
        for entry, operands in calls:
            if status := entry(operands, batch.ctypes.data):
                return status
        now["update"] += np.uint64(1)
        begin += size
        control[1] = begin
        if control[0] != 0:
            break
    return 0
