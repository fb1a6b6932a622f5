"""Reader of IDX, the format of MNIST: strict, so that a truncated file is never half a data set.

Two zero bytes, one for the type, one for the number of dimensions, then each dimension as a
big-endian uint32 and the values, big-endian and row by row. Source: http://yann.lecun.com/exdb/mnist/.
"""

from __future__ import annotations

import math
import os
import sys
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import DataError
from neurochannel.inputs.opening import most_unpacked, read_regular, why

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_BYTES = 2**31
MAX_DIMENSIONS = 8
GZIP = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read an IDX file, gzipped or not, into a read-only array.

    Raises
    ------
    DataError
        When it cannot be read, is truncated, too long or not an IDX file.
    """
    try:
        return parse(unpack(read_regular(path, None)))
    except MemoryError:
        raise DataError(
            f"{path} needs more memory than there is; use a machine with more"
        ) from None
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise DataError(f"{path} cannot be used: {error}") from None
        raise DataError(f"{path} cannot be read: {why(error)}") from None


def unpack(raw: bytes, limit: int = MAX_BYTES) -> bytes:
    """Return the content of a gzipped file, at most `limit` bytes and at most `most_unpacked`.

    Other bytes come back unchanged.

    Raises
    ------
    DataError
        When the gzip stream is damaged, unfinished, followed by other bytes or too large.
    """
    if not raw.startswith(GZIP):
        return raw
    limit = min(limit, most_unpacked(len(raw)))
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = stream.decompress(raw, limit + 1)
    except zlib.error:
        raise DataError("its gzip stream is damaged") from None
    if len(content) > limit:
        raise DataError(f"it unpacks to more than {limit} bytes")
    if not stream.eof:
        raise DataError("it is truncated")
    if stream.unused_data:
        raise DataError("other bytes follow its gzip stream")
    return content


def parse(content: bytes) -> NDArray[Any]:
    """Return the array that an unpacked IDX file holds.

    Raises
    ------
    DataError
        When the header is not one of IDX or the length does not fit it.
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise DataError("it is not an IDX file")
    dtype, n_dimensions = np.dtype(TYPES[content[2]]), content[3]
    start = 4 + 4 * n_dimensions
    if n_dimensions == 0 or len(content) < start:
        raise DataError("its IDX header is truncated")
    if n_dimensions > MAX_DIMENSIONS:
        raise DataError(f"it has {n_dimensions} dimensions, more than {MAX_DIMENSIONS}")
    shape = [int(size) for size in np.frombuffer(content, ">u4", n_dimensions, offset=4)]
    # With a size of 0 among them the length would tell nothing about the others.
    if math.prod(max(size, 1) for size in shape) * dtype.itemsize > sys.maxsize:
        raise DataError("its sizes are too large")
    expected = start + dtype.itemsize * math.prod(shape)
    if len(content) != expected:
        kind = "truncated" if len(content) < expected else "too long"
        raise DataError(f"it is {kind}: {len(content)} bytes where its header says {expected}")
    values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="), copy=False)
