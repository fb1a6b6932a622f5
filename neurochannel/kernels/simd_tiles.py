"""Tiles: several sums of vectors that stay in registers while numbers stream by.

Where the same weights serve many positions or examples, a vector of weights that was loaded once is
used for all rows of a tile. How many rows fit depends on the registers of the processor. The plain
twins in `tiles` say what is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from neurochannel.kernels.simd import VECTOR_BYTES, Vectors, call_apart

_I64 = ir.IntType(64)


def processor_features() -> str:
    """Return what the processor that code is made for can do, as LLVM writes it."""
    named: str | None = getattr(config, "CPU_FEATURES", None)
    return named or str(llvmlite.binding.get_host_cpu_features().flatten())


HAS_LONG_VECTORS: bool = "+avx512f" in processor_features()
REGISTERS = 32 if HAS_LONG_VECTORS else 16
PER_VECTOR = VECTOR_BYTES // (64 if HAS_LONG_VECTORS else 32)
"""Registers that a vector of 64 bytes takes up."""

MOST_VECTORS = 2 if HAS_LONG_VECTORS else 1
"""Vectors in a row of a tile."""

MOST_ROWS = (REGISTERS - 1) // (PER_VECTOR * MOST_VECTORS) - 1
"""Rows of a tile: as many as leave room for one row of weights and one number."""


def _for_each_tile(
    builder: Any, name: str, vectors: Any, rows: Any, emit: Callable[[int, int], None]
) -> None:
    """Emit code for each number of vectors and rows, and the choice among them."""
    done = builder.append_basic_block("done")
    key = builder.add(builder.mul(vectors, _I64(MOST_ROWS + 1)), rows)
    switch = builder.switch(key, done)
    for width in range(1, MOST_VECTORS + 1):
        for height in range(1, MOST_ROWS + 1):
            block = builder.append_basic_block(f"{name}{width}x{height}")
            switch.add_case(_I64(width * (MOST_ROWS + 1) + height), block)
            builder.position_at_end(block)
            emit(width, height)
            builder.branch(done)
    builder.position_at_end(done)


class _Tile:
    """The sums of a tile, whose last vector may be shorter."""

    def __init__(self, v: Vectors, width: int, height: int) -> None:
        self.v, self.width, self.height = v, width, height
        zero = [[v.zero] * width for _ in range(height)]
        self.sums = [[cgutils.alloca_once_value(v.builder, s) for s in row] for row in zero]

    def places(self, address: Any, step: Any) -> list[Any]:
        """Return the address of each row."""
        b = self.v.builder
        return [b.add(address, b.mul(step, _I64(i))) for i in range(self.height)]

    def row(self, address: Any) -> list[Any]:
        """Load a row."""
        v = self.v
        return [v.load(v.shift(address, k), k == self.width - 1) for k in range(self.width)]

    def row_and_more(self, address: Any) -> list[Any]:
        """Load a row and what lies behind it in its last vector, which no sum of ours gets.

        Short registers have no masks of their own: one would take the place of a sum.
        """
        return [self.v.load(self.v.shift(address, k)) for k in range(self.width)]

    def begin_with(self, places: list[Any]) -> None:
        """Begin with what is there."""
        for sums, place in zip(self.sums, places, strict=True):
            for one, value in zip(sums, self.row(place), strict=True):
                self.v.builder.store(value, one)

    def add(self, numbers: list[Any], row: list[Any]) -> None:
        """Add a number for each row of the tile times a row of weights."""
        v = self.v
        for sums, place in zip(self.sums, numbers, strict=True):
            a = v.splat(v.builder.load(v.at(place, v.scalar), align=v.item))
            for one, w in zip(sums, row, strict=True):
                v.builder.store(v.multiply_add(a, w, v.builder.load(one)), one)

    def store(self, places: list[Any], factor: Any = None) -> None:
        """Store the sums, or add them times a factor."""
        v, b = self.v, self.v.builder
        for sums, place in zip(self.sums, places, strict=True):
            values = [b.load(one) for one in sums]
            if factor is not None:
                old = self.row(place)
                values = [v.multiply_add(factor, s, o) for s, o in zip(values, old, strict=True)]
            for k, value in enumerate(values):
                store = v.store_lanes if k == self.width - 1 else v.store
                store(value, v.shift(place, k))


def _add_tile(
    typingctx, real, vectors, height, tail, source, step, down, rows, run, weight, stride, below,
    total, to_step,
):  # fmt: skip
    """total[p, :] += sum_i sum_j source[p, i, j] * weight[i, j, :]; addresses and steps in bytes.

    source[p, i, j] lies at source + p * step + i * down + j * item, weight[i, j] at weight +
    i * below + j * stride, total[p] at total + p * to_step.
    """

    def codegen(context, builder, signature, args):
        vectors, height, *given = args[1:]

        def emit(width: int, height: int, builder: Any, args: list[Any]) -> None:
            tail, source, step, down, rows, run, weight, stride, below, total, to_step = args
            v = Vectors(builder, signature.args[0], tail)
            tile = _Tile(v, width, height)
            places = tile.places(total, to_step)
            tile.begin_with(places)
            begins = tile.places(source, step)
            with cgutils.for_range(builder, rows) as loop:
                there = builder.mul(loop.index, down)
                numbers = [builder.add(begin, there) for begin in begins]
                first = builder.add(weight, builder.mul(loop.index, below))
                with cgutils.for_range(builder, run) as inner:
                    offset = builder.mul(inner.index, _I64(v.item))
                    row = tile.row_and_more(builder.add(first, builder.mul(inner.index, stride)))
                    tile.add([builder.add(number, offset) for number in numbers], row)
            tile.store(places)

        def apart(width: int, height: int) -> None:
            call_apart(builder, "add_tile", given, partial(emit, width, height))

        _for_each_tile(builder, "add", vectors, height, apart)
        return context.get_dummy_value()

    return types.void(real, *[types.intp] * 13), codegen


def _add_products(
    typingctx, factor, vectors, height, tail, source, step, down, rows, columns, signal, along,
    below, weight, stride,
):  # fmt: skip
    """weight[t, :] += factor * sum_y sum_x source[y, x, t] * signal[y, x, :]; steps in bytes.

    source[y, x, t] lies at source + y * down + x * step + t * item, signal[y, x] at signal +
    y * below + x * along, weight[t] at weight + t * stride.
    """

    def codegen(context, builder, signature, args):
        factor, vectors, height, *given = args

        def emit(width: int, height: int, builder: Any, args: list[Any]) -> None:
            factor, tail, source, step, down, rows, columns, signal, along, below, *to = args
            v = Vectors(builder, signature.args[0], tail)
            tile = _Tile(v, width, height)
            with cgutils.for_range(builder, rows) as loop:
                numbers = builder.add(source, builder.mul(loop.index, down))
                signals = builder.add(signal, builder.mul(loop.index, below))
                with cgutils.for_range(builder, columns) as inner:
                    first = builder.add(numbers, builder.mul(inner.index, step))
                    row = tile.row_and_more(builder.add(signals, builder.mul(inner.index, along)))
                    tile.add([builder.add(first, _I64(v.item * i)) for i in range(height)], row)
            tile.store(tile.places(*to), v.splat(factor))

        def apart(width: int, height: int) -> None:
            call_apart(builder, "add_products", [factor, *given], partial(emit, width, height))

        _for_each_tile(builder, "products", vectors, height, apart)
        return context.get_dummy_value()

    return types.void(factor, *[types.intp] * 13), codegen


add_tile: Any = intrinsic(_add_tile)
add_products: Any = intrinsic(_add_products)
