from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from neurochannel import data
from neurochannel.errors import DataError

ARRAYS = {
    "train_x": np.arange(24, dtype=np.uint8).reshape(4, 2, 3),
    "train_t": np.array([0, 1, 2, 1], np.uint8),
    "test_x": np.ones((2, 6), np.uint8),
    "test_t": np.array([2, 0]),
}


def write(path: Path, arrays: dict[str, np.ndarray], scale: float | None = None) -> Path:
    if path.suffix == ".npz":
        np.savez_compressed(path, **arrays, **({} if scale is None else {"scale": scale}))
        return path
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
        if scale is not None:
            file.attrs["scale"] = scale
    return path


@pytest.fixture(params=["own.npz", "own.h5", "own.hdf5"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def test_a_file_is_read_with_its_test_split_and_scale(path: Path) -> None:
    own = data.load(write(path, ARRAYS, scale=0.5))
    assert own.name == str(path)
    assert own.scale == 0.5
    assert (own.n_inputs, own.n_outputs) == (6, 3)
    np.testing.assert_array_equal(own.train.x, ARRAYS["train_x"].reshape(4, 6))
    np.testing.assert_array_equal(own.test.t, ARRAYS["test_t"])


def test_test_split_and_scale_may_be_missing(path: Path) -> None:
    own = data.load(str(write(path, {key: ARRAYS[key] for key in ("train_x", "train_t")})))
    assert own.test is None
    assert own.scale == 1 / 255


def test_the_name_is_absolute_and_loads_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, ARRAYS)
    monkeypatch.chdir(path.parent)
    first = data.load(path.name)
    monkeypatch.chdir("/")
    assert data.load(first.name).fingerprint == first.fingerprint


def test_arrays_with_other_names_are_listed(path: Path) -> None:
    write(path, {"x_train": ARRAYS["train_x"], "train_t": ARRAYS["train_t"]})
    with pytest.raises(
        DataError, match=r"has no train_x \(it holds .*x_train.*\); name its arrays"
    ):
        data.load(path)


def test_arrays_that_do_not_fit_are_told_with_their_file(path: Path) -> None:
    write(path, ARRAYS | {"train_t": np.arange(3)})
    with pytest.raises(DataError, match="train_x and train_t must be of the same length") as caught:
        data.load(path)
    assert str(path) in str(caught.value)


def test_a_truncated_file_is_refused(path: Path) -> None:
    whole = write(path, ARRAYS | {"test_x": np.random.default_rng(0).random((2, 6))}).read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError) as caught:
            data.load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_file_of_another_form_is_refused(path: Path) -> None:
    path.write_text("train_x,train_t\n0,1\n")
    with pytest.raises(DataError, match="cannot be read as a"):
        data.load(path)


def test_a_missing_file_is_refused(path: Path) -> None:
    with pytest.raises(DataError, match="does not exist; check the path"):
        data.load(path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "sprung",)

    path = tmp_path / "own.npz"
    np.savez(path, train_x=np.array([[Trap()]], dtype=object), train_t=np.zeros(1, int))
    with pytest.raises(DataError, match="cannot be read as a .npz file"):
        data.load(path)
    assert not (tmp_path / "sprung").exists()


def test_a_single_array_is_not_a_data_set(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    with path.open("wb") as file:
        np.save(file, ARRAYS["train_x"])
    with pytest.raises(DataError, match="holds a single array"):
        data.load(path)


def test_a_group_is_not_an_array(tmp_path: Path) -> None:
    path = tmp_path / "own.h5"
    with h5py.File(path, "w") as file:
        file.create_group("train_x")
        file["train_t"] = ARRAYS["train_t"]
    with pytest.raises(DataError, match=r"cannot be read as a \.h5 file"):
        data.load(path)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.touch()
    with pytest.raises(DataError, match=r"is not a data file, which ends in .npz, .h5, .hdf5"):
        data.load(path)
