"""The memory map of a network: where each population's numbers and each bundle's weights lie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike

ALIGNMENT = 64
MARGIN = 16
"""Elements beyond the end of a list that kernels may read or write when they take whole vectors."""
POOL = "all weights"
"""What the place of all parameters together is called."""
WORDS = 2
"""Elements of state that have room for a whole number of 8 bytes, whatever their own width."""
_ELEMENTS = ALIGNMENT // 4
_WORTH_PADDING = 8


@dataclass(frozen=True)
class Span:
    """A stretch of the values, of the state or of the wires.

    Parameters
    ----------
    name
        What it holds, ``"weights:a -> b"`` or ``"change:weights:a -> b"``.
    owner
        The key of the bundle or bias that it serves, ``"weights:a -> b"``.
    start
        Its first element.
    shape
        (n,), or (rows, columns) row by row.
    stride
        Elements from one row to the next: the columns and, it may be, padding that stays 0.
    whole
        Whether it holds whole numbers, int64, instead of reals; each takes up two elements.
    """

    name: str
    owner: str
    start: int
    shape: tuple[int, ...]
    stride: int
    whole: bool = False

    @property
    def size(self) -> int:
        """Number of elements, padding included."""
        if self.whole:
            return WORDS * self.shape[0]
        return self.shape[0] * self.stride if len(self.shape) > 1 else self.shape[0]

    @property
    def n(self) -> int:
        """Number of elements without padding."""
        return prod(self.shape)

    def rows(self, first: int, n: int) -> Span:
        """Return n rows from row `first` on; of a stretch without rows, n elements."""
        if len(self.shape) == 1:
            return replace(self, start=self.start + first, shape=(n,), stride=n)
        start = self.start + first * self.stride
        return replace(self, start=start, shape=(n, *self.shape[1:]))

    def columns(self, first: int, n: int) -> Span:
        """Return n columns of all rows from column `first` on."""
        return replace(self, start=self.start + first, shape=(self.shape[0], n))

    def view(self, values: np.ndarray) -> np.ndarray:
        """Return this stretch in its own shape, without padding."""
        stretch = values[self.start : self.start + self.size]
        if self.whole:
            return stretch.view(np.int64)[: self.shape[0]]
        if len(self.shape) == 1:
            return stretch
        return stretch.reshape(self.shape[0], self.stride)[:, : self.shape[1]]


@dataclass(frozen=True)
class Column:
    """A buffer of `width` neurons for each example.

    Parameters
    ----------
    name
        What it holds, ``"activity:hidden1"`` or ``"message:error -> hidden1"``.
    owner
        The population whose neurons hold it, or the bundle that carries it.
    start
        Neurons for each example that come before it.
    of_channel
        Whether it would not be there without a learning channel.
    """

    name: str
    owner: str
    start: int
    width: int
    of_channel: bool = False


Place = Span | Column


class Draw(Protocol):
    """Where the numbers of a chip's map come from."""

    def numbers(self, n: int, seed: np.uint64, stream: np.uint64) -> np.ndarray:
        """Return n float64 numbers, each a function of seed, stream and its place alone."""


class Wires:
    """Edge lists by name, one after the other in one array that all programs of a network share."""

    def __init__(self) -> None:
        self._spans: dict[str, Span] = {}
        self._parts: list[np.ndarray] = []
        self._n = 0
        self.joined: Any = None
        """The bundles that share lists, once the compiler has chosen them."""
        self.reserved: MemoryMap | None = None
        """The places that are alike in all programs, once they are known."""

    def add(self, name: str, owner: str, *lists: np.ndarray) -> Span:
        """Store lists of small numbers unless they are there; return where they lie."""
        if name not in self._spans:
            n = sum(len(part) for part in lists)
            self._spans[name] = Span(name, owner, self._n, (n,), n)
            self._parts.extend(lists)
            self._n += n
        return self._spans[name]

    @property
    def spans(self) -> dict[str, Span]:
        """Where each list lies, by name."""
        return self._spans

    def __contains__(self, name: str) -> bool:
        return name in self._spans

    @property
    def array(self) -> np.ndarray:
        """All lists, (n,) uint32."""
        if len(self._parts) != 1:
            self._parts = [np.concatenate([np.zeros(0, np.uint32), *self._parts])]
        return self._parts[0]

    def stored(self, name: str, *lengths: int) -> list[np.ndarray]:
        """Return views of lists that were added under a name, whose lengths are known."""
        ends = self._spans[name].start + np.cumsum([0, *lengths])
        return [self.array[a:b] for a, b in pairwise(ends)]


@dataclass
class MemoryMap:
    """Places by name, handed out in order.

    Values hold parameters first (what is learned, drawn once and saved), then state that is changed
    like them, the maps of the chip (functions of its seed, which are drawn and never saved), other
    constants, and scratch matrices; state holds what else survives a batch; buffers hold what one
    batch makes; wires hold edge lists.
    """

    values: dict[str, Span] = field(default_factory=dict)
    kept: dict[str, Span] = field(default_factory=dict)
    maps: dict[str, Span] = field(default_factory=dict)
    draws: dict[str, Draw] = field(default_factory=dict)
    constants: dict[str, Span] = field(default_factory=dict)
    scratch: dict[str, Span] = field(default_factory=dict)
    state: dict[str, Span] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    wires: Wires = field(default_factory=Wires)
    n_values: int = 0
    n_state: int = 0
    n_columns: int = 0
    joint: dict[str, Column] = field(default_factory=dict)
    n_joint: int = 0

    def copy(self) -> MemoryMap:
        """Return a map with the same places, to which others can be added."""
        dicts: dict[str, Any] = {k: dict(v) for k, v in vars(self).items() if isinstance(v, dict)}
        return replace(self, **dicts)

    def _span(self, name: str, owner: str, shape: tuple[int, ...], stride: int) -> Span:
        span = Span(name, owner, self.n_values, shape, stride)
        self.n_values += rounded_up(span.size)
        return span

    def add_parameter(self, key: str, shape: tuple[int, ...], *, padded: bool = False) -> None:
        """Reserve room for a parameter; all parameters come before any scratch.

        Padding brings rows to whole vectors, which the kernels that change them need to be quick;
        rows of a few elements are left as they are.
        """
        width = shape[-1]
        stride = rounded_up(width) if padded and width >= _WORTH_PADDING else width
        self.values[key] = self._span(key, key, shape, stride)

    def add_map(
        self,
        name: str,
        shape: tuple[int, ...],
        draw: Draw,
        *,
        stride: int | None = None,
        owner: str = "",
    ) -> Span:
        """Reserve room for a map of the chip; all maps come after parameters and before scratch.

        Parameters
        ----------
        name
            What it holds and whose it is, "gain:hidden1"; its numbers depend on this name, the
            chip's seed and `draw` alone.
        draw
            Where its numbers come from, see `engine.chip`.
        stride
            As of the parameter that a kernel reads it with, if not the columns.
        owner
            Whose it is, if not the rest of its name.
        """
        owner = owner or name.partition(":")[2]
        self.maps[name] = self._span(name, owner, shape, stride or shape[-1])
        self.draws[name] = draw
        return self.maps[name]

    def add_state(
        self,
        key: str,
        owner: str,
        shape: tuple[int, ...],
        stride: int | None = None,
        *,
        whole: bool = False,
    ) -> None:
        """Reserve room for state that lasts beyond a batch; it starts at 0.

        Parameters
        ----------
        owner
            The key of the bundle or bias that it serves, or a word for what serves all.
        stride
            Elements from one row to the next, if there is padding.
        whole
            Whether it is a vector of whole numbers.
        """
        span = Span(key, owner, self.n_state, shape, stride or shape[-1], whole)
        self.state[key] = span
        self.n_state += rounded_up(span.size)

    def add_constant(
        self, name: str, owner: str, shape: tuple[int, ...], stride: int | None = None
    ) -> None:
        """Reserve room among the values for numbers that are filled in once and never change."""
        self.constants[name] = self._span(name, owner, shape, stride or shape[-1])

    def add_kept(self, key: str, like: Span) -> None:
        """Reserve room among the values for state that is changed as weights are."""
        self.kept[key] = self._span(key, like.owner, like.shape, like.stride)

    def scratch_span(
        self, name: str, owner: str, shape: tuple[int, ...], stride: int | None = None
    ) -> Span:
        """Return the scratch matrix of this name, reserving it at the first request."""
        if name not in self.scratch:
            self.scratch[name] = self._span(name, owner, shape, stride or shape[-1])
        return self.scratch[name]

    def column(self, name: str, owner: str, width: int, *, of_channel: bool = False) -> Column:
        """Return the buffer of this name, reserving it at the first request."""
        if name not in self.columns:
            self.columns[name] = Column(name, owner, self.n_columns, width, of_channel)
            self.n_columns += rounded_up(width)
        return self.columns[name]

    @property
    def pool(self) -> Span:
        """The place of all parameters together."""
        last = next(reversed(self.values.values()))
        n = last.start + last.size
        return Span(POOL, POOL, 0, (n,), n)

    def joint_column(self, name: str, width: int, *, of_channel: bool) -> Column:
        """Return the joint vector of this name, reserving it at the first request."""
        if name not in self.joint:
            self.joint[name] = Column(name, name, self.n_joint, width, of_channel)
            self.n_joint += rounded_up(width)
        return self.joint[name]


def rounded_up(n: int) -> int:
    """Round a number of elements up to whole vectors, as kernels do with `padded`."""
    return -(-n // _ELEMENTS) * _ELEMENTS


def aligned_zeros(n: int, dtype: DTypeLike) -> np.ndarray:
    """Return n zeros, the first at a multiple of 64 bytes, behind which 64 bytes may be read."""
    kind = np.dtype(dtype)
    raw = np.zeros(n * kind.itemsize + 2 * ALIGNMENT, np.uint8)
    shift = -raw.ctypes.data % ALIGNMENT
    return raw[shift : shift + n * kind.itemsize].view(kind)
