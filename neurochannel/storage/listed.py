"""Long lists of a network's description as arrays of a checkpoint, which its text refers to.

Where the text of a small network has a list, that of a large one has the place of its rows:
``edges = { "/listed/edges" = [0, 5000] }``.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neurochannel.inputs.opening import Refusal
from neurochannel.model.toml_reader import parse
from neurochannel.storage.reading import Reader, attribute, wrong

if TYPE_CHECKING:
    import h5py

    from neurochannel.model.network import Network

ROOM = "listed"
SINCE = 4
"""The version of the format that brought them."""
MOST_IN_TEXT = 2**16
"""Numbers of a description up to which its lists are text."""
DTYPES = {"edges": ("<u2", "<i4"), "numbers": ("<f4", "<f8"), "neurons": ("<i8",)}
"""Types by the kind of what is listed, the first that holds all of it is taken."""
SHAPE = "shape"
KEPT = "attributes"
"""The field whose names are those of another tool and refer to nothing."""
MOST_AXES = 6


class Described(NamedTuple):
    """A network as text, and the arrays that the text refers to by their names."""

    text: str
    lists: dict[str, np.ndarray]

    @property
    def digest(self) -> str:
        """Hexadecimal sha256 of all that describes the network."""
        made = hashlib.sha256(self.text.encode())
        for name, array in self.lists.items():
            made.update(f"{name} {array.dtype.str}".encode())
            made.update(array.data)
        return made.hexdigest()


def described(network: Network, *, named: bool = True) -> Described:
    """Return a network as text, without its long lists and, if not `named`, without its name."""
    from neurochannel.model.toml_writer import toml_text

    stated = {key: part for key, part in network.stated().items() if named or key != "name"}
    found = _Lists()
    text = toml_text(stated, found.put)
    if not found.n_numbers:
        return Described(text, {})
    if found.n_numbers <= MOST_IN_TEXT:
        return Described(toml_text(stated), {})
    return Described(text, found.joined())


class _Lists:
    """Takes the arrays of a description, and tells where each of them will be."""

    def __init__(self) -> None:
        self.n_numbers = 0
        self._parts: dict[str, list[np.ndarray]] = {}
        self._ends: dict[str, int] = {}

    def put(self, array: np.ndarray) -> str:
        """Return what stands in the text for an array."""
        kind = {"f": "numbers", "i": "edges" if array.ndim == 2 else "neurons"}[array.dtype.kind]
        rows = array if kind == "edges" else array.reshape(-1)
        begin = self._ends.get(kind, 0)
        end = self._ends[kind] = begin + len(rows)
        self._parts.setdefault(kind, []).append(rows)
        self.n_numbers += array.size
        shape = f", {SHAPE} = {list(array.shape)}" if kind == "numbers" and array.ndim > 1 else ""
        return f'{{ "/{ROOM}/{kind}" = [{begin}, {end}]{shape} }}'

    def joined(self) -> dict[str, np.ndarray]:
        """Return all arrays of a kind as one."""
        return {
            kind: np.concatenate(parts, dtype=_smallest(kind, parts), casting="unsafe")
            for kind, parts in self._parts.items()
        }


def _smallest(kind: str, parts: list[np.ndarray]) -> str:
    *small, large = DTYPES[kind]
    for dtype in small:
        with np.errstate(over="ignore"):
            if all(np.array_equal(part.astype(dtype), part) for part in parts):
                return dtype
    return large


def put_lists(root: h5py.File, lists: Mapping[str, np.ndarray]) -> None:
    """Write the arrays that a description refers to, if there are any."""
    if lists:
        room = root.create_group(ROOM)
        for kind, array in lists.items():
            room[kind] = array


def read_description(reader: Reader, text: str) -> dict[str, Any]:
    """Return what a text says, with the arrays in their places.

    Raises
    ------
    Refusal
        If it refers to anything but all rows of all arrays, one after the other.
    """
    table = parse(text)
    if attribute(reader.root, "format_version", int) < SINCE:
        return table
    places = list(_places(table))
    kinds = list(dict.fromkeys(place.kind for place in places))
    lists = _read_lists(reader, kinds) if kinds or ROOM in reader.root else {}
    ends = dict.fromkeys(kinds, 0)
    for place in places:
        kind, begin = place.kind, ends[place.kind]
        if place.begin != begin or not begin < place.end <= len(lists[kind]):
            raise _unread(kind, len(lists[kind]), f"[{place.begin}, {place.end}] after {begin}")
        rows = lists[kind][begin : place.end]
        place.table[place.key] = rows if place.shape is None else rows.reshape(place.shape)
        ends[kind] = place.end
    for kind, end in ends.items():
        if end != len(lists[kind]):
            raise _unread(kind, len(lists[kind]), str(end))
    return table


def _read_lists(reader: Reader, kinds: list[str]) -> dict[str, np.ndarray]:
    room = reader.group(reader.root, ROOM)
    reader.expect(room, kinds)
    shapes = {kind: (None, 2) if kind == "edges" else (None,) for kind in kinds}
    return {kind: reader.array(room, kind, DTYPES[kind], shapes[kind]) for kind in kinds}


def _unread(kind: str, n: int, got: str) -> Refusal:
    rule = f"all {n} rows of /{ROOM}/{kind}, one after the other"
    return wrong(f"/network must refer to {rule}, got {got}")


class _Place(NamedTuple):
    """Where a table refers to some rows."""

    table: dict[str, Any]
    key: str
    kind: str
    begin: int
    end: int
    shape: tuple[int, ...] | None


def _places(part: Any) -> Iterator[_Place]:
    """Yield the places at which rows are referred to, in the order of the text."""
    for table in part if isinstance(part, list) else (part,):
        for key, value in table.items() if isinstance(table, dict) else ():
            refers = isinstance(value, dict) and any(w.startswith(f"/{ROOM}/") for w in value)
            if refers and key != KEPT:
                yield _place(table, key, value)
            elif isinstance(value, dict) or (isinstance(value, list) and _is_table(value[:1])):
                yield from _places(value)


def _is_table(first: list[Any]) -> bool:
    return bool(first) and isinstance(first[0], dict)


def _place(table: dict[str, Any], key: str, value: dict[str, Any]) -> _Place:
    (word, rows), *rest = value.items()
    kind, shape = word.removeprefix(f"/{ROOM}/"), None
    right = kind in DTYPES and _is_whole(rows, 2, 2)
    if right and rest:
        ((name, shape), *others) = rest
        right = kind == "numbers" and name == SHAPE and not others
        right = right and _is_whole(shape, 2, MOST_AXES) and math.prod(shape) == rows[1] - rows[0]
    if not right:
        from neurochannel.model.problems import short

        raise wrong(f"/network must refer to rows of a list in /{ROOM}, got {short(value)}")
    begin, end = rows
    return _Place(table, key, kind, begin, end, None if shape is None else tuple(shape))


def _is_whole(value: Any, fewest: int, most: int) -> bool:
    """Tell whether a value is a list of whole numbers from 0 on, neither too short nor too long."""
    if not isinstance(value, list) or not fewest <= len(value) <= most:
        return False
    return all(type(number) is int and number >= 0 for number in value)
