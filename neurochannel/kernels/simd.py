"""Explicit vectors: the one place that speaks to LLVM directly.

What counts in a sum over rows is that the totals stay in registers while the weights of hundreds
of active sources stream by. Compilers do not do that for a width that is known only at run time, so
the two functions here emit code for one to eight vectors of 64 bytes and choose among them at run
time. The plain twins in `rows` say what they compute.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

VECTOR_BYTES = 64
MOST_VECTORS = 8
INDEPENDENT_SUMS = 8
"""Multiply-adds that must be under way at once, since each waits for the last one on its sum."""

_AT_ONCE = 16
_I32, _I64 = ir.IntType(32), ir.IntType(64)


class Vectors:
    """Emits loads, stores and multiply-adds of whole vectors of one real type.

    Parameters
    ----------
    tail
        How many lanes of a masked load are real; the others are 0.
    """

    def __init__(self, builder: Any, real: Any, tail: Any) -> None:
        double = real == types.float64
        self.builder = builder
        self.scalar = ir.DoubleType() if double else ir.FloatType()
        self.item = 8 if double else 4
        self.lanes = VECTOR_BYTES // self.item
        self.kind = ir.VectorType(self.scalar, self.lanes)
        self._name = f"v{self.lanes}f{8 * self.item}"
        numbers = ir.Constant(ir.VectorType(_I64, self.lanes), list(range(self.lanes)))
        self._mask = builder.icmp_signed("<", numbers, self.splat(tail))

    def at(self, address: Any, kind: Any) -> Any:
        """Return a pointer to `kind` at an address."""
        return self.builder.inttoptr(address, kind.as_pointer())

    def shift(self, address: Any, vector: int) -> Any:
        """Return the address of a vector that lies a number of vectors further on."""
        return self.builder.add(address, _I64(vector * VECTOR_BYTES))

    def splat(self, value: Any) -> Any:
        """Repeat a number in all lanes."""
        kind = ir.VectorType(value.type, self.lanes)
        nothing = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(nothing, value, _I32(0))
        zeros = ir.Constant(ir.VectorType(_I32, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, zeros)

    def load(self, address: Any, masked: bool = False) -> Any:
        """Load a vector, or its first lanes."""
        pointer = self.at(address, self.kind)
        if not masked:
            return self.builder.load(pointer, align=self.item)
        shape = ir.FunctionType(self.kind, [ir.PointerType(), _I32, self._mask.type, self.kind])
        load = self._function(f"llvm.masked.load.{self._name}.p0", shape)
        return self.builder.call(load, [pointer, _I32(self.item), self._mask, self.zero])

    def store(self, value: Any, address: Any, masked: bool = False) -> None:
        """Store a vector, or its first lanes and what is there already in the others.

        A processor that is asked to store some lanes only cannot hand them to the next load, which
        then waits for the memory.
        """
        pointer = self.at(address, self.kind)
        if masked:
            value = self.builder.select(self._mask, value, self.load(address))
        self.builder.store(value, pointer, align=self.item)

    def store_lanes(self, value: Any, address: Any) -> None:
        """Store the first lanes of a vector and nothing else."""
        arguments = [self.kind, ir.PointerType(), _I32, self._mask.type]
        store = self._function(
            f"llvm.masked.store.{self._name}.p0", ir.FunctionType(ir.VoidType(), arguments)
        )
        pointer = self.at(address, self.kind)
        self.builder.call(store, [value, pointer, _I32(self.item), self._mask])

    @property
    def zero(self) -> Any:
        """A vector of zeros."""
        return ir.Constant(self.kind, None)

    def sum(self, parts: list[Any]) -> Any:
        """Add vectors in pairs, so that no sum waits for all others."""
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            odd = parts[len(parts) // 2 * 2 :]
            parts = [self.builder.fadd(a, b) for a, b in pairs] + odd
        return parts[0]

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """Return a * b + c."""
        shape = ir.FunctionType(self.kind, [self.kind] * 3)
        return self.builder.call(self._function(f"llvm.fma.{self._name}", shape), [a, b, c])

    def entry(self, address: Any, index: Any, kind: Any, item: int) -> Any:
        """Load entry number `index` of a list."""
        place = self.builder.add(address, self.builder.mul(index, _I64(item)))
        return self.builder.load(self.at(place, kind))

    def row(self, rows: tuple[Any, Any, Any, Any], index: Any) -> tuple[Any, Any]:
        """Return the address of the row of active source number `index`, and its amount."""
        active, amount, weight, stride = rows
        source = self.builder.zext(self.entry(active, index, _I32, 4), _I64)
        address = self.builder.add(weight, self.builder.mul(source, stride))
        return address, self.entry(amount, index, self.scalar, self.item)

    def _function(self, name: str, shape: Any) -> Any:
        return cgutils.get_or_insert_function(self.builder.module, shape, name)


def call_apart(builder: Any, name: str, args: list[Any], emit: Callable[[Any, Any], None]) -> None:
    """Emit a function of `args` that is never made a part of others, and the call of it."""
    shape = ir.FunctionType(ir.VoidType(), [arg.type for arg in args])
    function = ir.Function(builder.module, shape, builder.module.get_unique_name(name))
    function.linkage = "internal"
    function.attributes.add("noinline")
    function.attributes.add("optsize")
    inside = ir.IRBuilder(function.append_basic_block("entry"))
    emit(inside, function.args)
    inside.ret_void()
    builder.call(function, args)


def _for_each_width(
    builder: Any, name: str, vectors: Any, args: list[Any], emit: Callable[[int, Any, Any], None]
) -> None:
    """Emit a function of `args` for each number of vectors, and the choice among them.

    In a single function LLVM would prepare all widths before it chooses one of them, which takes
    longer than the sums of a narrow population.
    """
    done = builder.append_basic_block("done")
    switch = builder.switch(vectors, done)
    for width in range(1, MOST_VECTORS + 1):
        block = builder.append_basic_block(f"vectors{width}")
        switch.add_case(ir.Constant(vectors.type, width), block)
        builder.position_at_end(block)
        call_apart(builder, name, args, partial(emit, width))
        builder.branch(done)
    builder.position_at_end(done)


def _add_rows(typingctx, real, vectors, tail, active, amount, count, weight, stride, total, exact):
    """total[d] += sum_k amount[k] * weight[active[k], d]; arrays by address, stride in bytes."""

    def codegen(context, builder, signature, args):
        def emit(width, builder, args):
            tail, active, amount, count, weight, stride, total, exact = args
            v = Vectors(builder, signature.args[0], tail)

            def add(sums, index):
                row, a = v.row((active, amount, weight, stride), index)
                a = v.splat(a)
                for i in range(width):
                    w = v.load(v.shift(row, i), i == width - 1)
                    builder.store(v.multiply_add(a, w, builder.load(sums[i])), sums[i])

            places = [v.shift(total, i) for i in range(width)]
            first = [cgutils.alloca_once_value(builder, v.load(place)) for place in places]
            ways = max(1, INDEPENDENT_SUMS // width)
            others = [
                [cgutils.alloca_once_value(builder, v.zero) for _ in range(width)]
                for _ in range(ways - 1)
            ]
            rounds = builder.udiv(count, _I64(ways))
            with cgutils.for_range(builder, rounds) as loop:
                begin = builder.mul(loop.index, _I64(ways))
                for way, sums in enumerate([first, *others]):
                    add(sums, builder.add(begin, _I64(way)))
            rest = builder.mul(rounds, _I64(ways))
            with cgutils.for_range_slice(builder, rest, count, _I64(1)) as (index, _):
                add(first, index)
            for i in range(width):
                total = v.sum([builder.load(sums[i]) for sums in [first, *others]])
                if i < width - 1:
                    v.store(total, places[i])
                    continue
                with builder.if_else(exact) as (alone, usual):
                    with alone:
                        v.store_lanes(total, places[i])
                    with usual:
                        v.store(total, places[i], masked=True)

        _for_each_width(builder, "add_rows", args[1], args[2:], emit)
        return context.get_dummy_value()

    return types.void(real, *[types.intp] * 8, types.boolean), codegen


def _change_rows(typingctx, factor, vectors, tail, active, amount, count, weight, stride, signal):
    """weight[active[k], d] += factor * amount[k] * signal[d]; arrays by address, stride in bytes.

    Whole vectors are stored: rows must be padded.
    """

    def codegen(context, builder, signature, args):
        def emit(width, builder, args):
            factor, tail, active, amount, count, weight, stride, signal = args
            v = Vectors(builder, signature.args[0], tail)
            signals = [v.load(v.shift(signal, i), i == width - 1) for i in range(width)]
            with cgutils.for_range(builder, count) as loop:
                row, a = v.row((active, amount, weight, stride), loop.index)
                a = v.splat(builder.fmul(a, factor))
                for i in range(width):
                    place = v.shift(row, i)
                    v.store(v.multiply_add(a, signals[i], v.load(place)), place)

        factor, vectors, *rest = args
        _for_each_width(builder, "change_rows", vectors, [factor, *rest], emit)
        return context.get_dummy_value()

    return types.void(factor, *[types.intp] * 8), codegen


def _list_bytes(typingctx, worth, count, index, value, active, amount):
    """active[k] = index[k], amount[k] = worth * value[k], 16 at a time, arrays by address.

    Up to 15 entries beyond the last are read and written.
    """

    def codegen(context, builder, signature, args):
        worth, count, index, value, active, amount = args
        scalar = context.get_value_type(signature.args[0])
        v = Vectors(builder, signature.args[0], _I64(0))
        shorts, words, octets, reals = (
            ir.VectorType(kind, _AT_ONCE) for kind in (ir.IntType(16), _I32, ir.IntType(8), scalar)
        )
        scale = builder.shuffle_vector(
            builder.insert_element(ir.Constant(reals, ir.Undefined), worth, _I32(0)),
            ir.Constant(reals, ir.Undefined),
            ir.Constant(words, [0] * _AT_ONCE),
        )

        def at(address, item, kind):
            return v.at(builder.add(address, builder.mul(k, _I64(item))), kind)

        with cgutils.for_range_slice(builder, _I64(0), count, _I64(_AT_ONCE)) as (k, _):
            numbers = builder.load(at(index, 2, shorts), align=2)
            builder.store(builder.zext(numbers, words), at(active, 4, words), align=4)
            real = builder.uitofp(builder.load(at(value, 1, octets), align=1), reals)
            place = at(amount, v.item, reals)
            builder.store(builder.fmul(real, scale), place, align=v.item)
        return context.get_dummy_value()

    return types.void(worth, *[types.intp] * 5), codegen


def _copy_vector(typingctx, real, source, target):
    """Copy 64 bytes from one address to another."""

    def codegen(context, builder, signature, args):
        v = Vectors(builder, signature.args[0], _I64(0))
        v.store(v.load(args[1]), args[2])
        return context.get_dummy_value()

    return types.void(real, types.intp, types.intp), codegen


def _clear_vector(typingctx, real, target):
    """Set the 64 bytes at an address to 0."""

    def codegen(context, builder, signature, args):
        v = Vectors(builder, signature.args[0], _I64(0))
        v.store(v.zero, args[1])
        return context.get_dummy_value()

    return types.void(real, types.intp), codegen


def _prefetch(typingctx, address):
    """Ask for the cache line at an address, to be there soon."""

    def codegen(context, builder, signature, args):
        shape = ir.FunctionType(ir.VoidType(), [ir.PointerType(), _I32, _I32, _I32])
        fetch = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
        pointer = builder.inttoptr(args[0], ir.IntType(8).as_pointer())
        builder.call(fetch, [pointer, _I32(0), _I32(2), _I32(1)])
        return context.get_dummy_value()

    return types.void(types.intp), codegen


prefetch: Any = intrinsic(_prefetch)
list_bytes: Any = intrinsic(_list_bytes)
copy_vector: Any = intrinsic(_copy_vector)
clear_vector: Any = intrinsic(_clear_vector)
add_rows: Any = intrinsic(_add_rows)
change_rows: Any = intrinsic(_change_rows)
