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


IMPERFECT = """
format = 3
name = "imperfect"

[populations]
input = { size = 64 }
hidden1 = { size = 20, activation = "tanh" }
hidden2 = { size = 15, activation = "tanh" }
output = { size = 10, activation = "softmax" }

[defaults.population]
neuron = { gain_spread = 0.1, noise = 0.05, bits = 6, dead = 0.1, clock = 0.8 }

[[forward]]
path = "input -> hidden1"
synapse = { preset = "ecram", write_noise = 0.01, drift = 0.01, drift_spread = 0.2, leak = 1e5 }

[[forward]]
path = "hidden1 -> hidden2 -> output"
synapse = { preset = "pcm", refresh = 7, read_noise = 0.01, write_noise = 0.01, drift = 0.02 }

[[channel]]
path = "error -> hidden2"
weights = "adaptive"
synapse = { preset = "gokmen_vlasov", pulses = "batch" }
message = { bits = 3, quantizer = "stochastic", delay = 3, loss = 0.1, every = 2 }

[[channel]]
path = "error -> hidden1"
message = { delay = 2, unit = "update", noise = 0.01 }
"""


def test_devices_delays_and_neurons_resume_from_the_middle_of_an_epoch(tmp_path: Path) -> None:
    topology, path = tmp_path / "imperfect.toml", tmp_path / "runs" / "run.h5"
    topology.write_text(IMPERFECT)
    path.parent.mkdir()
    run_killed("within", topology, path, 300, 8)
    assert list(path.parent.iterdir()) == [path]
    whole = new_run(str(topology))
    whole.train(300, progress=False)
    assert_same(whole, load(path))


def test_a_write_that_is_killed_at_any_step_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    run_killed("writing", path)
    assert list(tmp_path.iterdir()) == [path]
