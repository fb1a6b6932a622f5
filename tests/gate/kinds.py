"""One table: kinds of bad arrays, and the entrances through which users hand arrays in.

A new kind is one line in `BAD`, a new entrance one line in `ENTRANCES`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import scipy.sparse

import neurochannel as nc

N, WIDTH, CLASSES = 6, 4, 3
X = np.random.default_rng(0).random((N, WIDTH)).astype(np.float32)
T = np.arange(N) % CLASSES
ROWS = np.eye(CLASSES, dtype=np.float32)[T]
NET = nc.mlp(WIDTH, 5, CLASSES).with_channel(nc.arbp())


class Tensor:
    """What neurochannel sees of a tensor of torch that carries gradients."""

    def __init__(self, values: Any, *, grad: bool = True, small: bool = False) -> None:
        self.values, self.grad, self.small = np.asarray(values), grad, small

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if self.grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.small:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return np.array(self.values, dtype)

    def detach(self) -> Tensor:
        return Tensor(self.values, grad=False, small=self.small)

    def cpu(self) -> Tensor:
        return self

    def float(self) -> Tensor:
        return Tensor(self.values, grad=self.grad)


class Broken:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("no array today")


class Bad(NamedTuple):
    """A pair (x, t) that no entrance may take, and what the sentence must say."""

    x: Any
    t: Any
    text: str
    in_files: bool = True


def put(array: np.ndarray, value: float) -> np.ndarray:
    changed = array.copy()
    changed[1] = value
    return changed


def objects(*values: Any) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


SIZES = r"of the same length, got \d+ examples and \d+ targets"
BAD = {
    "more examples": Bad(np.zeros((20_000, WIDTH), np.float32), T, SIZES),
    "more labels": Bad(X, np.arange(N + 1) % CLASSES, SIZES),
    "more targets": Bad(X, np.vstack([ROWS, ROWS]), SIZES),
    "too narrow": Bad(X[:, :2], T, r"shape \(n, 4\)|must be 2|of 4 inputs|4 and 2"),
    "too wide": Bad(np.hstack([X, X]), T, r"shape \(n, 4\)|must be 8|of 4 inputs|4 and 8"),
    "wrong images": Bad(
        X.reshape(N, 2, 2).repeat(2, 2), T, r"shape \(n, 4\)|must be 8|of 4 inputs|4 and 8"
    ),
    "one example": Bad(X[0], T, r"shape \(n, (4|inputs)\)"),
    "a number": Bad(3.5, T, r"shape \(n, (4|inputs)\)"),
    "none": Bad(None, T, "x is missing", False),
    "no targets": Bad(X, None, "t is missing", False),
    "no examples": Bad(X[:0], T[:0], "x is empty"),
    "no inputs": Bad(X[:, :0], T, "x is empty"),
    "ragged": Bad([[1.0, 2.0], [3.0]], T, "rows differ in length", False),
    "ragged objects": Bad(objects([1.0, 2.0], [3.0]), T, "rows differ in length", False),
    "NaN": Bad(put(X, np.nan), T, r"x must be finite, got nan at \[1, 0\]"),
    "infinite": Bad(put(X, -np.inf), T, "x must be finite, got -inf"),
    "beyond float32": Bad(put(X.astype(float), 1e300), T, r"x holds 1e\+300.*dtype=\"float64\""),
    "masked": Bad(np.ma.masked_array(X, X > 0.5), T, "x must have no masked values", False),
    "masked row": Bad([np.ma.masked_array(r, r > 0.9) for r in X], T, "no masked values", False),
    "masked labels": Bad(X, np.ma.masked_array(T, T > 1), "t must have no masked values", False),
    "text": Bad(X.astype(str), T, "x must hold real numbers, got the type", True),
    "text labels": Bad(X, np.array(list("abcabc"), "S1"), "t must hold real numbers.*numpy.unique"),
    "complex": Bad(X + 1j, T, "x must hold real numbers, got the type complex64"),
    "times": Bad(np.full(X.shape, np.datetime64(0, "s")), T, "must hold real numbers", False),
    "records": Bad(np.zeros((N, WIDTH), [("a", "f4")]), T, "must hold real numbers"),
    "objects": Bad(np.full(X.shape, "1.5", object), T, "x must hold real numbers, got the", False),
    "nothing in objects": Bad(
        np.full(X.shape, None), T, "real numbers, got the type NoneType", False
    ),
    "huge whole numbers": Bad(np.full(X.shape, 10**400, object), T, "x must hold real", False),
    "a dict": Bad(
        {"x": X}, T, "x must be an array of numbers, got an object of the type dict", False
    ),
    "a data set": Bad(nc.Data(X, T), T, "x must be an array of numbers, got an object", False),
    "a broken object": Bad(Broken(), T, "a Broken cannot be read as one .no array today", False),
    "labels with a fraction": Bad(X, T + 0.99, r"t has the shape \(6,\).*holds float64 numbers"),
    "NaN labels": Bad(X, np.full(N, np.nan), r"t has the shape \(6,\).*holds float64 numbers"),
    "labels below 0": Bad(X, T - 1, "t must hold labels from 0 to .*got -1"),
    "huge labels": Bad(X, put(T, 2**40), "got 1099511627776"),
    "a label too many": Bad(X, put(T, CLASSES), r"between 0 and 2|size must be 4|3 outputs"),
    "labels in a column": Bad(X, T[:, None], r"\(6, 1\) of targets.*t.ravel\(\)|as many outputs"),
    "labels in a block": Bad(X, T.reshape(1, 2, 3), r"the shape \(1, 2, 3\)|shape \(n, 3\)"),
    "narrow targets": Bad(
        X, ROWS[:, :2], r"shape \(n, 3\)|size must be 2|3 outputs|as many outputs"
    ),
    "NaN targets": Bad(X, put(ROWS, np.nan), "t must be finite, got nan"),
    "targets of -1 and 1": Bad(X, 2 * ROWS - 1, r"t must lie between 0 and 1.*t.argmax\(axis=1\)"),
    "targets above 1": Bad(
        X, 5 * ROWS, "t must lie between 0 and 1, because the loss is cross_entr"
    ),
    "unequal sums": Bad(X, put(ROWS, 1), r"row of \w*t must add up to 1.*got 3 in row 1; divide"),
}


class Entrance(NamedTuple):
    """A public name that takes examples; `x_only` where it takes no targets."""

    enter: Callable[[Any, Any, Path], object]
    x_only: bool = False
    is_file: bool = False
    knows_network: bool = True


def run() -> nc.Simulation:
    return nc.Simulation(NET, (X, T))


def like(t: Any) -> np.ndarray:
    """Training labels or targets next to those of a test part."""
    return ROWS if getattr(t, "ndim", 1) == 2 else T


def loaded(x: Any, t: Any, folder: Path) -> nc.Simulation:
    nc.save(nc.Simulation(NET), folder / "run.h5")
    return nc.load(folder / "run.h5", data=(x, t))


def branched(x: Any, t: Any, folder: Path) -> object:
    branch = getattr(run(), "branch", None)
    return branch(data=(x, t)) if branch else nc.Simulation(NET, (x, t))


def npz(x: Any, t: Any, folder: Path) -> nc.Simulation:
    np.savez(folder / "own.npz", train_x=x, train_t=t)
    return nc.Simulation(NET, nc.data.load(folder / "own.npz"))


def hdf5(x: Any, t: Any, folder: Path) -> nc.Simulation:
    with h5py.File(folder / "own.h5", "w") as file:
        for name, array in (("train_x", x), ("train_t", t)):
            array = np.asarray(array)
            file[name] = array.astype("S") if array.dtype.kind == "U" else array
    return nc.Simulation(NET, nc.data.load(folder / "own.h5"))


class Both(NamedTuple):
    x: Any
    t: Any


ENTRANCES = {
    "Data": Entrance(lambda x, t, _: nc.Data(x, t), knows_network=False),
    "Data, test part": Entrance(lambda x, t, _: nc.Data(X, like(t), x, t), knows_network=False),
    "Simulation": Entrance(lambda x, t, _: nc.Simulation(NET, (x, t))),
    "Simulation, test part": Entrance(lambda x, t, _: nc.Simulation(NET, (X, like(t), x, t))),
    "evaluate": Entrance(lambda x, t, _: run().evaluate((x, t))),
    "evaluate, x and t": Entrance(lambda x, t, _: run().evaluate(Both(x, t))),
    "evaluate, a data set": Entrance(lambda x, t, _: run().evaluate(nc.Data(x, t))),
    "predict": Entrance(lambda x, t, _: run().predict(x), x_only=True),
    "forward": Entrance(lambda x, t, _: run().forward(x), x_only=True),
    "step": Entrance(lambda x, t, _: run().step(x, t)),
    "updates": Entrance(lambda x, t, _: run().updates(x, t)),
    "learning_signals": Entrance(lambda x, t, _: run().learning_signals(x, t)),
    "without data": Entrance(lambda x, t, _: nc.Simulation(NET).step(x, t)),
    "load": Entrance(loaded),
    "branch": Entrance(branched),
    "train_many": Entrance(lambda x, t, _: nc.train_many(NET, (x, t), epochs=1, seeds=range(2))),
    "npz": Entrance(npz, is_file=True),
    "HDF5": Entrance(hdf5, is_file=True),
}

GOOD = {
    "arrays": (X, T),
    "lists": (X.tolist(), T.tolist()),
    "tuples": (tuple(map(tuple, X.tolist())), tuple(T.tolist())),
    "images": (X.reshape(N, 2, 2), T),
    "Fortran order": (np.asfortranarray(X), T),
    "every second": (np.repeat(X, 2, 0)[::2], np.repeat(T, 2)[::2]),
    "double": (X.astype(np.float64), T),
    "long double": (X.astype(np.longdouble), T),
    "objects": (X.astype(object), T.astype(object)),
    "sparse": (scipy.sparse.csr_array(X), T),
    "sparse targets": (X, scipy.sparse.coo_array(ROWS)),
    "with gradients": (Tensor(X), Tensor(T)),
    "bfloat16 with gradients": (Tensor(X, small=True), T),
    "unmasked": (np.ma.masked_array(X), np.ma.masked_array(T)),
    "small labels": (X, T.astype(np.uint8)),
    "big-endian": (X.astype(">f4"), T.astype(">i8")),
    "targets": (X, ROWS),
    "whole targets": (X, ROWS.astype(int)),
    "true and false": (X, ROWS.astype(bool)),
}
