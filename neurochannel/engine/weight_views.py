"""Weights and biases by name, as users read and set them."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.gate import as_parameters
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.machine import Machine
from neurochannel.engine.parameters import bias_of, windows_of
from neurochannel.engine.streams import channel_key
from neurochannel.engine.turns import Turns
from neurochannel.errors import OptionError
from neurochannel.interrupts import Stop
from neurochannel.model.edges import OWN, ChannelEdges
from neurochannel.model.network import Bundle, Network

MAX_DENSE = 2**28
"""Most elements for which a sparse bundle is shown as a matrix."""


class Parameters(Mapping[str, np.ndarray]):
    """Arrays by name; reading gives a copy, setting replaces the values in the network.

    Weights are (n_source, n_receiver) matrices, 0 where a sparse bundle has no edge; biases (n,).
    Copies are read-only, so that a change that would be lost is an error: write
    ``run.weights["a -> b"] = array`` to set.

    Raises
    ------
    OptionError
        For an unknown name, a wrong shape, numbers that are not finite, a weight where there is no
        edge, or weights that are not the bundle's own.
    """

    _machine: Machine

    def __init__(self, what: str, names: list[str], turns: Turns | None) -> None:
        self._what = what
        self._names = names
        self._turns = turns or Turns(Stop())

    def _name(self, name: str) -> str:
        tidy = re.sub(r"\s*->\s*", " -> ", name.strip())
        if tidy not in self._names:
            close = get_close_matches(tidy, self._names, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are: {self._listed()}"
            raise OptionError(f"there are no {self._what} named '{name}'; {hint}")
        return tidy

    def _listed(self) -> str:
        return ", ".join(f"'{name}'" for name in self._names) or "none"

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> np.ndarray:
        with self._turns.taken():
            copy = self._read(self._name(name))
        copy.flags.writeable = False
        return copy

    def __setitem__(self, name: str, value: ArrayLike) -> None:
        tidy = self._name(name)
        array = as_parameters(value, f"{self._what} '{tidy}'", self._machine.dtype)
        with self._turns.taken():
            self._write(tidy, array)

    @abstractmethod
    def _read(self, name: str) -> np.ndarray: ...

    @abstractmethod
    def _write(self, name: str, array: np.ndarray) -> None: ...

    def __repr__(self) -> str:
        return f"<{self._what}: {self._listed()}>"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


class Biases(Parameters):
    """Biases by population; setting those that several share sets them for all."""

    def __init__(self, machine: Machine, turns: Turns | None = None) -> None:
        network = machine.network
        names = [name for name in network.forward_order if bias_of(network, name)]
        super().__init__("biases", names, turns)
        self._machine = machine

    def _read(self, name: str) -> np.ndarray:
        return self._machine.parameter(kept_biases(self._machine.network, name)).copy()

    def _write(self, name: str, array: np.ndarray) -> None:
        key = kept_biases(self._machine.network, name)
        target = self._machine.parameter(key)
        _check_shape(f"biases '{name}'", array, target.shape)
        target[:] = array
        self._machine.settle(key)


class Weights(Parameters):
    """Weights of the forward bundles; setting those that several share sets them for all."""

    def __init__(self, machine: Machine, turns: Turns | None = None) -> None:
        bundles = [b for b in machine.network.forward_bundles if not b.edges.pool]
        super().__init__("weights", [bundle.name for bundle in bundles], turns)
        self._machine = machine
        self._bundles: dict[str, Bundle[Any]] = {bundle.name: bundle for bundle in bundles}

    def _key(self, name: str) -> str:
        return kept_weights(self._machine.network, name)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a bundle's weights, see `weight_shape`."""
        return weight_shape(self._machine.network, self._bundles[self._name(name)])

    def _stored(self, name: str) -> np.ndarray:
        return self._machine.parameter(self._key(name))

    def _read(self, name: str) -> np.ndarray:
        return self.matrix(self._key(name), self.shape(name), self._stored(name))

    def edges(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (sources, receivers) of a bundle's single edges, sorted by both."""
        tidy = self._name(name)
        self._check_listed(tidy)
        return edge_arrays(self._edge_list(tidy), self.shape(tidy))

    def shares(self, name: str) -> bool:
        """Tell whether weights are those of windows, or of all neurons of a map."""
        tidy = self._name(name)
        return len(self.shape(tidy)) > 2 or self._shared(tidy)

    def _check_listed(self, name: str) -> None:
        if self.shares(name):
            raise OptionError(
                f"{self._what} '{name}' are shared or of windows, which have no list of edges; "
                f"read .{self._what.replace(' ', '_')}['{name}']"
            )

    def _shared(self, name: str) -> bool:
        edges = self._bundles[name].edges
        return isinstance(edges, ChannelEdges) and edges.shared is not None

    def _edge_list(self, name: str) -> EdgeList | None:
        return self._machine.edges.get(self._key(name))

    def listed(self, name: str) -> np.ndarray:
        """Return a copy of the weights of single edges, sorted by source and receiver."""
        with self._turns.taken():
            tidy = self._name(name)
            self._check_listed(tidy)
            return self._stored(tidy).flatten()

    def matrix(self, key: str, shape: tuple[int, ...], stored: np.ndarray) -> np.ndarray:
        """Spread the stored numbers of a bundle over a matrix, or bring them into their shape."""
        edges = self._machine.edges.get(key)
        if edges is None:
            return stored.copy().reshape(shape)
        if shape[0] * shape[1] > MAX_DENSE:
            raise OptionError(
                f"'{key}' would be a matrix of {shape[0]} x {shape[1]}; "
                "read its single edges with .edge_weights(name)"
            )
        matrix = np.zeros(shape, stored.dtype)
        matrix[edges.sources, edges.receivers] = stored
        return matrix

    def _write(self, name: str, array: np.ndarray) -> None:
        _check_shape(f"{self._what} '{name}'", array, self.shape(name))
        edges = self._machine.edges.get(self._key(name))
        target = self._machine.parameter(self._key(name))
        if edges is None:
            target[:] = array.reshape(target.shape)
            self._machine.settle(self._key(name))
            return
        kept = array[edges.sources, edges.receivers]
        if np.count_nonzero(kept) != np.count_nonzero(array):
            raise OptionError(
                f"{self._what} '{name}' must be 0 where there is no edge; "
                "read .edges(name) to see which edges there are"
            )
        target[:] = kept
        self._machine.settle(self._key(name))


class ChannelWeights(Weights):
    """Weights of the learning channel as the next step uses them.

    Tied, redrawn and concordant ones are made at each step, so only random, adaptive and congruent
    ones can be set.
    """

    def __init__(self, machine: Machine, update: Any, turns: Turns | None = None) -> None:
        network = machine.network
        bundles = [b for b in network.channel_bundles if not _only_pools(network, b)]
        names = [bundle.name for bundle in bundles]
        Parameters.__init__(self, "channel weights", names, turns)
        self._machine = machine
        self._update = update
        self._bundles = {bundle.name: bundle for bundle in bundles}

    def _key(self, name: str) -> str:
        return channel_key(name)

    def _read(self, name: str) -> np.ndarray:
        if self._follows_forward(name):
            forward = self._forward(name)
            return np.ascontiguousarray(forward.T) if forward.ndim == 2 else forward.copy()
        return super()._read(name)

    def _stored(self, name: str) -> np.ndarray:
        if self._follows_forward(name):
            sources, receivers = self.edges(name)
            listed: np.ndarray = self._forward(name)[receivers, sources]
            return listed
        if self._bundles[name].edges.weights in OWN:
            return super()._stored(name)
        return self._machine.channel_matrix(self._key(name), self._update())

    def _follows_forward(self, name: str) -> bool:
        tied = self._bundles[name].edges.weights == "tied"
        return tied and self._key(name) not in self._machine.edges

    def _edge_list(self, name: str) -> EdgeList | None:
        if not self._follows_forward(name):
            return super()._edge_list(name)
        mirrored = mirror(self._machine.network, self._bundles[name])
        forward = self._machine.edges.get(kept_weights(self._machine.network, mirrored))
        return forward and forward.transposed()

    def _forward(self, name: str) -> np.ndarray:
        return Weights(self._machine)[mirror(self._machine.network, self._bundles[name])]

    def _write(self, name: str, array: np.ndarray) -> None:
        kind = self._bundles[name].edges.weights
        if kind not in OWN:
            raise OptionError(
                f"channel weights '{name}' are {kind}, so they are made at each step; "
                'describe the bundle with weights = "random" to set them'
            )
        super()._write(name, array)


def weight_shape(network: Network, bundle: Bundle[Any]) -> tuple[int, ...]:
    """Return (n_source, n_receiver), or the shape of shared weights and those of windows.

    It is (rows, columns, source maps, maps) of a kernel, behind (height, width) for local windows,
    also where the channel runs against them, and (n_source, maps) of weights that maps share.
    """
    edges, made = bundle.edges, windows_of(network, bundle)
    if isinstance(edges, ChannelEdges) and edges.weights == "tied":
        made = network.geometries.get(mirror(network, bundle))
    if made:
        return made.weight_shape
    image = network.image(bundle.target)
    if isinstance(edges, ChannelEdges) and edges.shared == "maps" and image:
        return network.size(bundle.source), image[2]
    return network.size(bundle.source), network.size(bundle.target)


def _only_pools(network: Network, bundle: Bundle[ChannelEdges]) -> bool:
    """Tell whether a bundle leads back through pooling, which has no weights."""
    made = network.geometries.get(mirror(network, bundle))
    return made is not None and made.pools and bundle.edges.weights == "tied"


def _check_shape(what: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise OptionError(f"{what} must have shape {shape}, got {array.shape}")


def edge_arrays(edges: EdgeList | None, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return (sources, receivers) of a bundle's edges in the order of storage."""
    if edges:
        return edges.sources.copy(), edges.receivers.copy()
    sources, receivers = np.indices(shape, dtype=np.uint32).reshape(2, -1)
    return sources, receivers
