"""CIFAR-10: reading and fetching the authors' archive, damaged and hostile ones included."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.data.cifar import FOLDER, TEST, TRAIN, CifarArchive
from neurochannel.data.sources import CIFAR10, SOURCES, Source
from neurochannel.errors import DataError
from tests.data.conftest import Serve, write_files


def records(n: int = 2) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    made = {}
    for name in (*TRAIN, TEST):
        rows = rng.integers(0, 256, (n, 3073)).astype(np.uint8)
        rows[:, 0] = rng.integers(0, 10, n)
        made[name] = rows.tobytes()
    return made


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for name, raw in {**files, "readme.html": b"hello"}.items():
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size = len(raw)
            made.addfile(member, io.BytesIO(raw))
    return buffer.getvalue()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, cache: Path) -> tuple[bytes, Source]:
    """Let cifar10 be an archive of 12 images."""
    import hashlib
    from dataclasses import replace

    raw = archive(records())
    file = CifarArchive(hashlib.md5(raw).hexdigest(), records=2)
    source = replace(CIFAR10, files=(file,), mirrors=("http://127.0.0.1:9/",))
    monkeypatch.setitem(SOURCES, "cifar10", source)
    return raw, source


def check(data: nc.Data) -> None:
    assert data.shape == (32, 32, 3)
    assert (len(data.train.x), len(data.test.x), data.name) == (10, 2, "cifar10")
    raw = records()
    for name, split, at in ((TRAIN[1], data.train, 3), (TEST, data.test, 1)):
        record = np.frombuffer(raw[name], np.uint8).reshape(2, 3073)[1]
        assert split.t[at] == record[0]
        planes = record[1:].reshape(3, 32, 32)
        np.testing.assert_array_equal(split.x[at].reshape(32, 32, 3)[4, 7], planes[:, 4, 7])


def test_cifar10_is_read_from_the_archive_or_its_files(
    small: tuple[bytes, Source], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, source = small
    write_files(cache / "cifar10", {source.files[0].name: raw})
    check(nc.data.load("cifar10"))
    for folder in (tmp_path / "plain", tmp_path / "deep" / FOLDER):
        write_files(folder, records())
        monkeypatch.setenv(
            "NEUROCHANNEL_DATA", str(tmp_path / folder.relative_to(tmp_path).parts[0])
        )
        check(nc.data.load("cifar10"))


def test_cifar10_is_fetched(
    small: tuple[bytes, Source], serve: Serve, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    raw, source = small
    with serve({source.files[0].name: raw}) as (address, _):
        monkeypatch.setitem(SOURCES, "cifar10", replace(source, mirrors=(address,)))
        assert nc.data.fetch("cifar10") == cache / "cifar10"
    check(nc.data.load("cifar10"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: files.pop(TRAIN[4]), "data_batch_5.bin is missing"),
        (lambda files: files.update({TEST: bytes(3073)}), "test_batch.bin must have 6146 bytes"),
        (lambda files: files.update({TEST: b"\xff" * 6146}), "must have labels below 10, got 255"),
    ],
)
def test_damaged_files_of_cifar10_are_refused(
    small: tuple[bytes, Source], cache: Path, change: object, says: str
) -> None:
    files = records()
    change(files)
    write_files(cache / "cifar10", files)
    with pytest.raises(DataError, match=says):
        nc.data.load("cifar10")


DAMAGED = [
    (lambda files: files.pop(TEST), "test_batch.bin is missing"),
    (
        lambda files: files.update({TRAIN[1]: bytes(3073)}),
        "data_batch_2.bin must have 6146 bytes, 2 records of 3073, got 3073",
    ),
    (
        lambda files: (files.clear(), files.update({CIFAR10.files[0].name: b"half of it"})),
        "cifar-10-binary.tar.gz: it has the wrong checksum",
    ),
]


@pytest.mark.parametrize(("change", "says"), DAMAGED)
def test_the_folder_of_the_variable_is_told_with_what_it_lacks(
    small: tuple[bytes, Source],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Any,
    says: str,
) -> None:
    """It may hold other data sets too, so that the cache is looked into as well."""
    files = records()
    change(files)
    folder = write_files(tmp_path / "own", files)
    monkeypatch.setenv("NEUROCHANNEL_DATA", str(folder))
    with pytest.raises(DataError) as caught:
        nc.data.load("cifar10")
    assert f"{folder} ({says}), " in str(caught.value)
    assert str(caught.value).endswith(
        "to the folder that holds cifar-10-binary.tar.gz or what it unpacks to"
    )


def test_no_folder_is_to_be_deleted_for_what_one_of_its_files_is(
    small: tuple[bytes, Source], cache: Path
) -> None:
    folder = write_files(cache / "cifar10", records() | {TEST: bytes(9)})
    with pytest.raises(DataError) as caught:
        nc.data.load("cifar10")
    assert str(caught.value).startswith(f"{folder} is not the folder of cifar10 that it should be")
    assert "; delete what it holds of it and run " in str(caught.value)


def test_another_archive_is_refused(small: tuple[bytes, Source], cache: Path) -> None:
    raw, source = small
    write_files(cache / "cifar10", {source.files[0].name: raw[:-1]})
    with pytest.raises(DataError, match="it has the wrong checksum"):
        nc.data.load("cifar10")


def test_the_catalog_has_what_the_authors_page_says() -> None:
    assert CIFAR10.mirrors == ("https://www.cs.toronto.edu/~kriz/",)
    (file,) = CIFAR10.files
    assert isinstance(file, CifarArchive)
    assert file.name == "cifar-10-binary.tar.gz"
    assert (file.md5, file.records) == ("c32a1d4ab5d03f1284b67883e8d87530", 10_000)


BAD_ANSWERS: dict[str, tuple[Callable[[bytes], bytes | int], str]] = {
    "missing": (lambda raw: 404, "it answered 404"),
    "broken off": (lambda raw: b"CUT:" + raw, "no connection, or it was interrupted"),
    "truncated": (lambda raw: raw[:-100], "it has the wrong checksum"),
    "another archive": (lambda raw: archive({TEST: bytes(6146)}), "it has the wrong checksum"),
    "a web page": (lambda raw: b"<html>log in first</html>", "it has the wrong checksum"),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_a_mirror_without_cifar10_is_told_and_the_next_one_asked(
    case: str,
    small: tuple[bytes, Source],
    serve: Serve,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import replace

    raw, source = small
    name, (answer, told) = source.files[0].name, BAD_ANSWERS[case]
    with serve({name: answer(raw)}) as (bad, _), serve({name: raw}) as (good, _):
        monkeypatch.setitem(SOURCES, "cifar10", replace(source, mirrors=(bad,)))
        with pytest.raises(DataError) as caught:
            nc.data.fetch("cifar10")
        assert str(caught.value) == (
            f"{name} of cifar10 could not be fetched from {bad} ({told}); try again later, or copy "
            f"{name} into a folder and set NEUROCHANNEL_DATA to it"
        )
        assert [*(cache / "cifar10").iterdir()] == []
        monkeypatch.setitem(SOURCES, "cifar10", replace(source, mirrors=(bad, good)))
        nc.data.fetch("cifar10")
    check(nc.data.load("cifar10"))


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> Any:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, link
    return made


HOSTILE: dict[str, tuple[Any, bytes, str]] = {
    "a link out of the folder": (
        member(f"{FOLDER}/{TEST}", tarfile.SYMTYPE, link="/etc/passwd"),
        b"",
        f"{TEST} is missing",
    ),
    "a hard link": (
        member(f"{FOLDER}/{TEST}", tarfile.LNKTYPE, link="/etc/passwd"),
        b"",
        f"{TEST} is missing",
    ),
    "a device": (member(f"{FOLDER}/{TEST}", tarfile.CHRTYPE), b"", f"{TEST} is missing"),
    "a folder": (member(f"{FOLDER}/{TEST}", tarfile.DIRTYPE), b"", f"{TEST} is missing"),
    "a file that is too long": (
        member(f"{FOLDER}/{TEST}", size=10_000),
        bytes(10_000),
        f"{TEST} is missing",
    ),
    "a file that breaks off": (
        member(f"{FOLDER}/{TEST}", size=2**40),
        bytes(600),
        "it is no archive|is missing",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_but_plain_files_of_the_right_size_is_read_of_an_archive(
    case: str, cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Even with the right checksum: names that lead out of the folder write nothing either."""
    import hashlib
    from dataclasses import replace

    odd, content, told = HOSTILE[case]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for name, raw in records().items():
            if name != TEST:
                out = member(f"../../{name}", size=len(raw))
                made.addfile(out, io.BytesIO(raw))
        assert made.fileobj is not None
        made.fileobj.write(odd.tobuf() + content + bytes(-len(content) % 512))
    raw = buffer.getvalue()
    file = CifarArchive(hashlib.md5(raw).hexdigest(), records=2)
    monkeypatch.setitem(SOURCES, "cifar10", replace(CIFAR10, files=(file,)))
    folder = write_files(cache / "cifar10", {file.name: raw})
    before = {*tmp_path.rglob("*")}
    with pytest.raises(DataError, match=told):
        nc.data.load("cifar10")
    assert {*tmp_path.rglob("*")} == before
    assert [each.name for each in folder.iterdir()] == [file.name]
