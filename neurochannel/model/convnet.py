"""Convolutional networks in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from neurochannel.errors import NetworkError
from neurochannel.model.edges import ForwardEdges
from neurochannel.model.maps import Conv, Local, Pool
from neurochannel.model.network import Network
from neurochannel.model.populations import BiasLike, Population
from neurochannel.model.problems import short
from neurochannel.model.weights import InitLike

Two = int | tuple[int, int]


def conv(
    maps: int, kernel: Two, *, stride: Two = 1, padding: Literal["same", "valid"] | int = "same"
) -> Conv:
    """Describe a convolution for `convnet`; see `Conv`."""
    return Conv(maps=maps, kernel=kernel, stride=stride, padding=padding)


def local(
    maps: int, kernel: Two, *, stride: Two = 1, padding: Literal["same", "valid"] | int = "same"
) -> Local:
    """Describe local windows for `convnet`: a convolution whose windows share no weights."""
    return Local(maps=maps, kernel=kernel, stride=stride, padding=padding)


def pool(kernel: Two, stride: Two | None = None, kind: Literal["max", "mean"] = "max") -> Pool:
    """Describe pooling for `convnet`; see `Pool`."""
    return Pool(kernel=kernel, stride=stride, kind=kind)


def convnet(
    shape: Sequence[int] | None,
    *layers: Conv | Local | Pool | int | None,
    activation: str = "tanh",
    output: str = "softmax",
    init: InitLike = "glorot",
    bias: BiasLike = True,
    shared: bool = True,
    name: str | None = None,
) -> Network:
    """Describe a convolutional network without a learning channel.

    Its populations are input, conv1, pool1, ..., hidden1, ..., output.

    Parameters
    ----------
    shape
        (height, width) or (height, width, maps) of the images; None to take it from the data.
    *layers
        What `conv`, `local` and `pool` return, and numbers of neurons; the last is that of the
        output, or None to take it from the data.
    activation, output
        Activations of hidden populations, pools aside, and of the output.
    init
        Initial forward weights.
    bias
        The biases of all populations but pools.
    shared
        False to turn each convolution into local windows.
    name
        The name of the network, "convnet" if None.

    Raises
    ------
    NetworkError
        If the last layer is no number, or a value is out of range.
    """
    if not layers or isinstance(layers[-1], Conv | Pool):
        raise NetworkError(
            "convnet must end with the number of outputs, got "
            f"{short(layers[-1]) if layers else 'nothing'}; write for example "
            "convnet((8, 8), conv(4, 3), pool(2), 10)"
        )
    first = Population() if shape is None else Population(shape=tuple(shape))
    populations = {"input": first}
    counts = {"conv": 0, "pool": 0, "hidden": 0}
    forward, below = [], "input"
    for number, layer in enumerate(layers, 1):
        kind, fields, rule = _described(layer, shared)
        counts[kind] += 1
        label = "output" if number == len(layers) else f"{kind}{counts[kind]}"
        if kind != "pool":
            fields["activation"] = output if label == "output" else activation
            fields |= {} if bias is True else {"bias": bias}
            rule |= {} if isinstance(init, str) and init == "glorot" else {"init": init}
        populations[label] = Population(**fields)
        forward.append(ForwardEdges(path=f"{below} -> {label}", **rule))
        below = label
    return Network(
        name="convnet" if name is None else name, populations=populations, forward=forward
    )


def _described(
    layer: Conv | Pool | int | None, shared: bool
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the kind of a layer, fields of its population and of the edges into it."""
    if isinstance(layer, Pool):
        return "pool", {}, {"pool": layer}
    if isinstance(layer, Conv):
        if isinstance(layer, Local) or not shared:
            return "conv", {}, {"local": Local(**layer._given())}
        return "conv", {}, {"conv": layer}
    return "hidden", {"size": layer}, {}
