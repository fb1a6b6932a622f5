"""Tables as files: nothing is lost, and bad files are refused with a sentence."""

import csv
import hashlib
import math
from io import BytesIO

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurochannel.errors import DataError, OptionError
from neurochannel.study import table_hdf5
from neurochannel.study.columns import TEXT, kind_of
from neurochannel.study.table import Table
from neurochannel.study.table_csv import infer

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["1", "1.5", "nan", "true", "", "007", "1e3", "a,b", '"', "\r", "\n", "\r\n", "\ufeff", "\0"]
)
NAMES = TEXTS.filter(bool) | st.sampled_from(["a:int", "b:text", "channel.*.message.bits", "é"])
KINDS = {
    "float": st.floats(),
    "int": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "text": TEXTS,
}
DTYPES = {"float": np.float64, "int": np.int64, "bool": np.bool_, "text": TEXT}


@st.composite
def tables(draw):
    n_rows = draw(st.integers(0, 5))
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    columns = {}
    for name in names:
        kind = draw(st.sampled_from(sorted(KINDS)))
        values = draw(st.lists(KINDS[kind], min_size=n_rows, max_size=n_rows))
        columns[name] = np.array(values, DTYPES[kind])
    return Table(columns)


def same_bits(one, other):
    """Compare tables more strictly than ==: also the sign of zeros."""
    assert one == other
    for name in one.columns:
        if kind_of(one[name]) == "float":
            zeros = one[name] == 0
            assert np.array_equal(np.signbit(one[name][zeros]), np.signbit(other[name][zeros]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@given(table=tables())
def test_csv_brings_every_table_back(table, folder):
    table.to_csv(folder / "t.csv", overwrite=True)
    same_bits(Table.from_csv(folder / "t.csv"), table)


@given(table=tables())
def test_hdf5_brings_every_table_back(table, folder):
    table.to_hdf5(folder / "t.h5", overwrite=True)
    same_bits(Table.from_hdf5(folder / "t.h5"), table)


def test_a_table_without_columns_is_kept_by_hdf5_and_refused_by_csv(tmp_path):
    Table().to_hdf5(tmp_path / "t.h5")
    assert Table.from_hdf5(tmp_path / "t.h5") == Table()
    with pytest.raises(OptionError, match="must have a column to be written"):
        Table().to_csv(tmp_path / "t.csv")


def test_csv_names_a_kind_only_where_cells_do_not_tell_it(tmp_path):
    table = Table({"bits": [1, 2], "label": ["1", "2"], "x": [1.0, math.nan], "ok": [True, False]})
    table.to_csv(tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text()
    assert text == "bits,label:text,x,ok\n1,1,1.0,true\n2,2,nan,false\n"


def test_csv_of_other_programs_is_read(tmp_path):
    (tmp_path / "t.csv").write_bytes(
        b"\xef\xbb\xbfname,n,x,ok\r\n\r\nb\xc3\xa9,1,1,True\r\nc,2,,False\r\n"
    )
    table = Table.from_csv(tmp_path / "t.csv")
    assert table == Table(
        {"name": ["bé", "c"], "n": [1, 2], "x": [1.0, math.nan], "ok": [True, False]}
    )


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2"], "int"),
        (["1", "2.0"], "float"),
        (["1", ""], "float"),
        (["007"], "float"),
        (["9223372036854775808"], "text"),
        (["9223372036854775807", ""], "text"),
        (["1_000"], "text"),
        (["١"], "text"),
        (["", ""], "text"),
        ([], "text"),
        (["true", "False"], "bool"),
        (["true", "1"], "text"),
        (["inf", "-inf", "NaN", "1e-5"], "float"),
    ],
)
def test_kinds_are_inferred_with_care(cells, kind):
    assert infer(cells) == kind


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "must begin with a line of names, got none"),
        (b"\n\n", "must begin with a line of names, got none"),
        (b"a,b\n1\n", "row 1 must have 2 cells, one for each column, got 1; check its commas"),
        (b"a,a\n1,2\n", "must name each column once, got 'a' twice"),
        (b"a,\n1,2\n", "column 2 must have a name in the first line"),
        (b"a\n\xff\n", "must be UTF-8 text to be read as CSV"),
        (b'a\n"x\n', "must be CSV, got a mistake"),
        (b"a:int\n1.5\n", "column 'a' must hold int numbers as its name says"),
        (b"a:int\n9223372036854775808\n", "column 'a' must hold int numbers as its name says"),
        (b"a:bool\nyes\n", "column 'a' must hold true or false as its name says, got 'yes'"),
        (b"a:float\nx\n", "column 'a' must hold float numbers"),
    ],
)
def test_bad_csv_is_refused_with_a_sentence(tmp_path, content, sentence):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=sentence) as caught:
        Table.from_csv(tmp_path / "t.csv")
    assert "\n" not in str(caught.value)


def test_text_that_no_csv_reader_takes_is_refused_before_writing(tmp_path):
    with pytest.raises(OptionError, match="write the table as HDF5"):
        Table({"a": ["x" * (csv.field_size_limit() + 1)]}).to_csv(tmp_path / "t.csv")
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.parametrize("kind", ["csv", "hdf5"])
def test_files_that_cannot_be_used_are_named(tmp_path, kind):
    read, write = getattr(Table, f"from_{kind}"), getattr(Table({"a": [1]}), f"to_{kind}")
    with pytest.raises(DataError, match=r"nowhere .*check the path"):
        read(tmp_path / "nowhere")
    with pytest.raises(DataError, match=str(tmp_path)):
        read(tmp_path)
    with pytest.raises(OptionError, match="cannot be written .* make that folder first"):
        write(tmp_path / "no" / "t")


def test_every_damaged_byte_of_hdf5_is_noticed(tmp_path):
    Table({"a": [1, 2], "b": ["x", "y"]}).to_hdf5(tmp_path / "t.h5")
    content = (tmp_path / "t.h5").read_bytes()
    for place in [*range(0, 600, 37), *range(600, len(content), 211)]:
        broken = bytearray(content)
        broken[place] ^= 0x10
        (tmp_path / "t.h5").write_bytes(broken)
        with pytest.raises(DataError, match="is damaged|is not a neurochannel table"):
            Table.from_hdf5(tmp_path / "t.h5")


def test_short_and_foreign_files_are_refused(tmp_path):
    path = tmp_path / "t.h5"
    for content, sentence in [
        (b"", "is empty"),
        (b"neurochannel table\n", "is damaged"),
        (b"neurochannel checkpoint\n", "is not a neurochannel table"),
    ]:
        path.write_bytes(content)
        with pytest.raises(DataError, match=sentence):
            Table.from_hdf5(path)


def sealed(path, change):
    """Write a table whose content was changed and sealed again."""
    Table({"a": [1.0, 2.0], "b": ["x", "yz"], "c": [True, False]}).to_hdf5(path)
    buffer = BytesIO(path.read_bytes())
    with h5py.File(buffer, "r+") as root:
        change(root)
    image = buffer.getbuffer()
    image[:512] = table_hdf5._seal(image[512:])
    path.write_bytes(image)


def replace(root, name, value):
    del root[name]
    root[name] = value


def rename(root, text):
    replace(root, "columns", np.array(text, h5py.string_dtype("utf-8", len(text))))


def link(root):
    del root["0/data"]
    root["0/data"] = h5py.ExternalLink("/etc/passwd", "/x")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r: r.attrs.__setitem__("format_version", 2), "has format version 2, .* newer"),
        (lambda r: r.attrs.__setitem__("format", np.bytes_("x")), "'format' must be"),
        (lambda r: r.__delitem__("1"), "/1 is missing"),
        (lambda r: r.__setitem__("extra", [1]), "extra"),
        (lambda r: replace(r, "2/data", np.array([0, 2], np.uint8)), "must be 0 and 1, got 2"),
        (lambda r: replace(r, "1/end", np.array([2, 1])), "must rise from 0 to the 3 bytes"),
        (lambda r: replace(r, "1/end", np.array([1, 9])), "must rise from 0 to the 3 bytes"),
        (lambda r: replace(r, "1/data", np.full(3, 255, np.uint8)), "is damaged"),
        (lambda r: replace(r, "0/data", np.ones(3)), "must be as long as the first"),
        (lambda r: replace(r, "0/data", np.ones((2, 1))), "must have shape"),
        (lambda r: rename(r, b'[["a","float"],["a","text"],["c","bool"]]'), "each column once"),
        (lambda r: rename(r, b'[["a","object"]]'), "must be a list of"),
        (lambda r: rename(r, b"{"), "is damaged"),
        (link, "got a link"),
    ],
)
def test_hostile_hdf5_is_refused_with_a_sentence(tmp_path, change, sentence):
    path = tmp_path / "t.h5"
    sealed(path, change)
    with pytest.raises(DataError, match=sentence) as caught:
        Table.from_hdf5(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_the_seal_can_be_checked_without_neurochannel(tmp_path):
    Table({"a": [1]}).to_hdf5(tmp_path / "t.h5")
    content = (tmp_path / "t.h5").read_bytes()
    assert hashlib.sha256(content[512:]).hexdigest().encode() in content[:512]
    with h5py.File(tmp_path / "t.h5") as root:
        assert root["columns"][()] == b'[["a", "int"]]'
        assert root["0/data"][()].tolist() == [1]
