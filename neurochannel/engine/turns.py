"""Turns at a run: one thread at a time reads or changes it, and training makes way for others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from neurochannel.errors import OptionError
from neurochannel.interrupts import Stop


class Turns:
    """A reentrant lock, first come first served, whose holder can make way between two batches.

    Parameters
    ----------
    stop
        Reaches the running kernel, to end its call after the current batch.

    Notes
    -----
    Unlike `threading.RLock` it is fair: a thread that trains and makes way gets the lock back only
    after everybody who was waiting then, and nobody who comes later can get in before it.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._changed = threading.Condition(threading.Lock())
        self._depths: dict[int, int] = {}
        """How often each thread has entered, in the order of their turns; the first one holds."""
        self._trainer: threading.Thread | None = None

    def __reduce__(self) -> tuple[type[Turns], tuple[Stop]]:
        return Turns, (Stop(),)

    def _has_turn(self, thread: int) -> bool:
        return next(iter(self._depths), None) == thread

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, at the next batch boundary of whoever trains, and keep it meanwhile."""
        me = threading.get_ident()
        self._enter(me)
        try:
            yield
        finally:
            with self._changed:
                self._drop(me)

    def _enter(self, me: int) -> None:
        with self._changed:
            self._depths[me] = self._depths.get(me, 0) + 1
            try:
                if not self._has_turn(me):
                    self._stop.pause()
                    self._changed.wait_for(lambda: self._has_turn(me))
            except BaseException:
                self._drop(me)
                raise

    def _drop(self, me: int) -> None:
        self._depths[me] -= 1
        if not self._depths[me]:
            del self._depths[me]
            self._changed.notify_all()

    def make_way(self) -> None:
        """Let everybody who waits have a turn before mine continues."""
        me = threading.get_ident()
        self._stop.resume()
        with self._changed:
            self._depths[me] = self._depths.pop(me)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._has_turn(me))

    @contextmanager
    def training(self) -> Iterator[None]:
        """Be the one thread that trains.

        Raises
        ------
        OptionError
            If another thread trains.
        """
        me = threading.current_thread()
        with self._changed:
            before = self._trainer
            if before is not None and before is not me:
                raise OptionError(
                    f"this run is being trained by thread '{before.name}' already; "
                    "wait until that is done, or train a copy of it: run.copy()"
                )
            self._trainer = me
        try:
            yield
        finally:
            self._trainer = before
