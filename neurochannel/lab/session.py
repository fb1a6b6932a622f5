"""The text that is being designed, with everything that undo can bring back."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neurochannel.errors import NetworkError, NeurochannelError, OptionError
from neurochannel.lab.network_edits import edited
from neurochannel.lab.shelf import LARGEST, Shelf, shipped_text
from neurochannel.model.network import Network
from neurochannel.model.problems import Problem, short
from neurochannel.model.text_check import check_text

MOST_STEPS = 300
MOST_LETTERS = 40_000_000
"""Kept for undo, of all steps together."""
_HALF = re.compile("[\ud800-\udfff]")
"""Of a letter that JavaScript holds as two; no file can hold it."""


class StaleError(OptionError):
    """A page has changed a text that another page has changed meanwhile."""


@dataclass(frozen=True)
class Version:
    """One state of the text.

    Parameters
    ----------
    revision
        Rises with every change, those by undo and redo included.
    name
        Of the file that it is saved to.
    network, problems
        What the text describes, None if it has mistakes; and these.
    saved
        Whether the file has this text.
    """

    revision: int
    name: str
    text: str
    network: Network | None
    problems: tuple[Problem, ...]
    saved: bool
    can_undo: bool
    can_redo: bool


class Session:
    """One text for all pages of a server.

    Parameters
    ----------
    shelf
        Where files are.
    name, text
        What it begins with.
    is_saved
        Whether a file of the name has this text.
    """

    def __init__(self, shelf: Shelf, name: str, text: str, *, is_saved: bool) -> None:
        self.shelf = shelf
        self._lock = threading.RLock()
        self._undo: list[tuple[str, str]] = []
        self._redo: list[tuple[str, str]] = []
        self._saved = text if is_saved else None
        self._revision = 0
        self._set(name, text)

    @property
    def version(self) -> Version:
        """The text as it is now."""
        with self._lock:
            return self._version

    def _set(self, name: str, text: str) -> Version:
        self._revision += 1
        network, problems = check_text(text)
        self._version = Version(
            self._revision,
            name,
            text,
            network,
            tuple(problems),
            text == self._saved,
            bool(self._undo),
            bool(self._redo),
        )
        return self._version

    def replace(self, revision: object, text: object) -> Version:
        """Replace the whole text.

        Raises
        ------
        StaleError
            If the text is not that of the revision any more.
        OptionError
            If it is no text, or too large.
        """
        with self._lock:
            self._check(revision)
            return self._changed(self._version.name, _checked(text))

    def edit(self, revision: object, edit: Mapping[str, Any]) -> Version:
        """Change the text by an edit of the drawing or of a form, see `edited`.

        Raises
        ------
        StaleError, OptionError, NetworkError
            If it is stale, no edit, or cannot be made in this text.
        """
        with self._lock:
            self._check(revision)
            return self._changed(self._version.name, _checked(edited(self._version.text, edit)))

    def open(self, *, name: object = None, topology: object = None) -> Version:
        """Begin with a file of the folder, or with a topology that comes with neurochannel.

        What was there before can be brought back by undo.
        """
        if topology is not None:
            text, chosen, saved = shipped_text(topology), f"{topology}.toml", None
        else:
            text = self.shelf.read(name)
            chosen = str(name)
            saved = text if chosen.endswith(".toml") else None
            chosen = chosen if saved is not None else f"{chosen.rpartition('.')[0]}.toml"
        with self._lock:
            self._saved = saved
            return self._changed(chosen, text)

    def save(self, revision: object, name: object, *, overwrite: bool) -> Version:
        """Write the text to a file of the folder; its own is replaced without asking.

        Raises
        ------
        StaleError, OptionError, NetworkError
            If it is stale, no name, or a file that is there, or was changed by others, and
            `overwrite` is not set.
        """
        with self._lock:
            self._check(revision)
            own, text = self._has_own(name), self._version.text
            written = self.shelf.write(name, text, overwrite=overwrite or own)
            self._saved = text
            return self._set(written, text)

    def _has_own(self, name: object) -> bool:
        """Tell whether a file is the one that the text was read from or saved to, unchanged."""
        if name != self._version.name or self._saved is None:
            return False
        try:
            return self.shelf.read(name) == self._saved
        except NeurochannelError:
            return True  # it is gone

    def undo(self, revision: object) -> Version:
        """Bring back what was there before the last change."""
        return self._step(revision, self._undo, self._redo)

    def redo(self, revision: object) -> Version:
        """Bring back what undo has taken away."""
        return self._step(revision, self._redo, self._undo)

    def _step(
        self, revision: object, taken: list[tuple[str, str]], given: list[tuple[str, str]]
    ) -> Version:
        with self._lock:
            self._check(revision)
            if not taken:
                return self._version
            given.append((self._version.name, self._version.text))
            return self._set(*taken.pop())

    def _changed(self, name: str, text: str) -> Version:
        now = self._version
        if (name, text) == (now.name, now.text):
            return self._set(name, text)
        self._undo.append((now.name, now.text))
        self._redo.clear()
        while len(self._undo) > MOST_STEPS or sum(len(t) for _, t in self._undo) > MOST_LETTERS:
            del self._undo[0]
        return self._set(name, text)

    def _check(self, revision: object) -> None:
        if revision != self._version.revision:
            raise StaleError(
                f"revision must be {self._version.revision}, since the text was changed on another "
                f"page, got {short(revision)}; look at the newer text and change it again"
            )


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise OptionError(f"text must be text, got {short(text)}")
    if len(text) > LARGEST:
        raise NetworkError(f"text must be at most {LARGEST:,} letters, got {len(text):,}")
    if half := _HALF.search(text):
        raise OptionError(
            f"text must hold whole letters, got half of one in line "
            f"{text.count(chr(10), 0, half.start()) + 1}; delete it"
        )
    return text.replace("\r\n", "\n")
