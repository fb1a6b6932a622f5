"""The container of a data set: checked once, read-only from then on."""

from __future__ import annotations

import hashlib
import math
import numbers
import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurochannel.data import sentences
from neurochannel.data.array_checks import as_examples, as_targets, extremes, sealed
from neurochannel.data.units import BYTE, Units, checked_units, standard_units


class Split(NamedTuple):
    """Examples `x`, (n, inputs), and what they should give, `t`: (n,) labels or (n, outputs)."""

    x: NDArray[Any]
    t: NDArray[Any]


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Data:
    """A training split and, where there is one, a test split.

    Parameters
    ----------
    train_x, test_x
        Examples, (n, inputs); images (n, height, width) or (n, height, width, maps) are flattened,
        and `shape` keeps theirs. uint8 stays uint8 and means ``x * scale + offset``; float32 and
        float64 stay as they are; other numbers become float32. Lists, sparse arrays of scipy and
        tensors will do.
    train_t, test_t
        Class labels, whole numbers from 0, (n,), or targets, (n, outputs).
    name
        Name of a known data set or path of the file that it came from.
    scale
        What uint8 values are multiplied by, one number or one for each map; if left out, 1/255, or
        1 where no byte is above 1, as in spike rasters and masks.
    offset
        What is added to them then, one number or one for each map.
    shape
        Of an example, (height, width) or (height, width, maps), where `train_x` does not say it.

    Raises
    ------
    DataError
        When arrays are empty, do not fit each other, or hold NaN, infinity, masked values or
        impossible labels.

    Attributes
    ----------
    units
        scale and offset.
    shift, flip
        How training moves images at random, see `augmented`.

    Notes
    -----
    Arrays are not copied unless their type or layout has to change: do not change them afterwards.
    """

    train: Split
    test: Split | Any  # None without one; Any lets `data.test.x` pass where there is one
    name: str | None
    shape: tuple[int, ...]
    units: Units
    shift: int
    flip: bool

    def __init__(
        self,
        train_x: ArrayLike,
        train_t: ArrayLike,
        test_x: ArrayLike | None = None,
        test_t: ArrayLike | None = None,
        *,
        name: str | None = None,
        scale: ArrayLike | None = None,
        offset: ArrayLike = 0.0,
        shape: Sequence[int] | None = None,
    ) -> None:
        train, own = _split(train_x, train_t, "train")
        test = None
        if test_x is not None or test_t is not None:
            other, its = _split(test_x, test_t, "test")
            train, test = _alike(train, other)
            own = _one_shape(own, its)
        vars(self).update(train=train, test=test, name=name, shift=0, flip=False)
        vars(self)["shape"] = own if shape is None else _checked_shape(shape, own)
        factor = self._own_scale() if scale is None else scale
        vars(self)["units"] = checked_units(factor, offset, self.n_maps)

    @property
    def scale(self) -> float | tuple[float, ...]:
        """What uint8 values are multiplied by, one number or one for each map."""
        return self.units.short[0]

    @property
    def offset(self) -> float | tuple[float, ...]:
        """What is added to them then, one number or one for each map."""
        return self.units.short[1]

    @property
    def n_maps(self) -> int:
        """Numbers that each pixel of an image has, 1 if examples are no images."""
        return self.shape[2] if len(self.shape) == 3 else 1

    def standardized(self) -> Data:
        """Return the same bytes with mean 0 and standard deviation 1 in each map of all images.

        Both are those of the training part; `scale` and `offset` do it, so that nothing is copied.

        Raises
        ------
        DataError
            If the inputs are not uint8.
        """
        if self.train.x.dtype != np.uint8:
            raise sentences.not_bytes(str(self.train.x.dtype))
        return self._with("+standardize", units=standard_units(self.train.x, self.n_maps))

    def first(self, n: int) -> Data:
        """Return the first n training examples, and all test examples.

        Raises
        ------
        DataError
            If there are fewer, or none is left.
        """
        if not _is_count(n) or not 1 <= n <= len(self.train.x):
            raise sentences.wrong_first(n, len(self.train.x))
        train = self.train._replace(x=self.train.x[:n], t=self.train.t[:n])
        return self._with(f"+first={n}", train=train)

    def in_units(self, units: Units) -> Data:
        """Return the same examples with bytes that are worth something else."""
        return self._with("", units=units)

    def augmented(self, shift: int = 0, flip: bool = False) -> Data:
        """Return the same examples, which training meets moved and mirrored at random.

        Parameters
        ----------
        shift
            Images move by up to `shift` pixels up or down, and as many to either side, all equally
            likely; what comes in from outside is 0.
        flip
            Whether they are mirrored, left and right, with probability 1/2.

        Raises
        ------
        DataError
            If the examples are no images, or too small for it.

        Notes
        -----
        The move of an example is a function of the run's seed, the epoch and the example, so that
        runs resume with the same bits. Scores, `predict` and `step` take examples as they are.
        """
        if not _is_count(shift) or not isinstance(flip, bool):
            raise sentences.wrong_moves(shift, flip)
        if len(self.shape) == 1:
            raise sentences.no_images(self.shape[0])
        if shift >= min(self.shape[:2]):
            raise sentences.shift_beyond(int(shift), self.shape)
        ending = f"+shift={shift}" * (shift > 0) + "+flip" * flip
        return self._with(ending, shift=int(shift), flip=flip)

    def _with(self, ending: str, **changed: Any) -> Data:
        """Return the same examples with other attributes, and a name by which `load` finds them."""
        made: Data = Data.__new__(Data)
        fields = ("train", "test", "name", "shape", "units", "shift", "flip")
        vars(made).update({name: vars(self)[name] for name in fields} | changed)
        if made.name is not None:
            vars(made)["name"] += ending
        return made

    @property
    def n_inputs(self) -> int:
        """Numbers in one example."""
        return int(self.train.x.shape[1])

    @property
    def has_labels(self) -> bool:
        """Whether `t` holds class labels rather than targets."""
        return self.train.t.ndim == 1

    @cached_property
    def n_outputs(self) -> int:
        """Numbers in one target, or the largest label of both splits + 1."""
        if not self.has_labels:
            return int(self.train.t.shape[1])
        return 1 + max(int(split.t.max()) for split in self._splits())

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal sha256 over shapes, types and values of all arrays, units and moves."""
        digest = hashlib.sha256(self._marks().encode())
        for split in (self.train, self.test):
            for array in split or ():
                digest.update(f"{array.shape}{array.dtype.str}".encode())
                digest.update(array.data.cast("B"))
        return digest.hexdigest()

    def _marks(self) -> str:
        units, moves = self.units, f"+shift={self.shift}+flip={int(self.flip)}"
        numbers = units.scale if units.plain is not None else units.scale + units.offset
        text = ",".join(number.hex() for number in numbers)
        return text + moves if self.shift or self.flip else text

    def _splits(self) -> list[Split]:
        return [split for split in (self.train, self.test) if split]

    def _own_scale(self) -> float:
        """Return what bytes are worth where nobody says: 0 and 1 are numbers, more are pixels."""
        is_bytes = self.train.x.dtype == np.uint8
        return 1.0 if is_bytes and max(split.x.max() for split in self._splits()) == 1 else BYTE

    @cached_property
    def largest_input(self) -> float:
        """Largest magnitude in the training examples, bytes as they are."""
        low, high = extremes(self.train.x)
        return max(-float(low), float(high))

    @cached_property
    def largest(self) -> float:
        """Largest magnitude in all arrays of floats."""
        arrays = [array for split in self._splits() for array in split if array.dtype.kind == "f"]
        return max([0.0, *(abs(float(end)) for array in arrays for end in extremes(array))])

    def __setstate__(self, state: dict[str, Any]) -> None:
        # NumPy forgets in copies and pickles that an array is read-only.
        splits = {name: state[name] for name in ("train", "test") if state[name]}
        kept = {name: Split(*map(sealed, split)) for name, split in splits.items()}
        vars(self).update(state | kept)

    def __repr__(self) -> str:
        test = len(self.test.t) if self.test else 0
        return (
            f"Data(name={self.name!r}, train={len(self.train.t)}, test={test}, "
            f"inputs={self.n_inputs}, outputs={self.n_outputs})"
        )


def as_data(given: Any) -> Data:
    """Return what was given as a data set: one, (x, t), or (train_x, train_t, test_x, test_t).

    Raises
    ------
    DataError
        When it is something else, such as a name, or its arrays do not fit.
    """
    if isinstance(given, Data):
        return given
    if isinstance(given, str | os.PathLike):
        raise sentences.named_data(os.fspath(given))
    if isinstance(given, list | tuple) and len(given) in (2, 4):
        return Data(*given)
    if hasattr(given, "x") and hasattr(given, "t"):
        return Data(given.x, given.t)
    train, test = (getattr(given, part, None) for part in ("train", "test"))
    if train is None or not (hasattr(train, "x") and hasattr(train, "t")):
        raise sentences.not_data(type(given).__name__)
    name, scale, shape = (getattr(given, part, None) for part in ("name", "scale", "shape"))
    offset = getattr(given, "offset", 0.0)
    pair = (test.x, test.t) if test is not None else ()
    return Data(train.x, train.t, *pair, name=name, scale=scale, offset=offset, shape=shape)


def _split(x: ArrayLike | None, t: ArrayLike | None, where: str) -> tuple[Split, tuple[int, ...]]:
    """Return checked examples and targets, and the shape of one example."""
    inputs, shape = as_examples(x, f"{where}_x")
    split = Split(inputs, as_targets(t, f"{where}_t"))
    if len(split.x) != len(split.t):
        raise sentences.lengths_differ(f"{where}_x", f"{where}_t", len(split.x), len(split.t))
    return split, shape


def _is_count(number: Any) -> bool:
    whole = isinstance(number, numbers.Integral) and not isinstance(number, bool)
    return whole and number >= 0


def _one_shape(train: tuple[int, ...], test: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the examples of both parts, one of which may be flat."""
    if 1 in (len(train), len(test)):
        return max(train, test, key=len)
    if train != test:
        raise sentences.shapes_differ(train, test)
    return train


def _checked_shape(shape: Sequence[int], own: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that was given for examples, which have one of their own."""
    try:
        given = tuple(operator.index(n) for n in shape)
    except TypeError:
        given = ()
    if not 1 <= len(given) <= 3 or min(given) < 1:
        raise sentences.wrong_shape(shape)
    if math.prod(given) != math.prod(own) or (len(own) > 1 and given != own):
        raise sentences.shape_of_others(given, own)
    return given


def _alike(train: Split, test: Split) -> tuple[Split, Split]:
    """Return both splits with the same types, or say how they differ."""
    if train.x.shape[1] != test.x.shape[1]:
        raise sentences.widths_differ(train.x.shape[1], test.x.shape[1])
    if train.t.shape[1:] != test.t.shape[1:]:
        raise sentences.parts_differ(train.t.shape, test.t.shape)
    if (train.x.dtype == np.uint8) != (test.x.dtype == np.uint8):
        raise sentences.units_differ(str(train.x.dtype), str(test.x.dtype))
    types = [np.result_type(one, other) for one, other in zip(train, test, strict=True)]
    return _cast(train, types), _cast(test, types)


def _cast(split: Split, types: list[np.dtype[Any]]) -> Split:
    pairs = zip(split, types, strict=True)
    return Split(*(sealed(array.astype(dtype, copy=False)) for array, dtype in pairs))
