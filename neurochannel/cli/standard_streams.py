"""Standard streams that are closed, or whose other end goes away, only lose the output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TextIO, cast

from neurochannel.engine.progress import Tolerant


@contextmanager
def standard_streams() -> Iterator[None]:
    """Let writing to stderr never fail; let streams that were closed at start lead nowhere.

    A file that a program opens gets the lowest number that is free. Were that 1 or 2, whatever a
    library prints would go into a checkpoint.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
    before = sys.stdout, sys.stderr
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = cast(TextIO, Tolerant(sys.stderr))
    try:
        yield
    finally:
        settle(sys.stdout)
        settle(before[1])
        sys.stdout, sys.stderr = before


def settle(stream: IO[str] | None) -> None:
    """Write what is left in a stream or, if nobody reads it, drop it.

    Python would try again at its end, and turn the exit code into 120.
    """
    if stream is None:
        return
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
