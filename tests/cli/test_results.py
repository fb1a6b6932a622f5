"""`neurochannel results` on folders of studies that were not trained."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

import neurochannel as nc
from neurochannel.study.folder import StudyFolder
from tests.cli.commands import refusal, run, succeed

LEARNERS = ("bp", "rbp")
BITS = (1, 2)
REASON = "signal of 'hidden' is not finite;\ntrain with a lower rate"


def point(learner, bits, seed):
    return f"{learner}{bits}{seed}".ljust(24, "0")


def make(folder="out", lost=(), missing=(), seeds=3, unmeasured=False):
    """Write the folder of a study of learners, bits and seeds."""
    place = StudyFolder(folder)
    place.prepare()
    settings = [(a, b, s) for a in LEARNERS for b in BITS for s in range(seeds)]
    points = [[point(a, b, s), [a, b], s] for a, b, s in settings]
    place.write_plan({"name": "t", "axes": ["learner", "bits"], "points": points})
    for learner, bits, seed in settings:
        if (learner, bits, seed) in missing:
            continue
        bad = (learner, bits, seed) in lost
        accuracy = math.nan if unmeasured else 0.8 + 0.05 * bits + 0.01 * seed
        curve = {"epoch": [1, 2], "test_accuracy": [0.5, accuracy]}
        place.write_row(
            {
                "point": point(learner, bits, seed),
                "status": "diverged" if bad else "done",
                "reason": REASON if bad else None,
                "axes": {},
                "seed": seed,
                "outcome": {} if bad else {"test_accuracy": accuracy, "test_loss": 1.0},
                "curves": {} if bad else curve,
                "observations": {},
                "worker": {},
                "checkpoint": None,
            }
        )  # fmt: skip
    return folder


def test_the_table_has_mean_standard_error_interval_and_n():
    printed = succeed("results", make()).stdout.splitlines()
    assert printed[0].split() == [
        "learner", "bits", "test", "accuracy,", "%", "95", "%", "t", "n"
    ]  # fmt: skip
    assert printed[1].split() == ["bp", "1", "86.00", "±", "0.58", "83.52", "to", "88.48", "3"]
    assert len([line for line in printed if line.endswith("  3")]) == 4


def test_figures_are_drawn_into_the_folder():
    printed = succeed("results", make()).stdout
    for name in ("test_accuracy.svg", "test_accuracy_curves.svg", "test_accuracy_map.svg"):
        assert f"figure out/{name}" in printed
        assert Path("out", name).read_text().startswith("<?xml")


def test_more_lines_than_a_figure_can_have_become_several_figures(monkeypatch):
    monkeypatch.setattr("tests.cli.test_results.BITS", tuple(range(1, 15)))
    done = succeed("results", make(), "--against", "learner")
    assert "no figure" not in done.stderr
    for learner in LEARNERS:
        assert f"figure out/test_accuracy_curves_learner_{learner}.svg" in done.stdout
    assert not Path("out/test_accuracy_curves.svg").exists()


def test_one_figure_is_drawn_where_it_is_wanted():
    printed = succeed("results", make(), "-o", "f.png", "--against", "learner").stdout
    assert "figure f.png" in printed
    assert Path("f.png").exists()
    assert not list(Path("out").glob("*.svg"))


def test_lost_and_missing_points_are_counted_and_named():
    make(lost=[("rbp", 1, 0)], missing=[("bp", 2, 1), ("bp", 2, 2)])
    printed = succeed("results", "out").stdout
    assert "diverged" in printed.splitlines()[0]
    reason = "diverged: learner rbp, bits 1, seed 0: signal of 'hidden' is not finite; train with"
    assert reason in printed
    assert "2 of 12 points are missing; run the study again, which trains only them" in printed


def test_json_tells_all_of_it():
    make(lost=[("rbp", 1, 0)], missing=[("bp", 2, 1)])
    found = json.loads(succeed("results", "out", "--json").stdout)
    assert found["points"] == 12
    assert found["missing"] == 1
    assert found["interval"] == "t"
    assert [row["n"] for row in found["summary"]] == [3, 2, 2, 3]
    (failure,) = found["failures"]
    assert failure["learner"] == "rbp"
    assert len(found["figures"]) == 3


def test_all_points_are_written_as_csv_and_parquet():
    folder = make()
    succeed("results", folder, "--csv", "t.csv", "--parquet", "t.parquet")
    for option, path in (("--csv", "t.csv"), ("--parquet", "t.parquet")):
        assert refusal("results", folder, option, path) == (
            f"{option} must name a new file, but {path} exists; "
            "name another, or add --force to replace it"
        )
        Path(path).write_bytes(b"old")
    succeed("results", folder, "--csv", "t.csv", "--parquet", "t.parquet", "--force")
    frame = pd.read_parquet("t.parquet")
    pd.testing.assert_frame_equal(frame, nc.outcomes(folder))
    assert len(frame) == 12
    read = pd.read_csv("t.csv", keep_default_na=False)
    pd.testing.assert_frame_equal(read, frame)


def test_hdf5_is_gone_and_says_what_to_write():
    told = "--hdf5 is gone; use --parquet FILE, which keeps the kind of each column, or --csv FILE"
    assert refusal("results", make(), "--hdf5", "t.h5") == told
    assert "hdf5" not in succeed("results", "--help").stdout


def test_points_can_be_chosen():
    printed = succeed("results", make(), "--where", "learner=rbp", "--where", "bits=2").stdout
    assert [line.split()[-1] for line in printed.splitlines()[:2]] == ["n", "3"]
    assert printed.splitlines()[1].split()[0] == "91.00"


def test_an_error_can_be_asked_for():
    printed = succeed("results", make(), "--outcome", "test_error").stdout
    assert printed.splitlines()[1].split()[2] == "14.00"
    assert Path("out/test_error.svg").exists()


@pytest.mark.parametrize("interval", ["t", "bootstrap"])
def test_few_seeds_are_told_to_make_a_bootstrap_narrow(interval):
    printed = succeed("results", make(), "--interval", interval).stdout
    assert ("is too narrow" in printed) == (interval == "bootstrap")


def test_a_study_of_which_nothing_was_measured_is_shown():
    printed = succeed("results", make(unmeasured=True)).stdout
    assert printed.startswith("learner  bits  test loss")
    printed = succeed("results", "out", "--outcome", "test_accuracy").stdout
    assert "unmeasured" in printed.splitlines()[0]
    everything = [(a, b, s) for a in LEARNERS for b in BITS for s in range(3)]
    done = succeed("results", make("lost", lost=everything))
    assert done.stdout.count("diverged:") == 10
    assert "... and 2 more, see --csv or --json" in done.stdout
    assert "no figure: test_accuracy must have been measured" in done.stderr


def test_a_folder_that_cannot_be_written_does_not_hide_the_table(monkeypatch):
    make()
    for name in ("test_accuracy.svg", "test_accuracy_curves.svg", "test_accuracy_map.svg"):
        Path("out", name).mkdir()
    done = run("results", "out")
    assert done.exit_code == 0
    assert done.stderr.count("no figure: out/test_accuracy") == 3
    assert "86.00 ± 0.58" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere holds no study; name the folder"),
        (["out", "--outcome", "test_acuracy"], "did you mean 'test_accuracy'?"),
        (["out", "--by", "learner"], "must not differ in 'bits', got 2 values; add it to by"),
        (["out", "--by", "rate"], "--by must name axes of the study, got 'rate'; they are learner"),
        (["out", "--against", "rate"], "--against must be an axis of the study, got 'rate'"),
        (["out", "--where", "bits"], "--where must be AXIS=VALUE with an axis of the study"),
        (
            ["out", "--where", "bits=7"],
            "--where bits must be a value of that axis, got '7'; the val",
        ),
        (["out", "--interval", "x"], "--interval must be t or bootstrap, got x"),
        (["out", "-o", "f.gif"], "f.gif must end in .png, .svg or .pdf"),
        (["out", "--csv", "no/t.csv"], "no/t.csv cannot be written"),
    ],
)
def test_mistakes_are_sentences(arguments, sentence):
    make()
    assert sentence in refusal("results", *arguments)


def test_a_study_without_a_finished_point_says_so():
    make(missing=[(a, b, s) for a in LEARNERS for b in BITS for s in range(3)])
    assert refusal("results", "out") == (
        "out must hold a finished point, got none of 12; run the study first"
    )
