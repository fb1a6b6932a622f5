"""The same bits on the same kind of processor; another kind is told, once, and harms nobody."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import neurochannel as nc
from neurochannel.storage import peek, provenance
from neurochannel.storage.processor import difference, processor, processor_name
from neurochannel.study import point_worker
from neurochannel.study.folder import read_rows
from tests.cli.commands import PROGRAM
from tests.storage.runs import tiny_data, tiny_run
from tests.study.studies import small

HERE = processor()
FEWER = {**HERE, "cpu_features": HERE["cpu_features"][1:]}
ELSEWHERE = {"cpu": "Another One 9000", "cpu_kind": "another", "cpu_features": ["avx", "sve"]}
OTHERS: dict[str, dict[str, Any]] = {
    "another kind": ELSEWHERE,
    "the same with fewer features": FEWER,
    "the same features, another kind": {**HERE, "cpu_kind": "another"},
}
SAME: dict[str, dict[str, Any]] = {
    "this one": HERE,
    "another name of the same kind": {**HERE, "cpu": "Another One 9000"},
    "an older version": {"python": "3.11"},
    "half of an older version": {key: HERE[key] for key in ("cpu", "cpu_kind")},
    "forged": {**HERE, "cpu_features": None, "cpu_kind": 1},
}


def test_this_processor_is_known() -> None:
    assert set(HERE) == {"cpu", "cpu_kind", "cpu_features"}
    assert HERE["cpu"] == processor_name() != ""
    assert HERE["cpu_features"] == sorted(set(HERE["cpu_features"]))
    if "avx2" in HERE["cpu_features"]:
        assert "sse4.1" in HERE["cpu_features"]
        assert "rdrnd" not in HERE["cpu_features"]


@pytest.mark.parametrize("name", OTHERS)
def test_another_kind_is_told(name: str) -> None:
    sentence = difference("run.h5", OTHERS[name])
    assert sentence is not None
    assert sentence.startswith("run.h5 comes from another kind of processor (")
    assert "\n" not in sentence
    assert f"({OTHERS[name]['cpu']}, {OTHERS[name]['cpu_kind']}) than this one" in sentence
    differ = set(OTHERS[name]["cpu_features"]) ^ set(HERE["cpu_features"])
    assert all(feature in sentence for feature in differ)


@pytest.mark.parametrize("name", SAME)
def test_the_same_kind_is_not(name: str) -> None:
    assert difference("run.h5", SAME[name]) is None


def saved_elsewhere(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(provenance, "processor", lambda: ELSEWHERE)
        nc.save(tiny_run(1), path)


def test_a_run_from_elsewhere_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "run.h5"
    saved_elsewhere(path, monkeypatch)
    assert peek(path).provenance["cpu"] == "Another One 9000"
    with caplog.at_level(logging.WARNING):
        nc.load(path, without_data=True)  # to look inside
        assert not caplog.records
        run = nc.load(path, tiny_data())
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("neurochannel", "WARNING")
    assert record.getMessage() == difference(str(path), ELSEWHERE)
    run.train(1, [nc.Checkpoint(path)], progress=False)
    caplog.clear()
    assert nc.load(path, tiny_data()).epoch == 2
    assert not caplog.records  # the newest state comes from here


@pytest.mark.parametrize("name", ["format_1.h5", "format_2.h5"])
def test_files_without_a_processor_are_read_in_silence(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(__file__).with_name(name)
    assert "cpu" not in peek(path).provenance
    run = nc.load(path, without_data=True)
    n, classes = (run.network.size(name) for name in (run.network.input, run.network.output))
    assert nc.load(path, _data(n, classes), other_data=True).epoch == run.epoch
    assert not caplog.records


def _data(n: int, classes: int) -> nc.Data:
    import numpy as np

    return nc.Data(np.ones((classes, n)), np.eye(classes))


@pytest.mark.parametrize(("options", "lines"), [([], 1), (["--quiet"], 0)])
def test_the_command_line_says_so_in_one_line(
    options: list[str], lines: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    run = nc.Simulation(nc.mlp(None, 3, None).with_channel(nc.bp()), nc.data.load("digits"))
    run.train(1, progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(provenance, "processor", lambda: ELSEWHERE)
        nc.save(run, path)
    command = [PROGRAM, "train", "--resume", "run.h5", "--epochs", "2", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    sentence = difference("run.h5", ELSEWHERE)
    assert done.stderr == f"{sentence}\n" * lines
    assert peek(path).provenance["cpu_kind"] == HERE["cpu_kind"]


def test_warnings_that_are_errors_do_not_stop_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    saved_elsewhere(path, monkeypatch)
    code = (
        "import sys\n"
        "from neurochannel.storage.processor import note_difference\n"
        "from neurochannel.storage import peek\n"
        "note_difference('run.h5', peek(sys.argv[1]).provenance)\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == f"{difference('run.h5', ELSEWHERE)}\n"


def test_rows_of_a_study_know_their_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(point_worker, "processor", lambda: ELSEWHERE)
        nc.run_study(small(seeds=2), tmp_path, progress=False)
    assert not caplog.records
    nc.run_study(small(seeds=4), tmp_path, progress=False)
    (record,) = caplog.records
    assert record.getMessage() == difference(f"a finished point in {tmp_path}", ELSEWHERE)
    made_by = [row["worker"] for row in sorted(read_rows(tmp_path), key=lambda row: row["seed"])]
    assert [made["cpu"] for made in made_by] == 2 * ["Another One 9000"] + 2 * [HERE["cpu"]]
    assert {key: made_by[3][key] for key in HERE} == HERE
    caplog.clear()
    nc.run_study(small(seeds=4), tmp_path, progress=False)  # there is nothing left to run
    assert not caplog.records
