"""Which files a run may replace: those that it came from, or was saved to before."""

from __future__ import annotations

import os
import threading
from os import PathLike
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Simulation

_LOCK = threading.Lock()
_FILES: WeakKeyDictionary[Simulation, set[str]] = WeakKeyDictionary()


def own(run: Simulation, path: str | PathLike[str]) -> None:
    """Note that a file holds a run; links are followed."""
    with _LOCK:
        _FILES.setdefault(run, set()).add(os.path.realpath(path))


def owns(run: Simulation, path: str | PathLike[str]) -> bool:
    """Tell whether a file holds an earlier state of a run."""
    with _LOCK:
        return os.path.realpath(path) in _FILES.get(run, ())
