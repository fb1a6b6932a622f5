"""Work without Python's collector of cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_working = 0
_collects = False


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the collector until the last thread that works so has ended.

    For work that makes many small objects which all stay: the collector would look through all of
    them, and what was there before, again and again.
    """
    global _working, _collects
    with _lock:
        if _working == 0:
            _collects = gc.isenabled()
            gc.disable()
        _working += 1
    try:
        yield
    finally:
        with _lock:
            _working -= 1
            if _working == 0 and _collects:
                gc.enable()
