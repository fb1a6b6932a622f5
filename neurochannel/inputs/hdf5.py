"""Arrays in untrusted HDF5 files: nothing outside is read, sizes are known before reading."""

from __future__ import annotations

import math
import zlib
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurochannel.inputs.opening import ContentError

DEFLATE, SHUFFLE, FLETCHER32, LZF = 1, 2, 3, 32000
FILTERS = {DEFLATE, SHUFFLE, FLETCHER32, LZF}
CHECKSUM = 4
NUMBERS = "biufcSU"
LONGEST_ATTRIBUTE = 1024
KINDS = {int: "iu", float: "f", str: "S"}


def member(parent: h5py.Group, name: str) -> Any:
    """Return a member of a group without following a link to anywhere else.

    Raises
    ------
    ContentError
        If it is missing or a link.
    """
    links, key = parent.id.links, name.encode()
    if not links.exists(key):
        raise ContentError(f"{path_of(parent, name)} is missing")
    if links.get_info(key).type != h5py.h5l.TYPE_HARD:
        raise ContentError(f"{path_of(parent, name)} must be stored in the file itself, got a link")
    return parent[name]


def dataset(parent: h5py.Group, name: str) -> h5py.Dataset:
    """Return a member of a group that is an array.

    Raises
    ------
    ContentError
        As `member`, and if it is something else.
    """
    found = member(parent, name)
    if not isinstance(found, h5py.Dataset):
        raise ContentError(f"{path_of(parent, name)} must be an array")
    return found


def attribute(group: h5py.Group, name: str, kind: type[Any]) -> Any:
    """Return an attribute that is one int, float or str.

    Raises
    ------
    ContentError
        If it is missing or something else.
    """
    where = f"{group.name} attribute '{name}'"
    if name not in group.attrs:
        raise ContentError(f"{where} is missing")
    stored = group.attrs.get_id(name)
    dtype = stored.dtype
    plain = stored.shape == () and dtype.kind in KINDS[kind]
    if not plain or stored.get_storage_size() > LONGEST_ATTRIBUTE:
        raise ContentError(f"{where} must be one {kind.__name__}")
    value = group.attrs[name]
    return bytes(value).decode() if kind is str else kind(value)


def path_of(parent: h5py.Group, name: str) -> str:
    """Return the path of a member for messages."""
    return f"{parent.name}/{name}".replace("//", "/")


def is_whole(found: h5py.Dataset) -> bool:
    """Tell whether an array lies in one piece in its own file."""
    settings = found.id.get_create_plist()
    contiguous = settings.get_layout() == h5py.h5d.CONTIGUOUS
    return contiguous and not settings.get_external_count()


def claimed_bytes(found: h5py.Dataset) -> int:
    """Return how many bytes an array has by what its header says."""
    return math.prod(found.shape or ()) * int(found.dtype.itemsize)


class ArrayReader:
    """Reads arrays of numbers from the root of an open file, in one piece or in chunks.

    Parameters
    ----------
    root
        The open file.
    n_bytes
        How long it is.
    most
        How many bytes its arrays may have together in memory.
    """

    def __init__(self, root: h5py.File, n_bytes: int, most: int) -> None:
        self.root = root
        self._n_bytes = n_bytes
        self._left = most

    def array(self, name: str) -> NDArray[Any]:
        """Return an array, once it is known that all of it is in the file.

        Raises
        ------
        ContentError
            If it is anything but an array of numbers that is stored whole in this file.
        """
        found, where = dataset(self.root, name), path_of(self.root, name)
        if found.shape is None or found.dtype.kind not in NUMBERS:
            raise ContentError(f"{where} must hold real numbers, got the type {found.dtype}")
        claimed, layout = claimed_bytes(found), found.id.get_create_plist().get_layout()
        if claimed > self._left:
            raise ContentError(f"{where} unpacks to {claimed:,} bytes, more than {self._left:,}")
        self._left -= claimed
        if layout == h5py.h5d.CHUNKED:
            self._check_chunks(found, where, claimed)
        elif layout != h5py.h5d.COMPACT and not is_whole(found):
            raise ContentError(f"{where} must be stored in this file, got parts of other files")
        elif found.id.get_storage_size() != claimed or claimed > self._n_bytes:
            raise _missing(where, claimed)
        return np.asarray(found[()])

    def _check_chunks(self, found: h5py.Dataset, where: str, claimed: int) -> None:
        """Refuse chunks that are missing, or that unpack to more than they have room for."""
        filters = _filters(found, where)
        room = math.prod(found.chunks) * int(found.dtype.itemsize)
        if room > self._left + claimed:
            raise ContentError(f"{where} has chunks of {room:,} bytes, more than {self._left:,}")
        sizes = zip(found.shape, found.chunks, strict=True)
        if claimed and found.id.get_num_chunks() != math.prod(-(-n // m) for n, m in sizes):
            raise _missing(where, claimed)
        for chunk in _chunks(found.id) if claimed else ():
            if chunk.size > self._n_bytes:
                raise _missing(where, claimed)
            packed = [code for at, code in enumerate(filters) if not chunk.filter_mask >> at & 1]
            if not _unpacks(found, chunk, packed, room):
                raise ContentError(f"{where} has a chunk that does not unpack to {room:,} bytes")


def _chunks(found: h5py.h5d.DatasetID) -> list[Any]:
    """Return where each chunk lies and how it is packed."""
    if not hasattr(found, "chunk_iter"):  # HDF5 before 1.12.3, where asking one by one is slow
        return [found.get_chunk_info(number) for number in range(found.get_num_chunks())]
    chunks: list[Any] = []
    # The callback must return None, or the library stops.
    found.chunk_iter(lambda chunk: chunks.append(chunk))
    return chunks


def _filters(found: h5py.Dataset, where: str) -> list[int]:
    """Return what chunks are packed with, one method at most."""
    settings = found.id.get_create_plist()
    codes = [settings.get_filter(at)[0] for at in range(settings.get_nfilters())]
    if not FILTERS.issuperset(codes) or codes.count(DEFLATE) + codes.count(LZF) > 1:
        raise ContentError(f"{where} must be packed with gzip or lzf or not at all")
    return codes


def _unpacks(found: h5py.Dataset, chunk: Any, packed: list[int], room: int) -> bool:
    """Tell whether a chunk has exactly as many bytes as it has room for.

    The library would inflate it to any number, and can hang or crash where there are too few.
    """
    method = next((code for code in packed if code in (DEFLATE, LZF)), None)
    if method is None:
        return bool(chunk.size == room + CHECKSUM * packed.count(FLETCHER32))
    at = packed.index(method)
    before, after = (CHECKSUM * part.count(FLETCHER32) for part in (packed[:at], packed[at:]))
    if chunk.size <= after:
        return False
    raw = found.id.read_direct_chunk(chunk.chunk_offset)[1]
    raw = raw[: len(raw) - after]
    length = _lzf_length(raw) if method == LZF else _deflate_length(raw, room + before)
    return length == room + before


def _deflate_length(raw: bytes, most: int) -> int:
    """Return how many bytes a whole gzip stream unpacks to, -1 if it is damaged or longer."""
    stream = zlib.decompressobj()
    try:
        n_bytes = len(stream.decompress(raw, most + 1))
    except zlib.error:
        return -1
    return n_bytes if stream.eof and n_bytes <= most else -1


def _lzf_length(raw: bytes) -> int:
    """Return how many bytes an lzf stream unpacks to, -1 if it is damaged.

    The library may try forever to unpack a damaged one, so that it must not see it.
    """
    at, length, end = 0, 0, len(raw)
    while at < end:
        control = raw[at]
        at += 1
        if control < 32:  # this many bytes as they are, and one more
            at += control + 1
            length += control + 1
            continue
        n = control >> 5
        if n == 7:
            n += raw[at] if at < end else 0
            at += 1
        distance = ((control & 31) << 8) + (raw[at] if at < end else 0) + 1
        at += 1
        if distance > length:
            return -1
        length += n + 2
    return length if at == end else -1


def _missing(where: str, claimed: int) -> ContentError:
    return ContentError(f"{where} claims {claimed:,} bytes that are not in the file")
