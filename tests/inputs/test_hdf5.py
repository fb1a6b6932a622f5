"""Data in HDF5 that is made to do harm: nothing outside is read, no memory taken for nothing."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from neurochannel.data import load
from neurochannel.errors import DataError
from neurochannel.inputs import opening

Edit = Callable[[h5py.File, Path], object]
X = np.arange(24.0).reshape(4, 6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "own.h5"
    with h5py.File(path, "w") as root:
        root["train_x"] = X
        root["train_t"] = np.array([0, 1, 2, 1])
    return path


def refused(path: Path, edit: Edit) -> str:
    with h5py.File(path, "r+") as root:
        edit(root, path.with_name("outside"))
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as caught:
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()
    text = str(caught.value)
    assert text.startswith(f"{path} cannot be read as a .h5 file (")
    assert text.endswith("); use another copy of it, or write it again")
    return text.removeprefix(f"{path} cannot be read as a .h5 file (").rpartition(");")[0]


def other(outside: Path) -> str:
    with h5py.File(outside, "w") as file:
        file["secret"] = X
    return str(outside)


def external_array(root: h5py.File, outside: Path) -> None:
    outside.write_bytes(X.tobytes())
    del root["train_x"]
    root.create_dataset("train_x", (4, 6), "f8", external=[(str(outside), 0, X.nbytes)])


def virtual(root: h5py.File, outside: Path) -> None:
    layout = h5py.VirtualLayout((4, 6), "f8")
    layout[:] = h5py.VirtualSource(other(outside), "secret", (4, 6))
    del root["train_x"]
    root.create_virtual_dataset("train_x", layout)


def linked(link: Callable[[str], object]) -> Edit:
    def edit(root: h5py.File, outside: Path) -> None:
        root.move("train_x", "elsewhere")
        root["train_x"] = link(other(outside))

    return edit


def claiming(shape: tuple[int, ...], dtype: str = "f8", chunks: object = None) -> Edit:
    def edit(root: h5py.File, _: Path) -> None:
        del root["train_x"]
        root.create_dataset("train_x", shape, dtype, chunks=chunks)

    return edit


def bomb(root: h5py.File, _: Path) -> None:
    """A chunk of 48 bytes whose gzip stream goes on for 30 million."""
    del root["train_x"]
    made = root.create_dataset("train_x", (1, 6), "f8", chunks=(1, 6), compression="gzip")
    stream = zlib.compressobj(9)
    packed = b"".join(stream.compress(bytes(10**6)) for _ in range(30)) + stream.flush()
    made.id.write_direct_chunk((0, 0), packed)


def well_packed(root: h5py.File, _: Path) -> None:
    del root["train_x"]
    shape = (300, 2**20)
    made = root.create_dataset("train_x", shape, "u1", chunks=(300, 2**20), compression="gzip")
    made.id.write_direct_chunk((0, 0), zlib.compress(bytes(10)))


def lzf_of(stream: bytes) -> Edit:
    def edit(root: h5py.File, _: Path) -> None:
        del root["train_x"]
        made = root.create_dataset("train_x", (1, 6), "f8", chunks=(1, 6), compression="lzf")
        made.id.write_direct_chunk((0, 0), stream)

    return edit


def checksummed(chunk: bytes) -> Edit:
    """A chunk that should be a gzip stream and a checksum of four bytes."""

    def edit(root: h5py.File, _: Path) -> None:
        del root["train_x"]
        options = {"compression": "gzip", "fletcher32": True}
        made = root.create_dataset("train_x", (1, 6), "f8", chunks=(1, 6), **options)
        made.id.write_direct_chunk((0, 0), chunk)

    return edit


def packed_twice(root: h5py.File, _: Path) -> None:
    del root["train_x"]
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_chunk((4, 6))
    settings.set_deflate(9)
    settings.set_deflate(9)
    space = h5py.h5s.create_simple((4, 6))
    h5py.h5d.create(root.id, b"train_x", h5py.h5t.NATIVE_DOUBLE, space, settings)


def holding(value: object, **options: object) -> Edit:
    def edit(root: h5py.File, _: Path) -> None:
        del root["train_x"]
        root.create_dataset("train_x", data=value, **options)

    return edit


def with_scale(value: object) -> Edit:
    def edit(root: h5py.File, _: Path) -> None:
        root.attrs["scale"] = value

    return edit


HUGE = 2**34
REFUSED: dict[str, tuple[Edit, str]] = {
    "external array": (external_array, "/train_x must be stored in this file"),
    "virtual array": (virtual, "/train_x must be stored in this file"),
    "external link": (
        linked(lambda name: h5py.ExternalLink(name, "/secret")),
        "/train_x must be stored in the file itself, got a link",
    ),
    "soft link": (linked(lambda _: h5py.SoftLink("/elsewhere")), "/train_x must be stored in"),
    "group": (linked(lambda _: h5py.Empty("f8")), "/train_x must hold real numbers"),
    "nothing in one piece": (claiming((HUGE,)), "/train_x unpacks to 137,438,953,472 bytes"),
    "nothing in chunks": (claiming((HUGE,), chunks=(1024,)), "/train_x unpacks to"),
    "little of it": (claiming((2**20, 30)), "/train_x claims 251,658,240 bytes that are not in"),
    "no chunk": (claiming((2**20, 30), chunks=(64, 30)), "/train_x claims 251,658,240 bytes"),
    "long gzip stream": (bomb, "/train_x has a chunk that does not unpack to 48 bytes"),
    "well packed": (well_packed, "/train_x unpacks to 314,572,800 bytes, more than 268,435,456"),
    "less than a checksum": (
        checksummed(b"a"),
        "/train_x has a chunk that does not unpack to 48 bytes",
    ),
    "half a checksum": (checksummed(b"ab"), "/train_x has a chunk that does not unpack"),
    "short gzip stream": (
        checksummed(zlib.compress(bytes(40)) + bytes(4)),
        "/train_x has a chunk that does not unpack to 48 bytes",
    ),
    "cut gzip stream": (
        checksummed(zlib.compress(bytes(48))[:-3] + bytes(4)),
        "/train_x has a chunk that does not unpack to 48 bytes",
    ),
    "empty lzf stream": (lzf_of(b"\x00"), "/train_x has a chunk that does not unpack to 48"),
    "lzf from nowhere": (lzf_of(b"\xff\x27\x00"), "/train_x has a chunk that does not unpack"),
    "long lzf stream": (lzf_of(b"\x00a" + b"\xff\xff\x00" * 99), "/train_x has a chunk that"),
    "packed twice": (packed_twice, "/train_x must be packed with gzip or lzf"),
    "texts": (holding(["a"] * 4), "/train_x must hold real numbers, got the type object"),
    "compound": (holding(np.zeros(4, "i4,f4")), "/train_x must hold real numbers"),
    "scales": (with_scale([0.5, 0.5]), "/ attribute 'scale' must be one float"),
    "text scale": (with_scale("much"), "/ attribute 'scale' must be one float"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_array_is_refused_before_memory_is_taken(path: Path, name: str) -> None:
    edit, words = REFUSED[name]
    assert refused(path, edit).startswith(words)


def test_one_array_under_many_names_counts_as_many(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "ALWAYS_ALLOWED", 15_000)
    monkeypatch.setattr(opening, "MOST_RATIO", 1)
    with h5py.File(path, "r+") as root:
        del root["train_x"]
        root.create_dataset("train_x", data=np.zeros((1000, 10), "u1"), compression="gzip")
        root["test_x"] = root["train_x"]
    assert path.stat().st_size < 15_000
    with pytest.raises(DataError, match=r"/test_x unpacks to 10,000 bytes, more than 4,968"):
        load(path)


PACKED: list[dict[str, object]] = [
    {},
    {"chunks": (2, 2)},
    {"chunks": (3, 4), "compression": "gzip"},
    {"chunks": (3, 4), "compression": "gzip", "shuffle": True, "fletcher32": True},
    {"chunks": (100, 100), "maxshape": (None, None), "compression": "lzf"},
    {"chunks": (90, 90), "maxshape": (None, None), "compression": "lzf", "fletcher32": True},
    {"chunks": (9, 9), "maxshape": (9, 9), "compression": "lzf", "shuffle": True},
]


@pytest.mark.parametrize("options", PACKED)
def test_an_honest_array_is_read_however_it_is_packed(
    path: Path, options: dict[str, object]
) -> None:
    with h5py.File(path, "r+") as root:
        del root["train_x"]
        root.create_dataset("train_x", data=X, **options)
    np.testing.assert_array_equal(load(path).train.x, X)


@pytest.mark.parametrize("scale", [0.5, np.float32(0.5), 2])
def test_a_scale_may_be_any_number(path: Path, scale: object) -> None:
    with h5py.File(path, "r+") as root:
        root.attrs["scale"] = scale
    assert load(path).scale == scale


def test_the_smallest_layout_is_read(path: Path) -> None:
    """Small arrays may lie within their header."""
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_layout(h5py.h5d.COMPACT)
    with h5py.File(path, "r+") as root:
        del root["train_x"]
        space = h5py.h5s.create_simple((4, 6))
        made = h5py.h5d.create(root.id, b"train_x", h5py.h5t.NATIVE_DOUBLE, space, settings)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, X)
    np.testing.assert_array_equal(load(path).train.x, X)
