"""Populations with a shape, and the rules by which convolution, windows and pooling join them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, Unpack

from pydantic import Field, PlainValidator

from neurochannel.model.base import Description
from neurochannel.model.problems import Problem, Remedy, short

MOST = 2**20
A_KERNEL = Remedy("write for example kernel = 3")
Two = int | tuple[int, int]


def _counts(value: Any) -> tuple[int, ...] | None:
    """Return whole numbers from 1 on, one or several, None if they are something else."""
    several = value if isinstance(value, list | tuple) else (value,)
    whole = all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= MOST for n in several)
    return tuple(several) if whole else None


def one_or_two(value: Any) -> Two:
    """Check a number of rows and columns, or one of each."""
    counts = _counts(value)
    if counts is None or len(counts) > 2 or not counts:
        raise ValueError(
            f"must be a whole number from 1 on, or two as [rows, columns], got {short(value)}; "
            "write for example 3"
        )
    return counts[0] if not isinstance(value, list | tuple) else two(counts)


def two(number: int | tuple[int, ...]) -> tuple[int, int]:
    """Return [rows, columns] of a number for both."""
    return (number, number) if isinstance(number, int) else (number[0], number[-1])


def padding_of(value: Any) -> Literal["same", "valid"] | int:
    """Check how many zeros are around an image."""
    if value in ("same", "valid") or (
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
    ):
        padded: Literal["same", "valid"] | int = value
        return padded
    raise ValueError(
        f'must be "same", "valid" or a whole number from 0 on, got {short(value)}; '
        'leave it out for "same"'
    )


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Check the shape of a population."""
    counts = _counts(value) if isinstance(value, list | tuple) else None
    if value is not None and (counts is None or not 1 <= len(counts) <= 3):
        raise ValueError(
            "must be [neurons], [height, width] or [height, width, maps], "
            f"got {short(value)}; write for example [32, 32, 3]"
        )
    return counts


OneOrTwo = Annotated[Two, PlainValidator(one_or_two, json_schema_input_type=int | list[int])]
Padding = Annotated[
    Literal["same", "valid"] | int,
    PlainValidator(padding_of, json_schema_input_type=Literal["same", "valid"] | int),
]
Shape = Annotated[
    tuple[int, ...] | None,
    PlainValidator(shape_of, json_schema_input_type=list[int] | None),
    Field(description="[neurons], [height, width] or [height, width, maps]."),
]
Image = tuple[int, int, int]
Kind = Literal["conv", "local", "max", "mean"]


def image_of(shape: tuple[int, ...] | None) -> Image | None:
    """Return (height, width, maps) of a shape, None if it is none of an image."""
    if not shape or len(shape) == 1:
        return None
    return shape[0], shape[1], shape[2] if len(shape) == 3 else 1


class ConvOptions(TypedDict, total=False):
    """The fields of `Conv` and `Local`."""

    maps: int
    kernel: int | tuple[int, int]
    stride: int | tuple[int, int]
    padding: Literal["same", "valid"] | int


class Conv(Description):
    """Convolution: each neuron is joined to a window of the source, and all windows share weights.

    S[y, x, m] = sum over i, j, c of O[s y + i - p, s x + j - p, c] W[i, j, c, m], where O is 0
    outside; height and width are floor((h + 2 p - k) / s) + 1.

    Parameters
    ----------
    maps
        How many kernels, and maps of the receiving population.
    kernel, stride
        k and s: a number, or [rows, columns].
    padding
        p: a number, "valid" for 0, or "same" for (k - 1) / 2, which keeps height and width.
    """

    maps: Annotated[
        int,
        Field(strict=True, ge=1, le=MOST, description="Maps of the receiving population."),
        Remedy("write for example maps = 8"),
    ]
    kernel: Annotated[OneOrTwo, Field(description="Rows and columns of a window."), A_KERNEL]
    stride: Annotated[OneOrTwo, Field(description="Pixels from one window to the next.")] = 1
    padding: Annotated[Padding, Field(description="Zeros around the source.")] = "same"

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[ConvOptions]) -> None: ...

    def _mistakes(self) -> Iterator[Problem]:
        if self.padding != "same":
            return
        fields = frozenset({"padding", "kernel", "stride"})
        if any(k % 2 == 0 for k in two(self.kernel)):
            yield Problem(
                ("padding",),
                f"must not be 'same', its default, for an even kernel, got {written(self.kernel)}; "
                "write an odd kernel, or a number such as padding = 1",
                fields,
            )
        if two(self.stride) != (1, 1):
            yield Problem(
                ("padding",),
                "must not be 'same', its default, for a stride other than 1, got "
                f"{written(self.stride)}; write a number such as padding = 1",
                fields,
            )

    @property
    def label(self) -> str:
        """The rule in a few words."""
        rows, columns = two(self.kernel)
        name = "local" if isinstance(self, Local) else "conv"
        stride = "" if two(self.stride) == (1, 1) else f", stride {written(self.stride)}"
        padding = "" if self.padding == "same" else f", padding {self.padding}"
        return f"{name} {rows} × {columns}{stride}{padding}"

    @property
    def margin(self) -> tuple[int, int]:
        """Rows and columns of zeros on each side."""
        if self.padding == "same":
            rows, columns = two(self.kernel)
            return (rows - 1) // 2, (columns - 1) // 2
        return (0, 0) if self.padding == "valid" else two(self.padding)


class Local(Conv):
    """Local windows: as convolution, but each window has weights of its own."""


class PoolOptions(TypedDict, total=False):
    """The fields of `Pool`."""

    kind: Literal["max", "mean"]
    kernel: int | tuple[int, int]
    stride: int | tuple[int, int] | None


class Pool(Description):
    """Pooling: each neuron takes the largest or the mean activity of a window of its own map.

    Parameters
    ----------
    kind
        "max" or "mean". The channel leads back to the first largest one, or to all alike.
    kernel, stride
        A number, or [rows, columns]; the stride is the kernel if it is left out.
    """

    kind: Annotated[Literal["max", "mean"], Field(description="What is taken of a window.")] = "max"
    kernel: Annotated[OneOrTwo, Field(description="Rows and columns of a window."), A_KERNEL]
    stride: Annotated[OneOrTwo | None, Field(description="Pixels from one window to the next.")] = (
        None
    )

    if TYPE_CHECKING:

        def __init__(self, **fields: Unpack[PoolOptions]) -> None: ...

    @property
    def label(self) -> str:
        """The rule in a few words."""
        rows, columns = two(self.kernel)
        stride = "" if self.stride in (None, self.kernel) else f", stride {written(self.stride)}"
        return f"{self.kind} of {rows} × {columns}{stride}"


def written(number: object) -> str:
    """Return a number, or two, as files have them."""
    return f"[{', '.join(map(str, number))}]" if isinstance(number, tuple) else str(number)


@dataclass(frozen=True)
class Geometry:
    """A bundle between two images: which neuron of a window is joined to which.

    Neuron (y, x, m) has the number (y * width + x) * maps + m.
    """

    kind: Kind
    source: Image
    target: Image
    kernel: tuple[int, int]
    stride: tuple[int, int]
    margin: tuple[int, int] = (0, 0)

    @property
    def pools(self) -> bool:
        """Whether it has no weights."""
        return self.kind in ("max", "mean")

    @property
    def n_windows(self) -> int:
        """Positions of the window."""
        return self.target[0] * self.target[1]

    @property
    def taps(self) -> int:
        """Numbers in a window that reach one neuron, zeros of the margin included."""
        return math.prod(self.kernel) * (1 if self.pools else self.source[2])

    @property
    def fan_out(self) -> float:
        """Edges that a source far from all margins has."""
        return math.prod(self.kernel) * self.target[2] / math.prod(self.stride)

    @property
    def rows(self) -> int:
        """Rows of the weights, one for each tap; those of local windows lie one after another."""
        return self.taps * (self.n_windows if self.kind == "local" else 1)

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """The shape of the weights as users see them."""
        windows = self.target[:2] if self.kind == "local" else ()
        return (*windows, *self.kernel, self.source[2], self.target[2])

    @property
    def n_wires(self) -> int:
        """Single edges, those from the margin left out."""
        maps = 1 if self.pools else self.source[2]
        return math.prod(sum(met) for met in self._met) * maps * self.target[2]

    @property
    def n_used(self) -> int:
        """Weights that at least one edge has: others only meet the margin."""
        if self.pools:
            return 0
        if self.kind == "local":
            return self.n_wires
        used = math.prod(sum(n > 0 for n in met) for met in self._met)
        return used * self.source[2] * self.target[2]

    @property
    def _met(self) -> list[list[int]]:
        """For rows and columns: how many windows have each tap inside the image."""
        return [
            [sum(0 <= s * at + i - p < n for at in range(out)) for i in range(k)]
            for n, out, k, s, p in zip(
                self.source[:2], self.target[:2], self.kernel, self.stride, self.margin, strict=True
            )
        ]


def geometry(rule: Conv | Pool, source: Image) -> Geometry | None:
    """Return what a rule makes of a source, None where the window does not fit in."""
    kernel = two(rule.kernel)
    margin = (0, 0) if isinstance(rule, Pool) else rule.margin
    stride = two(rule.stride or rule.kernel)
    height, width = (
        (n + 2 * p - k) // s + 1 if n + 2 * p >= k else 0
        for n, k, s, p in zip(source[:2], kernel, stride, margin, strict=True)
    )
    if height < 1 or width < 1:
        return None
    if isinstance(rule, Pool):
        target, kind = (height, width, source[2]), rule.kind
        return Geometry(kind, source, target, kernel, stride)
    return Geometry(
        "local" if isinstance(rule, Local) else "conv",
        source,
        (height, width, rule.maps),
        kernel,
        stride,
        margin,
    )
