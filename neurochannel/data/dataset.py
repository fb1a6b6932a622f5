"""The container of a data set: checked once, read-only from then on."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurochannel.data import sentences
from neurochannel.data.array_checks import BYTE, as_inputs, as_targets, extremes, sealed


class Split(NamedTuple):
    """Examples `x`, (n, inputs), and what they should give, `t`: (n,) labels or (n, outputs)."""

    x: NDArray[Any]
    t: NDArray[Any]


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Data:
    """A training split and, where there is one, a test split.

    Parameters
    ----------
    train_x, test_x
        Examples, (n, inputs); images (n, height, width) are flattened. uint8 stays uint8 and means
        ``x * scale``; float32 and float64 stay as they are; other numbers become float32. Lists,
        sparse arrays of scipy and tensors will do.
    train_t, test_t
        Class labels, whole numbers from 0, (n,), or targets, (n, outputs).
    name
        Name of a known data set or path of the file that it came from.
    scale
        What uint8 values are multiplied by; if left out, 1/255, or 1 where no byte is above 1, as
        in spike rasters and masks.

    Raises
    ------
    DataError
        When arrays are empty, do not fit each other, or hold NaN, infinity, masked values or
        impossible labels.

    Notes
    -----
    Arrays are not copied unless their type or layout has to change: do not change them afterwards.
    """

    train: Split
    test: Split | Any  # None without one; Any lets `data.test.x` pass where there is one
    name: str | None
    scale: float

    def __init__(
        self,
        train_x: ArrayLike,
        train_t: ArrayLike,
        test_x: ArrayLike | None = None,
        test_t: ArrayLike | None = None,
        *,
        name: str | None = None,
        scale: float | None = None,
    ) -> None:
        train = _split(train_x, train_t, "train")
        test = None
        if test_x is not None or test_t is not None:
            train, test = _alike(train, _split(test_x, test_t, "test"))
        vars(self).update(train=train, test=test, name=name, scale=BYTE)
        vars(self)["scale"] = self._own_scale() if scale is None else _checked_scale(scale)

    @property
    def n_inputs(self) -> int:
        """Numbers in one example."""
        return int(self.train.x.shape[1])

    @property
    def has_labels(self) -> bool:
        """Whether `t` holds class labels rather than targets."""
        return self.train.t.ndim == 1

    @cached_property
    def n_outputs(self) -> int:
        """Numbers in one target, or the largest label of both splits + 1."""
        if not self.has_labels:
            return int(self.train.t.shape[1])
        return 1 + max(int(split.t.max()) for split in self._splits())

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal sha256 over shapes, types and values of all arrays and the scale."""
        digest = hashlib.sha256(float(self.scale).hex().encode())
        for split in (self.train, self.test):
            for array in split or ():
                digest.update(f"{array.shape}{array.dtype.str}".encode())
                digest.update(array.data.cast("B"))
        return digest.hexdigest()

    def _splits(self) -> list[Split]:
        return [split for split in (self.train, self.test) if split]

    def _own_scale(self) -> float:
        """Return what bytes are worth where nobody says: 0 and 1 are numbers, more are pixels."""
        is_bytes = self.train.x.dtype == np.uint8
        return 1.0 if is_bytes and max(split.x.max() for split in self._splits()) == 1 else BYTE

    @cached_property
    def largest_input(self) -> float:
        """Largest magnitude in the training examples, bytes as they are."""
        low, high = extremes(self.train.x)
        return max(-float(low), float(high))

    @cached_property
    def largest(self) -> float:
        """Largest magnitude in all arrays of floats."""
        arrays = [array for split in self._splits() for array in split if array.dtype.kind == "f"]
        return max([0.0, *(abs(float(end)) for array in arrays for end in extremes(array))])

    def __setstate__(self, state: dict[str, Any]) -> None:
        # NumPy forgets in copies and pickles that an array is read-only.
        splits = {name: state[name] for name in ("train", "test") if state[name]}
        kept = {name: Split(*map(sealed, split)) for name, split in splits.items()}
        vars(self).update(state | kept)

    def __repr__(self) -> str:
        test = len(self.test.t) if self.test else 0
        return (
            f"Data(name={self.name!r}, train={len(self.train.t)}, test={test}, "
            f"inputs={self.n_inputs}, outputs={self.n_outputs})"
        )


def as_data(given: Any) -> Data:
    """Return what was given as a data set: one, (x, t), or (train_x, train_t, test_x, test_t).

    Raises
    ------
    DataError
        When it is something else, such as a name, or its arrays do not fit.
    """
    if isinstance(given, Data):
        return given
    if isinstance(given, str | os.PathLike):
        raise sentences.named_data(os.fspath(given))
    if isinstance(given, list | tuple) and len(given) in (2, 4):
        return Data(*given)
    if hasattr(given, "x") and hasattr(given, "t"):
        return Data(given.x, given.t)
    train, test = (getattr(given, part, None) for part in ("train", "test"))
    if train is None or not (hasattr(train, "x") and hasattr(train, "t")):
        raise sentences.not_data(type(given).__name__)
    name, scale = (getattr(given, part, None) for part in ("name", "scale"))
    pair = (test.x, test.t) if test is not None else ()
    return Data(train.x, train.t, *pair, name=name, scale=scale)


def _split(x: ArrayLike | None, t: ArrayLike | None, where: str) -> Split:
    split = Split(as_inputs(x, f"{where}_x"), as_targets(t, f"{where}_t"))
    if len(split.x) != len(split.t):
        raise sentences.lengths_differ(f"{where}_x", f"{where}_t", len(split.x), len(split.t))
    return split


def _alike(train: Split, test: Split) -> tuple[Split, Split]:
    """Return both splits with the same types, or say how they differ."""
    if train.x.shape[1] != test.x.shape[1]:
        raise sentences.widths_differ(train.x.shape[1], test.x.shape[1])
    if train.t.shape[1:] != test.t.shape[1:]:
        raise sentences.parts_differ(train.t.shape, test.t.shape)
    if (train.x.dtype == np.uint8) != (test.x.dtype == np.uint8):
        raise sentences.units_differ(str(train.x.dtype), str(test.x.dtype))
    types = [np.result_type(one, other) for one, other in zip(train, test, strict=True)]
    return _cast(train, types), _cast(test, types)


def _cast(split: Split, types: list[np.dtype[Any]]) -> Split:
    pairs = zip(split, types, strict=True)
    return Split(*(sealed(array.astype(dtype, copy=False)) for array, dtype in pairs))


def _checked_scale(scale: float) -> float:
    try:
        value = float(scale) if np.ndim(scale) == 0 else math.nan
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise sentences.wrong_scale(scale)
    return value
