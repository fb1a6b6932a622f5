"""The driver of several threads that share each batch, and sleep where one waits for another.

A step is a list of tasks in stages: those of a stage may run at the same time, and a stage begins
when the one before it is done. Threads take numbers from one dispenser, task after task and batch
after batch, so whoever is free does what comes next: a thread that another program keeps from its
processor delays the others by the one task that it holds, and a single thread can do everything.
What a task computes does not depend on who does it.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurochannel.kernels.driver import call
from neurochannel.kernels.jit import inner, jit

TASK = np.dtype(
    [(name, "i8") for name in ("stage", "before", "part", "parts", "first_call", "stop_call")]
)
"""A task: its stage, the tasks of all earlier stages, which part of the examples of the batch it is
about and of how many, or 0 of 0 for all of them; its calls, first_call <= k < stop_call."""

TICKETS, DONE, LAST, STATUS, SHARED = 0, 8, 16, 24, 32
"""Places of what threads share, int64, each in a cache line of its own: tasks handed out and done,
the last stage to be run, counted over all batches, and why it is the last one."""

TOGETHER = 16
"""Examples that stay in one part: kernels take whole vectors of a buffer, which begin with them."""

_LINE = 8
_LOOKS = 2000
"""How often a thread looks before it sleeps: a few microseconds."""

if os.name == "nt":
    _sleep_function, _NAP = getattr(ctypes, "windll").kernel32.Sleep, 1  # noqa: B009
else:
    _sleep_function, _NAP = ctypes.CDLL(None).usleep, 20
_address = ctypes.cast(_sleep_function, ctypes.c_void_p).value
llvmlite.binding.add_symbol("neurochannel_sleep", _address or 0)


def _add_code(typingctx, address, number):
    """Add to a number that other threads add to as well; return what it was."""

    def codegen(context, builder, signature, args):
        place = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.atomic_rmw("add", place, args[1], "seq_cst")

    return types.int64(types.intp, types.int64), codegen


def _load_code(typingctx, address):
    """Read a number that other threads change, and all that they wrote before they changed it."""

    def codegen(context, builder, signature, args):
        place = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(types.intp), codegen


def _store_code(typingctx, address, number):
    """Change a number that other threads read."""

    def codegen(context, builder, signature, args):
        place = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        builder.store_atomic(args[1], place, "release", 8)
        return context.get_dummy_value()

    return types.void(types.intp, types.int64), codegen


def _sleep_code(typingctx, how_long):
    def codegen(context, builder, signature, args):
        word = ir.IntType(32)
        shape = ir.FunctionType(word, [word])
        function = cgutils.get_or_insert_function(builder.module, shape, "neurochannel_sleep")
        builder.call(function, [builder.trunc(args[0], word)])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


_add: Any = intrinsic(_add_code)
_load: Any = intrinsic(_load_code)
_store: Any = intrinsic(_store_code)
_sleep: Any = intrinsic(_sleep_code)


@inner
def _may_begin(shared, needed, stage):
    """Wait until that number of tasks is done; tell whether a stage is to be run at all."""
    done, last, looks = shared + DONE * _LINE, shared + LAST * _LINE, 0
    while _load(done) < needed and _load(last) >= stage:
        if looks < _LOOKS:
            looks += 1
        else:
            _sleep(_NAP)
    return _load(last) >= stage


@inner
def _aim(now, order, begin, capacity, part, parts):
    """Point a batch record at a part of the examples of the batch that begins at `begin`."""
    n = order.shape[0]
    size = min(capacity, n - begin)
    first, stop = 0, size
    if parts > 0:
        first = size * part // parts // TOGETHER * TOGETHER
        if part + 1 < parts:
            stop = size * (part + 1) // parts // TOGETHER * TOGETHER
    now.first, now.size = first, stop - first
    now.examples = order.ctypes.data + 4 * (begin + first)
    now.following = np.int64(order[begin + stop]) if begin + stop < n else -1
    return size


@jit
def drive_together(calls, tasks, n_stages, batch, order, rates, start, control, shared):
    """Do tasks until none is left, while other threads do the same with a record of their own.

    Parameters
    ----------
    calls
        (n_calls, 2) int64, as for `drive`.
    tasks
        (n_tasks,) of `TASK`: one step.
    n_stages
        How many stages a step has.
    batch
        (1,) of `BATCH` for this thread alone; `totals` is the first of one pair for each part.
    order, rates, start, control
        As for `drive`; control[1] is the beginning of the current batch.
    shared
        (SHARED,) int64 that all threads share: 0, but for LAST, which is the largest number there
        is.
    """
    now, here = batch[0], shared.ctypes.data
    n_tasks, capacity, update, totals = tasks.shape[0], now.capacity, now.update, now.totals
    while True:
        ticket = _add(here + TICKETS * _LINE, 1)
        index = ticket // n_tasks
        if index >= rates.shape[0]:
            return
        number, begin = ticket - index * n_tasks, start + index * capacity
        task = tasks[number]
        stage = index * n_stages + task.stage
        if not _may_begin(here, index * n_tasks + task.before, stage):
            return
        if number == 0:
            control[1] = begin
            if index > 0 and control[0] != 0:
                _store(here + LAST * _LINE, stage - 1)
                return
        size = _aim(now, order, begin, capacity, task.part, task.parts)
        now.rate, now.factor = rates[index], rates[index] / size
        now.update = update + np.uint64(index)
        now.totals = totals + 16 * task.part
        if now.size > 0:
            for k in range(task.first_call, task.stop_call):
                status = call(calls[k, 0], calls[k, 1], batch.ctypes.data)
                if status != 0:
                    shared[STATUS] = status
                    _store(here + LAST * _LINE, stage)
                    break
        _add(here + DONE * _LINE, 1)
