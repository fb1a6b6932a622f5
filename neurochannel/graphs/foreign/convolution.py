"""A two-dimensional convolution as single edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.inputs.opening import ContentError
from neurochannel.model.problems import short

MOST_EDGES = 50_000_000
PADDING = "padding"
Edges = tuple[tuple[int, ...], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def conv2d_edges(numbers: Mapping[str, NDArray[Any]], size: tuple[int, ...]) -> Edges:
    """Return the shape of the receivers, and sources, targets and weights of all edges.

    A receiver (c, y, x) gets weight[c, k, u, v] from the sender
    (k, y stride - padding + u dilation, x stride - padding + v dilation), if there is one.

    Parameters
    ----------
    numbers
        weight, (receivers, senders / groups, height, width), and stride, padding, dilation, groups.
    size
        Height and width of the senders.

    Raises
    ------
    ContentError
        If they do not fit each other.
    """
    weight = numbers["weight"]
    if weight.ndim != 4 or len(size) != 2 or min(size) < 1:
        raise ContentError("a convolution must have a weight of four axes and an input of two")
    n_out, n_per_group, *kernel = weight.shape
    stride, dilation = (_pair(numbers, key, 1) for key in ("stride", "dilation"))
    padding = _pair(numbers, PADDING, 0)
    groups = groups_of(numbers)
    shape = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(size, padding, dilation, kernel, stride, strict=True)
    ]
    if min(shape) < 1 or groups < 1 or n_out % groups:
        raise ContentError("a convolution must fit its input and its groups")
    if weight.size * shape[0] * shape[1] > MOST_EDGES:
        raise ContentError(f"a convolution must be at most {MOST_EDGES:,} edges")
    out, per, y, x, u, v = np.indices((n_out, n_per_group, *shape, *kernel)).reshape(6, -1)
    row = y * stride[0] - padding[0] + u * dilation[0]
    column = x * stride[1] - padding[1] + v * dilation[1]
    inside = (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
    channel = out // (n_out // groups) * n_per_group + per
    sources = (channel * size[0] + row) * size[1] + column
    targets = (out * shape[0] + y) * shape[1] + x
    weights = weight[out, per, u, v].astype(np.float64)
    return (n_out, *shape), sources[inside], targets[inside], weights[inside]


def groups_of(numbers: Mapping[str, NDArray[Any]]) -> int:
    """Return into how many groups the maps of both ends are parted."""
    return int(numbers["groups"].reshape(-1)[0]) if "groups" in numbers else 1


def inputs_of(numbers: Mapping[str, NDArray[Any]], size: tuple[int, ...]) -> int:
    """Return how many senders there are, of an image of a height and width."""
    return int(numbers["weight"].shape[1]) * groups_of(numbers) * size[0] * size[1]


def padding_of(word: str, numbers: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Return the zeros around an image that a word asks for: "valid" or "same".

    Raises
    ------
    ContentError
        If it is another word, or as many zeros are not needed on all sides.
    """
    if word == "valid":
        return np.zeros(2, np.int64)
    kernel = np.array(numbers["weight"].shape[2:], np.int64)
    reach = np.array(_pair(numbers, "dilation", 1)) * (kernel - 1)
    if word != "same" or _pair(numbers, "stride", 1) != (1, 1) or np.any(reach % 2):
        raise ContentError(
            "the padding of a convolution must be numbers, 'valid', or 'same' with stride 1 and "
            f"kernels of odd length, got {short(word)}"
        )
    padding: NDArray[np.int64] = reach // 2
    return padding


def _pair(numbers: Mapping[str, NDArray[Any]], key: str, usual: int) -> tuple[int, int]:
    if key not in numbers or numbers[key].dtype.kind not in "iu":
        return usual, usual
    values = [int(n) for n in numbers[key].reshape(-1)]
    if not values or min(values) < (0 if usual == 0 else 1) or len(values) > 2:
        raise ContentError(f"{key} of a convolution must be one or two whole numbers")
    return values[0], values[-1]
