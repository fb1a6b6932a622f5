from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from neurochannel import data
from neurochannel.data import library
from neurochannel.data.sources import SOURCES, Source
from neurochannel.errors import DataError
from tests.data.conftest import tiny_arrays, tiny_files, tiny_source, write_files

VARIABLE = library.VARIABLE


def found(name: str) -> Path | None:
    return next(entry.found for entry in data.catalog() if entry.name == name)


def test_the_bundled_digits_are_those_of_uci() -> None:
    digits = data.load("digits")
    assert digits.name == "digits"
    assert (len(digits.train.x), len(digits.test.x)) == (1438, 359)
    assert (digits.n_inputs, digits.n_outputs, digits.scale) == (64, 10, 1 / 16)
    assert digits.train.x.dtype == np.uint8
    assert digits.train.x.max() == digits.test.x.max() == 16
    # Class sizes and the sum of all pixels as scikit-learn's copy has them.
    labels = np.concatenate([digits.train.t, digits.test.t])
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.bincount(labels).tolist() == counts
    assert int(digits.train.x.sum()) + int(digits.test.x.sum()) == 561718
    assert digits.train.x[0, :8].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert digits.train.t[:5].tolist() == [0, 1, 2, 3, 5]
    assert digits.test.t[:3].tolist() == [4, 9, 4]


def test_the_catalog_lists_what_there_is(cache: Path) -> None:
    rows = {name: (n, where) for name, _, n, where in data.catalog()}
    assert rows["digits"][0] == 1797
    assert rows["digits"][1].is_file()
    for name in ("mnist", "fashion-mnist", "kmnist"):
        assert rows[name] == (70_000, None)


@pytest.mark.parametrize("packed", [False, True])
def test_a_data_set_in_the_cache_is_loaded(
    cache: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setitem(SOURCES, "tiny", tiny_source("tiny", packed))
    write_files(cache / "tiny", tiny_files())
    tiny = data.load("tiny")
    train_x, train_t, test_x, test_t = tiny_arrays()
    np.testing.assert_array_equal(tiny.train.x, train_x.reshape(6, 6))
    np.testing.assert_array_equal(tiny.train.t, train_t)
    np.testing.assert_array_equal(tiny.test.x, test_x.reshape(4, 6))
    np.testing.assert_array_equal(tiny.test.t, test_t)
    assert tiny.name == "tiny"
    assert found("tiny") == cache / "tiny"


def test_the_variable_goes_before_the_cache(
    cache: Path, tiny: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    write_files(cache / "tiny", tiny_files())
    assert found("tiny") == cache / "tiny"
    write_files(tmp_path, tiny_files())
    assert found("tiny") == tmp_path
    write_files(tmp_path / "tiny", tiny_files())
    assert found("tiny") == tmp_path / "tiny"


def test_a_common_folder_serves_only_the_data_set_whose_checksums_match(
    tiny: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SOURCES, "twin", tiny_source("twin", seed=1))
    monkeypatch.setenv(VARIABLE, str(write_files(tmp_path / "common", tiny_files(seed=1))))
    assert found("twin") == tmp_path / "common"
    assert found("tiny") is None
    with pytest.raises(DataError, match=r"common \(other files than tiny's\)"):
        data.load("tiny")


def test_files_may_be_unpacked_or_compressed_anew(cache: Path, tiny: Source) -> None:
    unpacked = {name.removesuffix(".gz"): gzip.decompress(c) for name, c in tiny_files().items()}
    write_files(cache / "tiny", unpacked)
    first = data.load("tiny").fingerprint
    again = {f"{name}.gz": gzip.compress(raw, 1, mtime=7) for name, raw in unpacked.items()}
    write_files(cache / "tiny", again)
    assert data.load("tiny").fingerprint == first


def test_a_missing_data_set_is_told_with_places_and_remedy(
    cache: Path, tiny: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    monkeypatch.setenv(VARIABLE, str(root))
    with pytest.raises(DataError) as caught:
        data.load("tiny")
    assert str(caught.value) == (
        f"data set 'tiny' was not found (looked in {root / 'tiny'}, {root}, {cache / 'tiny'}); "
        'run "neurochannel data fetch tiny" or set NEUROCHANNEL_DATA to the folder '
        "that holds its four IDX files"
    )


def test_an_incomplete_folder_is_told_with_what_it_lacks(cache: Path, tiny: Source) -> None:
    write_files(cache / "tiny", tiny_files())
    (cache / "tiny" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"tiny \(without t10k-labels-idx1-ubyte.gz\)"):
        data.load("tiny")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda raw: raw[:-9], "it is truncated"),
        (lambda raw: b"", "it is not an IDX file"),
        (lambda raw: gzip.compress(gzip.decompress(raw)[:-1] + b"\xff"), "the wrong checksum"),
        (lambda raw: gzip.compress(bytes(10**6)), "it unpacks to more than 52 bytes"),
    ],
)
def test_a_damaged_file_is_told_with_the_remedy(
    cache: Path, tiny: Source, damage: object, reason: str
) -> None:
    name = "train-images-idx3-ubyte.gz"
    files = tiny_files()
    write_files(cache / "tiny", files | {name: damage(files[name])})
    with pytest.raises(DataError, match=reason) as caught:
        data.load("tiny")
    assert str(cache / "tiny" / name) in str(caught.value)
    assert str(caught.value).endswith('delete it and run "neurochannel data fetch tiny"')


def test_an_unknown_name_gets_a_hint_and_the_list() -> None:
    with pytest.raises(DataError) as caught:
        data.load("Fashion_MNIST")
    assert str(caught.value) == (
        "data set 'Fashion_MNIST' is unknown (did you mean 'fashion-mnist'?); choose one of "
        "digits, mnist, fashion-mnist, kmnist, cifar10, or give the path of a .npz, .h5, .hdf5 file"
    )


@pytest.mark.parametrize(
    "name", ["", "~nobody/x", "~nobody/x.npz", "x" * 5000, "a\0b", "/dev/null"]
)
def test_impossible_names_and_paths_are_told_in_one_sentence(name: str) -> None:
    with pytest.raises(DataError) as caught:
        data.load(name)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} names no folder with MNIST")
def test_real_mnist_is_what_everybody_knows() -> None:
    mnist = data.load("mnist")
    assert mnist.train.x.shape == (60_000, 784)
    assert mnist.test.x.shape == (10_000, 784)
    assert mnist.train.x.dtype == np.uint8
    assert mnist.n_outputs == 10
    assert mnist.train.t[:5].tolist() == [5, 0, 4, 1, 9]
    assert float(mnist.train.x.mean()) / 255 == pytest.approx(0.1307, abs=1e-4)
