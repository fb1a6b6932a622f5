"""Where in TOML text its keys and values stand, for marks, completion and changes."""

from __future__ import annotations

import re
from typing import NamedTuple

Path = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART = re.compile(r"""[\w-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'", re.S
)
_BARE = re.compile(r"[^,\]}\s#]+(?:[ ][\d:.]+)?")


class TextSpan(NamedTuple):
    """A part of a text: where it begins, and where it has ended."""

    start: int
    end: int


class BrokenOff(NamedTuple):
    """Where a text breaks off: in a key of a table, or in the value of a key.

    Parameters
    ----------
    path
        Of the table, or of the value.
    is_key
        Whether a key would follow.
    start
        Where what was begun starts.
    """

    path: Path
    is_key: bool
    start: int


class _BreaksOffError(Exception):
    """The text ends inside of something."""


class _LostError(Exception):
    """What stands here is no TOML."""


class TomlPlaces:
    """Spans of all keys and values of TOML text; lines that are no TOML are passed over.

    Parameters
    ----------
    text
        Line ends are single.

    Attributes
    ----------
    keys, values
        By path: numbers count the tables of an array. Of a table with a header, the key is the
        last name in it, and there is no value.
    statements
        By path: lines of a key and its value, the comment at the end included.
    headers
        By path: the lines of a header, and where the last statement below it has ended.
    mentions
        Every name in a key or header, with the path that it stands for.
    ended
        Where the text breaks off, None if it does not.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[Path, TextSpan] = {}
        self.values: dict[Path, TextSpan] = {}
        self.statements: dict[Path, TextSpan] = {}
        self.headers: dict[Path, TextSpan] = {}
        self.mentions: list[tuple[Path, TextSpan]] = []
        self.ended: BrokenOff | None = None
        self._at = 0
        self._table: Path = ()
        self._counts: dict[Path, int] = {}
        self._read()

    def nearest(self, path: Path) -> TextSpan | None:
        """Return the span of a path, or of the nearest one around it that has one."""
        for n in range(len(path), 0, -1):
            found = self.keys.get(path[:n]) or self.values.get(path[:n])
            if found:
                return found
        return None

    def below(self, path: Path) -> list[str | int]:
        """Return the names or numbers right below a path, in the order of the text."""
        n = len(path)
        known = (*self.keys, *self.values)
        return list(dict.fromkeys(key[n] for key in known if len(key) > n and key[:n] == path))

    def _read(self) -> None:
        while True:
            self._skip(_SPACE)
            if self._at >= len(self.text):
                last = self.text.rpartition("\n")[2]
                if "#" not in last:
                    self.ended = BrokenOff(self._table, True, len(self.text))
                return
            start = self._at
            try:
                self._statement()
            except _BreaksOffError:
                return
            except (_LostError, RecursionError):
                stop = self.text.find("\n", max(start, self._at))
                self._at = len(self.text) if stop < 0 else stop

    def _statement(self) -> None:
        start = self.text.rfind("\n", 0, self._at) + 1
        if self.text.startswith("[", self._at):
            self._header(start)
            return
        path = self._key(self._table)
        self._expect("=", BrokenOff(path, True, self._at))
        self._value(path)
        self._skip(_BLANK)
        stop = self.text.find("\n", self._at)
        stop = len(self.text) if stop < 0 else stop
        if self.text[self._at : stop].strip() and self.text[self._at] != "#":
            raise _LostError
        self._at = stop
        self.statements[path] = TextSpan(start, stop)
        if self._table in self.headers:
            self.headers[self._table] = TextSpan(self.headers[self._table].start, stop)

    def _header(self, start: int) -> None:
        listed = self.text.startswith("[[", self._at)
        opened = self._at
        self._at += 2 if listed else 1
        self._skip(_BLANK)
        path: Path = ()
        while True:
            found = _PART.match(self.text, self._at)
            if found is None:
                self._break_off(BrokenOff(path, True, opened))
                raise _LostError
            self._at = found.end()
            path = (*path, _name(found[0]))
            span = TextSpan(found.start(), found.end())
            self._skip(_BLANK)
            last = not self.text.startswith(".", self._at)
            path = self._within(path, new=listed and last)
            self.mentions.append((path, span))
            if last:
                break
            self._at += 1
            self._skip(_BLANK)
        if not self.text.startswith("]]" if listed else "]", self._at):
            self._break_off(BrokenOff(path[:-1], True, opened))
            raise _LostError
        stop = self.text.find("\n", self._at)
        self._at = len(self.text) if stop < 0 else stop
        self._table = path
        self.keys.setdefault(path, span)
        self.headers[path] = TextSpan(start, self._at)

    def _within(self, path: Path, *, new: bool) -> Path:
        """Return a path with the number of the newest table, where it leads into an array."""
        if new:
            self._counts[path] = self._counts.get(path, -1) + 1
        return (*path, self._counts[path]) if path in self._counts else path

    def _key(self, table: Path) -> Path:
        path, start = table, self._at
        while True:
            found = _PART.match(self.text, self._at)
            if found is None:
                self._break_off(BrokenOff(path, True, start))
                raise _LostError
            self._at = found.end()
            here = path
            path = (*path, _name(found[0]))
            span = TextSpan(found.start(), found.end())
            self._break_off(BrokenOff(here, True, found.start()))
            self.mentions.append((path, span))
            self.keys.setdefault(path, span)
            self._skip(_BLANK)
            if not self.text.startswith(".", self._at):
                return path
            self._at += 1
            self._skip(_BLANK)

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        start = self._at
        self._break_off(BrokenOff(path, False, start))
        match self.text[start]:
            case "{":
                self._inline_table(path)
            case "[":
                self._array(path)
            case '"' | "'":
                found = _STRING.match(self.text, start)
                if found is None:
                    stop = self.text.find("\n", start)
                    self._at = len(self.text) if stop < 0 else stop
                    self._break_off(BrokenOff(path, False, start))
                    raise _LostError
                self._at = found.end()
            case _:
                found = _BARE.match(self.text, start)
                if found is None:
                    raise _LostError
                self._at = found.end()
                self.values[path] = TextSpan(start, self._at)
                self._break_off(BrokenOff(path, False, start))
        self.values[path] = TextSpan(start, self._at)

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_SPACE)
            self._break_off(BrokenOff(path, True, self._at))
            if self.text.startswith("}", self._at):
                break
            inner = self._key(path)
            self._expect("=", BrokenOff(inner, True, self._at))
            self._value(inner)
            self._skip(_SPACE)
            if self.text.startswith(",", self._at):
                self._at += 1
            elif not self.text.startswith("}", self._at):
                self._break_off(None)
                raise _LostError
        self._at += 1

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while True:
            self._skip(_SPACE)
            self._break_off(BrokenOff((*path, number), False, self._at))
            if self.text.startswith("]", self._at):
                break
            self._value((*path, number))
            number += 1
            self._skip(_SPACE)
            if self.text.startswith(",", self._at):
                self._at += 1
            elif not self.text.startswith("]", self._at):
                self._break_off(None)
                raise _LostError
        self._at += 1

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self.text, self._at)
        assert found is not None
        self._at = found.end()

    def _expect(self, sign: str, otherwise: BrokenOff) -> None:
        self._skip(_BLANK)
        if not self.text.startswith(sign, self._at):
            self._break_off(None)
            raise _LostError
        self._at += len(sign)

    def _break_off(self, ended: BrokenOff | None) -> None:
        """Stop if this is the end of the text."""
        if self._at >= len(self.text):
            self.ended = ended
            raise _BreaksOffError


def _name(part: str) -> str:
    """Return the name that a part of a key stands for."""
    if part[0] not in "\"'":
        return part
    import tomllib

    try:
        (name,) = tomllib.loads(f"{part} = 0")
    except ValueError:
        return part[1:-1]
    return str(name)
