"""The one decorator of all kernels: no GIL, NaN survives, and the cache cannot go stale.

Numba's own cache looks at the file of a function alone and so misses a change in a callee of
another module. Here compiled code lives in a folder named after a hash of all kernel sources: an
edit anywhere in this room leads to a new folder, and the same sources are never compiled twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import platformdirs

P = ParamSpec("P")
R = TypeVar("R")

FLAGS = {"contract", "reassoc", "nsz", "arcp"}
"""Licence to reorder and fuse, but not to assume finite numbers: a NaN must survive to be seen."""


def source_hash() -> str:
    """Hash every source file of this room, so that compiled code can be named after it."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def choose_cache_folder() -> Path:
    """Return the folder for compiled kernels: NUMBA_CACHE_DIR, the user's cache, else a new one."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(named) if named else platformdirs.user_cache_path("neurochannel")
    folder = root / f"kernels-{source_hash()}"
    return folder if _writable(folder) else Path(tempfile.mkdtemp(prefix="neurochannel-kernels-"))


CACHE_FOLDER = choose_cache_folder()


@cache
def note_compiled(dtype: str) -> None:
    """Note that the kernels for numbers of this kind lie in the cache."""
    with contextlib.suppress(OSError):
        (CACHE_FOLDER / f"{dtype}.compiled").touch()


def kernels_are_compiled(dtype: str = "float32") -> bool:
    """Tell whether kernels of exactly these sources, for this kind of numbers, lie in the cache."""
    config: Any = numba.config
    return bool(config.DISABLE_JIT) or (CACHE_FOLDER / f"{dtype}.compiled").exists()


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel at its first call and keep the result on disk.

    Compiled kernels release the GIL, divide without raising (1/0 is Inf), and may reassociate sums.
    """
    return _compiled(function)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function for kernels alone: it cannot be called from Python, which saves time."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _compiled(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    config: Any = numba.config
    previous, config.CACHE_DIR = config.CACHE_DIR, str(CACHE_FOLDER)
    try:
        njit: Any = numba.njit
        compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath=FLAGS, **options)
        return cast(Callable[P, R], compiled(function))
    finally:
        config.CACHE_DIR = previous
