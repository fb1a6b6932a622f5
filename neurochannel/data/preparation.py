"""What is done to images, as the name of their data set says: name+standardize+shift=3+flip."""

from __future__ import annotations

import os
import re

from neurochannel.data.dataset import Data
from neurochannel.errors import DataError

STANDARDIZE, FLIP = "standardize", "flip"
SHIFT = re.compile(r"shift=([0-9]{1,9})")


def parted(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the name or path of a data set and the words after it; a file's own name has none."""
    base, *words = name.split("+")
    wishes = []
    while words and _is_wish(words[-1]):
        wishes.append(words.pop())
    if not wishes or os.path.lexists(name):
        return name, ()
    return "+".join([base, *words]), tuple(reversed(wishes))


def _is_wish(word: str) -> bool:
    return word in (STANDARDIZE, FLIP) or SHIFT.fullmatch(word) is not None


def prepared(data: Data, wishes: tuple[str, ...]) -> Data:
    """Return a data set with what the words after its name ask for, whatever their order.

    Raises
    ------
    DataError
        When a word comes twice, or does not fit the examples.
    """
    shifts = [int(match[1]) for match in map(SHIFT.fullmatch, wishes) if match]
    for word in (STANDARDIZE, FLIP):
        if wishes.count(word) > 1 or len(shifts) > 1:
            twice = word if wishes.count(word) > 1 else "shift"
            raise DataError(f"{data.name} must be followed by '{twice}' once at most; remove one")
    if STANDARDIZE in wishes:
        data = data.standardized()
    if shifts or FLIP in wishes:
        data = data.augmented(sum(shifts), FLIP in wishes)
    return data
