"""Files that describe networks and studies: read as text or given open, and never too deep."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from io import BufferedReader
from itertools import accumulate
from os import PathLike
from typing import IO, Any, TypeVar

from neurochannel.errors import NetworkError
from neurochannel.inputs.opening import open_regular, read_regular, why

Content = TypeVar("Content")
DEEPEST = 32  # brackets within brackets; a network has no more than a few
STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
TOKEN = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|[][{}]""")
TOO_DEEP = "must be {}, got brackets nested too deeply; flatten them"


def read_text(source: str | PathLike[str] | IO[str] | IO[bytes]) -> tuple[str, str | None]:
    """Return the text of a file and its name for messages.

    Raises
    ------
    NetworkError
        If there is no such file, it is a folder, cannot be read or is not UTF-8.
    """
    if isinstance(source, str | PathLike):
        where: str | None = os.fspath(source)
        try:
            content: str | bytes = read_regular(source)
        except (OSError, ValueError) as error:
            raise NetworkError(_unreadable(error), where) from None
    else:
        where = str(getattr(source, "name", "")) or None
        content = source.read()
    if isinstance(content, str):
        return content, where
    try:
        return content.decode("utf-8-sig"), where
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        sentence = f"must be UTF-8 text, got the byte 0x{content[error.start]:02x} at line {line}"
        raise NetworkError(f"{sentence}; save it as UTF-8", where) from None


def read_open(path: str | PathLike[str], read: Callable[[BufferedReader], Content]) -> Content:
    """Return what a function makes of an open file of bytes.

    Raises
    ------
    NetworkError
        If there is no such file, it is a folder or cannot be read.
    """
    where = os.fspath(path)
    try:
        with open_regular(path) as file:
            return read(file)
    except NetworkError:
        raise
    except (OSError, ValueError) as error:
        raise NetworkError(_unreadable(error), where) from None


def _unreadable(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file; check the path, or write one with 'neurochannel new srbp'"
    if isinstance(error, IsADirectoryError):
        return "must be a file, got a folder; name a TOML file in it"
    if isinstance(error, PermissionError):
        return "cannot be read; change its permissions"
    return f"cannot be read ({why(error)}); check the path"


def too_deep(value: Any, most: int = DEEPEST) -> bool:
    """Tell whether lists and tables lie more than `most` levels inside each other."""
    level = [value]
    for _ in range(most + 1):
        level = [
            part
            for outer in level
            for part in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(part, dict | list)
        ]
        if not level:
            return False
    return True


def check_nesting(text: str, language: str) -> None:
    """Refuse brackets within brackets within brackets, before a parser runs out of stack.

    There an HDF5 object may be freed at the same time, and h5py's lock never be given back.

    Raises
    ------
    NetworkError
        If they are more than `DEEPEST` deep.
    """
    steps = (STEPS.get(token, 0) for token in TOKEN.findall(text))
    if max(accumulate(steps), default=0) > DEEPEST:
        raise NetworkError(TOO_DEEP.format(language))
