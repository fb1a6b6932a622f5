"""Reading untrusted HDF5: plain arrays in the file itself, sizes known before memory is taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from os import PathLike

import h5py
import numpy as np

from neurochannel.engine.streams import GENERATOR
from neurochannel.errors import CheckpointError, NetworkError, NeurochannelError
from neurochannel.inputs.hdf5 import (
    attribute,
    claimed_bytes,
    dataset,
    is_whole,
    member,
    path_of,
)
from neurochannel.inputs.opening import Refusal
from neurochannel.storage.rooms import SINCE_STATE, VERSION
from neurochannel.storage.seal import COPY, FORMAT, open_sealed

__all__ = ["Reader", "attribute", "opened", "sentences", "wrong"]


class Reader:
    """Reads from an open file of `n_bytes`, and no more bytes than that in total."""

    def __init__(self, root: h5py.File, n_bytes: int) -> None:
        self.root = root
        self._left = n_bytes

    def group(self, parent: h5py.Group, name: str) -> h5py.Group:
        """Return a group in a group."""
        found = member(parent, name)
        if not isinstance(found, h5py.Group):
            raise wrong(f"{path_of(parent, name)} must be a group")
        return found

    def groups(self, parent: h5py.Group, names: Collection[str]) -> Iterator[h5py.Group]:
        """Yield the groups in a group, which must be these and no others."""
        self.expect(parent, names)
        return (self.group(parent, name) for name in names)

    def expect(self, parent: h5py.Group, names: Collection[str]) -> None:
        """Refuse a group that has other members than these."""
        if len(parent) > len(names):
            odd = next(name for name in parent if name not in names)
            raise wrong(f"{path_of(parent, odd)} belongs to nothing in the network")
        for name in names:
            member(parent, name)

    def array(
        self,
        parent: h5py.Group,
        name: str,
        dtype: str | tuple[str, ...],
        shape: tuple[int | None, ...],
    ) -> np.ndarray:
        """Return an array of this type, or one of these, and shape; None stands for any length."""
        found, where = _dataset(parent, name), path_of(parent, name)
        dtypes = [np.dtype(one) for one in ([dtype] if isinstance(dtype, str) else dtype)]
        if found.dtype not in dtypes:
            names = " or ".join(one.name for one in dtypes)
            raise wrong(f"{where} must hold {names} numbers, got {found.dtype}")
        if not _fits(found.shape, shape):
            wanted = str(shape).replace("None", "n")
            raise wrong(f"{where} must have shape {wanted}, got {found.shape}")
        self._take(found, where)
        values: np.ndarray = found[()]
        return values.astype(values.dtype.newbyteorder("="), copy=False)

    def rank(self, parent: h5py.Group, name: str) -> int:
        """Return how many dimensions an array has."""
        return len(_dataset(parent, name).shape or ())

    def text(self, parent: h5py.Group, name: str) -> str:
        """Return a text of fixed length."""
        found, where = _dataset(parent, name), path_of(parent, name)
        if found.dtype.kind != "S" or found.shape != ():
            raise wrong(f"{where} must be one text of fixed length")
        self._take(found, where)
        return bytes(found[()]).decode()

    def _take(self, found: h5py.Dataset, where: str) -> None:
        """Refuse an array that is larger than what is stored of it."""
        n_bytes = claimed_bytes(found)
        if found.id.get_storage_size() != n_bytes or n_bytes > self._left:
            raise wrong(f"{where} claims {n_bytes} bytes that are not in the file")
        self._left -= n_bytes


def wrong(problem: str) -> Refusal:
    """Return the refusal of a file that was made to look like a checkpoint."""
    return Refusal(f"is damaged: {problem}; {COPY}")


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[Reader]:
    """Open a checkpoint of a known version for reading.

    Raises
    ------
    CheckpointError
        If it is missing, damaged, not ours or newer; also when the reading inside fails.
    """
    with sentences(path), open_sealed(path) as (file, n_bytes), h5py.File(file, "r") as root:
        _check_version(root)
        yield Reader(root, n_bytes)


@contextmanager
def sentences(path: str | PathLike[str]) -> Iterator[None]:
    """Turn whatever a bad file causes into one sentence that begins with its name.

    Raises
    ------
    CheckpointError
        Instead of any other exception.
    """
    try:
        yield
    except CheckpointError:
        raise
    except Refusal as refusal:
        raise CheckpointError(f"{path} {refusal}") from None
    except MemoryError:
        raise CheckpointError(
            f"{path} needs more memory than there is; use a machine with more"
        ) from None
    except Exception as error:
        raise CheckpointError(f"{path} {wrong(_reason(error))}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, NetworkError):
        return "; ".join(error.problems)
    if isinstance(error, NeurochannelError):
        return str(error)
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return text.partition("\n")[0].rstrip(".") or type(error).__name__


def _check_version(root: h5py.File) -> None:
    if attribute(root, "format", str) != FORMAT:
        raise wrong(f"attribute 'format' must be '{FORMAT}'")
    version = attribute(root, "format_version", int)
    if version > VERSION:
        raise Refusal(
            f"has format version {version}, and this neurochannel reads versions up to {VERSION}; "
            "install a newer neurochannel"
        )
    if version < 1:
        raise wrong(f"attribute 'format_version' must be at least 1, got {version}")
    if version >= SINCE_STATE:
        generator = attribute(root, "random_generator", str)
        if generator != GENERATOR:
            raise Refusal(
                f"draws from the random generator '{generator}', and this neurochannel from "
                f"'{GENERATOR}'; use the version that wrote it"
            )


def _dataset(parent: h5py.Group, name: str) -> h5py.Dataset:
    found = dataset(parent, name)
    # Chunks, filters, virtual and external arrays could name other files or inflate without bound.
    if not is_whole(found):
        raise wrong(f"{path_of(parent, name)} must be stored in one piece")
    return found


def _fits(shape: tuple[int, ...] | None, wanted: tuple[int | None, ...]) -> bool:
    if shape is None or len(shape) != len(wanted):
        return False
    return all(n is None or m == n for m, n in zip(shape, wanted, strict=True))
