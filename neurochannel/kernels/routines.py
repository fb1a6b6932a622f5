"""Routines: machine code that many kernels call, made once and not as a part of each of them.

What takes long to compile, such as the tiles of all heights, is a function of plain numbers and
addresses. Its machine code is kept like that of a kernel's entry and bound as a named symbol, as an
address could not be kept on disk: `bind` before machine code that calls it is made or read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurochannel.kernels.cache import CheckedCache
from neurochannel.kernels.jit import inner, is_uncompiled

_REALS: dict[str, Any] = {"float32": types.float32, "float64": types.float64}


def compiled(function: Any, signature: Any, kept: CheckedCache) -> Any:
    """Compile a function for one signature, or read its machine code from the disk."""
    function._cache = kept
    function.compile(signature)
    return function.overloads[signature.args]


def address_of(made: Any) -> int:
    """Return where compiled code is; it is called by the conventions of Numba's own functions."""
    return int(made.library.get_pointer_to_function(made.fndesc.llvm_func_name))


class Routine:
    """A function of one real number and some whole ones that returns nothing.

    Parameters
    ----------
    function
        What it does, as plain Python that can be compiled.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function, self._held = function, list[Any]()
        self._n = function.__code__.co_argcount - 1
        self.call: Any = intrinsic(self._call_code())
        self.bind = cache(self._bind)

    def _symbol(self, dtype: str) -> str:
        return f"neurochannel_{self._function.__name__}_{dtype}"

    def _bind(self, dtype: str) -> None:
        """Tell the linker where the machine code for one type of real numbers is."""
        if is_uncompiled():
            return
        function = self._function
        signature = types.void(_REALS[dtype], *[types.intp] * self._n)
        kept = CheckedCache(function.__module__, f"{function.__name__}-{dtype}")
        made = compiled(inner(function), signature, kept)
        self._held.append(made)
        llvmlite.binding.add_symbol(self._symbol(dtype), address_of(made))

    def _call_code(self) -> Callable[..., Any]:
        def call(typingctx, real, numbers):
            def codegen(context, builder, signature, args):
                byte = ir.IntType(8).as_pointer()
                number = cgutils.unpack_tuple(builder, args[1], self._n)
                unused = [cgutils.alloca_once(builder, byte) for _ in range(2)]
                given = [*unused, args[0], *number]
                shape = ir.FunctionType(ir.IntType(32), [one.type for one in given])
                symbol = self._symbol(str(signature.args[0]))
                builder.call(cgutils.get_or_insert_function(builder.module, shape, symbol), given)
                return context.get_dummy_value()

            return types.void(real, types.UniTuple(types.intp, self._n)), codegen

        return call
