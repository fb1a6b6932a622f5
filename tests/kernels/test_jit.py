"""The kernels' cache: never stale, never without a place."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import neurochannel.kernels.jit as jit

KERNELS = Path(jit.__file__).parent
ASK = "from neurochannel.kernels.jit import source_hash; print(source_hash())"


def hash_in(folder: Path) -> str:
    command = [sys.executable, "-c", ASK]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return run.stdout


def test_editing_any_kernel_leads_to_another_cache_folder(tmp_path):
    copy = tmp_path / "neurochannel"
    shutil.copytree(KERNELS.parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = hash_in(tmp_path)
    sparse = copy / "kernels" / "sparse.py"
    sparse.write_text(sparse.read_text() + "\n")
    assert hash_in(tmp_path) != before


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(monkeypatch, tmp_path):
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(obstacle))
    folder = jit.choose_cache_folder()
    assert folder.is_dir() and obstacle not in folder.parents
    folder.rmdir()
