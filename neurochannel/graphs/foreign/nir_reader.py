"""NIR, the exchange format of spiking networks: layers as neurons, their weights as edges."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign.convolution import (
    PADDING,
    conv2d_edges,
    groups_of,
    inputs_of,
    padding_of,
)
from neurochannel.graphs.foreign.foreign_graph import Column, Columns, ForeignGraph
from neurochannel.graphs.foreign.hdf5_files import group, groups_in, names_in, reading
from neurochannel.graphs.foreign.import_options import ImportSettings
from neurochannel.graphs.foreign.journal import counted
from neurochannel.inputs.hdf5 import ArrayReader, member
from neurochannel.inputs.hdf5_texts import TextReader
from neurochannel.inputs.opening import ContentError
from neurochannel.model.problems import listed, short

INPUT, OUTPUT, FLATTEN = "Input", "Output", "Flatten"
CONV = "Conv2d"
DENSE = ("Affine", "Linear")
WEIGHTS = (*DENSE, CONV)
SPIKING = ("LIF", "CubaLIF", "IF", "LI", "CubaLI", "I", "Threshold")
"""Neurons with a state or a threshold; what they have in common with ours is their place."""
MOST_NEURONS = 2**22
Floats = NDArray[np.float64]
WHAT = "a NIR file"


@dataclass
class Layer:
    """A node of NIR."""

    name: str
    kind: str
    numbers: dict[str, NDArray[Any]]
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def read_nir(
    root: h5py.File, words: TextReader, n_bytes: int, options: ImportSettings
) -> ForeignGraph:
    """Read a NIR graph of Affine, Linear and Conv2d layers.

    Layers of spiking neurons become neurons with the activation that the options give.

    Raises
    ------
    NetworkError
        If it has layers without an equivalent; the sentence names them.
    """
    with reading(WHAT):
        layers = _layers(root, words, ArrayReader(root, n_bytes, 100 * n_bytes + 2**28))
    notes = _check(layers, options)
    with reading(WHAT):
        return _Units(layers).graph(tuple(notes), options)


def _layers(root: h5py.File, words: TextReader, reader: ArrayReader) -> dict[str, Layer]:
    node = group(root, "node")
    inner = group(node, "nodes")
    layers = {}
    for name in groups_in(node, "nodes"):
        own = group(inner, name)
        kind = str(words.texts(own, "type")[0])
        keys = [key for key in names_in(own) if key != "type" and _is_numeric(member(own, key))]
        numbers = {key: reader.array(f"node/nodes/{name}/{key}") for key in keys}
        if kind == CONV and PADDING in names_in(own) and PADDING not in keys:
            numbers[PADDING] = padding_of(str(words.texts(own, PADDING)[0]), numbers)
        layers[name] = Layer(name, kind, numbers)
    for row in words.texts(node, "edges"):
        if not isinstance(row, list) or len(row) != 2:
            raise ContentError("node/edges must have a source and a target in each row")
        source, target = row
        for name in (source, target):
            if name not in layers:
                raise ContentError(f"an edge names the node {short(name)}, which is missing")
        layers[source].after.append(target)
        layers[target].before.append(source)
    return layers


def _is_numeric(part: Any) -> bool:
    return isinstance(part, h5py.Dataset) and part.dtype.kind in "biuf"


def _check(layers: dict[str, Layer], options: ImportSettings) -> list[str]:
    """Refuse layers without an equivalent, named by their type and count."""
    kinds = Counter(layer.kind for layer in layers.values())
    known = {INPUT, OUTPUT, FLATTEN, *WEIGHTS}
    other = {kind: n for kind, n in kinds.items() if kind not in known}
    strange = [f"{n} {kind}" for kind, n in other.items() if kind not in SPIKING]
    if strange:
        raise NetworkError(
            f"must have layers of the types {listed([*WEIGHTS, INPUT, OUTPUT, FLATTEN])}, got "
            f"{listed(strange)}, which have no equivalent here; replace them before the export"
        )
    spiking = [f"{n} {kind}" for kind, n in other.items()]
    if spiking and options.activation is None:
        raise NetworkError(
            f"has {listed(spiking)}: spiking neurons have no equivalent here; give an activation, "
            "such as activation='tanh', to put neurons without spikes in their positions"
        )
    notes = []
    if spiking:
        notes.append(
            f"took the neurons of {listed(spiking)} as {options.activation}, without spikes"
        )
    if n := kinds[CONV]:
        parted = sum(groups_of(each.numbers) > 1 for each in layers.values() if each.kind == CONV)
        some = f", {parted:,} with groups of maps," if parted else ""
        notes.append(
            f"took {counted(n, 'convolution')}{some} as single edges, whose weights are not shared"
        )
    return notes


def _adders(layers: dict[str, Layer]) -> dict[str, str]:
    """Return the layers whose outputs another one only adds up, with that one.

    It is an Affine layer whose weight is the identity, as neurochannel writes several bundles.
    """
    found: dict[str, str] = {}
    for name, layer in layers.items():
        weight = layer.numbers.get("weight")
        if layer.kind != "Affine" or len(layer.before) < 2 or weight is None:
            continue
        alone = all(
            layers[each].kind in DENSE and layers[each].after == [name] for each in layer.before
        )
        if alone and weight.ndim == 2 and np.array_equal(weight, np.eye(len(weight))):
            if any(len(layers[each].numbers["weight"]) != len(weight) for each in layer.before):
                raise ContentError(f"{name} must have as many inputs as lead to it")
            found |= dict.fromkeys(layer.before, name)
    return found


class _Units:
    """Neurons and edges as they are found; layers without weights between them share neurons."""

    def __init__(self, layers: dict[str, Layer]) -> None:
        self.layers = layers
        self.ids: list[str] = []
        self.first: dict[str, int] = {}
        self.size: dict[str, int] = {}
        self.shape: dict[str, tuple[int, ...]] = {}
        self.biases: dict[str, Floats] = {}
        self.heads: list[NDArray[np.int64]] = []
        self.tails: list[NDArray[np.int64]] = []
        self.weights: list[Floats] = []
        self.adders = _adders(layers)
        self.same = {name: self._carrier(name) for name in layers}

    def _carrier(self, name: str) -> str:
        """Return the layer whose neurons a layer has: itself, one that it passes on or leads to."""
        if name in self.adders:
            return self.adders[name]
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            layer = self.layers[name]
            if layer.kind in WEIGHTS or layer.kind == INPUT or len(layer.before) != 1:
                break
            name = layer.before[0]
        return name

    def graph(self, notes: tuple[str, ...], options: ImportSettings) -> ForeignGraph:
        """Return the neurons and edges."""
        for name in [name for name in self.layers if self.same[name] == name]:
            self._place(name, ())
        for name in list(self.first):
            self._connect(name)
        n = len(self.ids)
        biases = np.full(n, None, object)
        for name, values in self.biases.items():
            biases[self.first[name] : self.first[name] + self.size[name]] = values.tolist()
        roles = np.full(n, None, object)
        for layer in self.layers.values():
            if layer.kind in (INPUT, OUTPUT):
                at = self.same[layer.name]
                place = slice(self.first[at], self.first[at] + self.size[at])
                roles[place] = layer.kind.lower()
        nodes: Columns = {"role": roles, "activation": self._activations(options)}
        if options.output_activation is not None:
            nodes["activation"][roles == OUTPUT.lower()] = None
        nodes["activation"][roles == INPUT.lower()] = None
        if self.biases:
            nodes["bias_value"] = biases
        join = np.concatenate
        if not self.heads:
            raise ContentError("it has no weights")
        edges: Columns = {"weight": join(self.weights)}
        return ForeignGraph(self.ids, join(self.heads), join(self.tails), nodes, edges, notes=notes)

    def _activations(self, options: ImportSettings) -> Column:
        """Return an activation for each neuron, None for those that the options give.

        Neurons that only add up are linear, unless there are no others and an activation is given.
        """
        column = np.full(len(self.ids), "linear", object)
        spiking = [layer.name for layer in self.layers.values() if layer.kind in SPIKING]
        for name in spiking or (self.first if options.activation is not None else ()):
            at = self.same[name]
            place = slice(self.first[at], self.first[at] + self.size[at])
            column[place] = options.activation if spiking else None
        return column

    def _place(self, name: str, waiting: tuple[str, ...]) -> None:
        """Give a layer its neurons, after those that lead to it, whose shape it may need."""
        if name in self.first or name in waiting:
            return
        layer = self.layers[name]
        sources = [each for _, part in self._into(layer) for each in part]
        for each in sources:
            self._place(each, (*waiting, name))
        shape = self._shape(layer, sources)
        words = self._name(name)
        n = math.prod(shape)
        if not 0 < n <= MOST_NEURONS - len(self.ids):
            raise ContentError(
                f"{name} must have at least 1 neuron, and all at most {MOST_NEURONS:,}"
            )
        self.first[name], self.size[name], self.shape[name] = len(self.ids), n, shape
        self.ids += [f"{words}[{number}]" for number in range(n)] if n > 1 else [words]

    def _name(self, name: str) -> str:
        """Return the name of the layer of neurons, not of the weights that lead there."""
        own = [each for each in self.layers if self.same[each] == name]
        return next((each for each in own if self.layers[each].kind in SPIKING), name)

    def _shape(self, layer: Layer, sources: list[str]) -> tuple[int, ...]:
        numbers = layer.numbers
        if layer.kind == INPUT:
            return tuple(int(n) for n in numbers["shape"].reshape(-1))
        if layer.kind in DENSE:
            if numbers["weight"].ndim != 2:
                raise ContentError(f"the weight of {layer.name} must be a matrix")
            return (len(numbers["weight"]),)
        if layer.kind == CONV:
            return conv2d_edges(numbers, self._image(layer, sources))[0]
        found = {self.shape[each] for each in sources if each in self.shape}
        if not found:
            raise ContentError(f"the node {layer.name} must follow another")
        return found.pop()

    def _connect(self, name: str) -> None:
        layer, size = self.layers[name], self.size[name]
        biases = np.zeros(size)
        for part, sources in self._into(layer):
            if part.kind not in WEIGHTS:
                for each in sources:
                    self._edges(each, name, *(np.arange(size),) * 2, np.ones(size))
                return
            for each in sources:
                self._edges(each, name, *self._weights(part, each))
            biases = biases + self._bias(part, size)
        if layer is not part:
            biases = biases + self._bias(layer, size)
        if np.any(biases):
            self.biases[name] = biases

    def _into(self, layer: Layer) -> list[tuple[Layer, list[str]]]:
        """Return the weights that lead to a layer's neurons, and the layers that send over each."""
        added = [self.layers[each] for each in layer.before if each in self.adders]
        return [(part, [self.same[each] for each in part.before]) for part in added or [layer]]

    def _weights(
        self, part: Layer, source: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Return places of senders and receivers, and the weights between them."""
        weight = part.numbers["weight"].astype(np.float64)
        n_inputs = self.size[source]
        if part.kind == CONV:
            shape = self._image(part, [source])
            _, heads, tails, weights = conv2d_edges(part.numbers, shape)
            n_wanted = inputs_of(part.numbers, shape)
        else:
            tails, heads = (places.reshape(-1) for places in np.indices(weight.shape))
            weights, n_wanted = weight.reshape(-1), weight.shape[1]
        if n_inputs != n_wanted:
            raise ContentError(f"{part.name} must have as many inputs as {source} has neurons")
        return heads, tails, weights

    def _image(self, layer: Layer, sources: list[str]) -> tuple[int, ...]:
        """Return the height and width that a convolution reads."""
        known = layer.numbers.get("input_shape")
        size = tuple(known.reshape(-1).tolist()) if known is not None else ()
        if len(size) == 2:
            return size
        return next((self.shape[each][-2:] for each in sources if each in self.shape), ())

    @staticmethod
    def _bias(layer: Layer, size: int) -> Floats:
        if "bias" not in layer.numbers:
            return np.zeros(size)
        bias = layer.numbers["bias"].astype(np.float64).reshape(-1)
        per = size // max(len(bias), 1)
        if per * len(bias) != size:
            raise ContentError(f"the bias of {layer.name} must fit its weight")
        return np.repeat(bias, per)

    def _edges(self, source: str, target: str, heads: Any, tails: Any, weights: Floats) -> None:
        if len(heads) and int(heads.max()) >= self.size[source]:
            raise ContentError(f"{target} must have as many inputs as {source} has neurons")
        self.heads.append(heads + self.first[source])
        self.tails.append(tails + self.first[target])
        self.weights.append(weights)
