"""The gate between users' arrays and one network: nothing reaches the kernels past it.

`data.array_checks` looks at arrays alone; here they are held against the network, its loss,
its precision and the data that it is trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.data import sentences
from neurochannel.data.array_checks import (
    as_numbers,
    extremes,
    finite_range,
    is_label_column,
    shaped_inputs,
    shaped_targets,
)
from neurochannel.data.dataset import Data, as_data
from neurochannel.data.units import NUMBERS, PIXELS, Units
from neurochannel.errors import DataError, NetworkError, OptionError
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network

SINGLE = float(np.finfo(np.float32).max)
SLACK = 1e-6
"""How far targets of cross-entropy may lie outside [0, 1]: rounding."""
SUM_SLACK = 1e-3
"""How far a row of them may add up to something else than 1: rounding of half precision."""
FAR = 10.0
"""How many times brighter than all training data floats may be where those are scaled bytes."""


class OutputEnd(NamedTuple):
    """What targets are held against: the output's neurons, its loss, and whether it is softmax."""

    n: int
    loss: str
    is_softmax: bool

    @classmethod
    def of(cls, network: Network) -> OutputEnd:
        """Return that of a network with all sizes known."""
        activation = network.populations[network.output].activation
        return cls(network.size(ERROR), network.loss_name, activation == "softmax")


class Batch(NamedTuple):
    """Checked examples: x, (n, inputs), labels or targets t, and what a byte of x is worth."""

    x: np.ndarray
    t: np.ndarray
    units: Units


def fitted(network: Network, given: Any, dtype: str = "float64") -> tuple[Network, Data | None]:
    """Return a network with the sizes that data gives it, and the data set, which suits it.

    Parameters
    ----------
    given
        A data set, (x, t), (train_x, train_t, test_x, test_t), or None.

    Raises
    ------
    NetworkError
        If the sizes contradict each other, or `network` is none.
    DataError
        If it is no data set, does not suit output and loss, or is too large for `dtype`.
    """
    if given is None:
        return checked_network(network), None
    data = as_data(given)
    sized = sized_for(network, data)
    for _, problem in misfits(sized, data):
        raise problem
    if dtype == "float32" and data.largest > SINGLE:
        _raise_too_large(data)
    return sized, data


def sized_for(network: Network, data: Data) -> Network:
    """Return a network with the sizes that its description leaves to the data.

    Labels need only be below the size of the output: the highest classes may be missing.

    Raises
    ------
    NetworkError
        If the sizes contradict each other, or `network` is none.
    DataError
        If labels stand in a column.
    """
    return checked_network(network).sized(*ends(network, data), data.shape)


def ends(network: Network, data: Data) -> tuple[int, int]:
    """Return how many inputs and outputs a data set asks of a network.

    Raises
    ------
    DataError
        If labels stand in a column, or one neuron should tell classes apart.
    """
    size, asked = network.populations[network.output].size, data.n_outputs
    if data.has_labels:
        if size == 1:
            raise sentences.labels_for_one("train_t")
        return data.n_inputs, max(asked, size or 0)
    if size not in (None, asked) and is_label_column(data.train.t):
        raise sentences.label_column("train_t", data.train.t.shape)
    return data.n_inputs, asked


def checked_network(network: Any) -> Network:
    """Return a network.

    Raises
    ------
    NetworkError
        If it is something else.
    """
    if not isinstance(network, Network):
        raise NetworkError(
            f"network must be a Network, got an object of the type {type(network).__name__}; "
            "make one with nc.mlp(...) or read one with nc.read(path)"
        )
    return network


def misfits(network: Network, data: Data) -> Iterator[tuple[str, DataError]]:
    """Yield what keeps the targets of each part of a data set from suiting output and loss.

    Each comes with the name of the array. The network has all its sizes.
    """
    ending = OutputEnd.of(network)
    for where, split in (("train_t", data.train), ("test_t", data.test)):
        if split is None:
            continue
        if split.t.ndim == 1:
            problem = sentences.labels_for_one(where) if ending.n == 1 else None
        else:
            problem = _misfit(ending, split.t, *extremes(split.t), where)
        if problem:
            yield where, problem


def _misfit(
    ending: OutputEnd, t: np.ndarray, low: float, high: float, where: str
) -> DataError | None:
    """Say why targets of the right width, from `low` to `high`, do not suit output and loss."""
    n, loss, is_softmax = ending
    if n == 1 and is_softmax and np.maximum.reduce(np.abs(t - 1), axis=None) > SUM_SLACK:
        if is_label_column(t):
            return sentences.label_column(where, t.shape)
        return sentences.softmax_of_one(where)
    if loss == "squared_error":
        return None
    if low < -SLACK or high > 1 + SLACK:
        if is_label_column(t):
            return sentences.label_column(where, t.shape)
        return sentences.outside_unit(where, loss, float(low), float(high), is_softmax)
    if is_softmax:
        off = np.abs(np.add.reduce(t, axis=1) - 1)
        if np.maximum.reduce(off) > SUM_SLACK:
            row = int(off.argmax())
            return sentences.unequal_sums(where, row, float(t[row].sum()))
    return None


def as_parameters(values: ArrayLike, where: str, dtype: np.dtype) -> np.ndarray:
    """Return weights or biases as finite float64 numbers that `dtype` can hold.

    Raises
    ------
    OptionError
        If they are something else.
    """
    try:
        array = as_numbers(values, where).astype(np.float64)
        low, high = finite_range(array, where)
        if dtype == np.float32:
            _check_single(low, high, where)
    except DataError as problem:
        raise OptionError(str(problem)) from None
    return array


def _raise_too_large(data: Data) -> None:
    for name, split in (("train", data.train), ("test", data.test)):
        for part, array in zip("xt", split or (), strict=False):
            if array.dtype == np.float64:
                _check_single(*extremes(array), f"{name}_{part}")


def _check_single(low: float, high: float, where: str) -> None:
    if high > SINGLE or low < -SINGLE:
        raise sentences.beyond_single(where, high if high > -low else low)


@dataclass(frozen=True)
class Gate:
    """Checks what is given by hand to one network.

    Parameters
    ----------
    network
        With all sizes known.
    dtype
        Precision of the run.
    units
        What a byte of x is worth.
    data
        What the run is trained on, if there is anything.
    """

    network: Network
    dtype: np.dtype
    units: Units = PIXELS
    data: Data | None = None

    @cached_property
    def n_inputs(self) -> int:
        """Width of x."""
        return self.network.size(self.network.input)

    @cached_property
    def ending(self) -> OutputEnd:
        """What targets are held against."""
        return OutputEnd.of(self.network)

    def inputs(
        self, x: ArrayLike, where: str = "x", units: Units | None = None
    ) -> tuple[np.ndarray, Units]:
        """Return examples as (n, inputs), and what a byte is worth, which `units` may tell.

        Raises
        ------
        DataError
            If they are not finite numbers of the right width, or in other units than the training
            data.
        """
        array = shaped_inputs(x, where, self.n_inputs, self.network.image(self.network.input))
        if array.dtype == np.uint8:
            return array, self._worth(array, where) if units is None else units
        low, high = finite_range(array, where)
        if self.dtype == np.float32 and array.dtype == np.float64:
            _check_single(low, high, where)
        if self.data is not None and high > 1:
            self._check_units(array, low, high, where)
        return array, self.units

    def batch(self, x: ArrayLike, t: ArrayLike, units: Units | None = None) -> Batch:
        """Return examples and their labels or targets.

        Raises
        ------
        DataError
            As `inputs`; also if t is not as long, or does not suit output and loss.
        """
        inputs, worth = self.inputs(x, units=units)
        targets = shaped_targets(t, "t", self.ending.n)
        if len(inputs) != len(targets):
            raise sentences.lengths_differ("x", "t", len(inputs), len(targets))
        if targets.ndim == 2:
            low, high = finite_range(targets, "t")
            if self.dtype == np.float32 and targets.dtype == np.float64:
                _check_single(low, high, "t")
            problem = _misfit(self.ending, targets, low, high, "t")
            if problem:
                raise problem
        return Batch(inputs, targets, worth)

    def examples(self, given: Any) -> Batch:
        """Return (x, t), something with x and t, or the test part of a data set.

        Of a data set without a test part the training part is taken; its bytes are worth what it
        says itself.

        Raises
        ------
        DataError
            As `batch`; also if it is something else.
        """
        if hasattr(given, "train"):
            data = as_data(given)
            x, t = data.test or data.train
            return self.batch(x, t, data.units)
        if hasattr(given, "x") and hasattr(given, "t"):
            return self.batch(given.x, given.t)
        if isinstance(given, tuple | list) and len(given) == 2:
            return self.batch(*given)
        raise sentences.not_examples(type(given).__name__)

    def _worth(self, x: np.ndarray, where: str) -> Units:
        """Return what bytes are worth, given the data that the run is trained on."""
        if self.data is not None and self.data.train.x.dtype == np.uint8:
            return self.units
        largest = int(np.maximum.reduce(x, axis=None))
        if self.data is not None and largest > 1:
            raise sentences.bytes_for_reals(where, largest, self.data.largest_input)
        unsaid = self.data is not None or self.units == PIXELS
        return NUMBERS if largest <= 1 and unsaid else self.units

    def _check_units(self, x: np.ndarray, low: float, high: float, where: str) -> None:
        """Refuse what looks like pixels from 0 to 255 where training data are scaled bytes."""
        assert self.data is not None
        if self.data.train.x.dtype != np.uint8 or self.units == NUMBERS:
            return
        trained = self.units.largest(self.data.largest_input)
        unscaled = low >= 0 and high > 1.001 * trained and bool(np.all(x == np.floor(x)))
        if unscaled or high > FAR * trained > 0:
            raise sentences.reals_for_bytes(where, high, trained, self.units.plain)
