"""The options of a simulation, checked once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.engine.rates import Rate, check_rate
from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from neurochannel.model.network import Network

DTYPES = ("float32", "float64")


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        from neurochannel.model.problems import short  # brings pydantic

        raise OptionError(f"{name} must be a whole number, got {short(value)}")
    return int(value)


def whole(name: str, value: Any) -> int:
    """Return a whole number of at least 1.

    Raises
    ------
    OptionError
        If `value`, called `name`, is something else.
    """
    number = _integer(name, value)
    if number < 1:
        raise OptionError(f"{name} must be at least 1, got {number}")
    return number


EvaluateEvery = int | Collection[int] | None


def scored(evaluate_every: EvaluateEvery) -> Callable[[int, bool], bool]:
    """Return the rule whether the data are scored after an epoch, given its number and if it ends.

    Raises
    ------
    OptionError
        If `evaluate_every` is not a whole number of at least 1, a collection of such or None.
    """
    if evaluate_every is None:
        return lambda epoch, last: False
    if isinstance(evaluate_every, Collection) and not isinstance(evaluate_every, str | bytes):
        listed = {whole("evaluate_every", epoch) for epoch in evaluate_every}
        return lambda epoch, last: last or epoch in listed
    every = whole("evaluate_every", evaluate_every)
    return lambda epoch, last: last or epoch % every == 0


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
        Threads that may share a batch, where the network is large enough for that.
    chip_seed
        Of the chip's maps, in the range of `seed`; None for what the network says.

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
    chip_seed: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", check_rate(self.rate))
        for name, least, most in (
            ("batch_size", 1, 2**31),
            ("seed", 0, 2**64 - 1),
            ("threads", 1, 1024),
            ("chip_seed", 0, 2**64 - 1),
        ):
            value = getattr(self, name)
            if name == "chip_seed" and value is None:
                continue
            number = _integer(name, value)
            if not least <= number <= most:
                raise OptionError(f"{name} must lie between {least} and {most}, got {number}")
            object.__setattr__(self, name, number)
        if self.dtype not in DTYPES:
            raise OptionError(f'dtype must be "float32" or "float64", got {self.dtype!r}')

    def chip_seed_of(self, network: Network) -> int:
        """Return the seed of a network's chip: given here, by the network, or the run's own."""
        given = (self.chip_seed, network.chip_seed, self.seed)
        return next(seed for seed in given if seed is not None)
