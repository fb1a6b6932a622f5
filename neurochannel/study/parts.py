"""Parts of a study's description: training, axes that move together, and seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from neurochannel.model.base import Description, FrozenDict
from neurochannel.model.problems import Problem, Remedy, listed, short
from neurochannel.study.axes import NONE

LARGEST_SEED = 2**64 - 1
MOST_SEEDS = 10**7
MOST_NAME_BYTES = 200


Epoch = Annotated[int, Field(strict=True, ge=1)]


class Training(Description):
    """How each network of a study is trained.

    Parameters
    ----------
    epochs, batch_size
        How many epochs, and examples for each update.
    rate, decay
        The rate at update u is rate / (1 + decay u).
    dtype
        "float32" or "float64".
    evaluate_every
        Score after every epoch with such a number, or after the epochs listed, and after the last;
        None for the last one only.
    """

    epochs: Annotated[
        int,
        Field(strict=True, ge=1, le=10**9, description="Epochs of each network."),
        Remedy("leave it out for 10"),
    ] = 10
    batch_size: Annotated[
        int,
        Field(strict=True, ge=1, le=2**31, description="Examples for each update."),
        Remedy("leave it out for 100"),
    ] = 100
    rate: Annotated[
        float,
        Field(strict=True, gt=0, allow_inf_nan=False, description="Learning rate."),
        Remedy("0.1 is a good start"),
    ] = 0.1
    decay: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            allow_inf_nan=False,
            description="The rate at update u is rate / (1 + decay u).",
        ),
        Remedy("leave it out for a constant rate"),
    ] = 0.0
    dtype: Annotated[Literal["float32", "float64"], Field(description="Precision.")] = "float32"
    evaluate_every: Annotated[
        Epoch | tuple[Epoch, ...] | None,
        Field(description="Score after every N epochs or those listed, and at the end."),
        Remedy("write a number, as 5, or a list, as [1, 2, 5]; leave it out for each epoch"),
    ] = 1

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and value.get("evaluate_every") == NONE:
            return {**value, "evaluate_every": None}
        return value


Values = Annotated[
    dict[str, list[Any]],
    AfterValidator(FrozenDict),
    Remedy('write a list of values for each path, such as "channel.*.message.bits" = [1, 2, 3]'),
]


def flattened(table: Any, prefix: str = "") -> Any:
    """Join the keys of nested tables, since populations.hidden1.size may stand without quotes."""
    if not isinstance(table, Mapping):
        return table
    flat: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{prefix}{key}"
        flat |= flattened(value, f"{path}.") if isinstance(value, Mapping) else {path: value}
    return {
        key: list(v) if isinstance(v, tuple | range) or _is_array(v) else v
        for key, v in flat.items()
    }


def _is_array(value: Any) -> bool:
    return hasattr(value, "tolist") and hasattr(value, "shape")


class Zip(Description):
    """Axes that move together, value by value.

    Parameters
    ----------
    axes
        Lists of the same length by path.
    name
        Makes them one column of this name in tables.
    labels
        What that column shows; the values themselves if left out.
    """

    axes: Annotated[Values, Field(description="Lists of the same length by path.")]
    name: Annotated[
        str | None, Field(strict=True, description="Makes them one column in tables.")
    ] = None
    labels: Annotated[
        list[bool | int | float | str] | None,
        Field(description="What that column shows, one for each step."),
    ] = None

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "axes" in value:
            return {**value, "axes": flattened(value["axes"])}
        return value

    def _mistakes(self) -> Iterator[Problem]:
        lengths = {path: len(values) for path, values in self.axes.items()}
        if len(set(lengths.values())) > 1:
            found = listed(f"{n} of {path}" for path, n in lengths.items())
            yield Problem(
                ("axes",), f"must be lists of the same length, got {found}; make them equal"
            )
        if not self.axes:
            yield Problem(("axes",), "must name at least one axis; remove the table [[zip]]")
        n = max(lengths.values(), default=0)
        if self.labels is not None and len(self.labels) != n:
            yield Problem(
                ("labels",), f"must be one for each of the {n} steps, got {len(self.labels)}"
            )
        if self.labels is not None and self.name is None:
            yield Problem(("labels",), "must come with a name for their column; add name")


def checked_seeds(given: Any) -> int | list[int]:
    """Return a number of seeds, or the list of them."""
    example = "write seeds = 5 or seeds = [0, 1, 2]"
    if isinstance(given, int) and not isinstance(given, bool):
        if given < 1:
            raise ValueError(f"must be at least 1, got {short(given)}; {example}")
        if given > MOST_SEEDS:
            raise ValueError(f"must be at most {MOST_SEEDS:,}, got {short(given)}; {example}")
        return given
    if not isinstance(given, list | tuple | range):
        raise ValueError(f"must be a whole number or a list of them, got {short(given)}; {example}")
    if len(given) > MOST_SEEDS:
        raise ValueError(f"must be at most {MOST_SEEDS:,} numbers, got {len(given):,}; {example}")
    for seed in given:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            raise ValueError(
                f"must be whole numbers from 0 to 2**64 - 1, got {short(seed)}; {example}"
            )
    if not given or len(set(given)) < len(given):
        what = "none" if not given else f"{len(given) - len(set(given))} twice"
        raise ValueError(f"must be different numbers, at least one, got {what}; {example}")
    return list(given)


def folder_name(text: str) -> str:
    """Check that a name can be that of a folder in another one, and of nothing outside it."""
    example = 'write for example name = "bits"'
    if text.strip() in ("", ".", "..") or any(sign in text for sign in "/\\"):
        raise ValueError(f"must be a name and not a path, got {short(text)}; {example}")
    if not text.isprintable():
        raise ValueError(f"must have no control characters, got {short(text)}; {example}")
    n_bytes = len(text.encode())
    if n_bytes > MOST_NAME_BYTES:
        raise ValueError(
            f"must have at most {MOST_NAME_BYTES} bytes, got {n_bytes:,}; choose a shorter one"
        )
    return text
