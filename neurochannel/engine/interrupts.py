"""Ctrl-C as a request to stop at the end of a batch, not as an exception at any moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping_at_ctrl_c(stop: threading.Event) -> Iterator[None]:
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


def raise_if_stopped(stop: threading.Event) -> None:
    """Raise KeyboardInterrupt, once, if a stop was asked for."""
    if stop.is_set():
        stop.clear()
        raise KeyboardInterrupt("stopped")
