"""Which entry of the table of activations a population has, and its derivative in plain NumPy."""

from __future__ import annotations

import math

import numpy as np

from neurochannel.kernels.activation import ACTIVATIONS, Activation
from neurochannel.model.populations import Population


def activation_of(population: Population) -> tuple[Activation, float]:
    """Return (activation, MU) of a population; MU is 0 where there is none."""
    if population.exponent is not None:
        return ACTIVATIONS["power"], population.exponent
    return ACTIVATIONS[population.activation], 0.0


def slope_size(population: Population, activity: np.ndarray) -> np.ndarray:
    """Return |f'|, which for every activation of single neurons follows from O alone."""
    kind, mu = activation_of(population)
    assert kind.slope is not None, population.activation
    total = np.abs(activity) ** (1 / mu) if kind.from_total else activity
    found: np.ndarray = np.abs(kind.slope(total, activity, mu, 1.0))
    return found


def steepness(population: Population, activity: np.ndarray) -> np.ndarray | None:
    """Return f' / max f', None for activations whose f' is the same everywhere or has no bound."""
    kind, _ = activation_of(population)
    if kind.gate is None or math.isnan(kind.largest_slope):
        return None
    return slope_size(population, activity) / kind.largest_slope
