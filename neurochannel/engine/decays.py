"""Rates with which weights and biases decay: a step must leave something of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.engine.parameters import learning_rules
from neurochannel.engine.rates import Decay, Rate, rates_for
from neurochannel.errors import OptionError
from neurochannel.model.network import Network


def check_first_rate(network: Network, rate: Rate) -> None:
    """Refuse a rate with which a network decays too fast; functions are not called.

    Raises
    ------
    OptionError
        As `check_decays`.
    """
    if isinstance(rate, Decay) or not callable(rate):
        check_decays(network, rates_for(rate, 0, 1))


def rates_of_updates(network: Network, rate: Rate, first: int, n: int) -> np.ndarray:
    """Return the rates of updates first .. first + n - 1, at which a network can be trained.

    Raises
    ------
    OptionError
        As `check_decays`, or if a function returns something that is not a finite number.
    """
    rates = rates_for(rate, first, n)
    check_decays(network, rates)
    return rates


def check_decays(network: Network, rates: ArrayLike) -> None:
    """Refuse rates at which a step would leave nothing of weights or biases, or turn their sign.

    Raises
    ------
    OptionError
        If rate * rate_factor * decay is 1 or more.
    """
    rate = float(np.max(rates, initial=0.0))
    for key, rule in learning_rules(network):
        lost = rate * rule.rate_factor * rule.decay
        if lost >= 1:
            name = key.partition(":")[2]
            raise OptionError(
                f"rate * rate_factor * decay must be less than 1, got {lost:g} for '{name}' at a "
                f"rate of {rate:g}; lower the decay or the rate"
            )
