"""Checks of numbers and matrices that users give to closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.errors import OptionError


def number(value: Any, where: str, *, above: float | None = None) -> float:
    """Return a finite number, above a bound if one is given.

    Raises
    ------
    OptionError
        If `value`, called `where`, is something else.
    """
    array = _finite(value, where)
    if array.ndim:
        raise OptionError(f"{where} must be one number, got an array of shape {array.shape}")
    if above is not None and array <= above:
        raise OptionError(f"{where} must be above {above:g}, got {float(array):g}")
    return float(array)


def vector(value: Any, where: str, n: int | None = None) -> np.ndarray:
    """Return finite numbers, (n,), read-only.

    Raises
    ------
    OptionError
        If they are something else.
    """
    array = np.atleast_1d(_finite(value, where))
    if array.ndim != 1 or len(array) == 0 or n not in (None, len(array)):
        asked = "at least one number" if n is None else f"{n} number{'s' * (n != 1)}"
        raise OptionError(f"{where} must be {asked} in a row, got shape {array.shape}")
    return _sealed(array)


def matrix(value: Any, where: str, shape: tuple[int, int]) -> np.ndarray:
    """Return finite numbers of a shape, read-only; one number will do for (1, 1).

    Raises
    ------
    OptionError
        If they are something else.
    """
    array = _finite(value, where)
    if array.ndim < 2 and array.size == shape[0] * shape[1] and 1 in shape:
        array = array.reshape(shape)
    if array.shape != shape:
        raise OptionError(f"{where} must have shape {shape}, got {array.shape}")
    return _sealed(array)


def covariance(value: Any, where: str, n: int) -> np.ndarray:
    """Return a symmetric matrix without negative eigenvalues, (n, n), read-only.

    Raises
    ------
    OptionError
        If it is something else.
    """
    array = matrix(value, where, (n, n))
    size = float(np.abs(array).max())
    if np.abs(array - array.T).max() > 1e-12 * max(size, 1e-300):
        raise OptionError(f"{where} must be symmetric, as the mean of I I^T is")
    least = float(np.linalg.eigvalsh(array)[0])
    if least < -1e-12 * size:
        raise OptionError(f"{where} must have no negative eigenvalue, got {least:g}")
    return array


def _finite(value: Any, where: str) -> np.ndarray:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iuf":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise OptionError(f"{where} must be numbers, got {value!r:.60}") from None
    if not np.isfinite(array).all():
        raise OptionError(f"{where} must be finite, got {float(array[~np.isfinite(array)][0])}")
    return array


def _sealed(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
