"""Whether what a study's folder holds has the form in which it was written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

POINT = re.compile("[0-9A-Za-z-]{1,64}")
STATUSES = ("done", "diverged", "failed")
LARGEST_SEED = 2**64 - 1


def is_plan(found: Any) -> bool:
    """Tell whether this is a plan: axes, and for each row a point, its labels and its seed."""
    if not isinstance(found, dict) or not _all_texts(found.get("axes")):
        return False
    points, n_axes = found.get("points"), len(found["axes"])
    return isinstance(points, list) and all(_is_entry(entry, n_axes) for entry in points)


def _is_entry(entry: Any, n_axes: int) -> bool:
    if not isinstance(entry, list) or len(entry) != 3:
        return False
    point, labels, seed = entry
    if not isinstance(point, str) or not POINT.fullmatch(point) or not isinstance(labels, list):
        return False
    plain = all(isinstance(label, bool | int | float | str) for label in labels)
    return plain and len(labels) == n_axes and _is_seed(seed)


def _is_seed(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and 0 <= value <= LARGEST_SEED


def is_row(found: Any) -> bool:
    """Tell whether this is the row of a finished point; numbers may be null."""
    if not isinstance(found, dict) or found.get("status") not in STATUSES:
        return False
    texts = all(isinstance(found.get(key, 0), str | None) for key in ("reason", "checkpoint"))
    outcome, curves = found.get("outcome"), found.get("curves")
    if not (texts and isinstance(outcome, Mapping) and isinstance(curves, Mapping)):
        return False
    if not all(map(_is_number, outcome.values())) or not all(map(_all_numbers, curves.values())):
        return False
    # Curves have a value for each epoch or none at all.
    if not {len(curve) for curve in curves.values()} <= {0, len(curves.get("epoch", ()))}:
        return False
    seen = found.get("observations", {})
    return isinstance(seen, Mapping) and all(map(_is_series, seen.values()))


def _is_series(found: Any) -> bool:
    if not isinstance(found, Mapping):
        return False
    epochs, values, labels = (found.get(key) for key in ("epochs", "values", "labels"))
    if not isinstance(epochs, list) or not isinstance(values, list) or not _all_numbers(epochs):
        return False
    if len(values) != len(epochs):
        return False
    parts = all(_is_number(value) or _all_numbers(value) for value in values)
    return parts and (labels is None or _all_texts(labels))


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


def _all_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _all_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)
