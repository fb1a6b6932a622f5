"""How functions of this room are compiled: no GIL, NaN survives, nothing can raise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

from neurochannel.kernels.cache import CheckedCache

P = ParamSpec("P")
R = TypeVar("R")

FLAGS = frozenset({"contract", "reassoc", "nsz", "arcp"})
"""Licence to reorder and fuse, but not to assume finite numbers: a NaN must survive to be seen."""


def is_uncompiled() -> bool:
    """Tell whether NUMBA_DISABLE_JIT is set, so that everything runs as plain Python."""
    return bool(cast(Any, numba.config).DISABLE_JIT)


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function at its first call and keep the result on disk.

    It releases the GIL, divides without raising (1/0 is Inf), and may reassociate sums.
    """
    made: Any = inner(function, no_cpython_wrapper=False)
    if not is_uncompiled():
        made._cache = CheckedCache(function.__module__, function.__qualname__)
    return cast(Callable[P, R], made)


def inner(
    function: Callable[P, R],
    no_cpython_wrapper: bool = True,
    flags: frozenset[str] = FLAGS,
) -> Callable[P, R]:
    """Compile a function for others of this room: it cannot be called from Python."""
    njit: Any = numba.njit
    compile_it = njit(
        nogil=True,
        no_cpython_wrapper=no_cpython_wrapper,
        no_cfunc_wrapper=True,
        forceinline=no_cpython_wrapper,
        error_model="numpy",
        fastmath=set(flags),
    )
    return cast(Callable[P, R], compile_it(function))


def in_order(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function for others of this room whose sums must stay in the order written."""
    return inner(function, flags=frozenset({"contract"}))


def inside(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function become a part of the one that calls it, so that it is compiled only there."""
    njit: Any = numba.njit
    return cast(Callable[P, R], njit(function, inline="always"))
