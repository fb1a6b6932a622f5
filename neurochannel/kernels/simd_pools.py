"""Pooling with explicit vectors: the largest of a window, and its way back.

The functions of `windows` that call them are their own plain twins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurochannel.kernels.simd import Vectors

_I64 = ir.IntType(64)


@contextmanager
def _each_tap(builder: Any, v: Vectors, place: Any, window: Any) -> Iterator[tuple[Any, Any]]:
    """Emit what is done for each tap of a window: (address, number of the tap as a real).

    Parameters
    ----------
    window
        Rows, columns, and bytes from one row and from one column to the next.
    """
    rows, columns, down, along = window
    with cgutils.for_range(builder, rows) as row:
        first = builder.add(place, builder.mul(row.index, down))
        with cgutils.for_range(builder, columns) as column:
            tap = builder.add(builder.mul(row.index, columns), column.index)
            address = builder.add(first, builder.mul(column.index, along))
            yield address, v.splat(builder.sitofp(tap, v.scalar))


def _take_largest(typingctx, real, tail, source, rows, columns, down, along, out, winner):
    """Store the largest of the taps of a window for up to 64 bytes of maps, and which it was.

    The first of equals wins, and what is no number.
    """

    def codegen(context, builder, signature, args):
        tail, source, *window, out, winner = args[1:]
        v = Vectors(builder, signature.args[0], tail)
        best = cgutils.alloca_once_value(builder, v.load(source, masked=True))
        number = cgutils.alloca_once_value(builder, v.zero)
        builder.store(builder.load(best), best)
        with _each_tap(builder, v, source, window) as (address, tap):
            new, old = v.load(address, masked=True), builder.load(best)
            larger = builder.fcmp_unordered(">", new, old)
            wins = builder.and_(larger, builder.fcmp_ordered("ord", old, old))
            builder.store(builder.select(wins, new, old), best)
            builder.store(builder.select(wins, tap, builder.load(number)), number)
        v.store_lanes(builder.load(best), out)
        v.store_lanes(builder.load(number), winner)
        return context.get_dummy_value()

    return types.void(real, *[types.intp] * 8), codegen


def _give_to_winners(typingctx, real, tail, total, rows, columns, down, along, signal, winner):
    """Add signals to the taps that won, for up to 64 bytes of maps."""

    def codegen(context, builder, signature, args):
        tail, total, *window, signal, winner = args[1:]
        v = Vectors(builder, signature.args[0], tail)
        signals, winners = v.load(signal, masked=True), v.load(winner, masked=True)
        with _each_tap(builder, v, total, window) as (address, tap):
            old = v.load(address, masked=True)
            won = builder.fcmp_ordered("==", winners, tap)
            v.store_lanes(builder.select(won, builder.fadd(old, signals), old), address)
        return context.get_dummy_value()

    return types.void(real, *[types.intp] * 8), codegen


take_largest: Any = intrinsic(_take_largest)
give_to_winners: Any = intrinsic(_give_to_winners)
