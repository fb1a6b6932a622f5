"""BLAS is held to one thread while networks run: threads are ours, see `together`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

from neurochannel.kernels.blas import bind


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


class _Holder:
    """Counts who is running, so that the last one out gives the threads back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits = ExitStack()
        self._holds_kernels = False

    def enter(self) -> None:
        with self._lock:
            if self._users == 0:
                self._limits.enter_context(_blas().limit(limits=1))
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limits.close()

    def load(self) -> None:
        with self._lock:
            if self._holds_kernels:
                return
            bind("float32")
            _blas.cache_clear()
            if self._users:
                self._limits.enter_context(_blas().limit(limits=1))
            held = all(library["num_threads"] == 1 for library in _blas().info())
            self._holds_kernels = held or not self._users


_HOLDER = _Holder()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread: several would wait for each other without sleeping."""
    _HOLDER.enter()
    try:
        yield
    finally:
        _HOLDER.leave()


def load_blas() -> None:
    """Load the BLAS of compiled kernels, so that it is held as well.

    threadpoolctl lets only the thread that holds libraries already hold more, so this is called
    before threads start.
    """
    _HOLDER.load()


def processors() -> int:
    """Return how many processors this process may use; not every system can tell."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
