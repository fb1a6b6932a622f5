"""The seal: 512 bytes of text before the HDF5 part that tell damage from a whole file.

A damaged HDF5 file can do worse to the HDF5 library than an exception, so the library never sees
one: the checksum is compared first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from os import PathLike

from neurochannel.data.locked import IN_USE, is_held
from neurochannel.inputs.opening import Refusal, open_or_refuse, size_of

FORMAT = "neurochannel checkpoint"
SIZE = 512
FIRST_LINE = f"{FORMAT}\n".encode()
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

COPY = "use another copy of it, or train again"
OTHER = "name a file that save() or Checkpoint wrote"


def seal_for(digest: str, n_bytes: int) -> bytes:
    """Return the seal of a file.

    Parameters
    ----------
    digest
        Hexadecimal sha256 of everything after the seal.
    n_bytes
        Length of the whole file.
    """
    lines = (
        FORMAT,
        f"sha256 {digest}",
        f"bytes {n_bytes}",
        f"HDF5 follows after {SIZE} bytes; docs/file-format.md describes it.",
    )
    return "".join(f"{line}\n" for line in lines).encode().ljust(SIZE, b"\0")


def put_seal(image: memoryview) -> None:
    """Fill the first 512 bytes of a file that is still in memory."""
    image[:SIZE] = seal_for(hashlib.sha256(image[SIZE:]).hexdigest(), len(image))


@contextmanager
def open_sealed(path: str | PathLike[str]) -> Iterator[tuple[BufferedReader, int]]:
    """Open a file whose seal is unbroken; give it and its length.

    Raises
    ------
    Refusal
        If it is missing, not ours, truncated or changed, or is being changed by another program.
    """
    with open_or_refuse(path, OTHER) as file:
        try:
            n_bytes = _checked_size(file)
        except Refusal:
            if is_held(file):
                raise Refusal(IN_USE) from None
            raise
        yield file, n_bytes


def _checked_size(file: BufferedReader) -> int:
    head = file.read(SIZE)
    if not head:
        raise Refusal(f"is empty; {COPY}")
    if head[: len(FIRST_LINE)] != FIRST_LINE[: len(head)]:
        raise Refusal(_foreign(head))
    if len(head) < SIZE:
        raise Refusal(f"is damaged: it has only {len(head)} bytes; {COPY}")
    n_bytes = size_of(file)
    expected = re.search(rb"\nbytes (\d{1,19})\n", head)
    if expected and int(expected[1]) != n_bytes:
        raise Refusal(f"is damaged: it has {n_bytes} of {int(expected[1])} bytes; {COPY}")
    if head != seal_for(hashlib.file_digest(file, "sha256").hexdigest(), n_bytes):
        raise Refusal(f"is damaged: its checksum does not match its content; {COPY}")
    return n_bytes


def _foreign(head: bytes) -> str:
    kind = ""
    if head.startswith(HDF5_SIGNATURE):
        kind = " but another HDF5 file, or one without its first 512 bytes"
    return f"is not a {FORMAT}{kind}; {OTHER}"
