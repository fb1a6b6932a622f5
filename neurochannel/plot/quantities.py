"""What can be drawn over epochs: fields of a history, and how their axis is called."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from neurochannel.errors import OptionError

History = Mapping[str, np.ndarray]
MEASURES = ("loss", "accuracy", "error")
WORDS = {"train": "training", "test": "test"}


class Quantity(NamedTuple):
    """One axis: its label, the series on it as (split, field), and whether it is logarithmic."""

    label: str
    series: tuple[tuple[str, str], ...]
    log: bool


def _measure(splits: tuple[str, ...], measure: str) -> Quantity:
    words = f"{WORDS[splits[0]]} {measure}" if len(splits) == 1 else measure
    unit = "" if measure == "loss" else " (%)"
    series = tuple((split, f"{split}_{measure}") for split in splits)
    return Quantity(words + unit, series, log=measure != "accuracy")


QUANTITIES = {
    f"{split}_{measure}": _measure((split,), measure)
    for split in ("test", "train")
    for measure in MEASURES
}
QUANTITIES |= {measure: _measure(("test", "train"), measure) for measure in MEASURES}
QUANTITIES["seconds"] = Quantity("seconds per epoch", (("", "seconds"),), log=False)


def find_quantity(name: str) -> Quantity:
    """Return a quantity by its name.

    Raises
    ------
    OptionError
        If there is no such quantity.
    """
    if name not in QUANTITIES:
        close = get_close_matches(str(name), QUANTITIES, 1)
        hint = f"did you mean '{close[0]}'?" if close else "choose one of them"
        raise OptionError(f"quantity must be one of {', '.join(QUANTITIES)}, got {name!r}; {hint}")
    return QUANTITIES[name]


def read(history: History, field: str) -> np.ndarray:
    """Return a field of a history as it is drawn: accuracies and errors in percent."""
    if field.endswith("_error"):
        return 100.0 - read(history, field.replace("_error", "_accuracy"))
    values = np.asarray(history[field], np.float64)
    return 100.0 * values if field.endswith("_accuracy") else values
