"""Reader of CIFAR-10's binary version: records of one label and three planes of 32x32 bytes.

Source: A. Krizhevsky, "Learning multiple layers of features from tiny images" (2009), and
https://www.cs.toronto.edu/~kriz/cifar.html, which also gives the checksum.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import DataError
from neurochannel.inputs.opening import read_regular

FOLDER = "cifar-10-batches-bin"
TRAIN = tuple(f"data_batch_{k}.bin" for k in range(1, 6))
TEST = "test_batch.bin"
NAMES = (*TRAIN, TEST)
SIDE, MAPS, CLASSES = 32, 3, 10
RECORD = 1 + SIDE * SIDE * MAPS

Four = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True)
class CifarArchive:
    """The archive as its authors publish it, or the folder of the six files that it unpacks to.

    Parameters
    ----------
    md5
        Checksum of the archive.
    records
        Images in each of its six files.
    size
        Bytes that it may have at most.
    """

    md5: str
    records: int = 10_000
    size: int = 2**28

    @property
    def name(self) -> str:
        """Name under which mirrors offer it."""
        return "cifar-10-binary.tar.gz"

    def path_in(self, folder: Path) -> Path | None:
        """Return the archive in a folder, or where its files lie unpacked, or None."""
        if os.path.isfile(folder / self.name):
            return folder / self.name
        places = (folder / FOLDER, folder)
        return next((p for p in places if any(os.path.isfile(p / n) for n in NAMES)), None)

    def is_in(self, folder: Path) -> bool:
        """Tell whether it lies in a folder: the archive as it was published, or files to be read.

        The authors give no checksums of the single files; these are known by name and length.
        """
        return self.path_in(folder) is not None and not self.lack_in(folder)

    def lack_in(self, folder: Path) -> str:
        """Say what keeps the archive or its files in a folder from being those of `is_in`."""
        path = self.path_in(folder) or folder
        try:
            if path.is_dir():
                for name in NAMES:
                    where = path / name
                    self._check(name, os.path.getsize(where) if os.path.isfile(where) else None)
            else:
                self._raw(path)
        except DataError as error:
            return str(error) if path.is_dir() else f"{self.name}: {error}"
        return ""

    def read(self, path: Path) -> Four:
        """Return train_x (n, 32, 32, 3), train_t, test_x and test_t of the archive or a folder.

        Raises
        ------
        DataError
            When the archive is not exactly the one that was published, or a file is missing, of
            another length or holds other labels.
        """
        files = self._unpacked(path)
        parts = [self._images(name, files.get(name)) for name in NAMES]
        x = np.concatenate([images for images, _ in parts[:-1]])
        t = np.concatenate([labels for _, labels in parts[:-1]])
        return x, t, *parts[-1]

    def _check(self, name: str, size: int | None) -> None:
        """Refuse a file that is not there or has another length."""
        if size is None:
            raise DataError(f"{name} is missing")
        if size != self.records * RECORD:
            raise DataError(
                f"{name} must have {self.records * RECORD} bytes, {self.records} records of "
                f"{RECORD}, got {size}"
            )

    def _unpacked(self, path: Path) -> dict[str, bytes]:
        """Return the six files, as far as they are there, by name."""
        if os.path.isdir(path):
            found = {name: path / name for name in NAMES if os.path.isfile(path / name)}
            return {name: _bytes(where, self.records * RECORD) for name, where in found.items()}
        unpacked = {}
        try:
            with tarfile.open(fileobj=BytesIO(self._raw(path)), mode="r:gz") as archive:
                for member in archive:
                    name = member.name.rpartition("/")[2]
                    if name in NAMES and member.isfile() and member.size == self.records * RECORD:
                        file = archive.extractfile(member)
                        unpacked[name] = file.read() if file else b""
        except (tarfile.TarError, EOFError, OSError, zlib.error):
            raise DataError("it is no archive") from None
        return unpacked

    def _raw(self, path: Path) -> bytes:
        raw = _bytes(path, self.size)
        if hashlib.md5(raw, usedforsecurity=False).hexdigest() != self.md5:
            raise DataError("it has the wrong checksum")
        return raw

    def _images(self, name: str, raw: bytes | None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return images (n, 32, 32, 3) and labels (n,) of one file."""
        self._check(name, None if raw is None else len(raw))
        assert raw is not None
        records = np.frombuffer(raw, np.uint8).reshape(self.records, RECORD)
        labels = records[:, 0].copy()
        if labels.max() >= CLASSES:
            raise DataError(f"{name} must have labels below {CLASSES}, got {labels.max()}")
        planes = records[:, 1:].reshape(-1, MAPS, SIDE, SIDE)
        return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels


def _bytes(path: Path, most: int) -> bytes:
    try:
        return read_regular(path, most)
    except OSError as error:
        raise DataError(f"it cannot be read ({error.strerror or error})") from None
