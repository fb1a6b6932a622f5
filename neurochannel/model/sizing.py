"""Sizes and shapes that a network leaves to its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from neurochannel.errors import NetworkError
from neurochannel.model.maps import image_of
from neurochannel.model.populations import Population


class DataEnds(NamedTuple):
    """Where data enter and leave.

    Parameters
    ----------
    input, output
        Names of populations.
    sees_image
        Whether a convolution, local windows or pooling start from the input.
    """

    input: str
    output: str
    sees_image: bool


def sized_populations(
    populations: Mapping[str, Population],
    ends: DataEnds,
    sizes: tuple[int, int],
    shape: Sequence[int] | None,
) -> dict[str, Any]:
    """Return populations with the numbers of inputs and outputs, and the shape of images.

    Raises
    ------
    NetworkError
        If given sizes or a given shape contradict the data.
    """
    filled: dict[str, Any] = dict(populations)
    wrong, own = list(_misshapen(populations, ends, shape)), populations[ends.input]
    if not wrong and own.shape is None and ends.sees_image:
        filled[ends.input] = {**own.changed(), "size": sizes[0], "shape": shape}
    names = (ends.input, "inputs"), (ends.output, "outputs")
    for (name, what), size in zip(names, sizes, strict=True):
        given = populations[name].size
        if given is None:
            part = filled[name]
            said = part if isinstance(part, dict) else part.changed()
            filled[name] = {**said, "size": size}
        elif given != size and not (wrong and name == ends.input):
            wrong.append(
                f"populations.{name}.size must be {size}, the number of {what} in the data, "
                f"got {given}; leave it out to take it from the data"
            )
    if wrong:
        raise NetworkError(wrong)
    return filled


def _misshapen(
    populations: Mapping[str, Population], ends: DataEnds, given: Sequence[int] | None
) -> Iterator[str]:
    """Say how the images of a data set differ from what the input population expects."""
    shape, own = image_of(tuple(given or ())), image_of(populations[ends.input].shape)
    place = f"populations.{ends.input}.shape"
    if shape is None and own is None and ends.sees_image:
        yield (
            f"{place} must be given, since the data has no shape; write for example "
            "shape = [32, 32, 3]"
        )
    elif shape is not None and own is not None and shape != own:
        yield (
            f"{place} must be {list(shape)}, the shape of the images in the data, got "
            f"{list(own)}; leave it out to take it from the data"
        )
