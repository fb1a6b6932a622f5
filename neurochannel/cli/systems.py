"""Closed forms from the options of `neurochannel theory`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from neurochannel.theory import Linear
    from neurochannel.theory.forms.form import Form
    from neurochannel.theory.forms.linear_flow import ChannelName

Rows = tuple[tuple[float, ...], ...]
FIXED = ("rbp", "srbp")
LARGEST = 1000
"""Neurons of a population."""


def channel_weights(
    length: int | None, c: tuple[float, ...] | None, channel: str
) -> tuple[float, ...] | int:
    """Return the weights of a chain's channel, or how many there are where they are not given.

    Raises
    ------
    OptionError
        If length and weights contradict each other or the channel.
    """
    if c is None:
        n = (2 if length is None else length) - 1
        return (1.0,) * n if channel in FIXED else n
    if channel not in FIXED:
        raise OptionError(
            f"--c must be left out with --channel {channel}, whose weights follow or adapt; "
            "use --length"
        )
    if length not in (None, len(c) + 1):
        raise OptionError(
            f"--c must have one number less than --length {length}, got {len(c)}; leave out one"
        )
    return c


def linear_network(
    sizes: tuple[float, ...],
    c: tuple[Rows, ...],
    channel: ChannelName,
    s_ii: Rows | None,
    s_ti: Rows | None,
    seed: int,
) -> Linear:
    """Return a linear network; what is not given is drawn from the standard normal distribution.

    Raises
    ------
    OptionError
        If a value is out of range.
    """
    from neurochannel.theory import Linear

    whole = tuple(_size(size) for size in sizes)
    if len(whole) < 2:
        raise OptionError(f"--sizes must be at least those of input and output, got {len(whole)}")
    draw = _stream(seed)
    moments = _covariance(s_ii, whole[0])
    wanted = draw.normal(size=(whole[-1], whole[0]))
    targets = wanted @ moments if s_ti is None else np.array(s_ti)
    own = tuple(np.array(one) for one in c)
    if not own and channel in FIXED:
        ends = whole[2:] if channel == "rbp" else (whole[-1],) * (len(whole) - 2)
        own = tuple(draw.normal(size=shape) for shape in zip(whole[1:-1], ends, strict=True))
    return Linear(whole, moments, targets, channel, own)


def linear_autoencoder(
    inputs: int, hidden: int, c: Rows | None, channel: ChannelName, s_ii: Rows | None, seed: int
) -> Linear:
    """Return a linear autoencoder; a fixed channel that is not given is drawn.

    Raises
    ------
    OptionError
        If a value is out of range.
    """
    from neurochannel.theory import autoencoder

    own = None if c is None else np.array(c)
    if own is None and channel in FIXED:
        own = _stream(seed).normal(size=(hidden, inputs))
    return autoencoder(inputs, hidden, _covariance(s_ii, inputs), channel=channel, c=own)


def described(form: Form) -> dict[str, Any]:
    """Return what a closed form is given by, as numbers and lists, drawn matrices included."""
    from neurochannel.theory import Linear, Nonlinear

    c: Any = form.c if isinstance(form, Linear | Nonlinear) else ()
    own = (
        {"c": [np.asarray(one).tolist() for one in c]} if np.ndim(c) or isinstance(c, tuple) else {}
    )
    if isinstance(form, Linear):
        first = {"sizes": list(form.sizes), "channel": form.channel}
        return first | own | {"s_ii": form.s_ii.tolist(), "s_ti": form.s_ti.tolist()}
    if isinstance(form, Nonlinear):
        first = {"sizes": [1] * (form.depth + 1), "channel": form.channel}
        more = {"activation": form.activation, "derivative": form.derivative}
        return first | own | more | {"x": form.x.tolist(), "t": form.t.tolist()}
    raise TypeError(f"no closed form: {form!r}")


def _stream(seed: int) -> np.random.Generator:
    """Return a generator whose numbers are not those of the starts of the same seed."""
    return np.random.default_rng((seed, 1))


def _covariance(rows: Rows | None, n: int) -> np.ndarray:
    if rows is None:
        return np.eye(n)
    is_diagonal = len(rows) == 1 and n > 1
    return np.diag(rows[0]) if is_diagonal else np.array(rows)


def _size(size: float) -> int:
    if size != int(size) or not 1 <= size <= LARGEST:
        raise OptionError(f"--sizes must be whole numbers from 1 to {LARGEST}, got {size:g}")
    return int(size)
