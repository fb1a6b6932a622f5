"""Arrays over raw addresses: no reference is counted, so that a view costs nothing.

An interpreter makes several views for each instruction. Slices of Numba arrays would each update a
reference count atomically, which at batch size 1 costs more than the arithmetic.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.extending import overload
from numba.np import arrayobj


def _code_of(function: Any, result: Callable[..., Any], emit: Callable[..., Any]) -> None:
    """Let a function be compiled to what `emit` emits: no function of its own is compiled for it.

    Parameters
    ----------
    result
        The type of what is returned, from the types of the arguments.
    emit
        The value, from the context, the builder, the signature and the arguments.
    """

    def typer(context):
        return result

    extending.type_callable(function)(typer)
    extending.lower_builtin(function, types.VarArg(types.Any))(emit)


def _array(context, builder, kind, address, shape):
    """Make an array of a type over an address."""
    made = context.make_array(kind)(context, builder)
    item = ir.Constant(address.type, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    strides = [item]
    for extent in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], extent))
    arrayobj.populate_array(
        made, builder.inttoptr(address, made.data.type), shape, strides, item, meminfo=None
    )
    return made._getvalue()


def _numbers(context, builder, signature, args, first):
    """Return the arguments from number `first` on as whole numbers of the width of addresses."""
    given = zip(args[first:], signature.args[first:], strict=True)
    return [context.cast(builder, value, kind, types.intp) for value, kind in given]


def _array_code(context, builder, signature, args):
    address, *shape = _numbers(context, builder, signature, args, 1)
    return _array(context, builder, signature.return_type, address, shape)


def _viewed(context, builder, signature, args):
    """Return the address of an array's data, the array and what it consists of."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    shape = cgutils.unpack_tuple(builder, array.shape)
    return builder.ptrtoint(array.data, shape[0].type), array, shape


def vector(like, address, n):
    """View n numbers of the type of `like`, from an address on."""
    if n == 0:
        return np.empty(0, like.dtype)
    room: Any = ctypes.c_byte * int(n * like.itemsize)
    return np.frombuffer(room.from_address(int(address)), like.dtype)


_code_of(vector, lambda like, address, n: types.Array(types.unliteral(like), 1, "C"), _array_code)


def matrix(like, address, rows, columns):
    """View a row-major matrix of the type of `like`, from an address on."""
    return vector(like, address, rows * columns).reshape(rows, columns)


_code_of(
    matrix,
    lambda like, address, rows, columns: types.Array(types.unliteral(like), 2, "C"),
    _array_code,
)

_ELEMENTS = 16


def padded(n):
    """Round a number of elements up to whole vectors, so that no loop ends with single elements."""
    return (n + _ELEMENTS - 1) // _ELEMENTS * _ELEMENTS


def _padded(builder, n):
    more = builder.add(n, ir.Constant(n.type, _ELEMENTS - 1))
    return builder.and_(more, ir.Constant(n.type, -_ELEMENTS))


def _padded_code(context, builder, signature, args):
    return _padded(builder, *_numbers(context, builder, signature, args, 0))


_code_of(padded, lambda n: types.intp, _padded_code)


def flat(rows):
    """View a matrix that was made by `matrix` of a buffer as one vector, up to whole vectors."""
    return rows.reshape(-1)


def _flat_code(context, builder, signature, args):
    address, _, (rows, columns) = _viewed(context, builder, signature, args)
    n = _padded(builder, builder.mul(rows, columns))
    return _array(context, builder, signature.return_type, address, [n])


_code_of(flat, lambda rows: types.Array(rows.dtype, 1, "C"), _flat_code)


def row(rows, index):
    """View one row of a matrix that was made by `matrix`."""
    return rows[index]


def _row_code(context, builder, signature, args):
    address, array, (_, n) = _viewed(context, builder, signature, args)
    (index,) = _numbers(context, builder, signature, args, 1)
    skipped = builder.mul(builder.mul(index, n), array.itemsize)
    there = builder.add(address, skipped)
    return _array(context, builder, signature.return_type, there, [n])


_code_of(row, lambda rows, index: types.Array(rows.dtype, 1, "C"), _row_code)


def part(numbers, first, n):
    """View n numbers of a vector that was made by `vector`, from number `first` on."""
    return numbers[first : first + n]


@overload(part)
def _overload_part(numbers, first, n):
    def view(numbers, first, n):
        address = numbers.ctypes.data + np.int64(first) * numbers.itemsize
        return vector(numbers.dtype.type(0), address, n)

    return view


def split(numbers, n):
    """View a vector that was made by `vector` or `row` as rows of n numbers."""
    return numbers.reshape(-1, n)


@overload(split)
def _overload_split(numbers, n):
    def view(numbers, n):
        rows = numbers.shape[0] // n
        return matrix(numbers.dtype.type(0), numbers.ctypes.data, rows, n)

    return view


def rows_from(rows, first, n):
    """View n rows of a matrix that was made by `matrix`, from row `first` on."""
    return rows[first : first + n]


@overload(rows_from)
def _overload_rows_from(rows, first, n):
    def view(rows, first, n):
        width = rows.shape[1]
        address = rows.ctypes.data + np.int64(first) * width * rows.itemsize
        return matrix(rows.dtype.type(0), address, n, width)

    return view


def _load_code(context, builder, signature, args):
    kind = context.get_value_type(types.CPointer(signature.return_type))
    return builder.load(builder.inttoptr(args[0], kind))


def whole(address):
    """Read an int64."""
    return ctypes.c_int64.from_address(address).value


def word(address):
    """Read a uint64."""
    return np.uint64(ctypes.c_uint64.from_address(address).value)


def double(address):
    """Read a float64."""
    return ctypes.c_double.from_address(address).value


_code_of(whole, lambda address: types.int64, _load_code)
_code_of(word, lambda address: types.uint64, _load_code)
_code_of(double, lambda address: types.float64, _load_code)
