"""Data sets in the form that kernels read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurochannel.data.dataset import Data
from neurochannel.data.units import NUMBERS, Units
from neurochannel.engine.memory import MARGIN

MAX_PIXELS = np.iinfo(np.uint16).max
SMALL_BATCH = 16
PIXELS_BELOW, PIXELS_BELOW_AT_LARGE_BATCH = 0.7, 0.4
"""Largest fractions of non-zero bytes for which listing them pays."""


@dataclass(frozen=True)
class Moves:
    """How training moves images of (height, width, maps): not at all without a shift or flip."""

    height: int = 1
    width: int = 1
    maps: int = 1
    shift: int = 0
    flip: bool = False

    @classmethod
    def of(cls, data: Data) -> Moves:
        """Return those that a data set asks for."""
        if not (data.shift or data.flip):
            return cls()
        height, width = data.shape[:2]
        return cls(height, width, data.n_maps, data.shift, data.flip)

    @property
    def any(self) -> bool:
        """Whether images move."""
        return self.shift > 0 or self.flip


AT_REST = Moves()


@dataclass(frozen=True)
class Feed:
    """A data set as kernels see it; of bytes and reals, labels and targets one is empty.

    Parameters
    ----------
    bytes, reals
        Inputs, (n, inputs).
    units
        What a byte is worth.
    input_scale, input_offset
        The same by input, (inputs,): reals are worth themselves.
    moves
        How training moves images.
    pixel_start, pixel_index, pixel_value
        The non-zero bytes of each example: those of example i are start[i] .. start[i + 1]; none
        where a byte of 0 is worth something, maps differ or images move.
    labels, targets
        (n,) int64, or (n, outputs).
    """

    bytes: np.ndarray
    reals: np.ndarray
    units: Units
    input_scale: np.ndarray
    input_offset: np.ndarray
    moves: Moves
    pixel_start: np.ndarray
    pixel_index: np.ndarray
    pixel_value: np.ndarray
    labels: np.ndarray
    targets: np.ndarray

    @property
    def n_rows(self) -> int:
        """Number of examples."""
        return max(len(self.bytes), len(self.reals))

    @property
    def n_pixels(self) -> int:
        """Number of listed bytes."""
        return len(self.pixel_index)

    @property
    def images(self) -> bool:
        """Whether the inputs are bytes."""
        return len(self.bytes) > 0

    @property
    def worth(self) -> float:
        """What a listed byte is worth."""
        return self.units.plain or 0.0

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        pixels = ("pixel_start", "pixel_index", "pixel_value")
        tables = ("input_scale", "input_offset")
        names = ("bytes", "reals", "labels", "targets", *tables, *pixels)
        return {name: getattr(self, name) for name in names}


def make_feed(
    x: np.ndarray,
    t: np.ndarray | None,
    units: Units,
    dtype: np.dtype,
    n_outputs: int,
    moves: Moves = AT_REST,
) -> Feed:
    """Lay inputs and targets out for the kernels.

    Parameters
    ----------
    x
        (n, inputs); bytes stay bytes, worth what `units` say, anything else becomes `dtype`.
    t
        Labels (n,), targets (n, outputs), or None where only activity is asked for.

    Notes
    -----
    Nothing is checked here: `engine.gate` has done it.
    """
    labels, targets = np.zeros(0, np.int64), np.zeros((0, n_outputs), dtype)
    if t is not None and t.ndim == 1:
        labels = t.astype(np.int64, copy=False)
    elif t is not None:
        targets = t.astype(dtype, order="C", copy=False)
    as_bytes = x.dtype == np.uint8
    nothing = np.zeros((0, x.shape[1]), np.uint8)
    listed = as_bytes and units.plain is not None and not moves.any
    scale, offset = (units if as_bytes else NUMBERS).tables(x.shape[1], dtype)
    return Feed(
        bytes=_readable(x if as_bytes else nothing),
        reals=_readable(
            np.zeros((0, x.shape[1]), dtype) if as_bytes else x.astype(dtype, order="C")
        ),
        units=units,
        input_scale=scale,
        input_offset=offset,
        moves=moves,
        **_sparse_copy(x if listed else nothing),
        labels=_readable(labels),
        targets=_readable(targets),
    )


def _readable(array: np.ndarray) -> np.ndarray:
    """Return a view that the kernels' one signature accepts: C order, read-only."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def sparse_pays(feed: Feed, batch_size: int) -> bool:
    """Tell whether listing the non-zero bytes beats reading all inputs at this batch size."""
    listed = len(feed.pixel_index)
    most = PIXELS_BELOW if batch_size < SMALL_BATCH else PIXELS_BELOW_AT_LARGE_BATCH
    return 0 < listed <= most * feed.bytes.size


def _with_margin(array: np.ndarray) -> np.ndarray:
    """Return a copy behind whose end whole vectors can be read."""
    longer = np.zeros(len(array) + MARGIN, array.dtype)
    longer[: len(array)] = array
    return longer[: len(array)]


def _sparse_copy(x: np.ndarray) -> dict[str, np.ndarray]:
    """List the non-zero bytes of each example: (pixel_start, pixel_index, pixel_value)."""
    worth = x.shape[1] <= MAX_PIXELS and np.count_nonzero(x) <= PIXELS_BELOW * x.size
    listed = x if worth else x[:0]
    filled = listed != 0
    start = np.zeros(len(listed) + 1, np.uint64)
    np.cumsum(np.count_nonzero(filled, axis=1), out=start[1:])
    return {
        "pixel_start": _readable(start),
        "pixel_index": _readable(_with_margin(np.nonzero(filled)[1].astype(np.uint16))),
        "pixel_value": _readable(_with_margin(listed[filled])),
    }
