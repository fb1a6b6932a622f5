"""Counted randomness: every draw is a function of (seed, stream, step, index) and of nothing else.

The generator is Philox4x32-10. One counter gives four 32-bit words; word number `index & 3` of
counter (index >> 2, step, stream) under key `seed` belongs to element `index`.

References
----------
J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC'11 (2011), doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

import math

import numpy as np

from neurochannel.kernels.jit import inner, jit

CONSTANT, UNIFORM, NORMAL, BINARY, TERNARY, SIGNS = range(6)

_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_EIGHT = np.uint64(8)
_UNIT = 2.0**-24


@jit
def philox(block, step, stream, seed):
    """Return the four 32-bit words of one counter, each in a uint64.

    Parameters
    ----------
    block, step, stream, seed
        uint64; counter (block, step low, step high, stream), key (seed low, seed high).
    """
    c0, c1, c2, c3 = block & _MASK, step & _MASK, step >> _SHIFT, stream & _MASK
    k0, k1 = seed & _MASK, seed >> _SHIFT
    for _ in range(10):
        p0 = _MULTIPLIER_0 * c0
        p1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _SHIFT) ^ c1 ^ k0,
            p1 & _MASK,
            (p0 >> _SHIFT) ^ c3 ^ k1,
            p0 & _MASK,
        )
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


@jit
def unit(word):
    """Turn a 32-bit word into a number in [0, 1) with 24 bits, exact in float32 and float64."""
    return float(word >> _EIGHT) * _UNIT


@jit
def units(block, step, stream, seed):
    """Return the four uniform numbers of one counter."""
    w0, w1, w2, w3 = philox(np.uint64(block), step, stream, seed)
    return unit(w0), unit(w1), unit(w2), unit(w3)


@inner
def _normals(u0, u1, u2, u3):
    r0, r1 = math.sqrt(-2.0 * math.log(1.0 - u0)), math.sqrt(-2.0 * math.log(1.0 - u2))
    t0, t1 = 2.0 * math.pi * u1, 2.0 * math.pi * u3
    return r0 * math.cos(t0), r0 * math.sin(t0), r1 * math.cos(t1), r1 * math.sin(t1)


@inner
def _shape(distribution, u):
    if distribution == UNIFORM:
        return 2.0 * u - 1.0
    if distribution == BINARY:
        return math.floor(2.0 * u)
    if distribution == TERNARY:
        return math.floor(3.0 * u) - 1.0
    if distribution == SIGNS:
        return 2.0 * math.floor(2.0 * u) - 1.0
    return 0.0


@jit
def fill(out, distribution, scale, mean, seed, stream, step):
    """Draw out[i] = mean + scale * z(i), z(i) from a distribution.

    Parameters
    ----------
    out
        (n,); overwritten.
    distribution
        CONSTANT (z = 0), UNIFORM in [-1, 1), NORMAL, BINARY in {0, 1}, TERNARY in {-1, 0, 1} or
        SIGNS in {-1, 1}.
    """
    n = out.shape[0]
    if distribution == CONSTANT:
        for i in range(n):
            out[i] = mean
        return
    for block in range((n + 3) // 4):
        u0, u1, u2, u3 = units(block, step, stream, seed)
        if distribution == NORMAL:
            z0, z1, z2, z3 = _normals(u0, u1, u2, u3)
        else:
            z0, z1 = _shape(distribution, u0), _shape(distribution, u1)
            z2, z3 = _shape(distribution, u2), _shape(distribution, u3)
        i = 4 * block
        out[i] = mean + scale * z0
        if i + 1 < n:
            out[i + 1] = mean + scale * z1
        if i + 2 < n:
            out[i + 2] = mean + scale * z2
        if i + 3 < n:
            out[i + 3] = mean + scale * z3


@jit
def below(bound, index, stream, seed):
    """Draw a whole number in [0, bound), bound < 2**32."""
    word = philox(np.uint64(index), np.uint64(0), stream, seed)[0]
    return np.int64((word * np.uint64(bound)) >> _SHIFT)


@jit
def permute(order, seed, stream, step):
    """Fill `order` with a random permutation of 0 .. n-1 (Fisher and Yates).

    Parameters
    ----------
    order
        (n,) uint32; overwritten.
    """
    n = order.shape[0]
    for i in range(n):
        order[i] = i
    for i in range(n - 1, 0, -1):
        word = philox(np.uint64(i), step, stream, seed)[0]
        j = np.int64((word * np.uint64(i + 1)) >> _SHIFT)
        order[i], order[j] = order[j], order[i]


@jit
def choose_fan_in(sources, n_source, fan_in, seed, stream):
    """Give every receiver `fan_in` different sources (R. W. Floyd's sampling).

    Parameters
    ----------
    sources
        (n_target, fan_in) uint32; overwritten.
    """
    taken = np.full(n_source, -1, np.int32)
    for receiver in range(sources.shape[0]):
        for k in range(fan_in):
            last = n_source - fan_in + k
            choice = below(last + 1, receiver * fan_in + k, stream, seed)
            if taken[choice] == receiver:
                choice = last
            taken[choice] = receiver
            sources[receiver, k] = choice


@jit
def count_density(limit, density, seed, stream, out):
    """Keep each of `limit` candidate edges with probability `density`, by geometric leaps.

    Returns how many are kept; the first `out.shape[0]` of their numbers are written to `out`.
    The cost grows with the edges that are kept, not with the candidates.
    """
    count, position, leap = 0, -1, 0
    scale = 1.0 / math.log1p(-density) if density < 1.0 else 0.0
    while True:
        u = unit(philox(np.uint64(leap), np.uint64(1), stream, seed)[0])
        leap += 1
        position += 1 + int(min(math.floor(math.log(1.0 - u) * scale), float(limit)))
        if position >= limit:
            return count
        if count < out.shape[0]:
            out[count] = position
        count += 1
