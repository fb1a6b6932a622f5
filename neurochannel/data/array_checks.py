"""The gate for arrays: any input becomes plain, checked numbers, or is refused.

Everything that does not depend on a network is checked here; `engine.gate` adds the rest.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurochannel.data import sentences

MAX_LABEL = 2**31 - 1


def as_inputs(x: ArrayLike | None, where: str = "x", width: int | None = None) -> NDArray[Any]:
    """Return examples as a read-only (n, inputs) array of uint8, float32 or float64.

    Parameters
    ----------
    width
        How many inputs each example must have; any number if left out.

    Raises
    ------
    DataError
        When `x`, called `where`, has no examples or another width, is not numeric or not finite.
    """
    array = shaped_inputs(x, where, width)
    if array.dtype != np.uint8:
        finite_range(array, where)
    return sealed(array)


def as_examples(x: ArrayLike | None, where: str) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Return examples as `as_inputs`, and the shape of one: (inputs,), or that of an image.

    Raises
    ------
    DataError
        As `as_inputs`.
    """
    array = as_numbers(x, where)
    flat = as_inputs(array, where)
    return flat, array.shape[1:] if array.ndim in (3, 4) else flat.shape[1:]


def as_targets(t: ArrayLike | None, where: str = "t", n_outputs: int | None = None) -> NDArray[Any]:
    """Return labels as a read-only int64 (n,) array, or targets as a floating (n, outputs) array.

    Parameters
    ----------
    n_outputs
        How many output neurons there are; any number if left out.

    Raises
    ------
    DataError
        When `t`, called `where`, has another shape, impossible labels or is not finite.
    """
    array = shaped_targets(t, where, n_outputs)
    if array.ndim == 2:
        finite_range(array, where)
    return sealed(array)


def shaped_targets(t: ArrayLike | None, where: str, n_outputs: int | None = None) -> NDArray[Any]:
    """Return checked labels, or targets (n, outputs); whether these are finite is not seen."""
    array = as_numbers(t, where)
    if array.ndim == 2:
        if n_outputs not in (None, array.shape[1]):
            if is_label_column(array):
                raise sentences.label_column(where, array.shape)
            raise sentences.wrong_targets(where, n_outputs, array.shape)
        return _floating(array)
    if array.ndim != 1:
        raise sentences.wrong_targets(where, n_outputs, array.shape)
    if array.dtype.kind == "f":
        raise sentences.float_labels(where, array.shape, str(array.dtype))
    return _labels(array, where, n_outputs)


def _labels(array: NDArray[Any], where: str, n_outputs: int | None) -> NDArray[np.int64]:
    low, high = (int(extreme) for extreme in extremes(array))
    if low < 0 or high > MAX_LABEL:
        raise sentences.impossible_label(where, MAX_LABEL, low if low < 0 else high)
    if n_outputs == 1:
        raise sentences.labels_for_one(where)
    if n_outputs is not None and high >= n_outputs:
        raise sentences.label_beyond(where, n_outputs, low, high)
    return array.astype(np.int64)


def is_label_column(t: NDArray[Any]) -> bool:
    """Tell whether targets look like class labels: one column of whole numbers, some above 1."""
    if t.ndim != 2 or t.shape[1] != 1:
        return False
    low, high = extremes(t)
    return bool(low >= 0 and high > 1 and np.all(t == np.floor(t)))


def shaped_inputs(
    x: ArrayLike | None,
    where: str,
    width: int | None = None,
    image: tuple[int, int, int] | None = None,
) -> NDArray[Any]:
    """Return x as (n, inputs) in a type that the engine knows; whether it is finite is not seen.

    Parameters
    ----------
    width, image
        How many inputs a network has, and their shape if they are an image.
    """
    array = as_numbers(x, where)
    shape = array.shape
    if image and array.ndim > 2 and (*shape[1:], 1)[:3] != image:
        raise sentences.wrong_images(where, image, shape)
    if array.ndim > 2:
        array = array.reshape(len(array), -1)
    if array.ndim != 2 or width not in (None, array.shape[1]):
        raise sentences.wrong_inputs(where, width, shape)
    return array if array.dtype == np.uint8 else _floating(array)


def as_numbers(values: Any, where: str) -> NDArray[Any]:
    """Return an array of bool, whole or floating numbers, which may be the one that was given.

    Lists, objects with `__array__`, scipy's sparse arrays, tensors of torch (also those that carry
    gradients) and small floats such as bfloat16 are converted.

    Raises
    ------
    DataError
        When `values`, called `where`, are none, empty, masked, or not real numbers.
    """
    array = values if type(values) is np.ndarray else _converted(values, where)
    if array.dtype.kind not in "buif":
        array = _real(array, where)
    if array.size == 0:
        raise sentences.empty(where, array.shape)
    return array


def extremes(array: NDArray[Any]) -> tuple[Any, Any]:
    """Return the smallest and the largest number; both are NaN if any is."""
    return np.minimum.reduce(array, axis=None), np.maximum.reduce(array, axis=None)


def finite_range(array: NDArray[Any], where: str) -> tuple[float, float]:
    """Return the smallest and the largest number.

    Raises
    ------
    DataError
        When a number is NaN or infinite; the text says where.
    """
    low, high = extremes(array)
    if not (math.isfinite(low) and math.isfinite(high)):
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise sentences.not_finite(where, array[at], at)
    return float(low), float(high)


def sealed(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view in C order; a copy only where the order has to change."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _floating(array: NDArray[Any]) -> NDArray[Any]:
    wide = array.dtype.kind == "f" and array.dtype.itemsize > 4
    with np.errstate(over="ignore"):  # of long doubles; found as infinite afterwards
        return array.astype(np.float64 if wide else np.float32, copy=False)


def _converted(values: Any, where: str) -> NDArray[Any]:
    """Make an array of anything that stands for one."""
    if values is None:
        raise sentences.missing(where)
    n_masked = _n_masked(values)
    if n_masked:
        raise sentences.masked(where, n_masked)
    try:
        if hasattr(values, "toarray") and hasattr(values, "nnz"):
            return np.asarray(values.toarray())
        if hasattr(values, "detach") and hasattr(values, "cpu"):
            return _from_tensor(values.detach().cpu())
        return np.asarray(values)
    except Exception as error:  # whatever a foreign object raises
        if isinstance(values, list | tuple) and isinstance(error, ValueError):
            raise sentences.ragged(where) from None
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise sentences.unreadable(where, type(values).__name__, reason) from None


def _n_masked(values: Any) -> int:
    parts = values if isinstance(values, list | tuple) else (values,)
    masks = (np.ma.getmaskarray(p) for p in parts if isinstance(p, np.ma.MaskedArray))
    return sum(int(np.count_nonzero(mask)) for mask in masks)


def _from_tensor(tensor: Any) -> NDArray[Any]:
    try:
        return np.asarray(tensor)
    except TypeError:  # a type such as bfloat16, which NumPy does not have
        return np.asarray(tensor.float())


def _real(array: NDArray[Any], where: str) -> NDArray[Any]:
    """Convert what holds real numbers in another form."""
    name = array.dtype.name
    if array.dtype.kind == "V" and name.startswith(("bfloat", "float")):  # of ml_dtypes
        return array.astype(np.float32)
    if array.dtype.kind == "V" and name.startswith(("int", "uint")):
        return array.astype(np.int64)
    if array.dtype != object:
        raise sentences.not_numbers(where, str(array.dtype))
    return _from_objects(array, where)


def _from_objects(array: NDArray[Any], where: str) -> NDArray[Any]:
    if array.ndim == 0:
        raise sentences.not_an_array(where, type(array.item()).__name__)
    for value in array.flat:
        if not isinstance(value, numbers.Real | np.bool_):
            if isinstance(value, np.ndarray | list | tuple):
                raise sentences.ragged(where)
            raise sentences.not_numbers(where, type(value).__name__)
    whole = all(isinstance(value, numbers.Integral | np.bool_) for value in array.flat)
    try:
        return array.astype(np.int64 if whole else np.float64)
    except OverflowError:
        pass
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise sentences.not_numbers(where, "int of more than 1024 bits") from None
