"""Explicit vectors for examples side by side, on top of `simd`.

Here the number of vectors is one or two, and what streams by are edges. The plain twins in `lanes`
say what the functions compute. Measured with 32 examples on 10 000 x 10 000 neurons, a core with
AVX-512: 2.3 ns for each edge and instruction where the loops in `sparse`, example by example, need
20, and 0.1 ns to transpose an element where plain loops need 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurochannel.kernels.simd import VECTOR_BYTES, Vectors, call_apart

MOST_VECTORS = 2
EDGES_AHEAD = 16
"""How early a receiver's lanes are asked for: processors see no pattern in them."""

_I32, _I64 = ir.IntType(32), ir.IntType(64)


class LaneVectors(Vectors):
    """Vectors of which every lane is an example."""

    def __init__(self, builder: Any, real: Any, tail: Any = None) -> None:
        super().__init__(builder, real, _I64(0) if tail is None else tail)

    def sum(self, vector: Any) -> Any:
        """Return the sum of all lanes."""
        shape = ir.FunctionType(self.scalar, [self.scalar, self.kind])
        add = self._function(f"llvm.vector.reduce.fadd.{self._name}", shape)
        zero = ir.Constant(self.scalar, 0.0)
        return self.builder.call(add, [zero, vector], fastmath=("reassoc",))

    def any(self, vectors: list[Any]) -> Any:
        """Tell whether any lane of these vectors is not 0."""
        zero, bits = ir.Constant(self.kind, None), ir.IntType(self.lanes)
        found = ir.Constant(bits, 0)
        for vector in vectors:
            here = self.builder.fcmp_unordered("!=", vector, zero)
            found = self.builder.or_(found, self.builder.bitcast(here, bits))
        return self.builder.icmp_unsigned("!=", found, ir.Constant(bits, 0))

    def exchange(self, rows: list[Any], step: int) -> list[Any]:
        """Swap the off-diagonal blocks of size `step` in a square of vectors."""
        kind, numbers = ir.VectorType(_I32, self.lanes), range(self.lanes)
        low = [j - step + self.lanes if j & step else j for j in numbers]
        high = [j + self.lanes if j & step else j + step for j in numbers]
        out = list(rows)
        for i in (i for i in numbers if not i & step):
            pair = rows[i], rows[i + step]
            out[i] = self.builder.shuffle_vector(*pair, ir.Constant(kind, low))
            out[i + step] = self.builder.shuffle_vector(*pair, ir.Constant(kind, high))
        return out


def _fetch(builder, address):
    shape = ir.FunctionType(ir.VoidType(), [ir.PointerType(), _I32, _I32, _I32])
    fetch = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
    pointer = builder.inttoptr(address, ir.IntType(8).as_pointer())
    builder.call(fetch, [pointer, _I32(0), _I32(3), _I32(1)])


def _transpose(typingctx, real, source, source_stride, n_rows, out, out_stride, n_columns):
    """out[j, i] = source[i, j] for a square tile; arrays by address, strides in bytes.

    Rows from n_rows (>= 1) on are read as 0; rows of `out` from n_columns on are left alone.
    """
    return types.void(real, *[types.intp] * 6), _turning(whole=True)


def _transpose_edge(
    typingctx, real, source, source_stride, n_rows, out, out_stride, n_columns, n_stored
):
    """Do the same with a part of a tile; of each row of `out` the first n_stored lanes are stored.

    Nothing is read or stored beyond n_columns of the source and n_stored lanes of `out`.
    """
    return types.void(real, *[types.intp] * 7), _turning(whole=False)


def _turning(whole: bool) -> Any:
    """Return what emits the transposition of a tile, or of a part of one."""

    def codegen(context, builder, signature, args):
        def emit(builder, args):
            source, source_stride, n_rows, out, out_stride, n_columns, *n_stored = args
            kind = signature.args[0]
            v = LaneVectors(builder, kind, n_columns)
            lines, rows = [_I64(i) for i in range(v.lanes)], []
            for i in lines:
                real_row = builder.icmp_signed("<", i, n_rows)
                distance = builder.select(real_row, builder.mul(source_stride, i), _I64(0))
                row = v.load(builder.add(source, distance), masked=not whole)
                rows.append(builder.select(real_row, row, ir.Constant(v.kind, None)))
            step = 1
            while step < v.lanes:
                rows = v.exchange(rows, step)
                step *= 2
            stored = LaneVectors(builder, kind, *n_stored)
            for i, row in zip(lines, rows, strict=True):
                with builder.if_then(builder.icmp_signed("<", i, n_columns)):
                    place = builder.add(out, builder.mul(out_stride, i))
                    if whole:
                        v.store(row, place)
                    else:
                        stored.store_lanes(row, place)

        call_apart(builder, "transpose", args[1:], emit)
        return context.get_dummy_value()

    return codegen


def _over_edges(visit: Callable[..., None], placed: bool = False) -> Any:
    """Make a function of (factor, vectors, n_source, start, receivers, weight, own, other).

    It goes through all sources; `visit` emits what happens to one, whose lanes lie at `here`, and
    calls `each_edge` with what happens to one edge: its weight's place, its receiver's lanes.

    Parameters
    ----------
    placed
        Whether one more argument, a list, says where the weight of each edge is.
    """

    def codegen(context, builder, signature, args):
        factor, vectors, *lists = args
        v = LaneVectors(builder, signature.args[0])

        def emit(width):
            _for_each_source(v, lists, width, lambda *at: visit(v, width, factor, *at))

        one = builder.icmp_signed("==", vectors, _I64(1))
        with builder.if_else(one) as (then, otherwise):
            with then:
                emit(1)
            with otherwise:
                emit(MOST_VECTORS)
        return context.get_dummy_value()

    def typed(typingctx, real, vectors, n_source, start, receivers, weight, own, other):
        return types.void(real, *[types.intp] * 7), codegen

    def typed_placed(
        typingctx, real, vectors, n_source, start, receivers, weight, own, other, places
    ):
        return types.void(real, *[types.intp] * 8), codegen

    return intrinsic(typed_placed if placed else typed)


def _for_each_source(v, lists, width, visit):
    n_source, start, receivers, weight, own, other, *places = lists
    b, stride = v.builder, _I64(width * VECTOR_BYTES)
    n_edges = b.zext(v.entry(start, n_source, _I32, 4), _I64)
    with cgutils.for_range(b, n_source) as source:
        following = b.add(source.index, _I64(1))
        first, stop = (b.zext(v.entry(start, i, _I32, 4), _I64) for i in (source.index, following))

        def each_edge(emit):
            with cgutils.for_range(b, stop, start=first) as edge:
                later = b.add(edge.index, _I64(EDGES_AHEAD))
                later = b.select(b.icmp_signed("<", later, n_edges), later, edge.index)
                receiver = b.zext(v.entry(receivers, later, _I32, 4), _I64)
                soon = b.add(other, b.mul(receiver, stride))
                for i in range(width):
                    _fetch(b, v.shift(soon, i))
                receiver = b.zext(v.entry(receivers, edge.index, _I32, 4), _I64)
                number = edge.index
                if places:
                    number = b.zext(v.entry(places[0], edge.index, _I32, 4), _I64)
                place = b.add(weight, b.mul(number, _I64(v.item)))
                emit(v.at(place, v.scalar), b.add(other, b.mul(receiver, stride)))

        visit(b.add(own, b.mul(source.index, stride)), each_edge)


def _send(v, width, factor, here, each_edge):
    own = [v.load(v.shift(here, i)) for i in range(width)]

    def send(weight, there):
        w = v.splat(v.builder.load(weight))
        for i in range(width):
            place = v.shift(there, i)
            v.store(v.multiply_add(w, own[i], v.load(place)), place)

    with v.builder.if_then(v.any(own)):
        each_edge(send)


def _collect(v, width, factor, here, each_edge):
    sums = [cgutils.alloca_once(v.builder, v.kind) for _ in range(width)]
    for i in range(width):
        v.builder.store(v.load(v.shift(here, i)), sums[i])

    def collect(weight, there):
        w = v.splat(v.builder.load(weight))
        for i in range(width):
            more = v.multiply_add(w, v.load(v.shift(there, i)), v.builder.load(sums[i]))
            v.builder.store(more, sums[i])

    each_edge(collect)
    for i in range(width):
        v.store(v.builder.load(sums[i]), v.shift(here, i))


def _change(v, width, factor, here, each_edge):
    own = [v.load(v.shift(here, i)) for i in range(width)]
    scaled = [v.builder.fmul(part, v.splat(factor)) for part in own]

    def change(weight, there):
        dot = v.builder.fmul(scaled[0], v.load(there))
        for i in range(1, width):
            dot = v.multiply_add(scaled[i], v.load(v.shift(there, i)), dot)
        v.builder.store(v.builder.fadd(v.builder.load(weight), v.sum(dot)), weight)

    with v.builder.if_then(v.any(own)):
        each_edge(change)


transpose: Any = intrinsic(_transpose)
transpose_edge: Any = intrinsic(_transpose_edge)
send: Any = _over_edges(_send)
collect: Any = _over_edges(_collect)
change: Any = _over_edges(_change)
collect_at: Any = _over_edges(_collect, placed=True)
change_at: Any = _over_edges(_change, placed=True)
