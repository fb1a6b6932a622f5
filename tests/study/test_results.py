"""Rows of a study as frames of outcomes and of curves, also those that 0.2 has written."""

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurochannel as nc
from neurochannel.errors import DataError, OptionError
from neurochannel.study.result_frames import axes_of, curves_of, outcomes_of

HERE = Path(__file__).parent


def row(axes, status="done", **more):
    return {
        "point": "abc",
        "status": status,
        "reason": None,
        "axes": axes,
        "seed": 0,
        "outcome": {"test_accuracy": 0.9, "epochs": 2},
        "curves": {"epoch": [1, 2], "test_accuracy": [0.8, 0.9]},
        **more,
    }


def test_there_is_a_row_for_each_point():
    rows = [
        row({"channel.recipe": "bp", "bits": 1}),
        row({"channel.recipe": "rbp", "bits": 2}, "diverged", reason="E is NaN", outcome={}),
    ]
    frame = outcomes_of(rows)
    assert tuple(frame.columns) == (
        "channel.recipe", "bits", "seed", "status", "reason", "test_accuracy", "epochs", "point"
    )  # fmt: skip
    assert frame["reason"].tolist() == ["", "E is NaN"]
    assert np.array_equal(frame["test_accuracy"], [0.9, math.nan], equal_nan=True)
    assert axes_of(frame) == ["channel.recipe", "bits"]


def test_there_is_a_row_for_each_point_and_epoch():
    rows = [
        row({"bits": 1}),
        row({"bits": 2}, "failed", curves={}),
        row({"bits": 3}, curves={"epoch": [1], "train_loss": [0.5], "test_accuracy": []}),
    ]
    frame = curves_of(rows)
    assert tuple(frame.columns) == (
        "bits", "seed", "status", "point", "epoch", "test_accuracy", "train_loss"
    )  # fmt: skip
    assert frame["bits"].tolist() == [1, 1, 3]
    assert frame["epoch"].tolist() == [1, 2, 1]
    assert np.array_equal(frame["test_accuracy"], [0.8, 0.9, math.nan], equal_nan=True)
    assert np.array_equal(frame["train_loss"], [math.nan, math.nan, 0.5], equal_nan=True)


def test_names_that_clash_are_told_apart():
    rows = [row({"epochs": 2, "seed": 7, "epoch": "x"})]
    frame = outcomes_of(rows)
    assert tuple(frame.columns[:4]) == ("epochs", "axis.seed", "axis.epoch", "seed")
    assert frame["outcome.epochs"].tolist() == [2]
    assert axes_of(frame) == ["epochs", "axis.seed", "axis.epoch"]
    assert tuple(curves_of(rows).columns[:3]) == ("epochs", "axis.seed", "axis.epoch")
    assert curves_of(rows)["epoch"].tolist() == [1, 2]


def test_an_outcome_called_like_an_axis_keeps_both():
    rows = [row({"test_accuracy": "wanted"})]
    assert outcomes_of(rows)["test_accuracy"].tolist() == ["wanted"]
    assert outcomes_of(rows)["outcome.test_accuracy"].tolist() == [0.9]
    assert curves_of(rows)["outcome.test_accuracy"].tolist() == [0.8, 0.9]


def test_no_rows_are_an_empty_frame():
    assert len(outcomes_of([])) == len(curves_of([])) == 0
    assert axes_of(outcomes_of([])) == []


def archived(name="table_0_2.csv"):
    return pd.read_csv(HERE / name, keep_default_na=False, na_values=["nan"])


def test_a_folder_of_0_2_gives_the_table_that_0_2_made_of_it():
    frame = nc.outcomes(HERE / "folder_0_2")
    pd.testing.assert_frame_equal(frame, archived())
    assert axes_of(frame) == ["channel", "train.rate", "bits"]
    assert Counter(frame["status"]) == {"done": 8, "diverged": 8}
    over_epochs = nc.curves(HERE / "folder_0_2")
    assert over_epochs.groupby("point")["epoch"].apply(list).tolist() == [[1, 2]] * 8
    last = over_epochs[over_epochs["epoch"] == 2].set_index("point")["test_accuracy"]
    wanted = frame[frame["status"] == "done"].set_index("point")["test_accuracy"]
    assert last.to_dict() == wanted.to_dict()


def test_a_folder_of_0_2_can_be_summed_up():
    means = nc.summary(nc.outcomes(HERE / "folder_0_2"), by="channel")
    assert means["channel"].tolist() == ["bp", "srbp"]
    assert means["n"].tolist() == means["diverged"].tolist() == [4, 4]


def test_the_page_on_migrating_reads_hdf5_tables_of_0_2():
    page = (HERE.parents[1] / "docs" / "migrating.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(import json\n.*?)^```$", page, re.M | re.S)
    found = {}
    exec(code, found)
    pd.testing.assert_frame_equal(found["read_table"](HERE / "table_0_2.h5"), archived())


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: nc.outcomes("nowhere"), "nowhere holds no study; name the folder that"),
        (lambda: nc.outcomes([{"seed": 1}]), "must be the path of a study's folder, got .*; give"),
        (lambda: nc.points("bits.toml"), "must be a Study, got 'bits.toml'; read a file with"),
    ],
)
def test_mistakes_are_sentences(call, sentence):
    with pytest.raises((DataError, OptionError), match=sentence):
        call()
