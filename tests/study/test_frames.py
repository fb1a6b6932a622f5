"""Frames: which kind a column gets, how rows are grouped and found, and what files keep."""

import csv
import importlib.util
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurochannel.errors import OptionError
from neurochannel.study.frame_files import check_kind, write_frame
from neurochannel.study.frames import (
    as_text,
    checked,
    group_rows,
    is_numeric,
    make_frame,
    matches,
    numbers_of,
    status_of,
    values_of,
)

LARGEST_SEED = 2**64 - 1


@pytest.mark.parametrize(
    ("values", "kind", "held"),
    [
        ([1, 2], "i", [1, 2]),
        ([1, 2.5], "f", [1.0, 2.5]),
        ([True, False], "b", [True, False]),
        (["a", "b"], "text", ["a", "b"]),
        (["a", None], "text", ["a", ""]),
        ([8, "all"], "text", ["8", "all"]),
        ([True, None], "text", ["true", ""]),
        ([True, 2], "text", ["true", "2"]),
        ([0.1, "a", math.nan], "text", ["0.1", "a", ""]),
        ([2**63 - 1, -(2**63)], "i", [2**63 - 1, -(2**63)]),
        ([LARGEST_SEED, 0], "u", [LARGEST_SEED, 0]),
        ([LARGEST_SEED, -1], "text", [str(LARGEST_SEED), "-1"]),
        ([10**400, 0], "text", [str(10**400), "0"]),
        ([2**53, None], "f", [2.0**53, math.nan]),
        ([2**53 + 1, None], "text", [str(2**53 + 1), ""]),
        ([None, None], "f", [math.nan, math.nan]),
        (["\ud800"], "text", ["\\ud800"]),
        ([], "f", []),
    ],
)
def test_a_column_is_of_the_narrowest_kind_that_loses_nothing(values, kind, held):
    frame = make_frame({"x": values})
    if kind == "text":
        assert not is_numeric(frame, "x") and frame["x"].dtype != bool
    else:
        assert frame["x"].dtype.kind == kind
    assert np.array_equal(frame["x"].tolist(), held, equal_nan=kind == "f")


def test_a_frame_holds_plain_values():
    frame = make_frame({"a": [1, 2], "b": ["x", "y"], "c": [0.5, None], "d": [True, False]})
    assert frame.to_dict("records") == [
        {"a": 1, "b": "x", "c": 0.5, "d": True},
        {"a": 2, "b": "y", "c": pytest.approx(math.nan, nan_ok=True), "d": False},
    ]
    assert list(frame.index) == [0, 1]


def test_names_that_are_no_unicode_are_escaped():
    assert list(make_frame({"\ud800": [1], "": [2]}).columns) == ["\\ud800", ""]


VALUES = st.sampled_from([math.nan, 0.0, 1.0, 2.5])


@given(st.lists(st.tuples(VALUES, st.sampled_from(["", "a", "b"])), max_size=12))
def test_groups_are_those_of_a_loop(rows):
    frame = make_frame({"x": [x for x, _ in rows], "y": [y for _, y in rows]})
    frame.index = range(5, 5 + len(frame))
    known, group, first = {}, [], []
    for number, (x, y) in enumerate(rows):
        key = as_text(x), y
        if key not in known:
            first.append(number)
        group.append(known.setdefault(key, len(known)))
    found = group_rows(frame, ["x", "y"])
    assert found[0].tolist() == group
    assert found[1].tolist() == first
    assert len(values_of(frame, "x")) == len({as_text(x) for x, _ in rows})


def test_without_columns_all_rows_are_one_group():
    assert group_rows(make_frame({"x": [3, 4]}), [])[0].tolist() == [0, 0]
    assert group_rows(make_frame({"x": []}), [])[1].tolist() == []


@pytest.mark.parametrize(
    ("values", "wanted", "rows"),
    [
        (["bp", "srbp"], "srbp", [1]),
        ([8, "all"], 8, [0]),
        ([8, "all"], "8", [0]),
        ([0.5, "all"], 0.5, [0]),
        ([3, 1], "3", []),
        ([3, 1], 3.0, [0]),
        ([True, False], False, [1]),
        ([True, False], "true", []),
        ([True, "x"], True, [0]),
    ],
)
def test_values_are_found_in_columns_of_each_kind(values, wanted, rows):
    assert np.flatnonzero(matches(make_frame({"x": values}), "x", wanted)).tolist() == rows


def test_numbers_of_all_kinds_of_pandas_are_taken():
    frame = pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": np.array([1, 2], np.float32)})
    assert np.array_equal(numbers_of(frame, "a"), [1.0, math.nan], equal_nan=True)
    assert numbers_of(frame, "b").dtype == np.float64
    assert status_of(frame).tolist() == ["done", "done"]


STORED = {
    "f": st.floats(allow_nan=True),
    "i": st.integers(-(2**63), 2**63 - 1),
    "u": st.integers(2**63, LARGEST_SEED),
    "text": st.sampled_from(["a", "a,b", '"', "line\nend", "é", "007 ", "x\ty"]),
    "b": st.booleans(),
}


@st.composite
def frames(draw):
    n_rows = draw(st.integers(1, 5))
    kinds = draw(st.lists(st.sampled_from(sorted(STORED)), min_size=1, max_size=4))
    return make_frame(
        {
            f"{kind}.{number}": draw(st.lists(STORED[kind], min_size=n_rows, max_size=n_rows))
            for number, kind in enumerate(kinds)
        }
    )


@given(frame=frames())
def test_parquet_brings_back_names_kinds_and_bits(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("frames") / "frame.parquet"
    write_frame(frame, path, "parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), frame, check_exact=True)


PARSED = {"f": lambda cell: float(cell or "nan"), "b": "True".__eq__, "text": str}


@given(frame=frames())
def test_csv_brings_back_names_and_bits(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("frames") / "frame.csv"
    write_frame(frame, path, "csv")
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    assert names == list(frame.columns)
    for name, cells in zip(names, zip(*rows, strict=True), strict=True):
        found = [PARSED.get(name.partition(".")[0], int)(cell) for cell in cells]
        np.testing.assert_array_equal(found, frame[name].tolist())


def test_csv_holds_a_carriage_return_as_a_line_feed(tmp_path):
    write_frame(make_frame({"why": ["a\rb\r\nc", "d"], "n": [1, 2]}), tmp_path / "t.csv", "csv")
    assert (tmp_path / "t.csv").read_bytes() == b'why,n\n"a\nb\nc",1\nd,2\n'


def test_parquet_keeps_text_that_looks_like_numbers_and_gaps_in_text(tmp_path):
    frame = make_frame({"bits": ["1", "2"], "reason": ["", ""], "none": [None, None]})
    write_frame(frame, tmp_path / "t.parquet", "parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), frame)


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(OptionError, match="no/t.csv cannot be written"):
        write_frame(make_frame({"x": [1]}), tmp_path / "no" / "t.csv", "csv")


def test_parquet_without_pyarrow_names_the_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    check_kind("csv")
    with pytest.raises(OptionError, match=r"pip install 'neurochannel\[parquet\]', or write --csv"):
        check_kind("parquet")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: checked([1]), r"must be a pandas DataFrame, got \[1\]; nc.outcomes\(folder\) mak"),
        (lambda: checked(pd.DataFrame([[1, 2]], columns=["a", "a"])), "once, got 'a' twice"),
        (lambda: values_of(make_frame({"bits": []}), "bit"), r"got 'bit'; did you mean 'bits'\?"),
        (lambda: numbers_of(make_frame({"bits": []}), "zzz"), "got 'zzz'; the columns are bits"),
        (lambda: matches(make_frame({}), "zzz", 1), "got 'zzz'; the columns are none"),
        (
            lambda: numbers_of(make_frame({"a": ["x"], "b": [1], "c": [True]}), "a"),
            "column 'a' must hold numbers to be summed up, got .*; the columns of numbers are b$",
        ),
    ],
)
def test_mistakes_are_sentences(call, sentence):
    with pytest.raises(OptionError, match=sentence):
        call()
