"""Arrays in .npz files, their sizes known and bounded before memory is taken."""

from __future__ import annotations

import math
import zipfile
from io import BufferedReader
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.inputs.opening import ContentError, most_unpacked, size_of

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
SUFFIX = ".npy"
KINDS = "biufcSUMm"
LARGEST_LETTER = 0x10FFFF
MOST_HEADER = 10_000
MOST_ARRAYS = 1000
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class NpzReader:
    """Reads the arrays of an open .npz file, each when it is asked for.

    Parameters
    ----------
    file
        A regular file.

    Raises
    ------
    ContentError
        If it is no archive, or its arrays would unpack to more than `most_unpacked` of its size.
    """

    def __init__(self, file: BufferedReader) -> None:
        if file.peek(len(np.lib.format.MAGIC_PREFIX)).startswith(np.lib.format.MAGIC_PREFIX):
            raise ContentError("it holds a single array; name its arrays")
        try:
            self._archive = zipfile.ZipFile(file)
        except Exception as error:
            raise _damage(error) from None
        members = self._archive.infolist()
        self._members = {each.filename.removesuffix(SUFFIX): each for each in members}
        if len(self._members) < len(members):
            raise ContentError("an array is there twice")
        if len(members) > MOST_ARRAYS:
            raise ContentError(f"it holds {len(members):,} arrays, more than {MOST_ARRAYS:,}")
        claimed, most = sum(each.file_size for each in members), most_unpacked(size_of(file))
        if claimed > most:
            raise ContentError(f"it unpacks to {claimed:,} bytes, more than {most:,}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays."""
        return tuple(self._members)

    def array(self, name: str) -> NDArray[Any]:
        """Return an array of numbers or fixed texts; Python objects are never unpickled.

        Raises
        ------
        ContentError
            If its bytes are damaged, or not as many as its header says.
        """
        member = self._members[name]
        if member.compress_type not in METHODS or member.flag_bits & ENCRYPTED:
            raise ContentError(f"{quoted(name)} is not packed as numpy does it")
        if not member.filename.endswith(SUFFIX):
            raise ContentError(f"{quoted(name)} is not an array")
        try:
            with self._archive.open(member) as file:
                _check_header(file, member.file_size)
            with self._archive.open(member) as file:
                values: NDArray[Any] = np.lib.format.read_array(
                    file, allow_pickle=False, max_header_size=MOST_HEADER
                )
                file.read(1)  # the end, where the checksum is compared
            _check_letters(values)
        except MemoryError:
            raise
        except Exception as error:
            raise _damage(error, name) from None
        return values


def _check_header(file: IO[bytes], n_bytes: int) -> None:
    """Compare the size that an array claims with the bytes that there are."""
    version = np.lib.format.read_magic(file)
    if version not in HEADERS:
        raise ContentError(f"format {version[0]}.{version[1]}")
    shape, _, dtype = HEADERS[version](file, max_header_size=MOST_HEADER)
    if dtype.hasobject or dtype.kind not in KINDS:
        raise ContentError("it must hold real numbers or texts")
    if any(length < 0 for length in shape):
        raise ContentError(f"shape {shape}")
    claimed = math.prod(shape) * dtype.itemsize
    if file.tell() + claimed != n_bytes:
        raise ContentError(f"it claims {claimed:,} bytes and has {n_bytes - file.tell():,}")


def _check_letters(values: NDArray[Any]) -> None:
    """Refuse texts of numbers that are no letters: Python cannot hold them, and numpy does."""
    if values.dtype.kind != "U" or not values.size or not values.dtype.itemsize:
        return
    letters = np.ascontiguousarray(values).reshape(-1).view(values.dtype.byteorder + "u4")
    if letters.max() > LARGEST_LETTER:
        raise ContentError("it holds texts that are not Unicode")


def _damage(error: Exception, name: str | None = None) -> ContentError:
    reason = str(error).partition("\n")[0].rstrip(".")[:200] or type(error).__name__
    return ContentError(f"{quoted(name)}: {reason}" if name is not None else reason)


def quoted(name: str) -> str:
    """Return a name of any length for messages."""
    return repr(name if len(name) <= 60 else f"{name[:57]}...")
