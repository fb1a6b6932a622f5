"""Ctrl-C as a request to stop at the end of a batch, not as an exception at any moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np


class Stop:
    """A request to stop after the running batch, which a running kernel hears as well."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._control: np.ndarray | None = None

    def set(self) -> None:
        """Ask for it."""
        self._event.set()
        control = self._control
        if control is not None:
            control[0] = 1

    def is_set(self) -> bool:
        """Tell whether it was asked for."""
        return self._event.is_set()

    def clear(self) -> None:
        """Forget that it was asked for."""
        self._event.clear()

    @contextmanager
    def reaching(self, control: np.ndarray) -> Iterator[None]:
        """Pass a request on to the control of a course while it runs."""
        self._control = control
        if self.is_set():
            control[0] = 1
        try:
            yield
        finally:
            self._control = None


@contextmanager
def stopping_at_ctrl_c(stop: Stop) -> Iterator[None]:
    """Make the first Ctrl-C set `stop`; the second one is as abrupt as ever.

    An exception at any moment could part weights from the count of what was learned. Nothing is
    changed outside of the main thread, nor where Ctrl-C is ignored, as in jobs that a shell runs in
    the background.
    """
    previous = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, previous)
        stop.set()

    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or not callable(previous):
        yield
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def raise_if_stopped(stop: Stop) -> None:
    """Raise KeyboardInterrupt, once, if a stop was asked for."""
    if stop.is_set():
        stop.clear()
        raise KeyboardInterrupt("stopped")
