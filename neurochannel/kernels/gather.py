"""From the data set to the input population: bytes become numbers, and images may move."""

# b = example, i = input, y, x, m = row, column and map of a pixel

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.kernels import bulk
from neurochannel.kernels.declare import (
    BUFFER,
    EXAMPLES,
    IMAGE,
    INPUT_OFFSET,
    INPUT_SCALE,
    MOVES,
    MOVES_DRAWN,
    kernel,
    rows_of,
    sets,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.views import row

_WORDS = np.uint64(4)
_ONE, _TWO = np.uint64(1), np.uint64(2)
_HALF = np.uint64(32)


@inner
def _chosen(word, n):
    """Turn 32 random bits into a whole number below n."""
    return np.int64((np.uint64(word) * np.uint64(n)) >> _HALF)


@inner
def move(inputs, scale, offset, image, moves, key, example, out):
    """out[y, x, m] = what the image has dy rows below and dx columns to the right, or 0 outside.

    dy and dx are drawn from -shift .. shift, and the columns of every other image are reversed.

    Parameters
    ----------
    image
        (height, width, maps).
    moves
        (shift, flip).
    key
        Of the draws of this epoch.
    """
    height, width, maps = image
    shift, flip = moves
    first = np.uint64(example) * _WORDS
    dy = _chosen(bulk.word(key, first), 2 * shift + 1) - shift
    dx = _chosen(bulk.word(key, first + _ONE), 2 * shift + 1) - shift
    mirrored = flip != 0 and _chosen(bulk.word(key, first + _TWO), 2) == 1
    for y in range(height):
        for x in range(width):
            column = width - 1 - x if mirrored else x
            inside = 0 <= y + dy < height and 0 <= column + dx < width
            here, there = (y * width + x) * maps, ((y + dy) * width + column + dx) * maps
            for m in range(maps):
                if inside:
                    out[here + m] = inputs[there + m] * scale[m] + offset[m]
                else:
                    out[here + m] = 0.0


@inner
def gather(data, examples, scale, offset, out):
    """out[b] = scale * data[example b] + offset."""
    for b in range(out.shape[0]):
        inputs = row(data, examples[b])
        for i in range(out.shape[1]):
            out[b, i] = inputs[i] * scale[i] + offset[i]


@inner
def gather_moved(data, examples, scale, offset, image, moves, drawn, out):
    """out[b] = scale * data[example b] + offset, each image moved."""
    seed, stream, epoch = drawn
    key = bulk.key(seed, stream, epoch)
    for b in range(out.shape[0]):
        inputs = row(data, examples[b])
        move(inputs, scale, offset, image, moves, key, examples[b], row(out, b))


_UNITS: dict[str, Any] = {"examples": EXAMPLES, "scale": INPUT_SCALE, "offset": INPUT_OFFSET}
_MOVES: dict[str, Any] = {"image": IMAGE, "moves": MOVES, "drawn": MOVES_DRAWN}


@kernel(data=rows_of("bytes", "n"), **_UNITS, out=sets(BUFFER, "n"))
def gather_bytes(data, examples, scale, offset, out):
    """out[b] = scale * data[example b] + offset."""
    gather(data, examples, scale, offset, out)


@kernel(data=rows_of("reals", "n"), **_UNITS, out=sets(BUFFER, "n"))
def gather_reals(data, examples, scale, offset, out):
    """out[b] = data[example b]; scale is 1 and offset 0."""
    gather(data, examples, scale, offset, out)


@kernel(data=rows_of("bytes", "n"), **_UNITS, **_MOVES, out=sets(BUFFER, "n"))
def gather_moved_bytes(data, examples, scale, offset, image, moves, drawn, out):
    """out[b] = scale * data[example b] + offset, moved."""
    gather_moved(data, examples, scale, offset, image, moves, drawn, out)


@kernel(data=rows_of("reals", "n"), **_UNITS, **_MOVES, out=sets(BUFFER, "n"))
def gather_moved_reals(data, examples, scale, offset, image, moves, drawn, out):
    """out[b] = data[example b], moved; scale is 1 and offset 0."""
    gather_moved(data, examples, scale, offset, image, moves, drawn, out)
