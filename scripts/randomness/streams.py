"""Endless streams of 32-bit words of many keys, in the orders in which an engine draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from neurochannel.kernels import bulk
from neurochannel.kernels.jit import jit

Words = NDArray[np.uint32]

SEED, STREAM = np.uint64(20261125), np.uint64(7)
KEYS, BLOCK, PAIRED, PIECE = 4096, 256, 1 << 16, 1 << 20


@jit
def fill_steps(out, seed, stream, first_step):  # type: ignore[no-untyped-def]
    """out[k, i] = word i of the key of step first_step + k."""
    for k in range(out.shape[0]):
        bulk.fill_words(out[k], bulk.key(seed, stream, np.uint64(first_step + k)), np.uint64(0))


def key(seed: int, stream: int, step: int) -> np.uint64:
    """Return a key as a NumPy number."""
    return np.uint64(bulk.key(np.uint64(seed), np.uint64(stream), np.uint64(step)))


def words(key: np.uint64, count: int, first: int = 0) -> Words:
    """Return words first .. first + count - 1 of a key."""
    out = np.empty(count, np.uint32)
    bulk.fill_words(out, key, np.uint64(first))
    return out


def steps(count: int, length: int, first: int = 0) -> Words:
    """Return the first words of the keys of successive steps, (count, length)."""
    out = np.empty((count, length), np.uint32)
    fill_steps(out, SEED, STREAM, first)
    return out


def one_key() -> Iterator[Words]:
    """Elements 0, 1, ... of one key; after 2**32 of them, the next step's."""
    step = 0
    while True:
        for first in range(0, 1 << 32, PIECE):
            yield words(key(int(SEED), int(STREAM), step), PIECE, first)
        step += 1


def in_blocks() -> Iterator[Words]:
    """256 elements of step 0, 256 of step 1, ..."""
    step = 0
    while True:
        yield steps(KEYS, BLOCK, step).ravel()
        step += KEYS


def interleaved() -> Iterator[Words]:
    """Element 0 of 4096 successive steps, then element 1, ...; then the next 4096 steps."""
    step = 0
    while True:
        yield np.ascontiguousarray(steps(KEYS, BLOCK, step).T).ravel()
        step += KEYS


def of_pairs(combine: Callable[[Words, Words], Words], by: str) -> Iterator[Words]:
    """Combine the words of two keys that differ by one in the step, the stream or the seed."""
    pair = 0
    while True:
        places = [int(SEED), int(STREAM), 2 * pair]
        first = words(key(*places), PAIRED)
        places[("seed", "stream", "step").index(by)] += 1
        yield combine(first, words(key(*places), PAIRED))
        pair += 1


def reversed_bits(stream: Iterator[Words]) -> Iterator[Words]:
    """Turn each word around, so that tests of high bits see the low ones."""
    for piece in stream:
        turned = piece.byteswap()
        for shift, mask in ((4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            s, m = np.uint32(shift), np.uint32(mask)
            turned = ((turned >> s) & m) | ((turned & m) << s)
        yield turned


STREAMS: dict[str, Callable[[], Iterator[Words]]] = {
    "one key, elements 0, 1, ...": one_key,
    "one key, bits reversed": lambda: reversed_bits(one_key()),
    "256 elements of each step": in_blocks,
    "256 elements of each step, bits reversed": lambda: reversed_bits(in_blocks()),
    "element 0 of 4096 steps, then element 1, ...": interleaved,
    "element 0 of 4096 steps, ..., bits reversed": lambda: reversed_bits(interleaved()),
    "XOR of neighboring steps": lambda: of_pairs(np.bitwise_xor, "step"),
    "difference of neighboring streams": lambda: of_pairs(np.subtract, "stream"),
    "XOR of neighboring seeds": lambda: of_pairs(np.bitwise_xor, "seed"),
}
