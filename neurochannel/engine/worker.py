"""Runs an epoch so that a request to stop takes effect during it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Waiting

import numpy as np

from neurochannel.interrupts import Stop, raise_if_stopped

WATCH_EVERY = 0.1


def run_watched(
    work: Callable[[], int], control: np.ndarray, report: Callable[[int], None], stop: Stop
) -> int:
    """Do work that obeys a control; report the examples done; stop after the current batch if told.

    A pause ends the work early like a stop, but without an exception: `control[1]` tells how far it
    came, and doing the rest continues.

    Compiled code does not hear signals, so in the main thread, where they arrive, the work is done
    in a thread of its own. Elsewhere it is done right here, and reported at its end only.

    Parameters
    ----------
    work
        Runs kernels; returns their status.
    control
        As in `Course`.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C or `stop`, after the kernels have stopped; `control[1]` tells how far they came.
    """
    if threading.current_thread() is not threading.main_thread():
        with stop.reaching(control):
            status = work()
        raise_if_stopped(stop)
        report(int(control[1]))
        return status
    with stop.reaching(control), ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        try:
            return _wait(future, control, report, stop)
        except BaseException:
            control[0] = 1
            raise


def _wait(
    future: Future[int], control: np.ndarray, report: Callable[[int], None], stop: Stop
) -> int:
    while True:
        raise_if_stopped(stop)
        try:
            status = future.result(timeout=WATCH_EVERY)
        except Waiting:
            report(int(control[1]))
        else:
            report(int(control[1]))
            return status
