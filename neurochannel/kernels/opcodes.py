"""The instruction set: what one row of a program can ask for.

A row is eleven whole numbers and two reals; `LAYOUT` names the whole numbers. Buffers hold one row
of neurons for each example of a batch and are addressed in neurons per example; values (weights,
biases and scratch matrices) and wires (edge lists) by their first element.

    x, w, z   operands: addresses of a buffer or of values, as the instruction says
    m, n      widths: neurons of the source side and of the receiver side, or a count
    stride    width of a row of the weights at w or z, padding included
    path      which of several equivalent kernels does it, or which function is meant
    wires     address of an edge list, or a second small number
    stream    the random stream
"""

from __future__ import annotations

from enum import IntEnum

LAYOUT = ("op", "x", "w", "z", "m", "n", "path", "wires", "stream", "bits", "stride")


class Op(IntEnum):
    """What an instruction does; z is what it changes."""

    BIAS = 0
    """buffer z, (batch, n) = bias at w"""
    CLEAR = 1
    """buffer z, (batch, n) = 0"""
    DELIVER = 2
    """buffer z += buffer x times weights at w, (m, n); path GEMM, ROWS or ACTIVE_ROWS"""
    DELIVER_TIED = 3
    """buffer z, (batch, m) += buffer x, (batch, n), times the transpose of weights at w, (m, n)"""
    DELIVER_EDGES = 4
    """buffer z += buffer x over the edge list at wires, weights at w; m sources; EACH or LANES"""
    DELIVER_EDGES_TIED = 5
    """buffer z, (batch, m) += buffer x, (batch, n), against the edge list at wires"""
    ACTIVATE = 6
    """buffer z, (batch, n) = f(buffer x), f being path"""
    GATE = 7
    """buffer z, (batch, n) *= f'(total in x, activity in w), f being path"""
    UPDATE = 8
    """changes at z, (m, n) += rate/batch times buffer x transposed times buffer w; path: DELIVER"""
    UPDATE_EDGES = 9
    """the same for the edge list at wires"""
    UPDATE_BIAS = 10
    """changes at z, (n,) += rate/batch times the sum of buffer x over the batch"""
    GATHER = 11
    """buffer z, (batch, n) = inputs of the batch"""
    DELIVER_PIXELS = 12
    """buffer z, (batch, n) += inputs of the batch times weights at w, (m, n), non-zero ones only"""
    UPDATE_PIXELS = 13
    """changes at z, (m, n) += rate/batch times inputs transposed times buffer w, likewise"""
    ERROR = 14
    """buffer z, (batch, n) = target - activity in buffer x; wires = 1 for class labels"""
    SCORE = 15
    """add loss (path) and right answers of activity x and error z, (batch, n), to the totals"""
    KEEP = 16
    """buffer z, (batch, n) = sign or magnitude (path) of buffer x"""
    QUANTIZE = 17
    """buffer z, (batch, n) = Q(buffer x), Q being path with `bits`"""
    CLEAR_CHANGES = 18
    """changes at z, (n,) = 0"""
    QUANTIZE_CHANGES = 19
    """changes at z, (n,) = Q(changes at z)"""
    ADD_CHANGES = 20
    """changes at z, (m, n) += changes at x"""
    DRAW = 21
    """values at z, (n,) = random numbers of distribution path, drawn for this update"""
    CLEAR_VALUES = 22
    """values at z, (n,) = 0"""
    MULTIPLY_TIED = 23
    """values z, (bits, m) += values x, (bits, n), times the transpose of weights at w, (m, n)"""
    MULTIPLY_EDGES_TIED = 24
    """the same for weights of the edge list at wires"""
    TRANSPOSE = 25
    """values z, (n, m) += transpose of weights at w, (m, n)"""
    TRANSPOSE_EDGES = 26
    """the same for weights of the edge list at wires"""
    TAKE = 27
    """values z, (n,) = those of the m values at w whose positions are listed at wires"""
    COPY_SIGNS = 28
    """values z, (n,) = |values x| times the sign of values w"""


LAST_FORWARD, LAST_UPDATE, LAST_OUTSIDE = Op.GATE, Op.UPDATE_BIAS, Op.SCORE
"""The set in four parts: buffers, changes of weights, the data set, and whole matrices."""

GEMM, ROWS, ACTIVE_ROWS, EACH, LANES = range(5)
"""Paths of all-to-all bundles: BLAS, row by row, or the rows of sources that are not silent; paths
of single edges: example after example, or many examples side by side."""
