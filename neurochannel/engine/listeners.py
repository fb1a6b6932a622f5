"""Callbacks of training, and the further methods that some of them have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def methods_of(listeners: Iterable[Any], name: str) -> Iterator[Callable[[Any], object]]:
    """Yield the method of this name of each callback that has it, such as `before` or `note`."""
    for listener in listeners:
        method = getattr(listener, name, None)
        if callable(method):
            yield method
