"""Edge lists in NumPy arrays as networks, for graphs of millions of edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import (
    CHANNEL,
    FLAGS,
    FORWARD,
    NEURON,
    NEURON_EDGE,
    NUMBERED,
    PLACES,
    ROLES,
    SHARES,
    unknown_attribute,
)
from neurochannel.graphs.build import network_of
from neurochannel.graphs.describe import (
    edges_described,
    populations_described,
    with_weights,
)
from neurochannel.graphs.kept_columns import NEURONS, checked_columns, checked_groups
from neurochannel.graphs.neuron_tables import (
    EdgeTable,
    Ids,
    Ints,
    NeuronGraph,
    NeuronTable,
    neuron_ids,
    numbered,
)
from neurochannel.model.network import Network
from neurochannel.model.problems import did_you_mean, short

Columns = Mapping[str, Any]
MISSING = ("", None)


def from_arrays(
    forward: ArrayLike,
    channel: ArrayLike | None = None,
    *,
    neurons: Columns | None = None,
    forward_edges: Columns | None = None,
    channel_edges: Columns | None = None,
    ids: ArrayLike | None = None,
    attributes: Mapping[str, Columns] | None = None,
    name: str = "network",
    loss: str | None = None,
    chip_seed: int | None = None,
) -> Network:
    """Make a network from edge lists of single neurons.

    ``from_arrays(f, c, neurons={"activation": "tanh"}, channel_edges={"bits": 3})`` is the same as
    `from_networkx` of a graph with these attributes, and takes seconds for millions of edges.

    Parameters
    ----------
    forward, channel
        Edges as [source, target] neurons, (n_edges, 2), numbered from 0. Channel edges that leave
        an output neuron carry its error.
    neurons
        Attributes of neurons, each a value for all or an array (n_neurons,): population,
        activation, role, bias and the others that `from_networkx` takes. An empty text and NaN
        mean: none.
    forward_edges, channel_edges
        Attributes of edges, each a value for all or an array (n_edges,): weight, learn; weight,
        weights, bits, derivative and so on. An edge without a weight among edges that have one
        is marked by ``weighted``, an array of booleans.
    ids
        Names of all neurons, text or whole numbers; without them their numbers, up to the largest
        in an edge or as many as an attribute has.
    attributes
        What else is known and nothing computes with, as in `Population`: columns, each a value for
        all or an array of one for each, by what has them, "neurons", "forward" or "channel".
    name, loss, chip_seed
        As in `Network`.

    Raises
    ------
    NetworkError
        If anything is wrong, with a sentence that names the neuron or edge.
    """
    ends = ends_of(FORWARD, forward), ends_of(CHANNEL, () if channel is None else channel)
    columns = dict(neurons or {})
    own = neuron_ids(_numbers(ends, columns) if ids is None else _id_list(ids))
    highest = max((int(part.max()) for part in ends if part.size), default=-1)
    if highest >= len(own):
        raise NetworkError(
            f"edges must join neurons that exist, got number {highest} of {len(own)} neurons; "
            "neurons are numbered from 0"
        )
    _check_names(own)
    kept = checked_groups(attributes or {})
    table = _neurons(own, columns, kept[NEURONS])
    first = _edges(FORWARD, ends[0], forward_edges or {}, table, None, kept[FORWARD])
    second = _edges(CHANNEL, ends[1], channel_edges or {}, table, first, kept[CHANNEL])
    return network_of(NeuronGraph(table, first, second, name, loss, chip_seed))


def _id_list(ids: ArrayLike) -> Any:
    found = ids if isinstance(ids, np.ndarray | list | tuple) else np.asarray(ids)
    if isinstance(found, np.ndarray) and found.ndim != 1:
        raise NetworkError(
            f"ids must be one name for each neuron, got shape {found.shape}; give a list of names"
        )
    return found


def _check_names(ids: Ids) -> None:
    """Refuse names that are there twice; a graph of networkx cannot have them."""
    unique = len(np.unique(ids)) if isinstance(ids, np.ndarray) else len(set(ids))
    if unique < len(ids):
        known: set[Any] = set()
        for one in ids:
            if one in known:
                raise NetworkError(f"ids must name each neuron once, got {one!r} twice; rename one")
            known.add(one)


def ends_of(kind: str, value: ArrayLike) -> Ints:
    """Return edges as (n, 2) whole numbers from 0.

    Raises
    ------
    NetworkError
        If they are anything else.
    """
    rule = f"{kind} must be an array of [source, target] neuron numbers"
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        raise NetworkError(f"{rule}; make all its rows equally long") from None
    if not array.size:
        return np.zeros((0, 2), np.int64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise NetworkError(f"{rule}, got shape {array.shape}; give it two columns")
    if array.dtype.kind not in "iu":
        raise NetworkError(f"{rule}, got {array.dtype} numbers; convert them to whole numbers")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= 2**31:
        raise NetworkError(f"{rule} from 0 on, got {low if low < 0 else high}; fix that edge")
    return array.astype(np.int64)


def _numbers(ends: tuple[Ints, Ints], columns: Columns) -> Ints:
    """Return the numbers of all neurons, up to the largest in an edge or in the longest column."""
    shapes = [_shape(column) for column in columns.values()]
    listed = max((shape[0] for shape in shapes if shape and len(shape) == 1), default=0)
    highest = max((int(part.max()) for part in ends if part.size), default=-1)
    n = max(listed, highest + 1)
    if n > max(listed, sum(part.size for part in ends)):
        # A single large number would otherwise take memory for all below it.
        used = np.unique(np.concatenate([part.reshape(-1) for part in ends]))
        first = int(np.flatnonzero(used != np.arange(len(used)))[0])
        raise NetworkError(
            f"neuron {first} must have at least one edge, got none; connect it or number neurons "
            f"without gaps, since the largest number here is {n - 1}"
        )
    return np.arange(n, dtype=np.int64)


class _Column:
    """One attribute: a number of its value for each row, and the values."""

    def __init__(self, where: str, key: str, value: Any, n: int) -> None:
        array = value if isinstance(value, np.ndarray) else None
        if array is None and not isinstance(value, list | tuple):
            self.codes: Ints | None = None
            self.values: list[Any] = [_scalar(key, value)]
            return
        if array is not None and array.ndim == 0:
            self.codes, self.values = None, [_scalar(key, array.item())]
            return
        rule = f"{where}['{key}'] must be one value or an array of {n}"
        remedy = "give one value for each"
        shape = _shape(value)
        if shape is None or len(shape) != 1 or len(value) != n:
            got = "" if shape is None else f", got shape {shape}"
            raise NetworkError(f"{rule}{got}; {remedy}")
        if array is not None and array.dtype.kind in "biuf":
            unique, codes = np.unique(array, return_inverse=True)
            self.codes, values = codes.astype(np.int64), unique.tolist()
        else:
            items = array.tolist() if array is not None else value
            try:
                self.codes, pairs = numbered([(type(item), item) for item in items])
            except TypeError:
                raise NetworkError(f"{rule} of numbers, texts, true and false; {remedy}") from None
            values = [item for _, item in pairs]
        self.values = [_scalar(key, item) for item in values]


def _shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of an array or list, None if its rows are not equally long."""
    try:
        shape: tuple[int, ...] = np.shape(value)
    except ValueError:
        return None
    return shape


def _scalar(key: str, value: Any) -> Any:
    """Return a value of Python's own kind, None where it stands for none."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if value != value:
            return None
        if key in NUMBERED and value.is_integer():
            return int(value)
        if key in FLAGS and value in (0.0, 1.0):
            return bool(value)
    return None if value in MISSING else value


def _described(
    where: str, columns: Columns, known: tuple[str, ...], n: int
) -> tuple[Ints, list[dict[str, Any]]]:
    """Return for each row the number of its attributes, and the attributes that there are."""
    codes, different = np.zeros(n, np.int64), [dict[str, Any]()]
    for key, value in columns.items():
        if key not in known:
            raise NetworkError(f"{where} {unknown_attribute(key, known)}")
        column = _Column(where, key, value, n)
        joined = codes * len(column.values) + (0 if column.codes is None else column.codes)
        unique, codes = np.unique(joined, return_inverse=True)
        before, different = different, []
        for code in unique.tolist():
            old, new = divmod(code, len(column.values))
            added = column.values[new]
            different.append(before[old] | ({} if added is None else {key: added}))
    return codes.astype(np.int64), different or [{}]


def _neurons(ids: Ids, columns: Columns, others: Columns) -> NeuronTable:
    n = len(ids)
    apart = ("population", "role", *PLACES)
    given = {key: value for key, value in columns.items() if key not in apart}
    biases = _biases(given, n)
    codes, different = _described("neurons", given, NEURON, n)

    def label(number: int) -> str:
        return short(ids[number] if isinstance(ids, tuple) else int(ids[number]))

    kept = checked_columns(NEURONS, others, n)
    described, made, rest = populations_described(codes, different, label)
    population, names = _named(columns.get("population"), n)
    roles = _roles(columns.get("role"), n, label)
    return NeuronTable(ids, names, population, described, made, biases + rest, roles, kept)


def _biases(given: dict[str, Any], n: int) -> NDArray[np.float64]:
    """Take out an array of numbers that biases begin with; a description for each is slow.

    What is left says still which neurons have one: 0 in its place, or NaN.
    """
    key = "bias_value" if "bias_value" in given else "bias"
    value = given.get(key)
    if isinstance(value, list | tuple) and {*map(type, value)} <= {float, int, type(None)}:
        value = _floats(value)
    if not isinstance(value, np.ndarray) or value.shape != (n,) or value.dtype.kind not in "iuf":
        return np.zeros(n)
    numbers = value.astype(np.float64)
    if np.isinf(numbers).any():
        return np.zeros(n)
    given[key] = numbers * 0.0
    return np.nan_to_num(numbers)


def _floats(items: Sequence[Any]) -> NDArray[np.float64] | None:
    try:
        return np.array([np.nan if item is None else item for item in items], np.float64)
    except OverflowError:
        return None


def _named(value: Any, n: int) -> tuple[Ints, tuple[str, ...]]:
    if value is None:
        return np.full(n, -1, np.int64), ()
    column = _Column("neurons", "population", value, n)
    for name in column.values:
        if name is not None and not isinstance(name, str):
            raise NetworkError(
                f"neurons['population'] must hold names, got {short(name)}; write texts"
            )
    codes = np.zeros(n, np.int64) if column.codes is None else column.codes
    _, first = np.unique(codes, return_index=True)
    known = [code for code in np.argsort(first).tolist() if column.values[code] is not None]
    number = np.full(len(column.values), -1, np.int64)
    number[known] = np.arange(len(known))
    named: Ints = number[codes]
    return named, tuple(column.values[code] for code in known)


def _roles(value: Any, n: int, label: Callable[[int], str]) -> Ints:
    if value is None:
        return np.zeros(n, np.int64)
    column = _Column("neurons", "role", value, n)
    codes = np.zeros(n, np.int64) if column.codes is None else column.codes
    for code, role in enumerate(column.values):
        if role is not None and role not in ROLES:
            first = int(np.flatnonzero(codes == code)[0])
            hint = did_you_mean(role, ROLES) or "leave it empty for all other neurons"
            raise NetworkError(
                f"neuron {label(first)} must have the role 'input' or 'output', got {short(role)}; "
                f"{hint}"
            )
    number = [0 if role is None else ROLES.index(role) + 1 for role in column.values]
    found: Ints = np.array(number, np.int64)[codes]
    return found


def _edges(
    kind: str,
    ends: Ints,
    columns: Columns,
    neurons: NeuronTable,
    forward: EdgeTable[Any] | None,
    others: Columns,
) -> EdgeTable[Any]:
    where, n = f"{kind}_edges", len(ends)

    def label(number: int) -> str:
        return f"{neurons.label(ends[number, 0])} -> {neurons.label(ends[number, 1])}"

    apart = ("weight", "weighted", "table", "kind", SHARES)
    given = {key: value for key, value in columns.items() if key not in apart}
    codes, different = _described(where, given, NEURON_EDGE[kind], n)
    described, made = edges_described(kind, codes, different if n else [], label)
    weights = _weights(kind, columns, n, label)
    table = _whole(where, "table", columns.get("table"), n)
    edges = EdgeTable(kind, ends[:, 0], ends[:, 1], described, made, weights, table)
    edges = replace(edges, attributes=checked_columns(kind, others, n))
    return with_weights(edges, forward, label)


def _weights(
    kind: str, columns: Columns, n: int, label: Callable[[int], str]
) -> NDArray[np.float64] | None:
    value, given = columns.get("weight"), columns.get("weighted")
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.shape not in ((), (n,)):
        raise NetworkError(
            f"{kind}_edges['weight'] must be a number or an array of {n} numbers, got "
            f"{short(value)}; give one for each edge"
        )
    weights = np.broadcast_to(array, (n,)).astype(np.float64)
    has = np.ones(n, bool) if given is None else np.asarray(given)
    if has.shape != (n,) or has.dtype.kind != "b":
        raise NetworkError(
            f"{kind}_edges['weighted'] must be an array of {n} booleans, got {short(given)}; "
            "leave it out where every edge has a weight"
        )
    wrong = np.flatnonzero(has & ~np.isfinite(weights))
    if len(wrong):
        raise NetworkError(
            f"{kind} edge {label(int(wrong[0]))} must have a finite number as its weight, got "
            f"{weights[wrong[0]]}; write a number there, or mark it in 'weighted' as having none"
        )
    return np.where(has, weights, np.nan)


def _whole(where: str, key: str, value: Any, n: int) -> Ints | None:
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or array.shape not in ((), (n,)):
        raise NetworkError(
            f"{where}['{key}'] must be a whole number or an array of {n}, got {short(value)}; "
            "give one for each edge"
        )
    return np.broadcast_to(array, (n,)).astype(np.int64)
