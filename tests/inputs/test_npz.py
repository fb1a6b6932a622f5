"""Archives that are damaged or made to do harm; data sets and graphs have one reader for them."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.data import load
from neurochannel.errors import DataError, NetworkError
from neurochannel.inputs import opening
from neurochannel.inputs.npz import NpzReader
from neurochannel.inputs.opening import ContentError

FORWARD = np.array([[0, 2], [1, 2], [2, 3]])


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_header(shape: str, dtype: str = "<f8", version: int = 1) -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(text)) + text + bytes(80)


def with_field(content: bytes, at: int, value: bytes) -> bytes:
    """Change a field of the first entry in the directory of an archive."""
    place = content.index(b"PK\x01\x02") + at
    return content[:place] + value + content[place + len(value) :]


WHOLE = zipped({"x.npy": npy(FORWARD)})
STREAM = WHOLE.index(b"x.npy") + 5
DAMAGED = {
    "no archive": (b"hello", "File is not a zip file"),
    "empty": (b"", "File is not a zip file"),
    "single array": (npy(FORWARD), "it holds a single array"),
    "cut": (WHOLE[:-30], "File is not a zip file"),
    "deflate": (WHOLE[:STREAM] + b"\xff" * 9 + WHOLE[STREAM + 9 :], "'x': Error -3 while decompr"),
    "checksum": (with_field(WHOLE, 16, b"abcd"), "'x': Bad CRC-32"),
    "lzma": (zipped({"x.npy": npy(FORWARD)}, zipfile.ZIP_LZMA), "'x' is not packed as numpy does"),
    "unknown method": (with_field(WHOLE, 10, b"\x63\0"), "'x' is not packed as numpy does it"),
    "encrypted": (with_field(WHOLE, 8, b"\1\0"), "'x' is not packed as numpy does it"),
    "text": (zipped({"x.txt": b"hello"}), "'x.txt' is not an array"),
    "no array": (zipped({"x.npy": b"hello"}), "'x': EOF"),
    "twice": (zipped({"x.npy": npy(FORWARD), "x": b""}), "an array is there twice"),
    "pickle": (
        zipped({"x.npy": npy(np.array([print]))}),
        "'x': it must hold real numbers or texts",
    ),
    "claims": (zipped({"x.npy": with_header("(999999999, 99)")}), "'x': it claims 791,999,999,208"),
    "negative": (zipped({"x.npy": with_header("(-1, -10)")}), "'x': shape (-1, -10)"),
    "too little": (zipped({"x.npy": with_header("(9,)")}), "'x': it claims 72 bytes and has 80"),
    "version": (zipped({"x.npy": with_header("(10,)", version=3)}), "'x': format 3.0"),
    "type": (zipped({"x.npy": with_header("(10,)", "f99")}), "'x': descr is not a valid dtype"),
    "letters": (
        zipped({"x.npy": npy(np.full(3, 2**31, "<u4").view("<U3"))}),
        "'x': it holds texts",
    ),
    "foreign letters": (
        zipped({"x.npy": npy(np.full(3, 2**31, ">u4").view(">U1"))}),
        "'x': it holds texts that are not Unicode",
    ),
    "structure": (
        zipped({"x.npy": npy(np.zeros(3, "i4,f4"))}),
        "'x': it must hold real numbers or texts",
    ),
    "header": (zipped({"x.npy": with_header("(" * 900)}), "'x': "),
    "bomb": (zipped({"x.npy": bytes(3 * 10**8)}), "it unpacks to 300,000,000 bytes, more than"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_is_refused_in_one_clause(tmp_path: Path, name: str) -> None:
    content, words = DAMAGED[name]
    path = tmp_path / "own.npz"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with open(path, "rb") as file, pytest.raises(ContentError) as caught:
            NpzReader(file).array("x" if "text" not in name else "x.txt")
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", DAMAGED)
def test_both_readers_of_archives_say_what_is_wrong(tmp_path: Path, name: str) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(DAMAGED[name][0])
    with pytest.raises(DataError, match="own.npz (cannot be read|has no train_x)"):
        load(path)
    with pytest.raises(NetworkError, match=r"own.npz: must (be an .npz file|have an array)"):
        nc.read(path)


def test_names_that_are_no_list_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    for ids in (np.array("a"), np.array(3), np.array([["a", "b"], ["c", "d"]])):
        np.savez(path, forward=FORWARD, ids=ids)
        with pytest.raises(NetworkError, match=r"net.npz: ids must be one name for each neuron"):
            nc.read(path)


def test_a_file_that_packs_too_well_is_written_without_compression(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "ALWAYS_ALLOWED", 0)
    sources, targets = np.divmod(np.arange(10**5), 250)
    network = nc.from_arrays(np.stack([sources, 400 + targets], 1))
    path = tmp_path / "net.npz"
    nc.write(network, path)
    assert nc.read(path) == network
