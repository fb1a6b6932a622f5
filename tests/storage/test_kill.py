"""SIGKILL at any moment costs at most the epochs since the last checkpoint, and never a bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from neurochannel.storage import load
from tests.storage.killed import new_run
from tests.storage.runs import ROOT, TOPOLOGIES, assert_same

pytestmark = pytest.mark.slow

EPOCHS, KILLS = 60, 15


def run_killed(*arguments: object) -> None:
    command = [sys.executable, "-m", "tests.storage.killed", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["asrbp", "mixed", "late_errors"])
def test_a_run_that_is_killed_again_and_again_equals_one_that_is_not(
    name: str, tmp_path: Path
) -> None:
    topology = next(path for path in TOPOLOGIES if path.stem == name)
    path = tmp_path / "run.h5"
    run_killed("training", topology, path, EPOCHS, KILLS)
    assert list(tmp_path.iterdir()) == [path]
    whole = new_run(str(topology))
    whole.train(EPOCHS, progress=False)
    assert_same(whole, load(path))


def test_a_write_that_is_killed_at_any_step_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    run_killed("writing", path)
    assert list(tmp_path.iterdir()) == [path]
