"""Files that are written atomically, and replaced on purpose only."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from neurochannel.errors import CheckpointError, NeurochannelError

if TYPE_CHECKING:
    from filelock import FileLock

ANOTHER_FOLDER = "choose a folder that you can write to"
REMEDIES = {
    errno.ENOENT: "make that folder first, or choose another",
    errno.EISDIR: "name a file in it",
    errno.ENOSPC: "free some space, or choose another folder",
    errno.ENAMETOOLONG: "choose a shorter name",
}
if hasattr(errno, "EDQUOT"):  # not on Windows
    REMEDIES[errno.EDQUOT] = REMEDIES[errno.ENOSPC]
# With four bytes a letter and what is added, still below the 255 bytes that a name may have.
LONGEST_STEM = 48


def why_not_new(path: str | PathLike[str], overwrite: bool) -> str | None:
    """Return why a result must not replace a file, which would be lost; None if it may."""
    if overwrite or not os.path.isfile(path):
        return None
    return "must be a new file, but it exists; name another, or give overwrite=True to replace it"


def write_new(
    path: str | PathLike[str],
    content: str | bytes,
    error: type[NeurochannelError],
    *,
    overwrite: bool = False,
) -> None:
    """Write a file that is not there yet, text as UTF-8, as `write_whole` does.

    Raises
    ------
    NeurochannelError
        Of the given kind, if it exists and `overwrite` is not set, or cannot be written.
    """
    if taken := why_not_new(path, overwrite):
        raise error(f"{os.fspath(path)} {taken}")
    write_whole(path, content.encode() if isinstance(content, str) else content, error)


def write_whole(
    path: str | PathLike[str],
    content: memoryview | bytes,
    error: type[NeurochannelError] = CheckpointError,
) -> None:
    """Write a file atomically: at every moment it has its old content or the new one.

    A temporary file in the same folder is flushed to the disk before it is renamed.

    Raises
    ------
    NeurochannelError
        Of the given kind, if it cannot be written; the old file is as it was.
    """
    with _explained(path, error):
        target = _target(path)
        with _temporary(target) as (file, name):
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()  # Windows renames no file that is open
            _keep_mode(name, target)
            os.replace(name, target)
        _sync_folder(target.parent)


def check_writable(path: str | PathLike[str]) -> None:
    """Try to make a file next to `path` and remove it again.

    Raises
    ------
    CheckpointError
        If that is not possible, or `path` is a folder.
    """
    with _explained(path, CheckpointError), _temporary(_target(path)):
        pass


@contextmanager
def _explained(path: str | PathLike[str], error: type[NeurochannelError]) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as found:
        number = found.errno if isinstance(found, OSError) else None
        reason = found.strerror if isinstance(found, OSError) and found.strerror else found
        remedy = REMEDIES.get(number or 0, ANOTHER_FOLDER)
        text = f"{os.fspath(path)} cannot be written ({reason}); {remedy}"
        raise error(text) from None


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
    """Give a new file next to the target; whatever happens, its name is free again afterwards."""
    _sweep(target)
    while True:
        name = target.with_name(f"{_stem(target)}{secrets.token_hex(4)}.tmp")
        with _owned(name) as owner, open(name, "xb") as file:
            try:
                # Somebody may have swept the lock away before it was held.
                if owner is None or _lock_of(name).exists():
                    yield file, name
                    return
            finally:
                file.close()
                with suppress(OSError):
                    name.unlink()


@contextmanager
def _owned(name: Path) -> Iterator[FileLock | None]:
    """Lock a temporary file by another one next to it, which tells that its writer is alive.

    None if the file system has no locks: then nobody sweeps either.
    """
    from filelock import FileLock

    lock = FileLock(_lock_of(name), timeout=0)
    try:
        os.stat(name.parent)  # or FileLock would make that folder
        lock.acquire()
    except (OSError, NotImplementedError):
        yield None
        return
    try:
        yield lock
    finally:
        with suppress(OSError):
            _lock_of(name).unlink()
        lock.release()
        with suppress(OSError):  # Windows removes no file that is open
            _lock_of(name).unlink()


def _sweep(target: Path) -> None:
    """Remove temporary files of the same target whose writers were killed."""
    pattern = re.compile(re.escape(_stem(target)) + r"[0-9a-f]{8}\.tmp(\.lock)?")
    found = {
        name.removesuffix(".lock") for name in names_in(target.parent) if pattern.fullmatch(name)
    }
    for leftover in map(target.with_name, found):
        with _owned(leftover) as owner, suppress(OSError):
            if owner is not None:
                leftover.unlink()


def _lock_of(name: Path) -> Path:
    return name.with_name(f"{name.name}.lock")


def _keep_mode(name: Path, target: Path) -> None:
    with suppress(OSError):
        name.chmod(stat.S_IMODE(target.stat().st_mode))


def names_in(folder: str | PathLike[str]) -> Iterable[str]:
    """Return the names in a folder, none where it cannot be read."""
    with suppress(OSError):
        return os.listdir(folder)
    return ()


def _stem(target: Path) -> str:
    return f".{target.name[:LONGEST_STEM]}."


def _sync_folder(folder: Path) -> None:
    """Flush the new name to the disk; some file systems, and Windows, cannot and need not do so."""
    flags = getattr(os, "O_DIRECTORY", None)
    if flags is None:
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
