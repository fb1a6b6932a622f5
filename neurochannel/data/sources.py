"""The known data sets that have to be fetched: their files, checksums and mirrors."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from neurochannel.data import idx
from neurochannel.data.cifar import CifarArchive
from neurochannel.errors import DataError
from neurochannel.inputs.opening import read_regular

OVERHEAD = 4096
"""What a header of gzip may add to a content that cannot be compressed."""


@dataclass(frozen=True)
class IdxFile:
    """One file, known by the sha256 of its content or, where that is not published, of its .gz.

    The checksum of the content also accepts files that were unpacked or compressed again: Debian's
    Fashion-MNIST, for one, differs from the authors' in the gzip header alone.
    """

    stem: str
    size: int
    content: str | None = None
    packed: str | None = None

    @property
    def name(self) -> str:
        """Name under which mirrors offer it."""
        return f"{self.stem}.gz"

    def path_in(self, folder: Path) -> Path | None:
        """Return where it lies in a folder, or None; whether it is right is not looked at."""
        names = (self.name, self.stem) if self.content else (self.name,)
        # Unlike Path.is_file, this says no to a folder that must not be read.
        return next((folder / name for name in names if os.path.isfile(folder / name)), None)

    def lack_in(self, folder: Path) -> str:
        """Return nothing: data sets of four files have them by the same names."""
        return ""

    def is_in(self, folder: Path) -> bool:
        """Tell whether it lies in a folder exactly as it was published."""
        path = self.path_in(folder)
        try:
            return path is not None and self.read(path).size > 0
        except DataError:
            return False

    def read(self, path: Path) -> NDArray[Any]:
        """Read it and compare the checksum.

        Raises
        ------
        DataError
            When the file is not exactly the one that was published; the text says in what.
        """
        try:
            raw = read_regular(path, 2 * self.size + OVERHEAD)
        except OSError as error:
            raise DataError(f"it cannot be read ({error.strerror or error})") from None
        content = idx.unpack(raw, self.size)
        values = idx.parse(content)
        known, found = (self.content, content) if self.content else (self.packed, raw)
        if hashlib.sha256(found).hexdigest() != known:
            raise DataError("it has the wrong checksum")
        return values


class File(Protocol):
    """One file of a data set."""

    @property
    def size(self) -> int:
        """Bytes that it may have."""

    @property
    def name(self) -> str:
        """Name under which mirrors offer it."""

    def path_in(self, folder: Path) -> Path | None:
        """Return where it lies in a folder, or None; whether it is right is not looked at."""

    def is_in(self, folder: Path) -> bool:
        """Tell whether it lies in a folder exactly as it was published."""

    def lack_in(self, folder: Path) -> str:
        """Say why it is not in a folder that has its name, "" where it may be another set's."""

    def read(self, path: Path) -> Any:
        """Read it, and raise `DataError` unless it is exactly the one that was published."""


@dataclass(frozen=True)
class Source:
    """A data set of four IDX files, train_x, train_t, test_x and test_t, or of one archive."""

    name: str
    description: str
    n: int
    mirrors: tuple[str, ...]
    files: tuple[File, ...]

    @property
    def what(self) -> str:
        """Its files, for messages."""
        one = f"{self.files[0].name} or what it unpacks to"
        return "its four IDX files" if len(self.files) > 1 else one

    def arrays(self, contents: list[Any]) -> list[NDArray[Any]]:
        """Return train_x, train_t, test_x, test_t of what was read of its files."""
        return contents if len(contents) > 1 else list(contents[0])


def _files(kind: str, *checksums: str) -> tuple[IdxFile, IdxFile, IdxFile, IdxFile]:
    train_x, train_t, test_x, test_t = ({kind: checksum} for checksum in checksums)
    return (
        IdxFile("train-images-idx3-ubyte", 16 + 60_000 * 784, **train_x),
        IdxFile("train-labels-idx1-ubyte", 8 + 60_000, **train_t),
        IdxFile("t10k-images-idx3-ubyte", 16 + 10_000 * 784, **test_x),
        IdxFile("t10k-labels-idx1-ubyte", 8 + 10_000, **test_t),
    )


MNIST = Source(
    "mnist",
    "handwritten digits, 28x28, 10 classes",
    70_000,
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    _files(
        "content",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

FASHION_MNIST = Source(
    "fashion-mnist",
    "articles of clothing, 28x28, 10 classes",
    70_000,
    (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    _files(
        "content",
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)

KMNIST = Source(
    "kmnist",
    "cursive Japanese characters, 28x28, 10 classes",
    70_000,
    (
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    _files(
        "packed",
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
)

CIFAR10 = Source(
    "cifar10",
    "photographs of animals and vehicles, 32x32x3, 10 classes",
    60_000,
    ("https://www.cs.toronto.edu/~kriz/",),
    (CifarArchive("c32a1d4ab5d03f1284b67883e8d87530"),),
)

SOURCES = {source.name: source for source in (MNIST, FASHION_MNIST, KMNIST, CIFAR10)}
