"""Tables: what goes in, how it is chosen, sorted, compared and shown."""

import math
import pickle

import numpy as np
import pytest

import neurochannel.study.table as table_module
from neurochannel.errors import OptionError
from neurochannel.study.columns import kind_of
from neurochannel.study.table import Table

ROWS = [
    {"channel": "bp", "bits": 3, "test_accuracy": 0.97, "tied": True},
    {"channel": "srbp", "bits": 1, "test_accuracy": math.nan, "tied": False},
    {"channel": "srbp", "bits": 3, "test_accuracy": 0.95, "tied": False},
]


@pytest.fixture
def table():
    return Table.from_rows(ROWS)


@pytest.mark.parametrize(
    ("values", "kind", "held"),
    [
        ([1, 2], "int", [1, 2]),
        ([1, 2.5], "float", [1.0, 2.5]),
        ([True, False], "bool", [True, False]),
        (["a", "b"], "text", ["a", "b"]),
        (["a", None], "text", ["a", ""]),
        ([8, "all"], "text", ["8", "all"]),
        ([True, None], "text", ["true", ""]),
        ([True, 2], "text", ["true", "2"]),
        ([0.1, "a", math.nan], "text", ["0.1", "a", ""]),
        ([2**63 - 1, -(2**63)], "int", [2**63 - 1, -(2**63)]),
        ([2**64 - 1, 0], "text", [str(2**64 - 1), "0"]),
        ([2**53 + 1, 0.5], "text", [str(2**53 + 1), "0.5"]),
        ([], "float", []),
        (np.array([1, 2], np.uint8), "int", [1, 2]),
        (np.array([0.5], np.float32), "float", [0.5]),
        (np.array([2**64 - 1], np.uint64), "text", [str(2**64 - 1)]),
        (np.array(["a"]), "text", ["a"]),
        ([np.float32(0.5), np.int64(3)], "float", [0.5, 3.0]),
    ],
)
def test_a_column_is_of_the_narrowest_kind_that_loses_nothing(values, kind, held):
    column = Table({"x": values})["x"]
    assert kind_of(column) == kind
    assert column.tolist() == held


def test_gaps_among_numbers_are_nan():
    table = Table.from_rows([{"a": 1}, {"b": 2}])
    assert np.array_equal(table["a"], [1, math.nan], equal_nan=True)
    assert np.array_equal(table["b"], [math.nan, 2], equal_nan=True)
    assert np.isnan(Table({"x": [None, None]})["x"]).all()


def test_columns_do_not_change(table):
    with pytest.raises(ValueError, match="read-only"):
        table["bits"][0] = 5
    mine = np.array([1.0, 2.0])
    held = Table({"x": mine})
    mine[0] = 9
    assert held["x"][0] == 1.0


def test_rows_come_back_as_plain_values(table):
    rows = table.rows()
    assert rows[0] == ROWS[0]
    assert [type(value) for value in rows[0].values()] == [str, int, float, bool]


def test_where_takes_values_lists_masks_and_mappings(table):
    assert table.where(channel="srbp")["bits"].tolist() == [1, 3]
    assert table.where(channel="srbp", bits=3)["test_accuracy"].tolist() == [0.95]
    assert len(table.where(bits=[1, 3])) == 3
    assert len(table.where(bits=[])) == 0
    assert len(table.where(test_accuracy=math.nan)) == 1
    assert len(table.where(bits="3")) == 0
    assert len(table.where(tied=False)) == 2
    assert table.where({"channel": "bp"}, bits=3)["tied"].tolist() == [True]
    assert table.where(table["bits"] > 1)["channel"].tolist() == ["bp", "srbp"]


def test_where_finds_numbers_among_text():
    table = Table({"fan_in": [8, "all", 1]})
    assert len(table.where(fan_in=8)) == 1


def test_sort_is_stable_with_gaps_last(table):
    assert table.sort("bits")["channel"].tolist() == ["srbp", "bp", "srbp"]
    assert table.sort("channel", "bits")["bits"].tolist() == [3, 1, 3]
    assert np.isnan(table.sort("test_accuracy")["test_accuracy"][-1])


def test_unique_values_are_in_the_order_of_their_first_row(table):
    assert table.unique("bits") == [3, 1]
    assert table.unique("channel") == ["bp", "srbp"]
    assert len(Table({"x": [math.nan, 1, math.nan]}).unique("x")) == 2


def test_equality_compares_names_kinds_values_and_gaps(table):
    assert table == Table.from_rows(ROWS)
    assert table != table.where(bits=3)
    assert table != table.select("bits", "channel", "test_accuracy", "tied")
    assert Table({"x": [1, 2]}) != Table({"x": [1.0, 2.0]})
    assert Table({"x": [1, 2]}) != Table({"x": [1, 3]})
    assert table != 3


def test_a_table_can_be_pickled(table):
    assert pickle.loads(pickle.dumps(table)) == table


def test_with_columns_adds_and_replaces(table):
    more = table.with_columns({"error": 1 - table["test_accuracy"], "bits": [1, 2, 3]})
    assert more.columns == (*table.columns, "error")
    assert more["bits"].tolist() == [1, 2, 3]


def test_a_table_is_written_for_people(table):
    assert str(table) == (
        "channel  bits  test_accuracy  tied\n"
        "bp          3           0.97  true\n"
        "srbp        1            nan  false\n"
        "srbp        3           0.95  false"
    )
    assert str(Table()) == "empty table"
    assert str(Table({"x": []})).endswith("0 rows")
    assert repr(table) == "<Table of 3 rows: channel, bits, test_accuracy, tied>"


def test_a_long_table_is_shown_without_its_middle():
    lines = str(Table({"x": np.arange(100)})).splitlines()
    assert lines[1 + table_module.SHOWN] == "... 60 more rows"
    assert lines[-2:] == ["99", "100 rows"]


def test_long_and_broken_text_is_shown_on_one_line():
    (_, line) = str(Table({"why": ["two\nlines\x1b[31m" + "x" * 100]})).splitlines()
    assert line.startswith("two lines?[31mxxx")
    assert len(line) == 40


def test_pandas_gets_the_same_columns(table):
    pandas = pytest.importorskip("pandas")
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["channel"].tolist() == ["bp", "srbp", "srbp"]


def test_without_pandas_there_is_a_sentence(table, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(table_module, "import_module", missing)
    with pytest.raises(OptionError, match="needs pandas, which is not installed; pip install"):
        table.to_pandas()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Table({"a": [1], "b": [1, 2]}), "column 'b' must be as long as the first one, 1"),
        (lambda: Table({"": [1]}), "the name of a column must be text that is not empty, got ''"),
        (lambda: Table({3: [1]}), "the name of a column must be text that is not empty, got 3"),
        (lambda: Table({"\ud800": [1]}), "the name of a column must be Unicode text"),
        (lambda: Table({"a": ["\ud800"]}), "column 'a' must hold Unicode text"),
        (lambda: Table({"a": [[1]]}), r"column 'a' must hold numbers, truth values or text, got"),
        (lambda: Table({"a": np.ones((2, 2))}), "column 'a' must be one-dimensional"),
        (lambda: Table({"a": np.array([1j])}), "must hold numbers, truth values or text, got comp"),
        (lambda: Table({"bits": [1]})["bit"], "got 'bit'; did you mean 'bits'?"),
        (lambda: Table({"bits": [1]})["zzz"], "got 'zzz'; the columns are bits"),
        (lambda: Table({"a": [1]}).where(b=1), "column must be one of the table, got 'b'"),
        (lambda: Table({"a": [1]}).where([1]), "mask must be 1 truth values, one for each row"),
        (lambda: Table({"a": [1]}).sort("b"), "column must be one of the table"),
    ],
)
def test_mistakes_are_sentences(make, sentence):
    with pytest.raises(OptionError, match=sentence.replace("?", r"\?")):
        make()
