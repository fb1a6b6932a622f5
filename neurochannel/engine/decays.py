"""Decay of weights and biases: rates must be so low that a step leaves something of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurochannel.engine.parameters import learning_rules
from neurochannel.engine.rates import Decay, Rate, rates_for
from neurochannel.errors import OptionError
from neurochannel.model.network import Network


class Fastest(NamedTuple):
    """What decays fastest: its bundle or population, and rate_factor * decay."""

    name: str
    decay: float

    @classmethod
    def of(cls, network: Network) -> Fastest:
        """Return that of a network; a decay of 0 where nothing decays."""
        found = (
            cls(key.partition(":")[2], rule.rate_factor * rule.decay)
            for key, rule in learning_rules(network)
        )
        return max(found, key=lambda one: one.decay, default=cls("", 0.0))

    def check(self, rate: float) -> None:
        """Refuse a rate at which a step would leave nothing of it, or turn its sign.

        Raises
        ------
        OptionError
            If rate * rate_factor * decay is 1 or more.
        """
        lost = rate * self.decay
        if lost >= 1:
            raise OptionError(
                f"rate * rate_factor * decay must be less than 1, got {lost:g} for '{self.name}' "
                f"at a rate of {rate:g}; lower the decay or the rate"
            )

    def check_first(self, rate: Rate) -> None:
        """Do the same before anything runs: with a number, or the highest rate of a `Decay`."""
        if isinstance(rate, Decay) or not callable(rate):
            self.check(float(rates_for(rate, 0, 1)[0]))


def checked_rates(network: Network, rate: Rate, first: int, n: int) -> np.ndarray:
    """Return the rates of updates first .. first + n - 1; those of functions are checked here.

    Raises
    ------
    OptionError
        If a function returns what is not a finite number, or what is too high for a decay.
    """
    rates = rates_for(rate, first, n)
    if callable(rate) and not isinstance(rate, Decay):
        Fastest.of(network).check(float(rates.max(initial=0.0)))
    return rates
