"""The options of a simulation, checked once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurochannel.engine.rates import Rate, check_rate
from neurochannel.errors import OptionError

DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Options:
    """How a network is trained.

    Parameters
    ----------
    rate
        Learning rate: a number, a `Decay`, or a function of the number of updates.
    batch_size
        Examples for each update.
    seed
        Of every random draw, 0 <= seed < 2**64.
    dtype
        "float32" or "float64".
    threads
        Threads that BLAS may use.

    Raises
    ------
    OptionError
        If a value is out of range.
    """

    rate: Rate = 0.1
    batch_size: int = 100
    seed: int = 0
    dtype: str = "float32"
    threads: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", check_rate(self.rate))
        for name, least, most in (
            ("batch_size", 1, 2**31),
            ("seed", 0, 2**64 - 1),
            ("threads", 1, 1024),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer):
                raise OptionError(f"{name} must be a whole number, got {value!r}")
            if not least <= value <= most:
                raise OptionError(f"{name} must lie between {least} and {most}, got {value}")
            object.__setattr__(self, name, int(value))
        if self.dtype not in DTYPES:
            raise OptionError(f'dtype must be "float32" or "float64", got {self.dtype!r}')
