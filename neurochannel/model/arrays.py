"""Arrays as fields: read-only NumPy arrays in Python, nested lists in files."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from neurochannel.model.problems import short

NUMBERS = {"type": "array", "items": {"type": "number"}}
PAIR = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0},
    "minItems": 2,
    "maxItems": 2,
}


def _array(value: Any, rule: str, remedy: str = "make all its rows equally long") -> NDArray[Any]:
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        raise ValueError(f"must be {rule}, got masked values; fill them with .filled(number)")
    try:
        array: NDArray[Any] = np.asarray(value)
        return array
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"must be {rule}; {remedy}") from None


def _frozen(array: NDArray[Any], dtype: type) -> NDArray[Any]:
    """Return a read-only copy, or the array itself if nobody can change it."""
    flags = array.flags
    if flags.owndata and flags.c_contiguous and not flags.writeable and array.dtype == dtype:
        return array
    own: NDArray[Any] = np.array(array, dtype=dtype, order="C")
    own.flags.writeable = False
    return own


def weight_values(value: Any) -> NDArray[np.float64]:
    """Check explicit weights: finite numbers, none left out, in one or two dimensions or more.

    Four are those of kernels, six those of local windows.
    """
    rule = "an array of numbers, one row for each source neuron"
    array = _array(value, rule)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"must be {rule}, got {short(value)}; write numbers only")
    if array.ndim not in (1, 2, 4, 6) or array.size == 0:
        raise ValueError(
            f"must have one or two dimensions and at least one number, got shape {array.shape}; "
            "write a row of weights for each source neuron"
        )
    return _finite(array)


def _finite(array: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        own = _frozen(array, np.float64)
    if not np.isfinite(own).all():
        at = list(map(int, np.argwhere(~np.isfinite(own))[0]))
        raise ValueError(
            f"must hold finite numbers only, got {own[tuple(at)]} at {at}; write a number there"
        )
    return own


def bias_values(value: Any) -> float | NDArray[np.float64]:
    """Check biases: a finite number for all neurons, or an array of one for each."""
    rule = "a number, or a list of one number for each neuron"
    if not isinstance(value, list | tuple | np.ndarray):
        number = finite_number(value)
        if number is None:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            rule = "a finite number" if is_number else rule
            raise ValueError(f"must be {rule}, got {short(value)}; leave it out for 0.0")
        return number
    array = _array(value, rule, "write finite numbers only, without lists in the list")
    if array.ndim != 1 or not array.size:
        raise ValueError(f"must be {rule}, got shape {array.shape}; write a number for each neuron")
    if array.dtype.kind not in "iuf":
        raise ValueError(f"must be {rule}, got {short(value)}; write finite numbers only")
    return _finite(array)


def finite_number(value: Any) -> float | None:
    """Return a finite number, None if the value is none; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def edge_list(value: Any) -> NDArray[np.int32]:
    """Check a list of single edges: (n_edges, 2) neuron numbers from 0, no edge twice."""
    rule = "a list of [source, receiver] neuron numbers"
    array = _array(value, rule)
    if array.dtype.kind not in "iu" and array.size:
        raise ValueError(f"must be {rule}, got {short(value)}; write whole numbers only")
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise ValueError(f"must be {rule}, got shape {array.shape}; write at least one pair")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= 2**31:
        wrong = low if low < 0 else high
        raise ValueError(f"must number neurons from 0 up to their size, got {wrong}; fix that pair")
    own = _frozen(array, np.int32)
    keys = own[:, 0].astype(np.int64) << 31 | own[:, 1]
    if not np.all(keys[1:] > keys[:-1]):
        keys.sort()
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if twice.size:
        pair = [int(keys[twice[0]]) >> 31, int(keys[twice[0]]) & (2**31 - 1)]
        raise ValueError(f"must list each edge once, got {pair} twice; remove one of them")
    return own


def neuron_names(value: Any) -> tuple[str, ...] | NDArray[np.int64]:
    """Check the names of single neurons: all text, or all whole numbers, each of them once."""
    rule = "a list of names, all text or all whole numbers"
    whole = isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "iu"
    names = value if whole else _names(value, rule)
    if not len(names):
        raise ValueError(f"must be {rule}, got none; leave it out or name each neuron")
    if isinstance(names, tuple):
        twice: str | int | None = _repeated(names)
    else:
        names = _frozen(names, np.int64)
        ordered = np.sort(names)
        same = ordered[:-1][ordered[1:] == ordered[:-1]]
        twice = int(same[0]) if same.size else None
    if twice is not None:
        raise ValueError(f"must name each neuron once, got {short(twice)} twice; rename one")
    return names


def _names(value: Any, rule: str) -> tuple[str, ...] | NDArray[np.int64]:
    items = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(items, list | tuple):
        raise ValueError(f"must be {rule}, got {short(value)}; write a list")
    if all(isinstance(name, str) and name for name in items):
        try:
            "".join(items).encode()
        except UnicodeEncodeError:
            raise ValueError(f"must be {rule}, in proper Unicode; write them again") from None
        return tuple(map(str, items))
    if all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in items):
        try:
            return np.array(items, np.int64)
        except OverflowError:
            raise ValueError(f"must be {rule} of at most 64 bits; renumber them") from None
    if "" in items and all(isinstance(name, str) for name in items):
        raise ValueError("must have names of at least one character, got ''; name that neuron")
    raise ValueError(f"must be {rule}, got {short(value)}; write all of them alike")


def _repeated(names: tuple[str, ...]) -> str | None:
    known: set[str] = set()
    for name in names if len(set(names)) < len(names) else ():
        if name in known:
            return name
        known.add(name)
    return None


def _listed(names: tuple[str, ...] | NDArray[np.int64]) -> list[Any]:
    return list(names) if isinstance(names, tuple) else list(names.tolist())


def _nested(depth: int) -> dict[str, Any]:
    """Return the schema of lists in lists of numbers."""
    return {"type": "array", "items": _nested(depth - 1)} if depth else NUMBERS


WeightValues = Annotated[
    NDArray[np.float64],
    PlainValidator(weight_values),
    PlainSerializer(np.ndarray.tolist, when_used="json"),
    WithJsonSchema({"anyOf": [NUMBERS, _nested(1), _nested(3), _nested(5)]}),
]
BiasValues = Annotated[
    float | NDArray[np.float64],
    PlainValidator(bias_values),
    PlainSerializer(
        lambda value: value.tolist() if isinstance(value, np.ndarray) else value, when_used="json"
    ),
    WithJsonSchema({"anyOf": [{"type": "number"}, {**NUMBERS, "minItems": 1}]}),
]
EdgeList = Annotated[
    NDArray[np.int32],
    PlainValidator(edge_list),
    PlainSerializer(np.ndarray.tolist, when_used="json"),
    WithJsonSchema({"type": "array", "items": PAIR, "minItems": 1}),
]
NeuronNames = Annotated[
    tuple[str, ...] | NDArray[np.int64],
    PlainValidator(neuron_names),
    PlainSerializer(_listed, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
                {"type": "array", "items": {"type": "integer"}, "minItems": 1},
            ]
        }
    ),
]
