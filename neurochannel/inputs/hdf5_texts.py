"""Texts of any length in untrusted HDF5 files, which lie in heaps that the library may never leave.

Given a damaged heap, the library searches it forever. Its layout is part of the file format:
https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, "Global Heap".
"""

from __future__ import annotations

import struct
from io import BufferedReader
from typing import Any

import h5py

from neurochannel.inputs.hdf5 import dataset, path_of
from neurochannel.inputs.opening import ContentError, size_of

REFERENCE = struct.Struct("<IQI")
"""Length of a text, address of its heap and its number there."""
HEAD = struct.Struct("<4sB3xQ")
OBJECT = struct.Struct("<HH4xQ")
SIGNATURE = b"GCOL"
LONGEST_HEAP = 2**24
MOST_TEXTS = 1_000_000


class TextReader:
    """Reads arrays of texts from an open file.

    Parameters
    ----------
    file
        The file that h5py has open.
    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self._heaps: dict[int, dict[int, bytes]] = {}

    def texts(self, parent: h5py.Group, name: str) -> list[Any]:
        """Return an array of texts as lists within lists, a single text in a list.

        Raises
        ------
        ContentError
            If it is something else, damaged or too long.
        """
        found, where = dataset(parent, name), path_of(parent, name)
        kind = h5py.check_string_dtype(found.dtype)
        if kind is None or found.size is None:
            raise ContentError(f"{where} must hold texts")
        if found.size > MOST_TEXTS:
            raise ContentError(f"{where} holds more than {MOST_TEXTS:,} texts")
        width = REFERENCE.size if kind.length is None else kind.length
        if not found.size:
            return []
        raw = self._raw(found, where, width)
        parts = [raw[at : at + width] for at in range(0, len(raw), width)]
        words = [self._text(part, where) if kind.length is None else part for part in parts]
        flat = [word.rstrip(b"\0").decode("utf-8", "replace") for word in words]
        return _shaped(flat, found.shape)

    def _raw(self, found: h5py.Dataset, where: str, width: int) -> bytes:
        """Return the bytes of an array as they are in the file, where it is in one piece."""
        start, n_bytes = found.id.get_offset(), found.size * width
        if start is None or found.id.get_storage_size() != n_bytes:
            raise ContentError(f"{where} must be stored in one piece")
        return self._bytes(start, n_bytes, where)

    def _bytes(self, start: int, n_bytes: int, where: str) -> bytes:
        if not 0 <= start <= start + n_bytes <= size_of(self._file):
            raise ContentError(f"{where} claims {n_bytes:,} bytes that are not in the file")
        self._file.seek(start)
        return self._file.read(n_bytes)

    def _text(self, reference: bytes, where: str) -> bytes:
        length, address, number = REFERENCE.unpack(reference)
        if not length:
            return b""
        text = self._heap(address, where).get(number)
        if text is None or length > len(text):
            raise ContentError(f"{where} holds a text that is not in the file")
        return text[:length]

    def _heap(self, address: int, where: str) -> dict[int, bytes]:
        """Return the texts of a heap by their numbers."""
        if address not in self._heaps:
            signature, _, n_bytes = HEAD.unpack(self._bytes(address, HEAD.size, where))
            if signature != SIGNATURE or n_bytes > LONGEST_HEAP:
                raise ContentError(f"{where} holds texts in a damaged heap")
            content = self._bytes(address, n_bytes, where)
            self._heaps[address] = _objects(content)
        return self._heaps[address]


def _objects(content: bytes) -> dict[int, bytes]:
    found = {}
    at = HEAD.size
    while at + OBJECT.size <= len(content):
        number, _, n_bytes = OBJECT.unpack_from(content, at)
        if not number:
            break
        at += OBJECT.size
        found[number] = content[at : at + n_bytes]
        at += -(-n_bytes // 8) * 8
    return found


def _shaped(flat: list[str], shape: tuple[int, ...]) -> list[Any]:
    """Return texts as rows, where they have two axes."""
    if len(shape) < 2:
        return flat
    width = shape[-1]
    return [flat[at : at + width] for at in range(0, len(flat), width)] if width else []
