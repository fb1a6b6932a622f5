"""Whether another program has an HDF5 file open for writing, which makes it look damaged."""

from __future__ import annotations

from importlib import import_module
from typing import IO

IN_USE = "is open for writing in another program; close it there and try again"


def is_held(file: IO[bytes]) -> bool:
    """Tell whether another program holds the lock with which HDF5 marks a file that it writes.

    Never where the system has no such locks, as Windows.
    """
    try:
        fcntl = import_module("fcntl")
    except ImportError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
