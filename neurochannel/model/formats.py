"""Formats of network files: what words meant in older versions, and what reads otherwise now."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from neurochannel.errors import NetworkError

LOG = logging.getLogger("neurochannel")
FORMAT = 3
"""Rises when the same words mean something else; files say it as ``format = 3``."""
SINCE_POWERS = 3
"""The format in which a table of bits without a quantizer became one of powers; it was log."""
SAME_BITS = 2
"""Up to so many bits powers and octaves are the same."""

Steps = tuple[str | int, ...]


def in_words_of_today(table: dict[str, Any], where: str | None) -> dict[str, Any]:
    """Return what a file says without its format, in the words of this version.

    Tables of bits in files of formats 1 and 2 are of octaves. A file that names no format is taken
    as one of today; that its quantizers may have been others is logged as a warning.

    Parameters
    ----------
    where
        The name of the file, for messages.

    Raises
    ------
    NetworkError
        If the format is none that there is.
    """
    from neurochannel.model.problems import short

    told = {key: value for key, value in table.items() if key != "format"}
    version = table.get("format", FORMAT)
    if type(version) is not int or version < 1:
        raise NetworkError(
            f"format must be a whole number from 1 to {FORMAT}, got {short(version)}; "
            "leave it out for a new file"
        )
    if version > FORMAT:
        raise NetworkError(
            f"format must be at most {FORMAT} for this neurochannel, got {version}; "
            "install a newer one"
        )
    if version < SINCE_POWERS:
        for _, limits in _of_bits(told):
            if limits.get("quantizer", "log") == "log":
                limits["quantizer"] = "octaves"
    elif "format" not in table:
        _note(told, where)
    return told


def _note(table: dict[str, Any], where: str | None) -> None:
    from neurochannel.model.problems import place

    changed = [
        steps
        for steps, limits in _of_bits(table)
        if limits["bits"] > SAME_BITS and "quantizer" not in limits and "receive" not in steps
    ]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        LOG.warning(
            f"{where or 'the network'}: {place(changed[0])}{more} names no quantizer, which meant "
            f"'octaves' before 0.3 and means 'powers' now; write the one that you want, or "
            f"format = {FORMAT} on top"
        )


def _of_bits(part: Any, steps: Steps = ()) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yield the tables that give a number of bits, and where they are."""
    if isinstance(part, dict):
        if type(part.get("bits")) is int:
            yield steps, part
        for key, inner in part.items():
            yield from _of_bits(inner, (*steps, key))
    elif isinstance(part, list) and part and isinstance(part[0], dict):
        for number, inner in enumerate(part):
            yield from _of_bits(inner, (*steps, number))
