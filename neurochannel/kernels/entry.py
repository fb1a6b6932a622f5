"""From a declared kernel to what a driver calls: int64 entry(operands*, batch*).

The text of the entry follows from the declaration. It makes an array of each operand and calls the
kernel's function; compiled, all of that is one piece of machine code without a reference count.
"""

from __future__ import annotations

import linecache
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import types

from neurochannel.kernels import views
from neurochannel.kernels.cache import CheckedCache
from neurochannel.kernels.declare import AND_ONE, BATCH, Array, Given, Kernel
from neurochannel.kernels.jit import inner, inside
from neurochannel.kernels.routines import address_of, compiled

_BUFFER = "{b.buffers} + ({place} * {b.capacity} + {b.first} * {shape}) * ITEM"
_ROOMS = {
    "buffer": f"matrix(ZERO, {_BUFFER}, {{b.size}}, {{shape}})",
    "flat": f"vector(ZERO, {_BUFFER}, padded({{b.size}} * {{shape}}))",
    "joint": "matrix(ZERO, {b.joint} + {place} * padded({b.capacity}) * ITEM, {b.size}, {shape})",
    "values": "{view}(ZERO, {b.values} + {place} * ITEM, {shape})",
    "changes": "{view}(ZERO, {b.changes} + {place} * ITEM, {shape})",
    "state": "{view}(ZERO, {b.state} + {place} * ITEM, {shape})",
    "counts": "vector(INTEGER, {b.state} + {place} * ITEM, {shape})",
    "wires": "{view}(WORD, {b.wires} + 4 * {place}, {shape})",
}
_LOADS = {"i": "whole", "u": "word", "f": "double"}


class _Loads:
    """How a field of a record is had from the record's address, by the field's name."""

    def __init__(self, address: str, record: np.dtype) -> None:
        self._address, self._record = address, record

    def __getattr__(self, name: str) -> str:
        fields: Any = self._record.fields
        kind, offset = fields[name][:2]
        return f"{_LOADS[kind.kind]}({self._address} + {offset})"


def _argument(kernel: Kernel, name: str) -> str:
    o, b = _Loads("o", kernel.record), _Loads("b", BATCH)
    declared = kernel.arguments[name]
    if isinstance(declared, Given):
        return declared.expression.format(o=o, b=b)
    if isinstance(declared, Array):
        shape = ", ".join(_extent(o, count) for count in declared.shape)
        view = "vector" if len(declared.shape) == 1 else "matrix"
        text = _ROOMS[declared.room]
        return text.format(b=b, place=getattr(o, name), shape=shape, view=view)
    value = getattr(o, name)
    return f"real({value})" if declared.kind == "f8" else str(value)


def _extent(o: _Loads, count: str) -> str:
    name = count.removesuffix(AND_ONE)
    return f"{getattr(o, name)}{' + 1' if count != name else ''}"


def entry_text(kernel: Kernel) -> str:
    """Write the entry of a kernel: addresses of both records in, a status out."""
    arguments = "".join(f"        {_argument(kernel, name)},\n" for name in kernel.arguments)
    result = "return " if kernel.checks else ""
    ending = "" if kernel.checks else "    return 0\n"
    return f"def {kernel.name}(o, b):\n    {result}function(\n{arguments}    )\n{ending}"


def _entry(kernel: Kernel, real: type[np.floating], function: Callable[..., Any]) -> Any:
    text, file = entry_text(kernel), f"<entry of {kernel.name}>"
    names = {
        "__name__": kernel.function.__module__,
        "function": function,
        "vector": views.vector,
        "matrix": views.matrix,
        "padded": views.padded,
        "whole": views.whole,
        "word": views.word,
        "double": views.double,
        "real": real,
        "ZERO": real(0.0),
        "ITEM": real(0.0).itemsize,
        "WORD": np.uint32(0),
        "BYTE": np.uint8(0),
        "SHORT": np.uint16(0),
        "LONG": np.uint64(0),
        "INTEGER": np.int64(0),
        "DOUBLE": np.float64(0),
    }
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), names)
    made: Any = names[kernel.name]
    # Machine code is found by this name: that of two widths must not be taken for one another.
    made.__name__ = made.__qualname__ = f"{kernel.name}_{real.__name__}"
    return made


@cache
def plain_entry(kernel: Kernel, dtype: str) -> Callable[[Any, Any], int]:
    """Return the entry as plain Python."""
    made: Callable[[Any, Any], int] = _entry(kernel, np.dtype(dtype).type, kernel.function)
    return made


@cache
def compiled_entry(kernel: Kernel, dtype: str) -> Any:
    """Return the compiled entry, from the disk if it is there.

    It is held for as long as the process lives, since programs know it by its address.
    """
    if kernel.before:
        kernel.before(dtype)
    entry: Any = inner(_entry(kernel, np.dtype(dtype).type, inside(kernel.function)))
    return compiled(entry, SIGNATURE, cache_of(kernel, dtype))


SIGNATURE = types.int64(types.intp, types.intp)


def cache_of(kernel: Kernel, dtype: str) -> CheckedCache:
    """Return what keeps a compiled entry on disk."""
    return CheckedCache(kernel.function.__module__, f"{kernel.name}-{dtype}", __name__)


_lock = threading.Lock()


def entry_address(kernel: Kernel, dtype: str) -> int:
    """Return where `driver` can call a kernel, by the conventions of Numba's own functions."""
    with _lock:
        return address_of(compiled_entry(kernel, dtype))
