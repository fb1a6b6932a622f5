"""Fetch data sets: several mirrors, checksums, and no incomplete file under a final name."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from neurochannel.data.library import DIGITS, DIGITS_FILE, VARIABLE, cache_folder, locate, unknown
from neurochannel.data.sources import SOURCES, File, Source
from neurochannel.errors import DataError

TIMEOUT = 30.0


class Percent:
    """A line that counts up on a terminal, with the attribute and methods that pooch asks for."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.total = 0
        self.done = 0
        self.on_terminal = sys.stderr is not None and sys.stderr.isatty()
        if not self.on_terminal:
            _tell(f"{label}\n")

    def update(self, n_bytes: int) -> None:
        """Show that more bytes have come."""
        self.done += n_bytes
        percent = min(100, 100 * self.done // max(self.total, 1))
        if self.on_terminal:
            _tell(f"\r{self.label} {percent:3d} %")

    def reset(self) -> None:
        """Count from 0 again."""
        self.done = 0

    def close(self) -> None:
        """End the line, once."""
        if self.on_terminal:
            _tell("\n")
        self.on_terminal = False


def _tell(text: str) -> None:
    """Write to stderr, if there is one that somebody reads."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def fetch(name: str, folder: str | os.PathLike[str] | None = None, progress: bool = False) -> Path:
    """Fetch a data set and return the folder where it lies.

    Files that are there and right already are kept, and without `folder` nothing is fetched if
    NEUROCHANNEL_DATA leads to them. The folder is ``<folder>/<name>``, so that
    ``NEUROCHANNEL_DATA=<folder>`` finds it, and without `folder` it is in the user's cache.

    Raises
    ------
    DataError
        When there is no such data set, no mirror has it or the folder cannot be written.
    """
    if name == DIGITS:
        return DIGITS_FILE
    if name not in SOURCES:
        raise unknown(name)
    source = SOURCES[name]
    found = locate(source)[0] if folder is None else None
    if found is not None and all(file.is_in(found) for file in source.files):
        return found
    target = cache_folder(name) if folder is None else Path(os.path.expanduser(folder)) / name
    mirrors = list(source.mirrors)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in source.files:
            if not file.is_in(target):
                good = _fetch_file(source, file, target, mirrors, progress)
                mirrors.sort(key=lambda mirror: mirror != good)
    except OSError as error:
        raise DataError(
            f"{target} cannot be written ({error.strerror or error}); "
            "name another folder to fetch into"
        ) from None
    return target


def _fetch_file(
    source: Source, file: File, folder: Path, mirrors: list[str], progress: bool
) -> str:
    """Fetch one file from the first mirror that has it as it should be, and return that mirror."""
    failures = []
    part = folder / f".{file.name}.{os.getpid()}.part"
    for mirror in mirrors:
        try:
            _download(mirror + file.name, part, progress)
            file.read(part)
            part.replace(folder / file.name)
            return mirror
        except DataError as error:
            failures.append(f"{mirror} ({error})")
        finally:
            part.unlink(missing_ok=True)
    raise DataError(
        f"{file.name} of {source.name} could not be fetched from {' nor from '.join(failures)}; "
        f"try again later, or copy {_its_files(source)} into a folder and set {VARIABLE} to it"
    )


def _its_files(source: Source) -> str:
    names = ", ".join(each.name for each in source.files)
    return f"its four files {names}" if len(source.files) > 1 else names


def _download(url: str, path: Path, progress: bool) -> None:
    """Write what an address gives to a file, and wait until it is on the disk."""
    import pooch
    import requests

    label = f"fetching {url.rpartition('/')[2]} from {urlsplit(url).hostname}"
    percent = Percent(label) if progress else None
    download = pooch.HTTPDownloader(
        progressbar=percent,
        chunk_size=1 << 16,
        timeout=TIMEOUT,
        headers={"Accept-Encoding": "identity"},
    )
    with path.open("wb") as output:
        try:
            download(url, output, None)
        except requests.HTTPError as error:
            status = "an error" if error.response is None else error.response.status_code
            raise DataError(f"it answered {status}") from None
        except requests.Timeout:
            raise DataError("it did not answer in time") from None
        except requests.RequestException:
            raise DataError("no connection, or it was interrupted") from None
        finally:
            if percent:
                percent.close()
        output.flush()
        os.fsync(output.fileno())
