"""A user's own data: one .npz or HDF5 file with train_x, train_t and perhaps test_x, test_t."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from neurochannel.data.dataset import Data
from neurochannel.data.locked import IN_USE, was_locked_out
from neurochannel.errors import DataError

REQUIRED = ("train_x", "train_t")
OPTIONAL = ("test_x", "test_t")


def read_file(path: Path, name: str | None = None) -> Data:
    """Read a data file; it is called `name`, or by its absolute path.

    A number `scale`, an array of its own in .npz and an attribute of the file in HDF5, says what
    uint8 values are multiplied by. Nothing is unpickled.

    Raises
    ------
    DataError
        When the file is missing, damaged, of another kind, or its arrays do not fit.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path} is not a data file, which ends in {', '.join(READERS)} "
            f"and holds arrays named {', '.join(REQUIRED + OPTIONAL)}"
        )
    if not os.path.exists(path):
        raise DataError(f"data file {path} does not exist; check the path")
    try:
        found = reader(path)
    except DataError as error:
        raise DataError(f"{path} {error}") from None
    except Exception as error:  # whatever a damaged or hostile file makes its reader raise
        if was_locked_out(error):
            raise DataError(f"{path} {IN_USE}") from None
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise DataError(f"{path} cannot be read as a {path.suffix} file ({reason})") from None
    try:
        return Data(**found, name=name or str(path.resolve()))
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _read_npz(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise DataError("holds a single array; write it with numpy.savez and named arrays")
        _check_names(archive.files)
        known = (*REQUIRED, *OPTIONAL, "scale")
        found = {key: archive[key] for key in known if key in archive.files}
    return found | ({"scale": found["scale"][()]} if "scale" in found else {})


def _read_hdf5(path: Path) -> dict[str, Any]:
    import h5py

    with h5py.File(path, "r") as file:
        _check_names(file)
        found = {key: file[key][()] for key in (*REQUIRED, *OPTIONAL) if key in file}
        return found | ({"scale": file.attrs["scale"]} if "scale" in file.attrs else {})


def _check_names(names: Iterable[str]) -> None:
    names = list(names)
    if missing := [name for name in REQUIRED if name not in names]:
        raise DataError(
            f"has no {' and no '.join(missing)} (it holds {', '.join(names) or 'nothing'}); "
            f"name its arrays {', '.join(REQUIRED + OPTIONAL)}"
        )


READERS = {".npz": _read_npz, ".h5": _read_hdf5, ".hdf5": _read_hdf5}
