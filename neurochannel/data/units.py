"""What bytes of inputs are worth: x * scale + offset, alike for all of them or by map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurochannel.data import sentences

BYTE = 1 / 255
"""What a byte of x is worth unless somebody says otherwise, or all bytes are 0 and 1."""


@dataclass(frozen=True)
class Units:
    """What bytes are worth.

    Parameters
    ----------
    scale, offset
        A byte x of input i is worth ``x * scale[i % maps] + offset[i % maps]``; both of the same
        length, which is 1 where all inputs are alike.
    """

    scale: tuple[float, ...] = (BYTE,)
    offset: tuple[float, ...] = (0.0,)

    @property
    def plain(self) -> float | None:
        """The one factor where it says all, else None."""
        return self.scale[0] if len(self.scale) == 1 and not any(self.offset) else None

    @property
    def short(self) -> tuple[float | tuple[float, ...], float | tuple[float, ...]]:
        """Scale and offset, each one number where all inputs are alike."""
        alike = len(self.scale) == 1
        return (self.scale[0], self.offset[0]) if alike else (self.scale, self.offset)

    @property
    def n_maps(self) -> int:
        """For how many maps there are numbers, 1 where all inputs are alike."""
        return len(self.scale)

    def largest(self, x: float) -> float:
        """Return the largest magnitude that bytes from 0 to x can be worth."""
        pairs = zip(self.scale, self.offset, strict=True)
        return max(max(abs(offset), abs(x * scale + offset)) for scale, offset in pairs)

    def tables(self, n: int, dtype: np.dtype) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return scale and offset of each of n inputs, read-only."""
        return _tables(self, n, np.dtype(dtype))

    def applied(self, x: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return what bytes x, (n, inputs), are worth."""
        scale, offset = self.tables(x.shape[-1], np.dtype(np.float64))
        worth: NDArray[np.float64] = x * scale + offset
        return worth


PIXELS, NUMBERS = Units(), Units((1.0,))
"""Bytes from 0 to 1, and bytes that stand for themselves."""


@lru_cache(maxsize=64)
def _tables(units: Units, n: int, dtype: np.dtype) -> tuple[NDArray[Any], NDArray[Any]]:
    made = []
    for numbers in (units.scale, units.offset):
        table = np.resize(np.array(numbers, np.float64), n).astype(dtype)
        table.flags.writeable = False
        made.append(table)
    return made[0], made[1]


def checked_units(scale: ArrayLike, offset: ArrayLike, n_maps: int) -> Units:
    """Return units of one number or one for each of `n_maps` maps.

    Raises
    ------
    DataError
        If they are something else, not finite, or a scale is not above 0.
    """
    scales = _numbers(scale, n_maps)
    offsets = _numbers(offset, n_maps)
    if scales is None or min(scales) <= 0:
        raise sentences.wrong_scale(scale, n_maps)
    if offsets is None:
        raise sentences.wrong_offset(offset, n_maps)
    if len(set(scales)) == len(set(offsets)) == 1:
        return Units(scales[:1], offsets[:1])
    n = max(len(scales), len(offsets))
    return Units(*(numbers * n if len(numbers) == 1 else numbers for numbers in (scales, offsets)))


def _numbers(given: ArrayLike, n_maps: int) -> tuple[float, ...] | None:
    try:
        array = np.asarray(given)
        if array.dtype.kind not in "biuf" and array.ndim:
            return None
        values = [float(array[()])] if array.ndim == 0 else [float(v) for v in array]
    except (TypeError, ValueError):
        return None
    fits = array.ndim == 0 or (array.ndim == 1 and len(values) == n_maps > 1)
    if not fits or not all(math.isfinite(value) for value in values):
        return None
    return tuple(values)


def standard_units(x: NDArray[np.uint8], n_maps: int) -> Units:
    """Return the units in which each map of bytes has mean 0 and standard deviation 1.

    A map that is the same everywhere becomes 0.
    """
    counts = np.stack(
        [np.bincount(x[:, m::n_maps].ravel(), minlength=256) for m in range(n_maps)]
    ).astype(np.float64)
    values = np.arange(256.0)
    n = counts.sum(axis=1)
    mean = counts @ values / n
    variance = np.sum(counts * (values - mean[:, None]) ** 2, axis=1) / n
    spread = np.where(variance > 0, np.sqrt(variance), 1.0)
    return Units(tuple((1 / spread).tolist()), tuple((-mean / spread).tolist()))
