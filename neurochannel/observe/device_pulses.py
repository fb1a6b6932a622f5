"""How many pulses a batch asks of devices, on average over what is drawn."""

# b = example, s = source, d = receiver

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.parameters import learning_rules
from neurochannel.engine.streams import bias_key, channel_key, weights_key
from neurochannel.model.network import Network
from neurochannel.model.synapses import Synapse
from neurochannel.observe.messages import activity_column, message_column

Columns = Mapping[str, np.ndarray]


class Lines(NamedTuple):
    """Devices that learn by pulses, and what a batch sends over the lines of both ends.

    Parameters
    ----------
    key
        Of their weights or biases.
    name, where
        ``"a -> b"``, or a population for its biases; the place in the description.
    rate_factor
        By which the rate is multiplied here.
    source, signal
        (n, sources) and (n, receivers).
    edges
        The single edges, None for all-to-all.
    """

    key: str
    name: str
    where: str
    synapse: Synapse
    rate_factor: float
    source: np.ndarray
    signal: np.ndarray
    edges: EdgeList | None

    @property
    def n(self) -> int:
        """How many devices there are."""
        return self.edges.n_edges if self.edges else self.source.shape[1] * self.signal.shape[1]


def lines_of(network: Network, edges: Mapping[str, EdgeList], columns: Columns) -> Iterator[Lines]:
    """Yield the lines of all devices that learn by pulses, from the buffers that a batch left."""
    places = _places(network, columns)
    for key, rule in learning_rules(network):
        synapse, place = rule.synapse, places.get(key)
        if synapse is not None and synapse.step is not None and place is not None:
            yield Lines(key, *place[:2], synapse, rule.rate_factor, *place[2:], edges.get(key))


def _places(
    network: Network, columns: Columns
) -> dict[str, tuple[str, str, np.ndarray, np.ndarray]]:
    """Return name, place, source and signal by key, of what learns."""
    signals = {name: _signal(network, name, columns) for name in network.forward_order}
    names = {bundle.name for bundle in network.forward_bundles}
    found = {}
    for forward in network.forward_bundles:
        signal = signals[forward.target]
        if signal is not None:
            sent = columns[activity_column(network, forward, columns)]
            where = f"{forward.where} {forward.name}"
            found[weights_key(forward.name)] = forward.name, where, sent, signal
    for name, signal in signals.items():
        if signal is not None:
            one = np.ones((len(signal), 1))
            found[bias_key(name)] = name, f"populations.{name}.bias", one, signal
    for bundle in network.channel_bundles:
        own, heard = f"adapted:{bundle.target}", f"activity:{bundle.target}"
        if own in columns or heard in columns:
            name = f"channel: {bundle.name}" if bundle.name in names else bundle.name
            ends = columns[message_column(network, bundle, columns)], columns.get(own)
            heard_here = ends[1] if ends[1] is not None else columns[heard]
            where = f"{bundle.where} {bundle.name}"
            found[channel_key(bundle.name)] = name, where, ends[0], heard_here
    return found


def _signal(network: Network, population: str, columns: Columns) -> np.ndarray | None:
    own, shared = f"signal:{population}", f"signal:{network.signal_of(population)}"
    return columns.get(own, columns.get(shared))


class Pulses(NamedTuple):
    """What is asked of the devices of a bundle.

    Parameters
    ----------
    total, touched
        Pulses of all devices, and devices that get any, for each example.
    asked
        The most pulses that a device of each example is asked for, k of `kernels.pulses`.
    """

    total: float
    touched: float
    asked: np.ndarray


def pulses_of(lines: Lines, rate: float, batch_size: int, *, touched: bool = False) -> Pulses:
    """Return the pulses that a batch asks of devices, in the mean over their draws.

    Trains: L p_s q_d at each device, p and q the chances of a slot on its lines. Pulses of a batch:
    |rate * mean of x d| / step, or the nearest whole number.

    Parameters
    ----------
    batch_size
        Of the updates that they are counted for; the examples are taken in such groups.
    touched
        Whether to count the devices that get any, which takes longer.
    """
    synapse, gain = lines.synapse, rate * lines.rate_factor / (lines.synapse.step or 1.0)
    x, d = np.abs(lines.source.astype(np.float64)), np.abs(lines.signal.astype(np.float64))
    asked = gain / batch_size * x.max(axis=1, initial=0.0) * d.max(axis=1, initial=0.0)
    n, total, met = len(x), 0.0, 0.0
    if synapse.pulses == "example":
        for b in range(n):
            length, p, q = _chances(synapse, gain / batch_size, x[b], d[b])
            total += length * _summed(lines.edges, p, q)
            met += _touched(lines.edges, length, p, q) if touched else 0.0
        return Pulses(total / n, met / n, asked)
    for first in range(0, n, batch_size):
        part = slice(first, first + batch_size)
        change = gain * _products(lines, part) / len(x[part])
        counts = np.abs(np.rint(change) if synapse.pulses == "exact" else change)
        total += float(counts.sum())
        met += float(np.minimum(counts, 1.0).sum())
    return Pulses(total / n, met / n, asked)


def _chances(
    synapse: Synapse, gain: float, x: np.ndarray, d: np.ndarray
) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the slots of an example, and the chances of a pulse in one on each line."""
    most, top_x, top_d = synapse.pulses_at_most, x.max(initial=0.0), d.max(initial=0.0)
    k = gain * top_x * top_d
    if k == 0.0:
        return 0, 0 * x, 0 * d
    length, of_x, of_d = most, np.sqrt(gain / most), np.sqrt(gain / most)
    if synapse.update_management:
        length = min(int(np.ceil(k)), most)
        to = top_d * min(1.0, most / k)
        of_x, of_d = np.sqrt(gain / length * to / top_x), np.sqrt(gain / length * top_x / to)
    return length, np.minimum(of_x * x, 1.0), np.minimum(of_d * d, 1.0)


def _summed(edges: EdgeList | None, p: np.ndarray, q: np.ndarray) -> float:
    """Return the sum of p[s] q[d] over all edges."""
    if edges is None:
        return float(p.sum() * q.sum())
    return float(p[edges.sources] @ q[edges.receivers])


def _touched(edges: EdgeList | None, length: int, p: np.ndarray, q: np.ndarray) -> float:
    both = np.outer(p, q) if edges is None else p[edges.sources] * q[edges.receivers]
    return float(np.sum(1.0 - (1.0 - both) ** length))


def _products(lines: Lines, part: slice) -> np.ndarray:
    """Return the sum of x d over some examples, for each device."""
    x, d = lines.source[part].astype(np.float64), lines.signal[part].astype(np.float64)
    if lines.edges is None:
        return x.T @ d
    products: np.ndarray = np.einsum(
        "be,be->e", x[:, lines.edges.sources], d[:, lines.edges.receivers]
    )
    return products
