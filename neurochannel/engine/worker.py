"""Runs an epoch so that a request to stop is heard in its midst."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Waiting

from neurochannel.engine.interrupts import Stop, raise_if_stopped
from neurochannel.engine.machine import run
from neurochannel.engine.program import Table
from neurochannel.kernels.run import Course, Feed, Memory

WATCH_EVERY = 0.1


def run_watched(
    table: Table,
    memory: Memory,
    feed: Feed,
    course: Course,
    report: Callable[[int], None],
    stop: Stop,
) -> bool:
    """Run a table; report the examples that are done; return after the running batch if asked to.

    A pause ends the call early like a stop, but without an exception: `course.control[1]` tells
    how far it came, and another call with the rest of the course continues.

    Compiled code does not hear signals, so in the main thread, where they arrive, the kernel runs
    in a thread of its own. Elsewhere it runs right here, and reports at its end only.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C or `stop`, after the kernel has stopped; `course.control[1]` tells how far it
        came.
    """
    if threading.current_thread() is not threading.main_thread():
        with stop.reaching(course.control):
            finite = run(table, memory, feed, course)
        raise_if_stopped(stop)
        report(int(course.control[1]))
        return finite
    with stop.reaching(course.control), ThreadPoolExecutor(1) as pool:
        future = pool.submit(run, table, memory, feed, course)
        try:
            return _wait(future, course, report, stop)
        except BaseException:
            course.control[0] = 1
            raise


def _wait(future: Future[bool], course: Course, report: Callable[[int], None], stop: Stop) -> bool:
    while True:
        raise_if_stopped(stop)
        try:
            finite = future.result(timeout=WATCH_EVERY)
        except Waiting:
            report(int(course.control[1]))
        else:
            report(int(course.control[1]))
            return finite
