"""Functions of higher rooms for lower ones: the package sets them, so imports point down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

text_of: Callable[[object], str] = repr
"""Writes a value as text for people."""

notebook_bar: Callable[[int, str], AbstractContextManager[Any]] | None = None
"""Makes a progress bar of a number of steps of some kind in a notebook."""

response: Callable[..., Any]
"""Moves devices by pulses, see `Synapse.response`."""

symmetry_point: Callable[..., float | None]
"""Finds the weight at which steps up and down are equal, see `Synapse.symmetry_point`."""


class Readable:
    """A value that prints as the report on it."""

    __slots__ = ()

    def __str__(self) -> str:
        return text_of(self)
