"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from neurochannel.errors import CheckpointError

ANOTHER_FOLDER = "choose a folder that you can write to"
REMEDIES = {
    errno.ENOENT: "make that folder first, or choose another",
    errno.EISDIR: "name a file in it",
    errno.ENOSPC: "free some space, or choose another folder",
    errno.EDQUOT: "free some space, or choose another folder",
    errno.ENAMETOOLONG: "choose a shorter name",
}
# With four bytes a letter and what is added, still below the 255 bytes that a name may have.
LONGEST_STEM = 48


def write_whole(path: str | PathLike[str], content: memoryview | bytes) -> None:
    """Write a file so that at every moment its name stands for the old content or for the new.

    A temporary file in the same folder is brought to the disk before it gets the name.

    Raises
    ------
    CheckpointError
        If it cannot be written; the old file is as it was.
    """
    with _explained(path):
        target = _target(path)
        with _temporary(target) as (file, name):
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.replace(name, target)
        _sync_folder(target.parent)


def check_writable(path: str | PathLike[str]) -> None:
    """Try to make a file beside `path` and remove it again.

    Raises
    ------
    CheckpointError
        If that is not possible, or `path` is a folder.
    """
    with _explained(path), _temporary(_target(path)):
        pass


@contextmanager
def _explained(path: str | PathLike[str]) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        remedy = REMEDIES.get(number or 0, ANOTHER_FOLDER)
        text = f"{os.fspath(path)} cannot be written ({reason}); {remedy}"
        raise CheckpointError(text) from None


def _target(path: str | PathLike[str]) -> Path:
    """Follow links, so that it is the file and not the link that is replaced."""
    target = Path(os.path.realpath(path))
    with suppress(FileNotFoundError):
        mode = target.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
    return target


@contextmanager
def _temporary(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Give a new file beside the target; whatever happens, its name is free again afterwards."""
    _sweep(target)
    descriptor, name = _create(target)
    try:
        with open(descriptor, "wb") as file:
            yield file, name
    finally:
        with suppress(OSError):
            name.unlink()


def _create(target: Path) -> tuple[int, Path]:
    """Create a temporary file and lock it: one without a lock belongs to nobody."""
    while True:
        name = target.with_name(f"{_stem(target)}{secrets.token_hex(4)}.tmp")
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(OSError):
            os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
        # Somebody may have swept it away between its creation and its lock.
        if os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)


def _sweep(target: Path) -> None:
    """Remove temporary files of the same target whose writers were killed."""
    pattern = re.compile(re.escape(_stem(target)) + r"[0-9a-f]{8}\.tmp")
    for name in _names_in(target.parent):
        if not pattern.fullmatch(name):
            continue
        with suppress(OSError):
            descriptor = os.open(target.with_name(name), os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(target.with_name(name))
            finally:
                os.close(descriptor)


def _names_in(folder: Path) -> Iterable[str]:
    with suppress(OSError):
        return os.listdir(folder)
    return ()


def _stem(target: Path) -> str:
    return f".{target.name[:LONGEST_STEM]}."


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk; some file systems cannot, and need not, do so."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
