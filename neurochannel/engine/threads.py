"""BLAS is held to one thread while networks run: threads are ours, see `together`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


class _Holder:
    """Counts who is running, so that the last one out gives the threads back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limit: object = None

    def enter(self) -> None:
        with self._lock:
            if self._users == 0:
                limit = _blas().limit(limits=1)
                limit.__enter__()
                self._limit = limit
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limit.__exit__(None, None, None)  # type: ignore[attr-defined]


_HOLDER = _Holder()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread: several would wait for each other without sleeping."""
    _HOLDER.enter()
    try:
        yield
    finally:
        _HOLDER.leave()


def processors() -> int:
    """Return how many processors this process may use; not every system can tell."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
