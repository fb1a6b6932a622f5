"""Says where numbers were measured."""

from __future__ import annotations

import math
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from neurochannel.storage.processor import processor_name


def today() -> str:
    """Return the date as 2026-01-31."""
    return datetime.now(UTC).date().isoformat()


def measured_on() -> str:
    """Return processor, version of Python and date as one phrase."""
    return f"{processor_name()}, Python {platform.python_version()}, {today()}"


def peak_memory() -> float:
    """Return the largest memory of this process so far in GiB, NaN where the system does not tell.

    Linux counts in KiB, macOS in bytes.
    """
    usage = _usage()
    unit = 1 if sys.platform == "darwin" else 2**10
    return math.nan if usage is None else float(usage.ru_maxrss) * unit / 2**30


def _usage() -> Any:
    try:
        resource = import_module("resource")
    except ImportError:  # on Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF)
