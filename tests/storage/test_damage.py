"""Damaged, foreign and newer files are refused with one clear sentence."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurochannel.errors import CheckpointError
from neurochannel.storage import load, peek, read_history, save
from neurochannel.storage.seal import put_seal
from tests.storage.runs import assert_same, edited, tiny_data, tiny_run

ANOTHER = "; use another copy of it, or train again"
OTHER = "; name a file that save() or Checkpoint wrote"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("damage") / "run.h5"
    save(tiny_run(1), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to be overwritten again and again."""
    return tmp_path_factory.mktemp("victim") / "run.h5"


def refused(path: Path) -> str:
    sentences = []
    for reader in (load, peek, read_history):
        with pytest.raises(CheckpointError) as caught:
            reader(path)
        sentences.append(str(caught.value))
    assert len(set(sentences)) == 1
    assert "\n" not in sentences[0]
    assert sentences[0].startswith(f"{path} ")
    return sentences[0].removeprefix(f"{path} ")


@given(length=st.integers(0, 10**9))
def test_a_truncated_file_is_refused(content: bytes, victim: Path, length: int) -> None:
    victim.write_bytes(content[: length % len(content)])
    sentence = refused(victim)
    assert sentence.startswith(("is damaged: it has ", "is empty; "))
    assert sentence.endswith(ANOTHER)


@settings(max_examples=200)
@given(
    flips=st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 255)), min_size=1, max_size=5)
)
def test_a_file_with_changed_bytes_is_refused(
    content: bytes, victim: Path, flips: list[tuple[int, int]]
) -> None:
    changed = bytearray(content)
    for place, mask in flips:
        changed[place % len(content)] ^= mask
    victim.write_bytes(changed)
    if changed != content:
        refused(victim)
    else:
        load(victim)


@given(tail=st.binary(min_size=1, max_size=600))
def test_a_file_with_more_at_its_end_is_refused(content: bytes, victim: Path, tail: bytes) -> None:
    victim.write_bytes(content + tail)
    whole = len(content)
    assert refused(victim) == f"is damaged: it has {whole + len(tail)} of {whole} bytes{ANOTHER}"


@settings(max_examples=200)
@given(
    flips=st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 255)), min_size=1, max_size=5)
)
def test_changed_bytes_under_a_new_seal_are_refused_or_harmless(
    content: bytes, victim: Path, flips: list[tuple[int, int]]
) -> None:
    changed = bytearray(content)
    for place, mask in flips:
        changed[512 + place % (len(content) - 512)] ^= mask
    put_seal(memoryview(changed))
    victim.write_bytes(changed)
    try:
        run = load(victim)
    except CheckpointError as error:
        assert str(error).startswith(f"{victim} ")
        return
    assert all(np.isfinite(array).all() for array in run.snapshot().parameters.values())
    run.predict(np.zeros((1, 3)))


@given(noise=st.binary(max_size=2000))
def test_noise_is_refused(victim: Path, noise: bytes) -> None:
    victim.write_bytes(noise)
    refused(victim)


def test_a_swapped_pair_of_bytes_is_a_wrong_checksum(content: bytes, victim: Path) -> None:
    middle = content.index(b"[populations]")
    changed = content[:middle] + b"[Populations]" + content[middle + 13 :]
    victim.write_bytes(changed)
    assert refused(victim) == f"is damaged: its checksum does not match its content{ANOTHER}"


# --- other files -----------------------------------------------------------------------------


def test_missing_files_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "run.h5") == "does not exist; check the path"
    assert refused(tmp_path) == "is a folder; name a file in it"
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe") == f"is not a regular file{OTHER}"
    (tmp_path / "file").touch()
    assert refused(tmp_path / "file") == f"is empty{ANOTHER}"
    inside = refused(tmp_path / "file" / "run.h5")
    assert inside == "cannot be read (Not a directory); check its path and permissions"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.touch(mode=0)
    assert refused(path).startswith("cannot be read (Permission denied)")


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    np.savez(tmp_path / "other.npz", np.zeros(3))
    (tmp_path / "other.npz").rename(path)
    assert refused(path) == f"is not a neurochannel checkpoint{OTHER}"
    path.write_text('name = "network"\n')
    assert refused(path) == f"is not a neurochannel checkpoint{OTHER}"


def test_other_hdf5_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["train_x"] = np.zeros(3)
    assert refused(path) == (
        "is not a neurochannel checkpoint but another HDF5 file, "
        f"or one without its first 512 bytes{OTHER}"
    )
    with h5py.File(path, "w", userblock_size=512) as file:
        file["train_x"] = np.zeros(3)
    assert refused(path) == f"is not a neurochannel checkpoint{OTHER}"


def test_a_checkpoint_without_its_first_bytes_is_recognized(content: bytes, victim: Path) -> None:
    victim.write_bytes(content[512:])
    assert "without its first 512 bytes" in refused(victim)


def test_another_file_with_a_seal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    image = bytearray(512) + b"not HDF5" * 100
    put_seal(memoryview(image))
    path.write_bytes(image)
    assert refused(path).startswith("is damaged: Unable to ")


# --- other versions --------------------------------------------------------------------------


@pytest.fixture
def path(content: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "run.h5"
    path.write_bytes(content)
    return path


def test_a_newer_version_is_refused(path: Path) -> None:
    with edited(path) as file:
        file.attrs["format_version"] = 5
        del file["network"], file["options"]
    assert refused(path) == (
        "has format version 5, and this neurochannel reads versions up to 4; "
        "install a newer neurochannel"
    )


@pytest.mark.parametrize("version", [0, -1, 1.0, "1", [1]])
def test_a_version_that_never_was_is_refused(path: Path, version: object) -> None:
    with edited(path) as file:
        del file.attrs["format_version"]
        file.attrs["format_version"] = version
    assert "format_version' must be " in refused(path)


def test_a_file_that_was_changed_and_sealed_anew_is_read(path: Path) -> None:
    with edited(path) as file:
        file["biases/hidden1"][:] = 0.5
        file["notes"] = "what I changed"
    run = load(path, tiny_data())
    assert run.biases["hidden1"].tolist() == [0.5] * 4
    again = tiny_run(1)
    again.biases["hidden1"] = run.biases["hidden1"]
    assert_same(again, run)
