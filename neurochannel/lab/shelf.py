"""The folder that the designer reads from and writes to, by names without paths."""

from __future__ import annotations

import os
import re
from pathlib import Path

from neurochannel.atomic import write_new
from neurochannel.data.files import READERS
from neurochannel.data.library import NAMES
from neurochannel.data.preparation import parted
from neurochannel.errors import DataError, NetworkError, OptionError
from neurochannel.inputs.descriptions import read_text
from neurochannel.model.gallery import SUFFIXES, shipped
from neurochannel.model.problems import short

LARGEST = 4_000_000
"""Bytes of a text that can be designed."""
_NAME = re.compile(r"[\w][\w.+ -]{0,99}")


class Shelf:
    """The files of one folder, which alone are read and written.

    Parameters
    ----------
    folder
        Where they are.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).resolve()

    def names(self) -> list[str]:
        """Return the names of network files, sorted."""
        try:
            found = [path.name for path in self.folder.iterdir() if self._is_ours(path)]
        except OSError:
            return []
        return sorted(name for name in found if _NAME.fullmatch(name))

    def _is_ours(self, path: Path) -> bool:
        return path.suffix in SUFFIXES and path.is_file() and path.resolve().parent == self.folder

    def path(self, name: object, suffixes: tuple[str, ...], *, is_new: bool = False) -> Path:
        """Return the path of a name.

        Raises
        ------
        OptionError
            If it is no mere name, has another suffix, or leads out of the folder.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name != Path(name).name:
            raise OptionError(
                f"name must be the name of a file in {self.folder}, without a path, got "
                f"{short(name)}"
            )
        path = self.folder / name
        if path.suffix.lower() not in suffixes:
            raise OptionError(f"name must end in {' or '.join(suffixes)}, got {short(name)}")
        leads_out = path.is_symlink() and path.resolve().parent != self.folder
        if leads_out or (not is_new and not path.is_file()):
            what = "leads out of it" if leads_out else "is not there"
            raise OptionError(f"name must be a file in {self.folder}, but {name} {what}")
        return path

    def read(self, name: object) -> str:
        """Return the text of a TOML file, or of any other network as TOML.

        Raises
        ------
        NetworkError, OptionError
            If it cannot be read, is too large, or describes no network that TOML can hold.
        """
        path = self.path(name, SUFFIXES)
        return network_text(path)

    def write(self, name: object, text: str, *, overwrite: bool) -> str:
        """Write a TOML file; return its name.

        Raises
        ------
        OptionError, NetworkError
            If it exists and `overwrite` is not set, or it cannot be written.
        """
        path = self.path(name, (".toml",), is_new=True)
        if path.exists() and not overwrite:
            raise NetworkError(
                f"{path.name} exists, or was changed by others; choose another name, or replace it"
            )
        write_new(path, text, NetworkError, overwrite=overwrite)
        return path.name

    def data(self, name: object) -> str:
        """Return what a data set is loaded by: its name, or the path of a file in the folder.

        Raises
        ------
        DataError, OptionError
            If there is no such data set.
        """
        if not isinstance(name, str) or len(name) > 200:
            raise DataError(f"data must be a name, got {short(name)}")
        base = parted(name)[0]
        if base in NAMES:
            return name
        if Path(base).suffix.lower() in READERS:
            return str(self.path(base, tuple(READERS))) + name[len(base) :]
        raise DataError(
            f"data must be one of {', '.join(NAMES)} or a file in {self.folder}, got {short(name)}"
        )


def network_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a network file, as TOML whatever it is.

    Raises
    ------
    NetworkError
        If it cannot be read, is too large, or is no TOML and describes no network.
    """
    where = Path(path)
    if where.suffix == ".toml":
        if where.is_file() and where.stat().st_size > LARGEST:
            raise _too_large(where, where.stat().st_size)
        text = read_text(path)[0]
    else:
        from neurochannel.graphs.formats import read

        text = read(path).to_toml()
    if len(text) > LARGEST:
        raise _too_large(where, len(text))
    return text.replace("\r\n", "\n")


def _too_large(path: Path, size: int) -> NetworkError:
    return NetworkError(
        f"{path} must be at most {LARGEST:,} bytes as TOML to be designed, got {size:,}; "
        "change it in an editor"
    )


def shipped_text(name: object) -> str:
    """Return a topology that comes with neurochannel as TOML.

    Raises
    ------
    OptionError
        If there is none of this name.
    """
    known = shipped()
    if not isinstance(name, str) or name not in known:
        raise OptionError(f"topology must be one that comes with neurochannel, got {short(name)}")
    topology = known[name]
    return topology.text() if topology.path.suffix == ".toml" else network_text(topology.path)
