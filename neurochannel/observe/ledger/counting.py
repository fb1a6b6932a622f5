"""Counts what the calls of a compiled program do, and for which bundle."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

import numpy as np

from neurochannel.engine.compiler.coder import sent_key
from neurochannel.engine.edgelists import chooses, mirror
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.memory import Place
from neurochannel.engine.program import Call, Program
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.kernels import dense
from neurochannel.kernels.declare import BUFFER, CHANGES, FLAT, Change, Delivery, Making, Work
from neurochannel.model.edges import ERROR
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Network


class Flow(NamedTuple):
    """What a buffer of the channel carries: after how many deliveries, and bits of each number."""

    steps: int
    bits: float
    signed: bool = True


@dataclass
class Count:
    """Totals by the key of a bundle, such as "weights:a -> b" or "channel:error -> b".

    See `BundleCost` for what each of them means; `flows` are those of the channel's buffers by
    name.
    """

    multiply_adds: Counter[str] = field(default_factory=Counter)
    update_multiply_adds: Counter[str] = field(default_factory=Counter)
    making_multiply_adds: Counter[str] = field(default_factory=Counter)
    draws: Counter[str] = field(default_factory=Counter)
    copies: Counter[str] = field(default_factory=Counter)
    comparisons: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    message_bits: defaultdict[str, float] = field(default_factory=lambda: defaultdict(int))
    flows: dict[str, Flow] = field(default_factory=dict)


class Counting:
    """A walk through the calls of a training step for a single example.

    Parameters
    ----------
    network, program
        The network, and what it was compiled to.
    width
        Bits of a number.
    """

    def __init__(self, network: Network, program: Program, width: int) -> None:
        self._width = width
        self._wires = program.memory.wires.array
        self._echoes = {f"activity:{relay}" for relay in network.relays}
        self._network = network
        self._sharing = {
            weights_key(b.name): kept_weights(network, b.name) for b in network.forward_bundles
        }
        # Bundles of several starts may be tied to one forward bundle; they deliver in this order.
        self._mirrors: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        calls = program.phases["channel"]
        joined = {member.key for call in calls for member in call.members}
        for bundle in network.channel_bundles:
            key, tied = channel_key(bundle.name), bundle.edges.weights == "tied"
            if tied and not chooses(bundle.edges) and key not in joined:
                forward = kept_weights(network, mirror(network, bundle))
                self._mirrors[forward, bundle.target].append(key)
        self._made = {key: made for key, made in geometries_by_key(network).items() if made}
        self.count = Count()
        for phase, calls in program.phases.items():
            if phase == "channel":
                sent = (sent_key(network, start) for start in (ERROR, *network.starts))
                self.count.flows |= dict.fromkeys(sent, Flow(0, width))
            if phase not in ("rereading", "prediction", "difference", "score"):
                for call in calls:
                    self._meet(call)

    def _meet(self, call: Call) -> None:
        work = call.declared.work
        if call.members and work is not None:
            self._meet_joined(call, work)
            return
        if "window" in call.places:
            self._meet_windows(call)
            return
        limited = call.places["x"].name if call.stage is not None and "out" in call.places else ""
        if limited in self.count.flows:
            flow = self.count.flows[call.places["x"].name]
            charged = call.stage.charged(flow.bits, flow.signed)
            self.count.flows[call.places["out"].name] = Flow(flow.steps, *charged)
        elif work is None and not limited:
            self._pass_on(call)
        if work is None:
            return
        amount = prod(call.counts[name] for name in work.counts)
        if isinstance(work, Delivery):
            self._deliver(call, work, amount)
        elif isinstance(work, Change):
            key = self._sharer(
                call.places["weight"].owner, call.places["source"], call.places["signal"]
            )
            self.count.update_multiply_adds[key] += amount
        elif isinstance(work, Making) and amount:
            made = next(p for name, p in call.places.items() if name in ("out", "product"))
            totals = {
                "multiply_adds": self.count.making_multiply_adds,
                "draws": self.count.draws,
                "copies": self.count.copies,
            }
            totals[work.unit][made.owner] += amount

    def _meet_joined(self, call: Call, work: Work) -> None:
        """Count the bundles that one call serves."""
        total = call.places["total"].name if isinstance(work, Delivery) else ""
        for one in call.members:
            if isinstance(work, Change):
                self.count.update_multiply_adds[one.key] += one.n_edges
                continue
            self.count.multiply_adds[one.key] += one.n_edges
            if one.key.startswith("weights:"):
                continue
            self._sent(one.key, f"signal:{one.source}", total, one.n_senders)

    def _sent(self, bundle: str, source: str, total: str, n_senders: int) -> None:
        """Note that a bundle carries a flow of the channel to a sum."""
        flow, before = self.count.flows[source], self.count.flows.get(total)
        steps = max(flow.steps + 1, before.steps if before else 0)
        self.count.flows[total] = Flow(steps, self._width)
        self.count.messages[bundle] += n_senders
        self.count.message_bits[bundle] = flow.bits

    def _pass_on(self, call: Call) -> None:
        """Note that a copy has the bits of its source, and what is changed or added to all."""
        flows, arrays = self.count.flows, call.declared.arrays
        read = [flows.get(call.places[name].name) for name in arrays]
        steps = max((flow.steps for flow in read if flow), default=0)
        for name, declared in arrays.items():
            place, heard = call.places[name].name, declared.access == "adds" and any(read)
            if declared.access in ("adds", "changes") and (place in flows or heard):
                if declared.room in (BUFFER, FLAT):
                    flows[place] = Flow(steps, self._width)
            elif declared.access == "sets" and call.kernel == dense.copy.name:
                source = flows.get(call.places["source"].name)
                flows.update({place: source} if source else {})

    def _meet_windows(self, call: Call) -> None:
        """Count one multiply-add for each wire of windows; the largest is found by comparisons."""
        owner, arrays = call.places["window"].owner, call.declared.arrays
        made = self._made[owner]
        changed = [name for name, declared in arrays.items() if declared.room == CHANGES]
        out = next((name for name in ("total", "out") if name in arrays), None)
        if "product" in call.places:
            made_for = call.places["product"].owner
            self.count.making_multiply_adds[made_for] += call.counts["m"] * made.n_wires
        elif changed:
            key = call.places[changed[0]].owner
            key = self._sharer(key, call.places["source"], call.places["signal"])
            self.count.update_multiply_adds[key] += made.n_wires
        elif out and arrays[out].room == BUFFER:
            ends = call.places["source"], call.places[out]
            largest = made.kind == "max"
            if largest and ends[0].name not in self.count.flows:
                self.count.comparisons[owner] += made.n_wires - prod(made.target)
            amount = 0 if largest else made.n_wires
            self._add(owner, ends, amount, prod(made.target), comes_back=False)

    def _deliver(self, call: Call, work: Delivery, amount: int) -> None:
        ends = call.places["source"], call.places["total"]
        key, senders = call.places["weight"].owner, self._senders(call, work)
        self._add(key, ends, amount, senders, comes_back=work.backwards)

    def _add(
        self, key: str, ends: tuple[Place, Place], amount: int, senders: int, *, comes_back: bool
    ) -> None:
        source, total = (end.name for end in ends)
        # O of the output may be a message, and is an echo where it comes back to a relay.
        if source not in self.count.flows or total in self._echoes:
            counter = self.count.update_multiply_adds if comes_back else self.count.multiply_adds
            counter[self._sharer(key, *ends)] += amount
            return
        mirrors = self._mirrors[key, ends[1].owner]
        bundle = mirrors.pop(0) if mirrors else key
        self.count.multiply_adds[bundle] += amount
        self._sent(bundle, source, total, senders)

    def _sharer(self, key: str, start: Place, end: Place) -> str:
        """Return the key of the bundle that uses weights which others may share."""
        source, target = start.owner, end.owner
        target = self._network.output if target == ERROR else target
        own = weights_key(f"{source} -> {target}")
        return own if self._sharing.get(own) == key else key

    def _senders(self, call: Call, work: Delivery) -> int:
        """Count the neurons at the sending end of a delivery that have an edge."""
        if "start" not in call.places:
            return call.counts["n" if work.backwards else "m"]
        start, receivers = (call.places[name] for name in ("start", "receivers"))
        if work.backwards:
            listed = self._wires[receivers.start : receivers.start + call.counts["edges"]]
            return len(np.unique(listed))
        return int(np.count_nonzero(np.diff(self._wires[start.start :][: call.counts["m"] + 1])))


def geometries_by_key(network: Network) -> dict[str, Geometry | None]:
    """Return what bundles join that are windows or pools or run against them, by their keys."""
    found = {weights_key(name): made for name, made in network.geometries.items()}
    against = {
        channel_key(b.name): network.geometries.get(mirror(network, b))
        for b in network.channel_bundles
        if b.edges.shared == "kernel" or (b.edges.weights == "tied" and not chooses(b.edges))
    }
    return {**found, **against}
