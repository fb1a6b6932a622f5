"""Ctrl-C and other signals as a request to stop after a batch, not an exception anywhere."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What asks a program to end: Ctrl-C, `kill` and job schedulers, a terminal that was closed."""
GRACE = 0.5
"""Seconds in which a signal that comes again is the same one: `timeout`, for one, sends two."""
SHOW_CURSOR = b"\x1b[?25h"


class Ended(KeyboardInterrupt):
    """A signal has asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}")
        self.number = number


class Halted(KeyboardInterrupt):
    """Another thread has asked for the end, and this one has nothing to explain."""


class Stop:
    """A request to stop after the current batch, which a running kernel hears as well."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._control: np.ndarray | None = None
        self.number: int | None = signal.SIGINT
        """The signal that asked for it, None where a thread did."""
        self._pausing = False

    def set(self, number: int | None = signal.SIGINT) -> None:
        """Ask for it."""
        self.number = number
        self._event.set()
        self._reach()

    def pause(self) -> None:
        """Ask the kernel to return after the current batch and to be called again."""
        self._pausing = True
        self._reach()

    def _reach(self) -> None:
        control = self._control
        if control is not None:
            control[0] = 1

    def resume(self) -> None:
        """Forget that a pause was asked for."""
        self._pausing = False

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
        if self.is_set() or self._pausing:
            control[0] = 1
        try:
            yield
        finally:
            self._control = None


class Ending:
    """The handler of a program that saves what it has before it ends.

    The first signal raises `Ended`, or is heard after the current batch where something trains;
    a second one ends the program at once.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._since = 0.0
        self._is_held = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        if self.number is None:
            self.note(number)
            if not self._is_held:
                raise Ended(number)
        elif time.monotonic() - self._since > GRACE:
            _end_now(number)

    def note(self, number: int) -> None:
        """Take a signal for the first one."""
        self.number, self._since = number, time.monotonic()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise `Ended` at the end of what runs here, not in the middle."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self.number is not None:
            raise Ended(self.number)


def _end_now(number: int) -> None:
    with suppress(OSError, ValueError, AttributeError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), SHOW_CURSOR)  # a progress bar hides it
    os._exit(128 + number)


@contextmanager
def ending_by_signals(*, is_last: bool) -> Iterator[None]:
    """Let this program end as `Ending` says; signals that it ignores, or handles, stay as they are.

    Nothing is changed outside of the main thread.

    Parameters
    ----------
    is_last
        Whether nothing but the end of the program follows, which signals do not hurry any more.
    """
    usual = (signal.SIG_DFL, signal.default_int_handler)
    ending, numbers = Ending(), [n for n in SIGNALS if signal.getsignal(n) in usual]
    with _handlers(ending, numbers) as restored:
        try:
            yield
        finally:
            if is_last and ending.number is not None:
                restored.update(dict.fromkeys(restored, signal.SIG_IGN))


@contextmanager
def keeping_first() -> Iterator[None]:
    """Let a program that `ending_by_signals` governs finish what runs here before it ends."""
    ending = _ending()
    if ending is None:
        yield
        return
    with ending.held():
        yield


@contextmanager
def stopping_at_signals(stop: Stop) -> Iterator[None]:
    """Make the first Ctrl-C set `stop`; the second one is as abrupt as usual.

    An exception at any moment could part weights from the count of what was learned. Nothing is
    changed outside of the main thread, nor where Ctrl-C is ignored, as in jobs that a shell runs in
    the background. The other signals are heard too where `ending_by_signals` governs the program.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = [
        number
        for number, handler in before.items()
        if isinstance(handler, Ending) or (number == signal.SIGINT and callable(handler))
    ]

    def note(number: int, frame: FrameType | None) -> None:
        for each in heard:
            signal.signal(each, before[each])
        handler = before[signal.Signals(number)]
        if isinstance(handler, Ending):
            handler.note(number)
        stop.set(number)

    ending = _ending()
    if ending is not None and ending.number is not None:
        stop.set(ending.number)  # it came just before
        yield
        return
    with _handlers(note, heard):
        yield


@contextmanager
def _handlers(handler: Any, numbers: list[Any]) -> Iterator[dict[Any, Any]]:
    """Handle signals, and give by number what will handle them afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield {}
        return
    before: dict[Any, Any] = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, handler)
    try:
        yield before
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _ending() -> Ending | None:
    """Return what governs this program; None elsewhere than in its main thread."""
    if threading.current_thread() is not threading.main_thread():
        return None
    found = (signal.getsignal(number) for number in SIGNALS)
    return next((handler for handler in found if isinstance(handler, Ending)), None)


def raise_if_stopped(stop: Stop) -> None:
    """Raise KeyboardInterrupt, once, if a stop was asked for.

    It is `Ended` where a signal other than Ctrl-C did, and `Halted` where a thread did.
    """
    if stop.is_set():
        stop.clear()
        if stop.number == signal.SIGINT:
            raise KeyboardInterrupt("stopped")
        raise Halted("stopped") if stop.number is None else Ended(stop.number)


def signal_of(error: BaseException | None) -> int:
    """Return the number of the signal that caused an exception, Ctrl-C if it does not tell."""
    return error.number if isinstance(error, Ended) else int(signal.SIGINT)
