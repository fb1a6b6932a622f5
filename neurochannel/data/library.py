"""Data sets by name: where they lie, what there is, and how to get them into memory."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

from neurochannel.data.dataset import Data, as_data
from neurochannel.data.files import READERS, read_file
from neurochannel.data.preparation import misspelled, parted, prepared
from neurochannel.data.sources import SOURCES, Source
from neurochannel.errors import DataError

VARIABLE = "NEUROCHANNEL_DATA"
DIGITS = "digits"
DIGITS_FILE = Path(__file__).with_name("digits.npz")
DIGITS_SHAPE = (8, 8)
NAMES = (DIGITS, *SOURCES)


class Entry(NamedTuple):
    """One line of the catalog; `found` is the folder or file where the data set lies, or None."""

    name: str
    description: str
    n: int
    found: Path | None


def load(name_or_path: str | os.PathLike[str]) -> Data:
    """Load a data set by its name, or a user's own .npz, .h5 or .hdf5 file by its path.

    Names are digits, which the package holds, and mnist, fashion-mnist, kmnist and cifar10, which
    are looked for in ``$NEUROCHANNEL_DATA/<name>``, ``$NEUROCHANNEL_DATA`` and the cache folder.
    After a name or path may follow what `Data` can do with images,
    ``"cifar10+standardize+shift=3+flip"``, so that studies, checkpoints and commands find it again.

    Raises
    ------
    DataError
        When there is no such data set, or it is not found, damaged or does not fit together.
    """
    name = os.fspath(name_or_path)
    base, wishes = parted(name)
    if wishes:
        return prepared(load(base if isinstance(name_or_path, str) else Path(base)), wishes)
    if name == DIGITS:
        return read_file(DIGITS_FILE, DIGITS, DIGITS_SHAPE)
    if name in SOURCES:
        return _load_source(SOURCES[name])
    path = Path(os.path.expanduser(name))
    start, plus, _ = name.partition("+")
    if (
        plus
        and (start in NAMES or Path(start).suffix.lower() in READERS)
        and not os.path.exists(path)
    ):
        raise misspelled(name)
    is_path = not isinstance(name_or_path, str) or path.suffix.lower() in READERS
    if is_path or len(path.parts) > 1 or os.path.exists(path):
        return read_file(path)
    raise unknown(name)


def resolve(given: Any) -> Data:
    """Return a data set that is given itself, by name or path, or as (x, t).

    Raises
    ------
    DataError
        When it is none of these, or does not fit together.
    """
    return load(given) if isinstance(given, str | os.PathLike) else as_data(given)


def catalog() -> list[Entry]:
    """List the known data sets and where each was found."""
    digits = Entry(DIGITS, "handwritten digits, 8x8, 10 classes", 1797, DIGITS_FILE)
    return [digits] + [
        Entry(source.name, source.description, source.n, locate(source)[0])
        for source in SOURCES.values()
    ]


def cache_folder(name: str) -> Path:
    """Return the folder of a fetched data set, whether it is there or not."""
    return platformdirs.user_cache_path("neurochannel") / name


def locate(source: Source) -> tuple[Path | None, list[str]]:
    """Return the folder that holds a data set, or None, and the places that do not hold it."""
    in_vain: list[str] = []
    smallest = min(source.files, key=lambda file: file.size)  # enough to tell sets apart quickly
    for folder, is_common in _places(source.name):
        missing = [file.name for file in source.files if not file.path_in(folder)]
        if not missing and (not is_common or smallest.is_in(folder)):
            return folder, in_vain
        note = ""
        if not missing:
            others = f"other files than {source.name}'s"
            note = f" ({smallest.lack_in(folder) or others})"
        if 0 < len(missing) < len(source.files):
            note = f" (without {', '.join(missing)})"
        in_vain.append(f"{folder}{note}")
    return None, in_vain


def unknown(name: str) -> DataError:
    """Return the mistake of a name that no data set has."""
    close = difflib.get_close_matches(name.lower().replace("_", "-"), NAMES, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return DataError(
        f"data set {name!r} is unknown{hint}; choose one of {', '.join(NAMES)}, "
        f"or give the path of a {', '.join(READERS)} file"
    )


def _load_source(source: Source) -> Data:
    folder, in_vain = locate(source)
    if folder is None:
        raise DataError(
            f"data set {source.name!r} was not found (looked in {', '.join(in_vain)}); "
            f'run "neurochannel data fetch {source.name}" or set {VARIABLE} to the folder '
            f"that holds {source.what}"
        )
    contents = []
    for file in source.files:
        path = file.path_in(folder) or folder / file.name
        try:
            contents.append(file.read(path))
        except DataError as error:
            kind, rest = ("folder", "what it holds of it") if path.is_dir() else ("file", "it")
            raise DataError(
                f"{path} is not the {kind} of {source.name} that it should be: {error}; "
                f'delete {rest} and run "neurochannel data fetch {source.name}"'
            ) from None
    return Data(*source.arrays(contents), name=source.name)


def _places(name: str) -> Iterator[tuple[Path, bool]]:
    """Yield the folders to look in, and whether all data sets have it in common."""
    if root := os.path.expanduser(os.environ.get(VARIABLE, "")):
        yield Path(root) / name, False
        yield Path(root), True
    yield cache_folder(name), False
