"""The initial numbers of a network: weights, biases and the channel's own weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.holders import kept_biases
from neurochannel.engine.memory import MemoryMap
from neurochannel.engine.streams import (
    AGE,
    CLOCK,
    HIDDEN,
    WRITTEN,
    channel_key,
    filled_key,
    held_key,
    opposite_key,
    stream,
    velocity_key,
    waiting_key,
    weights_key,
)
from neurochannel.kernels import random
from neurochannel.kernels.waiting import HANDS
from neurochannel.model.edges import OWN
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network
from neurochannel.model.populations import Bias
from neurochannel.model.synapses import Synapse
from neurochannel.model.weights import Init

_KEPT_CHANNELS = (*OWN, "concordant")


def fans_of(network: Network, bundle: Bundle[Any], n_edges: int) -> tuple[float, float]:
    """Return the mean numbers of edges that a receiver gets and that a source sends.

    Margins do not make those of windows smaller.
    """
    made = windows_of(network, bundle)
    if made and isinstance(bundle.edges, ForwardEdges):
        return made.taps, made.fan_out
    if made:
        return made.fan_out, made.taps
    if isinstance(bundle.edges, ChannelEdges) and bundle.edges.shared == "maps":
        n_edges = network.size(bundle.source) * network.size(bundle.target)
    return n_edges / network.size(bundle.target), n_edges / network.size(bundle.source)


def draw_of(init: Init, fan_in: float, fan_out: float) -> tuple[int, float, float]:
    """Return (distribution, scale, mean) of the random numbers that an `Init` asks for.

    Glorot and He initialisation count the edges that a bundle really has: the mean number that a
    receiver gets is its fan-in, the mean number that a source sends is its fan-out.
    """
    both = max(fan_in + fan_out, 1e-12)
    kind, spread = {
        "glorot": (random.UNIFORM, math.sqrt(6.0 / both)),
        "glorot_normal": (random.NORMAL, math.sqrt(2.0 / both)),
        "he": (random.NORMAL, math.sqrt(2.0 / max(fan_in, 1e-12))),
        "he_uniform": (random.UNIFORM, math.sqrt(6.0 / max(fan_in, 1e-12))),
        "uniform": (random.UNIFORM, 1.0),
        "normal": (random.NORMAL, 1.0),
        "zeros": (random.CONSTANT, 0.0),
        "binary": (random.BINARY, 1.0),
        "ternary": (random.TERNARY, 1.0),
        "signs": (random.SIGNS, 1.0),
    }[init.distribution]
    return kind, init.scale * spread, init.mean


def bias_of(network: Network, population: str) -> Bias | None:
    """Return the bias of a population, None if it has none."""
    if population in (network.input, *network.relays, *network.pools):
        return None
    return network.populations[population].bias_rule


def bias_may_learn(network: Network, population: str) -> bool:
    """Tell whether a population has biases that are frozen neither themselves nor by its edges.

    What populations share learns from the signals of all of them, whatever the edges into one do.
    """
    bias = bias_of(network, population)
    if bias is None or not bias.learn:
        return False
    several = network.bias_shares.get(bias.share or "", (population,))
    return any(_is_free(network, name) for name in several)


def _is_free(network: Network, population: str) -> bool:
    incoming = network.forward_at.into(population)
    return not incoming or any(b.edges.learn for b in incoming)


def parameter_bundles(network: Network) -> Iterator[tuple[str, Bundle[Any]]]:
    """Yield (key, bundle) for all bundles that have weights of their own or hold shared ones."""
    for forward in network.forward_bundles:
        if not forward.edges.pool and network.holder(forward.name) == forward.name:
            yield weights_key(forward.name), forward
    for bundle in network.channel_bundles:
        if bundle.edges.weights in _KEPT_CHANNELS:
            yield channel_key(bundle.name), bundle


def learning_rules(network: Network) -> Iterator[tuple[str, ForwardEdges | ChannelEdges | Bias]]:
    """Yield (key, description) of all weights and biases that may learn, each key once."""
    for key, bundle in parameter_bundles(network):
        if isinstance(bundle.edges, ForwardEdges) and bundle.edges.learn:
            yield key, bundle.edges
    taught = [p for p in network.forward_order if bias_may_learn(network, p)]
    for key, bias in _biases_of(network, taught):
        yield key, bias
    for bundle in network.channel_bundles:
        if bundle.edges.weights == "adaptive":
            yield channel_key(bundle.name), bundle.edges


def _biases_of(network: Network, populations: Iterable[str]) -> Iterator[tuple[str, Bias]]:
    """Yield (key, description) of the biases of populations, each key once."""
    found: dict[str, Bias] = {}
    for population in populations:
        bias = bias_of(network, population)
        if bias:
            found.setdefault(kept_biases(network, population), bias)
    yield from found.items()


class StateRule(NamedTuple):
    """State that lasts beyond a batch.

    Parameters
    ----------
    owner
        The key of the bundle or bias that it serves, or a word for what serves all.
    shape
        None for that of its owner's weights or biases.
    whole
        Whether it holds whole numbers.
    kept
        Whether it lies among the values, since it is changed as they are.
    """

    owner: str
    shape: tuple[int, ...] | None = None
    whole: bool = False
    kept: bool = False


def states_of(network: Network, batch_size: int) -> dict[str, StateRule]:
    """Return all state that lasts beyond a batch, by key.

    Parameters
    ----------
    batch_size
        Most examples of an update, whose messages may have to wait for another update.
    """
    rules = list(learning_rules(network))
    states = {velocity_key(key): StateRule(key) for key, rule in rules if rule.momentum}
    devices = list(device_rules(network))
    states |= {
        held_key(what, side): StateRule(key, None, kept=True)
        for key, one in devices
        for side in sides_of(key, one)
        for what in held_by(one)
    }
    states |= dict(_late_messages(network, batch_size))
    if any(b.edges.message and b.edges.message.clocked for b in network.channel_bundles):
        states[CLOCK] = StateRule(CLOCK, (HANDS,), whole=True)
    return states


def _late_messages(network: Network, batch_size: int) -> Iterator[tuple[str, StateRule]]:
    """Yield room for the messages that are on their way."""
    for bundle in network.channel_bundles:
        key, message, n = (
            channel_key(bundle.name),
            bundle.edges.message,
            network.size(bundle.source),
        )
        if message is None or not message.delay:
            continue
        if message.unit == "example":
            yield waiting_key(key), StateRule(key, (message.delay, n))
        else:
            yield waiting_key(key), StateRule(key, (message.delay * batch_size, n))
            yield filled_key(key), StateRule(key, (message.delay,), whole=True)


def device_rules(network: Network) -> Iterator[tuple[str, Synapse]]:
    """Yield (key, synapse) of all weights and biases that are devices, learning or not."""
    if not network.has_devices:
        return
    for key, bundle in parameter_bundles(network):
        if isinstance(bundle.edges, ForwardEdges) and bundle.edges.synapse:
            yield key, bundle.edges.synapse
    for key, bias in _biases_of(network, network.forward_order):
        if bias.synapse:
            yield key, bias.synapse
    for bundle in network.channel_bundles:
        if bundle.edges.synapse and bundle.edges.weights in ("adaptive", "random"):
            yield channel_key(bundle.name), bundle.edges.synapse


def sides_of(key: str, synapse: Synapse) -> tuple[str, ...]:
    """Return the keys of the devices that weights are made of: of pairs, those that add first."""
    return (key, opposite_key(key)) if synapse.pair else (key,)


def held_by(synapse: Synapse) -> list[str]:
    """Return what devices hold in addition to the weights that are read."""
    asked = {HIDDEN: synapse.hides, WRITTEN: synapse.write_noise, AGE: synapse.drift}
    return [what for what, wanted in asked.items() if wanted]


def bundle_shape(network: Network, bundle: Bundle[Any], edges: EdgeList | None) -> tuple[int, ...]:
    """Return (n_source, n_target) for all-to-all, (n_edges,) for sparse."""
    if edges:
        return (edges.n_edges,)
    made, image = windows_of(network, bundle), network.image(bundle.target)
    if made:
        return made.rows, made.target[2]
    if isinstance(bundle.edges, ChannelEdges) and bundle.edges.shared == "maps" and image:
        return network.size(bundle.source), image[2]
    return network.size(bundle.source), network.size(bundle.target)


def windows_of(network: Network, bundle: Bundle[Any]) -> Geometry | None:
    """Return the windows whose weights a bundle has, None if it has none of that shape."""
    if isinstance(bundle.edges, ForwardEdges):
        return network.geometries.get(bundle.name)
    against = bundle.edges.shared == "kernel"
    return network.geometries.get(mirror(network, bundle)) if against else None


def reserve_parameters(
    network: Network, edges: dict[str, EdgeList], memory: MemoryMap, batch_size: int
) -> None:
    """Give every parameter and all state a place, in an order that depends on the network alone."""
    for key, bundle in parameter_bundles(network):
        shape = bundle_shape(network, bundle, edges.get(key))
        learns = isinstance(bundle.edges, ForwardEdges) or bundle.edges.weights == "adaptive"
        memory.add_parameter(key, shape, padded=learns and len(shape) > 1)
    for population in network.forward_order:
        key = kept_biases(network, population)
        if bias_of(network, population) and key not in memory.values:
            memory.add_parameter(key, (network.n_biases(population),))
    for key, state in states_of(network, batch_size).items():
        if state.kept:
            memory.add_kept(key, memory.values[state.owner])
        elif state.shape is None:
            like = memory.values[state.owner]
            memory.add_state(key, state.owner, like.shape, like.stride)
        else:
            memory.add_state(key, state.owner, state.shape, whole=state.whole)


def draw_parameters(
    network: Network, edges: dict[str, EdgeList], memory: MemoryMap, seed: int, values: np.ndarray
) -> None:
    """Fill the parameters with their initial values."""
    for key, bundle in parameter_bundles(network):
        out, init = memory.values[key].view(values), bundle.edges.init
        if init.values is not None:
            out[:] = _listed(init, edges.get(key)).reshape(out.shape)
            continue
        kind, scale, mean = draw_of(init, *fans_of(network, bundle, out.size))
        drawn = out if out.ndim == 1 else np.empty(out.size, values.dtype)
        random.fill(drawn, kind, scale, mean, np.uint64(seed), stream(key), np.uint64(0))
        if out.ndim > 1:
            out[:] = drawn.reshape(out.shape)
    for population in network.forward_order:
        bias = bias_of(network, population)
        if bias:
            memory.values[kept_biases(network, population)].view(values)[:] = bias.value


def _listed(init: Init, edges: EdgeList | None) -> np.ndarray:
    """Bring given weights, a matrix or one for each listed edge, into the order of storage."""
    listed: np.ndarray = np.asarray(init.values)
    if edges is not None and listed.ndim == 2:
        listed = listed[edges.sources, edges.receivers]
    elif edges is not None and edges.order is not None:
        listed = listed[edges.order]
    unchanged = init.scale == 1.0 and init.mean == 0.0
    return listed if unchanged else init.mean + init.scale * listed
