"""Rows of a study as tables of outcomes and of curves."""

import math

import numpy as np
import pytest

from neurochannel.errors import DataError
from neurochannel.study.results import axes_of, curves, outcomes


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
    table = outcomes(rows)
    assert table.columns == (
        "channel.recipe", "bits", "seed", "status", "reason", "test_accuracy", "epochs", "point"
    )  # fmt: skip
    assert table["reason"].tolist() == ["", "E is NaN"]
    assert np.array_equal(table["test_accuracy"], [0.9, math.nan], equal_nan=True)
    assert axes_of(table) == ["channel.recipe", "bits"]


def test_there_is_a_row_for_each_point_and_epoch():
    rows = [
        row({"bits": 1}),
        row({"bits": 2}, "failed", curves={}),
        row({"bits": 3}, curves={"epoch": [1], "train_loss": [0.5], "test_accuracy": []}),
    ]
    table = curves(rows)
    assert table.columns == (
        "bits", "seed", "status", "point", "epoch", "test_accuracy", "train_loss"
    )  # fmt: skip
    assert table["bits"].tolist() == [1, 1, 3]
    assert table["epoch"].tolist() == [1, 2, 1]
    assert np.array_equal(table["test_accuracy"], [0.8, 0.9, math.nan], equal_nan=True)
    assert np.array_equal(table["train_loss"], [math.nan, math.nan, 0.5], equal_nan=True)


def test_names_that_clash_are_told_apart():
    rows = [row({"epochs": 2, "seed": 7, "epoch": "x"})]
    table = outcomes(rows)
    assert table.columns[:4] == ("epochs", "axis.seed", "axis.epoch", "seed")
    assert table["outcome.epochs"].tolist() == [2]
    assert axes_of(table) == ["epochs", "axis.seed", "axis.epoch"]
    assert curves(rows).columns[:3] == ("epochs", "axis.seed", "axis.epoch")
    assert curves(rows)["epoch"].tolist() == [1, 2]


def test_an_outcome_called_like_an_axis_keeps_both():
    rows = [row({"test_accuracy": "wanted"})]
    assert outcomes(rows)["test_accuracy"].tolist() == ["wanted"]
    assert outcomes(rows)["outcome.test_accuracy"].tolist() == [0.9]
    assert curves(rows)["outcome.test_accuracy"].tolist() == [0.8, 0.9]


def test_no_rows_are_an_empty_table():
    assert len(outcomes([])) == len(curves([])) == 0
    assert axes_of(outcomes([])) == []


def test_rows_of_something_else_are_refused():
    with pytest.raises(DataError, match="row 1 must be that of a point, with a table 'axes'"):
        outcomes([{"seed": 1}])
    with pytest.raises(DataError, match="row 2 must be .* with a table 'outcome'"):
        outcomes([row({}), row({}, outcome=3)])
    with pytest.raises(DataError, match="curve 'loss' must be as long as its 1 epochs, got 2"):
        curves([row({}, curves={"epoch": [1], "loss": [1, 2]})])
