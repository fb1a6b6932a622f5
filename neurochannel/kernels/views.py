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
    room: Any = ctypes.c_byte * int(n * like.itemsize)
    return np.frombuffer(room.from_address(int(address)), like.dtype)


@overload(vector)
def _overload_vector(like, address, n):
    return lambda like, address, n: carray(_pointer(like, address), (n,))


def matrix(like, address, rows, columns):
    """View a row-major matrix of the type of `like`, from an address on."""
    return vector(like, address, rows * columns).reshape(rows, columns)


@overload(matrix)
def _overload_matrix(like, address, rows, columns):
    return lambda like, address, rows, columns: carray(_pointer(like, address), (rows, columns))


_ELEMENTS = 16


def padded(n):
    """Round a number of elements up to whole vectors, so that no loop ends with single elements."""
    return (n + _ELEMENTS - 1) // _ELEMENTS * _ELEMENTS


@overload(padded)
def _overload_padded(n):
    return lambda n: (n + (_ELEMENTS - 1)) & ~(_ELEMENTS - 1)


def flat(rows):
    """View a matrix that was made by `matrix` of a buffer as one vector, up to whole vectors."""
    return rows.reshape(-1)


@overload(flat)
def _overload_flat(rows):
    def view(rows):
        n = padded(rows.shape[0] * rows.shape[1])
        return carray(_pointer(rows.dtype.type(0), rows.ctypes.data), (n,))

    return view


def row(rows, index):
    """View one row of a matrix that was made by `matrix`."""
    return rows[index]


@overload(row)
def _overload_row(rows, index):
    def view(rows, index):
        n = rows.shape[1]
        address = rows.ctypes.data + np.int64(index) * n * rows.itemsize
        return carray(_pointer(rows.dtype.type(0), address), (n,))

    return view


def part(numbers, first, n):
    """View n numbers of a vector that was made by `vector`, from number `first` on."""
    return numbers[first : first + n]


@overload(part)
def _overload_part(numbers, first, n):
    def view(numbers, first, n):
        address = numbers.ctypes.data + np.int64(first) * numbers.itemsize
        return carray(_pointer(numbers.dtype.type(0), address), (n,))

    return view


def split(numbers, n):
    """View a vector that was made by `vector` or `row` as rows of n numbers."""
    return numbers.reshape(-1, n)


@overload(split)
def _overload_split(numbers, n):
    def view(numbers, n):
        rows = numbers.shape[0] // n
        return carray(_pointer(numbers.dtype.type(0), numbers.ctypes.data), (rows, n))

    return view


def rows_from(rows, first, n):
    """View n rows of a matrix that was made by `matrix`, from row `first` on."""
    return rows[first : first + n]


@overload(rows_from)
def _overload_rows_from(rows, first, n):
    def view(rows, first, n):
        width = rows.shape[1]
        address = rows.ctypes.data + np.int64(first) * width * rows.itemsize
        return carray(_pointer(rows.dtype.type(0), address), (n, width))

    return view


def _load_of(kind: types.Type) -> Any:
    def code(typingctx, address):
        def codegen(context, builder, signature, args):
            place = context.get_value_type(types.CPointer(kind))
            return builder.load(builder.inttoptr(args[0], place))

        return kind(types.intp), codegen

    return intrinsic(code)


_load_whole, _load_word, _load_double = (
    _load_of(kind) for kind in (types.int64, types.uint64, types.float64)
)


def whole(address):
    """Read an int64."""
    return ctypes.c_int64.from_address(address).value


def word(address):
    """Read a uint64."""
    return np.uint64(ctypes.c_uint64.from_address(address).value)


def double(address):
    """Read a float64."""
    return ctypes.c_double.from_address(address).value


@overload(whole)
def _overload_whole(address):
    return lambda address: _load_whole(address)


@overload(word)
def _overload_word(address):
    return lambda address: _load_word(address)


@overload(double)
def _overload_double(address):
    return lambda address: _load_double(address)
