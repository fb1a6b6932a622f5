"""Compiled code on disk: never stale, never trusted when damaged, never needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neurochannel
from neurochannel.kernels import cache

pytestmark = pytest.mark.slow

PACKAGE = Path(neurochannel.__file__).parent
TRAIN = """
import numpy as np
import neurochannel as nc
run = nc.Simulation(nc.mlp(3, 4, 2).with_channel(nc.srbp()), batch_size=1)
for _ in range(3):
    run.step(np.ones((1, 3)), np.array([1]))
print(float(run.weights["input -> hidden1"][0, 0]))
"""
HASHES = """
from neurochannel.engine import compiler
from neurochannel.kernels import cache
for name in ("dense", "sparse", "message", "random"):
    print(name, cache.source_hash("neurochannel.kernels." + name))
"""


def python(text: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    changed = {**os.environ, "NUMBA_DISABLE_JIT": "0", "NUMBA_CACHE_DIR": str(folder)}
    changed |= {"PYTHONPATH": "", **environment}
    changed["PYTHONPATH"] = changed["PYTHONPATH"] or str(PACKAGE.parent)
    command = [sys.executable, "-W", "error", "-c", text]
    return subprocess.run(
        command, env=changed, cwd=folder.parent, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with the compiled kernels of a small run, and what the run printed."""
    folder = tmp_path_factory.mktemp("cache")
    done = python(TRAIN, folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def files(folder: Path) -> list[Path]:
    return sorted((folder / "kernels").glob("*.bin"))


@pytest.fixture
def copied(kept, tmp_path):
    shutil.copytree(kept[0] / "kernels", tmp_path / "kernels")
    return tmp_path


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in files(folder)}


def test_what_was_compiled_once_is_found_again(kept, copied):
    before = stamps(copied)
    assert before and python(TRAIN, copied).stdout == kept[1]
    assert stamps(copied) == before


def test_damaged_files_are_noticed_and_made_again(kept, copied):
    for number, path in enumerate(files(copied)):
        content = path.read_bytes()
        path.unlink()
        damaged = (
            b"",
            content[: len(content) // 2],
            bytes(len(content)),
            content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        )
        path.write_bytes(damaged[number % len(damaged)])
    done = python(TRAIN, copied)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", kept[1])
    again = stamps(copied)
    assert python(TRAIN, copied).stdout == kept[1] and stamps(copied) == again


def test_without_a_place_to_write_it_runs_all_the_same(kept, tmp_path):
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    done = python(TRAIN, obstacle)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", kept[1])


def test_a_folder_that_refuses_every_file_costs_speed_only(kept, tmp_path):
    full = "import os\nreplace = os.replace\ndef refuse(*_): raise OSError(28, 'no space')\n"
    done = python(full + "os.replace = refuse\n" + TRAIN, tmp_path)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", kept[1])
    assert not list((tmp_path / "kernels").iterdir())


def test_an_edit_compiles_what_depends_on_it_and_nothing_else(tmp_path):
    package = tmp_path / "neurochannel"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    before = python(HASHES, tmp_path, PYTHONPATH=str(tmp_path)).stdout.splitlines()
    edited = package / "kernels" / "lanes.py"
    edited.write_text(edited.read_text() + "\n")
    after = python(HASHES, tmp_path, PYTHONPATH=str(tmp_path)).stdout.splitlines()
    assert len(before) == 4
    changed = {one.split()[0] for one, other in zip(before, after, strict=True) if one != other}
    assert changed == {"sparse"}


def test_sources_are_followed_through_all_modules_of_the_room():
    from neurochannel.kernels import sparse

    names = {path.name for path in cache.sources_of(sparse.__name__)}
    assert {"sparse.py", "lanes.py", "simd_lanes.py", "simd.py", "declare.py", "views.py"} <= names


def test_uncompiled_it_learns_the_same(kept, tmp_path):
    done = python(TRAIN, tmp_path, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(float(kept[1]), rel=1e-5)
