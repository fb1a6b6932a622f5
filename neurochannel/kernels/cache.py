"""Compiled code on disk: found by a hash of its sources, checked before it is used.

A file holds the machine code of one function for one signature. Its name is a hash of all that the
code depends on: the sources of the function's module and of the kernel modules which that one
uses, the signature, the processor, and the versions of Python and Numba. So an edit compiles what
depends on it and nothing else, and a stale file is never met. The file begins with a checksum: one
that was cut off or altered is removed and made again. A failing disk only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import platformdirs
from numba.core import compiler
from numba.core.caching import _Cache as CacheInterface
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

ROOM = __name__.rpartition(".")[0]
_CHECKSUM = hashlib.sha256().digest_size


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def cache_folder() -> Path:
    """Return the folder for compiled code: NUMBA_CACHE_DIR, the user's cache, else a new one."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(named) if named else platformdirs.user_cache_path("neurochannel")
    folder = root / "kernels"
    return folder if _writable(folder) else Path(tempfile.mkdtemp(prefix="neurochannel-kernels-"))


def _parts(module: ModuleType) -> set[str]:
    """Name the modules of this room that a module uses."""
    named = set()
    for value in vars(module).values():
        place = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", 0)
        if isinstance(place, str) and place.startswith(ROOM + "."):
            named.add(place)
    return named


def sources_of(*names: str) -> list[Path]:
    """Return the source files of modules and of all modules of this room that they use."""
    waiting, found = list(names), dict[str, Path]()
    while waiting:
        module = sys.modules[waiting.pop()]
        if module.__name__ not in found and module.__file__:
            found[module.__name__] = Path(module.__file__)
            waiting += _parts(module)
    return [found[name] for name in sorted(found)]


@cache
def source_hash(*names: str) -> str:
    """Hash modules, the modules of this room that they use, and the versions of the compiler."""
    digest = hashlib.sha256(f"{sys.version}{numba.__version__}".encode())
    for source in sources_of(*names):
        digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def room_hash() -> str:
    """Hash all sources of this room and the versions of the compiler."""
    digest = hashlib.sha256(f"{sys.version}{numba.__version__}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


_waiting: list[Callable[[], object]] = []


def when_compiling(tell: Callable[[], object]) -> None:
    """Have a function called before the next compilation, once; it takes the place of others."""
    _waiting[:] = [tell]


class CheckedCache(CacheInterface):
    """Numba's interface to the files of one function, see the module.

    Parameters
    ----------
    module, name
        Where the function is from and what it is called; two functions differ in one of them.
    also
        Other modules that it is made by.
    """

    def __init__(self, module: str, name: str, *also: str) -> None:
        self._module, self._name, self._also = module, name, also
        self._enabled = True

    @property
    def cache_path(self) -> str:
        """The folder of the files."""
        return str(cache_folder())

    def enable(self) -> None:
        """Use the files."""
        self._enabled = True

    def disable(self) -> None:
        """Leave the files alone."""
        self._enabled = False

    def flush(self) -> None:
        """Do nothing: files of other sources are never read."""

    def path(self, signature: Any, codegen: Any) -> Path:
        """Return the file for one signature on one kind of processor."""
        made_of = (source_hash(self._module, *self._also), str(signature), codegen.magic_tuple())
        digest = hashlib.sha256(repr(made_of).encode()).hexdigest()[:20]
        return cache_folder() / f"{self._module.rpartition('.')[2]}.{self._name}-{digest}.bin"

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return compiled code, None if it is not there or not whole.

        Numba's own caches first load all that its compiler knows, which takes longer than to load
        this code; compiling loads it where it must.
        """
        if not self._enabled:
            return None
        rtsys.initialize(target_context)
        path = self.path(sig, target_context.codegen())
        found = self._load(path, target_context)
        while found is None and _waiting:
            _waiting.pop()()
        return found

    @staticmethod
    def _load(path: Path, target_context: Any) -> Any:
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content[_CHECKSUM:]).digest() == content[:_CHECKSUM]:
            with contextlib.suppress(Exception):
                payload = pickle.loads(content[_CHECKSUM:])
                return compiler.CompileResult._rebuild(target_context, *payload)
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code, if the disk lets us."""
        if not self._enabled:
            return
        content = dumps(data._reduce())
        path = self.path(sig, data.codegen)
        with (
            contextlib.suppress(OSError),
            tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file,
        ):
            try:
                file.write(hashlib.sha256(content).digest() + content)
                file.close()
                os.replace(file.name, path)
            except OSError:
                os.unlink(file.name)
