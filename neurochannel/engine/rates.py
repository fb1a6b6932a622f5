"""Learning rates: a constant, a slow decay, or any function of the number of updates."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurochannel.errors import OptionError


@dataclass(frozen=True)
class Decay:
    """A rate that falls slowly: rate(u) = rate / (1 + decay * u) at update u.

    Parameters
    ----------
    rate
        The first rate, positive.
    decay
        Per update, not negative; 1e-6 is typical.

    Raises
    ------
    OptionError
        If either is out of range.

    Notes
    -----
    After the slow decay in the experiments of Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
    """

    rate: float
    decay: float = 1e-6

    def __post_init__(self) -> None:
        check_rate(self.rate)
        if not (math.isfinite(self.decay) and self.decay >= 0):
            raise OptionError(
                f"decay must be a finite number of at least 0, got {self.decay}; 0 keeps the rate"
            )

    def __call__(self, update: int) -> float:
        """Return the rate of one update."""
        return self.rate / (1.0 + self.decay * update)


Rate = float | Decay | Callable[[int], float]


def check_rate(rate: Rate) -> Rate:
    """Return a rate that can be used.

    Raises
    ------
    OptionError
        If a constant is not a positive number.
    """
    if callable(rate):
        return rate
    if isinstance(rate, bool) or not isinstance(rate, int | float | np.number):
        raise OptionError(f"rate must be a number, a Decay or a function, got {rate!r}")
    if not (math.isfinite(rate) and rate > 0):
        raise OptionError(f"rate must be a positive number, got {rate}; 0.1 is a good start")
    return float(rate)


def rates_for(rate: Rate, first: int, n: int) -> np.ndarray:
    """Return the rates of updates first .. first + n - 1.

    Raises
    ------
    OptionError
        If a function returns something that is not a finite number from 0 on.
    """
    if isinstance(rate, Decay):
        return rate.rate / (1.0 + rate.decay * np.arange(first, first + n, dtype=np.float64))
    if not callable(rate):
        return np.full(n, rate, np.float64)
    return np.array([_checked(rate, update) for update in range(first, first + n)], np.float64)


def _checked(rate: Callable[[int], float], update: int) -> float:
    value = rate(update)
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and value >= 0):
        raise OptionError(f"rate({update}) must be a finite number of at least 0, got {value!r}")
    return float(value)


def check_picklable(rate: Rate) -> None:
    """Refuse a function that another process could not find.

    Raises
    ------
    OptionError
        If it has no name at the top of a module, as a lambda, or holds what cannot be pickled.
    """
    try:
        pickle.dumps(rate)
    except (pickle.PicklingError, AttributeError, TypeError):
        name = getattr(rate, "__qualname__", type(rate).__qualname__)
        raise OptionError(
            f"a run whose rate is the function '{name}' cannot be pickled; "
            "define the function at the top of a module, or use a number or a Decay"
        ) from None
