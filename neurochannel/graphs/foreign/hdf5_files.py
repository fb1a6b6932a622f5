"""HDF5 files of other tools: which of them it is, and texts in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Any

import h5py

from neurochannel.errors import NetworkError
from neurochannel.inputs.hdf5 import member
from neurochannel.inputs.opening import ContentError, size_of

LONGEST = 10_000
MOST_MEMBERS = 100_000


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what the library raises for a damaged file into a sentence."""
    try:
        yield
    except (NetworkError, MemoryError):
        raise
    except (ContentError, OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise NetworkError(
            f"must be {what}, got something else ({reason}); export it again"
        ) from None


@contextmanager
def opened(file: BufferedReader, what: str) -> Iterator[tuple[h5py.File, int]]:
    """Open an HDF5 file; give its root and its size."""
    with reading(what), h5py.File(file, "r") as root:
        yield root, size_of(file)


def group(parent: h5py.Group, name: str) -> h5py.Group:
    """Return a member of a group that is a group.

    Raises
    ------
    ContentError
        If it is missing, a link or something else.
    """
    found = member(parent, name)
    if not isinstance(found, h5py.Group):
        raise ContentError(f"{name} must be a group")
    return found


def groups_in(root: h5py.Group, name: str) -> list[str]:
    """Return the names of the groups in a group.

    Raises
    ------
    ContentError
        If it is missing, a link or no group.
    """
    parent = group(root, name)
    if len(parent) > MOST_MEMBERS:
        raise ContentError(f"{name} has {len(parent):,} members, more than {MOST_MEMBERS:,}")
    return [each for each in names_in(parent) if isinstance(member(parent, each), h5py.Group)]


def names_in(parent: h5py.Group) -> list[str]:
    """Return the names of the members of a group, without those that are not UTF-8."""
    return [each for each in parent if isinstance(each, str)]


def text_attribute(part: Any, name: str) -> str | None:
    """Return an attribute that is one text, None if it is missing or something else."""
    if name not in part.attrs or part.attrs.get_id(name).shape != ():
        return None
    value = part.attrs[name]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return text if isinstance(text, str) and len(text) <= LONGEST else None
