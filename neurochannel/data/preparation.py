"""What is done to a data set, as its name says: name+first=1000+standardize+shift=3+flip."""

from __future__ import annotations

import difflib
import os
import re

from neurochannel.data.dataset import Data
from neurochannel.errors import DataError

STANDARDIZE, FLIP = "standardize", "flip"
SHIFT, FIRST = (re.compile(rf"{word}=([0-9]{{1,9}})") for word in ("shift", "first"))
FORMS = {"first": "first=N", STANDARDIZE: STANDARDIZE, "shift": "shift=N", FLIP: FLIP}


def parted(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the name or path of a data set and the words after it; a file's own name has none."""
    base, *words = name.split("+")
    wishes = []
    while words and _is_wish(words[-1]):
        wishes.append(words.pop())
    if not wishes or os.path.lexists(name):
        return name, ()
    return "+".join([base, *words]), tuple(reversed(wishes))


def misspelled(name: str) -> DataError:
    """Return the mistake of a name with a word after it that asks for nothing known."""
    base, *words = name.split("+")
    word = next(word for word in words if not _is_wish(word))
    close = difflib.get_close_matches(word.partition("=")[0].lower(), FORMS, n=1)
    remedy = f"write +{FORMS[close[0]]}" if close else "leave it out"
    *others, last = (f"+{form}" for form in FORMS.values())
    return DataError(
        f"{base} must be followed by {', '.join(others)} or {last} alone, got '+{word}'; {remedy}"
    )


def _is_wish(word: str) -> bool:
    counts = SHIFT.fullmatch(word) or FIRST.fullmatch(word)
    return word in (STANDARDIZE, FLIP) or counts is not None


def prepared(data: Data, wishes: tuple[str, ...]) -> Data:
    """Return a data set with what the words after its name ask for, whatever their order.

    Raises
    ------
    DataError
        When a word comes twice, or does not fit the examples.
    """
    shifts, firsts = (
        [int(match[1]) for match in map(form.fullmatch, wishes) if match] for form in (SHIFT, FIRST)
    )
    counts = {STANDARDIZE: wishes.count(STANDARDIZE), FLIP: wishes.count(FLIP)}
    counts |= {"shift": len(shifts), "first": len(firsts)}
    for word, n in counts.items():
        if n > 1:
            raise DataError(f"{data.name} must be followed by '{word}' once at most; remove one")
    if firsts:
        data = data.first(firsts[0])
    if STANDARDIZE in wishes:
        data = data.standardized()
    if shifts or FLIP in wishes:
        data = data.augmented(sum(shifts), FLIP in wishes)
    return data
