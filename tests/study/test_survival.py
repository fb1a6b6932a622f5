"""Whatever ends a study, finished points are kept and the rest is run the next time."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import neurochannel as nc
from neurochannel.errors import CheckpointError, DataError
from neurochannel.study import folder as folder_module
from neurochannel.study.folder import StudyFolder, _checksum, read_rows
from neurochannel.study.plan import points
from neurochannel.study.points import FORMAT
from neurochannel.study.runner import WATCH_EVERY, missing_points
from tests.study.studies import BITS, ROOT, small, trained, without_clocks
from tests.test_atomic import NOT_ROOT

pytestmark = pytest.mark.slow

POINTS = 24
LONG = {"epochs": 10, "batch_size": 10}


def start(folder: Path, points: int = POINTS) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.study.studies", str(folder), str(points)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def files(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("points/*/[0-9a-f]*.json")}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def test_a_study_that_is_killed_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    with start(broken) as process:
        wait_for(lambda: len(files(broken)) >= 5, process)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    kept = files(broken)
    assert 5 <= len(kept) < POINTS
    study = small(seeds=POINTS, train=LONG)
    rows = trained(study, broken, workers=2, progress=False)
    assert {name: files(broken)[name] for name in kept} == kept
    assert without_clocks(rows) == without_clocks(trained(study, whole, workers=2, progress=False))
    assert len(rows) == POINTS


def test_two_runners_share_a_folder(tmp_path: Path) -> None:
    with start(tmp_path) as first, start(tmp_path) as second:
        for process in (first, second):
            _, stderr = process.communicate(timeout=120)
            assert (process.returncode, stderr) == (0, "")
    study = small(seeds=POINTS, train=LONG)
    assert missing_points(points(study), StudyFolder(tmp_path)) == []
    rows = read_rows(tmp_path)
    assert without_clocks(rows[:5]) == without_clocks(
        trained(small(seeds=5, train=LONG), tmp_path / "alone", progress=False)
    )
    assert len(files(tmp_path)) == POINTS


def test_a_second_runner_comes_from_the_other_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    real = StudyFolder.write_row

    def noted(self: StudyFolder, row: Any, weights: bytes | None = None) -> None:
        written.append(row["seed"])
        real(self, row, weights)

    monkeypatch.setattr(StudyFolder, "write_row", noted)
    place = StudyFolder(tmp_path)
    place.prepare()
    with place.held() as is_first:
        assert is_first
        trained(small(seeds=3), tmp_path, workers=1, progress=False)
    assert written == [2, 1, 0]


def test_a_point_that_another_runner_has_finished_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small(seeds=12)
    met = []
    real = nc.Simulation.train

    def overtaken(self: nc.Simulation, *given: Any, **options: Any) -> Any:
        if not met:
            monkeypatch.setattr(nc.Simulation, "train", real)
            trained(study, tmp_path, workers=1, progress=False)
            monkeypatch.setattr(nc.Simulation, "train", overtaken)
        met.append(self.seed)
        return real(self, *given, **options)

    monkeypatch.setattr(nc.Simulation, "train", overtaken)
    assert len(trained(study, tmp_path, workers=1, progress=False)) == 12
    # Four were handed out before the other runner came.
    assert met == [0, 1, 2, 3]


def test_a_changed_study_runs_only_what_it_touches(tmp_path: Path) -> None:
    trained(small(axes={BITS: [1, 2]}), tmp_path, progress=False)
    before = files(tmp_path)
    changed = small(name="new", axes={BITS: [2, 3]}, labels={BITS: "bits"}, seeds=3)
    assert len(missing_points(points(changed), StudyFolder(tmp_path))) == 4
    rows = trained(changed, tmp_path, progress=False)
    assert [(row["axes"]["bits"], row["seed"]) for row in rows] == [
        (bits, seed) for bits in (2, 3) for seed in (0, 1, 2)
    ]
    after = files(tmp_path)
    assert len(after) == 8
    assert {name: after[name] for name in before} == before


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-40],
    "not JSON": lambda content: b"\xff\x00" + content,
    "another kind": lambda content: b"[1, 2]",
    "a number of its own": lambda content: content.replace(b'"epochs": 2', b'"epochs": 3'),
    "deep": lambda content: b"[" * 100_000,
}


def resealed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Change a row and make its checksum right again."""

    def damage(content: bytes) -> bytes:
        row = json.loads(content)
        del row["checksum"]
        change(row)
        return json.dumps({**row, "checksum": _checksum(row)}).encode()

    return damage


DAMAGES |= {
    "no outcome": resealed(lambda row: row.pop("outcome")),
    "curves in a list": resealed(lambda row: row.update(curves=[1, 2])),
    "a short curve": resealed(lambda row: row["curves"].update(test_accuracy=[0.5])),
    "a text among numbers": resealed(lambda row: row["outcome"].update(test_accuracy="good")),
    "another status": resealed(lambda row: row.update(status="perfect")),
    "no checkpoint": resealed(lambda row: row.pop("checkpoint")),
    "observations of another form": resealed(lambda row: row.update(observations={"a": [1]})),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_point_is_noticed_and_run_again(tmp_path: Path, damage: str) -> None:
    study = small(seeds=2)
    rows = trained(study, tmp_path, progress=False)
    path = StudyFolder(tmp_path).row_path(rows[0]["point"])
    content = path.read_bytes()
    path.write_bytes(DAMAGES[damage](content))
    assert path.read_bytes() != content
    assert without_clocks(read_rows(tmp_path)) == without_clocks(rows[1:])
    assert without_clocks(trained(study, tmp_path, progress=False)) == without_clocks(rows)


def test_pipes_in_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    study = small(seeds=1)
    rows = trained(study, tmp_path, progress=False)
    path = StudyFolder(tmp_path).row_path(rows[0]["point"])
    path.unlink()
    os.mkfifo(path)
    assert read_rows(tmp_path) == []
    (tmp_path / "plan.json").unlink()
    os.mkfifo(tmp_path / "plan.json")
    with pytest.raises(DataError, match="it is not a regular file"):
        read_rows(tmp_path)


def plan_of(**changed: Any) -> str:
    return json.dumps({"format": FORMAT, "study": "s", "axes": [], "points": [], **changed})


def test_a_damaged_plan_is_told_and_mended(tmp_path: Path) -> None:
    study = small()
    rows = trained(study, tmp_path, progress=False)
    before = files(tmp_path)
    for content, sentence in (
        ("{", "cannot be read .it is not a study's plan.; run the study again"),
        ("[]", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        (plan_of(axes="bits"), "cannot be read .it is not a study's plan"),
        (plan_of(axes=None), "cannot be read .it is not a study's plan"),
        (plan_of(points=[["../../../etc/passwd", [], 0]]), "cannot be read"),
        (plan_of(points=[["0" * 24, [1, 2], 0]]), "cannot be read"),
        (plan_of(points=[["0" * 24, [[1]], 0]]), "cannot be read"),
        (plan_of(points=[["0" * 24, [], -1]]), "cannot be read"),
        (plan_of(points=[["0" * 24, []]]), "cannot be read"),
        (plan_of(points=[[["0" * 24], [], 0]]), "cannot be read"),
        (plan_of(points={}), "cannot be read"),
        ('{"format": 99, "points": []}', "was written by another version of neurochannel"),
    ):
        (tmp_path / "plan.json").write_text(content)
        with pytest.raises(DataError, match=sentence):
            read_rows(tmp_path)
    assert trained(study, tmp_path, progress=False) == rows
    assert files(tmp_path) == before


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small(seeds=20)
    real, written = folder_module.write_whole, []

    def filling(path: Path, content: bytes) -> None:
        if len(written) == 6:
            raise CheckpointError(f"{path} cannot be written (No space left on device); free some")
        written.append(path)
        real(path, content)

    monkeypatch.setattr(folder_module, "write_whole", filling)
    with pytest.raises(CheckpointError, match="No space left on device"):
        trained(study, tmp_path, workers=2, progress=False)
    monkeypatch.undo()
    before = files(tmp_path)
    assert len(before) == 5  # and the plan
    rows = trained(study, tmp_path, progress=False)
    assert len(rows) == 20
    assert {name: files(tmp_path)[name] for name in before} == before


LIMITED = """
import resource, sys
from neurochannel.errors import CheckpointError
from neurochannel.study.folder import StudyFolder
from tests.study.studies import small, trained
study, folder = small(seeds=4, record=["history", "checkpoint"]), sys.argv[1]
trained(small(seeds=2, record=["history", "checkpoint"]), folder, progress=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
try:
    trained(study, folder, progress=False)
except CheckpointError as error:
    print(error)
"""


def test_a_limit_of_the_system_on_files_is_one_sentence_too(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert "cannot be written (File too large)" in done.stdout
    assert done.stdout.count("\n") == 1
    assert len(files(tmp_path)) == 2
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_folder_that_cannot_be_made_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        CheckpointError, match="file/study cannot be made .Not a directory.; choose"
    ):
        trained(small(), tmp_path / "file" / "study", progress=False)
    with pytest.raises(CheckpointError, match="cannot be written .Not a directory."):
        trained(small(), tmp_path / "file", progress=False)
    with pytest.raises(CheckpointError, match="^/proc/study cannot be made"):
        trained(small(), "/proc/study", progress=False)


@NOT_ROOT
def test_a_read_only_folder_is_told_before_anything_runs(tmp_path: Path) -> None:
    rows = trained(small(), tmp_path, progress=False)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match="Permission denied.; choose a folder that you"):
            trained(small(seeds=4), tmp_path, progress=False)
        assert read_rows(tmp_path) == rows
    finally:
        tmp_path.chmod(0o700)


PATIENCE = 60


class Interrupter(threading.Thread):
    """Presses Ctrl-C; if nothing ends for a minute, shows where everybody is and presses again."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended, self.presses = threading.Event(), 0

    def run(self) -> None:
        if not self.ended.wait(0.2):
            self.press()
        if not self.ended.wait(PATIENCE):
            faulthandler.dump_traceback(sys.__stderr__)
            self.press()
        if not self.ended.wait(PATIENCE):
            faulthandler.dump_traceback(sys.__stderr__)
            os._exit(1)

    def press(self) -> None:
        self.presses += 1
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("alarm", [False, True], ids=["alone", "after another signal"])
def test_ctrl_c_keeps_finished_points_and_stops_running_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alarm: bool
) -> None:
    study = small(seeds=4, axes={"train.epochs": [1, 10**8]}, train={"batch_size": 10})
    real = StudyFolder.write_row
    written, interrupter = [], Interrupter()

    def noted(self: StudyFolder, row: Any, weights: bytes | None = None) -> None:
        real(self, row, weights)
        written.append(row["seed"])
        if len(written) == 4:
            interrupter.start()
            # The handler of this one outlasts what the runner waits for.
            signal.setitimer(signal.ITIMER_REAL, WATCH_EVERY / 2 if alarm else 0)

    monkeypatch.setattr(StudyFolder, "write_row", noted)
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    usual = signal.signal(signal.SIGALRM, lambda *_: time.sleep(WATCH_EVERY))
    threads = threading.active_count()
    try:
        with pytest.raises(KeyboardInterrupt):
            trained(study, tmp_path, workers=2, progress=False)
    finally:
        interrupter.ended.set()
        signal.signal(signal.SIGINT, previous)
        signal.signal(signal.SIGALRM, usual)
    interrupter.join()
    assert interrupter.presses == 1
    assert threading.active_count() <= threads
    assert len(files(tmp_path)) == 4
    assert len(missing_points(points(study), StudyFolder(tmp_path))) == 4
