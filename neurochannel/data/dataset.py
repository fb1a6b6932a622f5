"""The container of a data set: checked once, read-only ever after."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurochannel.errors import DataError

MAX_LABEL = 2**31 - 1


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
        ``x * scale``; float32 and float64 stay as they are; other numbers become float32.
    train_t, test_t
        Class labels, whole numbers from 0, (n,), or targets, (n, outputs).
    name
        Name of a known data set or path of the file that it came from.
    scale
        What uint8 values are multiplied by.

    Raises
    ------
    DataError
        When arrays are empty, do not fit each other, or hold NaN, infinity or impossible labels.

    Notes
    -----
    Arrays are not copied unless their type or layout has to change: do not change them afterwards.
    """

    train: Split
    test: Split | None
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
        scale: float = 1 / 255,
    ) -> None:
        train = _split(train_x, train_t, "train")
        test = None
        if test_x is not None or test_t is not None:
            train, test = _alike(train, _split(test_x, test_t, "test"))
        vars(self).update(train=train, test=test, name=name, scale=_checked_scale(scale))

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
        return 1 + max(int(split.t.max()) for split in (self.train, self.test) if split)

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal sha256 over shapes, types and values of all arrays and the scale."""
        digest = hashlib.sha256(float(self.scale).hex().encode())
        for split in (self.train, self.test):
            for array in split or ():
                digest.update(f"{array.shape}{array.dtype.str}".encode())
                digest.update(array.data.cast("B"))
        return digest.hexdigest()

    def __repr__(self) -> str:
        test = len(self.test.t) if self.test else 0
        return (
            f"Data(name={self.name!r}, train={len(self.train.t)}, test={test}, "
            f"inputs={self.n_inputs}, outputs={self.n_outputs})"
        )


def as_inputs(x: ArrayLike | None, where: str = "x") -> NDArray[Any]:
    """Return examples as a read-only (n, inputs) array of uint8, float32 or float64.

    Raises
    ------
    DataError
        When `x`, called `where`, has no examples, is not numeric or not finite.
    """
    array = _numbers(x, where)
    if array.ndim < 2:
        raise DataError(
            f"{where} must have the shape (n, inputs), got {array.shape}; "
            f"use {where}.reshape(n, inputs), with n = 1 for a single example"
        )
    return _finite(_floating(array.reshape(len(array), -1), keep_bytes=True), where)


def as_targets(t: ArrayLike | None, where: str = "t") -> NDArray[Any]:
    """Return labels as a read-only int64 (n,) array, or targets as a floating (n, outputs) array.

    Raises
    ------
    DataError
        When `t`, called `where`, has another shape, impossible labels or is not finite.
    """
    array = _numbers(t, where)
    if array.ndim == 2:
        return _finite(_floating(array, keep_bytes=False), where)
    if array.ndim != 1:
        raise DataError(
            f"{where} must hold class labels, shape (n,), or targets, shape (n, outputs), "
            f"got the shape {array.shape}"
        )
    if array.dtype.kind == "f":
        raise DataError(
            f"{where} has the shape {array.shape} of class labels but holds {array.dtype} numbers; "
            f"use {where}.astype(int) for labels or {where}[:, None] for targets"
        )
    for label in (int(array.min()), int(array.max())):
        if not 0 <= label <= MAX_LABEL:
            raise DataError(f"{where} must hold labels from 0 to {MAX_LABEL}, got {label}")
    return _sealed(array.astype(np.int64))


def _numbers(values: ArrayLike | None, where: str) -> NDArray[Any]:
    if values is None:
        raise DataError(f"{where} is missing; give examples and targets together")
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{where} must be one array, but its rows differ in length") from None
    if array.dtype.kind not in "buif":
        raise DataError(f"{where} must hold real numbers, got the type {array.dtype}")
    if array.size == 0:
        raise DataError(f"{where} is empty, it has the shape {array.shape}")
    return array


def _floating(array: NDArray[Any], *, keep_bytes: bool) -> NDArray[Any]:
    if keep_bytes and array.dtype == np.uint8:
        return array
    wide = array.dtype.kind == "f" and array.dtype.itemsize > 4
    return array.astype(np.float64 if wide else np.float32, copy=False)


def _finite(array: NDArray[Any], where: str) -> NDArray[Any]:
    # Extremes pass NaN on and, unlike isfinite, need no second array of this size.
    if array.dtype.kind == "f" and not np.isfinite([array.min(), array.max()]).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise DataError(
            f"{where} must be finite, got {array[row, column]} at [{row}, {column}]; "
            "remove or replace such values"
        )
    return _sealed(array)


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    sealed = np.ascontiguousarray(array).view()
    sealed.flags.writeable = False
    return sealed


def _split(x: ArrayLike | None, t: ArrayLike | None, where: str) -> Split:
    split = Split(as_inputs(x, f"{where}_x"), as_targets(t, f"{where}_t"))
    if len(split.x) != len(split.t):
        raise DataError(
            f"{where}_x and {where}_t must be of the same length, "
            f"got {len(split.x)} examples and {len(split.t)} targets"
        )
    return split


def _alike(train: Split, test: Split) -> tuple[Split, Split]:
    """Return both splits with the same types, or say how they differ."""
    if train.x.shape[1] != test.x.shape[1]:
        raise DataError(
            "train_x and test_x must have as many inputs, "
            f"got {train.x.shape[1]} and {test.x.shape[1]}"
        )
    if train.t.shape[1:] != test.t.shape[1:]:
        raise DataError(
            "train_t and test_t must both hold labels or as many outputs, "
            f"got the shapes {train.t.shape} and {test.t.shape}"
        )
    if (train.x.dtype == np.uint8) != (test.x.dtype == np.uint8):
        raise DataError(
            "train_x and test_x must be of one type, since uint8 is multiplied by scale, "
            f"got {train.x.dtype} and {test.x.dtype}"
        )
    types = [np.result_type(one, other) for one, other in zip(train, test, strict=True)]
    return _cast(train, types), _cast(test, types)


def _cast(split: Split, types: list[np.dtype[Any]]) -> Split:
    pairs = zip(split, types, strict=True)
    return Split(*(_sealed(array.astype(dtype, copy=False)) for array, dtype in pairs))


def _checked_scale(scale: float) -> float:
    try:
        value = float(scale)
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise DataError(f"scale must be a finite number above 0, got {scale}")
    return value
