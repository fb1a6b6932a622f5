"""Arrays over raw addresses: no reference is counted, so that a view costs nothing.

An interpreter makes several views for each instruction. Slices of Numba arrays would each update a
reference count atomically, which at batch size 1 costs more than the arithmetic.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic, overload


def _pointer_code(typingctx, like, address):
    signature = types.CPointer(like)(like, types.intp)

    def codegen(context, builder, signature, args):
        return builder.inttoptr(args[1], context.get_value_type(signature.return_type))

    return signature, codegen


_pointer: Any = intrinsic(_pointer_code)


def vector(like, address, n):
    """View n numbers of the type of `like`, from an address on."""
    if n == 0:
        return np.empty(0, like.dtype)
    room = (ctypes.c_byte * (n * like.itemsize)).from_address(address)
    return np.frombuffer(room, like.dtype)


@overload(vector)
def _overload_vector(like, address, n):
    return lambda like, address, n: carray(_pointer(like, address), (n,))


def matrix(like, address, rows, columns):
    """View a row-major matrix of the type of `like`, from an address on."""
    return vector(like, address, rows * columns).reshape(rows, columns)


@overload(matrix)
def _overload_matrix(like, address, rows, columns):
    return lambda like, address, rows, columns: carray(_pointer(like, address), (rows, columns))
