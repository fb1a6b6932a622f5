"""A file that another program writes at this moment is told from a damaged one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest

import neurochannel as nc
from neurochannel.data import locked
from neurochannel.storage import peek
from tests.storage.runs import tiny_run

fcntl = pytest.importorskip("fcntl")

WRITER = """
import sys, h5py
file = h5py.File(sys.argv[1], "r+")
file.attrs["changed"] = 1
file.flush()
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def open_elsewhere(path: Path) -> Iterator[None]:
    """Let another process change a file and keep it open."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield
        process.communicate()


def data_file(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["train_x"], file["train_t"] = np.zeros((4, 2)), np.arange(4) % 2


WRITERS: dict[str, Callable[[Path], object]] = {
    "checkpoint": lambda path: nc.save(tiny_run(1), path),
    "data": data_file,
}
READERS: list[tuple[str, Callable[[Path], object], type[Exception]]] = [
    ("checkpoint", nc.load, nc.CheckpointError),
    ("checkpoint", peek, nc.CheckpointError),
    ("data", lambda path: nc.data.load(str(path)), nc.DataError),
]


@pytest.mark.parametrize(("kind", "read", "error"), READERS)
def test_a_file_that_is_being_written_is_not_called_damaged(
    kind: str, read: Callable[[Path], object], error: type[Exception], tmp_path: Path
) -> None:
    path = tmp_path / "file.h5"
    WRITERS[kind](path)
    with open_elsewhere(path):
        with pytest.raises(error) as caught:
            read(path)
        assert str(caught.value) == (
            f"{path} is open for writing in another program; close it there and try again"
        )
    if kind == "data":
        read(path)
    else:  # it was changed, and nobody holds it any more
        with pytest.raises(error, match="is damaged"):
            read(path)


def test_a_whole_file_is_read_whoever_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    WRITERS["checkpoint"](path)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert nc.load(path)


def test_systems_without_such_locks_hold_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    path = tmp_path / "file.h5"
    data_file(path)
    with h5py.File(path, "r+"), path.open("rb") as file:
        assert locked.is_held(file)
        monkeypatch.setattr(locked, "import_module", missing)
        assert not locked.is_held(file)
