"""How many pulses a batch asks of devices, on average over what is drawn."""

# b = example, s = source, d = receiver

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.parameters import learning_rules, windows_of
from neurochannel.engine.streams import channel_key
from neurochannel.engine.window_taps import by_tap, window_products
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Bundle, ChannelEdges, Network
from neurochannel.model.synapses import Synapse
from neurochannel.observe.messages import activity_column, message_column

Columns = Mapping[str, np.ndarray]


class LineEnds(NamedTuple):
    """What a batch sends over the lines of one bundle whose weights are devices.

    Parameters
    ----------
    source, signal
        (n, sources) and (n, receivers); the image comes first where windows join both.
    joined
        The single edges, or the windows; None for all-to-all.
    against
        Whether signals run against the windows.
    """

    source: np.ndarray
    signal: np.ndarray
    joined: EdgeList | Geometry | None
    against: bool = False


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
    ends
        Of the bundle, or of all that share its weights, whose changes are added up.
    """

    key: str
    name: str
    where: str
    synapse: Synapse
    rate_factor: float
    ends: tuple[LineEnds, ...]

    @property
    def n(self) -> int:
        """How many devices there are."""
        first = self.ends[0]
        if isinstance(first.joined, Geometry):
            return first.joined.n_used
        pairs = first.source.shape[1] * first.signal.shape[1]
        return first.joined.n_edges if first.joined else pairs

    @property
    def sums(self) -> bool:
        """Whether several wires change one device."""
        conv = isinstance(self.ends[0].joined, Geometry) and self.ends[0].joined.kind == "conv"
        return conv or len(self.ends) > 1


def lines_of(network: Network, edges: Mapping[str, EdgeList], columns: Columns) -> Iterator[Lines]:
    """Yield the lines of all devices that learn by pulses, from the buffers that a batch left."""
    found: dict[str, list[tuple[str, str, LineEnds]]] = {}
    for key, name, where, ends in _places(network, edges, columns):
        found.setdefault(key, []).append((name, where, ends))
    for key, rule in learning_rules(network):
        synapse, places = rule.synapse, found.get(key)
        if synapse is not None and synapse.step is not None and places:
            several = tuple(ends for *_, ends in places)
            yield Lines(key, *places[0][:2], synapse, rule.rate_factor, several)


def _places(
    network: Network, edges: Mapping[str, EdgeList], columns: Columns
) -> Iterator[tuple[str, str, str, LineEnds]]:
    """Yield key, name, place and both ends of what learns."""
    signals = {name: _signal(network, name, columns) for name in network.forward_order}
    names = {bundle.name for bundle in network.forward_bundles}
    for forward in network.forward_bundles:
        signal, key = signals[forward.target], kept_weights(network, forward.name)
        if signal is not None:
            sent = columns[activity_column(network, forward, columns)]
            joined = network.geometries.get(forward.name) or edges.get(key)
            yield (
                key,
                forward.name,
                f"{forward.where} {forward.name}",
                LineEnds(sent, signal, joined),
            )
    for name, signal in signals.items():
        if signal is not None:
            key, where = kept_biases(network, name), f"populations.{name}.bias"
            ends = LineEnds(np.ones((len(signal), 1)), by_map(signal, network.n_biases(name)), None)
            yield key, name, where, ends
    for bundle in network.channel_bundles:
        own, heard = f"adapted:{bundle.target}", f"activity:{bundle.target}"
        if own in columns or heard in columns:
            name = f"channel: {bundle.name}" if bundle.name in names else bundle.name
            message = columns[message_column(network, bundle, columns)]
            activity = columns[own] if own in columns else columns[heard]
            key, where = channel_key(bundle.name), f"{bundle.where} {bundle.name}"
            yield key, name, where, _channel_ends(network, bundle, edges, (message, activity))


def _channel_ends(
    network: Network,
    bundle: Bundle[ChannelEdges],
    edges: Mapping[str, EdgeList],
    both: tuple[np.ndarray, np.ndarray],
) -> LineEnds:
    message, activity = both
    made, image = windows_of(network, bundle), network.image(bundle.target)
    if made:
        return LineEnds(activity, message, made, against=True)
    if bundle.edges.shared == "maps" and image:
        return LineEnds(message, by_map(activity, image[2]), None)
    return LineEnds(message, activity, edges.get(channel_key(bundle.name)))


def by_map(numbers: np.ndarray, maps: int) -> np.ndarray:
    """Return the sums of all neurons of each map, (n, maps)."""
    sums: np.ndarray = numbers.reshape(len(numbers), -1, maps).sum(axis=1)
    return sums


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
    asked, total, met = gain / batch_size * _most(lines), 0.0, 0.0
    n = len(asked)
    if synapse.by_example:
        (ends,) = lines.ends
        for b in range(n):
            chances = _chances(synapse, gain / batch_size, ends, b)
            total += chances[0] * _summed(ends.joined, *chances[1:])
            met += _touched(ends.joined, *chances) if touched else 0.0
        return Pulses(total / n, met / n, asked)
    for first in range(0, n, batch_size):
        part = slice(first, min(n, first + batch_size))
        change = gain * _products(lines, part) / (part.stop - first)
        counts = np.abs(np.rint(change) if synapse.pulses == "exact" else change)
        total += float(counts.sum())
        met += float(np.minimum(counts, 1.0).sum())
    return Pulses(total / n, met / n, asked)


def _most(lines: Lines) -> np.ndarray:
    """Return the largest of |x d| of each example, of the sum of all that share a device, (n,)."""
    first = lines.ends[0]
    if lines.sums:
        each = (_products(lines, slice(b, b + 1)) for b in range(len(first.source)))
        return np.array([np.abs(one).max(initial=0.0) for one in each])
    x, d = (np.abs(part.astype(np.float64)) for part in first[:2])
    largest: np.ndarray = x.max(axis=1, initial=0.0) * d.max(axis=1, initial=0.0)
    return largest


def _chances(
    synapse: Synapse, gain: float, ends: LineEnds, b: int
) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the slots of an example, and the chances of a pulse in one on each line."""
    x, d = (np.abs(part[b].astype(np.float64)) for part in ends[:2])
    if ends.against:
        length, q, p = _planned(synapse, gain, d, x)
        return length, p, q
    return _planned(synapse, gain, x, d)


def _planned(
    synapse: Synapse, gain: float, x: np.ndarray, d: np.ndarray
) -> tuple[int, np.ndarray, np.ndarray]:
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


def _summed(joined: EdgeList | Geometry | None, p: np.ndarray, q: np.ndarray) -> float:
    """Return the sum of p[s] q[d] over all edges."""
    if joined is None:
        return float(p.sum() * q.sum())
    if isinstance(joined, Geometry):
        return sum(float(x.sum(axis=1) @ d.sum(axis=1)) for x, d in by_tap(joined, p, q))
    return float(p[joined.sources] @ q[joined.receivers])


def _touched(
    joined: EdgeList | Geometry | None, length: int, p: np.ndarray, q: np.ndarray
) -> float:
    if isinstance(joined, Geometry):
        several = [x[:, :, None] * d[:, None] for x, d in by_tap(joined, p, q)]
    else:
        several = [np.outer(p, q) if joined is None else p[joined.sources] * q[joined.receivers]]
    return sum(float(np.sum(1.0 - (1.0 - both) ** length)) for both in several)


def _products(lines: Lines, part: slice) -> np.ndarray:
    """Return the sum of x d over some examples and all wires of each device."""
    return np.asarray(sum(_products_of(ends, part) for ends in lines.ends))


def _products_of(ends: LineEnds, part: slice) -> np.ndarray:
    x, d = ends.source[part].astype(np.float64), ends.signal[part].astype(np.float64)
    if ends.joined is None:
        return x.T @ d
    if isinstance(ends.joined, Geometry):
        return window_products(ends.joined, x, d)
    products: np.ndarray = np.einsum(
        "be,be->e", x[:, ends.joined.sources], d[:, ends.joined.receivers]
    )
    return products
