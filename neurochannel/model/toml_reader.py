"""What TOML text means."""

from __future__ import annotations

import re
from typing import Any

from neurochannel.errors import NetworkError
from neurochannel.inputs.descriptions import TOO_DEEP, check_nesting, too_deep

KEY_PARTS = 32
KEY_PART = r"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?:{KEY_PART}[ \t]*+\.[ \t]*+){{{KEY_PARTS - 1}}}")
"""The parser needs time and memory that grow with the square of the number of parts."""
AT_LINE = re.compile(r" \(at (line \d+, column \d+|end of document)\)$")


def parse(text: str) -> dict[str, Any]:
    """Return the table that TOML text stands for.

    Raises
    ------
    NetworkError
        If it is not TOML, or nested or dotted too deeply; the sentence names the line.
    """
    import tomllib

    check_nesting(text, "TOML")
    if found := LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise NetworkError(
            f"must have keys of fewer than {KEY_PARTS} parts, got more at line {line}; shorten it"
        )
    try:
        table = tomllib.loads(text)
    except RecursionError:
        table = None
    except ValueError as error:
        reason = str(error)
        found = AT_LINE.search(reason)
        reason = AT_LINE.sub("", reason).rstrip(".")
        place = f" at {found[1]}" if found else ""
        remedy = "fix that line, or compare it with one that 'neurochannel new' writes"
        raise NetworkError(f"must be TOML, got a mistake{place} ({reason}); {remedy}") from None
    if table is None or too_deep(table):
        raise NetworkError(TOO_DEEP.format("TOML"))
    return table
