"""Opening files of a user: regular ones only, and what they may hold before memory is taken."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from os import PathLike

MOST_TEXT_BYTES = 2**28
ALWAYS_ALLOWED = 2**28
MOST_RATIO = 100

_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))


class Refusal(Exception):
    """Why a file cannot be used: the rest of a sentence that begins with its name."""


class ContentError(Exception):
    """What is wrong with the content of a file, as a clause without a remedy."""


class NotRegularError(OSError):
    """A pipe, socket or device, which could keep its reader waiting forever or never end."""


def open_regular(path: str | PathLike[str]) -> BufferedReader:
    """Open a file for reading bytes.

    Raises
    ------
    OSError
        If it is not there, a folder, not a regular file or may not be read.
    ValueError
        If the path holds a zero byte.
    """
    _check_mode(path, os.stat(path).st_mode)
    # If a pipe takes the name in between, this does not wait for a writer.
    descriptor = os.open(path, _FLAGS)
    try:
        _check_mode(path, os.fstat(descriptor).st_mode)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _check_mode(path: str | PathLike[str], mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise NotRegularError(errno.EINVAL, "it is not a regular file", os.fspath(path))


def open_or_refuse(path: str | PathLike[str], remedy: str) -> BufferedReader:
    """Open a file as `open_regular` does, with the end of a sentence for what goes wrong.

    Raises
    ------
    Refusal
        If that is not possible; where it is no file at all, with the remedy.
    """
    try:
        return open_regular(path)
    except FileNotFoundError:
        raise Refusal("does not exist; check the path") from None
    except IsADirectoryError:
        raise Refusal("is a folder; name a file in it") from None
    except NotRegularError:
        raise Refusal(f"is not a regular file; {remedy}") from None
    except (OSError, ValueError) as error:
        raise Refusal(f"cannot be read ({why(error)}); check its path and permissions") from None


def why(error: OSError | ValueError) -> str:
    """Return the reason of a file that cannot be read, in a few words."""
    return str((isinstance(error, OSError) and error.strerror) or error)


def size_of(file: BufferedReader) -> int:
    """Return how many bytes an open file has."""
    return os.fstat(file.fileno()).st_size


def read_regular(path: str | PathLike[str], most: int | None = MOST_TEXT_BYTES) -> bytes:
    """Return the content of a file; None stands for any size.

    Raises
    ------
    OSError, ValueError
        As `open_regular`, and if the file is larger than `most` bytes.
    """
    with open_regular(path) as file:
        size = size_of(file)
        if most is not None and size > most:
            text = f"it has {size:,} bytes, more than {most:,}"
            raise OSError(errno.EFBIG, text, os.fspath(path))
        return file.read()


def most_unpacked(n_bytes: int) -> int:
    """Return how many bytes a file of `n_bytes` may unpack to: 100 times as many, or 256 MiB."""
    return max(ALWAYS_ALLOWED, MOST_RATIO * n_bytes)
