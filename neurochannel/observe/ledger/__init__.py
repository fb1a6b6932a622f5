"""What a learning channel costs, counted from the compiled program."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.engine.activations import activation_of
from neurochannel.engine.chip import n_chosen
from neurochannel.engine.compiler.limits import APART
from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.options import Options
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.errors import NetworkError
from neurochannel.hooks import Readable
from neurochannel.model.maps import Geometry
from neurochannel.model.network import ChannelPart, Network
from neurochannel.model.problems import short
from neurochannel.model.recipe_names import channel_from_text, split_channels
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.ledger.byte_counts import memory_use, stretch_bytes
from neurochannel.observe.ledger.costs import TRANSPORTED, BundleCost, MemoryUse, PopulationCost
from neurochannel.observe.ledger.counting import Counting, Flow, geometries_by_key
from neurochannel.observe.ledger.device_costs import device_costs

RATE = 0.1
"""The rate of learning for which pulses are counted, that of a `Simulation` unless it says more."""

__all__ = ["BundleCost", "Comparison", "Ledger", "MemoryUse", "PopulationCost", "compare", "ledger"]


@dataclass(frozen=True)
class Ledger(Readable):
    """What a network and its learning channel cost, per example and at batch size 1.

    Parameters
    ----------
    network
        Its name.
    bundles
        Costs by bundle, forward ones first.
    populations
        What the channel brings to each population.
    deepest
        The population with the longest forward path to the output among those between input and
        output that the channel reaches (the one that takes most steps, if there are several);
        None if it reaches none.
    memory
        Bytes in all.
    rate
        For which pulses of devices are counted.
    """

    network: str
    bundles: tuple[BundleCost, ...]
    populations: tuple[PopulationCost, ...]
    deepest: str | None
    memory: MemoryUse
    rate: float = RATE

    def _sum(self, name: str, kind: str | None = None) -> int:
        return sum(getattr(row, name) for row in self.bundles if kind in (None, row.kind))

    @property
    def forward_multiply_adds(self) -> int:
        """Multiply-adds that bring activity from the input to the output."""
        return self._sum("multiply_adds", "forward")

    @property
    def channel_multiply_adds(self) -> int:
        """Multiply-adds that deliver messages."""
        return self._sum("multiply_adds", "channel")

    @property
    def making_multiply_adds(self) -> int:
        """Multiply-adds that make channel weights out of forward weights, for each update."""
        return self._sum("making_multiply_adds")

    @property
    def draws(self) -> int:
        """Random numbers drawn for channel weights, for each update."""
        return self._sum("draws")

    @property
    def copies(self) -> int:
        """Weights or signs copied to make channel weights, for each update."""
        return self._sum("copies")

    @property
    def update_multiply_adds(self) -> int:
        """Multiply-adds that change weights, those of adaptive channels included."""
        return self._sum("update_multiply_adds")

    @property
    def messages(self) -> float:
        """Numbers sent over the channel."""
        return sum(row.messages for row in self.bundles if row.kind == "channel")

    @property
    def bits_sent(self) -> float:
        """Bits sent over the channel; a message that takes several wires is counted once."""
        return sum(row.bits_sent for row in self.bundles if row.kind == "channel")

    @property
    def pulses(self) -> float:
        """Pulses that devices get, forward weights and adaptive channel weights together."""
        return sum(row.pulses for row in self.bundles)

    @property
    def wires(self) -> int:
        """Channel edges; as many wire-hops are made for each example."""
        return self._sum("wires", "channel")

    @property
    def transported(self) -> int:
        """Channel edges whose weight or sign must be copied from the forward weights."""
        return self._sum("transported")

    @property
    def bits_per_weight(self) -> float | None:
        """Bits that arrive at hidden populations for each learning weight into those reached."""
        served = [row for row in self.populations if row.bits_per_weight is not None]
        weights = sum(row.weights for row in served)
        return sum(row.bits for row in served) / weights if weights else None

    @property
    def shared(self) -> int:
        """Wires of both graphs beyond the first of each weight, which share its value."""
        return self._sum("shared")

    @property
    def comparisons(self) -> int:
        """Comparisons of max pooling."""
        return self._sum("comparisons")

    @property
    def steps(self) -> int:
        """Deliveries one after the other until the deepest population can learn, 0 if none can."""
        found = [row.steps or 0 for row in self.populations if row.population == self.deepest]
        return found[0] if found else 0

    @property
    def channel_parameters(self) -> int:
        """Weights that the channel keeps in addition to the forward ones."""
        return self._sum("parameters", "channel")

    @property
    def channel_memory(self) -> int:
        """Bytes that there would not be without the channel, at batch size 1."""
        return self.memory.channel + self.memory.signals

    def totals(self) -> dict[str, int | float | None]:
        """Return all sums by name."""
        return {name: getattr(self, name) for name in TOTALS}

    def table(self) -> list[dict[str, Any]]:
        """Return one row for each bundle, ready for a table."""
        extra = ("bits_sent", "bits_delivered", "shared")
        return [
            row._asdict() | {name: getattr(row, name) for name in extra} for row in self.bundles
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, texts, lists and dicts."""
        populations = [
            row._asdict() | {"bits_per_weight": row.bits_per_weight} for row in self.populations
        ]
        return {
            "network": self.network,
            "totals": self.totals(),
            "bundles": self.table(),
            "populations": populations,
            "deepest": self.deepest,
            "memory": self.memory._asdict() | {"total": self.memory.total},
        }


TOTALS = (
    "forward_multiply_adds",
    "channel_multiply_adds",
    "making_multiply_adds",
    "draws",
    "copies",
    "update_multiply_adds",
    "pulses",
    "messages",
    "bits_sent",
    "wires",
    "transported",
    "comparisons",
    "bits_per_weight",
    "steps",
    "channel_parameters",
    "shared",
    "channel_memory",
)


def ledger(
    network: Network,
    *,
    seed: int = 0,
    dtype: str = "float32",
    rate: float = RATE,
    batch: ArrayLike | None = None,
) -> Ledger:
    """Count what a network costs, per example, from the program that it compiles to.

    All multiply-adds of all-to-all bundles are counted: what kernels save by skipping zeros is not
    subtracted. Work on single neurons (biases, activations, f', rounding) is not counted. Weights
    that are made again are made once for each update, which at batch size 1 is once an example.

    Parameters
    ----------
    network
        With all sizes known.
    seed
        Of its sparse edges, as `Simulation` would draw them.
    dtype
        "float32" or "float64": the width of numbers that are not limited.
    rate
        Of learning, on which the pulses of devices depend.
    batch
        Some inputs, (n, inputs), that ask for pulses of devices; 32 examples uniform in [0, 1] if
        left out. Targets are drawn at random.

    Raises
    ------
    NetworkError
        If a size is left to the data.
    OptionError
        If the seed, the dtype or the rate is out of range.
    DataError
        If the batch does not fit the input population.

    Notes
    -----
    After the analysis of Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
    """
    options = Options(seed=seed, dtype=dtype, rate=rate)
    return ledger_of(Compiled(network, int(options.seed)), options.dtype, rate, batch)


def ledger_of(
    compiled: Compiled,
    dtype: str = "float32",
    rate: float = RATE,
    batch: ArrayLike | None = None,
) -> Ledger:
    """Return the `ledger` of a network that is compiled."""
    network, edges, item = compiled.network, compiled.edges, np.dtype(dtype).itemsize
    program = compiled.program()
    count = Counting(network, program, 8 * item).count
    memory, devices = stretch_bytes(program, item), device_costs(compiled, rate, batch)
    bundles = []
    identities = {b.name for b in network.channel_bundles if network.is_identity(b)}
    images = geometries_by_key(network)
    for key, kind, name, weights, wires in _described(network, edges, images):
        span, made = program.memory.values.get(key), images.get(key)
        parameters = int(np.prod(span.shape)) if span else 0
        keeps = span or (kind == "forward" and not (made and made.pools))
        copied = weights in TRANSPORTED and name not in identities and not (made and made.pools)
        row = BundleCost(
            kind=kind,
            bundle=name,
            weights=weights,
            wires=wires,
            multiply_adds=count.multiply_adds[key],
            update_multiply_adds=count.update_multiply_adds[key],
            making_multiply_adds=count.making_multiply_adds[key],
            draws=count.draws[key],
            copies=count.copies[key],
            transported=wires if copied else 0,
            parameters=parameters,
            memory=memory[key],
            shared=max(0, wires - (made.n_used if made and span else parameters)) if keeps else 0,
            comparisons=count.comparisons[key],
            remembered=_winners(made) if made and kind == "channel" else 0,
            **devices.get(key, {}),
            **(
                _traffic(network, name, count.messages[key], count.message_bits[key])
                if kind == "channel"
                else _activity(network, name, 8 * item)
            ),
        )
        bundles.append(row)
    populations = tuple(_populations(network, bundles, count.flows, 8 * item))
    use = memory_use(program, item)
    deepest = _deepest(network, populations)
    return Ledger(network.name, tuple(bundles), populations, deepest, use, rate)


def _activity(network: Network, name: str, width: int) -> dict[str, Any]:
    """Return what a forward bundle sends, as fields of costs, if its activity is limited."""
    bundle = network.forward_at.named(name)
    message = bundle.edges.message if bundle else None
    if bundle is None or message is None or not message.active:
        return {"messages": 0, "message_bits": 0}
    n = network.size(bundle.source)
    sent, bits = message.sent(n), message.charged(width, True)[0] + message.address_bits(n)
    found = {"messages": sent, "delivered": message.delivered(sent), "senders": n}
    return {**found, "message_bits": bits}


def _traffic(network: Network, name: str, senders: int, bits: float) -> dict[str, Any]:
    """Return how many messages a bundle sends, and what of them arrives when, as fields of costs.

    Parameters
    ----------
    senders
        Source neurons that have an edge.
    bits
        Bits of a message without the number of its neuron.
    """
    found = {"messages": senders, "senders": senders, "delivered": senders, "message_bits": bits}
    bundle = network.channel_at.named(name)
    message = bundle.edges.message if bundle else None
    if bundle is None or message is None:
        return found
    sent = message.sent(senders)
    found |= {"messages": sent, "delivered": message.delivered(sent)}
    found["message_bits"] = bits + message.address_bits(network.size(bundle.source))
    return {**found, "delay": message.delay, "delay_unit": message.unit}


Described = tuple[str, Literal["forward", "channel"], str, str, int]


def _winners(made: Geometry) -> float:
    """Return the bits that the winners of all windows take."""
    return math.prod(made.target) * math.log2(made.taps) if made.kind == "max" else 0


def _described(
    network: Network, edges: dict[str, EdgeList], images: Mapping[str, Geometry | None]
) -> list[Described]:
    """Return key, kind, name, weights and number of edges of each bundle."""
    rows: list[Described] = []
    for forward in network.forward_bundles:
        key, learn = weights_key(forward.name), forward.edges.learn
        listed = images.get(key) or edges.get(kept_weights(network, forward.name))
        wires = _wires(network, listed, forward.source, forward.target)
        kind = "learning" if learn else "frozen"
        kind = forward.edges.pool.kind if forward.edges.pool else kind
        rows.append((key, "forward", forward.name, kind, wires))
    for bundle in network.channel_bundles:
        key, weights = channel_key(bundle.name), bundle.edges.weights
        listed = edges.get(key)
        if listed is None and weights == "tied":
            listed = edges.get(kept_weights(network, mirror(network, bundle)))
        wires = _wires(network, images.get(key) or listed, bundle.source, bundle.target)
        rows.append((key, "channel", bundle.name, weights, wires))
    return rows


def _wires(network: Network, joined: EdgeList | Geometry | None, source: str, target: str) -> int:
    if isinstance(joined, Geometry):
        return joined.n_wires
    return joined.n_edges if joined else network.size(source) * network.size(target)


def _populations(
    network: Network, bundles: list[BundleCost], flows: dict[str, Flow], width: int
) -> list[PopulationCost]:
    rows, arriving = [], defaultdict[str, list[BundleCost]](list)
    for row in bundles:
        arriving[row.bundle.split(" -> ")[1]].append(row)
    for name in network.populations:
        flow = flows.get(f"signal:{network.signal_of(name)}")
        into = arriving[name]
        role: Literal["input", "hidden", "output", "relay"] = "hidden"
        if name in (network.input, network.output):
            role = "input" if name == network.input else "output"
        elif name in network.relays:
            role = "relay"
        bits = sum(row.bits_delivered for row in into)
        weights = sum(row.parameters for row in into if row.weights == "learning")
        steps, left = (flow.steps, _received(name, flow, flows)) if flow else (None, None)
        sent = None if role == "relay" else _activity_bits(network, name, width)
        neuron, receive = network.populations[name].neuron, network.populations[name].receive
        n_dead = n_chosen(neuron.dead, network.size(name)) if neuron else 0
        said = (limits.text if limits else "" for limits in (receive, neuron))
        rows.append(PopulationCost(name, role, steps, bits, weights, left, sent, n_dead, *said))
    return rows


def _activity_bits(network: Network, name: str, width: int) -> float:
    """Return the bits of an activity after the converter of its neuron."""
    population = network.populations[name]
    signed = activation_of(population)[0].is_signed
    return population.neuron.charged(width, signed)[0] if population.neuron else width


def _received(name: str, signal: Flow, flows: dict[str, Flow]) -> float:
    """Return the bits of what is left of the sums that arrive at a population."""
    left = (flows.get(f"heard:{name}{ending}") for ending in ("", APART))
    return max((flow.bits for flow in left if flow), default=signal.bits)


def _deepest(network: Network, populations: Sequence[PopulationCost]) -> str | None:
    """Name the population with the longest forward path to the output that can learn."""
    height = {network.output: 0}
    for name in reversed(network.forward_order):
        above = [b.target for b in network.forward_at.out_of(name)]
        known = [height[target] for target in above if target in height]
        if known:
            height[name] = 1 + max(known)
    steps = {
        row.population: row.steps
        for row in populations
        if row.steps is not None and row.population in network.teachable
    }
    return max(steps, key=lambda name: (height[name], steps[name]), default=None)


class Comparison(Readable, dict[str, Ledger]):
    """Ledgers of one network with several channels, by name; printed, they stand side by side."""


Channels = Mapping[str, "ChannelPart | str"] | Sequence[str]


def compare(
    network: Network,
    channels: Channels,
    *,
    seed: int = 0,
    dtype: str = "float32",
    rate: float = RATE,
    batch: ArrayLike | None = None,
) -> Comparison:
    """Return the ledgers of one network with several learning channels, by name.

    Parameters
    ----------
    network
        With all sizes known; its own channel does not matter.
    channels
        Recipes by name, ``{"mine": nc.srbp(bits=3)}``; or texts, ``["bp", "srbp:fan_in=2,bits=3"]``
        or all in one, ``"bp,srbp:fan_in=2,bits=3"``.
    seed, dtype, rate, batch
        As for `ledger`.

    Raises
    ------
    NetworkError
        If a size is left to the data, a text names no recipe, or a recipe does not fit.
    """
    texts = split_channels(channels) if isinstance(channels, str) else channels
    named = texts if isinstance(texts, Mapping) else {text: text for text in texts}
    found = Comparison()
    for name, given in named.items():
        part = channel_from_text(given) if isinstance(given, str) else given
        try:
            other = network.with_channel(part)
        except NetworkError as error:
            raise error.located(f"channel {short(name)}") from None
        found[name] = ledger(other, seed=seed, dtype=dtype, rate=rate, batch=batch)
    return found
