from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from neurochannel.data import read_idx
from neurochannel.data.idx import parse, unpack
from neurochannel.errors import DataError
from tests.data.conftest import idx_bytes

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
CONTENT = idx_bytes(IMAGES)
PACKED = gzip.compress(CONTENT, mtime=0)


@pytest.mark.parametrize("raw", [CONTENT, PACKED])
def test_a_file_is_read_gzipped_or_not(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "images"
    path.write_bytes(raw)
    array = read_idx(path)
    np.testing.assert_array_equal(array, IMAGES)
    assert array.dtype == np.uint8
    assert not array.flags.writeable


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(0x09, ">i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")],
)
def test_every_type_of_the_format_is_read(code: int, dtype: str) -> None:
    values = np.array([[-3, 0], [7, 100]]).astype(dtype)
    array = parse(idx_bytes(values, code))
    np.testing.assert_array_equal(array, values)
    assert array.dtype.isnative


@pytest.mark.parametrize("length", range(1, len(CONTENT)))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(DataError):
        parse(CONTENT[:length])


@pytest.mark.parametrize("length", range(2, len(PACKED)))
def test_a_gzipped_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(DataError):
        parse(unpack(PACKED[:length]))


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "it is not an IDX file"),
        (b"<html>no such file</html>", "it is not an IDX file"),
        (b"\0\0\x0a\x01" + bytes(8), "it is not an IDX file"),
        (b"\0\0\x08\0", "its IDX header is truncated"),
        (CONTENT + b"\0", "it is too long: 41 bytes where its header says 40"),
        (CONTENT[:-1], "it is truncated: 39 bytes where its header says 40"),
        (b"\0\0\x08\x01" + b"\xff" * 4, "it is truncated"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "its sizes are too large"),
        (b"\0\0\x08\x09" + b"\xff" * 36, "it has 9 dimensions, more than 8"),
        (b"\0\0\x08\xff" + b"\0" * 1020, "it has 255 dimensions, more than 8"),
        (b"\0\0\x08\x04" + b"\xff" * 12 + b"\0" * 4, "its sizes are too large"),
        (PACKED[:-3], "it is truncated"),
        (PACKED + b"more", "other bytes follow its gzip stream"),
        (PACKED[:30] + b"!!" + PACKED[32:], "its gzip stream is damaged"),
    ],
)
def test_a_file_of_another_form_is_told_by_name(tmp_path: Path, raw: bytes, sentence: str) -> None:
    path = tmp_path / "images"
    path.write_bytes(raw)
    with pytest.raises(DataError, match=sentence) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_a_small_file_cannot_unpack_into_a_huge_one() -> None:
    with pytest.raises(DataError, match="unpacks to more than 1000 bytes"):
        unpack(gzip.compress(bytes(10**7), mtime=0), 1000)


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere cannot be read: No such file"):
        read_idx(tmp_path / "nowhere")
