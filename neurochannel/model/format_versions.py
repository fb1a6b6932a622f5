"""Formats of network files: what words meant in older versions, and what reads otherwise now."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from neurochannel.errors import NetworkError

LOG = logging.getLogger("neurochannel")
FORMAT = 3
"""Rises when the same words mean something else; files say it as ``format = 3``."""
SINCE_POWERS = 3
"""The format in which a table of bits without a quantizer became one of powers; it was log."""
SAME_BITS = 2
"""Powers and octaves are the same up to this many bits."""
EVEN = ("synapse", "neuron")
"""Tables whose bits never had a quantizer: their levels are even."""

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
    told = {key: value for key, value in table.items() if key != "format"}
    version = check_format(table.get("format", FORMAT))
    if version < SINCE_POWERS:
        for _, limits in _of_bits(told):
            if limits.get("quantizer", "log") == "log":
                limits["quantizer"] = "octaves"
    elif "format" not in table:
        _note(told, where)
    return told


def check_format(version: object) -> int:
    """Return the format that a file names.

    Raises
    ------
    NetworkError
        If there is none of this number.
    """
    from neurochannel.model.problems import short

    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise NetworkError(
            f"format must be a whole number from 1 to {FORMAT}, got {short(version)}; "
            "leave it out for a new file"
        )
    if version > FORMAT:
        raise NetworkError(
            f"format must be at most {FORMAT} for this neurochannel, got {version}; "
            "install a newer one"
        )
    return version


def warn_of_powers(where: str, places: Sequence[str]) -> None:
    """Log that bits without a quantizer, at these places, had another meaning before 0.3."""
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    LOG.warning(
        f"{where}: {places[0]}{more} names no quantizer, which meant 'octaves' before 0.3 and "
        f"means 'powers' now; write the one that you want, or add format = {FORMAT}"
    )


def _note(table: dict[str, Any], where: str | None) -> None:
    from neurochannel.model.problems import place

    changed = [
        place(steps)
        for steps, limits in _of_bits(table)
        if limits["bits"] > SAME_BITS and "quantizer" not in limits and "receive" not in steps
    ]
    if changed:
        warn_of_powers(where or "the network", changed)


def _of_bits(part: Any, steps: Steps = ()) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yield the tables that give a number of bits, and where they are."""
    if isinstance(part, dict):
        if type(part.get("bits")) is int:
            yield steps, part
        for key, inner in part.items():
            if key not in EVEN:
                yield from _of_bits(inner, (*steps, key))
    elif isinstance(part, list) and part and isinstance(part[0], dict):
        for number, inner in enumerate(part):
            yield from _of_bits(inner, (*steps, number))
