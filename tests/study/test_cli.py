"""`neurochannel study` as a user meets it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import neurochannel as nc
from neurochannel.cli.command_group import CommandGroup
from neurochannel.cli.report import COMPILING
from neurochannel.cli.study import study
from neurochannel.study.folder import read_rows
from tests.study.studies import ROOT, TOPOLOGY, small

program = CommandGroup(name="neurochannel", commands={"study": study})
PROGRAM = (
    "from neurochannel.cli.command_group import CommandGroup\n"
    "from neurochannel.cli.study import study\n"
    "CommandGroup(name='neurochannel', commands={'study': study})()\n"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program, ["study", *map(str, arguments)])


def told(done: Result) -> str:
    """What stands on stderr, whether kernels had to be compiled or not."""
    return done.stderr.removeprefix(f"{COMPILING}\n")


def refusal(*arguments: object) -> str:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.fullmatch(r"neurochannel: [^\n]+\n", done.stderr), done.stderr
    return done.stderr.removeprefix("neurochannel: ").rstrip("\n")


def written(**given: Any) -> str:
    small(**{"name": "tiny", **given}).to_toml("study.toml")
    return "study.toml"


def test_a_study_runs_and_says_where_its_results_are() -> None:
    file = written(axes={"train.rate": [0.1, 0.2]})
    done = run(file, "--workers", 1)
    assert (done.exit_code, told(done)) == (0, "")
    assert done.stdout == (
        "tiny: 4 of 4 points are done, 4 run now\n"
        "results in results/studies/tiny; see: neurochannel results results/studies/tiny\n"
    )
    result = json.loads(run(file, "--json").stdout)
    assert result == {
        "study": "tiny",
        "folder": "results/studies/tiny",
        "points": 4,
        "run": 0,
        "done": 4,
        "diverged": 0,
        "failed": 0,
    }
    assert run(file, "--out", "other", "--quiet").output == ""
    assert len(read_rows("other")) == 4


def test_what_diverged_is_told_with_its_reason() -> None:
    network = nc.mlp(None, 6, None, activation="linear", output="linear").with_channel(nc.bp())
    done = run(written(network=network, axes={"train.rate": [0.01, 1e30]}))
    assert done.exit_code == 0
    assert re.fullmatch(r"2 diverged, the first one: [^\n]+\n", told(done))
    assert done.stdout.startswith("tiny: 2 of 4 points are done, 4 run now\n")


def test_a_dry_run_lists_points_and_costs_and_writes_nothing(here: Path) -> None:
    file = written(seeds=12, axes={"channel.recipe": ["bp", "top_only"], "train.rate": [0.1]})
    done = run(file, "--dry-run", "--workers", 2)
    assert (done.exit_code, told(done)) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["channel.recipe", "train.rate", "seed"]
    assert lines[1].split() == ["bp", "0.1", "0", "to", "do"]
    assert lines[21] == "and 4 more; --json lists all"
    assert lines[23] == (
        "24 points = 2 channel.recipe x 1 train.rate x 12 seeds; 24 different, 24 to do"
    )
    assert re.fullmatch(
        r"time about \S+ \w+ with 2 workers, "
        r"if each epoch takes \S+ ms as those of 3 points",
        lines[24],
    )
    assert lines[25] == "disk about 0.2 MB in results/studies/tiny"
    assert sorted(path.name for path in here.iterdir()) == ["study.toml"]
    result = json.loads(run(file, "--dry-run", "--json").stdout)
    assert len(result["points"]) == result["to_do"] == 24
    n_folders = len({point["point"][:2] for point in result["points"]})
    assert result["bytes"] == (24 + n_folders) * 4096
    assert result["seconds"] > 0


def test_a_bad_study_is_refused_with_its_file() -> None:
    Path("bad.toml").write_text(f'topology = "{TOPOLOGY}"\n[axes]\n"channel.0.fan_in" = [0]\n')
    assert refusal("bad.toml") == (
        "bad.toml: at channel.0.fan_in = 0: channel[0].fan_in must be at least 1, got 0; "
        "leave it out for all-to-all edges"
    )
    assert refusal("none.toml").startswith("none.toml: there is no such file")
    assert refusal(written(seeds=10**6 + 1)) == (
        "study 'tiny' has 1,000,001 points, more than 1,000,000; take fewer values, or allow it "
        "with --yes (in Python most=None)"
    )
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--workers", "0"), "--workers must lie between 1 and 4096, got 0"),
        (("--workers", 1, "--mpi"), "--mpi must be left out with --workers; keep one of them"),
        (("--dask", "x", "--mpi"), "--mpi must be left out with --dask; keep one of them"),
    ],
)
def test_bad_options_are_one_sentence(options: tuple[object, ...], sentence: str) -> None:
    assert refusal(written(), *options) == sentence


def usual() -> None:
    """Handle signals as in a program that a shell in a terminal starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_keep_finished_points_and_say_how_to_go_on(
    here: Path, number: int, code: int
) -> None:
    file = written(seeds=1, axes={"train.epochs": [1, 10**8]}, train={"batch_size": 10})
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "study", file, "--out", "my folder"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(Path.home())},
        preexec_fn=usual,
    )
    with process:
        while not list(here.glob("my folder/points/*/[0-9a-f]*.json")):
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (code, "")
    assert stderr.splitlines()[-1] == (
        "neurochannel: stopped with 1 of 2 points finished; "
        "resume with: neurochannel study study.toml --out 'my folder'"
    )
    assert len(read_rows("my folder")) == 1


def test_the_example_is_a_study(here: Path) -> None:
    done = run(ROOT / "studies" / "example.toml", "--dry-run", "--json")
    assert done.exit_code == 0, done.stderr
    assert len(json.loads(done.stdout)["points"]) == 36
