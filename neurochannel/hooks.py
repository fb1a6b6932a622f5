"""What upper rooms do for lower ones: the package sets it, so that no lower room looks up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

text_of: Callable[[object], str] = repr
"""Writes a value as a text to read."""

notebook_bar: Callable[[int, str], AbstractContextManager[Any]] | None = None
"""Makes a progress bar of so many steps of some kind where output goes to a notebook."""


class Readable:
    """A value that prints as the report on it."""

    __slots__ = ()

    def __str__(self) -> str:
        return text_of(self)
