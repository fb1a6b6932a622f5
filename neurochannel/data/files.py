"""A user's own data: one .npz or HDF5 file with train_x, train_t and perhaps test_x, test_t."""

from __future__ import annotations

from collections.abc import Collection
from io import BufferedReader
from pathlib import Path
from typing import Any

from neurochannel.data.dataset import Data
from neurochannel.data.locked import IN_USE, is_held
from neurochannel.errors import DataError
from neurochannel.inputs.npz import NpzReader
from neurochannel.inputs.opening import Refusal, most_unpacked, open_or_refuse, size_of

REQUIRED = ("train_x", "train_t")
OPTIONAL = ("test_x", "test_t")
ABOUT = ("scale", "offset", "shape")


def read_file(path: Path, name: str | None = None, shape: tuple[int, ...] | None = None) -> Data:
    """Read a data file; it is called `name`, or by its absolute path.

    `scale` and `offset`, one number or one for each map, say what uint8 values are multiplied by
    and what is added then, and `shape` the height, width and maps of images that are stored as
    rows: arrays of their own, the last instead of the argument; in HDF5 a number `scale` may be an
    attribute of the file. Nothing is unpickled.

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
    try:
        with open_or_refuse(path, f"name one that ends in {', '.join(READERS)}") as file:
            found = reader(file)
            if is_held(file):
                raise DataError(IN_USE)
    except Refusal as refusal:
        raise DataError(f"data file {path} {refusal}") from None
    except DataError as error:
        raise DataError(f"{path} {error}") from None
    except MemoryError:
        raise DataError(
            f"{path} needs more memory than there is; use a machine with more"
        ) from None
    except Exception as error:  # whatever a damaged or hostile file makes its reader raise
        raise DataError(
            f"{path} cannot be read as a {path.suffix} file ({_reason(error)}); "
            "use another copy of it, or write it again"
        ) from None
    try:
        known = {"shape": shape} if shape else {}
        return Data(**(known | found), name=name or str(path.resolve()))
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _reason(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None
    text = strerror or str(error).partition("\n")[0].rstrip(".")
    return text or type(error).__name__


def _read_npz(file: BufferedReader) -> dict[str, Any]:
    reader = NpzReader(file)
    _check_names(reader.names)
    known = (*REQUIRED, *OPTIONAL, *ABOUT)
    return {key: reader.array(key) for key in known if key in reader.names}


def _read_hdf5(file: BufferedReader) -> dict[str, Any]:
    import h5py

    from neurochannel.inputs.hdf5 import ArrayReader, attribute

    n_bytes = size_of(file)
    with h5py.File(file, "r") as root:
        names = list(root)
        _check_names(names)
        reader = ArrayReader(root, n_bytes, most_unpacked(n_bytes))
        found = {key: reader.array(key) for key in (*REQUIRED, *OPTIONAL, *ABOUT) if key in names}
        if "scale" in found or "scale" not in root.attrs:
            return found
        is_whole = root.attrs.get_id("scale").dtype.kind in "iu"
        return found | {"scale": attribute(root, "scale", int if is_whole else float)}


def _check_names(names: Collection[str]) -> None:
    if missing := [name for name in REQUIRED if name not in names]:
        raise DataError(
            f"has no {' and no '.join(missing)} (it holds {', '.join(names) or 'nothing'}); "
            f"name its arrays {', '.join(REQUIRED + OPTIONAL)}"
        )


READERS = {".npz": _read_npz, ".h5": _read_hdf5, ".hdf5": _read_hdf5}
