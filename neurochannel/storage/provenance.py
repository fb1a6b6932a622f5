"""Where numbers come from: which software, machine, command and data made a file."""

from __future__ import annotations

import json
import platform
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from neurochannel.storage.processor import processor

PACKAGES = ("neurochannel", "numpy", "numba", "scipy", "h5py")


def provenance_text(data: Any) -> str:
    """Return the provenance of a file as a JSON object.

    Keys: the packages with their versions, "python", "platform", those of `processor`, "command" (a
    list), "date" (UTC, ISO 8601) and "data", null or an object of "name" and "fingerprint", each of
    them null or text.
    """
    record: dict[str, Any] = {
        **_surroundings(),
        **processor(),
        "command": list(sys.orig_argv),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": data_record(data),
    }
    return json.dumps(record, indent=2)


def data_record(data: Any) -> dict[str, str | None] | None:
    """Return name and fingerprint of a data set, None where there is none."""
    if data is None:
        return None
    found = {key: getattr(data, key, None) for key in ("name", "fingerprint")}
    return {key: None if value is None else str(value) for key, value in found.items()}


@cache
def _surroundings() -> dict[str, str]:
    versions = {package: _version(package) for package in PACKAGES}
    return {**versions, "python": platform.python_version(), "platform": platform.platform()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
