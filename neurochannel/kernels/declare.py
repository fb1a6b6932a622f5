"""How a kernel declares what it works on; everybody else derives the rest from it.

A kernel is a function of named arrays and numbers. Its declaration says of each of them in which
room of memory it lies, what its shape is, and whether it is read, set or changed:

    @kernel(
        source=reads(BUFFER, "m"),
        weight=reads(VALUES, "m", "stride"),
        total=adds(BUFFER, "n"),
        work=Delivery("m", "n"),
    )
    def deliver_rows(source, weight, total): ...

A call of it is a record of whole numbers: the place of each array in its room, then the counts that
the shapes name, then the kernel's own numbers. From the declaration follow the record, the compiled
entry (`entry`), the run as plain Python, the listing of programs, the ledger, and the check that
nothing is read before it is set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

Access = Literal["reads", "sets", "adds", "changes"]
Room = Literal["buffer", "flat", "joint", "values", "changes", "state", "counts", "wires"]

AND_ONE = "+1"

BUFFER: Room = "buffer"
"""What one batch makes, (examples, width)."""
FLAT: Room = "flat"
"""The same memory as one vector, (examples * width,), and what is left of its last 64 bytes: each
element is worked on alone, and nobody reads those beyond the last example."""
JOINT: Room = "joint"
"""What one batch makes of many populations at once, (examples, width), for bundles that are joined:
memory of its own, laid out as the kernels of `joined` like it."""
VALUES: Room = "values"
"""Weights, biases and scratch as they are read."""
CHANGES: Room = "changes"
"""The same places where updates go: the values themselves while training, else an array apart."""
STATE: Room = "state"
"""State that lasts beyond a batch, in addition to the values."""
COUNTS: Room = "counts"
"""A vector of whole numbers in the same memory, int64."""
WIRES: Room = "wires"
"""Lists of single edges, uint32."""


@dataclass(frozen=True)
class Array:
    """An array that a call names by its place in a room.

    Parameters
    ----------
    access
        "reads"; "sets", whatever was there; "adds" to what is there; or "changes" it.
    room
        Where it lies.
    shape
        Names of counts; the examples of a batch, which buffers have as well, are left out. A name
        that ends in "+1" means one more.
    """

    access: Access
    room: Room
    shape: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """A number of the call: "i8" (whole), "f8" (real; it becomes the kernels' own), "u8"."""

    kind: Literal["i8", "f8", "u8"]


@dataclass(frozen=True)
class Given:
    """What the batch gives to every call that asks for it, see `BATCH`.

    Parameters
    ----------
    expression
        How it is had from fields {o.name} of the call and {b.name} of the batch, see `entry`.
    shape
        Names of counts of the call that the expression uses.
    numbers
        Names of real numbers of the call that it uses.
    """

    expression: str
    shape: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """Work: one multiply-add for each product of these counts, from `source` to `total`."""

    counts: tuple[str, ...]
    backwards: bool = False


@dataclass(frozen=True)
class Change:
    """Work: one multiply-add for each product of these counts, to change weights."""

    counts: tuple[str, ...]


@dataclass(frozen=True)
class Making:
    """Work to make weights: multiply-adds, random numbers drawn, or numbers copied."""

    unit: Literal["multiply_adds", "draws", "copies"]
    counts: tuple[str, ...]


Work = Delivery | Change | Making


def reads(room: Room, *shape: str) -> Array:
    """Declare an array that is only read."""
    return Array("reads", room, shape)


def sets(room: Room, *shape: str) -> Array:
    """Declare an array that is overwritten, whatever it held."""
    return Array("sets", room, shape)


def adds(room: Room, *shape: str) -> Array:
    """Declare an array to which is added."""
    return Array("adds", room, shape)


def changes(room: Room, *shape: str) -> Array:
    """Declare an array that is changed from what it held."""
    return Array("changes", room, shape)


REAL, WHOLE, STREAM = Number("f8"), Number("i8"), Number("u8")

BATCH = np.dtype(
    [
        *((name, "i8") for name in ("buffers", "values", "changes", "state", "wires")),
        *((name, "i8") for name in ("active", "amount", "marks", "numbers", "lanes", "totals")),
        ("joint", "i8"),
        *((name, "i8") for name in ("pulse_words", "pulse_counts", "pulse_keys")),
        *((name, "i8") for name in ("bytes", "reals", "labels", "targets")),
        *((name, "i8") for name in ("input_scale", "input_offset")),
        *((name, "i8") for name in ("pixel_start", "pixel_index", "pixel_value")),
        *((name, "i8") for name in ("n_rows", "n_pixels", "examples", "following")),
        *((name, "i8") for name in ("size", "first", "capacity", "widest")),
        *((name, "i8") for name in ("height", "width", "maps", "shift", "flip")),
        *((name, "f8") for name in ("factor", "rate", "worth")),
        *((name, "u8") for name in ("seed", "update", "epoch", "moves")),
    ]
)
"""What calls share: addresses of all rooms, of workspace and of the data set; examples of the
batch, the number of the example that comes next or -1; how many examples there are, which one of
the batch is the first where only a part of them is meant, room for examples in a buffer, neurons of
the widest population; the shape of images and how they move; rate / examples, rate, what a byte is
worth; seed and number of the update for all draws, and epoch and stream of the moves."""

_OWN = ("rate_factor",)
FACTOR = Given("real({b.factor} * {o.rate_factor})", numbers=_OWN)
"""rate / examples, the rate being that of what changes: times its own factor."""
RATE = Given("real({b.rate} * {o.rate_factor})", numbers=_OWN)
SHARE = Given("real(1.0 / {b.size})")
WORTH = Given("real({b.worth})")
SEED = Given("{b.seed}")
UPDATE = Given("{b.update}")
FOLLOWING = Given("{b.following}")
FIRST = Given("{b.first}")
FIRST_ELEMENT = Given("{b.first} * {o.n}", ("n",))
SIZE = Given("{b.size}")
EXAMPLES = Given("vector(WORD, {b.examples}, {b.size})")
ACTIVE = Given("vector(WORD, {b.active}, {b.widest})")
AMOUNT = Given("vector(ZERO, {b.amount}, {b.widest})")
MARKS = Given("vector(BYTE, {b.marks}, {b.widest})")
NUMBERS = Given("vector(WORD, {b.numbers}, {b.widest})")
PULSE_WORDS = Given("matrix(WORD, {b.pulse_words}, 2, {b.widest})")
PULSE_KEYS = Given("matrix(LONG, {b.pulse_keys}, 32, 3)")
PULSE_COUNTS = Given("vector(ZERO, {b.pulse_counts}, padded({b.widest}))")
LANES = Given("{b.lanes}")
TOTALS = Given("vector(DOUBLE, {b.totals}, 2)")
PIXEL_START = Given("vector(LONG, {b.pixel_start}, {b.n_rows} + 1)")
PIXEL_INDEX = Given("vector(SHORT, {b.pixel_index}, {b.n_pixels})")
PIXEL_VALUE = Given("vector(BYTE, {b.pixel_value}, {b.n_pixels})")
INPUT_SCALE = Given("vector(ZERO, {b.input_scale}, {o.n})", ("n",))
INPUT_OFFSET = Given("vector(ZERO, {b.input_offset}, {o.n})", ("n",))
IMAGE = Given("({b.height}, {b.width}, {b.maps})")
MOVES = Given("({b.shift}, {b.flip})")
MOVES_DRAWN = Given("({b.seed}, {b.moves}, {b.epoch})")
LABELS = Given("vector(INTEGER, {b.labels}, {b.n_rows})")


def rows_of(part: Literal["bytes", "reals", "targets"], width: str) -> Given:
    """Declare a part of the data set, (n_rows, width), width being a count of the call."""
    like = "BYTE" if part == "bytes" else "ZERO"
    text = f"matrix({like}, {{b.{part}}}, {{b.n_rows}}, {{o.{width}}})"
    return Given(text, (width,))


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel and its declaration.

    Parameters
    ----------
    function
        What it does, as plain Python; returns None, or 0 to continue and anything else to stop.
    arguments
        The declaration of each argument, in the order of the function.
    work
        What the ledger counts.
    checks
        Whether it returns a status.
    name
        What programs call it by.
    before
        Called with the type of real numbers before machine code is made or read.
    whole
        Whether it needs all examples of a batch at once, and not a part of them.
    """

    function: Callable[..., Any]
    arguments: dict[str, Array | Number | Given]
    work: Work | None = None
    checks: bool = False
    name: str = field(default="")
    before: Callable[[str], None] | None = None
    whole: bool = False

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """The arrays that a call names by their places."""
        return {name: a for name, a in self.arguments.items() if isinstance(a, Array)}

    @cached_property
    def numbers(self) -> dict[str, Number]:
        """The numbers of a call: the kernel's own, and those that what the batch gives needs."""
        given = [a for a in self.arguments.values() if isinstance(a, Given)]
        own = {name: a for name, a in self.arguments.items() if isinstance(a, Number)}
        return own | {name: REAL for a in given for name in a.numbers}

    @cached_property
    def counts(self) -> tuple[str, ...]:
        """Counts that the shapes name, in the order of their first mention."""
        named = [
            count.removesuffix(AND_ONE)
            for a in self.arguments.values()
            if not isinstance(a, Number)
            for count in a.shape
        ]
        return tuple(dict.fromkeys(named))

    @cached_property
    def record(self) -> np.dtype:
        """The type of a call's record: eight bytes for each place, count and number."""
        fields = [(name, "i8") for name in (*self.arrays, *self.counts)]
        return np.dtype(fields + [(name, number.kind) for name, number in self.numbers.items()])


KERNELS: dict[str, Kernel] = {}
"""All kernels by name."""


def kernel(
    work: Work | None = None,
    checks: bool = False,
    name: str = "",
    before: Callable[[str], None] | None = None,
    whole: bool = False,
    **arguments: Any,
) -> Callable[[Callable[..., Any]], Kernel]:
    """Declare a function as a kernel.

    Parameters
    ----------
    work
        What the ledger counts.
    checks
        Whether it returns a status.
    name
        Its name, that of the function if left out.
    before
        Called with the type of real numbers before machine code is made or read.
    whole
        Whether it needs all examples of a batch at once.
    **arguments
        The declaration of each argument, in the order of the function's own.
    """

    def declare(function: Callable[..., Any]) -> Kernel:
        code = function.__code__
        assert tuple(arguments) == code.co_varnames[: code.co_argcount], function.__name__
        given = name or function.__name__
        made = Kernel(function, arguments, work, checks, given, before, whole)
        assert made.name not in KERNELS, made.name
        function.__name__ = function.__qualname__ = made.name
        KERNELS[made.name] = made
        return made

    return declare
