"""Files of networks: their content in and out, whole or not at all; and what TOML text means."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from io import BufferedReader
from itertools import accumulate
from os import PathLike
from pathlib import Path
from typing import IO, Any, TypeVar

from neurochannel.errors import NetworkError
from neurochannel.inputs.opening import open_regular, read_regular, why

Content = TypeVar("Content")
DEEPEST = 32  # brackets within brackets; a network has no more than a few
STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
TOKEN = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|[][{}]""")
TOO_DEEP = "must be {}, got brackets nested too deeply; flatten them"
KEY_PARTS = 32
KEY_PART = r"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?:{KEY_PART}[ \t]*+\.[ \t]*+){{{KEY_PARTS - 1}}}")
"""The parser needs time and memory that grow with the square of the number of parts."""
AT_LINE = re.compile(r" \(at (line \d+, column \d+|end of document)\)$")


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
        return "may not be read; change its permissions"
    return f"cannot be read ({why(error)}); check the path"


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
        remedy = "mend that line, or compare it with one that 'neurochannel new' writes"
        raise NetworkError(f"must be TOML, got a mistake{place} ({reason}); {remedy}") from None
    if table is None or too_deep(table):
        raise NetworkError(TOO_DEEP.format("TOML"))
    return table


def too_deep(value: Any, most: int = DEEPEST) -> bool:
    """Tell whether lists and tables lie more than so many levels inside each other."""
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


def why_not_new(path: str | PathLike[str], overwrite: bool) -> str | None:
    """Return why a result must not go to a file, which would be lost; None where there is none."""
    if overwrite or not os.path.isfile(path):
        return None
    return "must be a new file, but it exists; name another, or give overwrite=True to replace it"


def write(content: str | bytes, path: str | PathLike[str], overwrite: bool = False) -> None:
    """Write a new file of text or bytes, whole or not at all.

    Raises
    ------
    NetworkError
        If it cannot be written, or exists and `overwrite` is not set.
    """
    where = os.fspath(path)
    if taken := why_not_new(path, overwrite):
        raise NetworkError(taken, where)
    try:
        _replace(Path(os.path.realpath(where)), content)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        sentence = f"cannot be written ({reason}); choose a file in a folder that you can write to"
        raise NetworkError(sentence, where) from None


def write_text(text: str, path: str | PathLike[str], overwrite: bool = False) -> None:
    """Write a new text file as `write` does.

    Raises
    ------
    NetworkError
        If it cannot be written, or exists and `overwrite` is not set.
    """
    write(text, path, overwrite)


def _replace(target: Path, content: str | bytes) -> None:
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
