"""One step shared by threads: which of them it is worth, and which tasks it falls into."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import prod
from typing import Literal

import numpy as np

from neurochannel.engine.compiler.shares import Share
from neurochannel.engine.memory import Span
from neurochannel.engine.program import TABLES, Call, Program
from neurochannel.kernels import blas, task_driver
from neurochannel.kernels.declare import Change, Delivery

WORTH_A_THREAD = 10_000_000
"""Multiply-adds of a step for which one more thread pays: a tenth of a millisecond or more."""

LEAST_EXAMPLES = task_driver.TOGETHER
"""Fewest examples of a thread: with fewer, all threads would read all weights for little work."""

LONG_ENOUGH = 0.02
"""Seconds after which it is seen which way is quicker."""

SOON, LATE = 4, 64
"""After how many such times the other way is tried again, at first and at most."""

SLOWER = 1.2
"""The other way is tried at once if the one in use takes so much longer than before."""

Sharing = Literal["alone", "examples", "receivers", "rows"]
SHARING: dict[str, Sharing] = {
    "reading": "alone",
    "rereading": "alone",
    "weights": "alone",
    "forward": "examples",
    "prediction": "examples",
    "error": "examples",
    "channel": "examples",
    "difference": "examples",
    "score": "examples",
    "updates": "rows",
    "memory": "alone",
}
"""How a phase is shared: not at all, by examples of the batch, or by rows of weights."""

PRODUCTS = blas.deliver_gemm.name, blas.deliver_tied_gemm.name
LARGE_PRODUCT = 20_000
"""Weights from which on a product of matrices is shared by receivers: by examples, each thread
would bring all weights into the order that BLAS wants, which takes a tenth of the time."""


def work(program: Program, table: str, batch_size: int) -> int:
    """Return the multiply-adds of one batch that threads can share."""
    counted = [(call, call.declared.work) for call in program.calls(table)]
    return batch_size * sum(
        prod(call.counts[name] for name in work.counts)
        for call, work in counted
        if isinstance(work, Delivery | Change)
    )


def parts_for(program: Program, table: str, batch_size: int, threads: int) -> int:
    """Return into how many parts a step is cut where this many threads are allowed; 1 for none.

    It depends on nothing else, so that neither do the bits of the result. Joint vectors have the
    examples of a whole batch side by side, which parts of it cannot fill one by one.
    """
    if threads == 1 or program.memory.n_joint:
        return 1
    paying = work(program, table, batch_size) // WORTH_A_THREAD
    return max(1, min(threads, paying, batch_size // LEAST_EXAMPLES))


@dataclass(frozen=True)
class SharedStep:
    """The tasks of a step.

    Parameters
    ----------
    tasks
        (n_tasks,) of `task_driver.TASK`.
    calls
        What the tasks number.
    pace
        How it went so far.
    """

    tasks: np.ndarray
    calls: tuple[Call, ...]
    pace: Pace = field(default_factory=lambda: Pace())

    @property
    def n_stages(self) -> int:
        """How many times threads wait for each other."""
        return int(self.tasks["stage"][-1]) + 1


def cut(
    program: Program, table: str, parts: int, share: Callable[[int], Sequence[Call]]
) -> SharedStep:
    """Cut a step into tasks.

    Parameters
    ----------
    share
        Gives the updates of a share of the rows of all bundles.
    """
    tasks, calls = list[tuple[int, ...]](), list[Call]()
    for stage, (sharing, whole) in enumerate(_stages(program, table)):
        before = len(tasks)
        for part in range(1 if sharing == "alone" else parts):
            todo, by_examples = whole, (0, 0)
            if sharing == "examples":
                by_examples = part, parts
            elif sharing == "rows":
                todo = tuple(share(part))
            elif sharing == "receivers":
                todo = tuple(to_some(call, Share(part, parts)) for call in whole)
            tasks.append((stage, before, *by_examples, len(calls), len(calls) + len(todo)))
            calls += todo
    return SharedStep(np.array(tasks, task_driver.TASK), tuple(calls))


def _stages(program: Program, table: str) -> list[tuple[Sharing, tuple[Call, ...]]]:
    """Return groups of calls that can be shared in one way, without a wait in between."""
    shared = [
        (sharing_of(phase, call), call) for phase in TABLES[table] for call in program.phases[phase]
    ]
    grouped = groupby(shared, key=lambda pair: pair[0])
    return [(sharing, tuple(call for _, call in pairs)) for sharing, pairs in grouped]


def sharing_of(phase: str, call: Call) -> Sharing:
    """Return how a call of a phase is shared."""
    if call.declared.whole:
        return "alone"
    return "receivers" if is_large_product(call) else SHARING[phase]


def is_large_product(call: Call) -> bool:
    """Tell whether a call is shared by receivers."""
    return call.kernel in PRODUCTS and call.counts["m"] * call.counts["n"] >= LARGE_PRODUCT


def to_some(call: Call, share: Share) -> Call:
    """Return the call of a product of matrices for a share of the receivers."""
    weight = call.places["weight"]
    assert isinstance(weight, Span)
    if call.kernel == blas.deliver_gemm.name:
        first, n = share.of(call.counts["n"])
        places, numbers = weight.columns(first, n), {"first": first, "columns": n}
    else:
        first, n = share.of(call.counts["m"])
        places, numbers = weight.rows(first, n), {"first": first, "rows": n}
    return replace(call, places=call.places | {"weight": places}, numbers=call.numbers | numbers)


class Pace:
    """Decides whether to share the tasks of a step, or let one thread do all of them.

    The results are the same. Threads that share wait for each other, so where other programs take
    processors away sharing can be slower; what is slower now is tried again, at first soon and then
    more and more rarely, and as soon as what is used becomes slower than it was.
    """

    def __init__(self) -> None:
        self._seconds: dict[bool, float] = {}
        self._used = 0
        self._patience = SOON

    @property
    def is_new(self) -> bool:
        """Whether nothing is known yet."""
        return not self._seconds

    @property
    def shares(self) -> bool:
        """Whether to share next."""
        if len(self._seconds) < 2:
            return not self._seconds
        better = self._seconds[True] <= self._seconds[False]
        return better if self._used < self._patience else not better

    def batches(self) -> int:
        """Return how many batches tell which way is quicker."""
        return max(1, math.ceil(LONG_ENOUGH / max(self._seconds.values(), default=LONG_ENOUGH)))

    def note(self, shared: bool, seconds: float) -> None:
        """Learn how long a batch took this time."""
        before = self._seconds.get(shared, seconds)
        used = len(self._seconds) == 2 and self._used < self._patience
        self._seconds[shared] = seconds
        if used:
            self._used = self._patience if seconds > SLOWER * before else self._used + 1
            return
        self._used = 0
        other = self._seconds.get(not shared, 0.0)
        self._patience = min(2 * self._patience, LATE) if seconds > other > 0.0 else SOON


def run_together(
    step: SharedStep,
    calls: np.ndarray,
    batches: Sequence[np.ndarray],
    where: tuple[np.ndarray, np.ndarray, int, np.ndarray],
) -> int:
    """Run a step over a course, at most one thread for each batch record; return the status.

    Parameters
    ----------
    calls
        Addresses of the step's calls.
    where
        order, rates, start and control of the course.
    """
    order, rates, start, control = where
    capacity, done, pace = int(batches[0]["capacity"][0]), 0, step.pace
    with ThreadPoolExecutor(max(1, len(batches) - 1)) as pool:
        if pace.is_new:  # compile first, so that it is not timed
            _run_some(step, calls, batches[:1], (order, rates[:0], start, control), pool)
        while done < len(rates):
            shares = pace.shares and len(batches) > 1
            some = rates[done : done + pace.batches()]
            records = [batch.copy() for batch in batches[: None if shares else 1]]
            for record in records:
                record["update"] += np.uint64(done)
            began = time.perf_counter()
            part = (order, some, start + done * capacity, control)
            finished, status = _run_some(step, calls, records, part, pool)
            done += finished
            if finished:
                pace.note(shares, (time.perf_counter() - began) / finished)
            control[1] = min(start + done * capacity, len(order))
            if status != 0 or control[0] != 0:
                return status
    return 0


def _run_some(
    step: SharedStep,
    calls: np.ndarray,
    records: Sequence[np.ndarray],
    where: tuple[np.ndarray, np.ndarray, int, np.ndarray],
    pool: ThreadPoolExecutor,
) -> tuple[int, int]:
    """Return how many batches were done, and the status."""
    shared = np.zeros(task_driver.SHARED, np.int64)
    shared[task_driver.LAST] = np.iinfo(np.int64).max

    def work(record: np.ndarray) -> None:
        task_driver.drive_together(calls, step.tasks, step.n_stages, record, *where, shared)

    others = [pool.submit(work, record) for record in records[1:]]
    work(records[0])
    for other in others:
        other.result()
    return int(shared[task_driver.DONE]) // len(step.tasks), int(shared[task_driver.STATUS])
