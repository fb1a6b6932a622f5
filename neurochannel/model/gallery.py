"""The topologies that come with neurochannel: their names, and what a name stands for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from neurochannel.errors import NetworkError
from neurochannel.model.problems import did_you_mean, short

# In a wheel the folder lies inside the package, in a checkout next to it.
_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "topologies", _PACKAGE.parent / "topologies")
_SCHEMA = "schema.json"
SCHEMA_URL = (
    "https://raw.githubusercontent.com/neurochannel/neurochannel/main/topologies/schema.json"
)
# Where a file says in one sentence what it describes.
_DESCRIBED = {
    ".toml": re.compile(r"\A(?:#:.*\n)?((?:# .+\n)+)"),
    ".json": re.compile(r'"description": "(.+?)"'),
    ".graphml": re.compile(r"<!-- (.+?) -->", re.S),
}
SUFFIXES = tuple(_DESCRIBED)


class Shipped(NamedTuple):
    """A topology that comes with neurochannel."""

    name: str
    path: Path

    @property
    def about(self) -> str:
        """What it describes: the first sentence of the file."""
        found = _DESCRIBED[self.path.suffix].search(self.path.read_text(encoding="utf-8"))
        words = re.sub(r"^# ", "", found[1], flags=re.M).split() if found else []
        return re.split(r"(?<=\.) ", " ".join(words))[0]

    def text(self) -> str:
        """Return its text as a file anywhere else has it: the schema is named by its address."""
        text = self.path.read_text(encoding="utf-8")
        return text.replace(f"#:schema {_SCHEMA}", f"#:schema {SCHEMA_URL}", 1)


def folder() -> Path:
    """Return the folder of the topologies that come with neurochannel, and of their schema.

    Raises
    ------
    NetworkError
        If this installation lacks them.
    """
    for path in _FOLDERS:
        if (path / _SCHEMA).is_file():
            return path
    raise NetworkError(
        f"{_FOLDERS[0]} must hold the topologies of neurochannel, but it is not there; "
        "install neurochannel again"
    )


def shipped() -> dict[str, Shipped]:
    """Return the topologies that come with neurochannel, by name."""
    files = [path for path in folder().iterdir() if path.suffix in SUFFIXES]
    names = sorted((path.stem, path) for path in files if path.name != _SCHEMA)
    return {name: Shipped(name, path) for name, path in names}


def named(name: str) -> Shipped:
    """Return the topology of this name.

    Raises
    ------
    NetworkError
        If none of this name comes with neurochannel.
    """
    known = shipped()
    if name not in known:
        near = did_you_mean(name, known) or "'neurochannel new --list' names all"
        raise NetworkError(
            f"no topology that comes with neurochannel is called {short(name)}; {near}"
        )
    return known[name]


def located(given: str, beside: str = "") -> str:
    """Return the path of the file that a path or a bare name stands for.

    A name without a folder and without a suffix is the file of that name in the folder `beside`,
    such as srbp.toml, if there is one; otherwise it is the topology that comes with neurochannel.

    Raises
    ------
    NetworkError
        If a bare name is neither.
    """
    own = os.path.join(beside, given)
    is_path = os.path.basename(given) != given or Path(given).suffix or not given
    if is_path or os.path.isfile(own):
        return own
    for suffix in (*SUFFIXES, ".npz"):
        if os.path.isfile(own + suffix):
            return own + suffix
    known = shipped()
    if given in known:
        return str(known[given].path)
    if os.path.exists(own):
        return own
    near = did_you_mean(given, known) or "check the path, or see 'neurochannel new --list'"
    raise NetworkError(
        f"there is no file {short(given)}, and no topology of this name comes with "
        f"neurochannel; {near}"
    )
