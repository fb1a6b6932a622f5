"""How many threads BLAS may use while networks run."""

from __future__ import annotations

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

    def enter(self, threads: int) -> None:
        with self._lock:
            if self._users == 0:
                limit = _blas().limit(limits=threads)
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
def blas_threads(threads: int) -> Iterator[None]:
    """Hold BLAS to so many threads; of runs that overlap, the first one decides."""
    _HOLDER.enter(threads)
    try:
        yield
    finally:
        _HOLDER.leave()
