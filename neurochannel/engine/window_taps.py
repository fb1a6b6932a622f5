"""What meets at the taps of windows: which pixel at which position, and sums over them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from neurochannel.model.maps import Geometry


class Joins(NamedTuple):
    """Places where a number of a window lies inside the image, one entry for each.

    Parameters
    ----------
    pixels, positions
        Of the source and of the target, counted row by row.
    taps
        i * columns + j.
    """

    pixels: np.ndarray
    positions: np.ndarray
    taps: np.ndarray


def joins(made: Geometry) -> Joins:
    """Return which pixel each tap of each window meets."""
    axes = []
    for n, out, k, stride, margin in zip(
        made.source[:2], made.target[:2], made.kernel, made.stride, made.margin, strict=True
    ):
        at, tap = np.divmod(np.arange(out * k), k)
        here = stride * at + tap - margin
        inside = (here >= 0) & (here < n)
        axes.append(np.stack([here[inside], at[inside], tap[inside]]))
    (row, y, i), (column, x, j) = axes[0][:, :, None], axes[1][:, None, :]
    return Joins(
        (row * made.source[1] + column).ravel(),
        (y * made.target[1] + x).ravel(),
        (i * made.kernel[1] + j).ravel(),
    )


def sources_of_rows(made: Geometry) -> np.ndarray:
    """Return the source neuron of each row of weights of local windows, (rows,) uint32.

    Rows whose tap lies in the margin have a number beyond all neurons.
    """
    met, maps = joins(made), made.source[2]
    at = met.positions * math.prod(made.kernel) + met.taps
    found = np.full((made.rows // maps, maps), math.prod(made.source), np.uint32)
    found[at] = met.pixels[:, None] * maps + np.arange(maps)
    return found.ravel()


def by_tap(
    made: Geometry, image: np.ndarray, positions: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield what meets at each tap inside the image: (places, source maps) and (places, maps).

    Parameters
    ----------
    image, positions
        A number for each neuron of the source and of the target.
    """
    met = joins(made)
    x, d = image.reshape(-1, made.source[2]), positions.reshape(-1, made.target[2])
    for tap in range(math.prod(made.kernel)):
        here = met.taps == tap
        yield x[met.pixels[here]], d[met.positions[here]]


def window_products(made: Geometry, images: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return the sum over examples, and positions that share weights, of products at both ends.

    Parameters
    ----------
    images, positions
        (n, sources) and (n, targets).

    Returns
    -------
    ndarray
        (windows, taps, source maps, maps), with one window for a convolution.
    """
    met, (maps, n) = joins(made), (made.source[2], made.target[2])
    x, d = images.reshape(len(images), -1, maps), positions.reshape(len(positions), -1, n)
    shared, taps = made.kind == "conv", math.prod(made.kernel)
    out = np.zeros((1 if shared else made.n_windows, taps, maps, n))
    for tap in range(taps):
        here = met.taps == tap
        pixels, at = met.pixels[here], met.positions[here]
        if shared:
            out[0, tap] = np.tensordot(x[:, pixels], d[:, at], ((0, 1), (0, 1)))
        else:
            out[at, tap] = np.einsum("bpc,bpm->pcm", x[:, pixels], d[:, at])
    return out
