"""Says where numbers were measured."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def today() -> str:
    """Return the date as 2026-01-31."""
    return datetime.now(UTC).date().isoformat()


def measured_on() -> str:
    """Return processor, version of Python and date as one phrase."""
    return f"{processor()}, Python {platform.python_version()}, {today()}"
