"""What tests of files that were made to do harm have in common."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import pytest

from neurochannel.errors import CheckpointError
from neurochannel.storage import load, save
from tests.storage.runs import edited, tiny_data, tiny_run

Edit = Callable[[h5py.File], object]
DENSE = "forward/input -> hidden1"
SPARSE = "channel/hidden2 -> hidden1"
MOVING = "state/velocity:weights:input -> hidden1"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("hostile") / "run.h5"
    save(tiny_run(2, dtype="float32"), path)
    return path.read_bytes()


@pytest.fixture
def path(content: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "run.h5"
    path.write_bytes(content)
    return path


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Let nothing take more than two gigabytes beyond what is in use, where that can be limited."""
    if not sys.platform.startswith("linux"):
        yield
        return
    limits = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**31, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def refused(path: Path, edit: Edit) -> str:
    with edited(path) as file:
        edit(file)
    with pytest.raises(CheckpointError) as caught:
        load(path, tiny_data())
    text = str(caught.value)
    assert text.startswith(f"{path} is damaged: ")
    assert text.endswith("; use another copy of it, or train again")
    assert "\n" not in text
    return text.removeprefix(f"{path} is damaged: ").rpartition("; use another")[0]
